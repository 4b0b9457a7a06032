//! R14: whatever a person types, the server reads exactly one command with exactly that text, or nothing is sent.
use crate::config::limits::Limits;
use crate::imap::command::{Command, Find};
use crate::imap::{Engine, Event, Greeting, Options, utf7};
use crate::secret::Secret;
use imap_codec::CommandCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::mailbox::Mailbox;
use imap_codec::imap_types::search::SearchKey;
use proptest::prelude::*;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::message::Flags;
use pyeonji_shared::query::{PlainTerm, Query, Term};
use std::sync::Arc;
use std::time::Instant;

/// All the bytes that one command puts on the wire, the server agreeing to every literal; `None` when it was refused.
fn wire(command: Command, extra: &str) -> Option<Vec<u8>> {
    let now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure: true }, now);
    let capabilities = format!("IMAP4rev1 AUTH=PLAIN SASL-IR MOVE UIDPLUS {extra}");
    engine.handle_input(format!("* OK [CAPABILITY {capabilities}] hi\r\n").as_bytes(), now);
    let credentials = matches!(command, Command::Login { .. } | Command::AuthenticatePlain { .. });
    if !credentials {
        engine.submit(Command::Login { user: "u".into(), password: Secret::new("p".into()) }, now);
        while engine.poll_transmit().is_some() {}
        engine.handle_input(format!("P1 OK [CAPABILITY {capabilities}] in\r\n").as_bytes(), now);
    }
    while engine.poll_event().is_some() {}
    let id = engine.submit(command, now);
    let mut out = Vec::new();
    for _ in 0..16 {
        while let Some(bytes) = engine.poll_transmit() {
            out.extend_from_slice(&bytes);
        }
        if let Some((_, wanted)) = engine.wants_literal() {
            engine.feed_literal(id, vec![b'\n'; wanted as usize].into(), now).unwrap();
        } else if !matches!(engine.poll_event(), Some(Event::Done { result: Err(_), .. })) {
            engine.handle_input(b"+ go\r\n", now);
        } else {
            assert!(out.is_empty(), "refused after something was sent");
            return None;
        }
    }
    Some(out)
}

/// The one command in `bytes`.
fn body(bytes: &[u8]) -> CommandBody<'_> {
    let (rest, command) =
        CommandCodec::default().decode(bytes).unwrap_or_else(|e| panic!("{e:?}: {:?}", lossy(bytes)));
    assert!(rest.is_empty(), "more than one command: {:?}", lossy(bytes));
    command.body
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn name(mailbox: &Mailbox) -> String {
    match mailbox {
        Mailbox::Inbox => "INBOX".into(),
        Mailbox::Other(other) => utf7::decode(std::str::from_utf8(other.inner().as_ref()).unwrap()).unwrap(),
    }
}

