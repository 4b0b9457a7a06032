//! Conversations with the POP3 server, without a socket; some beside IMAP on the same mailbox.
use super::maildrop::Pop3Options;
use super::session::Session;
use crate::sandbox::Options;
use crate::sandbox::clock::Clock;
use crate::sandbox::flags::Flags;
use crate::sandbox::imap::session::Session as Imap;
use crate::sandbox::limit::Bounds;
use crate::sandbox::world::World;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Talk {
    session: Session,
    now: Instant,
    greeting: String,
}

impl Talk {
    fn new(world: &Arc<World>) -> Self {
        Self::at(world, Instant::now())
    }

    fn at(world: &Arc<World>, now: Instant) -> Self {
        let mut session = Session::new(world.clone(), now);
        let greeting = String::from_utf8(session.output()).unwrap();
        Self { session, now, greeting }
    }

    fn signed_in(world: &Arc<World>) -> Self {
        let mut talk = Self::new(world);
        assert!(talk.say(SIGN_IN).contains("+OK Now the password\r\n+OK "), "not let in");
        talk
    }

    fn say(&mut self, text: &str) -> String {
        self.pieces(text.as_bytes()).concat()
    }

    /// The output as it would be written.
    fn pieces(&mut self, input: &[u8]) -> Vec<String> {
        self.session.input(input);
        let mut pieces = Vec::new();
        while self.session.advance(self.now) {
            pieces.push(String::from_utf8(self.session.output()).unwrap());
        }
        pieces.push(String::from_utf8(self.session.output()).unwrap());
        pieces
    }

    /// `true` for every +OK, `false` for every -ERR; only for answers of one line.
    fn outcomes(&mut self, text: &str) -> Vec<bool> {
        self.say(text).lines().map(|line| line.starts_with("+OK")).collect()
    }
}

const SIGN_IN: &str = "USER ada@blue.test\r\nPASS blue-lantern-42\r\n";

fn empty(bounds: Bounds) -> Arc<World> {
    Arc::new(World::new(Options::default().accounts, bounds, Clock::Fixed(1_790_000_000)))
}

fn deliver(world: &World, raw: &str) {
    let ada = world.account("ada@blue.test").unwrap();
    world.deliver(ada, "INBOX", Flags::default(), Bytes::from(raw.to_owned())).unwrap();
}

fn with_messages(bounds: Bounds, count: u32) -> Arc<World> {
    let world = empty(bounds);
    for n in 1..=count {
        deliver(&world, &format!("Subject: number {n}\r\n\r\nbody {n}\r\n"));
    }
    world
}

/// UIDs in INBOX.
fn inbox(world: &World) -> Vec<u32> {
    let ada = world.account("ada@blue.test").unwrap();
    ada.with(|store| store.folder("INBOX").unwrap().messages.iter().map(|m| m.uid).collect())
}

fn switch(world: &World, options: Pop3Options) {
    world.account("ada@blue.test").unwrap().maildrop.set_options(options);
}

/// IMAP with INBOX open.
struct Beside(Imap);

impl Beside {
    fn new(world: &Arc<World>) -> Self {
        let mut beside = Self(Imap::new(world.clone()));
        beside.say("a LOGIN ada@blue.test blue-lantern-42\r\nb SELECT INBOX\r\n");
        beside
    }

    fn say(&mut self, text: &str) -> String {
        self.0.input(text.as_bytes());
        while self.0.advance() {}
        String::from_utf8(self.0.output()).unwrap()
    }
}

#[test]
fn every_way_to_sign_in() {
    let world = with_messages(Bounds::default(), 2);
    let fine = "+OK 2 messages (58 octets)\r\n";
    let plain = BASE64_STANDARD.encode("\0Ada@Blue.test\0blue-lantern-42");
    for (said, answer) in [
        (SIGN_IN.to_owned(), format!("+OK Now the password\r\n{fine}")),
        (format!("auth plain {plain}\r\n"), fine.to_owned()),
        (format!("AUTH PLAIN\r\n{plain}\r\n"), format!("+ \r\n{fine}")),
        (
            "USER nobody\r\nPASS x y\r\n".into(),
            "+OK Now the password\r\n-ERR [AUTH] Wrong name or password\r\n".into(),
        ),
        (
            "USER ada@blue.test\r\nNOOP\r\nPASS blue-lantern-42\r\n".into(),
            "+OK Now the password\r\n-ERR Sign in first\r\n-ERR Say USER first\r\n".into(),
        ),
        ("AUTH PLAIN =\r\n".into(), "-ERR Not a PLAIN response\r\n".into()),
        ("AUTH PLAIN\r\n*\r\n".into(), "+ \r\n-ERR Cancelled\r\n".into()),
        ("AUTH PLAIN\r\n!\r\n".into(), "+ \r\n-ERR Not a PLAIN response\r\n".into()),
        ("AUTH CRAM-MD5\r\n".into(), "-ERR Only PLAIN\r\n".into()),
        ("AUTH\r\n".into(), "-ERR Name a mechanism\r\n".into()),
    ] {
        assert_eq!(Talk::new(&world).say(&said), answer, "{said}");
    }
}

