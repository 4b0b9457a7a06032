//! Any bytes, cut anywhere, through the whole engine of a signed-in link: no panic, memory within its bound.
use pyeonji_gateway::config::limits::Limits;
use pyeonji_gateway::imap::command::{Find, Items, SectionRequest};
use pyeonji_gateway::imap::{Command, Engine, Greeting, Options};
use pyeonji_gateway::secret::Secret;
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use std::sync::Arc;
use std::time::Instant;

pub fn run(data: &[u8]) {
    let Some((cut, data)) = data.split_first() else { return };
    let now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut engine = Engine::new(Options { limits, greeting: Greeting::Expected, secure: true }, now);
    if cut & 1 == 0 {
        let caps = "IMAP4rev1 ESEARCH CONDSTORE UIDPLUS MOVE IDLE";
        engine.handle_input(format!("* OK [CAPABILITY {caps}] hi\r\n").as_bytes(), now);
        engine.submit(Command::Login { user: "u".into(), password: Secret::new("p".into()) }, now);
        engine.handle_input(format!("P1 OK [CAPABILITY {caps}] in\r\n").as_bytes(), now);
        engine.submit(Command::Select { folder: FolderName::inbox(), condstore: true, examine: false }, now);
        engine.submit(Command::FetchWindow { from: Seq(1), to: None, items: Items::Row }, now);
        let sections = vec![SectionRequest::all("1")];
        engine.submit(Command::FetchBody { uid: Uid(1), items: Items::Structure, sections }, now);
        engine.submit(Command::Search { what: Find::Unseen }, now);
        engine.set_idle(true, now);
    }
    for piece in data.chunks(usize::from(cut >> 1).max(1)) {
        engine.handle_input(piece, now);
        while engine.poll_transmit().is_some() {}
        while engine.poll_event().is_some() {}
        assert!(engine.memory() <= 6 << 20);
    }
    engine.handle_eof(now);
}
