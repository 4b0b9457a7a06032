//! The gateway: HTTP in front, typed sessions in the middle, sans-I/O mail protocols behind.
#![forbid(unsafe_code)]

pub mod account;
pub mod config;
pub mod egress;
pub mod imap;
pub mod mail;
pub mod net;
pub mod secret;
pub mod session;
pub mod smtp;
