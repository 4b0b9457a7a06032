//! What the open folder's server says, turned into the picture and the deltas that the page gets. Pure.
use crate::account::folders::Folders;
use crate::account::request::Leaf;
use crate::account::summary;
use crate::imap::event::{
    Code, Completion, Data, Event as Told, Fetch, ListItem, Reply, Selected, StatusItem, Structure,
};
use pyeonji_shared::account::{Counts, Folder};
use pyeonji_shared::call::list::FolderSnapshot;
use pyeonji_shared::event::Event;
use pyeonji_shared::folder::{FlagChange, FolderDelta, FolderState};
use pyeonji_shared::ids::{FolderName, ModSeq, Seq, Uid};
use pyeonji_shared::message::{Flags, Row};
use std::collections::{HashMap, VecDeque};

/// Structures remembered of the open folder, so that opening a message needs one round trip; the oldest go first.
const STRUCTURES: usize = 1_000;
/// LIST items kept of one answer.
const LIST_ITEMS: usize = 10_000;

#[derive(Default)]
pub struct Core {
    pub folders: Folders,
    pub open: Option<FolderState>,
    modseq: ModSeq,
    /// A SELECT is under way: until it is answered, numbers belong to no folder we know.
    selecting: Option<FolderName>,
    /// Messages from this sequence number on have arrived and were not fetched yet.
    news: Option<u32>,
    /// The count of unread messages must be asked for.
    pub unseen_unknown: bool,
    /// Numbers can't be trusted any more; the folder must be opened again.
    pub lost: bool,
    rows: Vec<Row>,
    list: Vec<ListItem>,
    /// Counts of folders that the same LIST names.
    statuses: Vec<StatusItem>,
    structures: HashMap<Uid, Vec<Leaf>>,
    order: VecDeque<Uid>,
    out: VecDeque<Event>,
}

impl Core {
    /// Call right before SELECT is submitted.
    pub fn select(&mut self, folder: FolderName) {
        self.open = None;
        self.selecting = Some(folder);
        self.news = None;
        self.lost = false;
        self.rows.clear();
        self.structures.clear();
        self.order.clear();
    }

    pub fn absorb(&mut self, told: Told) {
        match told {
            Told::Data(data) => self.data(data),
            Told::Alert(words) => self.push(Event::Alert(words)),
            Told::Done { result: Ok(completion), .. } => self.completed(completion),
            Told::Done { .. }
            | Told::Greeting
            | Told::Capabilities(_)
            | Told::BodyChunk { .. }
            | Told::Bye(_)
            | Told::Failed(_) => {}
        }
    }

    fn completed(&mut self, completion: Completion) {
        if let Reply::Selected(selected) = completion.reply
            && let Some(folder) = self.selecting.take()
        {
            self.selected(folder, &selected);
        }
        if completion.code == Some(Code::Closed) {
            self.open = None;
        }
    }

    fn selected(&mut self, folder: FolderName, selected: &Selected) {
        let unseen = self.folders.get(&folder).and_then(|f| f.counts).map(|c| c.unseen);
        self.unseen_unknown = unseen.is_none();
        self.modseq = selected.highest_modseq;
        self.open = Some(FolderState::from_snapshot(FolderSnapshot {
            folder,
            validity: selected.validity,
            exists: selected.exists,
            unseen: unseen.unwrap_or(0).min(selected.exists),
            modseq: selected.highest_modseq,
            rows: Vec::new(),
            writable: selected.writable,
        }));
    }

    fn data(&mut self, data: Data) {
        match data {
            Data::Exists(exists) => self.exists(exists),
            Data::Expunge(seq) => self.expunged(seq),
            Data::Vanished { earlier: false, .. } => self.lost = true,
            Data::Fetch(fetch) => self.fetched(&fetch),
            Data::List(item) if self.list.len() < LIST_ITEMS => self.list.push(item),
            Data::Status(status) => {
                let open = self.open.as_ref().is_some_and(|o| o.folder == status.folder);
                if open {
                    return;
                }
                if self.folders.get(&status.folder).is_none() && self.statuses.len() < LIST_ITEMS {
                    self.statuses.push(status);
                } else if let Some(folder) = self.folders.status(&status) {
                    self.tell_folder(folder);
                }
            }
            Data::Namespace(namespace) => {
                self.folders.delimiter = self.folders.delimiter.or(namespace.delimiter);
                self.folders.prefix = namespace.prefix;
            }
            Data::Vanished { .. } | Data::List(_) | Data::Subscribed(_) | Data::Enabled(_) | Data::Id(_) => {}
        }
    }

