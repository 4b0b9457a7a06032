//! A mail server inside the page, for an account whose mail is kept on this device: it answers the calls that a gateway
//! answers for mail that lies on a server, from the index of the device's store. Pure; whoever owns the store reads it,
//! carries out the [`Write`]s and passes on the [`Event`]s.
//!
//! A message has one UID for life, given by the store. Moving it changes its folder and its place there; sequence
//! numbers are the order of places (RFC 9051 §2.3.1.2), and no folder is ever renumbered.
pub mod brought;
mod change;
pub mod fold;
pub mod folders;
pub mod out;
pub mod record;
pub mod search;
mod shelf;
pub mod signature;
pub mod tags;
pub mod text;

#[cfg(test)]
pub(crate) mod tests;

pub use folders::{DELIMITER, FolderError, own_from_bytes};
pub use record::{Added, Origin, Place, Record};
pub use search::{Next, Search, Step};
pub use tags::{Retag, TagError};

use pyeonji_shared::account::{AccountInfo, Folder, UpstreamState};
use pyeonji_shared::call::list::{FolderSnapshot, Open, Rows, Window, WindowRows};
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::ids::{FolderName, MessageRef, ModSeq, Seq, Uid, UidValidity};
use pyeonji_shared::limits::MAX_WINDOW;
use pyeonji_shared::message::{MessageView, Row};
use pyeonji_shared::sorted::Sorted;
use shelf::{Shelf, Slot};
use std::ops::Range;

/// Of every folder, always: the store never gives a UID twice.
pub const VALIDITY: UidValidity = UidValidity(1);

/// The index of the whole store, in memory.
#[derive(Debug)]
pub struct Mailbox {
    records: Sorted<Uid, Box<Record>>,
    shelves: Vec<Shelf>,
    /// The folder whose changes are told one by one.
    open: Option<FolderName>,
    /// Higher than every place that is known.
    next: Place,
    /// Records that [`Mailbox::settle`] takes out in one pass.
    removed: Vec<Uid>,
}

/// What a call comes to. The outcome is for the page when the writes of `changes` are durable.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Result<Outcome, ApiError>,
    pub changes: Changes,
}

/// What must follow from a change of this picture.
///
/// The events are for the page at once, before anything else of this mailbox: what is answered later counts on them.
/// Should the writes fail, this picture is ahead of the store: load it anew and show [`Mailbox::welcome`].
#[derive(Debug, Default)]
pub struct Changes {
    /// One transaction.
    pub writes: Vec<Write>,
    pub events: Vec<Event>,
}

#[derive(Debug)]
pub enum Outcome {
    Reply(Reply),
    /// The stored view of this message must be read; [`Mailbox::shown`] makes the reply of it.
    View(MessageRef),
    /// To be stepped until it is done.
    Search(Box<Search>),
    /// Not a mailbox's business: sending, drafts, and what lies on the server.
    Elsewhere,
}

/// One change of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The record of this message, as [`Record::to_bytes`] made it.
    Record(Uid, Vec<u8>),
    /// The record and everything that is stored with it: source, view, text.
    Delete(Uid),
    /// The own folders, for [`own_from_bytes`].
    Folders(Vec<u8>),
}

impl Mailbox {
    /// `records` as the store gives them, UIDs rising; `own` are the folders besides the standard ones. A record in a
    /// folder that is in no list brings that folder back: no message is out of sight.
    pub fn load(records: Vec<(Uid, Record)>, own: Vec<FolderName>) -> Mailbox {
        let mut mailbox = Mailbox {
            records: Sorted::new(),
            shelves: folders::standard(),
            open: None,
            next: Place(1),
            removed: Vec::new(),
        };
        for name in own {
            mailbox.need(&name);
        }
        for (uid, record) in records {
            mailbox.replace(uid, record);
        }
        mailbox.settle(0, &mut Vec::new());
        mailbox
    }

    /// The place of the next new message, each time another one.
    pub fn next_place(&mut self) -> Place {
        let place = self.next;
        self.next = Place(place.0.saturating_add(1));
        place
    }

    pub fn answer(&mut self, call: &Call) -> Answer {
        let mut changes = Changes::default();
        let outcome = self.outcome(call, &mut changes);
        Answer { outcome, changes }
    }

    fn outcome(&mut self, call: &Call, changes: &mut Changes) -> Result<Outcome, ApiError> {
        let reply = match call {
            Call::Folders(_) => Reply::Folders(self.folders()),
            Call::Open(open) => self.opened(open)?,
            Call::Window(window) => self.window(window)?,
            Call::Rows(rows) => self.rows(rows)?,
            Call::SetFlags(set) => self.set_flags(set, changes)?,
            Call::Move(to) => self.move_to(to, changes)?,
            Call::Delete(delete) => self.delete(delete, changes)?,
            Call::FindSent(find) => Reply::FoundSent(self.find_sent(&find.message_id)),
            Call::Refresh => Reply::Ok,
            Call::Read(read) => {
                self.at(&read.at)?;
                return Ok(Outcome::View(read.at.clone()));
            }
            Call::Search(search) => return Ok(Outcome::Search(Box::new(Search::new(self, search)?))),
            Call::Send(_)
            | Call::SaveDraft(_)
            | Call::Look(_)
            | Call::Retrieve(_)
            | Call::Remove(_)
            | Call::Built(_) => return Ok(Outcome::Elsewhere),
        };
        Ok(Outcome::Reply(reply))
    }

    /// The reply to a `Read` whose stored view was read.
    pub fn shown(&self, at: &MessageRef, view: MessageView) -> Result<Reply, ApiError> {
        let record = self.at(at)?;
        let (flags, received) = (record.flags, record.received);
        Ok(Reply::Read(Box::new(MessageView { at: at.clone(), flags, received, ..view })))
    }

