//! Whole conversations in memory, in simulated time.
mod bounds;
mod commands;
mod sign_in;

use super::*;
use crate::config::limits::Limits;
use crate::pop3::auth::Proof;
use crate::pop3::code::Code;
use crate::pop3::command::Number;
use crate::secret::Secret;
use std::time::Duration;

struct Talk {
    engine: Engine,
    now: Instant,
}

impl Talk {
    fn new(secure: bool) -> Self {
        let (now, limits) = (Instant::now(), Arc::new(Limits::default()));
        Self { engine: Engine::new(Options { limits, greeting: Greeting::Expected, secure }, now), now }
    }

    /// Signed in to a server with these lines of CAPA; everything up to there is taken out.
    fn signed_in(capa: &[&str]) -> Self {
        let mut talk = Self::new(true);
        let id = talk.sign_in("ada", "red lamp");
        talk.hear("+OK hi\r\n");
        assert_eq!(talk.said(), "CAPA\r\n");
        talk.hear(&capa_list(capa));
        if talk.said().starts_with("USER") {
            talk.hear("+OK\r\n");
            assert_eq!(talk.said(), "PASS red lamp\r\n");
        }
        talk.hear("+OK in\r\n");
        assert!(matches!(talk.done(id), Ok(Completion { reply: Reply::None, .. })));
        talk
    }

    fn sign_in(&mut self, user: &str, password: &str) -> CommandId {
        let proof = Proof::Password(Secret::new(password.into()));
        self.submit(Command::SignIn { user: user.into(), proof })
    }

    fn submit(&mut self, command: Command) -> CommandId {
        self.engine.submit(command, self.now)
    }

    fn hear(&mut self, text: &str) {
        self.engine.handle_input(text.as_bytes(), self.now);
    }

    fn said(&mut self) -> String {
        let mut said = String::new();
        while let Some(bytes) = self.engine.poll_transmit() {
            said.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        said
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.engine.poll_event()).collect()
    }

    fn done(&mut self, wanted: CommandId) -> Result<Completion, CommandError> {
        let done = self.events().into_iter().find_map(|event| match event {
            Event::Done { id, result } if id == wanted => Some(result),
            _ => None,
        });
        done.expect("an end")
    }

    fn failed(&mut self) -> Option<EngineError> {
        self.events().into_iter().find_map(|e| if let Event::Failed(error) = e { Some(error) } else { None })
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.engine.handle_timeout(self.now);
    }
}

fn capa_list(lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("+OK list\r\n{lines}.\r\n")
}

fn err(code: Option<Code>, text: &str) -> Result<Completion, CommandError> {
    Err(CommandError::Err { code, text: text.into() })
}

const ALL: &[&str] =
    &["TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE", "STLS", "USER", "SASL PLAIN LOGIN"];
