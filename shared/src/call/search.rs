//! Search in the open folder.
use crate::ids::{FolderName, Uid, UidValidity};
use crate::query::Query;
use serde::{Deserialize, Serialize};

/// Sends `ChunkPart::SearchRows` for the newest hits, then `Reply::Search` with all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub query: Query,
    /// Rows wanted with the answer, at most `MAX_WINDOW`.
    pub rows: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub folder: FolderName,
    pub validity: UidValidity,
    /// Newest first; at most `MAX_SEARCH_HITS`.
    pub uids: Vec<Uid>,
    pub truncated: bool,
}
