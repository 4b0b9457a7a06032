//! What changes the mailbox: flags, moves and deletions that the page asks for, and messages that came to the store or
//! were changed there by another tab. All end in [`Mailbox::settle`], which tells the page.
use super::record::{Origin, Record};
use super::shelf::{Settled, Shelf, Slot};
use super::{Changes, Mailbox, VALIDITY, Write, bad, rows};
use pyeonji_shared::call::Reply;
use pyeonji_shared::call::organise::{Copied, Delete, Destination, Move, Moved, SetFlags};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use pyeonji_shared::folder::{FlagChange, FolderDelta};
use pyeonji_shared::ids::{FolderName, MessageSet, ModSeq, Seq, Uid};
use pyeonji_shared::limits::{MAX_UIDS_PER_CALL, MAX_WINDOW};
use pyeonji_shared::message::Flags;
use pyeonji_shared::sorted::Sorted;

impl Mailbox {
    pub(super) fn set_flags(
        &mut self,
        SetFlags { set, add, remove }: &SetFlags,
        changes: &mut Changes,
    ) -> Result<Reply, ApiError> {
        let touched = add.with(*remove);
        if touched.is_empty() || touched.contains(Flags::DELETED) || add.0 & remove.0 != 0 {
            return Err(bad("flags"));
        }
        for slot in self.slots(set)? {
            let Some(record) = self.records.get_mut(&slot.uid()) else { continue };
            let flags = record.flags.without(*remove).with(*add);
            if flags == record.flags {
                continue;
            }
            let was_unseen = record.is_unseen();
            record.flags = flags;
            changes.writes.push(Write::Record(slot.uid(), record.to_bytes()));
            if let Some(shelf) = self.shelves.iter_mut().find(|s| s.name == set.folder) {
                shelf.flag(slot, was_unseen, record.is_unseen());
            }
        }
        self.settle(0, &mut changes.events);
        Ok(Reply::Ok)
    }

    pub(super) fn move_to(
        &mut self,
        Move { set, to }: &Move,
        changes: &mut Changes,
    ) -> Result<Reply, ApiError> {
        let to = match to {
            Destination::Special(special) => {
                let shelf = self.shelf_of(*special).ok_or_else(|| ApiError::new(ErrorKind::Unsupported))?;
                shelf.name.clone()
            }
            Destination::Folder(name) => name.clone(),
        };
        if to == set.folder {
            return Err(bad("destination"));
        }
        let slots = self.slots(set)?;
        self.destination(&to, changes)?;
        let uids = slots.iter().map(|slot| (slot.uid(), slot.uid())).collect();
        self.transfer(&set.folder, &to, slots, changes);
        self.settle(0, &mut changes.events);
        Ok(Reply::Moved(Moved { to, copied: Some(Copied { validity: VALIDITY, uids }) }))
    }

    /// These become the newest of the other folder, in the order they have.
    pub(super) fn transfer(
        &mut self,
        from: &FolderName,
        to: &FolderName,
        slots: Vec<Slot>,
        changes: &mut Changes,
    ) {
        for slot in slots {
            let place = self.next_place();
            let Some(record) = self.records.get_mut(&slot.uid()) else { continue };
            record.folder = to.clone();
            record.place = place;
            changes.writes.push(Write::Record(slot.uid(), record.to_bytes()));
            let (unseen, entry) = (record.is_unseen(), Slot::of(slot.uid(), record));
            self.leave(from, slot, unseen);
            self.enter(to, entry, unseen);
        }
    }

    pub(super) fn delete(
        &mut self,
        Delete { set }: &Delete,
        changes: &mut Changes,
    ) -> Result<Reply, ApiError> {
        for slot in self.slots(set)? {
            let Some(record) = self.records.get(&slot.uid()) else { continue };
            let unseen = record.is_unseen();
            self.leave(&set.folder, slot, unseen);
            self.removed.push(slot.uid());
            changes.writes.push(Write::Delete(slot.uid()));
        }
        self.settle(0, &mut changes.events);
        Ok(Reply::Ok)
    }

