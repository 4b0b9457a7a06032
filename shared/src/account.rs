//! What an account is and can do. The page asks for abilities, never for protocol names.
use crate::ids::FolderName;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountInfo {
    /// The address as typed at sign-in, e.g. `ada@blue.test`.
    pub address: String,
    /// Name of the provider in the configuration.
    pub provider: String,
    pub capabilities: Capabilities,
    /// Hierarchy delimiter of folder names, if the server has one.
    pub delimiter: Option<char>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    pub server_folders: bool,
    pub server_flags: bool,
    pub server_search: bool,
    /// New mail is announced by the server (else it is polled).
    pub push: bool,
    /// A move reports where the message went, so it can be undone.
    pub undo_move: bool,
    pub send: bool,
    /// Mail is kept on this device; the server is only where it comes from.
    pub device: bool,
    /// SMTP `SIZE` in bytes, if the server declares one. Asked after sign-in; the limits of `Welcome` include it.
    pub max_send_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SpecialUse {
    Inbox,
    Drafts,
    Sent,
    Archive,
    Junk,
    Trash,
    All,
    Flagged,
}

/// One folder of the account with its counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    pub name: FolderName,
    /// RFC 6154 attribute, or our mapping by well-known names where the server gives none.
    pub special: Option<SpecialUse>,
    pub selectable: bool,
    pub subscribed: bool,
    /// `None` while the server has not been asked (or refused).
    pub counts: Option<Counts>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub messages: u32,
    pub unseen: u32,
}

/// State of the gateway's link to the mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpstreamState {
    Online,
    Connecting,
    /// Tried again after so many seconds.
    Waiting {
        seconds: u32,
        error: crate::error::ApiError,
    },
    /// The password no longer works; the person must sign in again.
    Denied {
        error: crate::error::ApiError,
    },
}
