//! R14: whatever a person types, the server reads exactly the commands that were meant with exactly that text, or nothing is
//! sent.
use crate::config::limits::Limits;
use crate::pop3::{Command, Engine, Event, Greeting, Options, Proof};
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Instant;

/// The lines of one sign-in, the server agreeing to everything; `None` when it was refused.
fn wire(user: &str, password: &str, capa: &str, secure: bool) -> Option<Vec<String>> {
    let now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure }, now);
    engine.handle_input(b"+OK <1.2@a.b>\r\n", now);
    let proof = Proof::Password(Secret::new(password.into()));
    engine.submit(Command::SignIn { user: user.into(), proof }, now);
    assert_eq!(engine.poll_transmit().as_deref().map(Vec::as_slice), Some(&b"CAPA\r\n"[..]));
    let mut answer = format!("+OK\r\n{capa}.\r\n");
    let mut lines = Vec::new();
    loop {
        engine.handle_input(answer.as_bytes(), now);
        let Some(bytes) = engine.poll_transmit() else { break };
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let line = text.strip_suffix("\r\n").expect("a whole line");
        assert!(!line.contains(['\r', '\n', '\0']), "more than one line: {text:?}");
        answer = if line == "AUTH PLAIN" { "+ \r\n".into() } else { "+OK\r\n".into() };
        lines.push(line.to_owned());
    }
    let ended = std::iter::from_fn(|| engine.poll_event()).find_map(|event| match event {
        Event::Done { result, .. } => Some(result),
        _ => None,
    });
    match ended.expect("an end") {
        Ok(_) => Some(lines),
        Err(error) => {
            assert!(lines.is_empty(), "refused after something was sent: {error}");
            None
        }
    }
}

/// Any text, with what could break out of a line more likely than usual.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,12}",
        2 => prop::sample::select(vec![
            "\r\n", "\n", "\r", "\0", " ", "\r\nDELE 1\r\n", "QUIT", ".", "+", "\u{85}", "\u{2028}", "\u{feff}", "\t",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z]{200,600}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn sendable(text: &str) -> bool {
    !text.is_empty() && text.len() <= 1_024 && !text.contains(['\r', '\n', '\0'])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn credentials(user in hostile(), password in hostile()) {
        let fit = sendable(&user) && sendable(&password);
        for (capa, secure) in [("USER\r\n", true), ("USER\r\nUTF8 USER\r\n", true), ("SASL PLAIN\r\n", true), ("USER\r\n", false)] {
            let Some(lines) = wire(&user, &password, capa, secure) else {
                prop_assert!(!fit, "refused: {:?} {:?}", user, password);
                continue;
            };
            prop_assert!(fit);
            let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|l| !matches!(*l, "UTF8" | "AUTH PLAIN")).collect();
            match lines[..] {
                [first, second] => {
                    prop_assert_eq!(first.strip_prefix("USER "), Some(user.as_str()));
                    prop_assert_eq!(second.strip_prefix("PASS "), Some(password.as_str()));
                }
                [line] if capa.starts_with("SASL") => {
                    let response = line.strip_prefix("AUTH PLAIN ").unwrap_or(line);
                    let wanted = format!("\0{user}\0{password}");
                    prop_assert_eq!(STANDARD.decode(response).expect("base64"), wanted.as_bytes());
                }
                [line] => {
                    let words: Vec<&str> = line.split(' ').collect();
                    prop_assert_eq!((words.len(), words[0], words[1]), (3, "APOP", user.as_str()));
                }
                _ => prop_assert!(false, "{:?}", lines),
            }
        }
    }
}