    /// The messages of a set that are in its folder, oldest first. Others are passed over, as an IMAP server does
    /// (RFC 9051 §6.4.9).
    ///
    /// The folder's counts are told with the answer, whether or not they change: until then the page adds to them what it
    /// expects of the call.
    fn slots(&mut self, set: &MessageSet) -> Result<Vec<Slot>, ApiError> {
        if set.uids.is_empty() || set.uids.len() > MAX_UIDS_PER_CALL || set.uids.contains(&Uid(0)) {
            return Err(bad("uids"));
        }
        self.valid(&set.folder, set.validity)?;
        let slot = |uid: &Uid| Some(Slot::of(*uid, self.in_folder(&set.folder, *uid)?));
        let mut slots: Vec<Slot> = set.uids.iter().filter_map(slot).collect();
        slots.sort_unstable();
        slots.dedup();
        if let Some(shelf) = self.shelf_mut(&set.folder) {
            shelf.tell_counts();
        }
        Ok(slots)
    }

    /// Records that the store has committed (fetched, sent, imported, or written by another tab) become visible. UIDs
    /// rising, or it takes longer.
    pub fn arrived(&mut self, records: Vec<(Uid, Record)>) -> Vec<Event> {
        let (mut events, mut news) = (Vec::new(), 0_u32);
        let mut touched = Sorted::new();
        for (uid, record) in records {
            self.once(uid, &mut touched, &mut events);
            let new = record.folder.is_inbox() && record.is_unseen();
            let fetched = record.origin == Origin::FetchedFromServer && !self.records.contains_key(&uid);
            news = news.saturating_add(u32::from(new && fetched));
            self.replace(uid, record);
        }
        self.settle(news, &mut events);
        events
    }

    /// Another tab wrote (or deleted) these records. UIDs rising, or it takes longer.
    pub fn changed(&mut self, records: Vec<(Uid, Option<Record>)>) -> Vec<Event> {
        let mut events = Vec::new();
        let mut touched = Sorted::new();
        for (uid, record) in records {
            self.once(uid, &mut touched, &mut events);
            match record {
                Some(record) => self.replace(uid, record),
                None => self.drop(uid),
            }
        }
        self.settle(0, &mut events);
        events
    }

    /// A message that changes twice is told in between: what waits to be told names each message once.
    fn once(&mut self, uid: Uid, touched: &mut Sorted<Uid, ()>, events: &mut Vec<Event>) {
        if touched.insert(uid, ()).is_some() {
            self.settle(0, events);
            touched.clear();
            touched.insert(uid, ());
        }
    }

    pub(super) fn replace(&mut self, uid: Uid, record: Record) {
        let Some(old) = self.records.get_mut(&uid) else { return self.put(uid, record) };
        let (slot, entry) = (Slot::of(uid, old), Slot::of(uid, &record));
        let (was_unseen, unseen) = (old.is_unseen(), record.is_unseen());
        let stays = old.folder == record.folder && slot == entry;
        let same_row = old.head == record.head && old.size == record.size && old.received == record.received;
        let same_flags = old.flags == record.flags && old.keywords == record.keywords;
        let (from, to) = (old.folder.clone(), record.folder.clone());
        self.next = self.next.max(super::Place(record.place.0.saturating_add(1)));
        **old = record;
        if stays && same_row && same_flags {
            return;
        }
        let Some(shelf) = self.shelf_mut(&from) else { return };
        match (stays, same_row) {
            (true, true) => shelf.flag(slot, was_unseen, unseen),
            (true, false) => shelf.rewrite(slot, was_unseen, unseen),
            (false, _) => {
                shelf.leave(slot, was_unseen);
                self.enter(&to, entry, unseen);
            }
        }
    }

