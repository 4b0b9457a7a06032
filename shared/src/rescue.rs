//! Copying mail between the device and an account whose mail is on a server: what goes over HTTP for it, as postcard.
use crate::account::Folder;
use crate::ids::Uid;
use crate::message::Flags;
use serde::{Deserialize, Serialize};

/// Messages of one `POST /api/rescue/have`.
pub const MAX_ASKED: usize = 1_000;
/// Octets of one message that is copied.
pub const MAX_COPIED: u64 = 256 << 20;

/// The answer to `POST /api/rescue`: the account is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    pub address: String,
    /// Those that hold mail.
    pub folders: Vec<Folder>,
    pub delimiter: Option<char>,
}

/// A message that may be there already, by what can be known without sending it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// With angle brackets.
    pub message_id: String,
    /// Octets of the source.
    pub size: u64,
    /// The date that it is stored with, seconds since 1970-01-01 UTC.
    pub date: i64,
    /// One of another size with this date counts, too, where the server rewrites what it stores. Asked once the sizes of all were.
    pub rewritten: bool,
}

/// What became of a message that was sent to be stored there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stored {
    Appended,
    /// It was there before, and isn't stored twice.
    There,
}

/// One message of a folder. `GET /api/rescue/list` answers with these, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    pub uid: Uid,
    pub size: u32,
    /// INTERNALDATE, seconds since 1970-01-01 UTC.
    pub received: i64,
    pub flags: Flags,
    pub keywords: Vec<String>,
    /// With angle brackets.
    pub message_id: Option<String>,
}
