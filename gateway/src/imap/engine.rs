//! The engine: one IMAP link as a state machine without I/O. Time comes in as an argument.
use crate::imap::capability::Capabilities;
use crate::imap::command::{Command, CommandId};
use crate::imap::error::Refusal;
use crate::imap::event::Event;
use crate::imap::options::Options;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Instant;

pub struct Engine {}

impl Engine {
    pub fn new(_options: Options, _now: Instant) -> Self {
        Self {}
    }

    /// Bytes from the server. The caller drains [`Self::poll_event`] before giving more: that is the back-pressure.
    pub fn handle_input(&mut self, _bytes: &[u8], _now: Instant) {}

    /// The server closed its side.
    pub fn handle_eof(&mut self, _now: Instant) {}

    /// Call at or after [`Self::poll_timeout`].
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Bytes for the server, in order.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        None
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// Queues a command; commands that can't overlap wait for each other, the others are pipelined. Exactly one
    /// [`Event::Done`] follows, also when it can't be sent.
    pub fn submit(&mut self, _command: Command, _now: Instant) -> CommandId {
        CommandId(0)
    }

    /// IDLE (or poll with NOOP where there is no IDLE) whenever nothing is in flight.
    pub fn set_idle(&mut self, _on: bool, _now: Instant) {}

    /// The APPEND whose body may be fed now, and how many bytes are still wanted. `None` while enough is buffered, or while
    /// the server has not agreed yet.
    pub fn wants_literal(&self) -> Option<(CommandId, u64)> {
        None
    }

    /// Gives the next bytes of an APPEND body. More than wanted is refused.
    pub fn feed_literal(&mut self, _id: CommandId, _bytes: Bytes, _now: Instant) -> Result<(), Refusal> {
        Ok(())
    }

    /// Gives an APPEND up. Before its first byte was sent the command is dropped; after it, the link ends (`Abandoned`).
    pub fn abandon_literal(&mut self, _id: CommandId, _now: Instant) {}

    /// What the server offers, as far as it said since sign-in.
    pub fn capabilities(&self) -> Option<&Arc<Capabilities>> {
        None
    }

    /// Nothing is in flight or waiting.
    pub fn is_quiet(&self) -> bool {
        true
    }

    /// Over: [`Event::Failed`] was said, or LOGOUT was answered.
    pub fn is_over(&self) -> bool {
        false
    }
}
