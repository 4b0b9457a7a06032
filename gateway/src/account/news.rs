//! What the server tells about the open folder by itself, as deltas for the page.
use super::job::rows::Collected;
use super::main_link::MainLink;
use super::open::{Arrival, Open};
use super::request::Output;
use crate::imap::command::Items;
use crate::imap::event::{Fetch, StatusItem};
use crate::imap::{Command, CommandId};
use pyeonji_shared::event::Event;
use pyeonji_shared::folder::{FlagChange, FolderDelta};
use pyeonji_shared::ids::{Seq, Uid};
use pyeonji_shared::limits::MAX_WINDOW;
use pyeonji_shared::message::{Flags, Summary};

/// Deltas of one kind in one event.
const MAX_BATCH: usize = 2_000;
/// Counts in a row that didn't fit what the server announced, before its announcements are believed.
const MAX_DOUBTS: u8 = 3;

impl MainLink {
    fn settled(&mut self) -> Option<&mut Open> {
        let selecting = self.opening.as_ref().is_some_and(|o| o.selected.is_none());
        if selecting { None } else { self.open.as_mut() }
    }

    /// RFC 9051 §7.4.1. New messages are told once their rows are here, so that they never show as holes.
    pub fn exists(&mut self, count: u32) {
        let Some(open) = self.settled() else { return };
        open.exists = count.max(open.exists);
        self.fetch_arrivals();
    }

    fn fetch_arrivals(&mut self) {
        let Some(open) = &mut self.open else { return };
        if open.arrival.is_some() || open.exists <= open.told {
            return;
        }
        // A flood of arrivals: the newest windowful comes with rows, the others are asked for when looked at.
        let from = Seq((open.told + 1).max(open.exists.saturating_sub(MAX_WINDOW - 1)));
        let command = self.link.submit(Command::FetchWindow { from, to: None, items: Items::Row });
        open.arrival = Some(Arrival { command, from, rows: Collected::default() });
    }

    /// The rows of new messages are complete.
    pub fn arrived(&mut self, id: CommandId) {
        let Some(open) = &mut self.open else { return };
        if open.arrival.as_ref().is_none_or(|a| a.command != id) {
            return;
        }
        let Some(mut arrival) = open.arrival.take() else { return };
        let rows = arrival.rows.take();
        let newest = rows.last().map_or(0, |r| r.seq.0);
        let exists = newest.max(open.exists);
        let arrived = exists.saturating_sub(open.told);
        if arrived == 0 {
            return;
        }
        let unseen = rows.iter().filter(|r| !r.summary.flags.contains(Flags::SEEN)).count();
        let unseen = u32::try_from(unseen).unwrap_or(u32::MAX);
        open.recount |= (rows.len() as u32) < arrived;
        open.unseen += unseen;
        (open.exists, open.told) = (exists, exists);
        let (folder, validity) = (open.folder.clone(), open.validity);
        let delta = FolderDelta::Arrived { exists, unseen: open.unseen, rows };
        self.event(Event::Folder { folder: folder.clone(), validity, delta });
        if unseen > 0 {
            self.event(Event::NewMail { folder, count: unseen });
        }
        self.tell_counts();
        self.recount();
        self.fetch_arrivals();
    }

    /// RFC 9051 §7.5.1.
    pub fn expunged(&mut self, seq: Seq) {
        if let Some(opening) = &mut self.opening {
            opening.collected.expunged(seq);
        }
        let Some(open) = self.settled() else { return };
        if seq.0 == 0 || seq.0 > open.exists {
            return;
        }
        open.exists -= 1;
        if let Some(arrival) = &mut open.arrival {
            arrival.rows.expunged(seq);
            if seq < arrival.from {
                arrival.from = Seq(arrival.from.0 - 1);
            }
        }
        let known = open.known.expunge(seq);
        if seq.0 > open.told {
            return;
        }
        open.told -= 1;
        match known {
            Some((_, flags)) if flags.contains(Flags::SEEN) => {}
            Some(_) => open.unseen = open.unseen.saturating_sub(1),
            None => open.recount = true,
        }
        let (folder, validity, unseen) = (open.folder.clone(), open.validity, open.unseen);
        if let Some(Output::Event(Event::Folder {
            folder: last,
            delta: FolderDelta::Expunged { seqs, unseen: last_unseen },
            ..
        })) = self.out.back_mut()
            && *last == folder
            && seqs.len() < MAX_BATCH
        {
            seqs.push(seq);
            *last_unseen = unseen;
            return;
        }
        let delta = FolderDelta::Expunged { seqs: vec![seq], unseen };
        self.event(Event::Folder { folder, validity, delta });
    }

