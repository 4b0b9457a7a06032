//! Scripted conversations in simulated time.
use super::*;
use crate::config::limits::Limits;
use crate::imap::command::{Find, Items, SectionRequest};
use crate::imap::event::{Body, Code, Data};
use crate::secret::Secret;
use pyeonji_shared::ids::{FolderName, Seq, Uid, UidValidity};
use pyeonji_shared::message::Flags;
use pyeonji_shared::query::Query;

const CAPS: &str = "IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+ IDLE ENABLE CONDSTORE UIDPLUS MOVE ESEARCH LIST-EXTENDED LIST-STATUS SPECIAL-USE NAMESPACE ID UNSELECT";

pub(super) struct Play {
    pub engine: Engine,
    pub now: Instant,
    pub events: Vec<Event>,
}

impl Play {
    fn new() -> Self {
        let now = Instant::now();
        let options =
            Options { limits: Arc::new(Limits::default()), greeting: Greeting::Expected, secure: true };
        Self { engine: Engine::new(options, now), now, events: Vec::new() }
    }

    /// Signed in, with these capabilities.
    fn signed_in(caps: &str) -> Self {
        let mut play = Self::new();
        play.server(&format!("* OK [CAPABILITY {caps}] hi\r\n"));
        play.submit(Command::SignIn { user: "ada".into(), password: Secret::new("pw".into()) });
        play.client();
        play.server(&format!("P1 OK [CAPABILITY {caps}] in\r\n"));
        assert!(matches!(play.events.last(), Some(Event::Done { result: Ok(_), .. })), "{:?}", play.events);
        play.events.clear();
        play
    }

    fn server(&mut self, text: &str) {
        self.engine.handle_input(text.as_bytes(), self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            self.events.push(event);
        }
    }

    fn submit(&mut self, command: Command) -> CommandId {
        let id = self.engine.submit(command, self.now);
        self.drain();
        id
    }

    /// Everything the client writes now.
    fn client(&mut self) -> String {
        let mut out = Vec::new();
        while let Some(bytes) = self.engine.poll_transmit() {
            out.extend_from_slice(&bytes);
        }
        String::from_utf8(out).unwrap()
    }

    /// Jumps to the next timer.
    fn tick(&mut self) -> Duration {
        let at = self.engine.poll_timeout().expect("a timer");
        let waited = at.saturating_duration_since(self.now);
        self.now = at.max(self.now);
        self.engine.handle_timeout(self.now);
        self.drain();
        waited
    }

    fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn failure(&self) -> Option<&EngineError> {
        self.events.iter().find_map(|e| if let Event::Failed(error) = e { Some(error) } else { None })
    }
}

#[test]
fn sign_in_uses_the_initial_response_and_its_capabilities() {
    let mut play = Play::new();
    play.submit(Command::SignIn { user: "ada".into(), password: Secret::new("pw".into()) });
    assert_eq!(play.client(), "");
    play.server("* OK hello\r\n");
    assert_eq!(play.client(), "P1 CAPABILITY\r\n");
    play.server("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nP1 OK\r\n");
    assert_eq!(play.client(), "P2 AUTHENTICATE PLAIN AGFkYQBwdw==\r\n");
    play.submit(Command::List { with_status: true });
    assert_eq!(play.client(), "");
    play.server("P2 OK in\r\n");
    // Nothing was said of the capabilities after sign-in, so they are asked for.
    assert_eq!(play.client(), "P3 CAPABILITY\r\n");
    play.server(&format!("* CAPABILITY {CAPS}\r\nP3 OK\r\n"));
    let list =
        "P4 LIST \"\" \"*\" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY))\r\n";
    assert_eq!(play.client(), list);
}

#[test]
fn without_sasl_ir_the_response_waits_for_the_server() {
    let mut play = Play::new();
    play.server("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n");
    play.submit(Command::SignIn { user: "ada".into(), password: Secret::new("pw".into()) });
    assert_eq!(play.client(), "P1 AUTHENTICATE PLAIN\r\n");
    play.server("+ \r\n");
    assert_eq!(play.client(), "AGFkYQBwdw==\r\n");
    play.server("P1 NO [AUTHENTICATIONFAILED] no\r\n");
    let failed = Event::Done {
        id: CommandId(1),
        result: Err(CommandError::No { code: Some(Code::AuthenticationFailed), text: "no".into() }),
    };
    assert_eq!(play.events.last(), Some(&failed));
}

