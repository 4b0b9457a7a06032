//! Each experiment, what flips its verdict, and files that are no scenarios.
mod loss;
mod sending;
mod tour;

use super::experiments;
use super::file::{Wrong, read as read_file};
use super::run::run;
use super::text::words;
use pyeonji_shared::lab::places::{INBOX, Places};
use pyeonji_shared::lab::report::{Direction, Report, Verdict};
use pyeonji_shared::lab::scenario::{Expect, Is, Rule, Scenario, Server, Step, Variant, Words};

fn scenario(id: &str) -> Scenario {
    experiments::get(id).expect("an experiment").expect("a scenario")
}

fn verdict(scenario: &Scenario) -> Verdict {
    let report = run(scenario);
    let refused: Vec<_> =
        report.runs.iter().flat_map(|r| &r.steps).filter_map(|s| s.refused.as_ref()).collect();
    assert!(refused.is_empty() || ["E5", "E9"].contains(&scenario.id.as_str()), "{refused:?}");
    report.verdict.expect("a verdict")
}

/// The same with a change.
fn flipped(id: &str, change: impl FnOnce(&mut Scenario)) -> Verdict {
    let mut scenario = scenario(id);
    change(&mut scenario);
    run(&scenario).verdict.expect("a verdict")
}

fn device_rule(scenario: &mut Scenario, name: &str, rule: Rule) {
    scenario.devices.iter_mut().filter(|d| d.name == name).for_each(|d| d.rule = rule);
}

#[test]
fn verdicts_of_all_experiments() {
    let found: Vec<(&str, Verdict)> =
        experiments::ALL.iter().map(|(id, _)| (*id, verdict(&scenario(id)))).collect();
    for (id, verdict) in &found {
        println!("{id}: {}", words(Some(*verdict)));
    }
    assert_eq!(
        found,
        [
            ("E1", Verdict::Held),
            ("E2", Verdict::Depends),
            ("E3", Verdict::DidNotHold),
            ("E4", Verdict::Depends),
            ("E5", Verdict::Depends),
            ("E6", Verdict::Depends),
            ("E7", Verdict::Depends),
            ("E8", Verdict::Held),
            ("E9", Verdict::Depends),
            ("E12", Verdict::DidNotHold),
        ]
    );
}

#[test]
fn each_verdict_flips_when_its_condition_does() {
    // A device without a network hears nothing.
    let cut = Step::Cut { device: "imap-b".into() };
    assert_eq!(flipped("E1", |s| s.steps.insert(5, cut)), Verdict::DidNotHold);
    assert_eq!(flipped("E2", |s| drop(s.variants.pop())), Verdict::Held);
    assert_eq!(flipped("E2", |s| drop(s.variants.remove(0))), Verdict::DidNotHold);
    // Only that the mail is there, which is what leaving a copy does.
    assert_eq!(flipped("E3", |s| s.expect.truncate(1)), Verdict::Held);
    assert_eq!(flipped("E5", |s| s.server.quota_kilobytes = 4_000), Verdict::Held);
    assert_eq!(flipped("E5", |s| s.variants.truncate(2)), Verdict::DidNotHold);
    assert_eq!(flipped("E6", |s| s.variants.truncate(2)), Verdict::DidNotHold);
    assert_eq!(flipped("E6", |s| drop(s.variants.drain(..2))), Verdict::Held);
    assert_eq!(flipped("E7", |s| drop(s.variants.remove(1))), Verdict::Held);
    assert_eq!(
        flipped("E7", |s| s.variants.iter_mut().for_each(|v| v.rule = Some(Rule::LeaveDays(21)))),
        Verdict::DidNotHold
    );
    assert_eq!(flipped("E8", |s| device_rule(s, "pop3-a", Rule::LeaveCopy)), Verdict::DidNotHold);
    assert_eq!(flipped("E9", |s| drop(s.variants.remove(0))), Verdict::Held);
    assert_eq!(flipped("E9", |s| drop(s.variants.pop())), Verdict::DidNotHold);
}

#[test]
fn a_server_without_unique_ids_still_shows_each_message_once() {
    let server = |uidl, top| Server { uidl, top, ..Server::default() };
    for server in [server(true, true), server(false, true), server(true, false)] {
        let mut scenario = scenario("E3");
        scenario.server = server;
        scenario.expect = vec![expect("rent", Is::Twice, &["pop3-b"])];
        assert_eq!(run(&scenario).verdict, Some(Verdict::DidNotHold), "{server:?}");
    }
    // Neither: nothing is fetched where a copy is to be left, and with "download and delete" it works.
    let mut scenario = scenario("E2");
    scenario.server = server(false, false);
    let runs = run(&scenario).runs;
    assert_eq!(runs.iter().map(|r| r.held).collect::<Vec<_>>(), [true, false]);
}

fn expect(message: &str, is: Is, at: &[&str]) -> Expect {
    Expect {
        after: None,
        message: message.into(),
        is,
        at: at.iter().map(|p| (*p).into()).collect(),
        folder: INBOX.into(),
    }
}

#[test]
fn the_same_scenario_gives_the_same_report_byte_for_byte() {
    for (id, _) in experiments::ALL {
        let once = serde_json::to_string(&run(&scenario(id))).unwrap();
        assert_eq!(once, serde_json::to_string(&run(&scenario(id))).unwrap(), "{id}");
        assert!(!once.contains(super::device::PASSWORD), "{id}: the password is in the report");
    }
}

