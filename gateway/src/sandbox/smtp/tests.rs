//! Conversations with the submission server, without a socket.
use super::role::Role;
use super::{Next, Session};
use crate::sandbox::clock::Clock;
use crate::sandbox::limit::Bounds;
use crate::sandbox::transit;
use crate::sandbox::world::World;
use crate::sandbox::{Options, flags::Flags};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

struct Talk {
    session: Session,
    world: Arc<World>,
    next: Next,
}

impl Talk {
    fn new(bounds: Bounds) -> Self {
        let world = Arc::new(World::new(Options::default().accounts, bounds, Clock::Fixed(1_790_000_000)));
        let hop = Duration::from_secs(3);
        let transit = transit::start(world.clone(), hop, &CancellationToken::new(), &TaskTracker::new());
        let mut session = Session::new(world.clone(), transit, Role::default());
        session.output();
        Self { session, world, next: Next::Read }
    }

    fn signed_in(bounds: Bounds) -> Self {
        let mut talk = Self::new(bounds);
        talk.say(b"EHLO client.test\r\n");
        let plain = BASE64_STANDARD.encode("\0ada@blue.test\0blue-lantern-42");
        assert!(talk.say(format!("AUTH PLAIN {plain}\r\n").as_bytes()).starts_with("235"));
        talk
    }

    fn say(&mut self, bytes: &[u8]) -> String {
        self.session.input(bytes);
        self.next = self.session.advance();
        String::from_utf8(self.session.output()).unwrap()
    }

    /// The first digits of every reply.
    fn codes(&mut self, bytes: &[u8]) -> Vec<String> {
        self.say(bytes).lines().map(|l| l[..3].to_owned()).collect()
    }

    fn inbox(&self, address: &str) -> Vec<Bytes> {
        let account = self.world.account(address).unwrap();
        account.with(|s| s.folder("INBOX").unwrap().messages.iter().map(|m| m.content.raw()).collect())
    }
}

async fn after_the_hop() {
    // Paused time: jumps to the next timer.
    tokio::time::sleep(Duration::from_secs(4)).await;
}

