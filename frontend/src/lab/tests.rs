//! The page of the lab without a browser: what the gateway answers is made by hand here, and in the browser's tests by the gateway.
mod map;
mod mine;
mod parts;
mod texts;

use super::chart::break_even;
use super::hand;
use super::moment::{Way, moment};
use super::reduce::reduce;
use super::share::{self, Link};
use super::state::{Bench, Condition, Effect, Model, Msg, Trouble, own};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::call::{Answer, Ask, Listed, Opened, Place, Refusal, Source, VisitorId};
use pyeonji_shared::lab::places::{Change, Held};
use pyeonji_shared::lab::places::{INBOX, Places, State};
use pyeonji_shared::lab::report::{Count, Done, Report, Run, Totals, Transcript, Verdict};
use pyeonji_shared::lab::scenario::{Expect, Is, Rule, SERVER, Scenario, Step, Variant, Words};

const ON_DEVICE: State = State { read: false, starred: false, readable: true };

fn words(text: &str) -> Words {
    Words { en: text.into(), ko: text.into() }
}

/// What each place holds after a step; the changes are found as the gateway finds them.
fn done(watch: &mut Places, number: usize, step: Step, held: &[(&str, &[(&str, &str)])]) -> Done {
    let mut changes: Vec<Change> = Vec::new();
    for (place, mail) in held {
        let held = mail.iter().map(|(folder, message)| Held {
            folder: (*folder).into(),
            message: (*message).into(),
            state: ON_DEVICE,
        });
        changes.extend(watch.see(place, held.collect()));
    }
    let at = number as u64 * 1_000;
    Done {
        number,
        step,
        skipped: false,
        from: at - 1_000,
        to: at,
        refused: None,
        changes,
        used: 0,
        spent: Vec::new(),
    }
}

fn deliver() -> Step {
    Step::Deliver { message: "rent".into(), kilobytes: 4 }
}

fn check(device: &str) -> Step {
    Step::Check { device: device.into() }
}

/// A letter is delivered, fetched by POP3, and gone from the server.
fn fetched() -> Vec<Done> {
    let mut watch = Places::default();
    let rent: &[(&str, &str)] = &[(INBOX, "rent")];
    vec![
        done(&mut watch, 1, deliver(), &[(SERVER, rent), ("pop3-a", &[])]),
        done(&mut watch, 2, check("pop3-a"), &[(SERVER, &[]), ("pop3-a", rent)]),
    ]
}

fn scenario(id: &str) -> Scenario {
    let expect = Expect {
        after: None,
        message: "rent".into(),
        is: Is::There,
        at: vec!["pop3-a".into()],
        folder: INBOX.into(),
    };
    Scenario { id: id.into(), steps: vec![deliver(), check("pop3-a")], expect: vec![expect], ..own() }
}

fn run(steps: Vec<Done>, held: bool) -> Run {
    let device =
        Transcript { device: "pop3-a".into(), totals: Totals::default(), lines: Vec::new(), dropped: 0 };
    Run {
        variant: None,
        backend: None,
        notes: Vec::new(),
        held,
        judged: Vec::new(),
        measured: Vec::new(),
        steps,
        devices: vec![device],
        stored: Vec::new(),
        end: vec![Count { place: "pop3-a".into(), folder: INBOX.into(), messages: 1 }],
    }
}

fn answer(scenario: Scenario, verdict: Option<Verdict>, steps: Vec<Done>) -> Answer {
    let held = verdict == Some(Verdict::Held);
    let report = Report {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        claim: scenario.claim.clone(),
        verdict,
        runs: vec![run(steps, held)],
    };
    Answer { scenario, report, show: 0 }
}

/// The question under way.
fn asked(effects: &[Effect]) -> (u32, Ask) {
    let ask = effects.iter().find_map(|effect| match effect {
        Effect::Ask { turn, ask } => Some((*turn, ask.clone())),
        _ => None,
    });
    ask.expect("a question")
}