fn totals(report: &Report, device: &str) -> (u64, u64, u64) {
    let device = report.runs[0].devices.iter().find(|d| d.device == device).unwrap();
    let of = |direction| device.lines.iter().filter(|l| l.direction == direction).map(|l| l.bytes).sum();
    (of(Direction::ToServer), of(Direction::FromServer), u64::from(device.totals.round_trips))
}

#[test]
fn lines_add_up_to_the_totals_and_the_line_takes_its_time() {
    let report = run(&scenario("E1"));
    for device in &report.runs[0].devices {
        let (up, down, _) = totals(&report, &device.device);
        assert_eq!((up, down), (device.totals.sent, device.totals.received), "{}", device.device);
    }
    let first = &report.runs[0].steps[3];
    let mut far = scenario("E1");
    far.network.latency_ms *= 10;
    let far = run(&far).runs[0].steps[3].clone();
    assert!(
        far.to - far.from > 5 * (first.to - first.from),
        "{} {}",
        far.to - far.from,
        first.to - first.from
    );
}

#[test]
fn a_device_that_slept_connects_when_it_is_used() {
    let mut scenario = scenario("E1");
    scenario.steps.insert(5, Step::Wait { hours: 8 });
    scenario.expect.iter_mut().for_each(|e| e.after = e.after.map(|n| n + 1));
    let report = run(&scenario);
    let steps = &report.runs[0].steps;
    assert!(steps.iter().all(|done| done.refused.is_none()), "{:?}", steps[6].refused);
    let mut places = Places::default();
    steps[..=6].iter().flat_map(|done| &done.changes).for_each(|change| places.apply(change));
    let read = |place| places.copies(place, INBOX, "rent").iter().all(|copy| copy.read);
    assert!(read("imap-a") && read("server") && !read("imap-b"), "B still sleeps");
}

#[test]
fn a_full_mailbox_refuses_what_is_delivered() {
    let mut scenario = scenario("E1");
    scenario.server.quota_kilobytes = 5;
    let steps = run(&scenario).runs.remove(0).steps;
    assert!(steps[0].refused.is_none());
    assert_eq!(steps[1].refused.as_deref(), Some("the server: The mailbox is full"));
}

#[test]
fn what_is_no_scenario_is_refused_with_its_place() {
    let file = experiments::ALL[0].1;
    let wrong = |from: &str, to: &str| {
        assert!(file.contains(from), "{from}");
        read_file(&file.replacen(from, to, 1)).expect_err(to)
    };
    let json = wrong("\"protocol\": \"imap\"", "\"protocol\": \"imac\"");
    assert!(matches!(&json, Wrong::Json { line: 9, reason, .. } if reason.contains("imac")), "{json:?}");
    assert!(matches!(wrong("\"steps\"", "\"stops\""), Wrong::Json { .. }));
    assert_eq!(
        wrong("\"format\": 1", "\"format\": 2").to_string(),
        "format 2 isn't known here; this program reads 1"
    );
    assert_eq!(
        wrong("{ \"check\": { \"device\": \"imap-a\" } }", "{ \"check\": { \"device\": \"imap-c\" } }")
            .to_string(),
        "step 4: there is no device \"imap-c\""
    );
    assert_eq!(
        wrong("\"message\": \"recipe\", \"kilobytes\": 4", "\"message\": \"rent\", \"kilobytes\": 4")
            .to_string(),
        "step 3: \"rent\" can't be the name of a message, or is one already"
    );
    assert_eq!(
        wrong("\"after\": 6", "\"after\": 60").to_string(),
        "expectation 1: there is no such step; they count from 1 to 9"
    );
    assert_eq!(
        wrong("\"name\": \"imap-b\"", "\"name\": \"server\"").to_string(),
        "\"server\" can't be the name of a device, or is one already"
    );
    let mut long = scenario("E1");
    long.steps = vec![Step::Wait { hours: 1 }; pyeonji_shared::lab::scenario::MAX_STEPS + 1];
    let text = serde_json::to_string(&long).unwrap();
    assert!(read_file(&text).unwrap_err().to_string().contains("501 steps; there can be 500"));
    assert!(matches!(
        read_file(&" ".repeat(pyeonji_shared::lab::scenario::MAX_FILE + 1)),
        Err(Wrong::Scenario(_))
    ));
}

#[test]
fn a_pop3_device_has_no_folders_and_an_imap_device_no_rule() {
    let words = Words { en: String::new(), ko: String::new() };
    let mut scenario = scenario("E7");
    scenario.steps.push(Step::Rule { device: "imap-a".into(), rule: Rule::LeaveCopy });
    let read = |s: &Scenario| read_file(&serde_json::to_string(s).unwrap()).unwrap_err().to_string();
    assert_eq!(read(&scenario), "step 10: only POP3 has a rule for the server's copy");
    scenario.steps.pop();
    scenario.steps.push(Step::Move {
        device: "pop3-a".into(),
        message: "photos".into(),
        folder: "Archive".into(),
    });
    assert_eq!(read(&scenario), "step 10: POP3 has one mailbox and no folders");
    scenario.steps.pop();
    scenario.variants = vec![Variant { name: words, skip: vec![10], ..Variant::default() }];
    assert_eq!(read(&scenario), "there is no step 10 to skip");
}
