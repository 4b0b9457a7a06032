//! The gateway: HTTP in front, typed sessions in the middle, sans-I/O mail protocols behind.
#![forbid(unsafe_code)]

pub mod account;
pub mod app;
pub mod config;
pub mod egress;
pub mod http;
pub mod imap;
pub mod mail;
pub mod metrics;
pub mod net;
pub mod sandbox;
pub mod seal;
pub mod secret;
pub mod session;
pub mod smtp;
pub mod spool;
pub mod throttle;