#[test]
fn r16_no_credential_where_login_is_disabled_or_preauth() {
    let mut play = Play::new();
    play.server("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n");
    play.submit(Command::SignIn { user: "ada".into(), password: Secret::new("pw".into()) });
    assert_eq!(play.client(), "");
    let refused = Event::Done { id: CommandId(1), result: Err(Refusal::LoginDisabled.into()) };
    assert_eq!(play.events.last(), Some(&refused));

    let mut play = Play::new();
    play.submit(Command::SignIn { user: "ada".into(), password: Secret::new("pw".into()) });
    play.server("* PREAUTH [CAPABILITY IMAP4rev1] welcome back\r\n");
    assert_eq!(play.client(), "");
    assert_eq!(play.failure(), Some(&EngineError::PreAuth));
}

#[test]
fn a_burst_is_one_write_and_answers_may_come_out_of_order() {
    let mut play = Play::signed_in(CAPS);
    let list = play.submit(Command::List { with_status: false });
    let select =
        play.submit(Command::Select { folder: FolderName::inbox(), condstore: true, examine: false });
    let window = play.submit(Command::FetchWindow { from: Seq(1), to: None, items: Items::Flags });
    // LIST went at submission; the two others were joined.
    assert_eq!(
        play.client(),
        "P2 LIST \"\" \"*\" RETURN (SUBSCRIBED SPECIAL-USE)\r\nP3 SELECT \"INBOX\" (CONDSTORE)\r\nP4 FETCH 1:* (UID FLAGS MODSEQ)\r\n"
    );
    play.server(
        "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 9] n\r\n* OK [HIGHESTMODSEQ 55] h\r\n",
    );
    play.server("* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] p\r\nP3 OK [READ-WRITE] done\r\n");
    play.server("* LIST (\\HasNoChildren \\Sent) \"/\" &vPSwuNO4ycDVaA-\r\nP2 OK\r\n* 1 FETCH (UID 4 FLAGS (\\Seen $Junk x) MODSEQ (9))\r\nP4 OK\r\n");
    let done: Vec<CommandId> = play
        .events
        .iter()
        .filter_map(|e| if let Event::Done { id, .. } = e { Some(*id) } else { None })
        .collect();
    assert_eq!(done, [select, list, window]);
    let Some(Event::Done { result: Ok(Completion { reply: Reply::Selected(selected), .. }), .. }) =
        play.events.first()
    else {
        panic!("{:?}", play.events)
    };
    assert_eq!((selected.exists, selected.validity, selected.highest_modseq.0), (3, UidValidity(7), 55));
    assert!(selected.writable && selected.new_keywords);
    let listed =
        play.events.iter().find_map(|e| if let Event::Data(Data::List(l)) = e { Some(l) } else { None });
    assert_eq!(listed.unwrap().folder.0, "보낸편지함");
    let fetch =
        play.events.iter().find_map(|e| if let Event::Data(Data::Fetch(f)) = e { Some(f) } else { None });
    let flags = fetch.unwrap().flags.clone().unwrap();
    assert_eq!((flags.flags, flags.keywords), (Flags::SEEN.with(Flags::JUNK), vec!["x".to_owned()]));
}

#[test]
fn idle_ends_with_the_next_command_in_one_write_and_is_renewed() {
    let mut play = Play::signed_in(CAPS);
    play.engine.set_idle(true, play.now);
    play.tick();
    assert_eq!(play.client(), "P2 IDLE\r\n");
    play.server("+ idling\r\n* 4 EXISTS\r\n");
    assert_eq!(play.take(), [Event::Data(Data::Exists(4))]);
    assert_eq!(play.tick(), Duration::from_secs(28 * 60));
    assert_eq!(play.client(), "DONE\r\n");
    play.server("P2 OK\r\n");
    play.tick();
    assert_eq!(play.client(), "P3 IDLE\r\n");
    play.server("+ idling\r\n");
    play.submit(Command::Noop);
    assert_eq!(play.engine.poll_transmit().as_deref(), Some(&b"DONE\r\nP4 NOOP\r\n"[..]));
    play.server("P3 OK\r\nP4 OK\r\n");
    play.tick();
    assert_eq!(play.client(), "P5 IDLE\r\n");
    assert_eq!(play.failure(), None);
}

