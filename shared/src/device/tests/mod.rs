//! Tests of the rules: Thunderbird's table, each change of the ledger, a model with crashes, duplicates, the schedule.
mod bound;
mod duplicates;
mod ledger;
mod model;
mod property;
mod schedule;
mod semantics;
mod stored;

use crate::call::device::{Listed, Listing, Naming};
use crate::device::Uidl;

pub const DAY: i64 = 24 * 60 * 60;
/// A Thursday.
pub const NOW: i64 = 1_790_000_000;

pub fn uidl(name: &str) -> Uidl {
    Uidl(name.into())
}

pub fn row(name: &str, size: u32) -> Listed {
    Listed { uidl: uidl(name), size }
}

/// A server with UIDL and TOP.
pub fn listing(messages: Vec<Listed>) -> Listing {
    Listing { messages, heads: true, ..Listing::default() }
}

pub fn digests(messages: Vec<Listed>) -> Listing {
    Listing { naming: Naming::Digest, ..listing(messages) }
}

pub fn nameless(messages: Vec<Listed>) -> Listing {
    Listing { naming: Naming::Connection, heads: false, ..listing(messages) }
}
