//! The gateway: HTTP in front, typed sessions in the middle, sans-I/O mail protocols behind.
//!
//! Without the feature `server` only what judges bytes is built (`imap`, `pop3`, `mail`): quick to build for the fuzzers.
#![forbid(unsafe_code)]

#[cfg(feature = "server")]
pub mod account;
#[cfg(not(feature = "server"))]
pub mod account {
    pub mod request;
}
#[cfg(feature = "server")]
pub mod app;
#[cfg(feature = "server")]
pub mod config;
#[cfg(not(feature = "server"))]
pub mod config {
    pub mod limits;
}
#[cfg(feature = "server")]
pub mod egress;
#[cfg(test)]
mod hostile;
#[cfg(feature = "server")]
pub mod http;
pub mod imap;
#[cfg(feature = "server")]
pub mod lab;
pub mod mail;
#[cfg(feature = "server")]
pub mod memory;
#[cfg(feature = "server")]
pub mod metrics;
#[cfg(feature = "server")]
pub mod net;
pub mod pop3;
#[cfg(feature = "server")]
pub mod sandbox;
#[cfg(feature = "server")]
pub mod seal;
pub mod secret;
#[cfg(feature = "server")]
pub mod session;
#[cfg(feature = "server")]
pub mod smtp;
#[cfg(feature = "server")]
pub mod spool;
#[cfg(feature = "server")]
pub mod throttle;