    /// Everything the page needs to start over, with `folder` (or the Inbox) opened.
    pub fn welcome(
        &mut self,
        account: AccountInfo,
        upstream: UpstreamState,
        folder: Option<&FolderName>,
        rows: u32,
    ) -> Snapshot {
        let folder = folder.filter(|f| self.shelf(f).is_some()).cloned().unwrap_or_else(FolderName::inbox);
        let open = self.snapshot(&folder, rows);
        self.open = Some(folder);
        let account = AccountInfo { delimiter: Some(DELIMITER), ..account };
        Snapshot { account, folders: self.folders(), open, upstream }
    }

    /// The folder that is open.
    pub fn open(&self) -> Option<&FolderName> {
        self.open.as_ref()
    }

    pub fn folders(&self) -> Vec<Folder> {
        self.shelves.iter().map(Shelf::folder).collect()
    }

    /// A folder with its newest rows.
    pub fn snapshot(&self, folder: &FolderName, rows: u32) -> Option<FolderSnapshot> {
        let shelf = self.shelf(folder)?;
        let (len, counts) = (shelf.order().len(), shelf.counts());
        let rows = usize::try_from(rows.min(MAX_WINDOW)).unwrap_or(0);
        Some(FolderSnapshot {
            folder: folder.clone(),
            validity: VALIDITY,
            exists: counts.messages,
            unseen: counts.unseen,
            modseq: ModSeq(0),
            rows: self.rows_of(shelf, len.saturating_sub(rows)..len),
            writable: true,
        })
    }

    /// Messages of a folder, oldest first.
    pub fn uids(&self, folder: &FolderName) -> Vec<Uid> {
        self.shelf(folder).map_or_else(Vec::new, |s| s.order().iter().map(|slot| slot.uid()).collect())
    }

    pub fn record(&self, uid: Uid) -> Option<&Record> {
        self.records.get(&uid).map(Box::as_ref)
    }

    /// Every message, UIDs rising.
    pub fn records(&self) -> impl Iterator<Item = (Uid, &Record)> {
        self.records.iter().map(|(uid, record)| (*uid, &**record))
    }

    fn opened(&mut self, open: &Open) -> Result<Reply, ApiError> {
        let snapshot = self.snapshot(&open.folder, open.rows).ok_or_else(gone)?;
        self.open = Some(open.folder.clone());
        Ok(Reply::Open(snapshot))
    }

    fn window(&self, window: &Window) -> Result<Reply, ApiError> {
        let shelf = self.valid(&window.folder, window.validity)?;
        let end = shelf.order().len().saturating_sub(usize::try_from(window.offset).unwrap_or(usize::MAX));
        let start = end.saturating_sub(usize::try_from(window.len.min(MAX_WINDOW)).unwrap_or(0));
        let rows = self.rows_of(shelf, start..end);
        Ok(Reply::Window(WindowRows { folder: window.folder.clone(), validity: window.validity, rows }))
    }

    fn rows(&self, rows: &Rows) -> Result<Reply, ApiError> {
        self.valid(&rows.folder, rows.validity)?;
        if rows.uids.len() > MAX_WINDOW as usize {
            return Err(bad("uids"));
        }
        let row = |uid: &Uid| Some(self.in_folder(&rows.folder, *uid)?.summary(*uid));
        Ok(Reply::Rows(rows.uids.iter().filter_map(row).collect()))
    }

    fn find_sent(&self, message_id: &str) -> Option<MessageRef> {
        let shelf = self.shelf_of(pyeonji_shared::account::SpecialUse::Sent)?;
        let is = |slot: &&Slot| {
            self.record(slot.uid()).is_some_and(|r| r.head.message_id.as_deref() == Some(message_id))
        };
        let slot = shelf.order().iter().rev().find(is)?;
        Some(MessageRef { folder: shelf.name.clone(), validity: VALIDITY, uid: slot.uid() })
    }

    fn rows_of(&self, shelf: &Shelf, range: Range<usize>) -> Vec<Row> {
        rows(&self.records, shelf, range)
    }

    /// The message of that UID if it is in this folder.
    fn in_folder(&self, folder: &FolderName, uid: Uid) -> Option<&Record> {
        self.record(uid).filter(|record| record.folder == *folder)
    }

    fn at(&self, at: &MessageRef) -> Result<&Record, ApiError> {
        self.valid(&at.folder, at.validity)?;
        self.in_folder(&at.folder, at.uid).ok_or_else(gone)
    }

    fn valid(&self, folder: &FolderName, validity: UidValidity) -> Result<&Shelf, ApiError> {
        let shelf = self.shelf(folder).ok_or_else(gone)?;
        if validity == VALIDITY { Ok(shelf) } else { Err(ApiError::new(ErrorKind::ValidityChanged)) }
    }
}

/// Rows of a range of a folder's order, oldest first.
fn rows(records: &Sorted<Uid, Box<Record>>, shelf: &Shelf, range: Range<usize>) -> Vec<Row> {
    let seqs = (1..).skip(range.start).map(Seq);
    let slots = shelf.order().get(range).unwrap_or_default();
    let row = |(slot, seq): (&Slot, Seq)| {
        let uid = slot.uid();
        Some(Row { seq, summary: records.get(&uid)?.summary(uid) })
    };
    slots.iter().zip(seqs).filter_map(row).collect()
}

fn gone() -> ApiError {
    ApiError::new(ErrorKind::Gone)
}

fn bad(words: &str) -> ApiError {
    ApiError::new(ErrorKind::BadRequest).with_detail(words)
}
