//! The sandbox's POP3 server (RFC 1939, RFC 2449): bytes in, bytes out, no socket, time as an argument.
//!
//! It shows INBOX, the same one that IMAP shows. What a session sees is fixed at sign-in; what it deletes leaves INBOX at
//! QUIT and only then, and IMAP sessions are told. What IMAP removes meanwhile stays listed and can't be retrieved.
mod command;
pub mod maildrop;
mod md5;
pub mod session;
mod signin;
#[cfg(test)]
mod tests;
pub mod text;
mod view;
