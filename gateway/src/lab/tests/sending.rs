//! Letters that are sent: who gets a copy, what each hop writes, and what can go wrong.
use super::{device_rule, expect, flipped, scenario};
use crate::lab::backend::Backend;
use crate::lab::bench::Bench;
use crate::lab::file::read as read_file;
use crate::lab::run::run;
use pyeonji_shared::lab::places::{INBOX, Places};
use pyeonji_shared::lab::report::{Direction, Proto, Run, Verdict};
use pyeonji_shared::lab::scenario::{Account, GREEN, Is, Protocol, RELAY, Rule, SERVER, Scenario, Step};

/// Copies of `offer` in a folder of a place when all is done.
fn copies(run: &Run, place: &str, folder: &str) -> usize {
    let mut places = Places::default();
    run.steps.iter().flat_map(|done| &done.changes).for_each(|change| places.apply(change));
    places.copies(place, folder, "offer").len()
}

#[test]
fn the_verdict_on_sent_mail_flips_with_its_condition() {
    assert_eq!(flipped("E4", |s| s.variants.truncate(1)), Verdict::Held);
    assert_eq!(flipped("E4", |s| drop(s.variants.remove(0))), Verdict::DidNotHold);
    // A device without a network sends nothing, and nothing reaches anybody.
    let cut = Step::Cut { device: "laptop".into() };
    assert_eq!(flipped("E4", |s| s.steps[0] = cut), Verdict::DidNotHold);
}

#[test]
fn a_letter_is_copied_at_each_hop_and_not_moved() {
    // That it reaches all devices of the receiver is so.
    assert_eq!(flipped("E12", |s| s.expect.truncate(3)), Verdict::Held);
    let cut = Step::Cut { device: "laptop".into() };
    let without = |s: &mut Scenario| {
        s.expect.truncate(3);
        s.steps.insert(4, cut);
        s.expect[2].after = Some(6);
    };
    assert_eq!(flipped("E12", without), Verdict::DidNotHold);
    let report = run(&scenario("E12"));
    let mut places = Places::default();
    let [run] = &report.runs[..] else { panic!("one run") };
    run.steps.iter().flat_map(|done| &done.changes).for_each(|change| places.apply(change));
    let lies = |place, folder| places.copies(place, folder, "letter").len();
    let found = [
        lies("bora", "Sent"),
        lies(GREEN, "Sent"),
        lies(SERVER, INBOX),
        lies("phone", INBOX),
        lies("laptop", INBOX),
    ];
    assert_eq!(found, [1; 5]);
    // It is on the phone before anybody asked: the phone was waiting.
    assert!(run.steps[2].spent.iter().any(|spent| spent.device == "phone"));
}

#[test]
fn copies_of_a_sent_letter_lie_where_each_way_puts_them() {
    let runs = run(&scenario("E4")).runs;
    let lie = |run: &Run| {
        ["laptop", "phone", SERVER, GREEN].map(|p| (copies(run, p, INBOX), copies(run, p, "Sent")))
    };
    assert_eq!(lie(&runs[0]), [(0, 1), (0, 0), (0, 0), (1, 0)], "POP3");
    // The writer's device has its own copy, and the one that came back.
    assert_eq!(lie(&runs[1]), [(0, 2), (0, 1), (1, 0), (1, 0)], "with a copy to oneself");
    assert_eq!(lie(&runs[2]), [(0, 1), (0, 1), (0, 1), (1, 0)], "IMAP");
    for run in &runs {
        assert!(run.steps.iter().all(|done| done.refused.is_none()), "{:?}", run.steps);
    }
}

#[test]
fn one_transcript_has_both_protocols_in_the_order_of_time_and_adds_up() {
    let run = &run(&scenario("E4")).runs[2];
    let laptop = run.devices.iter().find(|d| d.device == "laptop").expect("a transcript");
    let protocols: Vec<Proto> = laptop.lines.iter().map(|l| l.protocol).collect();
    let mut turns = protocols.clone();
    turns.dedup();
    assert_eq!(turns, [Proto::Imap, Proto::Smtp, Proto::Imap]);
    assert!(laptop.lines.is_sorted_by_key(|line| line.at));
    let of = |direction| laptop.lines.iter().filter(|l| l.direction == direction).map(|l| l.bytes).sum();
    let (up, down): (u64, u64) = (of(Direction::ToServer), of(Direction::FromServer));
    assert_eq!((up, down), (laptop.totals.sent, laptop.totals.received));
    let relay = run.devices.iter().find(|d| d.device == RELAY).expect("the servers' own words");
    let said: Vec<&str> = relay.lines.iter().map(|l| l.text.as_str()).collect();
    for verb in ["EHLO out.blue.test", "RCPT TO:<bora@green.test>", "DATA", "QUIT"] {
        assert!(said.contains(&verb), "{verb}: {said:?}");
    }
    assert!(!said.iter().any(|text| text.contains("AUTH")), "servers don't sign in: {said:?}");
    let sent = run.steps.iter().find(|done| matches!(done.step, Step::Send { .. })).expect("it is sent");
    assert!(sent.spent.iter().any(|spent| spent.device == RELAY), "{:?}", sent.spent);
}