#[test]
fn where_there_is_no_idle_noop_is_sent_now_and_then() {
    let mut play = Play::signed_in("IMAP4rev1 AUTH=PLAIN SASL-IR");
    play.engine.set_idle(true, play.now);
    for tag in 2..5 {
        assert_eq!(play.tick(), Duration::from_secs(60));
        assert_eq!(play.client(), format!("P{tag} NOOP\r\n"));
        play.server(&format!("* 5 EXISTS\r\nP{tag} OK\r\n"));
    }
    // A refused IDLE is the same as none.
    let mut play = Play::signed_in(CAPS);
    play.engine.set_idle(true, play.now);
    play.tick();
    play.client();
    play.server("P2 NO not today\r\n");
    assert_eq!(play.tick(), Duration::from_secs(60));
    assert_eq!(play.client(), "P3 NOOP\r\n");
}

#[test]
fn append_with_a_synchronising_literal_waits_and_may_be_refused() {
    let mut play = Play::signed_in("IMAP4rev1 AUTH=PLAIN SASL-IR");
    let append = |size| Command::Append {
        folder: FolderName("Sent".into()),
        flags: Flags::SEEN,
        keywords: Vec::new(),
        date: Some(0),
        size,
    };
    let id = play.submit(append(5));
    assert_eq!(play.client(), "P2 APPEND \"Sent\" (\\Seen) \" 1-Jan-1970 00:00:00 +0000\" {5}\r\n");
    assert_eq!(play.engine.wants_literal(), None);
    play.server("+ go\r\n");
    assert_eq!(play.engine.wants_literal(), Some((id, 5)));
    let now = play.now;
    assert!(play.engine.feed_literal(id, Bytes::from_static(b"abcdef"), now).is_err());
    play.engine.feed_literal(id, Bytes::from_static(b"abc"), now).unwrap();
    play.engine.feed_literal(id, Bytes::from_static(b"de"), now).unwrap();
    assert_eq!(play.client(), "abcde\r\n");
    play.server("P2 OK [APPENDUID 7 12] done\r\n");
    let Some(Event::Done { result: Ok(done), .. }) = play.events.last() else { panic!() };
    assert_eq!(done.code, Some(Code::AppendUid { validity: UidValidity(7), uid: Uid(12) }));

    let id = play.submit(append(5_000_000));
    play.client();
    play.server("P3 NO [OVERQUOTA] full\r\n");
    assert!(
        matches!(&play.events.last(), Some(Event::Done { id: i, result: Err(CommandError::No { code: Some(Code::OverQuota), .. }) }) if *i == id)
    );
    play.submit(Command::Noop);
    assert_eq!(play.client(), "P4 NOOP\r\n");
}

#[test]
fn literal_plus_sends_at_once_and_a_refusal_keeps_the_link() {
    let mut play = Play::signed_in(CAPS);
    let id = play.submit(Command::Append {
        folder: FolderName("S".into()),
        flags: Flags(0),
        keywords: Vec::new(),
        date: None,
        size: 6,
    });
    assert_eq!(play.client(), "P2 APPEND \"S\" {6+}\r\n");
    play.engine.feed_literal(id, Bytes::from_static(b"ab"), play.now).unwrap();
    assert_eq!(play.client(), "ab");
    play.server("P2 NO [TRYCREATE] none\r\n");
    play.submit(Command::Noop);
    assert_eq!(play.client(), "    \r\nP3 NOOP\r\n");
}

