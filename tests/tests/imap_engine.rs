//! The IMAP engine over a plain socket: the same conversation with a real Dovecot and with the sandbox.
use bytes::Bytes;
use pyeonji_gateway::config::limits::Limits;
use pyeonji_gateway::imap::command::{Find, Items, SectionRequest};
use pyeonji_gateway::imap::event::{
    Body, Code, Completion, Data, Fetch, ListItem, Reply, Selected, Structure,
};
use pyeonji_gateway::imap::{Command, CommandError, CommandId, Engine, Event, Greeting, Options};
use pyeonji_gateway::secret::Secret;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use pyeonji_shared::message::Flags;
use pyeonji_shared::query::Query;
use pyeonji_tests::mailhost::{ADA, MailHost};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// The thinnest possible pump.
struct Client {
    engine: Engine,
    socket: TcpStream,
    events: Vec<Event>,
}

impl Client {
    fn connect(port: u16, user: &str, password: &str) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        socket.set_nodelay(true).unwrap();
        let limits = Arc::new(Limits::default());
        let options = Options { limits, greeting: Greeting::Expected, secure: false };
        let mut client = Self { engine: Engine::new(options, Instant::now()), socket, events: Vec::new() };
        client.ok(Command::SignIn { user: user.into(), password: Secret::new(password.into()) });
        client
    }

    fn flush(&mut self) {
        while let Some(bytes) = self.engine.poll_transmit() {
            self.socket.write_all(&bytes).unwrap();
        }
    }

    /// Reads until `found` sees what it wants among the events so far.
    fn until<T>(&mut self, mut found: impl FnMut(&[Event]) -> Option<T>) -> T {
        let (start, mut buffer) = (Instant::now(), vec![0; 64 << 10]);
        loop {
            while let Some(event) = self.engine.poll_event() {
                assert!(!matches!(event, Event::Failed(_)), "{event:?}");
                self.events.push(event);
            }
            if let Some(found) = found(&self.events) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "waited too long; {:?}", self.events);
            self.flush();
            let now = Instant::now();
            let wait = self.engine.poll_timeout().map_or(PATIENCE, |at| at.saturating_duration_since(now));
            self.socket.set_read_timeout(Some(wait.clamp(Duration::from_millis(1), PATIENCE))).unwrap();
            match self.socket.read(&mut buffer) {
                Ok(0) => self.engine.handle_eof(Instant::now()),
                Ok(n) => self.engine.handle_input(&buffer[..n], Instant::now()),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    self.engine.handle_timeout(Instant::now());
                }
                Err(e) => panic!("{e}"),
            }
        }
    }

    fn wait(&mut self, id: CommandId) -> Result<Completion, CommandError> {
        self.until(|events| {
            events.iter().find_map(|event| match event {
                Event::Done { id: done, result } if *done == id => Some(result.clone()),
                _ => None,
            })
        })
    }

    fn run(&mut self, command: Command) -> Result<Completion, CommandError> {
        let id = self.engine.submit(command, Instant::now());
        self.wait(id)
    }

    fn ok(&mut self, command: Command) -> Completion {
        let shown = format!("{command:?}");
        self.run(command).unwrap_or_else(|e| panic!("{shown}: {e}"))
    }

    fn data(&mut self) -> Vec<Data> {
        let events = std::mem::take(&mut self.events);
        events.into_iter().filter_map(|e| if let Event::Data(data) = e { Some(data) } else { None }).collect()
    }

    fn fetched(&mut self) -> Vec<Fetch> {
        self.data().into_iter().filter_map(|d| if let Data::Fetch(f) = d { Some(*f) } else { None }).collect()
    }

    fn select(&mut self, folder: &str) -> Selected {
        let command = Command::Select { folder: FolderName(folder.into()), condstore: true, examine: false };
        let Reply::Selected(selected) = self.ok(command).reply else { panic!() };
        self.data();
        selected
    }

    fn append(&mut self, folder: &str, flags: Flags, body: &[u8]) -> Completion {
        let command = Command::Append {
            folder: FolderName(folder.into()),
            flags,
            keywords: Vec::new(),
            date: Some(1_700_000_000),
            size: body.len() as u64,
        };
        let id = self.engine.submit(command, Instant::now());
        let mut rest = body;
        while !rest.is_empty() {
            let wanted = self.wanted(id);
            let (now, later) = rest.split_at(wanted.min(rest.len()).min(32 << 10));
            self.engine.feed_literal(id, Bytes::copy_from_slice(now), Instant::now()).unwrap();
            self.flush();
            rest = later;
        }
        self.wait(id).unwrap()
    }

    /// Waits until the body is wanted.
    fn wanted(&mut self, id: CommandId) -> usize {
        for _ in 0..100 {
            if let Some((other, left)) = self.engine.wants_literal() {
                assert_eq!(other, id);
                return left as usize;
            }
            self.flush();
            if self.engine.wants_literal().is_some() {
                continue;
            }
            let mut buffer = [0; 4_096];
            self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
            let n = self.socket.read(&mut buffer).unwrap();
            self.engine.handle_input(&buffer[..n], Instant::now());
        }
        panic!("no go-ahead")
    }
}