#[test]
fn each_hop_leaves_its_line_on_the_letter() {
    let mut scenario = scenario("E4");
    scenario.devices[0].account = Account::Bora;
    let mut bench = Bench::new(&scenario, &Backend::Simulated).expect("a bench");
    let send =
        Step::Send { device: "laptop".into(), message: "offer".into(), kilobytes: 2, copy_to_self: true };
    bench.step(1, &send).expect("sent");
    let source = |account| String::from_utf8(bench.inbox(account).remove(0)).expect("text");
    let received = |text: &str| -> Vec<String> {
        let lines = text.lines().take_while(|line| !line.is_empty());
        lines.filter(|l| l.starts_with("Received:")).map(str::to_owned).collect()
    };
    let adas = source(Account::Ada);
    let hops = received(&adas);
    assert!(
        hops.len() == 2 && hops[0].contains("from out.green.test by mx.blue.test with ESMTP"),
        "{hops:?}"
    );
    assert!(hops[1].contains("from device.test by out.green.test with ESMTPA"), "{hops:?}");
    assert!(adas.starts_with("Return-Path: <bora@green.test>\r\n") && !adas.contains("Bcc:"), "{adas}");
    assert_eq!(adas.matches("Return-Path").count(), 1);
    assert_eq!(received(&source(Account::Bora)).len(), 1, "her own copy took one hop");
}

#[test]
fn a_letter_that_is_refused_on_the_way_is_said_to_be() {
    let mut full = scenario("E4");
    full.devices[0].account = Account::Bora;
    full.server.quota_kilobytes = 5;
    let step = &run(&full).runs[0].steps[2];
    assert!(step.refused.as_ref().is_some_and(|why| why.contains("mailbox is full")), "{:?}", step.refused);
    let mut cut = scenario("E4");
    cut.steps.insert(2, Step::Cut { device: "laptop".into() });
    let step = run(&cut).runs[0].steps[3].clone();
    assert_eq!((step.refused.as_deref(), step.changes.len()), (Some("no network"), 0));
}

#[test]
fn a_copy_that_the_server_filed_itself_is_not_filed_again() {
    let mut scenario = scenario("E4");
    scenario.devices[0].protocol = Protocol::Imap;
    for (before, after) in [(0, 1), (1, 1)] {
        let mut bench = Bench::new(&scenario, &Backend::Simulated).expect("a bench");
        if before > 0 {
            bench.file_sent(Account::Ada, "offer");
        }
        let send =
            Step::Send { device: "laptop".into(), message: "offer".into(), kilobytes: 2, copy_to_self: true };
        bench.step(1, &send).expect("sent");
        let places = bench.places();
        let lies = |place: &str, folder: &str| {
            let held = places.iter().filter(|(name, _)| *name == place).flat_map(|(_, held)| held);
            held.filter(|held| held.folder == folder).count()
        };
        assert_eq!((lies(SERVER, "Sent"), lies("laptop", "Sent")), (after, after));
        // A mail server doesn't know what is whose: the blind copy lies where all mail lies.
        assert_eq!((lies(SERVER, INBOX), lies("laptop", INBOX)), (1, 1));
    }
}

#[test]
fn only_those_who_asked_for_copies_file_them_and_only_their_own() {
    // A letter that Bora sends is no copy of Ada's, whatever Ada asked for.
    let mut scenario = scenario("E4");
    scenario.devices[0].account = Account::Bora;
    let runs = run(&scenario).runs;
    assert_eq!((copies(&runs[1], "phone", INBOX), copies(&runs[1], "phone", "Sent")), (1, 0));
    device_rule(&mut scenario, "phone", Rule::DownloadAndDelete);
    assert_eq!(copies(&run(&scenario).runs[0], SERVER, INBOX), 0);
}

#[test]
fn what_can_not_be_sent_or_looked_at_is_refused() {
    let read = |s: &Scenario| read_file(&serde_json::to_string(s).unwrap()).unwrap_err().to_string();
    let mut large = scenario("E4");
    large.steps[2] =
        Step::Send { device: "laptop".into(), message: "offer".into(), kilobytes: 501, copy_to_self: false };
    assert_eq!(read(&large), "step 3: a message that is sent has at most 500 KB");
    let mut reserved = scenario("E4");
    reserved.devices[1].name = RELAY.into();
    assert_eq!(read(&reserved), "\"relay\" can't be the name of a device, or is one already");
    let mut alone = scenario("E1");
    alone.expect.push(expect("rent", Is::There, &[GREEN]));
    assert_eq!(read(&alone), "expectation 6: there is no device \"green\"");
    let mut moved = scenario("E1");
    moved.variants =
        vec![pyeonji_shared::lab::scenario::Variant { protocol: Some(Protocol::Pop3), ..Default::default() }];
    assert_eq!(read(&moved), "step 8: POP3 has one mailbox and no folders");
}
