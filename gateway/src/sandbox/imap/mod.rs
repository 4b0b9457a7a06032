//! The sandbox's IMAP4rev1 server: bytes in, bytes out, no socket.
pub mod command;
pub mod fetch;
pub mod framer;
#[cfg(test)]
mod imaptest;
pub mod list;
mod messages;
pub mod search;
pub mod session;
#[cfg(test)]
mod tests;
pub mod utf7;
mod view;
pub mod wire;
pub mod write;
