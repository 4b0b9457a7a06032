//! Conversations with the IMAP server, without a socket.
use super::session::Session;
use crate::sandbox::Options;
use crate::sandbox::clock::Clock;
use crate::sandbox::flags::{Flags, SEEN};
use crate::sandbox::limit::Bounds;
use crate::sandbox::world::World;
use bytes::Bytes;
use std::sync::Arc;

struct Talk(Session);

impl Talk {
    fn new(world: &Arc<World>) -> Self {
        let mut talk = Self(Session::new(world.clone()));
        talk.say("");
        talk
    }

    fn opened(world: &Arc<World>) -> Self {
        let mut talk = Self::new(world);
        assert!(
            talk.say("a LOGIN ada@blue.test blue-lantern-42\r\nb SELECT INBOX\r\n")
                .contains("b OK [READ-WRITE]")
        );
        talk
    }

    fn say(&mut self, text: &str) -> String {
        self.bytes(text.as_bytes()).0
    }

    /// The output, and how many pieces it came in.
    fn bytes(&mut self, input: &[u8]) -> (String, usize) {
        self.0.input(input);
        let (mut output, mut pieces) = (Vec::new(), 1);
        while self.0.advance() {
            pieces += 1;
            output.extend(self.0.output());
        }
        output.extend(self.0.output());
        (String::from_utf8_lossy(&output).into_owned(), pieces)
    }
}

fn world(bounds: Bounds, messages: u32) -> Arc<World> {
    let world = Arc::new(World::new(Options::default().accounts, bounds, Clock::Fixed(1_790_000_000)));
    let ada = world.account("ada@blue.test").unwrap().clone();
    for n in 1..=messages {
        let raw = format!("From: a@b.test\r\nSubject: number {n}\r\n\r\nbody {n}\r\n");
        world.deliver(&ada, "INBOX", Flags::system(SEEN), Bytes::from(raw)).unwrap();
    }
    // Somebody has looked before, so that nothing is recent.
    Talk::opened(&world);
    world
}

#[test]
fn condstore_tells_only_what_changed() {
    let world = world(Bounds::default(), 5);
    let (mut one, mut two) = (Talk::opened(&world), Talk::opened(&world));
    let highest = |talk: &mut Talk| {
        let text = talk.say("s STATUS INBOX (HIGHESTMODSEQ)\r\n");
        text.split("HIGHESTMODSEQ ").nth(1).unwrap().split(')').next().unwrap().parse::<u64>().unwrap()
    };
    let before = highest(&mut one);
    two.say("c UID STORE 2,4 +FLAGS.SILENT (\\Flagged)\r\n");
    let delta = one.say(&format!("d UID FETCH 1:* (FLAGS) (CHANGEDSINCE {before})\r\n"));
    let lines: Vec<&str> = delta.lines().filter(|l| l.contains("FETCH (")).collect();
    assert_eq!(lines.len(), 2, "{delta}");
    assert!(lines[0].starts_with("* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen) MODSEQ ("), "{delta}");
    let answer = one.say(&format!("e UID STORE 1:2 (UNCHANGEDSINCE {before}) +FLAGS (\\Answered)\r\n"));
    assert!(
        answer.contains("e OK [MODIFIED 2]") && answer.contains("* 1 FETCH (UID 1 FLAGS (\\Answered"),
        "{answer}"
    );
    assert!(!answer.contains("* 2 FETCH"), "{answer}");
    assert!(one.say("f SEARCH MODSEQ 1\r\n").contains("* SEARCH 1 2 3 4 5 (MODSEQ "));
}

#[test]
fn silent_store_still_tells_what_others_did() {
    let world = world(Bounds::default(), 1);
    let (mut one, mut two) = (Talk::opened(&world), Talk::opened(&world));
    two.say("c STORE 1 +FLAGS (\\Flagged)\r\n");
    assert!(
        one.say("d STORE 1 +FLAGS.SILENT (\\Draft)\r\n")
            .contains("* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen \\Draft))")
    );
    assert_eq!(one.say("e STORE 1 -FLAGS.SILENT (\\Draft)\r\n"), "e OK STORE done\r\n");
}

#[test]
fn a_long_fetch_pauses_and_loses_nothing() {
    let world = world(Bounds { output_bytes: 1_000, ..Bounds::default() }, 900);
    let mut talk = Talk::opened(&world);
    let (text, pieces) = talk.bytes(b"c FETCH 1:* (UID BODY.PEEK[])\r\nd NOOP\r\n");
    assert_eq!(text.matches(" FETCH (UID ").count(), 900);
    assert!(text.ends_with("c OK FETCH done\r\nd OK NOOP done\r\n") && pieces > 50, "{pieces}");
}

