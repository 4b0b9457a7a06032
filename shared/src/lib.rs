//! What the page and the gateway agree on: ids, calls, events, frames and the pure rules both run.
#![forbid(unsafe_code)]

pub mod account;
pub mod calendar;
pub mod call;
pub mod codec;
pub mod device;
pub mod draft;
pub mod error;
pub mod event;
pub mod folder;
pub mod frame;
pub mod ids;
pub mod lab;
pub mod limits;
pub mod lower;
pub mod message;
pub mod query;
pub mod rescue;
pub mod sorted;
