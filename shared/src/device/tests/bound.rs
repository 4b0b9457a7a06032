//! The ledger at its bound, and at the bound of a list.
use super::{DAY, NOW, listing, row, uidl};
use crate::device::LocalId;
use crate::device::entry::{Here, Left, OnServer};
use crate::device::ledger::{Ledger, MAX_LEDGER};
use crate::device::plan::{Note, Rule, Settings, plan};
use crate::limits::MAX_LISTING;

/// Full of names that are gone from the server; their messages are all here.
fn full() -> Ledger {
    let mut template = Ledger::default();
    template.committed(&row("", 1), Here::Whole(LocalId(0)), NOW);
    let mut entry = template.entries()[0].clone();
    let entries = (0..MAX_LEDGER).map(|n| {
        entry.uidl = uidl(&format!("{n:06}"));
        entry.here = Here::Whole(LocalId(n as u32));
        // The later the name, the longer gone.
        let since = NOW - n as i64;
        entry.server = OnServer::Gone { since, last_seen: since, why: Left::Missing };
        entry.clone()
    });
    Ledger::load(template.head().clone(), entries.collect()).unwrap()
}

#[test]
fn what_is_nowhere_is_forgotten_the_longest_gone_first() {
    let mut ledger = full();
    ledger.deleted_here(&[LocalId(10), LocalId(200_000), LocalId(30)], Rule::LeaveCopy, NOW);
    let changes = ledger.listed(&listing(vec![row("new1", 1), row("new2", 1)]), NOW + 1);
    assert_eq!(ledger.entries().len(), MAX_LEDGER);
    assert_eq!(changes.forget, [uidl("000030"), uidl("200000")]);
    assert_eq!(changes.write.len(), 2);
    assert!(ledger.get(&uidl("000010")).is_some() && ledger.get(&uidl("new2")).is_some());
}

#[test]
fn when_nothing_can_be_forgotten_nothing_more_is_fetched() {
    let mut ledger = full();
    ledger.deleted_here(&[LocalId(10)], Rule::LeaveCopy, NOW);
    let list = listing(vec![row("new1", 5), row("new2", 5), row("000011", 1)]);
    let changes = ledger.listed(&list, NOW + 1);
    assert_eq!(changes.forget, [uidl("000010")]);
    let then = plan(&ledger, &list, &Settings::default(), u64::MAX, NOW + 1);
    assert_eq!(then.whole.len(), 1);
    let [Note::LedgerFull(sum)] = then.notes.as_slice() else { panic!("{:?}", then.notes) };
    assert_eq!((sum.messages, sum.bytes), (1, 5));
    // The one that is here stayed known.
    assert!(ledger.get(&uidl("000011")).unwrap().on_server());
    // With room again, the other one comes.
    ledger.deleted_here(&[LocalId(500)], Rule::LeaveCopy, NOW);
    ledger.listed(&list, NOW + 2);
    assert_eq!(plan(&ledger, &list, &Settings::default(), u64::MAX, NOW + 2).whole.len(), 2);
}

#[test]
fn a_list_that_was_cut_says_nothing_about_what_it_lacks() {
    let mut ledger = Ledger::default();
    ledger.committed(&row("x", 1), Here::Whole(LocalId(1)), NOW);
    let mut list = listing((0..MAX_LISTING).map(|n| row(&format!("{n}"), 1)).collect());
    ledger.listed(&list, NOW + DAY);
    assert!(ledger.get(&uidl("x")).unwrap().on_server());
    assert!(plan(&ledger, &list, &Settings::default(), 0, NOW).notes.contains(&Note::Cut));
    list.messages.pop();
    ledger.listed(&list, NOW + DAY);
    assert!(!ledger.get(&uidl("x")).unwrap().on_server());
}
