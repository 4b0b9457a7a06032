//! Conversations with the POP3 server, without a socket.
mod beside_imap;
mod bounds;

use super::maildrop::Pop3Options;
use super::session::Session;
use crate::sandbox::Options;
use crate::sandbox::clock::Clock;
use crate::sandbox::flags::Flags;
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
