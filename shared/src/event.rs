//! What the gateway tells by itself. Numbered, so that a reconnect can replay what was missed.
use crate::account::{AccountInfo, Folder, UpstreamState};
use crate::call::list::FolderSnapshot;
use crate::folder::FolderDelta;
use crate::ids::{FolderName, UidValidity};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Replaces everything known: first load, overflow and lost resume are this one path.
    Snapshot(Snapshot),
    /// A change of the open folder.
    Folder {
        folder: FolderName,
        validity: UidValidity,
        delta: FolderDelta,
    },
    /// Folders whose counts or existence changed; replaces entries of the same name.
    Folders {
        changed: Vec<Folder>,
        removed: Vec<FolderName>,
    },
    Upstream(UpstreamState),
    /// The server's ALERT (RFC 9051 §7.1): shown as the server's words, as text.
    Alert(String),
    /// Mail arrived in this folder, so many messages; for notification and title.
    NewMail {
        folder: FolderName,
        count: u32,
    },
    /// Replaces the bounds of `Welcome`: the sending server has said how much it takes.
    Limits(crate::frame::Limits),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub account: AccountInfo,
    pub folders: Vec<Folder>,
    /// The open folder with its newest rows.
    pub open: Option<FolderSnapshot>,
    pub upstream: UpstreamState,
}
