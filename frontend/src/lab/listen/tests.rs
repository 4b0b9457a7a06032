//! Lines by what caused them, within bounds; what is shown of them; and what follows a failure.
use super::super::reduce::reduce;
use super::super::state::{self as page, Model};
use super::rows::{Row, Seen};
use super::state::{Effect, Group, Listen, MAX_PAUSE, Msg, Phase};
use super::words::name;
use crate::i18n::Locale::{English, Korean};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::report::{Direction, Line, Proto, Totals};
use pyeonji_shared::lab::wire::{Cause, MAX_KEPT, WireLine, WireLines};

fn line(cause: u32, connection: u32, trip: u32, text: &str) -> WireLine {
    let up = !text.starts_with('*') && !text.contains(" OK");
    let line = Line {
        protocol: Proto::Imap,
        at: u64::from(cause) * 100 + u64::from(trip),
        direction: if up { Direction::ToServer } else { Direction::FromServer },
        bytes: text.len() as u64 + 2,
        round_trip: trip,
        cause,
        text: text.into(),
    };
    WireLine { connection, line }
}

fn cause(number: u32, call: &str) -> Cause {
    Cause { number, request: number, call: call.into() }
}

/// As a window does that has just been opened.
fn opened() -> Listen {
    let mut listen = Listen::default();
    let begin = listen.reduce(Msg::Of("5e55".into()));
    assert_eq!(begin, [Effect::Begin { turn: 1, session: "5e55".into() }]);
    let ask = listen.reduce(Msg::Began(1, Ok(())));
    assert_eq!(ask, [Effect::Ask { turn: 1, session: "5e55".into(), after: 0 }]);
    listen
}

fn hear(listen: &mut Listen, lines: Vec<WireLine>, causes: &[Cause]) -> Vec<Effect> {
    let next = listen.after + lines.len() as u64;
    let heard = WireLines { next, lines, causes: causes.to_vec(), dropped: 0, totals: Totals::default() };
    listen.reduce(Msg::Heard(listen.turn, Ok(heard)))
}

/// What is shown, headings with a `#`.
fn shown(listen: &Listen) -> Vec<String> {
    let text = |row: &Row| match listen.seen(*row).expect("a row") {
        Seen::Cause(group) => format!("# {}", name(English, group)),
        Seen::Line(seen) => seen.line.text.clone(),
    };
    listen.rows(English).iter().map(text).collect()
}

#[test]
fn each_click_has_its_commands_and_what_they_took() {
    let mut listen = opened();
    let first = vec![
        line(0, 1, 1, "P1 IDLE"),
        line(0, 1, 2, "DONE"),
        line(7, 1, 2, "P2 UID FETCH 1 BODY.PEEK[]"),
        line(8, 2, 1, "P1 NOOP"),
        line(7, 1, 2, "* 1 FETCH (UID 1)"),
        line(7, 1, 2, "P3 UID STORE 1 +FLAGS (\\Seen)"),
        line(0, 1, 3, "P4 IDLE"),
    ];
    let ask = hear(&mut listen, first, &[cause(7, "Read"), cause(8, "Window")]);
    assert_eq!(ask, [Effect::Ask { turn: 1, session: "5e55".into(), after: 7 }]);
    // The rest of an answer comes when others have begun.
    hear(&mut listen, vec![line(7, 1, 4, "P5 NOOP"), line(7, 1, 4, "P5 OK")], &[cause(7, "Read")]);
    assert_eq!(
        shown(&listen),
        [
            "# By itself: connecting, waiting for news",
            "P1 IDLE",
            "DONE",
            "# Open a message",
            "P2 UID FETCH 1 BODY.PEEK[]",
            "* 1 FETCH (UID 1)",
            "P3 UID STORE 1 +FLAGS (\\Seen)",
            "P5 NOOP",
            "P5 OK",
            "# Show a part of the list",
            "P1 NOOP",
            "# By itself: connecting, waiting for news",
            "P4 IDLE",
        ]
    );
    let group = &listen.groups[1];
    assert_eq!((group.commands, group.totals.round_trips, group.to - group.from), (3, 2, 2));
    assert_eq!((group.totals.sent, group.totals.received), (28 + 31 + 9, 19 + 7));
    assert_eq!(name(Korean, group), "메일 열기");
    // The end of waiting is no command of its own.
    assert_eq!((listen.groups[0].commands, listen.groups[0].totals.round_trips), (1, 2));
}

