//! Opening a folder in as few flights as can be: what doesn't depend on an answer leaves in one write
//! (docs/adr/first-screen.md).
use super::job::rows::Collected;
use super::main_link::MainLink;
use super::open::{Open, Opening, Purpose};
use super::request::Answer;
use crate::imap::command::Items;
use crate::imap::event::{Completion, Reply};
use crate::imap::{Command, CommandError, CommandId};
use pyeonji_shared::account::{Counts, UpstreamState};
use pyeonji_shared::call::list::FolderSnapshot;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::ids::{FolderName, Seq};
use pyeonji_shared::message::{Flags, Summary};
use std::collections::HashSet;

impl MainLink {
    /// SELECTs `folder` and reads its newest `rows`. An opening still under way is given up: the person chose again.
    pub fn open_folder(&mut self, purpose: Purpose, folder: FolderName, rows: u32) {
        self.fail_opening(&ApiError::new(ErrorKind::Cancelled));
        let fresh = purpose == Purpose::Start;
        self.link.works_for(purpose.ticket());
        let mut waits = HashSet::new();
        if fresh {
            if self.offers("ENABLE") && self.offers("CONDSTORE") {
                self.link.submit(Command::Enable);
            }
            if self.offers("ID") {
                self.link.submit(Command::Id);
            }
            if self.offers("NAMESPACE") {
                waits.insert(self.link.submit(Command::Namespace));
            }
        }
        if !fresh || !self.offers("LIST-STATUS") {
            // Before SELECT: STATUS is for folders that are not selected (RFC 9051 §6.3.11).
            waits.insert(self.link.submit(Command::Status { folder: folder.clone() }));
        }
        let condstore = self.offers("CONDSTORE");
        let select = self.link.submit(Command::Select { folder: folder.clone(), condstore, examine: false });
        waits.insert(select);
        // What the folder held last; a miss costs a second FETCH, never a wrong row.
        let held = self.folders.find(&folder).and_then(|f| f.counts).map_or(0, |c| c.messages);
        let guess = (held > 0 && rows > 0).then(|| {
            let from = Seq(held.saturating_sub(rows.saturating_sub(1)).max(1));
            (self.link.submit(Command::FetchWindow { from, to: None, items: Items::Row }), from)
        });
        waits.extend(guess.map(|g| g.0));
        if fresh {
            // After SELECT, so that the server lists while the FETCH that SELECT's answer allows is on its way.
            let list = self.list();
            waits.insert(list);
        }
        self.link.works_for(None);
        self.sections.clear();
        self.opening = Some(Opening {
            purpose,
            folder,
            rows,
            select,
            guess,
            waits,
            fetches: guess.map(|g| g.0).into_iter().collect(),
            selected: None,
            collected: Collected::default(),
            asked: false,
        });
    }

    /// One of the opening's commands ended; `false` if it was none of them.
    pub fn opening_done(&mut self, id: CommandId, result: &Result<Completion, CommandError>) -> bool {
        let Some(opening) = &mut self.opening else { return false };
        if !opening.waits.remove(&id) {
            return false;
        }
        if id == opening.select {
            match result {
                Ok(Completion { reply: Reply::Selected(selected), .. }) => {
                    let selected = selected.clone();
                    opening.selected = Some(selected.clone());
                    let folder = opening.folder.clone();
                    let unseen = self.folders.find(&folder).and_then(|f| f.counts).map_or(0, |c| c.unseen);
                    self.open = Some(Open::new(folder, &selected, unseen));
                    self.fetch_newest();
                }
                Ok(_) => return self.open_failed(&ApiError::new(ErrorKind::Protocol)),
                Err(error) => return self.open_failed(&error.into()),
            }
        } else if self.listing == Some(id) {
            self.listing = None;
            self.folders.end();
            self.info.delimiter = self.folders.delimiter;
        } else if opening.guess.is_some_and(|g| g.0 == id) {
            opening.guess = None;
            self.fetch_newest();
        } else if let Err(error @ CommandError::Lost(_)) = result {
            return self.open_failed(&error.into());
        }
        self.opened();
        true
    }

