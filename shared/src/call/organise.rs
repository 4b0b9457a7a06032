//! Flags, moving and deleting. All carry an `OpId`.
use crate::account::SpecialUse;
use crate::ids::{FolderName, MessageSet, Uid, UidValidity};
use crate::message::Flags;
use serde::{Deserialize, Serialize};

/// Answered by `Reply::Ok`; the new flags also arrive as a folder event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetFlags {
    pub set: MessageSet,
    pub add: Flags,
    pub remove: Flags,
}

/// Answered by `Reply::Moved`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub set: MessageSet,
    pub to: Destination,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    Folder(FolderName),
    /// The folder of that use; created (e.g. "Archive") if the account has none.
    Special(SpecialUse),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub to: FolderName,
    /// Where each message went, if the server says so (UIDPLUS, RFC 4315): needed for undo.
    pub copied: Option<Copied>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    pub validity: UidValidity,
    /// (old, new)
    pub uids: Vec<(Uid, Uid)>,
}

/// Removes for good (from Trash or Junk, after asking). Answered by `Reply::Ok`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    pub set: MessageSet,
}