    fn exists(&mut self, exists: u32) {
        let Some(open) = &mut self.open else { return };
        if exists > open.exists {
            self.news = Some(self.news.unwrap_or(open.exists + 1));
            let unseen = open.unseen;
            self.delta(FolderDelta::Arrived { exists, unseen, rows: Vec::new() });
        } else if exists < open.exists {
            // RFC 9051 §7.4.1: it can't shrink without EXPUNGE.
            self.lost = true;
        }
    }

    fn expunged(&mut self, seq: Seq) {
        let Some(open) = &mut self.open else { return };
        if seq.0 == 0 || seq.0 > open.exists {
            self.lost = true;
            return;
        }
        let known = open.row(open.exists - seq.0).map(|row| row.flags.contains(Flags::SEEN));
        let unseen = match known {
            Some(seen) => open.unseen.saturating_sub(u32::from(!seen)),
            None => open.unseen.min(open.exists - 1),
        };
        self.unseen_unknown |= known.is_none();
        if let Some(news) = &mut self.news
            && seq.0 < *news
        {
            *news -= 1;
        }
        self.delta(FolderDelta::Expunged { seqs: vec![seq], unseen });
    }

    fn fetched(&mut self, fetch: &Fetch) {
        if let (Some(uid), Structure::Leaves(leaves)) = (fetch.uid, &fetch.structure) {
            self.remember(uid, leaves.clone());
        }
        let Some(open) = &mut self.open else { return };
        if let Some(row) = summary::row(fetch) {
            let window = pyeonji_shared::call::list::WindowRows {
                folder: open.folder.clone(),
                validity: open.validity,
                rows: vec![row.clone()],
            };
            open.add_window(window);
            self.rows.push(row);
        } else if let Some(change) = summary::flags(fetch) {
            self.flags(vec![change]);
        }
    }

    fn flags(&mut self, changes: Vec<FlagChange>) {
        let Some(open) = &mut self.open else { return };
        let mut unseen = open.unseen;
        for change in &changes {
            let known = if change.uid.0 == 0 {
                open.exists.checked_sub(change.seq.0).and_then(|i| open.row(i))
            } else {
                open.by_uid(change.uid)
            };
            match known.map(|row| row.flags.contains(Flags::SEEN)) {
                Some(was) if was != change.flags.contains(Flags::SEEN) => {
                    unseen = if was { unseen + 1 } else { unseen.saturating_sub(1) };
                }
                Some(_) => {}
                None => self.unseen_unknown = true,
            }
        }
        self.delta(FolderDelta::Flags { changes, unseen });
    }

    /// Our own `.SILENT` STORE succeeded: the server says nothing, so the picture is changed here.
    pub fn stored(&mut self, uids: &[Uid], add: Flags, remove: Flags) {
        let Some(open) = &self.open else { return };
        let mut changes = Vec::new();
        for (seq, row) in open.known() {
            if uids.contains(&row.uid) {
                let flags = row.flags.with(add).without(remove);
                changes.push(FlagChange {
                    seq,
                    uid: row.uid,
                    flags,
                    keywords: row.keywords.clone(),
                    modseq: row.modseq,
                });
            }
        }
        self.unseen_unknown |= changes.len() < uids.len() && (add.with(remove)).contains(Flags::SEEN);
        if !changes.is_empty() {
            self.flags(changes);
        }
    }

    /// First sequence number of messages that arrived and must be fetched.
    pub fn take_news(&mut self) -> Option<u32> {
        self.news.take()
    }

    /// Rows of arrived messages were fetched.
    pub fn arrived(&mut self, from: u32, rows: Vec<Row>) {
        let Some(open) = &mut self.open else { return };
        let rows: Vec<Row> = rows.into_iter().filter(|r| r.seq.0 >= from).collect();
        let fresh = rows.iter().filter(|r| !r.summary.flags.contains(Flags::SEEN)).count() as u32;
        let (folder, exists, unseen) = (open.folder.clone(), open.exists, open.unseen + fresh);
        self.delta(FolderDelta::Arrived { exists, unseen, rows });
        if fresh > 0 {
            self.push(Event::NewMail { folder, count: fresh });
        }
    }

    pub fn set_unseen(&mut self, unseen: u32) {
        self.unseen_unknown = false;
        if self.open.as_ref().is_some_and(|o| o.unseen != unseen) {
            self.delta(FolderDelta::Flags { changes: Vec::new(), unseen });
        }
        self.tell_counts();
    }

