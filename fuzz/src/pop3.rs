//! Any bytes, cut anywhere, through the whole POP3 engine: no panic, memory within its bound.
use pyeonji_gateway::config::limits::Limits;
use pyeonji_gateway::pop3::{Command, Engine, Greeting, Number, Options, Proof};
use pyeonji_gateway::secret::Secret;
use std::sync::Arc;
use std::time::Instant;

/// The first byte says how the rest is cut, and where in the conversation it begins.
pub fn run(data: &[u8]) {
    let Some((cut, data)) = data.split_first() else { return };
    let now = Instant::now();
    let limits = Arc::new(Limits::default());
    let secure = cut & 2 == 0;
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure }, now);
    let proof = Proof::Password(Secret::new("p".into()));
    engine.submit(Command::SignIn { user: "u".into(), proof }, now);
    if cut & 1 == 0 {
        for answer in
            ["+OK hi <1@a>\r\n", "+OK\r\nPIPELINING\r\nSASL PLAIN\r\nUTF8 USER\r\n.\r\n", "+OK in\r\n"]
        {
            engine.handle_input(answer.as_bytes(), now);
            while engine.poll_transmit().is_some() {}
        }
    }
    for command in [
        Command::Stat,
        Command::List,
        Command::Uidl,
        Command::Retr { number: Number(1) },
        Command::Top { number: Number(2), lines: 0 },
        Command::Capa,
        Command::Dele { number: Number(1) },
        Command::Retr { number: Number(3) },
        Command::Quit,
    ] {
        engine.submit(command, now);
    }
    for piece in data.chunks(usize::from(cut >> 2).max(1)) {
        while engine.poll_transmit().is_some() {}
        engine.handle_input(piece, now);
        while engine.poll_event().is_some() {}
        assert!(engine.memory() <= 1 << 20);
    }
    engine.handle_eof(now);
    assert!(engine.is_over());
}
