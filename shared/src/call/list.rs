//! Opening a folder and reading windows of its list.
use crate::ids::{FolderName, ModSeq, Uid, UidValidity};
use crate::message::Row;
use serde::{Deserialize, Serialize};

/// Makes `folder` the open one (IDLE moves there) and reads its newest rows. Answered by `Reply::Open`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    pub folder: FolderName,
    /// Newest rows wanted, at most `MAX_WINDOW`.
    pub rows: u32,
}

/// A folder at one point of the event stream; later events are deltas to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderSnapshot {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub exists: u32,
    pub unseen: u32,
    pub modseq: ModSeq,
    pub rows: Vec<Row>,
    /// Flags can be changed and messages removed.
    pub writable: bool,
}

/// Rows by position. `offset` 0 is the newest; rows `[offset, offset+len)`. Answered by `Reply::Window`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub offset: u32,
    /// At most `MAX_WINDOW`.
    pub len: u32,
}

/// Rows with the sequence numbers they had at this point of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRows {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub rows: Vec<Row>,
}

/// Rows by UID (search results). Answered by `Reply::Rows`; vanished UIDs are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    pub folder: FolderName,
    pub validity: UidValidity,
    /// At most `MAX_WINDOW`.
    pub uids: Vec<Uid>,
}