#[test]
fn over_quota_is_said_and_nothing_is_kept() {
    let world = world(Bounds { quota_bytes: 300, ..Bounds::default() }, 1);
    let mut talk = Talk::opened(&world);
    let append = |n: usize| format!("c APPEND Inbox {{{n}+}}\r\n{}\r\n", "x".repeat(n));
    assert!(talk.say(&append(270)).ends_with("c NO [OVERQUOTA] The mailbox is full\r\n"));
    assert!(talk.say(&append(200)).contains("c OK [APPENDUID "));
    assert!(talk.say("d COPY 2 Inbox\r\n").contains("d NO [OVERQUOTA]"));
    assert!(talk.say("e STORE 2 +FLAGS (\\Deleted)\r\nf EXPUNGE\r\n").contains("* 2 EXPUNGE"));
    assert!(talk.say(&append(200)).contains("c OK [APPENDUID "));
    assert!(talk.say("g GETQUOTAROOT INBOX\r\n").contains("* QUOTA \"\" (STORAGE 1 0 MESSAGE 2 50000)"));
}

#[test]
fn a_removed_folder_ends_the_sessions_in_it() {
    let world = world(Bounds::default(), 0);
    let (mut one, mut two) = (Talk::opened(&world), Talk::opened(&world));
    one.say("c CREATE a/b\r\nd CREATE a\r\ne SELECT a\r\n");
    two.say("c RENAME a z\r\n");
    assert!(one.say("f NOOP\r\n").starts_with("f OK"));
    assert!(two.say("d LIST \"\" z*\r\n").contains("z/b\r\n"));
    two.say("e DELETE z\r\n");
    assert!(one.say("g NOOP\r\n").contains("* BYE"));
    assert!(one.0.is_closed());
    assert!(two.say("f LIST \"\" z\r\n").contains("\\Noselect"));
}

#[test]
fn errors_have_words_and_states_hold() {
    let world = world(Bounds { failed_logins: 2, ..Bounds::default() }, 1);
    let mut talk = Talk::new(&world);
    for (line, answer) in [
        ("a SELECT INBOX", "a BAD Sign in first"),
        ("b LOGIN ada@blue.test", "b BAD"),
        ("c FOO", "c BAD Unknown command"),
        ("", "* BAD"),
        ("d LOGIN ada@blue.test wrong", "d NO [AUTHENTICATIONFAILED]"),
        ("e AUTHENTICATE PLAIN AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy", "e OK [CAPABILITY "),
        ("f FETCH 1 FLAGS", "f BAD No folder"),
        ("g EXAMINE INBOX", "* FLAGS"),
        ("h STORE 1 +FLAGS (\\Seen)", "h NO [READ-ONLY]"),
        ("i FETCH 2 FLAGS", "i BAD There is no message of that number"),
        ("j UID FETCH 99 FLAGS", "j OK"),
        ("k SELECT nowhere", "* OK [CLOSED]"),
        ("l COPY 1 x", "l BAD No folder"),
        ("m SELECT {999999}", "m NO [TOOBIG]"),
        ("n CREATE \"a//b\"", "n NO [CANNOT]"),
        ("o CREATE INBOX", "o NO [ALREADYEXISTS]"),
        ("p DELETE inbox", "p NO [CANNOT]"),
        ("q CREATE \"&bad\"", "q NO [CANNOT]"),
        ("r SEARCH CHARSET KOI8-R ALL", "r NO [BADCHARSET"),
        ("s STATUS INBOX (FOO)", "s BAD"),
    ] {
        let said = talk.say(&format!("{line}\r\n"));
        assert!(said.starts_with(answer), "{line}: {said}");
    }
    let mut talk = Talk::new(&world);
    assert!(
        talk.say("a LOGIN x y\r\nb LOGIN x y\r\nc NOOP\r\n")
            .ends_with("b NO [AUTHENTICATIONFAILED] Wrong name or password\r\n")
    );
    assert!(talk.0.is_closed());
}

#[test]
fn idle_needs_done() {
    let world = world(Bounds::default(), 1);
    let mut talk = Talk::opened(&world);
    assert_eq!(talk.say("c IDLE\r\n"), "+ idling\r\n");
    let ada = world.account("ada@blue.test").unwrap().clone();
    world.deliver(&ada, "INBOX", Flags::default(), Bytes::from_static(b"\r\n")).unwrap();
    assert!(talk.0.watch().unwrap().has_changed().unwrap());
    talk.0.wake();
    assert_eq!(
        talk.say("DONE\r\nd NOOP\r\n"),
        "* 2 EXISTS\r\n* 1 RECENT\r\nc OK IDLE done\r\nd OK NOOP done\r\n"
    );
}

#[test]
fn random_bytes_never_stop_the_server() {
    let world = world(Bounds::default(), 3);
    let words = [
        "a ", "FETCH ", "1:*", "(", ")", "BODY[", "]", "<", "{3}\r\n", "{2+}\r\n", "\"", "\\", "*",
        "SEARCH ", "OR ", "NOT ", "UID ", "STORE ", "FLAGS ", "\r\n", " ", "1", "0", ",", "LIST ", "%",
        "APPEND ", "INBOX", "RETURN ", "한", "\0",
    ];
    let mut seed = 12_345u32;
    for _ in 0..500 {
        let mut talk = Talk::opened(&world);
        let mut line = String::from("a ");
        for _ in 0..14 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            line += words[(seed >> 16) as usize % words.len()];
        }
        talk.say(&line);
        // The line may have opened literals, which swallow some of these.
        let end = talk.say(&"z NOOP\r\n".repeat(20));
        assert!(talk.0.is_closed() || end.ends_with("z OK NOOP done\r\n"), "{line}: {end}");
    }
}
