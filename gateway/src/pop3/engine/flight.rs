//! Commands in flight, and what is being read for the oldest of them: POP3 answers strictly in order (RFC 1939 §3).
use crate::pop3::capa::Capabilities;
use crate::pop3::command::{Command, CommandId};
use crate::pop3::listing::Listing;
use crate::pop3::reply::Status;
use crate::pop3::undot::Undot;
use bytes::{Bytes, BytesMut};
use pyeonji_shared::limits::MAX_PIECE;

/// What an answer consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    SignIn,
    Capa,
    Stat,
    Sizes,
    Names,
    Message,
    /// Nothing but the status.
    Status,
    Quit,
}

impl Want {
    pub fn of(command: &Command) -> Self {
        match command {
            Command::SignIn { .. } => Self::SignIn,
            Command::Capa => Self::Capa,
            Command::Stat => Self::Stat,
            Command::List => Self::Sizes,
            Command::Uidl => Self::Names,
            Command::Top { .. } | Command::Retr { .. } => Self::Message,
            Command::Dele { .. } | Command::Rset | Command::Noop => Self::Status,
            Command::Quit => Self::Quit,
        }
    }
}

#[derive(Debug)]
pub struct Flight {
    /// `None`: one of the engine's own.
    pub id: Option<CommandId>,
    pub want: Want,
    /// Nothing else may be in flight.
    pub alone: bool,
    /// Its line was handed out. An answer that comes sooner is somebody else's.
    pub sent: bool,
}

/// Where in the oldest flight's answer we are.
#[derive(Debug)]
pub enum Reading {
    Status,
    Capa { status: Status, capabilities: Capabilities, lines: usize },
    Listing { status: Status, listing: Listing },
    Message(Box<Message>),
}

/// A message under way.
#[derive(Debug)]
pub struct Message {
    pub status: Status,
    pub undot: Undot,
    pub size: u64,
    piece: BytesMut,
}

impl Message {
    pub fn new(status: Status, bare: bool) -> Self {
        Self { status, undot: Undot::new(bare), size: 0, piece: BytesMut::new() }
    }

    /// Takes bytes in; how many belong to the message, and whether it is complete.
    pub fn push(&mut self, bytes: &[u8]) -> (usize, bool) {
        let before = self.piece.len();
        let (taken, ended) = self.undot.push(bytes, &mut self.piece);
        self.size += (self.piece.len() - before) as u64;
        (taken, ended)
    }

    /// The next full piece; at the end also what is left.
    pub fn piece(&mut self, ended: bool) -> Option<Bytes> {
        let n = self.piece.len().min(MAX_PIECE);
        (n == MAX_PIECE || (ended && n > 0)).then(|| self.piece.split_to(n).freeze())
    }

    pub fn memory(&self) -> usize {
        self.piece.capacity()
    }
}