#[test]
fn apop_proves_the_password_for_one_timestamp() {
    let world = with_messages(Bounds::default(), 1);
    let (mut one, mut two) = (Talk::new(&world), Talk::new(&world));
    let stamp = |talk: &Talk| {
        let (text, stamp) = talk.greeting.trim_end().rsplit_once(' ').unwrap();
        assert!(text.starts_with("+OK") && stamp.starts_with('<') && stamp.ends_with("@sandbox.test>"));
        stamp.to_owned()
    };
    assert_ne!(stamp(&one), stamp(&two));
    let digest = super::md5::hex(format!("{}blue-lantern-42", stamp(&one)).as_bytes());
    assert!(two.say(&format!("APOP ada@blue.test {digest}\r\n")).starts_with("-ERR [AUTH]"));
    assert!(one.say(&format!("APOP bora@green.test {digest}\r\n")).starts_with("-ERR [AUTH]"));
    assert_eq!(
        one.say(&format!("APOP ada@blue.test {digest}\r\nSTAT\r\n")),
        "+OK 1 messages (29 octets)\r\n+OK 1 29\r\n"
    );
}

#[test]
fn capabilities_follow_the_options() {
    let world = empty(Bounds::default());
    let capabilities = |talk: &mut Talk| {
        let said = talk.say("CAPA\r\n");
        let body =
            said.strip_prefix("+OK This is what there is\r\n").unwrap().strip_suffix("\r\n.\r\n").unwrap();
        body.split("\r\n").map(str::to_owned).collect::<Vec<_>>()
    };
    let mut talk = Talk::new(&world);
    let all =
        ["TOP", "UIDL", "USER", "SASL PLAIN", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"];
    let all = [&all[..], &["IMPLEMENTATION Pyeonji-sandbox"]].concat();
    assert_eq!(capabilities(&mut talk), all);
    talk.say(SIGN_IN);
    assert_eq!(capabilities(&mut talk), all);
    switch(&world, Pop3Options { uidl: false, top: false, login_delay: Some(60), lock: false });
    // What was begun goes on.
    assert_eq!(capabilities(&mut talk), all);
    assert_eq!(talk.outcomes("UIDL 1\r\nQUIT\r\n"), [false, true]);
    let mut talk = Talk::at(&world, talk.now + Duration::from_secs(60));
    let mut fewer = all[2..8].to_vec();
    fewer.extend(["LOGIN-DELAY 60 USER", "IMPLEMENTATION Pyeonji-sandbox"]);
    assert_eq!(capabilities(&mut talk), fewer);
    assert_eq!(talk.outcomes(SIGN_IN), [true, true]);
    fewer[6] = "LOGIN-DELAY 60";
    assert_eq!(capabilities(&mut talk), fewer);
    for command in ["UIDL", "UIDL 1", "TOP 1 0"] {
        assert_eq!(talk.say(&format!("{command}\r\n")), "-ERR Unknown command\r\n");
    }
}

#[test]
fn listings_and_messages() {
    let world = empty(Bounds::default());
    deliver(&world, "Subject: dots\r\n\r\n.\r\n..two\r\nthree");
    deliver(&world, "Subject: bare\n\n.x\n");
    let mut talk = Talk::signed_in(&world);
    for (said, answer) in [
        ("STAT", "+OK 2 55\r\n"),
        ("LIST", "+OK 2 messages (55 octets)\r\n1 34\r\n2 21\r\n.\r\n"),
        ("LIST 2", "+OK 2 21\r\n"),
        ("UIDL", "+OK 2 messages\r\n1 6ab13b8000000001\r\n2 6ab13b8000000002\r\n.\r\n"),
        ("UIDL 1", "+OK 1 6ab13b8000000001\r\n"),
        ("RETR 1", "+OK 34 octets\r\nSubject: dots\r\n\r\n..\r\n...two\r\nthree\r\n.\r\n"),
        ("retr 2", "+OK 21 octets\r\nSubject: bare\r\n\r\n..x\r\n.\r\n"),
        ("TOP 1 0", "+OK The top of it\r\nSubject: dots\r\n\r\n.\r\n"),
        ("TOP 1 1", "+OK The top of it\r\nSubject: dots\r\n\r\n..\r\n.\r\n"),
        ("TOP 2 99", "+OK The top of it\r\nSubject: bare\r\n\r\n..x\r\n.\r\n"),
        ("NOOP", "+OK Still here\r\n"),
        ("LIST 3", "-ERR There is no message of that number\r\n"),
        ("RETR 4294967295", "-ERR There is no message of that number\r\n"),
        ("UIDL 3", "-ERR There is no message of that number\r\n"),
        ("DELE 3", "-ERR There is no message of that number\r\n"),
        ("RETR 0", "-ERR Give the number of a message\r\n"),
        ("RETR", "-ERR Give the number of a message\r\n"),
        ("RETR 1 2", "-ERR Give the number of a message\r\n"),
        ("LIST -1", "-ERR Give the number of a message\r\n"),
        ("DELE 4294967296", "-ERR Give the number of a message\r\n"),
        ("TOP 1", "-ERR Write TOP message lines\r\n"),
        ("TOP 1 x", "-ERR The number of lines is missing\r\n"),
        ("STAT 1", "-ERR No arguments here\r\n"),
        ("LAST", "-ERR Unknown command\r\n"),
        ("USER ada@blue.test", "-ERR Signed in already\r\n"),
        ("", "-ERR Unknown command\r\n"),
    ] {
        assert_eq!(talk.say(&format!("{said}\r\n")), answer, "{said}");
    }
}

#[test]
fn deletions_happen_at_quit_only() {
    let world = with_messages(Bounds::default(), 4);
    let mut talk = Talk::signed_in(&world);
    assert_eq!(
        talk.outcomes("DELE 2\r\nDELE 2\r\nRETR 2\r\nLIST 2\r\nUIDL 2\r\nTOP 2 0\r\n"),
        [true, false, false, false, false, false]
    );
    assert_eq!(
        talk.say("STAT\r\nLIST\r\n"),
        "+OK 3 87\r\n+OK 3 messages (87 octets)\r\n1 29\r\n3 29\r\n4 29\r\n.\r\n"
    );
    assert_eq!(inbox(&world), [1, 2, 3, 4]);
    assert_eq!(talk.say("RSET\r\nSTAT\r\nDELE 1\r\nDELE 4\r\n").lines().nth(1), Some("+OK 4 116"));
    // The connection ends without QUIT.
    drop(talk);
    assert_eq!(inbox(&world), [1, 2, 3, 4]);
    let mut talk = Talk::signed_in(&world);
    assert_eq!(
        talk.say("UIDL 3\r\nDELE 1\r\nDELE 4\r\nRSET\r\nDELE 2\r\nDELE 3\r\nQUIT\r\nNOOP\r\n").lines().last(),
        Some("+OK Until next time (2 deleted)")
    );
    assert!(talk.session.is_closed());
    assert_eq!(inbox(&world), [1, 4]);
    // The numbers are new, the unique ids stay, and none comes back.
    deliver(&world, "Subject: another\r\n\r\n");
    assert_eq!(
        Talk::signed_in(&world).say("UIDL\r\n"),
        "+OK 3 messages\r\n1 6ab13b8000000001\r\n2 6ab13b8000000004\r\n3 6ab13b8000000005\r\n.\r\n"
    );
}

#[test]
fn silence_ends_a_session_without_a_word_or_a_deletion() {
    let world = with_messages(Bounds::default(), 1);
    let mut talk = Talk::signed_in(&world);
    talk.say("DELE 1\r\n");
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let start = talk.now;
    talk.now = start + minutes(9);
    talk.say("NOOP\r\n");
    assert_eq!(talk.session.poll_timeout(), start + minutes(19));
    // Bytes that never become a command don't count.
    talk.now = start + minutes(18);
    talk.say("NO");
    talk.session.handle_timeout(start + minutes(19) - Duration::from_millis(1));
    assert!(!talk.session.is_closed());
    talk.session.handle_timeout(start + minutes(19));
    assert!(talk.session.is_closed());
    assert_eq!(talk.say("OP\r\nQUIT\r\n"), "");
    assert_eq!(inbox(&world), [1]);
    // The lock is free although the session is still there.
    Talk::signed_in(&world);
}

#[test]
fn one_session_at_a_time() {
    let world = with_messages(Bounds::default(), 1);
    let mut one = Talk::signed_in(&world);
    let mut two = Talk::new(&world);
    assert_eq!(two.say(SIGN_IN).lines().last(), Some("-ERR [IN-USE] Another session has this mailbox"));
    assert_eq!(
        two.say("USER ada@blue.test\r\nPASS wrong\r\n").lines().last(),
        Some("-ERR [AUTH] Wrong name or password")
    );
    assert_eq!(Talk::new(&world).outcomes("USER bora@green.test\r\nPASS green-river-17\r\n"), [true, true]);
    one.say("QUIT\r\n");
    assert_eq!(two.outcomes(SIGN_IN), [true, true]);
    // Lost without QUIT; meanwhile a refused session ends and frees nothing.
    let mut three = Talk::new(&world);
    assert_eq!(three.outcomes(SIGN_IN), [true, false]);
    drop(three);
    assert_eq!(Talk::new(&world).outcomes(SIGN_IN), [true, false]);
    drop(two);
    let held = Talk::signed_in(&world);
    switch(&world, Pop3Options { lock: false, ..Pop3Options::default() });
    let (mut left, mut right) = (Talk::signed_in(&world), Talk::signed_in(&world));
    assert_eq!(left.outcomes("DELE 1\r\nQUIT\r\n"), [true, true]);
    assert_eq!(right.outcomes("LIST 1\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n"), [true, false, true, true]);
    switch(&world, Pop3Options::default());
    assert_eq!(Talk::new(&world).outcomes(SIGN_IN), [true, false]);
    drop(held);
    Talk::signed_in(&world);
}

#[test]
fn a_login_delay_counts_from_the_last_sign_in() {
    let world = with_messages(Bounds::default(), 1);
    switch(&world, Pop3Options { login_delay: Some(60), ..Pop3Options::default() });
    let mut first = Talk::signed_in(&world);
    first.say("QUIT\r\n");
    let at = |milliseconds: u64| {
        let mut talk = Talk::at(&world, first.now + Duration::from_millis(milliseconds));
        talk.say(SIGN_IN).lines().last().unwrap().to_owned()
    };
    assert_eq!(at(0), "-ERR [LOGIN-DELAY] Come back in 60 s");
    assert_eq!(at(58_500), "-ERR [LOGIN-DELAY] Come back in 2 s");
    assert_eq!(at(59_999), "-ERR [LOGIN-DELAY] Come back in 1 s");
    assert_eq!(at(60_000), "+OK 1 messages (29 octets)");
    assert_eq!(at(119_999), "-ERR [LOGIN-DELAY] Come back in 1 s");
}

#[test]
fn what_quit_deletes_imap_sees_go() {
    let world = with_messages(Bounds::default(), 3);
    let (mut asks, mut idles) = (Beside::new(&world), Beside::new(&world));
    assert_eq!(idles.say("c IDLE\r\n"), "+ idling\r\n");
    idles.0.watch().unwrap().mark_unchanged();
    let mut talk = Talk::signed_in(&world);
    talk.say("RETR 1\r\nDELE 1\r\nDELE 3\r\n");
    assert!(!idles.0.watch().unwrap().has_changed().unwrap());
    assert_eq!(asks.say("c NOOP\r\n"), "c OK NOOP done\r\n");
    talk.say("QUIT\r\n");
    assert!(idles.0.watch().unwrap().has_changed().unwrap());
    idles.0.wake();
    assert_eq!(idles.say(""), "* 1 EXPUNGE\r\n* 2 EXPUNGE\r\n");
    assert_eq!(asks.say("d NOOP\r\n"), "* 1 EXPUNGE\r\n* 2 EXPUNGE\r\nd OK NOOP done\r\n");
    assert!(asks.say("e UID SEARCH ALL\r\n").starts_with("* SEARCH 2\r\n"));
}

#[test]
fn the_view_is_that_of_sign_in_whatever_imap_does() {
    let world = with_messages(Bounds::default(), 3);
    let mut talk = Talk::signed_in(&world);
    let mut imap = Beside::new(&world);
    imap.say("c STORE 2 +FLAGS (\\Deleted)\r\nd EXPUNGE\r\n");
    imap.say("e APPEND INBOX {3+}\r\nnew\r\n");
    assert_eq!(
        talk.say("STAT\r\nUIDL 2\r\nLIST 2\r\n"),
        "+OK 3 87\r\n+OK 2 6ab13b8000000002\r\n+OK 2 29\r\n"
    );
    let gone = "-ERR The message was removed by another program\r\n";
    assert_eq!(talk.say("RETR 2\r\nTOP 2 0\r\n"), gone.repeat(2));
    assert!(talk.say("RETR 3\r\n").contains("number 3"));
    // Deleting it again does no harm, and no other message takes its place.
    assert_eq!(talk.outcomes("RETR 4\r\nDELE 2\r\nDELE 1\r\nQUIT\r\n"), [false, true, true, true]);
    assert_eq!(inbox(&world), [3, 4]);
    assert_eq!(Talk::signed_in(&world).say("STAT\r\n"), "+OK 2 34\r\n");
    // The same from IMAP's side: what POP3 took is no longer there to fetch.
    assert!(imap.say("f FETCH 1 FLAGS\r\n").contains("f OK [EXPUNGEISSUED]"));
}

#[test]
fn long_answers_pause_and_lose_nothing() {
    let world = with_messages(Bounds { output_bytes: 1_000, ..Bounds::default() }, 500);
    let body = "0123456789.\r\n".repeat(4_000);
    deliver(&world, &format!("\r\n{body}"));
    let mut talk = Talk::signed_in(&world);
    let pieces = talk.pieces(b"LIST\r\nUIDL\r\nRETR 501\r\nNOOP\r\n");
    assert!(pieces.len() > 50 && pieces.iter().all(|piece| piece.len() < 1_100), "{}", pieces.len());
    let text = pieces.concat();
    let answers: Vec<&str> = text.split("\r\n.\r\n").collect();
    let [list, uidl, message, noop] = answers.as_slice() else { panic!("{}", answers.len()) };
    assert_eq!((list.lines().count(), uidl.lines().count()), (502, 502));
    assert_eq!(*message, format!("+OK {} octets\r\n\r\n{}", body.len() + 2, body.trim_end()));
    assert_eq!(*noop, "+OK Still here\r\n");
}

#[test]
fn lines_commands_and_guesses_are_bounded() {
    let world = empty(Bounds { bad_commands: 3, failed_logins: 2, ..Bounds::default() });
    for (length, outcome) in [(512, vec![false]), (513, vec![false])] {
        let mut talk = Talk::new(&world);
        let line = format!("{}\r\n", "x".repeat(length - 2));
        assert_eq!(talk.outcomes(&line), outcome);
        assert_eq!(talk.session.is_closed(), length > 512);
    }
    let mut talk = Talk::new(&world);
    assert_eq!(talk.say(&"x".repeat(512)), "");
    assert_eq!(talk.say("x"), "-ERR Line too long\r\n");
    assert!(talk.session.is_closed());

    let mut talk = Talk::new(&world);
    talk.say("X\r\nX\r\nCAPA\r\nX\r\nSTAT\r\n");
    assert!(!talk.session.is_closed(), "a good one between");
    assert_eq!(talk.say("X\r\nNOOP\r\n"), "-ERR Unknown command\r\n-ERR Too many bad commands\r\n");
    assert!(talk.session.is_closed());

    let mut talk = Talk::new(&world);
    let guess = "USER ada@blue.test\r\nPASS guess\r\n";
    assert_eq!(talk.outcomes(&format!("{guess}{guess}{SIGN_IN}")), [true, false, true, false]);
    assert!(talk.session.is_closed());
}

#[test]
fn random_bytes_never_stop_the_server() {
    let world = with_messages(Bounds::default(), 3);
    let words = [
        "RETR",
        "TOP",
        "LIST",
        "UIDL",
        "DELE",
        "RSET",
        "AUTH",
        "PLAIN",
        "APOP",
        "PASS",
        "USER",
        " ",
        " ",
        "1",
        "3",
        "0",
        "-1",
        "99999999999",
        "\r\n",
        "\n",
        "\r",
        "\0",
        "한",
        "=",
        "*",
    ];
    let mut seed = 12_345u32;
    for round in 0..500 {
        let mut talk = if round % 2 == 0 { Talk::signed_in(&world) } else { Talk::new(&world) };
        let mut text = String::new();
        for _ in 0..30 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text += words[(seed >> 16) as usize % words.len()];
        }
        talk.say(&text);
        // The first may end an open line or an AUTH.
        let end = talk.say("*\r\n*\r\nCAPA\r\n");
        assert!(end.ends_with("IMPLEMENTATION Pyeonji-sandbox\r\n.\r\n"), "{text}: {end}");
    }
    assert_eq!(inbox(&world), [1, 2, 3]);
}