fn entered() -> (Model, u32) {
    let mut m = Model::default();
    let effects = reduce(&mut m, Msg::Start { visitor: VisitorId([3; 16]), hash: String::new() });
    let (turn, ask) = asked(&effects);
    assert_eq!((ask.source, ask.visitor), (Source::Experiment("E1".into()), VisitorId([3; 16])));
    assert!(effects.contains(&Effect::Enter(VisitorId([3; 16]))));
    let listed = ["E1", "E2"].map(|id| Listed { id: id.into(), title: words(id), claim: words("") });
    reduce(&mut m, Msg::Entered(Ok(Ok(Opened { experiments: listed.to_vec(), any_host: false }))));
    (m, turn)
}

fn answered(m: &mut Model, turn: u32, answer: Answer) -> Vec<Effect> {
    reduce(m, Msg::Answered { turn, outcome: Ok(Ok(answer)) })
}

/// E1 on the bench, with its two steps still to be done.
fn at_e1() -> Model {
    let (mut m, turn) = entered();
    assert!(answered(&mut m, turn, answer(scenario("E1"), Some(Verdict::Held), fetched())).is_empty());
    assert_eq!((m.cursor, m.at_end(), m.wire.as_str()), (0, false, "pop3-a"));
    m
}

#[test]
fn a_run_goes_to_the_end_and_leaves_one_row_with_its_verdict() {
    let mut m = at_e1();
    reduce(&mut m, Msg::Run);
    reduce(&mut m, Msg::Run);
    assert!(m.at_end());
    let rows: Vec<_> = m.rows.iter().map(|row| (row.id.as_str(), row.verdict, row.changed)).collect();
    assert_eq!(rows, [("E1", Verdict::Held, false)]);
}

#[test]
fn playing_takes_step_after_step_and_stops_when_told() {
    let mut m = at_e1();
    assert!(matches!(reduce(&mut m, Msg::Play).as_slice(), [Effect::Tick(_)]));
    assert!(matches!(reduce(&mut m, Msg::Tick).as_slice(), [Effect::Tick(_)]));
    assert_eq!((m.cursor, m.rows.len()), (1, 0));
    reduce(&mut m, Msg::Pause);
    assert!(reduce(&mut m, Msg::Tick).is_empty());
    assert_eq!(m.cursor, 1);
    reduce(&mut m, Msg::Play);
    assert!(reduce(&mut m, Msg::Tick).is_empty());
    assert_eq!((m.cursor, m.playing, m.rows.len()), (2, false, 1));
    reduce(&mut m, Msg::Back);
    assert_eq!(m.now().map(|done| done.number), Some(1));
    reduce(&mut m, Msg::Seek(99));
    assert!(m.at_end());
}

#[test]
fn all_are_run_one_after_another() {
    let mut m = at_e1();
    let (turn, first) = asked(&reduce(&mut m, Msg::RunAll));
    assert_eq!(first.source, Source::Experiment("E1".into()));
    let (turn, second) =
        asked(&answered(&mut m, turn, answer(scenario("E1"), Some(Verdict::Held), fetched())));
    assert_eq!(second.source, Source::Experiment("E2".into()));
    assert!(answered(&mut m, turn, answer(scenario("E2"), Some(Verdict::Depends), fetched())).is_empty());
    assert_eq!(m.rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["E1", "E2"]);
}

#[test]
fn what_is_done_by_hand_becomes_a_step_and_can_be_undone() {
    let mut m = at_e1();
    reduce(&mut m, Msg::Next);
    let effects = reduce(&mut m, Msg::Act(check("imap-a")));
    let (turn, ask) = asked(&effects);
    let Source::Own(next) = ask.source else { panic!("one's own") };
    assert_eq!(next.steps, [deliver(), check("imap-a")], "what came later is gone");
    // A second touch while the first is under way does nothing.
    assert!(reduce(&mut m, Msg::Act(check("imap-a"))).is_empty());
    answered(&mut m, turn, answer(*next, Some(Verdict::DidNotHold), fetched()));
    assert!(m.at_end() && m.changed);
    assert_eq!(
        m.rows.iter().map(|row| (row.verdict, row.changed)).collect::<Vec<_>>(),
        [(Verdict::DidNotHold, true)]
    );
    let (turn, ask) = asked(&reduce(&mut m, Msg::Undo));
    assert_eq!(ask.source, Source::Own(Box::new(scenario("E1"))));
    answered(&mut m, turn, answer(scenario("E1"), Some(Verdict::Held), fetched()));
    assert_eq!((m.cursor, m.before.len()), (1, 0));
}

