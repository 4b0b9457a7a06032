//! The rules of mail that is kept on the device, pure: what to fetch and what to remove, and when.
//!
//! [`ledger`] remembers each message that the server has named ([`entry`]) and takes in what a look finds ([`listed`]);
//! [`plan`] says what the next check does with each and why; [`duplicates`] explains what lies here twice; [`schedule`]
//! says when the next check is.
//!
//! A check: look → `listed` → `plan` → for each of `compare`: `compared` → `plan` → fetch `heads` and `whole`, each
//! `committed` in the transaction that stores it → `plan` → `tried` → remove `delete` → `removed`, `missing`. It may
//! end anywhere.
//!
//! [`mbox`] and [`zip`] are the files that mail is taken out and brought in with.
pub mod civil;
pub mod duplicates;
pub mod entry;
pub mod ledger;
pub mod listed;
pub mod mbox;
pub mod plan;
pub mod schedule;
#[cfg(test)]
mod tests;
pub mod zip;

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Version of how mail is read: what the HTML policy lets through, how text, names and structure are understood. A device keeps
/// views with the version that made them; raise it with every change that old views should not outlive, and above all when the
/// HTML policy gets stricter (R40).
pub const POLICY: u32 = 1;

/// A message's unique id on a POP3 server (RFC 1939 §7): 1 to 70 characters from `!` to `~`; some servers send more.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Uidl(pub String);

impl Uidl {
    /// Characters of the longest that is accepted.
    pub const MAX: usize = 255;
}

/// A message in this device's store; never given to another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LocalId(pub u32);

/// The blind copy of what one sent oneself has come back: it belongs into Sent. `from`: the first sender that the message names.
pub fn is_own_copy(from: Option<&str>, own: &str, bcc_self: bool) -> bool {
    bcc_self && from.is_some_and(|from| from.eq_ignore_ascii_case(own))
}

/// How many messages, and the octets they take by the server's count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub messages: u32,
    pub bytes: u64,
}

impl Sum {
    pub fn add(&mut self, size: u32) {
        self.messages += 1;
        self.bytes += u64::from(size);
    }
}

/// The indices below `len`, sorted; equal ones stay in their order. One function for all that is sorted here, because
/// every type that is sorted costs the page its own code.
pub fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut all: Vec<usize> = (0..len).collect();
    all.sort_unstable_by(|a, b| compare(*a, *b).then(a.cmp(b)));
    all
}
