//! What IMAP and POP3 devices have in common: what they hold, where they are, and why something can't be done.
use super::host::{Dialled, Host};
use super::wire::Time;
use crate::net::Proto;
use crate::net::record::Recorder;
use pyeonji_shared::lab::places::{Held, State};
use pyeonji_shared::lab::scenario::Account;

pub const PASSWORD: &str = "lab-lantern-11";
/// Where the copy of what was sent is filed.
pub const SENT: &str = "Sent";
/// Ends the Message-ID that names a message of the lab.
pub const DOMAIN: &str = "@lab.test>";

/// What a device knows of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub folder: &'static str,
    pub message: String,
    pub state: State,
}

impl Mail {
    pub fn held(&self) -> Held {
        Held { folder: self.folder.to_owned(), message: self.message.clone(), state: self.state }
    }
}

/// Why something couldn't be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("no network")]
    Offline,
    #[error("the message isn't here")]
    NotHere,
    #[error("it can't be written: {0}")]
    Unwritten(String),
    #[error("the server: {0}")]
    Server(String),
}

pub type Outcome = Result<(), Refused>;

/// Where a device is connected to, and what it needs for that.
pub struct Around<'a> {
    pub host: &'a Host,
    /// Whose device it is.
    pub account: Account,
    pub time: &'a mut Time,
    pub record: &'a mut Recorder,
}

impl Around<'_> {
    pub fn dial(&mut self, proto: Proto) -> Result<Dialled, Refused> {
        self.record.connect_to(proto);
        self.host.dial(self.account, proto, self.time)
    }
}

pub(super) fn name_of(id: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(id).ok()?;
    Some(text.trim().strip_prefix('<')?.strip_suffix(DOMAIN)?.to_owned())
}

/// The lab's name of a source.
pub fn named(source: &[u8]) -> Option<String> {
    let lines = source.split(|b| *b == b'\n').take_while(|l| !l.is_empty() && *l != b"\r");
    lines.filter_map(|l| l.strip_prefix(b"Message-ID: ")).find_map(name_of)
}