#[test]
fn no_more_lines_are_kept_than_there_may_be() {
    let mut listen = opened();
    hear(&mut listen, vec![line(1, 1, 1, "P1 NOOP"); 3], &[cause(1, "Refresh")]);
    hear(&mut listen, vec![line(2, 1, 2, "P2 NOOP"); MAX_KEPT], &[cause(2, "Refresh")]);
    hear(&mut listen, vec![line(2, 1, 3, "P3 NOOP"); 2], &[]);
    let lines: usize = listen.groups.iter().map(|group| group.lines.len()).sum();
    assert_eq!((listen.kept, lines, listen.dropped, listen.groups.len()), (MAX_KEPT, MAX_KEPT, 5, 1));
    // Its totals are those of all its lines.
    assert_eq!(listen.groups[0].commands as usize, MAX_KEPT + 2);
    // What the gateway had no room for is counted, too, but not what passed before it was listened to.
    let late = WireLines { next: 90_000, dropped: 30, ..WireLines::default() };
    listen.reduce(Msg::Heard(1, Ok(late.clone())));
    assert_eq!((listen.dropped, listen.after), (35, 90_000));
    let mut fresh = opened();
    fresh.reduce(Msg::Heard(1, Ok(late)));
    assert_eq!(fresh.dropped, 0);
    listen.reduce(Msg::Clear);
    assert_eq!((listen.kept, listen.dropped, shown(&listen).len()), (0, 0, 0));
    // What comes later has its name all the same.
    hear(&mut listen, vec![line(2, 1, 4, "P4 NOOP")], &[cause(2, "Refresh")]);
    assert_eq!(shown(&listen), ["# Ask for new mail", "P4 NOOP"]);
}

#[test]
fn the_filter_finds_lines_and_what_caused_them() {
    let mut listen = opened();
    let lines = vec![
        line(1, 1, 1, "P1 UID SEARCH TEXT x"),
        line(1, 1, 1, "P1 OK done"),
        line(2, 1, 2, "P2 UID FETCH 1 ENVELOPE"),
        line(2, 1, 2, "P2 OK done"),
    ];
    hear(&mut listen, lines, &[cause(1, "Search"), cause(2, "Read")]);
    listen.reduce(Msg::Filter("uid fetch".into()));
    assert_eq!(shown(&listen), ["# Open a message", "P2 UID FETCH 1 ENVELOPE"]);
    assert_eq!(
        listen.text(Korean, &listen.rows(Korean)),
        "# 메일 열기\n       202 ms      25 1 > P2 UID FETCH 1 ENVELOPE\n"
    );
    listen.reduce(Msg::Filter("OPEN A".into()));
    assert_eq!(shown(&listen), ["# Open a message", "P2 UID FETCH 1 ENVELOPE", "P2 OK done"]);
    listen.reduce(Msg::Filter("nowhere".into()));
    assert!(shown(&listen).is_empty());
}

#[test]
fn who_scrolls_up_stays_there_until_the_end_is_in_sight_again() {
    let mut listen = opened();
    assert!(listen.follow);
    listen.reduce(Msg::Scrolled(400, true));
    // Lines came between the scrolling to the end and its event.
    listen.reduce(Msg::Scrolled(500, false));
    assert!(listen.follow);
    listen.reduce(Msg::Scrolled(300, false));
    assert!(!listen.follow);
    hear(&mut listen, vec![line(0, 1, 1, "P1 NOOP")], &[]);
    listen.reduce(Msg::Scrolled(420, false));
    assert!(!listen.follow, "down, but not to the end");
    listen.reduce(Msg::Scrolled(600, true));
    assert!(listen.follow);
}

