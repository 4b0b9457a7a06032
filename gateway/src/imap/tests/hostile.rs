//! R16: every scripted hostile IMAP server of the corpus against the engine itself, as if it were the whole stream (behind TLS,
//! or on a clear loopback link). Skipped, and said so, where the corpus isn't there.
use crate::config::limits::Limits;
use crate::hostile::{Case, cases};
use crate::imap::command::Command;
use crate::imap::{Engine, Event, Greeting, Options};
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct-horse";
/// base64 of NUL `ada` NUL password.
const PLAIN: &str = "AGFkYQBjb3JyZWN0LWhvcnNl";

impl Case {
    fn capabilities(&self, key: &str) -> String {
        let list = self.after(key).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
        let known = [
            ("StartTls", "STARTTLS"),
            ("LoginDisabled", "LOGINDISABLED"),
            ("Plain", "AUTH=PLAIN"),
            ("Idle", "IDLE"),
            ("SaslIr", "SASL-IR"),
        ];
        let names: Vec<&str> =
            known.iter().filter(|(ron, _)| list.contains(ron)).map(|(_, name)| *name).collect();
        format!("IMAP4rev1 {}", names.join(" ")).trim_end().to_owned()
    }

    fn greeting(&self) -> String {
        let after = self.string("response_after_greeting").unwrap_or_default();
        if let Some(greeting) = self.string("greeting") {
            return greeting + &after;
        }
        let kind = self.after("kind").unwrap_or("Ok").split([',', ' ']).next().unwrap_or("Ok").to_uppercase();
        let code = match self.after("code").unwrap_or("None") {
            code if code.starts_with("Some(Capability") => {
                format!("[CAPABILITY {}] ", self.capabilities("code"))
            }
            code if code.starts_with("Some(Alert") => "[ALERT] ".to_owned(),
            code if code.starts_with("Some(") => "[BADCHARSET (forged)] ".to_owned(),
            _ => String::new(),
        };
        format!("* {kind} {code}{}\r\n{after}", self.string("text").unwrap_or_default())
    }

    fn imap_answer(&self, line: &str, caps: &str) -> String {
        let Some((tag, verb)) = line.split_once(' ') else { return String::new() };
        match verb.split(' ').next().unwrap_or_default() {
            "CAPABILITY" => format!("* CAPABILITY {}\r\n{tag} OK done\r\n", self.capabilities(caps)),
            "AUTHENTICATE" if verb.ends_with("PLAIN") => "+ \r\n".to_owned(),
            _ => format!("{tag} OK done\r\n"),
        }
    }
}

/// How it ended, and everything the client wrote.
fn play(case: &Case, secure: bool) -> (String, String, Vec<Event>) {
    let mut now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure }, now);
    let sign_in =
        engine.submit(Command::SignIn { user: "ada".into(), password: Secret::new(PASSWORD.into()) }, now);
    let caps = if secure { "caps_tls" } else { "caps" };
    let (mut written, mut early, mut tag) = (String::new(), Vec::new(), String::new());
    engine.handle_input(case.greeting().as_bytes(), now);
    for _ in 0..1_000 {
        while let Some(event) = engine.poll_event() {
            match event {
                Event::Done { id, result } if id == sign_in => {
                    let end = match result {
                        Ok(_) => "signed in".to_owned(),
                        Err(error) => format!("{error}").split(':').take(2).collect::<Vec<_>>().join(":"),
                    };
                    return (end, written, early);
                }
                event => early.push(event),
            }
        }
        let Some(bytes) = engine.poll_transmit() else {
            // Silence on both sides: only time helps.
            now =
                engine.poll_timeout().expect("a timer while something is awaited") + Duration::from_millis(1);
            engine.handle_timeout(now);
            continue;
        };
        let line = String::from_utf8(bytes.to_vec()).unwrap();
        written.push_str(&line);
        let answer = match line.split_once(' ') {
            Some((of, _)) => {
                tag = of.to_owned();
                case.imap_answer(line.trim_end(), caps)
            }
            None => format!("{tag} OK in\r\n"),
        };
        engine.handle_input(answer.as_bytes(), now);
    }
    panic!("no end");
}

#[test]
fn r16_every_hostile_server_ends_in_a_clear_error_or_a_safe_sign_in() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/hostile-servers/imap");
    if !corpus.is_dir() {
        println!("counts: hostile IMAP servers: skipped, no corpus at {}", corpus.display());
        return;
    }
    let paths = cases(&corpus);
    for secure in [true, false] {
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        for path in &paths {
            let case = Case::read(path);
            let name = path.strip_prefix(&corpus).unwrap().display();
            let (end, written, early) = play(&case, secure);
            // What it said first: a kinder list that comes later on a clear link doesn't count.
            let told = case.after("code").is_some_and(|code| code.starts_with("Some(Capability"));
            let disabled = case.capabilities(if told { "code" } else { "caps" }).contains("LOGINDISABLED");
            let gave = written.contains(PASSWORD) || written.contains(PLAIN);
            let preauth = case.after("kind").is_some_and(|k| k.starts_with("PreAuth"));
            assert!(!(gave && preauth), "{name}: a credential for a server that claims PREAUTH");
            assert!(!(gave && disabled && !secure), "{name}: a credential although LOGINDISABLED");
            assert!(gave || end != "signed in", "{name}: signed in without a credential");
            // Nothing that was said before sign-in is acted on: no folder, no message, no alert.
            let acted = early
                .iter()
                .find(|e| matches!(e, Event::Data(_) | Event::Alert(_) | Event::BodyChunk { .. }));
            assert_eq!(acted, None, "{name}");
            *ends.entry(end).or_default() += 1;
        }
        println!("counts: hostile IMAP servers, secure {secure}: {} cases: {ends:?}", paths.len());
        assert!(paths.len() > 40 && ends.contains_key("signed in"));
    }
}
