//! The harness: real mail servers, a network that misbehaves, a client of the wire, a browser.
#![forbid(unsafe_code)]

pub mod arrival;
pub mod bench;
pub mod browser;
pub mod certs;
pub mod chaos;
pub mod client;
pub mod dovecot;
pub mod gateway;
pub mod maildrop;
pub mod mailhost;
pub mod page;
pub mod pop3;
pub mod ports;
pub mod postfix;
pub mod seed;
