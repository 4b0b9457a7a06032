//! R16: every scripted hostile POP3 server of the corpus against the engine itself, as if it were the whole stream (behind TLS,
//! or on a clear loopback connection). Skipped, and said so, where the corpus isn't there.
use crate::config::limits::Limits;
use crate::hostile::{Case, cases};
use crate::pop3::{Command, CommandError, CommandId, Engine, Event, Greeting, Options, Proof};
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct-horse";
/// base64 of NUL `ada` NUL password.
const PLAIN: &str = "AGFkYQBjb3JyZWN0LWhvcnNl";

impl Case {
    fn offers(&self, secure: bool) -> Option<Vec<String>> {
        let hidden = self.list("hide_commands").iter().any(|c| c == "capa");
        let refused = self.overridden("capa").is_some_and(|answer| answer.starts_with("-ERR"));
        (!hidden && !refused).then(|| self.list(if secure { "capa_tls" } else { "capa" }))
    }

    fn pop3_answer(&self, line: &str, secure: bool) -> String {
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_lowercase();
        if let Some(answer) = self.overridden(&verb) {
            return answer;
        }
        match verb.as_str() {
            "capa" => match self.offers(secure) {
                Some(list) => {
                    list.iter().fold("+OK\r\n".to_owned(), |all, line| format!("{all}{line}\r\n")) + ".\r\n"
                }
                None => "-ERR unknown command\r\n".into(),
            },
            "stat" => "+OK 1 10\r\n".into(),
            "list" | "uidl" => "+OK\r\n1 10\r\n.\r\n".into(),
            "retr" => "+OK\r\nSubject: x\r\n.\r\n".into(),
            _ => "+OK\r\n".into(),
        }
    }
}

/// How the sign-in and the farewell ended, and everything the client wrote.
fn play(case: &Case, secure: bool) -> (Result<(), CommandError>, Result<(), CommandError>, String) {
    let mut now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure }, now);
    let proof = Proof::Password(Secret::new(PASSWORD.into()));
    let sign_in = engine.submit(Command::SignIn { user: "ada".into(), proof }, now);
    for command in
        [Command::Stat, Command::List, Command::Uidl, Command::Retr { number: crate::pop3::Number(1) }]
    {
        engine.submit(command, now);
    }
    let quit = engine.submit(Command::Quit, now);
    let (mut ends, mut written) = (BTreeMap::<CommandId, Result<(), CommandError>>::new(), String::new());
    engine.handle_input(case.string("greeting").unwrap_or("+OK hi\r\n".into()).as_bytes(), now);
    for _ in 0..1_000 {
        while let Some(event) = engine.poll_event() {
            if let Event::Done { id, result } = event {
                ends.insert(id, result.map(drop));
            }
        }
        if let (Some(first), Some(last)) = (ends.get(&sign_in), ends.get(&quit)) {
            return (first.clone(), last.clone(), written);
        }
        match engine.poll_transmit() {
            Some(bytes) => {
                let lines = String::from_utf8(bytes.to_vec()).unwrap();
                written.push_str(&lines);
                let answers: String = lines.lines().map(|line| case.pop3_answer(line, secure)).collect();
                engine.handle_input(answers.as_bytes(), now);
            }
            None => {
                // Silence on both sides: only time helps.
                let at = engine.poll_timeout().expect("a timer while something is awaited");
                now = at + Duration::from_millis(1);
                engine.handle_timeout(now);
            }
        }
    }
    panic!("no end");
}

#[test]
fn r16_every_hostile_server_ends_in_a_clear_error_or_a_safe_sign_in() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/hostile-servers/pop3");
    if !corpus.is_dir() {
        println!("counts: hostile POP3 servers: skipped, no corpus at {}", corpus.display());
        return;
    }
    let paths = cases(&corpus);
    for secure in [true, false] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for path in &paths {
            let case = Case::read(path);
            let name = path.strip_prefix(&corpus).unwrap().display();
            let (sign_in, quit, written) = play(&case, secure);
            let greeting = case.string("greeting").unwrap_or_default();
            let gave = written.contains(PASSWORD) || written.contains(PLAIN);
            // One line of greeting, and a good one, comes before anything is written at all.
            let sound = greeting.starts_with("+OK") && greeting.matches('\n').count() == 1;
            assert!(sound || written.is_empty(), "{name}: {written:?}");
            let offered = case.offers(secure).is_none_or(|list| {
                list.iter().any(|l| l == "USER" || l.starts_with("SASL") && l.contains("PLAIN"))
            });
            assert!(secure || offered || !gave, "{name}: a password in clear that nobody asked for");
            assert_eq!(gave || written.contains("APOP"), sign_in.is_ok(), "{name}: {sign_in:?}");
            let farewell = case.overridden("quit").unwrap_or("+OK\r\n".into());
            if sign_in.is_ok() {
                assert!(
                    written.ends_with("STAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nQUIT\r\n"),
                    "{name}: {written:?}"
                );
                assert_eq!(quit.is_ok(), farewell.starts_with("+OK"), "{name}: {quit:?}");
            }
            let end = match sign_in {
                Ok(()) => "signed in".to_owned(),
                Err(error) => error.to_string().split(':').take(2).collect::<Vec<_>>().join(":"),
            };
            *counts.entry(end).or_default() += 1;
        }
        println!("counts: hostile POP3 servers, secure {secure}: {} cases: {counts:?}", paths.len());
        assert!(paths.len() > 20 && counts.contains_key("signed in") && counts.len() > 2);
    }
}
