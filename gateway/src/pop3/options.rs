//! What an engine must know before the first byte.
use crate::config::limits::Limits;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Options {
    pub limits: Arc<Limits>,
    pub greeting: Greeting,
    /// The stream is encrypted. Whether a clear connection is allowed at all is decided where it is dialled.
    pub secure: bool,
}

/// Whether the server's greeting is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting {
    Expected,
    /// The STLS preamble read it in clear; nothing it said counts any more (RFC 2595 §4).
    AlreadySeen,
}
