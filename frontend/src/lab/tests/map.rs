//! The drawing of what moved.
use crate::lab::map::{HALF, Line, Map, WIDTH, map};
use crate::lab::moment::Way;
use pyeonji_shared::lab::places::INBOX;
use pyeonji_shared::lab::scenario::SERVER;

fn came(message: &str, from: Option<&str>, to: &str) -> Way {
    let from = from.map(str::to_owned);
    Way::Came { message: message.into(), from, to: to.into(), folder: INBOX.into() }
}

fn drawn(ways: &[Way]) -> Map {
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect();
    map(ways, [names(&["imap-a", "imap-b"]), names(&[SERVER, "green"]), names(&["pop3-a"])])
}

#[test]
fn every_way_has_a_line_and_every_place_is_within_the_picture() {
    let went = Way::Went { message: "rent".into(), at: SERVER.into(), folder: INBOX.into() };
    let marked = Way::Marked { message: "rent".into(), at: "imap-b".into() };
    let drawn_map = drawn(&[came("rent", None, SERVER), came("rent", Some(SERVER), "pop3-a"), went, marked]);
    let Map { places, lines, height } = &drawn_map;
    assert_eq!(places.len(), 5);
    for (name, (x, y)) in places {
        let within = *x >= HALF.0 && x + HALF.0 <= WIDTH && *y > HALF.1 && y + HALF.1 < *height;
        assert!(within, "{name}");
    }
    let kinds: Vec<&str> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["came", "came", "went", "marked"]);
    let at = |name: &str| places.iter().find(|(own, _)| own == name).map(|(_, at)| *at).expect("a place");
    let (server, device) = (at(SERVER), at("pop3-a"));
    let line = &lines[1];
    assert_eq!((line.from, line.to), ((server.0 + HALF.0, server.1), (device.0 - HALF.0, device.1)));
    assert_eq!(lines[3].words(str::to_uppercase), "✓ RENT");
    // Nothing moved: the places alone. What isn't in the picture has no line, and does no harm.
    assert!(drawn(&[]).lines.is_empty() && drawn(&[came("rent", None, "nowhere")]).lines.is_empty());
}

#[test]
fn messages_that_go_the_same_way_share_a_line() {
    let ways: Vec<Way> = (0..5).map(|n| came(&format!("m{n}"), Some(SERVER), "imap-a")).collect();
    let drawn = drawn(&ways);
    assert_eq!(drawn.lines.len(), 1);
    assert_eq!(drawn.lines[0].words(str::to_owned), "m0, m1, +3");
}

#[test]
fn an_arrow_points_where_it_goes() {
    let path = |from, to, kind| Line { kind, from, to, messages: Vec::new() }.path();
    assert_eq!(path((0, 0), (100, 20), "came"), "M0 0L100 20M91 15L100 20L91 25");
    assert_eq!(path((100, 0), (0, 0), "came"), "M100 0L0 0M9 -5L0 0L9 5");
    assert_eq!(path((0, 0), (0, 30), "came"), "M0 0L0 30M-5 21L0 30L5 21");
    assert_eq!(path((0, 0), (0, 30), "went"), "M0 0L0 30M-7 30L0 30L7 30");
}
