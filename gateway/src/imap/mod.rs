//! The IMAP client: a pure engine that turns bytes into events and typed commands into bytes. It does no I/O and takes time
//! as an argument. `imap_codec` and `imap_types` are named nowhere else in the gateway.
//!
//! Bytes → `framer` (responses, literals, limits) → `response` (the codec first, then our own reader) → [`engine`]
//! (tags, capabilities, what may overlap, IDLE, timeouts) → [`event::Event`].
pub mod capability;
pub mod command;
pub mod engine;
pub mod error;
pub mod event;
pub mod options;

pub use capability::Capabilities;
pub use command::{Command, CommandId};
pub use engine::Engine;
pub use error::{CommandError, EngineError, Refusal};
pub use event::Event;
pub use options::{Greeting, Options};