#[tokio::test(start_paused = true)]
async fn pipelined_mail_arrives_after_its_hop() {
    let mut talk = Talk::signed_in(Bounds::default());
    let wire = b"MAIL FROM:<ada@blue.test> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<bora@green.test>\r\n\
        RCPT TO:<bora+x@green.test>\r\nDATA\r\nSubject: a\r\n\r\n..\r\n.\r\nQUIT\r\n";
    assert_eq!(talk.codes(wire), ["250", "250", "250", "354", "250", "221"]);
    assert_eq!(talk.next, Next::Close);
    assert_eq!(talk.inbox("bora@green.test").len(), 0);
    after_the_hop().await;
    let [mail] = talk.inbox("bora@green.test").try_into().unwrap();
    let text = std::str::from_utf8(&mail).unwrap();
    assert!(
        text.starts_with("Return-Path: <ada@blue.test>\r\nReceived: from out.blue.test by mx.green.test")
    );
    assert!(text.ends_with("Subject: a\r\n\r\n.\r\n"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn only_crlf_dot_crlf_ends_a_message() {
    let ends: [&[u8]; 11] = [
        b"\n.\n",
        b"\r.\r",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\n\n.\r\n",
        b"\r\n\x00.\r\n",
        b"\r\n..\r\n",
        b"\r\r\n.\n",
        b"\n.\r",
    ];
    for end in ends {
        let mut talk = Talk::signed_in(Bounds::default());
        talk.say(b"MAIL FROM:<ada@blue.test>\r\nRCPT TO:<bora@green.test>\r\nDATA\r\n");
        let smuggled =
            [b"x", end, b"MAIL FROM:<bora@green.test>\r\nRCPT TO:<ada@blue.test>\r\n".as_slice()].concat();
        assert_eq!(talk.say(&smuggled), "", "{end:?}");
        assert_eq!(talk.codes(b"\r\n.\r\n"), ["250"]);
        after_the_hop().await;
        assert_eq!(
            (talk.inbox("bora@green.test").len(), talk.inbox("ada@blue.test").len()),
            (1, 0),
            "{end:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn r44_no_relay_outside_its_domains() {
    let mut talk = Talk::new(Bounds::default());
    assert_eq!(talk.codes(b"EHLO x\r\nMAIL FROM:<ada@blue.test>\r\n").last().unwrap(), "530");
    let mut talk = Talk::signed_in(Bounds::default());
    for (to, code) in [
        ("<a@example.org>", "550"),
        ("<nobody@blue.test>", "550"),
        ("<@relay.test:bora@green.test>", "250"),
        ("<bora%example.org@green.test>", "550"),
        ("<\"bora@green.test\"@example.org>", "550"),
        ("bora@green.test", "501"),
    ] {
        talk.say(b"RSET\r\nMAIL FROM:<ada@blue.test>\r\n");
        assert_eq!(talk.codes(format!("RCPT TO:{to}\r\n").as_bytes()), [code], "{to}");
    }
    assert_eq!(talk.codes(b"RSET\r\nMAIL FROM:<bora@green.test>\r\n").last().unwrap(), "553");
}

#[tokio::test(start_paused = true)]
async fn magic_addresses_misbehave() {
    let cases = [("451", "451"), ("550", "550"), ("552", "552"), ("harmless", "250")];
    for (tag, code) in cases {
        let mut talk = Talk::signed_in(Bounds::default());
        talk.say(b"MAIL FROM:<ada@blue.test>\r\n");
        assert_eq!(talk.codes(format!("RCPT TO:<bora+{tag}@green.test>\r\n").as_bytes()), [code]);
    }
    let mut talk = Talk::signed_in(Bounds::default());
    talk.say(b"MAIL FROM:<ada@blue.test>\r\n");
    assert_eq!(talk.say(b"RCPT TO:<bora+timeout@green.test>\r\nNOOP\r\n"), "");
    assert_eq!(talk.next, Next::Silence);
    for (tag, delivered) in [("drop", 0), ("dropsent", 1)] {
        let mut talk = Talk::signed_in(Bounds::default());
        talk.say(
            format!("MAIL FROM:<ada@blue.test>\r\nRCPT TO:<bora+{tag}@green.test>\r\nDATA\r\n").as_bytes(),
        );
        assert_eq!((talk.say(b"x\r\n.\r\n"), talk.next), (String::new(), Next::Close));
        after_the_hop().await;
        assert_eq!(talk.inbox("bora@green.test").len(), delivered, "{tag}");
    }
}

#[tokio::test(start_paused = true)]
async fn sizes_and_quotas_hold_at_their_edges() {
    let message = |size: usize| [vec![b'x'; size - 2], b"\r\n.\r\n".to_vec()].concat();
    for (size, code) in [(100, "250"), (101, "552")] {
        let mut talk = Talk::signed_in(Bounds { message_bytes: 100, ..Bounds::default() });
        talk.say(b"MAIL FROM:<ada@blue.test>\r\nRCPT TO:<bora@green.test>\r\nDATA\r\n");
        assert_eq!(talk.codes(&message(size)), [code], "{size}");
        assert_eq!(talk.codes(b"NOOP\r\n"), ["250"]);
    }
    let mut talk = Talk::signed_in(Bounds { message_bytes: 100, ..Bounds::default() });
    assert_eq!(talk.codes(b"MAIL FROM:<ada@blue.test> SIZE=101\r\n"), ["552"]);
    // A line without end costs no more than its bound.
    talk.say(b"MAIL FROM:<ada@blue.test>\r\nRCPT TO:<bora@green.test>\r\nDATA\r\n");
    for _ in 0..50 {
        talk.say(&[b'x'; 90]);
    }
    assert!(talk.session.input.len() <= 200);
    assert_eq!(talk.codes(b"\r\n.\r\n"), ["552"]);

    let mut talk = Talk::signed_in(Bounds { quota_bytes: 600, ..Bounds::default() });
    let bora = talk.world.account("bora@green.test").unwrap().clone();
    talk.world.deliver(&bora, "INBOX", Flags::default(), Bytes::from(vec![b'x'; 300])).unwrap();
    let envelope = b"MAIL FROM:<ada@blue.test>\r\nRCPT TO:<bora@green.test>\r\nDATA\r\n";
    talk.say(envelope);
    assert_eq!(talk.codes(b"small\r\n.\r\n"), ["250"]);
    talk.say(envelope);
    assert_eq!(talk.codes(b"no room left beside the one on its way\r\n.\r\n"), ["552"]);
    after_the_hop().await;
    assert_eq!(talk.inbox("bora@green.test").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn odd_commands_get_words_and_guessing_ends() {
    let mut talk = Talk::new(Bounds { failed_logins: 2, line_bytes: 100, ..Bounds::default() });
    let odd =
        b"FOO\r\nMAIL\r\nRCPT TO:<x>\r\nDATA\r\nHELO\r\nEHLO a b\r\nAUTH\r\nAUTH CRAM-MD5\r\nQUIT now\r\n";
    let codes: Vec<String> = talk.codes(odd).into_iter().filter(|c| c != "250").collect();
    assert_eq!(codes, ["500", "501", "501", "503", "501", "501", "504", "501"]);
    assert_eq!(
        talk.codes(b"AUTH LOGIN\r\n*\r\nAUTH LOGIN\r\n!\r\nAUTH LOGIN\r\n"),
        ["334", "501", "334", "501", "334"]
    );
    assert_eq!(talk.codes(b"YWRh\r\nYWRh\r\n"), ["334", "535"]);
    assert_eq!(talk.codes(b"AUTH PLAIN AGFkYQBhZGE=\r\n"), ["535", "421"]);
    assert_eq!(talk.next, Next::Close);
    let mut talk = Talk::new(Bounds { line_bytes: 100, ..Bounds::default() });
    assert_eq!(talk.codes(&[b'x'; 101]), ["500"]);
    assert_eq!(talk.next, Next::Close);
}

#[test]
fn a_server_that_takes_mail_from_others_does_so_for_its_own_accounts_alone() {
    let mut account = Options::default().accounts;
    account.truncate(1);
    let world = Arc::new(World::new(account, Bounds::default(), Clock::Fixed(1_790_000_000)));
    let shelf = transit::Transit::shelf(1);
    let talk = |role, lines: &str| {
        let mut session = Session::new(world.clone(), shelf.clone(), role);
        session.input(lines.as_bytes());
        session.advance();
        String::from_utf8(session.output()).unwrap()
    };
    let letter =
        "MAIL FROM:<bora@green.test>\r\nRCPT TO:<ada@blue.test>\r\nDATA\r\nSubject: x\r\n\r\ny\r\n.\r\n";
    let ehlo = "EHLO out.green.test\r\n";
    let said = talk(Role::Exchange, &format!("{ehlo}{letter}{letter}"));
    assert!(!said.contains("AUTH") && said.contains("250 2.0.0 Accepted"), "{said}");
    assert!(said.ends_with("452 4.3.1 Too much mail on its way, try again later\r\n"), "{said}");
    let parcel = shelf.take().remove(0);
    assert_eq!((parcel.from.as_str(), parcel.to.as_str()), ("bora@green.test", "ada@blue.test"));
    parcel.deliver(&world);
    assert_eq!(world.accounts()[0].with(|s| s.folder("INBOX").unwrap().messages.len()), 1);
    let relayed = talk(Role::Exchange, &format!("{ehlo}MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n"));
    assert!(relayed.contains("550 5.7.1"), "no open relay: {relayed}");
    assert!(talk(Role::Submission, &format!("{ehlo}{letter}")).contains("530 5.7.0 Sign in first"));
}
