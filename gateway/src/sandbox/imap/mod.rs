//! The sandbox's IMAP4rev1 server: bytes in, bytes out, no socket.
pub mod command;
pub mod fetch;
mod folders;
pub mod framer;
#[cfg(test)]
mod imaptest;
pub mod list;
mod messages;
pub mod search;
pub mod session;
mod signin;
#[cfg(test)]
mod tests;
pub mod utf7;
mod view;
pub mod wire;
pub mod write;