#[test]
fn a_large_body_is_streamed_and_a_small_one_is_not() {
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::FetchBody {
        uid: Uid(9),
        items: Items::Uid,
        sections: vec![SectionRequest::all("HEADER"), SectionRequest::all("1")],
    });
    assert_eq!(play.client(), "P2 UID FETCH 9 (UID BODY.PEEK[HEADER] BODY.PEEK[1])\r\n");
    let big = "x".repeat(200_000);
    play.server(&format!(
        "* 3 FETCH (UID 9 BODY[HEADER] {{4}}\r\nA: b BODY[1] {{{}}}\r\n{big} MODSEQ (4))\r\nP2 OK\r\n",
        big.len()
    ));
    let streamed: usize = play
        .events
        .iter()
        .map(|e| if let Event::BodyChunk { bytes, .. } = e { bytes.len() } else { 0 })
        .sum();
    assert_eq!(streamed, big.len());
    let fetch = play
        .events
        .iter()
        .find_map(|e| if let Event::Data(Data::Fetch(f)) = e { Some(f) } else { None })
        .unwrap();
    assert_eq!(fetch.sections[0].body, Some(Body::Inline(Bytes::from_static(b"A: b"))));
    assert_eq!(fetch.sections[1].body, Some(Body::Streamed { stream: 1, len: 200_000 }));
    assert_eq!(fetch.modseq.map(|m| m.0), Some(4));
    assert!(!fetch.broken);
}

#[test]
fn r31_one_unreadable_message_is_a_stub_and_the_folder_lives() {
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::FetchWindow { from: Seq(1), to: Some(Seq(5)), items: Items::Row });
    play.client();
    let deep = format!("{}{}", "(".repeat(60), ")".repeat(60));
    play.server(&format!("* 1 FETCH (UID 11 FLAGS () BODYSTRUCTURE {deep} RFC822.SIZE 7)\r\n"));
    play.server(
        "* 2 FETCH (UID 12 BODYSTRUCTURE (NIL \"MIXED\") X-NEW (1 (2 \"a)\" {2}\r\n)( )) RFC822.SIZE 8)\r\n",
    );
    play.server("* 3 FETCH (ENVELOPE ((((\"broken UID 5\" UID 13 FLAGS ()\r\n");
    play.server(&format!("* 4 FETCH (UID 14 ENVELOPE (\"{}\" NIL))\r\n", "x".repeat(3 << 20)));
    play.server("* 5 FETCH (UID 15 FLAGS ())\r\nP2 OK\r\n");
    let rows: Vec<(u32, bool)> = play
        .events
        .iter()
        .filter_map(|e| if let Event::Data(Data::Fetch(f)) = e { Some((f.uid?.0, f.broken)) } else { None })
        .collect();
    assert_eq!(rows, [(11, true), (12, false), (13, true), (14, true), (15, false)]);
    assert!(matches!(play.events.last(), Some(Event::Done { result: Ok(_), .. })));
}

#[test]
fn searches_do_not_overlap_without_tags_and_hits_are_newest_first() {
    let mut play = Play::signed_in("IMAP4rev1 AUTH=PLAIN SASL-IR");
    let find = |text: &str| Command::Search { what: Find::Query(Query::parse(text).unwrap()) };
    play.submit(find("a"));
    play.submit(find("회의"));
    assert_eq!(play.client(), "P2 UID SEARCH TEXT \"a\"\r\n");
    play.server("* SEARCH 3 9 4 9\r\nP2 OK\r\n");
    let Some(Event::Done { result: Ok(Completion { reply: Reply::Found(found), .. }), .. }) =
        play.take().pop()
    else {
        panic!()
    };
    assert_eq!((found.uids, found.total), (vec![Uid(9), Uid(4), Uid(3)], 3));
    assert_eq!(play.client(), "P3 UID SEARCH CHARSET UTF-8 TEXT {6}\r\n");
    play.server("+\r\n");
    assert_eq!(play.client(), "회의\r\n");

    let mut play = Play::signed_in(CAPS);
    let first = play.submit(find("a"));
    play.submit(find("b"));
    assert_eq!(play.client().lines().count(), 2);
    play.server(
        "* ESEARCH (TAG \"P3\") UID ALL 1:3\r\n* ESEARCH (TAG \"P2\") UID ALL 70000:99999,5\r\nP2 OK\r\n",
    );
    let Some(Event::Done { id, result: Ok(Completion { reply: Reply::Found(found), .. }) }) =
        play.take().pop()
    else {
        panic!()
    };
    assert_eq!((id, found.total, found.uids.len(), found.uids[0]), (first, 30_001, 20_000, Uid(99_999)));
}