    /// Asks for the newest rows that neither arrived nor are on their way.
    fn fetch_newest(&mut self) {
        let Some(opening) = &mut self.opening else { return };
        let Some(selected) = &opening.selected else { return };
        let exists = selected.exists;
        let Some((Seq(from), _)) = opening.range() else { return };
        let to = match opening.guess {
            // On its way from `g` to the newest: only what lies before it is missing.
            Some((_, g)) if g.0 <= from => return,
            Some((_, g)) if g.0 <= exists => Some(Seq(g.0 - 1)),
            _ if opening.asked || (from..=exists).all(|s| opening.collected.has(Seq(s))) => return,
            _ => None,
        };
        opening.asked = to.is_none();
        self.link.works_for(opening.purpose.ticket());
        let id = self.link.submit(Command::FetchWindow { from: Seq(from), to, items: Items::Row });
        self.link.works_for(None);
        opening.waits.insert(id);
        opening.fetches.push(id);
    }

    /// A row of the folder being opened is here.
    pub fn row_opened(&mut self, seq: Seq, row: &Summary) {
        let Some(opening) = &mut self.opening else { return };
        opening.collected.add(seq, row);
        if opening.is_complete() {
            for id in opening.fetches.drain(..) {
                opening.waits.remove(&id);
            }
            self.opened();
        }
    }

    fn open_failed(&mut self, error: &ApiError) -> bool {
        // RFC 9051 §6.3.2: after a failed SELECT no folder is selected.
        let before = self.open.take().map(|o| o.folder);
        let Some(opening) = &self.opening else { return true };
        let (purpose, rows, folder) = (opening.purpose, opening.rows, opening.folder.clone());
        let inbox = FolderName::inbox();
        match purpose {
            // The page asked for a folder that is gone, e.g. after a reload: the inbox is always there.
            Purpose::Start | Purpose::Snapshot(_)
                if folder != inbox && error.kind != ErrorKind::Disconnected =>
            {
                self.opening = None;
                self.open_folder(purpose, inbox, rows);
            }
            _ => {
                self.fail_opening(error);
                if purpose == Purpose::Start {
                    self.failed = Some(error.clone());
                } else if let Some(before) = before.filter(|b| *b != folder) {
                    self.open_folder(Purpose::Start, before, rows);
                }
            }
        }
        true
    }

    /// Answers once everything is here.
    fn opened(&mut self) {
        let Some(opening) = self.opening.take_if(|o| o.waits.is_empty() && o.selected.is_some()) else {
            return;
        };
        let Opening { purpose, rows: wanted, mut collected, .. } = opening;
        let Some(open) = &mut self.open else { return };
        let counts = self.folders.find(&open.folder).and_then(|f| f.counts);
        let mut rows = collected.take();
        rows.retain(|r| r.seq.0 <= open.told && r.seq.0 + wanted > open.told);
        open.unseen = match counts {
            Some(counts) => counts.unseen,
            None => {
                open.recount = true;
                let unseen = rows.iter().filter(|r| !r.summary.flags.contains(Flags::SEEN)).count();
                u32::try_from(unseen).unwrap_or(u32::MAX)
            }
        };
        let snapshot = FolderSnapshot {
            folder: open.folder.clone(),
            validity: open.validity,
            exists: open.told,
            unseen: open.unseen,
            modseq: open.modseq,
            rows,
            writable: open.writable,
        };
        let (name, counts) = (open.folder.clone(), Counts { messages: open.told, unseen: open.unseen });
        let changed = self.folders.count(&name, counts);
        match purpose {
            Purpose::Open(ticket) => {
                self.answer(ticket, Ok(Answer::Open(snapshot)));
                if let Some(folder) = changed {
                    self.event(Event::Folders { changed: vec![folder], removed: Vec::new() });
                }
            }
            Purpose::Snapshot(ticket) => {
                let snapshot = self.snapshot(Some(snapshot));
                self.answer(ticket, Ok(Answer::Snapshot(Box::new(snapshot))));
            }
            Purpose::Start => {
                let snapshot = self.snapshot(Some(snapshot));
                self.event(Event::Snapshot(snapshot));
                self.poll_counts();
            }
        }
        self.link.set_idle(true);
        self.recount();
    }

    fn snapshot(&self, open: Option<FolderSnapshot>) -> Snapshot {
        Snapshot {
            account: self.info.clone(),
            folders: self.folders.all().to_vec(),
            open,
            upstream: UpstreamState::Online,
        }
    }
}