/// Any text, with what could break out of a string more likely than usual.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,12}",
        2 => prop::sample::select(vec![
            "\r\n", "\n", "\0", "\"", "\\", "{5}\r\n", "{5+}", " P9 LOGOUT\r\n", ")", "(", "*", "%", "&", "NIL", "\u{feff}", "[", "\u{85}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z]{900,1200}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn literals() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "LITERAL+", "LITERAL-"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn credentials(user in hostile(), password in hostile(), extra in literals()) {
        let command = Command::Login { user: user.clone(), password: Secret::new(password.clone()) };
        match wire(command, extra) {
            None => prop_assert!(user.contains('\0') || password.contains('\0')),
            Some(bytes) => {
                let CommandBody::Login { username, password: sent } = body(&bytes) else { panic!() };
                prop_assert_eq!(username.as_ref(), user.as_bytes());
                prop_assert_eq!(sent.declassify().as_ref(), password.as_bytes());
            }
        }
        let plain = Command::AuthenticatePlain { user: user.clone(), password: Secret::new(password.clone()) };
        match wire(plain, extra) {
            None => prop_assert!(user.contains('\0') || password.contains('\0')),
            Some(bytes) => {
                let CommandBody::Authenticate { initial_response: Some(sent), .. } = body(&bytes) else { panic!() };
                let wanted = format!("\0{user}\0{password}");
                prop_assert_eq!(sent.declassify().as_ref(), wanted.as_bytes());
            }
        }
    }

    #[test]
    fn folders(text in hostile(), extra in literals()) {
        let folder = FolderName(text.clone());
        let uids = vec![Uid(3), Uid(1), Uid(2)];
        let commands = [
            Command::Select { folder: folder.clone(), condstore: false, examine: false },
            Command::Create { folder: folder.clone() },
            Command::Status { folder: folder.clone() },
            Command::Copy { uids: uids.clone(), to: folder.clone() },
            Command::Move { uids, to: folder.clone() },
            Command::Append { folder, flags: Flags::SEEN, keywords: vec![text.clone()], date: Some(0), size: 7 },
        ];
        for command in commands {
            let Some(bytes) = wire(command, extra) else {
                let unsendable = text.trim_start_matches('\u{feff}').is_empty() || text.chars().any(char::is_control);
                prop_assert!(unsendable);
                continue;
            };
            let mailbox = match body(&bytes) {
                CommandBody::Select { mailbox, .. }
                | CommandBody::Create { mailbox }
                | CommandBody::Status { mailbox, .. }
                | CommandBody::Copy { mailbox, .. }
                | CommandBody::Move { mailbox, .. }
                | CommandBody::Append { mailbox, .. } => mailbox,
                other => panic!("{other:?}"),
            };
            if let Some(verbatim) = text.strip_prefix('\u{feff}') {
                let sent = match &mailbox { Mailbox::Inbox => b"INBOX".to_vec(), Mailbox::Other(o) => o.inner().as_ref().to_vec() };
                prop_assert!(sent.eq_ignore_ascii_case(verbatim.as_bytes()));
            } else if !text.eq_ignore_ascii_case("inbox") {
                prop_assert_eq!(name(&mailbox), text.clone());
            }
        }
    }

    #[test]
    fn appended_messages(words in prop::collection::vec(hostile(), 0..4), date in any::<i64>(), extra in literals()) {
        let keywords = [words.clone(), vec!["$Fine".into()]].concat();
        let append = Command::Append {
            folder: FolderName("S".into()), flags: Flags::SEEN, keywords, date: Some(date), size: 7,
        };
        let bytes = wire(append, extra).unwrap();
        let CommandBody::Append { flags, date: Some(_), .. } = body(&bytes) else { panic!() };
        let sent: Vec<String> = flags.iter().map(ToString::to_string).collect();
        prop_assert_eq!((sent.first().map(String::as_str), sent.last().map(String::as_str)), (Some("\\Seen"), Some("$Fine")));
        let atoms = sent.iter().skip(1).filter(|word| **word != "$Fine").all(|word| words.contains(word));
        prop_assert!(atoms, "{sent:?}");
    }

    #[test]
    fn search_words(text in hostile(), extra in literals()) {
        let terms = vec![Term::Text(text.clone()), Term::Not(PlainTerm::From(text.clone()))];
        let Some(bytes) = wire(Command::Search { what: Find::Query(Query { terms }) }, extra) else {
            prop_assert!(text.contains('\0'));
            return Ok(());
        };
        let CommandBody::Search { criteria, uid: true, .. } = body(&bytes) else { panic!() };
        let keys: &[SearchKey] = criteria.as_ref();
        let [SearchKey::Text(first), SearchKey::Not(second)] = keys else { panic!("{keys:?}") };
        let SearchKey::From(second) = second.as_ref() else { panic!() };
        prop_assert_eq!(first.as_ref(), text.as_bytes());
        prop_assert_eq!(second.as_ref(), text.as_bytes());
    }

    #[test]
    fn tags(text in prop_oneof![hostile(), "[a-z$]{1,9}"], not in any::<bool>()) {
        let term = if not { Term::Not(PlainTerm::Tag(text.clone())) } else { Term::Tag(text.clone()) };
        let Some(bytes) = wire(Command::Search { what: Find::Query(Query { terms: vec![term] }) }, "") else {
            prop_assert!(!text.bytes().all(|b| b.is_ascii_lowercase() || b == b'$') || text.is_empty() || text.len() > 128);
            return Ok(());
        };
        let CommandBody::Search { criteria, uid: true, .. } = body(&bytes) else { panic!() };
        let keys: &[SearchKey] = criteria.as_ref();
        match keys {
            [SearchKey::Keyword(word)] if !not => prop_assert_eq!(word.as_ref(), text.as_str()),
            [SearchKey::Unkeyword(word)] if not => prop_assert_eq!(word.as_ref(), text.as_str()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sections_and_flags(section in hostile(), bits in any::<u16>()) {
        let partial = Command::FetchPartial { uid: Uid(1), section: section.clone(), offset: 0, len: 10 };
        if let Some(bytes) = wire(partial, "") {
            prop_assert!(section.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'));
            prop_assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), 1);
        }
        if let Some(bytes) = wire(Command::Store { uids: vec![Uid(1)], add: Flags(bits), remove: Flags(0) }, "") {
            let CommandBody::Store { flags, uid: true, .. } = body(&bytes) else { panic!() };
            prop_assert_eq!(flags.len() as u32, (bits & 0xff).count_ones());
        }
    }
}