#[test]
fn one_command_of_many_uids_is_several_lines_and_one_answer() {
    let mut play = Play::signed_in(CAPS);
    let uids: Vec<Uid> = (1..5_000).map(|n| Uid(n * 7)).collect();
    let id = play.submit(Command::Move { uids, to: FolderName("Trash".into()) });
    let lines = play.client();
    assert!(lines.lines().count() > 3 && lines.lines().all(|l| l.len() < 8_192));
    let tags: Vec<String> = lines.lines().map(|l| l.split(' ').next().unwrap().to_owned()).collect();
    for (n, tag) in tags.iter().enumerate() {
        assert!(play.events.is_empty());
        play.server(&format!("{tag} OK [COPYUID 3 {} {}] moved\r\n", n * 7 + 7, n + 100));
    }
    let Some(Event::Done { id: done, result: Ok(done_of) }) = play.take().pop() else { panic!() };
    assert_eq!(done, id);
    assert_eq!(done_of.code.unwrap().copied(2), [(Uid(7), Uid(100)), (Uid(14), Uid(101))]);
}

#[test]
fn r33_time_ends_what_the_server_does_not() {
    let mut play = Play::new();
    assert_eq!(play.tick(), Duration::from_secs(15));
    assert_eq!(play.failure(), Some(&EngineError::GreetingTimeout));

    // One byte a second is no progress.
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::Noop);
    for _ in 0..60 {
        play.now += Duration::from_secs(1);
        play.server("*");
        play.engine.handle_timeout(play.now);
    }
    play.drain();
    assert_eq!(play.failure(), Some(&EngineError::CommandTimeout));

    // Keep-alives help for ten times as long, not for ever.
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::Noop);
    let start = play.now;
    while play.failure().is_none() {
        play.now += Duration::from_secs(50);
        play.server("* OK still here\r\n");
        play.engine.handle_timeout(play.now);
        play.drain();
    }
    assert!(play.now - start <= Duration::from_secs(650), "{:?}", play.now - start);
}

#[test]
fn r33_memory_stays_flat_whatever_is_declared_or_sent() {
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::FetchPartial { uid: Uid(1), section: "1".into(), offset: 0, len: 262_144 });
    play.server("* 1 FETCH (UID 1 BODY[1]<0> {4294967296}\r\n");
    assert_eq!(play.failure(), Some(&EngineError::LiteralTooLong));
    assert!(play.engine.memory() < 4_096);

    let mut play = Play::signed_in(CAPS);
    play.submit(Command::FetchPartial { uid: Uid(1), section: "1".into(), offset: 0, len: 2_000_000 });
    play.server("* 1 FETCH (UID 1 BODY[1]<0> {1000000}\r\n");
    for _ in 0..100 {
        play.server(&"x".repeat(5_000));
        assert!(play.engine.memory() < 64 << 10);
    }
    play.engine.handle_eof(play.now);
    play.drain();
    assert_eq!(play.failure(), Some(&EngineError::ClosedInside));

    for endless in ["* 1 EXISTS\r\n", "* LIST () \"/\" x", "* 1 FETCH (X (", "* SEARCH 1 2 3 4 5 6 7", "x"] {
        let mut play = Play::signed_in(CAPS);
        play.submit(Command::Noop);
        let (block, mut sent) = (endless.repeat(4_096 / endless.len()), 0usize);
        while play.failure().is_none() {
            play.server(&block);
            play.events.retain(|e| !matches!(e, Event::Data(_)));
            sent += block.len();
            assert!(play.engine.memory() <= 5 << 20 && sent < 64 << 20, "{endless}");
        }
    }

    let mut play = Play::new();
    play.server("* OK hi\r\n");
    while play.failure().is_none() {
        play.server("* OK more\r\n");
    }
    assert_eq!(play.failure(), Some(&EngineError::PreAuthFlood));
}

