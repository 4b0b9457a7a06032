//! What the engine says, in our own types.
use super::capa::Capabilities;
use super::code::Code;
use super::command::{CommandId, Number};
use super::error::{CommandError, EngineError};
use bytes::Bytes;
use pyeonji_shared::device::Uidl;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The server is ready for commands.
    Greeting,
    /// What the server offers, whenever it says so.
    Capabilities(Arc<Capabilities>),
    /// The next bytes of a message without dot-stuffing: exactly `MAX_PIECE`, only the last one of a message is shorter.
    Piece { id: CommandId, bytes: Bytes },
    /// Exactly one for each submitted command; those that were sent in their order.
    Done { id: CommandId, result: Result<Completion, CommandError> },
    /// The last event.
    Failed(EngineError),
}

/// `+OK`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    pub code: Option<Code>,
    pub text: String,
    pub reply: Reply,
}

/// What belongs to one command alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reply {
    #[default]
    None,
    Capabilities(Arc<Capabilities>),
    Stat {
        messages: u32,
        octets: u64,
    },
    /// In the server's order.
    Sizes(Vec<(Number, u32)>),
    /// In the server's order. Messages whose id can't be used (empty, or longer than [`Uidl::MAX`]) are left out.
    Names(Vec<(Number, Uidl)>),
    /// A message has come in full.
    Message {
        /// Octets of its pieces.
        size: u64,
    },
}
