//! An account whose mail is kept on the device (DESIGN §5): the server is only where it comes from.
//!
//! One connection at a time, because a POP3 mailbox is locked while it is open. Messages are named by UIDL; their numbers are
//! looked up on each connection and never leave it.
mod digest;
pub(crate) mod link;
mod look;
mod names;
mod remove;
mod retrieve;
pub(crate) mod sign_in;
mod survey;
mod task;
#[cfg(test)]
mod tests;

pub use digest::HeadDigest;
pub use task::open;

use link::Link;
use names::Names;

/// A signed-in connection without work.
pub struct Kept {
    pub link: Link,
    /// What lies there, if that was asked for. POP3 shows a mailbox as it was at sign-in (RFC 1939 §4).
    pub names: Option<Names>,
}
