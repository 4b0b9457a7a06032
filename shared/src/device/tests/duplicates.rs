//! Why a message lies here twice, and what merging keeps.
use super::{DAY, NOW, listing, row, uidl};
use crate::device::LocalId;
use crate::device::duplicates::{Identity, Stay, Why, duplicates};
use crate::device::entry::{Doubt, Here};
use crate::device::ledger::Ledger;
use crate::device::plan::{Rule, Settings, State, state};
use crate::message::Flags;

/// A fetched message, on the server since its number in days, with a source named by a byte.
fn one(local: u32, name: &str, source: u8) -> Identity {
    Identity {
        local: LocalId(local),
        uidl: Some(uidl(name)),
        there: Some(Stay { since: NOW + i64::from(local) * DAY, until: None }),
        message_id: Some(format!("<{source}@blue.test>")),
        size: 100 + u64::from(source),
        digest: Some([source; 32]),
        whole: true,
        received_at: NOW + i64::from(local),
        flags: Flags::default(),
    }
}

fn imported(local: u32, source: u8) -> Identity {
    Identity { uidl: None, there: None, ..one(local, "", source) }
}

fn head(local: u32, name: &str, source: u8) -> Identity {
    Identity { digest: None, whole: false, ..one(local, name, source) }
}

fn until(mut one: Identity, day: i64) -> Identity {
    one.there = one.there.map(|stay| Stay { until: Some(NOW + day * DAY), ..stay });
    one
}

/// Why, what is kept, what is dropped.
fn groups(all: &[Identity]) -> Vec<(Why, u32, Vec<u32>)> {
    let spare = |locals: &[LocalId]| locals.iter().map(|l| l.0).collect();
    duplicates(all).iter().map(|g| (g.why, g.keep.0, spare(&g.spare))).collect()
}

#[test]
fn each_cause_is_told_from_the_others() {
    let delivered_twice = |local, name| Identity { digest: None, ..one(local, name, 1) };
    let cases = [
        (vec![one(1, "a", 1), one(2, "a", 1)], Why::LedgerLost),
        (vec![until(one(1, "a", 1), 2), one(2, "x", 1)], Why::UidlChanged),
        (vec![until(one(1, "a", 1), 2), until(one(2, "x", 1), 3), one(3, "y", 1)], Why::UidlChanged),
        (vec![until(one(1, "a", 1), 3), one(2, "x", 1)], Why::AppendedTwice),
        (vec![one(1, "a", 1), one(2, "b", 1)], Why::AppendedTwice),
        (vec![one(1, "a", 1), imported(2, 1)], Why::TwoClients),
        (vec![imported(1, 1), imported(2, 1)], Why::ImportedTwice),
        (vec![delivered_twice(1, "a"), delivered_twice(2, "b")], Why::SameMessageTwice),
        (vec![one(1, "a", 1), head(2, "b", 1)], Why::SameMessageTwice),
    ];
    for (all, why) in cases {
        let spare = all.iter().skip(1).map(|one| one.local.0).collect();
        assert_eq!(groups(&all), [(why, 1, spare)], "{all:?}");
    }
}

#[test]
fn what_differs_is_no_duplicate() {
    let same_id = Identity { message_id: Some("<1@blue.test>".into()), size: 101, ..one(2, "b", 2) };
    let same_name = one(2, "a", 2);
    let no_id = |local, name| Identity { message_id: None, digest: None, ..one(local, name, 1) };
    let other_size = Identity { digest: None, size: 5, ..one(2, "b", 1) };
    assert_eq!(groups(&[one(1, "a", 1), same_id]), []);
    assert_eq!(groups(&[one(1, "a", 1), same_name]), []);
    assert_eq!(groups(&[no_id(1, "a"), no_id(2, "b")]), []);
    assert_eq!(groups(&[one(1, "a", 1), other_size]), []);
    assert_eq!(groups(&[one(1, "a", 1)]), []);
    assert_eq!(groups(&[]), []);
}

