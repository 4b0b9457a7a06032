//! However the network cuts the server's bytes, the same events come out.
use crate::config::limits::Limits;
use crate::imap::command::{Command, Items, SectionRequest};
use crate::imap::{Engine, Event, Greeting, Options};
use crate::secret::Secret;
use proptest::prelude::*;
use pyeonji_shared::ids::{FolderName, Uid};
use std::sync::Arc;
use std::time::Instant;

/// The events, neighbouring chunks of one stream joined. Then the connection is closed.
fn events(pieces: &[&[u8]]) -> Vec<Event> {
    let now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure: true }, now);
    engine.handle_input(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", now);
    engine.submit(Command::Login { user: "u".into(), password: Secret::new("p".into()) }, now);
    engine.handle_input(b"P1 OK [CAPABILITY IMAP4rev1] in\r\n", now);
    engine.submit(Command::Select { folder: FolderName::inbox(), condstore: false, examine: false }, now);
    let sections = vec![SectionRequest::all("1")];
    engine.submit(Command::FetchBody { uid: Uid(1), items: Items::Row, sections }, now);
    let mut out: Vec<Event> = Vec::new();
    for piece in pieces {
        engine.handle_input(piece, now);
        while let Some(event) = engine.poll_event() {
            match (out.last_mut(), event) {
                (
                    Some(Event::BodyChunk { stream, bytes }),
                    Event::BodyChunk { stream: same, bytes: more },
                ) if *stream == same => {
                    *bytes = [&bytes[..], &more[..]].concat().into();
                }
                (_, event) => out.push(event),
            }
        }
    }
    engine.handle_eof(now);
    out.extend(std::iter::from_fn(|| engine.poll_event()));
    out
}

fn script(body: usize, lines: &[String]) -> Vec<u8> {
    let mut text = String::from("* 9 EXISTS\r\nP2 OK [READ-WRITE] ok\r\n");
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    let bytes = "b)\r\n".repeat(body / 4 + 1);
    let envelope = "ENVELOPE (NIL {3}\r\n\r\n) NIL NIL NIL NIL NIL NIL NIL NIL)";
    text.push_str(&format!("* 1 FETCH (BODY[1] {{{body}}}\r\n{} {envelope} UID 1)\r\n", &bytes[..body]));
    text.push_str("P3 OK\r\n* BYE no\r\n");
    text.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn cuts_do_not_matter(
        body in prop_oneof![0usize..64, 65_530usize..65_545, 100_000usize..140_000],
        lines in prop::collection::vec(
            prop_oneof!["\\* [0-9]{1,3} (EXISTS|EXPUNGE|FETCH \\(UID [1-9]\\))", "\\* (OK|NO) \\PC{0,20}", "\\* LIST \\(\\) \"/\" \\{2\\}\r\nab", "\\* [A-Z]{3,9} \\PC{0,12}"],
            0..6,
        ),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let bytes = script(body, &lines);
        let mut at: Vec<usize> = cuts.iter().map(|c| c.index(bytes.len())).collect();
        at.push(0);
        at.push(bytes.len());
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        prop_assert_eq!(events(&pieces), events(&[&bytes]));
    }

    /// Nonsense ends in an error or in silence, never in a panic, and never keeps more than it got.
    #[test]
    fn noise_is_survived(noise in prop::collection::vec(any::<u8>(), 0..2_000), text in "[*+ ()\"{}0-9A-Za-z\r\n\\[\\]<>~]{0,300}") {
        let head = b"* 9 EXISTS\r\nP2 OK [READ-WRITE] ok\r\n* ";
        events(&[head, &noise]);
        events(&[head, text.as_bytes()]);
        events(&[&noise]);
    }
}