#[test]
fn a_failure_is_tried_again_ever_later_and_a_session_that_is_over_never() {
    let mut listen = opened();
    hear(&mut listen, vec![line(0, 1, 1, "P1 NOOP")], &[]);
    let pauses: Vec<u32> = (0..8)
        .map(|_| match listen.reduce(Msg::Heard(1, Err(ErrorKind::Offline))).as_slice() {
            [Effect::Later { turn: 1, seconds }] => *seconds,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, MAX_PAUSE, MAX_PAUSE, MAX_PAUSE]);
    assert_eq!(listen.phase, Phase::Waiting(ErrorKind::Offline, MAX_PAUSE));
    // What passed meanwhile may still be there.
    let again = listen.reduce(Msg::Again(1));
    assert_eq!(again, [Effect::Ask { turn: 1, session: "5e55".into(), after: 1 }]);
    listen.reduce(Msg::Heard(1, Err(ErrorKind::Gone)));
    let begin = listen.reduce(Msg::Again(1));
    assert_eq!((begin, listen.after), (vec![Effect::Begin { turn: 2, session: "5e55".into() }], 0));
    listen.reduce(Msg::Began(2, Ok(())));
    hear(&mut listen, Vec::new(), &[]);
    assert_eq!((listen.phase, listen.tries, listen.kept), (Phase::Listening, 0, 1));
    // A timer that is too late changes nothing.
    assert!(listen.reduce(Msg::Again(2)).is_empty());
    assert!(listen.reduce(Msg::Heard(2, Err(ErrorKind::SignedOut))).is_empty());
    assert_eq!(listen.phase, Phase::SignedOut);
    assert!(listen.reduce(Msg::Again(2)).is_empty() && listen.reduce(Msg::Stop).is_empty());
}

#[test]
fn it_ends_when_it_is_stopped_or_left_and_then_hears_nothing_more() {
    let mut listen = opened();
    let end = [Effect::End { session: "5e55".into() }];
    assert_eq!(listen.reduce(Msg::Stop), end);
    assert!(listen.reduce(Msg::Stop).is_empty(), "once");
    let late = WireLines { next: 1, lines: vec![line(0, 1, 1, "P1 NOOP")], ..WireLines::default() };
    assert!(listen.reduce(Msg::Heard(1, Ok(late))).is_empty());
    assert_eq!((listen.kept, listen.phase), (0, Phase::Stopped));
    assert_eq!(listen.reduce(Msg::Listen), [Effect::Begin { turn: 3, session: "5e55".into() }]);
    assert!(listen.reduce(Msg::Of("5e55".into())).is_empty(), "it is the same");
    // Another session: nothing of this one is left.
    let other = listen.reduce(Msg::Of("07".into()));
    assert_eq!(other, [end[0].clone(), Effect::Begin { turn: 5, session: "07".into() }]);
    listen.reduce(Msg::Began(5, Ok(())));
    assert_eq!(listen.reduce(Msg::Of(String::new())), [Effect::End { session: "07".into() }]);
    assert!(listen.reduce(Msg::Listen).is_empty());
}

#[test]
fn every_call_of_the_page_has_a_name() {
    let calls = [
        "Folders",
        "Open",
        "Window",
        "Rows",
        "Read",
        "Search",
        "SetFlags",
        "Move",
        "Delete",
        "Send",
        "SaveDraft",
        "FindSent",
        "Refresh",
        "Look",
        "Retrieve",
        "Remove",
        "Built",
        "Fetch",
    ];
    for l in [English, Korean] {
        let unknown = name(l, &Group::new(1, "Other".into(), 0));
        for call in calls {
            assert_ne!(name(l, &Group::new(1, call.into(), 0)), unknown, "{call}");
        }
        assert_ne!(name(l, &Group::default()), unknown);
    }
}

#[test]
fn who_listens_takes_no_place_in_the_lab_until_he_goes_there() {
    let mut m = Model::default();
    let start = page::Msg::Start { visitor: m.visitor, hash: "#wire.5e55".into() };
    let begin = Effect::Begin { turn: 1, session: "5e55".into() };
    assert_eq!(reduce(&mut m, start), [page::Effect::Listen(begin)]);
    let there = reduce(&mut m, page::Msg::Hash("#E1".into()));
    let end = page::Effect::Listen(Effect::End { session: "5e55".into() });
    assert_eq!(there.first(), Some(&page::Effect::Enter(m.visitor)));
    assert!(there.contains(&end), "{there:?}");
}
