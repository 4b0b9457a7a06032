//! Canaries, counts and bounds of the recorder.
use super::*;
use proptest::prelude::*;

const CANARY: &str = "blue-lantern-42";
const CANARY_BASE64: &str = "AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy";

/// Lines that begin with `>` are the client's.
fn record(protocol: Proto, dialogue: &str) -> Recorder {
    let mut recorder = Recorder::new(protocol);
    for line in dialogue.lines() {
        match line.strip_prefix('>') {
            Some(line) => recorder.sent(format!("{line}\r\n").as_bytes(), 0),
            None => recorder.received(format!("{line}\r\n").as_bytes(), 0),
        }
    }
    recorder
}

fn texts(recorder: &Recorder) -> Vec<&str> {
    recorder.lines().map(|l| l.text.as_str()).collect()
}

fn hides(protocol: Proto, dialogue: &str) -> Recorder {
    let recorder = record(protocol, dialogue);
    let kept = format!("{recorder:?}");
    for secret in [CANARY, CANARY_BASE64] {
        assert!(dialogue.contains(secret) || secret != CANARY || dialogue.contains(CANARY_BASE64));
        assert!(!kept.contains(secret), "{kept}");
    }
    recorder
}

#[test]
fn no_secret_is_kept() {
    let imap = [
        "* OK ready\n>a1 LOGIN ada@blue.test blue-lantern-42\na1 OK in\n>a2 NOOP\na2 OK",
        "* OK ready\n>a1 login \"ada@blue.test\" {15}\n+ go\n>blue-lantern-42\na1 OK in\n>a2 NOOP\na2 OK",
        "* OK ready\n>a1 AUTHENTICATE PLAIN AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy\na1 OK in\n>a2 NOOP\na2 OK",
        "* OK ready\n>a1 AUTHENTICATE PLAIN\n+ \n>AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy\na1 NO wrong\n>a2 NOOP\na2 OK",
        "* OK ready\n>a1 LOGIN ada@blue.test blue-lantern-42\n* CAPABILITY IMAP4rev1\na1 OK in\n>a2 NOOP\na2 OK",
    ];
    for dialogue in imap {
        let recorder = hides(Proto::Imap, dialogue);
        assert!(texts(&recorder).ends_with(&["a2 NOOP", "a2 OK"]), "{:?}", texts(&recorder));
        assert!(texts(&recorder).iter().all(|text| !text.contains("octets")), "{:?}", texts(&recorder));
    }
    let pop3 = [
        "+OK ready\n>USER ada@blue.test\n+OK\n>PASS blue-lantern-42\n+OK in\n>NOOP\n+OK",
        "+OK ready\n>AUTH PLAIN AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy\n+OK in\n>NOOP\n+OK",
        "+OK ready\n>auth PLAIN\n+ \n>AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy\n-ERR [AUTH] no\n>NOOP\n+OK",
        "+OK <1@x>\n>APOP ada@blue.test blue-lantern-42\n+OK in\n>NOOP\n+OK",
    ];
    for dialogue in pop3 {
        let recorder = hides(Proto::Pop3, dialogue);
        assert!(texts(&recorder).ends_with(&["NOOP", "+OK"]), "{:?}", texts(&recorder));
    }
    let smtp = [
        "220 ready\n>AUTH PLAIN AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy\n235 in\n>NOOP\n250 ok",
        "220 ready\n>AUTH LOGIN\n334 VXNlcm5hbWU6\n>YWRh\n334 UGFzc3dvcmQ6\n>blue-lantern-42\n235 in\n>NOOP\n250 ok",
    ];
    for dialogue in smtp {
        let recorder = hides(Proto::Smtp, dialogue);
        assert!(texts(&recorder).ends_with(&["NOOP", "250 ok"]), "{:?}", texts(&recorder));
    }
}

#[test]
fn bodies_are_counted_and_lists_are_shown() {
    let recorder = record(
        Proto::Pop3,
        "+OK ready\n>UIDL\n+OK\n1 a\n2 b\n.\n>RETR 1\n+OK 12\nSubject: x\n\n..dots\n.\n>LIST 1\n+OK 1 12\n>QUIT\n+OK",
    );
    assert_eq!(
        texts(&recorder),
        [
            "+OK ready",
            "UIDL",
            "+OK",
            "1 a",
            "2 b",
            ".",
            "RETR 1",
            "+OK 12",
            "(25 octets)",
            "LIST 1",
            "+OK 1 12",
            "QUIT",
            "+OK"
        ]
    );
    assert_eq!(recorder.totals.round_trips, 4);
    let shown: u64 = recorder.lines().map(|l| l.bytes).sum();
    assert_eq!(shown, recorder.totals.sent + recorder.totals.received);

    let recorder = record(
        Proto::Smtp,
        "220 ready\n>EHLO x\n250-x\n250 SIZE\n>DATA\n354 go\n>Subject: x\n>\n>hello\n>.\n250 queued\n>QUIT\n221 bye",
    );
    assert_eq!(texts(&recorder)[6], "(24 octets)");
    assert!(texts(&recorder).ends_with(&["250 queued", "QUIT", "221 bye"]));

    let mut recorder = record(Proto::Imap, "* OK ready\n>a1 FETCH 1 BODY[]");
    recorder.received(b"* 1 FETCH (BODY[] {12}\r\nSubject: \xff\r\n UID 7)\r\na1 OK done\r\n", 3);
    assert_eq!(&texts(&recorder)[2..], ["* 1 FETCH (BODY[] {12}", "(12 octets)", " UID 7)", "a1 OK done"]);
}

#[test]
fn what_is_kept_is_bounded() {
    let mut recorder = Recorder::new(Proto::Imap);
    for n in 0..MAX_LINES + 5 {
        recorder.received(format!("* {n} EXISTS\r\n").as_bytes(), n as u64);
    }
    assert_eq!((recorder.lines().count(), recorder.dropped), (MAX_LINES, 5));
    let mut recorder = Recorder::new(Proto::Imap);
    for _ in 0..1_000 {
        recorder.received(&[b'x'; 1_000], 0);
    }
    recorder.received(b"\r\n", 1);
    let line = recorder.lines().next().expect("a line");
    assert_eq!((line.bytes, line.text.chars().count()), (1_000_002, MAX_TEXT + 1));
}

proptest! {
    /// However the bytes are cut, the same is recorded, and every octet is counted once.
    #[test]
    fn cuts_change_nothing(cuts in proptest::collection::vec(1usize..40, 0..30)) {
        let dialogue = b"* OK ready\r\n* 1 FETCH (BODY[] {20}\r\n0123456789\r\nabcdefgh UID 7)\r\na1 OK done\r\n";
        let mut whole = Recorder::new(Proto::Imap);
        whole.received(dialogue, 0);
        let mut pieces = Recorder::new(Proto::Imap);
        let mut rest = &dialogue[..];
        for cut in cuts {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            pieces.received(now, 0);
            rest = later;
        }
        pieces.received(rest, 0);
        prop_assert_eq!(texts(&whole), texts(&pieces));
        let shown: u64 = pieces.lines().map(|l| l.bytes).sum();
        prop_assert_eq!(shown, dialogue.len() as u64);
    }
}
