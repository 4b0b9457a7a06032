//! The ledger: what a look, a commit and a removal change, and how the plan follows.
use super::{DAY, NOW, digests, listing, nameless, row, uidl};
use crate::call::device::{Listed, Listing, Naming};
use crate::device::entry::{Doubt, Here, Left, OnServer};
use crate::device::ledger::{Changes, Ledger};
use crate::device::listed::MAX_REUSED;
use crate::device::plan::{
    Keep, MAX_RETURNED, Note, Plan, Rule, Settings, State, Why, effect_of, plan, state,
};
use crate::device::{LocalId, Sum, Uidl};

const COPY: Settings = Settings { rule: Rule::LeaveCopy, size_limit: None };
const DELETE: Settings = Settings { rule: Rule::DownloadAndDelete, size_limit: None };
const WEEK: Settings = Settings { rule: Rule::LeaveDays(7), size_limit: None };

/// A ledger in which these are whole, as messages 1, 2, …
fn stored(list: &Listing, now: i64) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.listed(list, now);
    for (n, row) in (1..).zip(&list.messages) {
        ledger.committed(row, Here::Whole(LocalId(n)), now);
    }
    ledger
}

fn plans(ledger: &Ledger, list: &Listing, settings: &Settings, now: i64) -> Plan {
    plan(ledger, list, settings, u64::MAX, now)
}

fn names(rows: &[Listed]) -> Vec<&str> {
    rows.iter().map(|r| r.uidl.0.as_str()).collect()
}

fn written(changes: &Changes) -> Vec<&str> {
    changes.write.iter().map(|e| e.uidl.0.as_str()).collect()
}

#[test]
fn a_look_with_nothing_new_writes_nothing() {
    let list = listing(vec![row("b", 2), row("a", 1)]);
    let mut ledger = stored(&list, NOW);
    assert_eq!(ledger.listed(&list, NOW + 60), Changes::default());
    assert_eq!(ledger.last_seen(ledger.get(&uidl("a")).unwrap()), NOW + 60);
    let then = ledger.listed(&listing(vec![row("c", 3), row("b", 2)]), NOW + 120);
    assert_eq!(written(&then), ["a", "c"]);
    let gone = OnServer::Gone { since: NOW + 120, last_seen: NOW + 60, why: Left::Missing };
    assert_eq!(ledger.get(&uidl("a")).unwrap().server, gone);
    assert_eq!(ledger.get(&uidl("a")).unwrap().here, Here::Whole(LocalId(2)));
}