#[test]
fn another_condition_is_the_same_steps_anew() {
    let mut m = at_e1();
    let (_, ask) = asked(&reduce(&mut m, Msg::Change(Condition::Rule(Rule::DownloadAndDelete))));
    let Source::Own(next) = ask.source else { panic!("one's own") };
    assert!(next.devices.iter().all(|d| d.rule == Rule::DownloadAndDelete));
    assert_eq!(next.steps, scenario("E1").steps);
    let mut many = scenario("E1");
    for _ in 0..9 {
        let more = Condition::AddDevice(pyeonji_shared::lab::scenario::Protocol::Imap);
        many = hand::change(&many, &more).unwrap_or(many);
    }
    let names: Vec<&str> = many.devices.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["imap-a", "imap-b", "pop3-a", "pop3-b", "imap-c", "imap-d", "imap-e", "imap-f"]);
}

#[test]
fn an_act_under_a_condition_keeps_that_condition() {
    let mut with = scenario("E2");
    let variant = Variant { rule: Some(Rule::DownloadAndDelete), ..Variant::default() };
    with.variants = vec![variant.clone()];
    with.expect[0].after = Some(1);
    let next = hand::act(&with, Some(&variant), &fetched(), 1, check("imap-a"));
    assert!(next.variants.is_empty() && next.devices.iter().all(|d| d.rule == Rule::DownloadAndDelete));
    assert!(next.expect.is_empty(), "it named a step of before");
}

#[test]
fn an_answer_that_comes_too_late_is_nothing() {
    let (mut m, turn) = entered();
    let (later, _) = asked(&reduce(&mut m, Msg::Choose(Bench::Experiment("E2".into()))));
    answered(&mut m, turn, answer(scenario("E1"), None, fetched()));
    assert!(m.answer.is_none() && m.asking);
    answered(&mut m, later, answer(scenario("E2"), None, fetched()));
    assert_eq!(m.scenario().map(|s| s.id.as_str()), Some("E2"));
}

#[test]
fn who_has_to_wait_is_told_and_can_ask_again() {
    let (mut m, turn) = entered();
    let full = Refusal::Full { visitors: 200, wait_seconds: 30 };
    reduce(&mut m, Msg::Answered { turn, outcome: Ok(Err(full.clone())) });
    assert_eq!(m.trouble, Some(Trouble::Refused(full)));
    let (turn, ask) = asked(&reduce(&mut m, Msg::Retry));
    assert_eq!(ask.source, Source::Experiment("E1".into()));
    answered(&mut m, turn, answer(scenario("E1"), None, fetched()));
    assert!(m.trouble.is_none() && m.answer.is_some());
    let wrong = Refusal::Wrong { place: Place::Line { line: 3, column: 1 }, reason: "…".into() };
    let (turn, ask) = asked(&reduce(&mut m, Msg::File("{".into())));
    assert_eq!(ask.source, Source::File("{".into()));
    reduce(&mut m, Msg::Answered { turn, outcome: Ok(Err(wrong.clone())) });
    assert_eq!(m.trouble, Some(Trouble::Refused(wrong)));
}

#[test]
fn what_was_done_while_the_network_was_gone_is_asked_again() {
    let mut m = at_e1();
    let (turn, ask) = asked(&reduce(&mut m, Msg::Act(check("imap-a"))));
    let offline = ApiError::new(ErrorKind::Offline);
    reduce(&mut m, Msg::Answered { turn, outcome: Err(offline.clone()) });
    assert_eq!(m.trouble, Some(Trouble::Failed(offline)));
    let (turn, again) = asked(&reduce(&mut m, Msg::Retry));
    assert_eq!(again, ask, "the step isn't lost");
    let Source::Own(next) = again.source else { panic!("one's own") };
    answered(&mut m, turn, answer(*next, None, fetched()));
    assert!(m.at_end() && m.trouble.is_none());
}

