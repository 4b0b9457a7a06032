//! The harness: real mail servers, a network that misbehaves, a client of the wire, a browser.
#![forbid(unsafe_code)]

pub mod certs;
pub mod chaos;
pub mod dovecot;
pub mod mailhost;
pub mod ports;
pub mod postfix;
