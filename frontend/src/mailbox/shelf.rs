//! One folder: which messages are in it in which order, and what changed since it was last told.
use super::record::{Place, Record};
use pyeonji_shared::account::{Counts, Folder, SpecialUse};
use pyeonji_shared::ids::{FolderName, Seq, Uid};

/// A message's place with its UID below it: two tabs may give one place to two messages, and this orders them the same
/// in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(u64);

impl Slot {
    pub fn new(place: Place, uid: Uid) -> Slot {
        Slot(u64::from(place.0) << 32 | u64::from(uid.0))
    }

    pub fn of(uid: Uid, record: &Record) -> Slot {
        Slot::new(record.place, uid)
    }

    pub fn uid(self) -> Uid {
        Uid(self.0 as u32)
    }
}

#[derive(Debug)]
pub struct Shelf {
    pub name: FolderName,
    pub special: Option<SpecialUse>,
    /// Rising; the sequence number of the first is 1.
    order: Vec<Slot>,
    unseen: u32,
    /// Changes that are not told yet; a message is in one of these lists at most.
    leaving: Vec<Slot>,
    entering: Vec<Slot>,
    flagged: Vec<Slot>,
    rewritten: Vec<Slot>,
    /// Counts as last told; `None` for a folder that nobody has heard of.
    told: Option<Counts>,
}

/// What changed in a folder, in the order in which it is told.
#[derive(Debug, Default)]
pub struct Settled {
    /// Each counts after the ones before it.
    pub gone: Vec<Seq>,
    /// Indices in the order from which on every row is told.
    pub came: usize,
    /// Below them there was nothing: they joined at the end.
    pub at_end: bool,
    pub rewritten: Vec<Slot>,
    pub flagged: Vec<Slot>,
    /// The counts are others than were told.
    pub counted: bool,
}

impl Shelf {
    pub fn new(name: FolderName, special: Option<SpecialUse>) -> Shelf {
        Shelf {
            name,
            special,
            order: Vec::new(),
            unseen: 0,
            leaving: Vec::new(),
            entering: Vec::new(),
            flagged: Vec::new(),
            rewritten: Vec::new(),
            told: None,
        }
    }

    pub fn order(&self) -> &[Slot] {
        &self.order
    }

    /// Of a message that is here, or would be.
    pub fn position(&self, slot: Slot) -> Result<usize, usize> {
        self.order.binary_search(&slot)
    }

    pub fn counts(&self) -> Counts {
        Counts { messages: u32::try_from(self.order.len()).unwrap_or(u32::MAX), unseen: self.unseen }
    }

    pub fn folder(&self) -> Folder {
        Folder {
            name: self.name.clone(),
            special: self.special,
            selectable: true,
            subscribed: true,
            counts: Some(self.counts()),
        }
    }

    pub fn leave(&mut self, slot: Slot, unseen: bool) {
        self.leaving.push(slot);
        self.unseen = self.unseen.saturating_sub(u32::from(unseen));
    }

    pub fn enter(&mut self, slot: Slot, unseen: bool) {
        self.entering.push(slot);
        self.unseen = self.unseen.saturating_add(u32::from(unseen));
    }

    /// The flags of a message that stays here are others now.
    pub fn flag(&mut self, slot: Slot, was_unseen: bool, unseen: bool) {
        self.flagged.push(slot);
        self.count(was_unseen, unseen);
    }

    /// More than the flags of a message that stays here is different.
    pub fn rewrite(&mut self, slot: Slot, was_unseen: bool, unseen: bool) {
        self.rewritten.push(slot);
        self.count(was_unseen, unseen);
    }

    fn count(&mut self, was_unseen: bool, unseen: bool) {
        self.unseen = self.unseen.saturating_sub(u32::from(was_unseen)).saturating_add(u32::from(unseen));
    }

    /// The counts are told next time, whatever they are.
    pub fn tell_counts(&mut self) {
        self.told = None;
    }

    /// Brings the order up to date. `None`: nothing was different. Sequence numbers are worked out for a watched folder
    /// only.
    pub fn settle(&mut self, watched: bool) -> Option<Settled> {
        let quiet = self.leaving.is_empty()
            && self.entering.is_empty()
            && self.flagged.is_empty()
            && self.rewritten.is_empty();
        if quiet && self.told.is_some() {
            return None;
        }
        let mut settled = Settled::default();
        self.remove(watched, &mut settled.gone);
        (settled.came, settled.at_end) = self.add();
        settled.flagged = std::mem::take(&mut self.flagged);
        settled.rewritten = std::mem::take(&mut self.rewritten);
        let counts = Some(self.counts());
        settled.counted = self.told != counts;
        self.told = counts;
        Some(settled)
    }

    /// One pass over the order, however many leave.
    fn remove(&mut self, watched: bool, gone: &mut Vec<Seq>) {
        let mut leaving = std::mem::take(&mut self.leaving);
        if leaving.is_empty() {
            return;
        }
        sort(&mut leaving);
        let (mut next, mut seq) = (0, 0_u32);
        work(self.order.len());
        self.order.retain(|slot| {
            seq = seq.saturating_add(1);
            let leaves = leaving.get(next) == Some(slot);
            if leaves {
                next += 1;
                if watched {
                    gone.push(Seq(seq));
                }
            }
            !leaves
        });
        // The highest first: then the numbers of the others stay what they are.
        gone.reverse();
    }

    /// Messages join at the newest end; one whose place another tab gave before this one gave a newer place joins further
    /// down. Returns from where on the order is new, and whether that was the end.
    fn add(&mut self) -> (usize, bool) {
        let mut entering = std::mem::take(&mut self.entering);
        sort(&mut entering);
        let Some(first) = entering.first() else { return (self.order.len(), true) };
        let came = self.position(*first).unwrap_or_else(|at| at);
        let at_end = came == self.order.len();
        if !at_end {
            entering.extend(self.order.drain(came..));
            sort(&mut entering);
        }
        work(entering.len());
        self.order.append(&mut entering);
        (came, at_end)
    }
}

fn sort(slots: &mut [Slot]) {
    work(slots.len());
    slots.sort_unstable();
}

/// Counts messages that are looked at, for the tests of what grows how.
fn work(_n: usize) {
    #[cfg(test)]
    super::tests::WORK.with(|work| work.set(work.get() + _n));
}