#[test]
fn a_plan_keeps_the_order_of_the_server() {
    let list = listing(vec![row("z", 1), row("m", 2), row("a", 3)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    assert_eq!(names(&plans(&ledger, &list, &COPY, NOW).whole), ["z", "m", "a"]);
}

#[test]
fn nothing_is_fetched_that_has_no_room() {
    let list = listing(vec![row("a", 600), row("b", 600), row("c", 300), row("d", 200)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    let plan = plan(&ledger, &list, &DELETE, 1000, NOW);
    assert_eq!(names(&plan.whole), ["a", "c"]);
    assert_eq!(plan.leaving, Sum { messages: 2, bytes: 900 });
    assert_eq!(plan.notes, [Note::NoRoom(Sum { messages: 2, bytes: 800 })]);
}

#[test]
fn popped_messages_vanish_and_come_back_without_harm() {
    let all = listing(vec![row("a", 1), row("b", 2), row("c", 3)]);
    let mut ledger = stored(&all, NOW);
    ledger.listed(&listing(vec![row("d", 4)]), NOW + 60);
    assert!(ledger.entries().iter().take(3).all(|e| !e.on_server() && e.on_device()));
    ledger.listed(&all, NOW + 120);
    let plan = plans(&ledger, &all, &COPY, NOW + 120);
    assert!(plan.is_idle());
    assert_eq!(plan.gone, [uidl("d")]);
}

#[test]
fn when_all_names_are_new_heads_are_compared_first() {
    let mut ledger = stored(&listing(vec![row("1", 10), row("2", 20)]), NOW);
    let list = listing(vec![row("x", 10), row("y", 20), row("z", 30)]);
    ledger.listed(&list, NOW + 60);
    let first = plans(&ledger, &list, &DELETE, NOW + 60);
    assert_eq!(names(&first.compare), ["x", "y", "z"]);
    assert_eq!((first.whole, first.delete, first.notes), (vec![], vec![], vec![Note::AllNew(3)]));
    // A cut in between: what was found out is known.
    ledger.compared(&uidl("x"), Some(LocalId(1)), NOW + 60);
    ledger.listed(&list, NOW + 90);
    assert_eq!(names(&plans(&ledger, &list, &DELETE, NOW + 90).compare), ["y", "z"]);
    ledger.compared(&uidl("y"), None, NOW + 90);
    ledger.compared(&uidl("z"), None, NOW + 90);
    let then = plans(&ledger, &list, &DELETE, NOW + 90);
    assert_eq!(names(&then.whole), ["y", "z"]);
    assert_eq!(state(ledger.get(&uidl("x")).unwrap(), &DELETE, true, NOW), State::Keep(Keep::Doubtful));
    // Whoever wants to be sure has it fetched.
    ledger.want_rest(&uidl("x"));
    assert_eq!(names(&plans(&ledger, &list, &DELETE, NOW + 90).whole), ["x", "y", "z"]);
    ledger.committed(&row("x", 10), Here::Whole(LocalId(1)), NOW + 90);
    assert_eq!(state(ledger.get(&uidl("x")).unwrap(), &DELETE, true, NOW), State::Delete(Why::Downloaded));
}

#[test]
fn without_top_all_new_names_are_fetched() {
    let mut ledger = stored(&listing(vec![row("1", 10)]), NOW);
    let list = Listing { heads: false, ..listing(vec![row("x", 10)]) };
    ledger.listed(&list, NOW + 60);
    assert_eq!(names(&plans(&ledger, &list, &COPY, NOW + 60).whole), ["x"]);
}

#[test]
fn one_known_name_is_enough_not_to_suspect_the_others() {
    let mut ledger = stored(&listing(vec![row("1", 10), row("2", 20)]), NOW);
    let list = listing(vec![row("2", 20), row("3", 30)]);
    ledger.listed(&list, NOW + 60);
    assert_eq!(names(&plans(&ledger, &list, &COPY, NOW + 60).whole), ["3"]);
}

#[test]
fn after_a_lost_ledger_everything_may_be_here() {
    let mut ledger = Ledger::lost();
    let list = listing(vec![row("a", 1)]);
    ledger.listed(&list, NOW);
    assert_eq!(names(&plans(&ledger, &list, &DELETE, NOW).compare), ["a"]);
    ledger.listed(&listing(vec![row("a", 1), row("b", 2)]), NOW + 60);
    assert_eq!(ledger.get(&uidl("b")).unwrap().here, Here::Nothing);
}

#[test]
fn our_own_removal_whose_answer_was_lost_is_no_change_of_names() {
    let mut ledger = stored(&listing(vec![row("1", 10)]), NOW);
    ledger.tried(&[uidl("1")], NOW);
    let list = listing(vec![row("2", 20)]);
    ledger.listed(&list, NOW + 60);
    let OnServer::Gone { why, .. } = ledger.get(&uidl("1")).unwrap().server else { panic!() };
    assert_eq!(why, Left::Unconfirmed);
    assert_eq!(names(&plans(&ledger, &list, &DELETE, NOW + 60).whole), ["2"]);
}

#[test]
fn names_of_one_connection_are_forgotten_at_the_next() {
    let list = nameless(vec![row("1", 10), row("2", 20)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    let refused = plans(&ledger, &list, &COPY, NOW);
    assert!(refused.is_idle());
    assert_eq!(refused.notes, [Note::NoNames]);
    assert_eq!(names(&plans(&ledger, &list, &DELETE, NOW).whole), ["1", "2"]);
    ledger.committed(&row("1", 10), Here::Whole(LocalId(1)), NOW);
    let then = plans(&ledger, &list, &DELETE, NOW);
    assert_eq!((names(&then.whole), then.delete.len()), (vec!["2"], 1));
    // The connection is lost before DELE: "1" may be any message now.
    ledger.listed(&nameless(vec![row("1", 10)]), NOW + 60);
    let again = plans(&ledger, &nameless(vec![row("1", 10)]), &DELETE, NOW + 60);
    assert_eq!((names(&again.whole), again.delete), (vec!["1"], vec![]));
    assert_eq!(ledger.entries().len(), 1);
}

#[test]
fn a_name_of_one_connection_is_no_word_about_a_lasting_one() {
    let mut ledger = stored(&listing(vec![row("1", 10)]), NOW);
    let list = nameless(vec![row("1", 10), row("2", 20)]);
    ledger.listed(&list, NOW + 60);
    let plan = plans(&ledger, &list, &DELETE, NOW + 60);
    assert_eq!((names(&plan.whole), plan.delete), (vec!["2"], vec![]));
    assert_eq!(ledger.get(&uidl("1")).unwrap().naming, Naming::Server);
    assert!(ledger.get(&uidl("1")).unwrap().on_server());
    // Not about its size either, nor that it is back.
    ledger.removed(&[uidl("1")], NOW + 60);
    let before = ledger.get(&uidl("1")).cloned();
    ledger.listed(&nameless(vec![row("1", 99)]), NOW + 120);
    assert_eq!(ledger.get(&uidl("1")).cloned(), before);
}

#[test]
fn equal_messages_with_one_digest_are_one() {
    let list = digests(vec![row("d1", 10), row("d1", 10), row("d2", 5)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    let first = plans(&ledger, &list, &DELETE, NOW);
    assert_eq!((names(&first.whole), first.notes), (vec!["d1", "d2"], vec![Note::Twice(1)]));
    ledger.committed(&row("d1", 10), Here::Whole(LocalId(1)), NOW);
    assert_eq!(plans(&ledger, &list, &DELETE, NOW).delete.len(), 1);
}

#[test]
fn a_name_that_stands_for_two_messages_is_never_removed() {
    let two = listing(vec![row("a", 10), row("a", 11)]);
    let mut ledger = Ledger::default();
    ledger.listed(&two, NOW);
    assert_eq!(names(&plans(&ledger, &two, &DELETE, NOW).whole), ["a"]);
    ledger.committed(&row("a", 10), Here::Whole(LocalId(1)), NOW);
    // Not even when the one that is here has left: the other was never fetched.
    let one = listing(vec![row("a", 11)]);
    ledger.listed(&one, NOW + 60);
    ledger.want_removed(&[uidl("a")], true);
    let plan = plans(&ledger, &one, &DELETE, NOW + 60);
    assert!(plan.is_idle());
    assert_eq!(plan.notes, [Note::SameName(1)]);
}

#[test]
fn a_name_given_to_another_message_begins_anew_a_few_times() {
    let mut ledger = stored(&listing(vec![row("1", 10)]), NOW);
    ledger.want_removed(&[uidl("1")], true);
    for n in 1..=u32::from(MAX_REUSED) {
        let list = listing(vec![row("1", 10 + n)]);
        ledger.listed(&list, NOW);
        let plan = plans(&ledger, &list, &COPY, NOW);
        assert_eq!((names(&plan.whole), plan.delete), (vec!["1"], vec![]));
        ledger.committed(&list.messages[0], Here::Whole(LocalId(1 + n)), NOW);
    }
    let list = listing(vec![row("1", 99)]);
    ledger.listed(&list, NOW);
    assert!(plans(&ledger, &list, &DELETE, NOW).is_idle());
    assert_eq!(ledger.get(&uidl("1")).unwrap().doubt, Doubt::Name);
}

#[test]
fn a_wish_doesnt_pass_to_another_message() {
    let mut ledger = Ledger::default();
    ledger.listed(&listing(vec![row("1", 10)]), NOW);
    ledger.want_removed(&[uidl("1")], true);
    let list = listing(vec![row("1", 11)]);
    ledger.listed(&list, NOW);
    let plan = plans(&ledger, &list, &COPY, NOW);
    assert_eq!((names(&plan.whole), plan.delete), (vec!["1"], vec![]));
}

#[test]
fn what_comes_back_after_its_removal_is_tried_a_few_times() {
    let list = listing(vec![row("a", 1)]);
    let mut ledger = stored(&list, NOW);
    for _ in 0..MAX_RETURNED {
        assert_eq!(plans(&ledger, &list, &DELETE, NOW).delete.len(), 1);
        ledger.tried(&[uidl("a")], NOW);
        ledger.removed(&[uidl("a")], NOW);
        ledger.listed(&list, NOW);
    }
    assert_eq!(plans(&ledger, &list, &DELETE, NOW).notes, [Note::WontGo(1)]);
    assert!(plans(&ledger, &list, &DELETE, NOW).is_idle());
    assert_eq!(plans(&ledger, &list, &DELETE, NOW).leaving, Sum::default());
    assert_eq!(written(&ledger.rule_changed(&DELETE, &WEEK)), ["a"]);
    assert_eq!(plans(&ledger, &list, &WEEK, NOW + 8 * DAY).delete.len(), 1);
}

#[test]
fn what_wont_go_is_not_announced_as_leaving() {
    let list = listing(vec![row("a", 5000)]);
    let limited = Settings { size_limit: Some(1000), ..DELETE };
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    ledger.committed(&list.messages[0], Here::Head(LocalId(1)), NOW);
    ledger.deleted_here(&[LocalId(1)], Rule::DownloadAndDelete, NOW);
    for _ in 0..MAX_RETURNED {
        ledger.removed(&[uidl("a")], NOW);
        ledger.listed(&list, NOW);
    }
    ledger.restored(&[LocalId(1)], NOW);
    ledger.want_rest(&uidl("a"));
    let plan = plans(&ledger, &list, &limited, NOW);
    assert_eq!((names(&plan.whole), plan.leaving), (vec!["a"], Sum::default()));
}

#[test]
fn a_clock_that_was_set_back_counts_no_days() {
    let list = listing(vec![row("a", 1), row("b", 2)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    // The battery died: 1970.
    ledger.committed(&list.messages[0], Here::Whole(LocalId(1)), 5);
    assert_eq!(ledger.get(&uidl("a")).unwrap().received_at, None);
    assert!(plans(&ledger, &list, &WEEK, 6).notes.contains(&Note::ClockBehind));
    assert_eq!(plans(&ledger, &list, &WEEK, NOW + 400 * DAY).delete, []);
    ledger.listed(&list, NOW + DAY);
    assert_eq!(plans(&ledger, &list, &WEEK, NOW + 8 * DAY).delete, []);
    assert_eq!(plans(&ledger, &list, &WEEK, NOW + 8 * DAY + 1).delete.len(), 1);
}

#[test]
fn after_a_clock_that_ran_ahead_the_person_can_say_so() {
    let list = listing(vec![row("a", 1), row("b", 2)]);
    let mut ledger = stored(&list, NOW + 4000 * DAY);
    ledger.committed(&list.messages[1], Here::Whole(LocalId(3)), NOW);
    assert_eq!(plans(&ledger, &list, &WEEK, NOW + 30 * DAY).delete, []);
    assert_eq!(written(&ledger.clock_is_right(NOW + 30 * DAY)), ["a", "b"]);
    assert_eq!(plans(&ledger, &list, &WEEK, NOW + 37 * DAY).delete, []);
    assert_eq!(plans(&ledger, &list, &WEEK, NOW + 37 * DAY + 1).delete.len(), 2);
}

#[test]
fn a_head_doesnt_take_the_place_of_the_whole() {
    let list = listing(vec![row("a", 1)]);
    let mut ledger = stored(&list, NOW);
    assert_eq!(ledger.committed(&list.messages[0], Here::Head(LocalId(9)), NOW), Changes::default());
    assert_eq!(ledger.committed(&list.messages[0], Here::Nothing, NOW), Changes::default());
    assert_eq!(ledger.of_local(LocalId(1)).unwrap().uidl, uidl("a"));
}

#[test]
fn what_comes_while_the_person_deletes_its_head_is_here() {
    let list = listing(vec![row("a", 1)]);
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    ledger.committed(&list.messages[0], Here::Head(LocalId(1)), NOW);
    ledger.want_rest(&uidl("a"));
    ledger.deleted_here(&[LocalId(1)], Rule::DownloadAndDelete, NOW);
    ledger.committed(&list.messages[0], Here::Whole(LocalId(2)), NOW);
    assert!(ledger.get(&uidl("a")).unwrap().on_device());
}

#[test]
fn what_was_committed_without_a_look_is_known_all_the_same() {
    let mut ledger = Ledger::default();
    ledger.committed(&row("a", 1), Here::Whole(LocalId(1)), NOW);
    let list = listing(vec![row("a", 1)]);
    ledger.listed(&list, NOW);
    assert!(plans(&ledger, &list, &COPY, NOW).is_idle());
}

#[test]
fn a_listed_message_that_the_ledger_lacks_is_left_alone() {
    let list = listing(vec![row("a", 7)]);
    let plan = plans(&Ledger::default(), &list, &DELETE, NOW);
    assert!(plan.is_idle());
    assert_eq!(plan.notes, [Note::LedgerFull(Sum { messages: 1, bytes: 7 })]);
}

#[test]
fn a_change_of_rule_says_what_it_will_do() {
    let list = listing((0..10).map(|n| row(&format!("{n}"), 100)).collect());
    let mut ledger = Ledger::default();
    ledger.listed(&list, NOW);
    for (n, row) in (1..=6u32).zip(&list.messages) {
        ledger.committed(row, Here::Whole(LocalId(n)), NOW + i64::from(n) * DAY);
    }
    ledger.committed(&list.messages[6], Here::Head(LocalId(7)), NOW);
    let now = NOW + 10 * DAY;
    let limit = |rule| Settings { rule, size_limit: Some(1000) };
    let effect = |rule| effect_of(&ledger, &limit(Rule::LeaveCopy), &limit(rule), true, now);
    assert_eq!(effect(Rule::LeaveCopy).before, Default::default());
    // Stored on day 1 and 2; not the one stored exactly 7 days ago.
    let week = effect(Rule::LeaveDays(7)).after;
    assert_eq!((week.next.messages, week.later.messages, week.first), (2, 4, Some(now)));
    // All that is here, and the three that are fetched before; not the head.
    assert_eq!(effect(Rule::DownloadAndDelete).after.next, Sum { messages: 9, bytes: 900 });
    assert_eq!(effect(Rule::UntilDeletedHere).after, Default::default());
}

#[test]
fn deletions_are_found_among_many() {
    let list = listing((0..100).map(|n| row(&format!("{n:03}"), 1)).collect());
    let mut ledger = stored(&list, NOW);
    let changes = ledger.deleted_here(&[LocalId(100), LocalId(3), LocalId(777)], Rule::UntilDeletedHere, NOW);
    assert_eq!(written(&changes), ["002", "099"]);
    assert_eq!(ledger.deleted_here(&[LocalId(3)], Rule::LeaveCopy, NOW + 1), Changes::default());
    assert_eq!(written(&ledger.restored(&[LocalId(3)], NOW)), ["002"]);
}

#[test]
fn unknown_names_change_nothing() {
    let mut ledger = stored(&listing(vec![row("a", 1)]), NOW);
    let other: &[Uidl] = &[uidl("x")];
    for changes in [
        ledger.removed(other, NOW),
        ledger.missing(other, NOW),
        ledger.tried(other, NOW),
        ledger.want_removed(other, true),
        ledger.want_rest(&other[0]),
        ledger.compared(&other[0], Some(LocalId(1)), NOW),
        ledger.compared(&uidl("a"), None, NOW),
    ] {
        assert_eq!(changes, Changes::default());
    }
}

#[test]
fn what_is_there_stands_for_the_list_that_was_taken_in() {
    let mut ledger = Ledger::default();
    ledger.listed(&listing(vec![row("b", 10), row("a", 20), row("c", 30)]), 1);
    ledger.listed(&listing(vec![row("b", 10), row("c", 31)]), 2);
    assert_eq!(ledger.there(), [row("b", 10), row("c", 31)]);
    let before = ledger.entries().to_vec();
    let changes = ledger.listed(&listing(ledger.there()), 3);
    assert_eq!((changes, ledger.entries()), (Changes::default(), &before[..]));
    ledger.removed(&[Uidl("b".into())], 4);
    assert_eq!(ledger.there(), [row("c", 31)]);
    // Names of one connection are none to come back to.
    let mut nameless_ledger = Ledger::default();
    nameless_ledger.listed(&nameless(vec![row("x", 1)]), 1);
    assert_eq!(nameless_ledger.there(), []);
}
