//! The IMAP client: a pure engine that turns bytes into events and typed commands into bytes. It does no I/O and takes time
//! as an argument. `imap_codec` and
//! `imap_types`, the oracle of its tests, are named nowhere else in the gateway.
//!
//! Bytes → `framer` (responses, literals, limits) → `response` (our own lenient reader) → [`engine`]
//! (tags, capabilities, what may overlap, IDLE, timeouts) → [`event::Event`].
pub mod capability;
mod code;
pub mod command;
mod date;
mod encode;
pub mod engine;
pub mod error;
pub mod event;
mod fetch;
mod flags;
pub mod framer;
mod mailbox;
pub mod options;
mod quota;
mod reader;
pub mod response;
mod search;
mod structure;
mod utf7;
mod write;

#[cfg(test)]
mod tests;

pub use capability::Capabilities;
pub use command::{Command, CommandId};
pub use engine::Engine;
pub use error::{CommandError, EngineError, Refusal};
pub use event::Event;
pub use options::{Greeting, Options};
