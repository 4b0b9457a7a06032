//! What is stored is read back, and its bytes stay as they are: a change needs a new `LEDGER_VERSION` and a migration.
use super::{NOW, listing, row, uidl};
use crate::call::device::Naming;
use crate::device::LocalId;
use crate::device::entry::{Deleted, Doubt, Entry, Here, Left, OnServer, Wish};
use crate::device::ledger::{Head, LEDGER_VERSION, Ledger, Newer};
use crate::device::plan::{Rule, Settings};
use crate::device::schedule::{Because, Checks, Schedule};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn stays<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, expected: &str) {
    let bytes = postcard::to_allocvec(value).unwrap();
    assert_eq!(hex(&bytes), expected.replace(' ', ""), "{value:?}");
    assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value);
}

/// The variants' numbers are what is stored.
fn counts<T: Serialize + DeserializeOwned + PartialEq + Debug>(variants: &[T]) {
    for (n, variant) in (0u8..).zip(variants) {
        let bytes = postcard::to_allocvec(variant).unwrap();
        assert_eq!(bytes.first(), Some(&n), "{variant:?}");
        assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), variant);
    }
}

#[test]
fn version_1() {
    assert_eq!(LEDGER_VERSION, 1);
    stays(&Head { version: 1, clock: 5, listed_at: Some(4), lost: true }, "010a010801");
    let entry = Entry {
        uidl: uidl("ab"),
        naming: Naming::Server,
        size: 300,
        here: Here::Whole(LocalId(7)),
        received_at: Some(64),
        deleted: Some(Deleted { at: 65, leaves: true }),
        server: OnServer::Gone { since: 3, last_seen: 2, why: Left::Missing },
        wish: Wish::Removal,
        doubt: Doubt::Name,
        attempts: 1,
        returned: 2,
        reused: 3,
    };
    stays(&entry, "026162 00 ac02 0307 018001 01820101 01060402 02 02 01 02 03");
    counts(&[Here::Nothing, Here::Maybe, Here::Head(LocalId(1)), Here::Whole(LocalId(1))]);
    let gone = OnServer::Gone { since: 1, last_seen: 1, why: Left::Removed };
    counts(&[OnServer::There { since: 1 }, gone]);
    counts(&[Left::Removed, Left::Unconfirmed, Left::Missing]);
    counts(&[Wish::None, Wish::Rest, Wish::Removal]);
    counts(&[Doubt::None, Doubt::HeadOnly, Doubt::Name]);
    counts(&[Naming::Server, Naming::Digest, Naming::Connection]);
}

#[test]
fn settings_and_schedule() {
    stays(&Settings { rule: Rule::LeaveDays(300), size_limit: Some(1) }, "02ac02 0101");
    counts(&[Rule::DownloadAndDelete, Rule::LeaveCopy, Rule::LeaveDays(1), Rule::UntilDeletedHere]);
    stays(&Schedule { every: Some(10), at_start: true }, "010a 01");
    let wait = Some((3, Because::InUse));
    let checks = Checks { signed_in: Some(1), delay: 300, ended: None, failed: 2, wait, stopped: false };
    stays(&checks, "0102 ac02 00 02 010603 00");
    use Because::*;
    counts(&[Interval, Start, ByHand, InUse, TooSoon, Failed]);
}

#[test]
fn entries_in_any_order_are_the_same_ledger() {
    let mut ledger = Ledger::default();
    ledger.listed(&listing(vec![row("b", 1), row("c", 1), row("a", 1)]), NOW);
    let mut entries = ledger.entries().to_vec();
    entries.reverse();
    entries.push(entries[0].clone());
    assert_eq!(Ledger::load(ledger.head().clone(), entries), Ok(ledger));
}

#[test]
fn a_newer_ledger_is_refused() {
    let head = Head { version: LEDGER_VERSION + 1, clock: 0, listed_at: None, lost: false };
    assert_eq!(Ledger::load(head, vec![]), Err(Newer(LEDGER_VERSION + 1)));
}