fn message(n: usize, subject: &str) -> Vec<u8> {
    let attachment = "QUJD\r\n".repeat(if n == 3 { 40_000 } else { 3 });
    format!(
        "From: Ada <ada@blue.test>\r\nTo: Bora <bora@green.test>\r\nSubject: {subject}\r\nMessage-ID: <{n}@blue.test>\r\n\
         Date: Fri, 17 Nov 2023 10:00:0{n} +0900\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
         --x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n본문 number {n}\r\n\
         --x\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=a.bin\r\n\r\n{attachment}--x--\r\n"
    )
    .into_bytes()
}

/// Everything a mail program does, on `port`.
fn conversation(port: u16, user: &str, password: &str) {
    let mut client = Client::connect(port, user, password);
    let wrong = TcpStream::connect(("127.0.0.1", port)).map(|socket| {
        let limits = Arc::new(Limits::default());
        let options = Options { limits, greeting: Greeting::Expected, secure: false };
        let mut other = Client { engine: Engine::new(options, Instant::now()), socket, events: Vec::new() };
        other.run(Command::SignIn { user: user.into(), password: Secret::new("nonsense".into()) })
    });
    assert!(
        matches!(wrong, Ok(Err(CommandError::No { code: Some(Code::AuthenticationFailed), .. }))),
        "{wrong:?}"
    );

    client.ok(Command::Namespace);
    let _ = client.run(Command::Id);
    let _ = client.run(Command::Enable);
    let folder = "시험 & \"box\"";
    client.ok(Command::Create { folder: FolderName(folder.into()) });
    client.ok(Command::Create { folder: FolderName("Elsewhere".into()) });
    client.ok(Command::Subscribe { folder: FolderName(folder.into()), on: true });
    client.events.clear();
    client.ok(Command::List { with_status: true });
    let listed: Vec<ListItem> = client
        .data()
        .into_iter()
        .filter_map(|d| if let Data::List(l) = d { Some(l) } else { None })
        .collect();
    assert!(listed.iter().any(|l| l.special == Some(SpecialUse::Inbox)), "{listed:?}");
    assert!(listed.iter().any(|l| l.folder.0 == folder && l.selectable && l.subscribed), "{listed:?}");

    for n in 1..=5 {
        let done = client.append(
            folder,
            if n == 1 { Flags::SEEN } else { Flags(0) },
            &message(n, &format!("topic {n}")),
        );
        assert!(matches!(done.code, Some(Code::AppendUid { .. })), "{done:?}");
    }
    client.events.clear();
    client.ok(Command::Status { folder: FolderName(folder.into()) });
    let counts =
        client.data().into_iter().find_map(|d| if let Data::Status(s) = d { s.counts() } else { None });
    assert_eq!(counts.map(|c| (c.messages, c.unseen)), Some((5, 4)));

    let selected = client.select(folder);
    assert!(selected.exists == 5 && selected.writable && selected.validity.0 > 0, "{selected:?}");
    client.ok(Command::FetchWindow { from: Seq(2), to: Some(Seq(4)), items: Items::Row });
    let rows = client.fetched();
    assert_eq!(rows.iter().map(|r| r.seq.0).collect::<Vec<_>>(), [2, 3, 4]);
    let row = &rows[1];
    assert_eq!(row.received, Some(1_700_000_000));
    assert_eq!(row.envelope.as_ref().unwrap().subject.as_deref(), Some(&b"topic 3"[..]));
    let Structure::Leaves(leaves) = &row.structure else { panic!("{row:?}") };
    let outline: Vec<(&str, &str)> = leaves.iter().map(|l| (l.section.as_str(), l.mime.as_str())).collect();
    assert_eq!(outline, [("1", "text/plain"), ("2", "application/octet-stream")]);
    assert_eq!(
        (leaves[1].name.as_deref(), leaves[1].disposition.as_deref()),
        (Some("a.bin"), Some("attachment"))
    );
    let (uid, len) = (row.uid.unwrap(), leaves[1].size);

    // A large part comes in chunks, a window of it inline.
    let sections =
        vec![SectionRequest::all("HEADER"), SectionRequest::first("1", 1 << 20), SectionRequest::all("2")];
    client.events.clear();
    client.ok(Command::FetchBody { uid, items: Items::Structure, sections });
    let chunks =
        client.events.iter().map(|e| if let Event::BodyChunk { bytes, .. } = e { bytes.len() } else { 0 });
    let streamed: usize = chunks.sum();
    assert!(streamed as u32 >= len && streamed > 200_000, "{streamed} of {len}");
    let fetch = client.fetched().pop().unwrap();
    assert!(
        matches!(&fetch.sections[1].body, Some(Body::Inline(text)) if text.starts_with("본문".as_bytes()))
    );
    assert!(matches!(fetch.sections[2].body, Some(Body::Streamed { len, .. }) if len == streamed as u64));
    assert!(fetch.flags.is_some_and(|f| !f.flags.contains(Flags::SEEN)), "reading by PEEK marks nothing");
    client.ok(Command::FetchPartial { uid, section: "2".into(), offset: 4, len: 6 });
    let part = client.fetched().pop().unwrap().sections.pop().unwrap();
    assert_eq!((part.origin, part.body), (Some(4), Some(Body::Inline(Bytes::from_static(b"\r\nQUJD")))));

    for (typed, hits) in
        [("subject:\"topic 4\"", 1), ("is:unread", 4), ("본문", 5), ("-subject:topic", 0), ("larger:100k", 1)]
    {
        let done = client.ok(Command::Search { what: Find::Query(Query::parse(typed).unwrap()) });
        let Reply::Found(found) = done.reply else { panic!() };
        assert_eq!(found.total, hits, "{typed}");
    }
    let done = client.ok(Command::Search { what: Find::MessageId("<3@blue.test>".into()) });
    assert_eq!(done.reply, Reply::Found(pyeonji_gateway::imap::event::Found { uids: vec![uid], total: 1 }));

    client.ok(Command::Store {
        uids: vec![uid],
        add: Flags::FLAGGED.with(Flags::FORWARDED),
        remove: Flags::SEEN,
    });
    client.events.clear();
    client.ok(Command::FetchUids { uids: vec![uid], items: Items::Flags });
    let flags = client.fetched().pop().unwrap().flags.unwrap();
    assert!(flags.flags.contains(Flags::FLAGGED.with(Flags::FORWARDED)), "{flags:?}");

    let to = FolderName("Elsewhere".into());
    let copied = client.ok(Command::Copy { uids: vec![uid], to: to.clone() });
    assert!(copied.code.is_some_and(|c| c.copied(9).len() == 1));
    let moved = client.ok(Command::Move { uids: vec![uid], to });
    // MOVE tells COPYUID in an untagged OK (RFC 6851 §4.3).
    assert!(moved.code.is_some_and(|c| c.copied(9).len() == 1));
    client.ok(Command::Noop);
    assert!(client.data().contains(&Data::Expunge(Seq(3))));
    let gone = client.run(Command::Move { uids: vec![Uid(1)], to: FolderName("Nowhere".into()) });
    assert!(
        matches!(gone, Err(CommandError::No { code: Some(Code::TryCreate | Code::NonExistent), .. })),
        "{gone:?}"
    );

    let first = client.ok(Command::Search { what: Find::All });
    let Reply::Found(found) = first.reply else { panic!() };
    let last = *found.uids.last().unwrap();
    client.ok(Command::Store { uids: vec![last], add: Flags::DELETED, remove: Flags(0) });
    client.ok(Command::UidExpunge { uids: vec![last] });
    assert!(client.data().contains(&Data::Expunge(Seq(1))));

    // New mail by IDLE, told to the one by what the other does.
    client.engine.set_idle(true, Instant::now());
    let mut other = Client::connect(port, user, password);
    other.append(folder, Flags(0), &message(6, "news"));
    client.until(|events| events.contains(&Event::Data(Data::Exists(4))).then_some(()));
    client.ok(Command::FetchFrom { from: Uid(6), items: Items::Row });
    assert!(
        client
            .fetched()
            .iter()
            .any(|f| f.envelope.as_ref().is_some_and(|e| e.subject.as_deref() == Some(b"news")))
    );
    client.engine.set_idle(false, Instant::now());

    client.ok(Command::Unselect);
    client.ok(Command::Rename { from: FolderName("Elsewhere".into()), to: FolderName("Other".into()) });
    client.ok(Command::Delete { folder: FolderName("Other".into()) });
    client.ok(Command::Logout);
}

#[test]
fn dovecot() {
    let host = MailHost::start();
    conversation(host.dovecot.imap, ADA.0, ADA.1);
}

#[test]
fn sandbox() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = pyeonji_gateway::sandbox::Options { seeded: false, ..Default::default() };
    let running = runtime.block_on(pyeonji_gateway::sandbox::Sandbox::start(options)).unwrap();
    let account = running.accounts[0].clone();
    conversation(running.imap.port(), &account.address, &account.password);
    runtime.block_on(running.stop());
}