#[test]
fn a_head_isnt_given_to_one_of_two_that_differ() {
    let other = Identity { message_id: Some("<1@blue.test>".into()), size: 101, ..one(2, "b", 2) };
    assert_eq!(groups(&[one(1, "a", 1), other, head(3, "c", 1)]), []);
}

#[test]
fn a_head_joins_by_its_name_and_brings_the_rest_along() {
    let unnamed = Identity { uidl: None, there: None, ..head(3, "", 1) };
    let nameless = Identity { message_id: None, ..head(1, "a", 1) };
    let all = [nameless, head(2, "a", 1), unnamed, one(4, "b", 1), one(5, "c", 9)];
    assert_eq!(groups(&all), [(Why::SameMessageTwice, 4, vec![1, 2, 3])]);
}

#[test]
fn merging_keeps_the_whole_all_flags_and_the_oldest_time() {
    let mut all = [head(1, "a", 1), one(3, "b", 1), one(2, "c", 1)];
    all[0].flags = Flags::FLAGGED.with(Flags::JUNK);
    all[1].flags = Flags::SEEN;
    all[2].flags = Flags::NOT_JUNK;
    let group = duplicates(&all).remove(0);
    assert_eq!((group.keep, group.whole, group.exact), (LocalId(2), true, false));
    assert_eq!(group.spare, [LocalId(1), LocalId(3)]);
    assert_eq!(group.flags, Flags::FLAGGED.with(Flags::SEEN).with(Flags::NOT_JUNK));
    assert_eq!(group.received_at, NOW + 1);
}

#[test]
fn after_merging_the_spare_names_stand_for_what_was_kept() {
    let settings = Settings { rule: Rule::DownloadAndDelete, size_limit: None };
    let list = listing(vec![row("a", 101), row("b", 101), row("c", 101)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    ledger.committed(&list.messages[0], Here::Whole(LocalId(1)), NOW);
    ledger.committed(&list.messages[1], Here::Whole(LocalId(2)), NOW);
    ledger.committed(&list.messages[2], Here::Head(LocalId(3)), NOW);

    let exact = duplicates(&[one(1, "a", 1), one(2, "b", 1)]).remove(0);
    assert!(exact.exact);
    assert_eq!(ledger.merged(&exact, NOW).write.len(), 1);
    let b = ledger.get(&uidl("b")).unwrap();
    assert_eq!((b.here, b.deleted, b.doubt), (Here::Whole(LocalId(1)), None, Doubt::None));

    // The body of "c" was never compared: no rule removes it.
    let guess = duplicates(&[one(1, "a", 1), head(3, "c", 1)]).remove(0);
    ledger.merged(&guess, NOW);
    let c = ledger.get(&uidl("c")).unwrap();
    assert_eq!((c.here, c.doubt), (Here::Whole(LocalId(1)), Doubt::HeadOnly));
    assert!(matches!(state(c, &settings, true, NOW), State::Keep(_)));
}

#[test]
fn heads_alone_stay_heads() {
    let group = duplicates(&[head(1, "a", 1), head(2, "b", 1)]).remove(0);
    let list = listing(vec![row("a", 101), row("b", 101)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    ledger.committed(&list.messages[0], Here::Head(LocalId(1)), NOW);
    ledger.committed(&list.messages[1], Here::Head(LocalId(2)), NOW);
    ledger.merged(&group, NOW);
    assert_eq!(ledger.get(&uidl("b")).unwrap().here, Here::Head(LocalId(1)));
}

#[test]
fn twenty_thousand_messages_are_grouped_at_once() {
    let all: Vec<Identity> = (0..20_000u32)
        .map(|n| Identity {
            local: LocalId(n),
            uidl: Some(uidl(&format!("{n}"))),
            message_id: Some(format!("<{}@blue.test>", n / 2)),
            size: 100,
            digest: Some([0; 32]).map(|mut d: [u8; 32]| {
                d[..4].copy_from_slice(&(n / 2).to_be_bytes());
                d
            }),
            ..one(1, "", 1)
        })
        .collect();
    let found = duplicates(&all);
    assert_eq!(found.len(), 10_000);
    assert!(found.iter().all(|g| g.spare.len() == 1 && g.exact));
}