/// What no section asked for may be of any size up to a bound: one message becomes a stub, and the folder lives.
#[test]
fn r31_a_giant_subject_costs_its_own_row_only() {
    const LIMIT: usize = 2 << 20;
    for (size, broken) in [(LIMIT, false), (LIMIT + 1, true), (16 * LIMIT - 1_000, true)] {
        let mut play = Play::signed_in(CAPS);
        play.submit(Command::FetchWindow { from: Seq(1), to: None, items: Items::Row });
        play.server(&format!("* 1 FETCH (UID 7 FLAGS () ENVELOPE (NIL {{{size}}}\r\n"));
        let block = "x)\r\n{9}\r\n".repeat(400);
        for at in (0..size).step_by(block.len()) {
            play.server(&block[..block.len().min(size - at)]);
            assert!(play.engine.memory() < 128 << 10);
        }
        let nothing = "NIL ".repeat(8);
        play.server(&format!(" {nothing}) BODYSTRUCTURE {{3}}\r\n)\r\n)\r\n* 2 FETCH (UID 8)\r\nP2 OK\r\n"));
        let events = play.take();
        let rows: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::Data(Data::Fetch(fetch)) => Some((fetch.uid, fetch.broken)),
                _ => None,
            })
            .collect();
        assert_eq!(rows.last(), Some(&(Some(Uid(8)), false)), "{size}: {events:?}");
        assert_eq!(rows.first().map(|row| row.0), Some(Some(Uid(7))), "{size}");
        assert!(!broken || rows[0].1, "{size}");
        assert_eq!(play.failure(), None);
    }
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::FetchWindow { from: Seq(1), to: None, items: Items::Row });
    play.server(&format!("* 1 FETCH (UID 7 ENVELOPE (NIL {{{}}}\r\n", 16 * LIMIT + 1));
    assert_eq!(play.failure(), Some(&EngineError::LiteralTooLong));
}

#[test]
fn a_resting_link_keeps_nothing_of_the_last_burst() {
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::Noop);
    play.server(&format!("{}P2 OK\r\n", "* 3 FETCH (UID 5 FLAGS (\\Seen))\r\n".repeat(20_000)));
    play.take();
    assert_eq!(play.engine.memory(), 0);
    assert_eq!((play.engine.events.capacity(), play.engine.jobs.capacity()), (0, 0));
}

#[test]
fn a_move_tells_its_uids_beside_the_answer() {
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::Move { uids: vec![Uid(4)], to: FolderName("T".into()) });
    play.server("* OK [COPYUID 3 4 9] Moved\r\n* 2 EXPUNGE\r\nP2 OK done\r\n");
    let Some(Event::Done { result: Ok(done), .. }) = play.take().pop() else { panic!() };
    assert_eq!(done.code.unwrap().copied(9), [(Uid(4), Uid(9))]);
}

#[test]
fn bye_and_close_answer_every_command() {
    let mut play = Play::signed_in(CAPS);
    play.submit(Command::Noop);
    play.submit(Command::Select { folder: FolderName::inbox(), condstore: false, examine: false });
    play.submit(Command::Select { folder: FolderName("x".into()), condstore: false, examine: false });
    play.server("* BYE overloaded\r\n");
    let done = play.events.iter().filter(|e| matches!(e, Event::Done { result: Err(_), .. })).count();
    assert_eq!(done, 3);
    assert_eq!(play.events.last(), Some(&Event::Failed(EngineError::Bye("overloaded".into()))));
    let late = play.submit(Command::Noop);
    assert_eq!(
        play.take().pop(),
        Some(Event::Done {
            id: late,
            result: Err(CommandError::Lost(EngineError::Bye("overloaded".into())))
        })
    );

    let mut play = Play::signed_in(CAPS);
    play.submit(Command::Logout);
    play.server("* BYE bye\r\nP2 OK\r\n");
    assert!(play.engine.is_over() && play.failure().is_none());
}