    /// Rows that FETCH answers brought since the last call.
    pub fn take_rows(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows)
    }

    /// Ends a LIST: the items become the account's folders, with the counts that came beside them (LIST-STATUS).
    pub fn listed_with_counts(&mut self) {
        let items = std::mem::take(&mut self.list);
        self.folders.replace(items);
        for status in std::mem::take(&mut self.statuses) {
            self.folders.status(&status);
        }
    }

    pub fn structure(&self, uid: Uid) -> Option<&Vec<Leaf>> {
        self.structures.get(&uid)
    }

    fn remember(&mut self, uid: Uid, leaves: Vec<Leaf>) {
        if self.structures.insert(uid, leaves).is_none() {
            self.order.push_back(uid);
        }
        while self.order.len() > STRUCTURES {
            if let Some(old) = self.order.pop_front() {
                self.structures.remove(&old);
            }
        }
    }

    /// The open folder with these rows, as the page is to take it over.
    pub fn snapshot(&self, rows: Vec<Row>) -> Option<FolderSnapshot> {
        let open = self.open.as_ref()?;
        Some(FolderSnapshot {
            folder: open.folder.clone(),
            validity: open.validity,
            exists: open.exists,
            unseen: open.unseen,
            modseq: self.modseq,
            rows,
            writable: open.writable,
        })
    }

    /// Tells the folder's counts to the tree, if they changed.
    pub fn tell_counts(&mut self) {
        let Some(open) = &self.open else { return };
        let (name, counts) = (open.folder.clone(), Counts { messages: open.exists, unseen: open.unseen });
        if let Some(folder) = self.folders.count(&name, counts) {
            self.tell_folder(folder);
        }
    }

    pub fn tell_folder(&mut self, folder: Folder) {
        self.push(Event::Folders { changed: vec![folder], removed: Vec::new() });
    }

    fn delta(&mut self, delta: FolderDelta) {
        let Some(open) = &mut self.open else { return };
        open.apply(delta.clone());
        let (folder, validity) = (open.folder.clone(), open.validity);
        // A run of expunges (an emptied folder) travels as one event.
        if let (
            FolderDelta::Expunged { seqs, unseen },
            Some(Event::Folder {
                folder: of,
                validity: v,
                delta: FolderDelta::Expunged { seqs: before, unseen: u },
            }),
        ) = (&delta, self.out.back_mut())
            && *of == folder
            && *v == validity
        {
            before.extend(seqs);
            *u = *unseen;
            return;
        }
        self.push(Event::Folder { folder, validity, delta });
    }

    fn push(&mut self, event: Event) {
        self.out.push_back(event);
    }

    /// What must be told next; the caller empties this between any two waits.
    pub fn next_event(&mut self) -> Option<Event> {
        self.out.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::command::CommandId;
    use crate::imap::event::{Envelope, FlagList};
    use pyeonji_shared::ids::UidValidity;

    fn fetch(seq: u32, uid: u32, flags: Flags) -> Told {
        Told::Data(Data::Fetch(Box::new(Fetch {
            seq: Seq(seq),
            uid: Some(Uid(uid)),
            flags: Some(FlagList { flags, keywords: vec![] }),
            envelope: Some(Box::new(Envelope::default())),
            ..Fetch::default()
        })))
    }

    fn opened(exists: u32) -> Core {
        let mut core = Core::default();
        core.folders.replace(vec![]);
        core.folders.count(&FolderName::inbox(), Counts { messages: exists, unseen: 1 });
        core.select(FolderName::inbox());
        let selected = Selected { exists, validity: UidValidity(9), writable: true, ..Selected::default() };
        core.absorb(Told::Done {
            id: CommandId(1),
            result: Ok(Completion { reply: Reply::Selected(selected), ..Completion::default() }),
        });
        core.absorb(fetch(1, 10, Flags::SEEN));
        core.absorb(fetch(2, 20, Flags::default()));
        core.take_rows();
        core
    }

    #[test]
    fn expunge_before_news_are_fetched_moves_the_window() {
        let mut core = opened(2);
        core.absorb(Told::Data(Data::Exists(4)));
        core.absorb(Told::Data(Data::Expunge(Seq(1))));
        assert_eq!(core.take_news(), Some(2));
        assert_eq!(core.open.as_ref().unwrap().exists, 3);
    }

    #[test]
    fn unread_is_counted_from_what_is_known_and_asked_for_otherwise() {
        let mut core = opened(3);
        core.stored(&[Uid(20)], Flags::SEEN, Flags::default());
        assert_eq!((core.open.as_ref().unwrap().unseen, core.unseen_unknown), (0, false));
        core.absorb(Told::Data(Data::Expunge(Seq(3))));
        assert!(core.unseen_unknown, "an unknown message left");
    }

    #[test]
    fn a_run_of_expunges_is_one_event_and_impossible_numbers_are_noticed() {
        let mut core = opened(3);
        for seq in [3, 2, 1] {
            core.absorb(Told::Data(Data::Expunge(Seq(seq))));
        }
        let first = core.next_event();
        assert!(
            matches!(first, Some(Event::Folder { delta: FolderDelta::Expunged { seqs, .. }, .. }) if seqs.len() == 3)
        );
        core.absorb(Told::Data(Data::Expunge(Seq(1))));
        assert!(core.lost);
    }
}