#[test]
fn a_link_brings_back_what_was_on_the_bench() {
    let mut m = at_e1();
    reduce(&mut m, Msg::Next);
    let effects = reduce(&mut m, Msg::Share);
    let [Effect::Hash(hash), Effect::CopyLink(link)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(hash, link);
    assert_eq!(share::read(&format!("#{hash}")), Link::Scenario(Box::new(scenario("E1")), 1));
    let (_, ask) = asked(&reduce(&mut Model::default(), Msg::Hash(format!("#{hash}"))));
    assert_eq!(ask.source, Source::Own(Box::new(scenario("E1"))));
}

#[test]
fn a_link_that_is_none_is_said_to_be_none() {
    assert_eq!(share::read("#e7"), Link::Experiment("E7".into()));
    assert_eq!((share::read(""), share::read("#own")), (Link::Nothing, Link::Own));
    let cut = share::write(&scenario("E1"), 0).map(|link| link[..link.len() / 2].to_owned());
    for bad in
        ["#s2.", "#s2.!!", "#<script>", &cut.unwrap_or_default(), &format!("#s2.{}", "A".repeat(70_000))]
    {
        assert_eq!(share::read(bad), Link::Bad, "{bad:.40}");
    }
    let mut m = Model::default();
    reduce(&mut m, Msg::Hash("#s2.!!".into()));
    assert_eq!(m.trouble, Some(Trouble::BadLink));
}

proptest::proptest! {
    #[test]
    fn any_fragment_is_read_without_harm(hash in "#?(s2\\.)?[-_A-Za-z0-9.%]{0,200}") {
        let _ = share::read(&hash);
    }
}

#[test]
fn a_moment_says_who_holds_what_and_which_way_it_went() {
    let steps = fetched();
    let first = moment(&steps, 1);
    assert_eq!(first.shelf(SERVER).chips.len(), 1);
    assert_eq!(
        first.ways,
        [Way::Came { message: "rent".into(), from: None, to: SERVER.into(), folder: INBOX.into() }]
    );
    let second = moment(&steps, 2);
    assert!(second.shelf(SERVER).chips.is_empty());
    assert_eq!(second.shelf("pop3-a").octets, 4_000);
    let from = Some(SERVER.to_owned());
    assert_eq!(
        second.ways,
        [
            Way::Went { message: "rent".into(), at: SERVER.into(), folder: INBOX.into() },
            Way::Came { message: "rent".into(), from, to: "pop3-a".into(), folder: INBOX.into() },
        ]
    );
    assert!(moment(&steps, 0).shelves.is_empty());
}

#[test]
fn a_message_that_changes_its_folder_is_moved_and_not_lost() {
    let mut watch = Places::default();
    let steps = vec![
        done(&mut watch, 1, deliver(), &[(SERVER, &[(INBOX, "rent")])]),
        done(&mut watch, 2, check("imap-a"), &[(SERVER, &[("Trash", "rent")])]),
    ];
    let moved =
        Way::Moved { message: "rent".into(), at: SERVER.into(), from: INBOX.into(), to: "Trash".into() };
    assert_eq!(moment(&steps, 2).ways, [moved]);
}

#[test]
fn two_lines_cross_where_both_cost_the_same() {
    let mut with = scenario("E6");
    with.devices = vec![with.devices[0].clone(), with.devices[2].clone()];
    with.variants = [0, 100].map(|value| Variant { value: Some(value), ..Variant::default() }).to_vec();
    let cost = |imap: u64| {
        let of = |device: &str, received| Transcript {
            device: device.into(),
            totals: Totals { received, ..Totals::default() },
            lines: Vec::new(),
            dropped: 0,
        };
        Run { devices: vec![of("imap-a", imap), of("pop3-a", 1_000)], ..run(Vec::new(), true) }
    };
    let mut answer = answer(with.clone(), None, Vec::new());
    answer.report.runs = vec![cost(500), cost(1_500)];
    let even = break_even(&with, &answer.report).expect("a crossing");
    assert_eq!((even.at, even.below.as_str(), even.above.as_str()), (50, "imap-a", "pop3-a"));
    answer.report.runs = vec![cost(500), cost(900)];
    assert_eq!(break_even(&with, &answer.report), None);
}