    /// A message that nobody knows yet.
    fn put(&mut self, uid: Uid, record: Record) {
        let (slot, unseen) = (Slot::of(uid, &record), record.is_unseen());
        self.next = self.next.max(super::Place(record.place.0.saturating_add(1)));
        self.enter(&record.folder, slot, unseen);
        self.records.insert(uid, Box::new(record));
    }

    fn drop(&mut self, uid: Uid) {
        let Some(record) = self.records.get(&uid) else { return };
        let (slot, unseen, folder) = (Slot::of(uid, record), record.is_unseen(), record.folder.clone());
        self.leave(&folder, slot, unseen);
        self.removed.push(uid);
    }

    fn leave(&mut self, folder: &FolderName, slot: Slot, unseen: bool) {
        if let Some(shelf) = self.shelf_mut(folder) {
            shelf.leave(slot, unseen);
        }
    }

    fn enter(&mut self, folder: &FolderName, slot: Slot, unseen: bool) {
        self.need(folder);
        if let Some(shelf) = self.shelf_mut(folder) {
            shelf.enter(slot, unseen);
        }
    }

    /// Brings every folder up to date and tells what that changed: the open folder's deltas, then the counts.
    pub(super) fn settle(&mut self, news: u32, events: &mut Vec<Event>) {
        let mut removed = std::mem::take(&mut self.removed);
        if !removed.is_empty() {
            removed.sort_unstable();
            self.records.retain(|uid, _| removed.binary_search(uid).is_err());
        }
        let mut changed = Vec::new();
        for shelf in &mut self.shelves {
            let watched = self.open.as_ref() == Some(&shelf.name);
            let Some(settled) = shelf.settle(watched) else { continue };
            if settled.counted {
                changed.push(shelf.folder());
            }
            if watched {
                tell(&self.records, shelf, settled, events);
            }
        }
        if news > 0 {
            events.push(Event::NewMail { folder: FolderName::inbox(), count: news });
        }
        if !changed.is_empty() {
            events.push(Event::Folders { changed, removed: Vec::new() });
        }
    }
}

/// The deltas of the open folder. What leaves is told before what comes, so that every number means what it says.
fn tell(records: &Sorted<Uid, Box<Record>>, shelf: &Shelf, settled: Settled, events: &mut Vec<Event>) {
    let Settled { gone, came, at_end, rewritten, flagged, counted: _ } = settled;
    let counts = shelf.counts();
    let (exists, unseen) = (counts.messages, counts.unseen);
    let mut event = |delta| {
        events.push(Event::Folder { folder: shelf.name.clone(), validity: VALIDITY, delta });
    };
    if !gone.is_empty() {
        event(FolderDelta::Expunged { seqs: gone, unseen });
    }
    // A flood of arrivals: the newest windowful comes with rows, the others are asked for when looked at. Rows that were
    // told before are told again where they stand now: there is no delta for a message that comes between others, nor for
    // a row that says something else, and a row replaces what was known at its number.
    let len = shelf.order().len();
    let newest = if at_end { came.max(len.saturating_sub(MAX_WINDOW as usize)) } else { came };
    let old = rewritten.into_iter().filter_map(|slot| shelf.position(slot).ok()).filter(|at| *at < newest);
    let mut told = Vec::new();
    for at in old {
        told.append(&mut rows(records, shelf, at..at.saturating_add(1)));
    }
    told.append(&mut rows(records, shelf, newest..len));
    if came < len || !told.is_empty() {
        event(FolderDelta::Arrived { exists, unseen, rows: told });
    }
    let change = |slot: Slot| {
        let (at, record) = (shelf.position(slot).ok()?, records.get(&slot.uid())?);
        Some(FlagChange {
            seq: Seq(u32::try_from(at).ok()?.checked_add(1)?),
            uid: slot.uid(),
            flags: record.flags,
            keywords: record.keywords.clone(),
            modseq: ModSeq(0),
        })
    };
    let changes: Vec<FlagChange> = flagged.into_iter().filter_map(change).collect();
    if !changes.is_empty() {
        event(FolderDelta::Flags { changes, unseen });
    }
}
