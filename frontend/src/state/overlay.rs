//! Optimistic operations laid over what the server confirmed: shown at once, taken back when refused.
use pyeonji_shared::call::organise::Copied;
use pyeonji_shared::ids::{FolderName, MessageSet, OpId, Uid, UidValidity};
use pyeonji_shared::message::Flags;
use pyeonji_shared::sorted::Sorted;

/// Operations under way; past it new ones are refused with a notice.
pub const MAX_OPS: usize = 64;
/// UIDs that left and stay hidden until their folder is read anew; the oldest go first.
pub const MAX_GONE: usize = 40_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Flags {
        add: Flags,
        remove: Flags,
    },
    /// Leaves this folder (move, archive, trash, delete).
    Leave,
}

/// One mutation on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    pub id: OpId,
    /// UIDs rising.
    pub set: MessageSet,
    pub change: Change,
    /// Change of the folder's unread count that this makes.
    pub unread: i64,
    /// Version of the folder's counts when it began.
    pub version: u32,
    pub doing: super::notice::Doing,
    pub undoing: Undoing,
    /// Flags each message had before (for undo), grouped.
    pub before: Vec<(MessageSet, Flags, Flags)>,
    /// Id that its notice will have: what was begun last is undone first, whenever it was answered.
    pub notice: u32,
}

/// What undo has to do with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undoing {
    /// Nothing: it was done without being asked for, or it is for good.
    Never,
    Possible,
    /// Asked for while it was under way: undone as soon as it is answered.
    Asked,
    /// It undoes another one: nothing to say but "Undone".
    Itself,
}

impl Op {
    /// Its change of flags is laid over what the server confirmed.
    fn shows(&self) -> bool {
        self.undoing != Undoing::Asked || self.change == Change::Leave
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    pub ops: Vec<Op>,
    /// Left for good: confirmed by the server, but the list may not have heard yet.
    gone: Vec<(FolderName, UidValidity, Uid)>,
    gone_set: Sorted<(Uid, UidValidity, FolderName), ()>,
    /// What recent moves answered, for undo.
    pub moved: Vec<MovedOp>,
}

/// A finished move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedOp {
    pub id: OpId,
    pub from: FolderName,
    pub to: FolderName,
    pub copied: Option<Copied>,
}

/// Finished moves remembered for undo.
pub const MAX_MOVED: usize = 32;

impl Overlay {
    pub fn is_full(&self) -> bool {
        self.ops.len() >= MAX_OPS
    }

    pub fn take(&mut self, id: OpId) -> Option<Op> {
        let at = self.ops.iter().position(|o| o.id == id)?;
        Some(self.ops.remove(at))
    }

    pub fn unread_change(&self, folder: &FolderName) -> i64 {
        self.ops.iter().filter(|o| &o.set.folder == folder && o.shows()).map(|o| o.unread).sum()
    }

    /// Flags as the person should see them.
    pub fn flags(&self, folder: &FolderName, validity: UidValidity, uid: Uid, confirmed: Flags) -> Flags {
        let mut flags = confirmed;
        for op in self.ops.iter().filter(|o| o.shows()) {
            if let Change::Flags { add, remove } = op.change
                && &op.set.folder == folder
                && op.set.validity == validity
                && op.set.uids.binary_search(&uid).is_ok()
            {
                flags = flags.without(remove).with(add);
            }
        }
        flags
    }

    /// UIDs that must not be shown in this folder, rising.
    pub fn hidden(&self, folder: &FolderName, validity: UidValidity) -> Vec<Uid> {
        let leaving = self
            .ops
            .iter()
            .filter(|o| o.change == Change::Leave && &o.set.folder == folder && o.set.validity == validity)
            .flat_map(|o| o.set.uids.iter().copied());
        let gone = self.gone.iter().filter(|(f, v, _)| f == folder && *v == validity).map(|(_, _, u)| *u);
        let mut hidden: Vec<Uid> = leaving.chain(gone).collect();
        hidden.sort_unstable();
        hidden
    }

    /// The server confirmed that these left.
    pub fn settle_gone(&mut self, set: &MessageSet) {
        for uid in &set.uids {
            if self.gone_set.insert((*uid, set.validity, set.folder.clone()), ()).is_none() {
                self.gone.push((set.folder.clone(), set.validity, *uid));
            }
        }
        let over = self.gone.len().saturating_sub(MAX_GONE);
        for (folder, validity, uid) in self.gone.drain(..over) {
            self.gone_set.remove(&(uid, validity, folder));
        }
    }

    /// These came to the folder. Mail that is kept on the device has its UID for life: they may have been here before, and
    /// what was asked of them then is done, answered or not.
    pub fn came(&mut self, folder: &FolderName, validity: UidValidity, mut uids: Vec<Uid>) {
        uids.sort_unstable();
        for op in &mut self.ops {
            if &op.set.folder == folder && op.set.validity == validity {
                op.set.uids.retain(|uid| uids.binary_search(uid).is_err());
            }
        }
        self.settle_back(folder, validity, &uids);
    }

    /// The server confirmed that these are in the folder (again). UIDs rising.
    pub fn settle_back(&mut self, folder: &FolderName, validity: UidValidity, uids: &[Uid]) {
        let stays = |f: &FolderName, v: UidValidity, uid: Uid| {
            f != folder || v != validity || uids.binary_search(&uid).is_err()
        };
        self.gone.retain(|(f, v, uid)| stays(f, *v, *uid));
        self.gone_set.retain(|(uid, v, f), ()| stays(f, *v, *uid));
    }

    /// A fresh picture of the folder was read after everything that was confirmed.
    pub fn forget_gone(&mut self, folder: &FolderName) {
        self.gone.retain(|(f, _, _)| f != folder);
        self.gone_set.retain(|(_, _, f), ()| f != folder);
    }

    pub fn remember_move(&mut self, moved: MovedOp) {
        while self.moved.len() >= MAX_MOVED {
            self.moved.remove(0);
        }
        self.moved.push(moved);
    }
}
