//! The POP3 client (RFC 1939, RFC 2449): a pure engine that turns bytes into events and typed commands into bytes. It does no
//! I/O and takes time as an argument.
//!
//! Bytes → `reader` (bounded lines) or `undot` (bodies, streamed) → `reply`, `capa`, `listing` → [`engine`] (order of the
//! answers, sign-in, what may overlap, timeouts) → [`event::Event`].
pub mod auth;
pub mod capa;
pub mod code;
pub mod command;
mod encode;
pub mod engine;
pub mod error;
pub mod event;
mod listing;
pub mod options;
mod reader;
mod reply;
mod undot;

#[cfg(test)]
mod tests;

pub use auth::Proof;
pub use capa::Capabilities;
pub use command::{Command, CommandId, Number};
pub use engine::{Cost, Engine};
pub use error::{CommandError, EngineError, Refusal};
pub use event::Event;
pub use options::{Greeting, Options};