    /// A FETCH with flags that nobody asked a row for.
    pub fn flags(&mut self, fetch: &Fetch) {
        let Some(list) = &fetch.flags else { return };
        let seq = fetch.seq;
        let Some(open) = self.settled() else { return };
        if seq.0 == 0 || seq.0 > open.told {
            return;
        }
        let known = open.known.at(seq);
        let uid = fetch.uid.or(known.map(|k| k.0));
        let was = known.filter(|k| fetch.uid.is_none_or(|uid| uid == k.0)).map(|k| k.1);
        let seen = |f: Flags| f.contains(Flags::SEEN);
        match was {
            Some(was) if was == list.flags && list.keywords.is_empty() => return,
            Some(was) if seen(was) && !seen(list.flags) => open.unseen += 1,
            Some(was) if !seen(was) && seen(list.flags) => open.unseen = open.unseen.saturating_sub(1),
            Some(_) => {}
            None => open.recount = true,
        }
        if let Some(uid) = uid {
            open.known.set(seq, uid, list.flags);
        }
        let change = FlagChange {
            seq,
            uid: uid.unwrap_or(Uid(0)),
            flags: list.flags,
            keywords: list.keywords.clone(),
            modseq: fetch.modseq.unwrap_or_default(),
        };
        let (folder, validity, unseen) = (open.folder.clone(), open.validity, open.unseen);
        if let Some(Output::Event(Event::Folder {
            folder: last,
            delta: FolderDelta::Flags { changes, unseen: last_unseen },
            ..
        })) = self.out.back_mut()
            && *last == folder
            && changes.len() < MAX_BATCH
        {
            changes.push(change);
            *last_unseen = unseen;
            return;
        }
        let delta = FolderDelta::Flags { changes: vec![change], unseen };
        self.event(Event::Folder { folder, validity, delta });
    }

    /// A described message: remembered, and given to whoever fetches rows.
    pub fn row(&mut self, seq: Seq, row: &Summary) {
        self.row_opened(seq, row);
        if let Some(open) = &mut self.open {
            open.known.set(seq, row.uid, row.flags);
            if let Some(arrival) = &mut open.arrival
                && seq >= arrival.from
                && seq.0 > open.told
            {
                arrival.rows.add(seq, row);
            }
        }
    }

    /// After a round of events: asks for the number of unseen messages if it became uncertain, once at a time.
    /// STATUS of the selected folder is discouraged (RFC 9051 §6.3.11) but answered by every server we know.
    pub fn recount(&mut self) {
        let Some(open) = &mut self.open else { return };
        if open.recount && open.arrival.is_none() && self.status.is_none() && self.opening.is_none() {
            open.recount = false;
            let folder = open.folder.clone();
            self.status = Some(self.link.submit(Command::Status { folder }));
        }
    }

    /// STATUS told how many are unseen. It counts only if it speaks of the messages that the page knows of: one that
    /// includes an arrival would be added to by the arrival again.
    pub fn counted(&mut self, status: &StatusItem) {
        let Some(counts) = status.counts() else { return };
        let Some(open) = self.settled() else { return };
        let same = open.folder == status.folder || (open.folder.is_inbox() && status.folder.is_inbox());
        if !same {
            return;
        }
        if counts.messages != open.told || open.arrival.is_some() {
            open.recount |= open.doubts < MAX_DOUBTS;
            open.doubts = open.doubts.saturating_add(1);
            return;
        }
        open.doubts = 0;
        if open.unseen == counts.unseen {
            return;
        }
        open.unseen = counts.unseen;
        let (folder, validity) = (open.folder.clone(), open.validity);
        let delta = FolderDelta::Flags { changes: Vec::new(), unseen: counts.unseen };
        self.event(Event::Folder { folder, validity, delta });
    }
}
