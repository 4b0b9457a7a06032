//! For any history of server, rules, person, second client and clock, and whatever step a check is cut at: nothing is
//! lost, DELE comes only after the commit and only when a rule says so, nothing is fetched twice, days never end early,
//! and a plan that was carried out is empty.
use super::DAY;
use super::model::{Ask, Check, Cut, World};
use crate::call::device::Naming;
use crate::device::plan::{Rule, Settings};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

#[derive(Clone, Debug)]
enum Step {
    Arrive { large: bool },
    Append(u8),
    SameName(u8, bool),
    Renumber,
    Other(u8),
    Naming(Naming),
    Popped(bool),
    Stubborn(bool),
    Heads(bool),
    Choose(Settings),
    Delete(u8),
    Undo(u8),
    Ask(u8, Ask),
    Pass(i64),
    ClockIsRight,
    LoseLedger,
    Check(Check),
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::DownloadAndDelete),
        Just(Rule::LeaveCopy),
        Just(Rule::UntilDeletedHere),
        (0u16..10).prop_map(Rule::LeaveDays),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    (rule(), prop_oneof![Just(None), Just(Some(1000))])
        .prop_map(|(rule, size_limit)| Settings { rule, size_limit })
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        6 => Just(Cut::Never),
        1 => Just(Cut::Looked),
        1 => Just(Cut::Listed),
        2 => (0u8..4).prop_map(Cut::Retrieved),
        2 => (0u8..4).prop_map(Cut::Committed),
        1 => (0u8..4).prop_map(Cut::Full),
        1 => Just(Cut::Planned),
        1 => Just(Cut::Tried),
        1 => Just(Cut::Dele),
        2 => Just(Cut::Quit),
        1 => Just(Cut::Answered),
    ]
}

fn check() -> impl Strategy<Value = Step> {
    let room = prop_oneof![5 => Just(u64::MAX), 1 => 0u64..20_000];
    (cut(), any::<bool>(), room, any::<bool>(), prop::option::weighted(0.1, 0u8..12)).prop_map(
        |(cut, crash, room, merge, meanwhile)| Step::Check(Check { cut, crash, room, merge, meanwhile }),
    )
}

/// What happens to everyone.
fn usual() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<bool>().prop_map(|large| Step::Arrive { large }),
        8 => check(),
        2 => settings().prop_map(Step::Choose),
        3 => any::<u8>().prop_map(Step::Delete),
        1 => any::<u8>().prop_map(Step::Undo),
        2 => (any::<u8>(), prop_oneof![
            Just(Ask::Rest), Just(Ask::Removal(true)), Just(Ask::Removal(false)),
        ]).prop_map(|(n, what)| Step::Ask(n, what)),
        2 => any::<u8>().prop_map(Step::Other),
        3 => (0i64..10, prop_oneof![Just(-1i64), Just(0), Just(1), 0..DAY])
            .prop_map(|(days, seconds)| Step::Pass(days * DAY + seconds)),
    ]
}

fn naming() -> impl Strategy<Value = Step> {
    prop_oneof![Just(Naming::Server), Just(Naming::Digest), Just(Naming::Connection)].prop_map(Step::Naming)
}

/// And what shouldn't.
fn odd() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any::<u8>().prop_map(Step::Append),
        2 => any::<(u8, bool)>().prop_map(|(at, large)| Step::SameName(at, large)),
        1 => Just(Step::Renumber),
        1 => naming(),
        1 => any::<bool>().prop_map(Step::Popped),
        1 => any::<bool>().prop_map(Step::Stubborn),
        1 => any::<bool>().prop_map(Step::Heads),
        3 => prop_oneof![-20 * DAY..0, -2i64..2, 0..40 * DAY].prop_map(Step::Pass),
        1 => Just(Step::ClockIsRight),
        1 => Just(Step::LoseLedger),
    ]
}

fn history() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![
        prop::collection::vec(usual(), 1..40),
        prop::collection::vec(prop_oneof![4 => usual(), 1 => odd()], 1..60),
        prop::collection::vec(prop_oneof![5 => usual(), 1 => naming()], 1..40),
    ]
}

/// One of `len`, whatever was drawn.
fn pick(drawn: u8, len: usize) -> usize {
    usize::from(drawn) % len.max(1)
}

fn live(steps: &[Step]) -> World {
    let mut world = World::new();
    for step in steps {
        match step.clone() {
            Step::Arrive { large } => world.arrive(large),
            Step::Append(at) => world.append(pick(at, world.mails.len())),
            Step::SameName(at, large) => world.same_name(pick(at, world.mails.len()), large),
            Step::Renumber => world.renumber(),
            Step::Other(at) => world.other_client(pick(at, world.mails.len())),
            Step::Naming(naming) => {
                world.plain = false;
                world.naming = naming;
            }
            Step::Popped(on) => {
                world.popped = on;
                // "Enable POP for all mail" again shows everything.
                world.mails.iter_mut().filter(|_| !on).for_each(|m| m.hidden = false);
            }
            Step::Stubborn(on) => {
                world.plain = false;
                world.stubborn = on;
            }
            Step::Heads(on) => world.heads = on,
            Step::Choose(settings) => world.choose(settings),
            Step::Delete(at) => {
                if let Some(local) = world.records.get(pick(at, world.records.len())).map(|r| r.local) {
                    world.delete(local);
                }
            }
            Step::Undo(at) => {
                if let Some(local) = world.records.get(pick(at, world.records.len())).map(|r| r.local) {
                    world.undo(local);
                }
            }
            Step::Ask(n, what) => world.ask(pick(n, world.ledger.entries().len()), what),
            Step::Pass(seconds) => world.now += seconds,
            Step::ClockIsRight => world.clock_is_right(),
            Step::LoseLedger => world.lose_ledger(),
            Step::Check(check) => world.check(check),
        }
        world.nothing_is_lost();
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nothing_is_lost_fetched_twice_or_deleted_against_the_rules(steps in history()) {
        live(&steps);
    }
}

/// The histories are of use only if they do what can go wrong.
#[test]
fn histories_reach_everything() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut did = [0; 4];
    for _ in 0..200 {
        let steps = history().new_tree(&mut runner).unwrap().current();
        for (all, one) in did.iter_mut().zip(live(&steps).did) {
            *all += one;
        }
    }
    assert!(did.iter().all(|n| *n > 50), "fetched, heads, compared, deleted: {did:?}");
}
