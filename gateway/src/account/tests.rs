//! The account against the sandbox: real engines on both sides, nothing scripted.
use super::request::{Answer, FetchChunk, Output, RawMessage, Request, Section, Ticket};
use super::{Account, Links, Tell};
use crate::config::Config;
use crate::net::Net;
use crate::sandbox::flags::{Flags as BoxFlags, SEEN};
use crate::sandbox::message::Content;
use crate::sandbox::store::NewMessage;
use crate::sandbox::{Options, Running, Sandbox, date::Moment};
use crate::secret::{Credentials, Protocol, Secret};
use bytes::Bytes;
use pyeonji_shared::account::{SpecialUse, UpstreamState};
use pyeonji_shared::call::list::FolderSnapshot;
use pyeonji_shared::call::organise::Destination;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::folder::{FolderDelta, FolderState};
use pyeonji_shared::ids::{FolderName, MessageRef, MessageSet, Uid, UidValidity};
use pyeonji_shared::message::Flags;
use pyeonji_shared::query::Query;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

struct Bench {
    sandbox: Running,
    account: Account,
    snapshot: Snapshot,
    /// As a page would keep it.
    state: FolderState,
    events: Vec<Event>,
    next: u64,
}

async fn sign_in(sandbox: &Running, password: &str) -> Result<(Account, Snapshot), ApiError> {
    let providers: Vec<_> = sandbox.providers().into_iter().map(Arc::new).collect();
    let config = Config::for_tests(providers);
    let provider = config.provider_for("ada@blue.test").expect("provider").clone();
    let credentials = Credentials {
        address: "ada@blue.test".into(),
        login: "ada@blue.test".into(),
        password: Secret::new(password.into()),
        protocol: Protocol::Imap,
    };
    let (net, limits) = (Net::new(&config), config.limits.clone());
    Account::open(net, limits, credentials, provider, Links::new(8)).await
}

impl Bench {
    async fn new() -> Self {
        let sandbox =
            Sandbox::start(Options { large_folder: 300, ..Options::default() }).await.expect("starts");
        let (account, snapshot) = sign_in(&sandbox, "blue-lantern-42").await.expect("signs in");
        let state = FolderState::from_snapshot(snapshot.open.clone().expect("inbox"));
        Self { sandbox, account, snapshot, state, events: Vec::new(), next: 0 }
    }

    async fn tell(&mut self, request: Request) -> Ticket {
        self.next += 1;
        let ticket = Ticket(self.next);
        self.account.requests.send(Tell::Do(ticket, request.into())).await.expect("the task lives");
        ticket
    }

    async fn output(&mut self) -> Output {
        let output = tokio::time::timeout(Duration::from_secs(10), self.account.outputs.recv()).await;
        *output.expect("in time").expect("the task lives")
    }

    fn note(&mut self, event: Event) {
        if let Event::Folder { folder, validity, delta } = &event
            && (folder, validity) == (&self.state.folder, &self.state.validity)
        {
            self.state.apply(delta.clone());
        }
        self.events.push(event);
    }

    async fn done(&mut self, ticket: Ticket) -> Result<Answer, ApiError> {
        loop {
            match self.output().await {
                Output::Done { ticket: t, result } if t == ticket => return result,
                Output::Event(event) => self.note(event),
                _ => {}
            }
        }
    }

    async fn ask(&mut self, request: Request) -> Result<Answer, ApiError> {
        let ticket = self.tell(request).await;
        self.done(ticket).await
    }

    async fn open(&mut self, folder: &str) -> FolderSnapshot {
        let request = Request::Open { folder: FolderName(folder.into()), rows: 50 };
        let Ok(Answer::Open(snapshot)) = self.ask(request).await else { panic!("opens") };
        self.state = FolderState::from_snapshot(snapshot.clone());
        snapshot
    }

    /// Waits for an event that was not asked about before.
    async fn until(&mut self, what: impl Fn(&Event) -> bool) {
        if let Some(at) = self.events.iter().position(&what) {
            self.events.drain(..=at);
            return;
        }
        loop {
            match self.output().await {
                Output::Event(event) => {
                    let found = what(&event);
                    self.note(event);
                    if found {
                        self.events.clear();
                        return;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn newest(&self) -> MessageRef {
        let uid = self.state.row(0).expect("a row").uid;
        MessageRef { folder: self.state.folder.clone(), validity: self.state.validity, uid }
    }

    fn set(&self, uids: &[Uid]) -> MessageSet {
        MessageSet { folder: self.state.folder.clone(), validity: self.state.validity, uids: uids.to_vec() }
    }

    fn deliver(&self, folder: &str, subject: &str, bits: u8) {
        let raw = format!(
            "From: Eve <eve@blue.test>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@t>\r\n\r\nhi\r\n"
        );
        let account = self.sandbox.world.account("ada@blue.test").expect("ada");
        let new = NewMessage {
            flags: BoxFlags::system(bits),
            date: Moment { unix: 1_700_000_000, offset: 0 },
            content: Content::new(raw.into_bytes()),
        };
        account.with(|store| store.append(folder, new).map(|_| ()).expect("delivered"));
    }

    /// What the server itself counts.
    fn truth(&self, folder: &str) -> (u32, u32) {
        let account = self.sandbox.world.account("ada@blue.test").expect("ada");
        account.with(|store| {
            let folder = store.folder(folder).expect("folder");
            let unseen = folder.messages.iter().filter(|m| !m.flags.has(SEEN)).count();
            (folder.messages.len() as u32, unseen as u32)
        })
    }
}

#[tokio::test]
async fn sign_in_brings_folders_counts_and_the_newest_rows() {
    let bench = Bench::new().await;
    let inbox = bench.snapshot.folders.iter().find(|f| f.name.is_inbox()).expect("inbox");
    let open = bench.snapshot.open.as_ref().expect("open");
    let counts = inbox.counts.expect("counts");
    assert_eq!((counts.messages, counts.unseen), (open.exists, open.unseen));
    assert_eq!((open.exists, open.unseen), bench.truth("INBOX"));
    assert_eq!(open.rows.len() as u32, open.exists.min(50));
    assert!(open.rows.windows(2).all(|w| w[0].seq < w[1].seq));
    for special in
        [SpecialUse::Sent, SpecialUse::Drafts, SpecialUse::Trash, SpecialUse::Archive, SpecialUse::Junk]
    {
        assert!(bench.snapshot.folders.iter().any(|f| f.special == Some(special)), "{special:?}");
    }
    let caps = bench.snapshot.account.capabilities;
    assert!(caps.push && caps.undo_move && caps.send && caps.server_search);
    assert!(
        bench.snapshot.folders.iter().all(|f| !f.selectable || f.counts.is_some()),
        "every count at once"
    );
}

#[tokio::test]
async fn a_wrong_password_says_so() {
    let sandbox = Sandbox::start(Options::default()).await.expect("starts");
    let error = sign_in(&sandbox, "nonsense").await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::WrongPassword);
}

#[tokio::test]
async fn new_mail_arrives_with_its_row_and_its_count() {
    let mut bench = Bench::new().await;
    let (before, unseen) = (bench.state.exists, bench.state.unseen);
    bench.deliver("INBOX", "hello-there", 0);
    bench.until(|e| matches!(e, Event::NewMail { count: 1, .. })).await;
    assert_eq!((bench.state.exists, bench.state.unseen), (before + 1, unseen + 1));
    assert_eq!(bench.state.row(0).expect("row").subject, "hello-there");
    assert_eq!((bench.state.exists, bench.state.unseen), bench.truth("INBOX"));
}

#[tokio::test]
async fn windows_jump_anywhere_and_folders_switch() {
    let mut bench = Bench::new().await;
    let large =
        bench.snapshot.folders.iter().max_by_key(|f| f.counts.map_or(0, |c| c.messages)).expect("some");
    let name = large.name.0.clone();
    let open = bench.open(&name).await;
    assert!(open.exists >= 300 && open.rows.len() == 50, "{} {}", open.exists, open.rows.len());
    assert_eq!(open.unseen, bench.truth(&name).1);
    let (folder, validity) = (open.folder.clone(), open.validity);
    let end = Request::Window { folder: folder.clone(), validity, offset: open.exists - 20, len: 50 };
    let Ok(Answer::Window(rows)) = bench.ask(end).await else { panic!() };
    let seqs: Vec<u32> = rows.rows.iter().map(|r| r.seq.0).collect();
    assert_eq!(seqs, (1..=20).collect::<Vec<_>>());
    let past = Request::Window { folder: folder.clone(), validity, offset: open.exists + 5, len: 50 };
    assert!(matches!(bench.ask(past).await, Ok(Answer::Window(w)) if w.rows.is_empty()));
    let stale = Request::Window { folder, validity: UidValidity(validity.0 + 1), offset: 0, len: 5 };
    assert_eq!(bench.ask(stale).await.expect_err("refused").kind, ErrorKind::ValidityChanged);
    // Two openings at once: the later one wins, each is answered once.
    let first = bench.tell(Request::Open { folder: FolderName("Sent".into()), rows: 50 }).await;
    let second = bench.tell(Request::Open { folder: FolderName::inbox(), rows: 50 }).await;
    assert_eq!(bench.done(first).await.expect_err("given up").kind, ErrorKind::Cancelled);
    assert!(
        matches!(bench.done(second).await, Ok(Answer::Open(s)) if s.folder.is_inbox() && !s.rows.is_empty())
    );
    let missing = Request::Open { folder: FolderName("No such folder".into()), rows: 50 };
    assert!(bench.ask(missing).await.is_err());
    bench
        .until(|e| matches!(e, Event::Snapshot(s) if s.open.as_ref().is_some_and(|o| o.folder.is_inbox())))
        .await;
}

#[tokio::test]
async fn every_seeded_message_can_be_read() {
    let mut bench = Bench::new().await;
    let names: Vec<String> =
        bench.snapshot.folders.iter().filter(|f| f.selectable).map(|f| f.name.0.clone()).collect();
    let mut read = 0;
    for name in names {
        let open = bench.open(&name).await;
        for row in open.rows {
            let at =
                MessageRef { folder: open.folder.clone(), validity: open.validity, uid: row.summary.uid };
            let Ok(Answer::Read(raw)) = bench.ask(Request::Read { at, background: false }).await else {
                panic!("{name} {row:?}")
            };
            let RawMessage { header, whole, leaves, size, .. } = *raw;
            assert!(size > 0 && (!header.is_empty() || whole.is_some()), "{name} {:?}", row.summary.uid);
            assert!(whole.is_some() || leaves.iter().any(|l| l.bytes.is_some()) || !leaves.is_empty());
            read += 1;
        }
    }
    println!("{read} messages read");
    assert!(read > 50);
    let at = MessageRef { uid: Uid(4_000_000), ..bench.newest() };
    assert_eq!(
        bench.ask(Request::Read { at, background: false }).await.expect_err("gone").kind,
        ErrorKind::Gone
    );
}

#[tokio::test]
async fn flags_change_in_the_page_as_on_the_server() {
    let mut bench = Bench::new().await;
    let uids: Vec<Uid> = (0..10).filter_map(|i| bench.state.row(i)).map(|r| r.uid).collect();
    for (add, remove) in
        [(Flags::SEEN, Flags::default()), (Flags::FLAGGED, Flags::SEEN), (Flags::SEEN, Flags::FLAGGED)]
    {
        let request = Request::SetFlags { set: bench.set(&uids), add, remove };
        assert!(matches!(bench.ask(request).await, Ok(Answer::Ok)));
        assert!(uids.iter().all(|u| bench.state.by_uid(*u).is_some_and(|r| r.flags.contains(add))));
        assert_eq!(bench.state.unseen, bench.truth("INBOX").1);
    }
    // In a folder that isn't open.
    let open = bench.open("Sent").await;
    let inbox = MessageSet {
        folder: FolderName::inbox(),
        validity: bench.snapshot.open.as_ref().expect("o").validity,
        uids,
    };
    let request = Request::SetFlags { set: inbox, add: Flags::default(), remove: Flags::SEEN };
    assert!(matches!(bench.ask(request).await, Ok(Answer::Ok)));
    assert_eq!(bench.state.folder, open.folder);
    assert!(bench.truth("INBOX").1 >= 10);
}

#[tokio::test]
async fn moving_says_where_to_and_can_be_undone() {
    let mut bench = Bench::new().await;
    let (exists, newest) = (bench.state.exists, bench.newest());
    let request =
        Request::Move { set: bench.set(&[newest.uid]), to: Destination::Special(SpecialUse::Archive) };
    let Ok(Answer::Moved(moved)) = bench.ask(request).await else { panic!("moves") };
    assert_eq!(moved.to, FolderName("Archive".into()));
    let copied = moved.copied.expect("UIDPLUS");
    assert_eq!(copied.uids[0].0, newest.uid);
    if bench.state.exists == exists {
        bench.until(|e| matches!(e, Event::Folder { delta: FolderDelta::Expunged { .. }, .. })).await;
    }
    assert_eq!((bench.state.exists, bench.state.unseen), bench.truth("INBOX"));
    assert!(bench.state.by_uid(newest.uid).is_none());
    // Back, from a folder that isn't open.
    let set = MessageSet { folder: moved.to, validity: copied.validity, uids: vec![copied.uids[0].1] };
    let back = Request::Move { set, to: Destination::Folder(FolderName::inbox()) };
    assert!(matches!(bench.ask(back).await, Ok(Answer::Moved(_))));
    while bench.state.exists < exists {
        let Output::Event(event) = bench.output().await else { continue };
        bench.note(event);
    }
    assert_eq!((bench.state.exists, bench.state.unseen), bench.truth("INBOX"));
    // For good.
    let uid = bench.newest().uid;
    assert!(matches!(bench.ask(Request::Delete { set: bench.set(&[uid]) }).await, Ok(Answer::Ok)));
    assert_eq!(bench.truth("INBOX").0, exists - 1);
}

#[tokio::test]
async fn a_missing_special_folder_is_made() {
    let mut bench = Bench::new().await;
    let account = bench.sandbox.world.account("ada@blue.test").expect("ada").clone();
    account.with(|store| store.delete("Archive").expect("deleted"));
    bench.ask(Request::Refresh).await.expect("refreshed");
    bench.until(|e| matches!(e, Event::Folders { removed, .. } if !removed.is_empty())).await;
    let request = Request::Move {
        set: bench.set(&[bench.newest().uid]),
        to: Destination::Special(SpecialUse::Archive),
    };
    assert!(matches!(bench.ask(request).await, Ok(Answer::Moved(m)) if m.to.as_str() == "Archive"));
    assert_eq!(bench.truth("Archive").0, 1);
    bench.until(|e| matches!(e, Event::Folders { changed, .. } if changed.iter().any(|f| f.name.as_str() == "Archive"))).await;
}

#[tokio::test]
async fn search_streams_the_newest_hits_then_all() {
    let mut bench = Bench::new().await;
    for n in 0..5 {
        bench.deliver("INBOX", &format!("needle-{n}"), SEEN);
    }
    let (folder, validity) = (bench.state.folder.clone(), bench.state.validity);
    let query = Query::parse("subject:needle").expect("query");
    let ticket = bench.tell(Request::Search { folder, validity, query, rows: 3 }).await;
    let mut hits = Vec::new();
    let found = loop {
        match bench.output().await {
            Output::Hits { ticket: t, rows } if t == ticket => hits.extend(rows),
            Output::Done { ticket: t, result } if t == ticket => break result,
            Output::Event(event) => bench.note(event),
            other => panic!("{other:?}"),
        }
    };
    let Ok(Answer::Search(found)) = found else { panic!("found") };
    assert_eq!((found.uids.len(), found.truncated), (5, false));
    assert!(found.uids.windows(2).all(|w| w[0] > w[1]), "newest first");
    assert_eq!(hits.iter().map(|h| h.uid).collect::<Vec<_>>(), found.uids[..3]);
    let rows = Request::Rows { folder: found.folder, validity, uids: found.uids };
    match bench.ask(rows).await {
        Ok(Answer::Rows(rows)) => assert_eq!(rows.len(), 5),
        other => panic!("{other:?}"),
    }
}

async fn body(text: Bytes) -> mpsc::Receiver<Result<Bytes, ApiError>> {
    let (pieces, body) = mpsc::channel(64);
    for piece in text.chunks(1_000).take(64) {
        pieces.send(Ok(Bytes::copy_from_slice(piece))).await.expect("room");
    }
    body
}

#[tokio::test]
async fn append_find_and_download() {
    let mut bench = Bench::new().await;
    let text = format!("Message-ID: <once@t>\r\nSubject: x\r\n\r\n{}", "0123456789\r\n".repeat(5_000));
    let text = Bytes::from(text);
    let to = || Destination::Special(SpecialUse::Sent);
    let find = || Request::Find { to: to(), message_id: "<once@t>".into() };
    assert!(matches!(bench.ask(find()).await, Ok(Answer::Found(None))));
    let append = Request::Append {
        to: to(),
        flags: Flags::SEEN,
        size: text.len() as u64,
        body: body(text.clone()).await,
    };
    let Ok(Answer::Appended(Some(at))) = bench.ask(append).await else { panic!("appended") };
    assert!(matches!(bench.ask(find()).await, Ok(Answer::Found(Some(found))) if found == at));
    // A source that ends early leaves nothing behind.
    let (pieces, short) = mpsc::channel(1);
    drop(pieces);
    let broken = Request::Append { to: to(), flags: Flags::SEEN, size: 500, body: short };
    let before = bench.truth("Sent").0;
    assert!(bench.ask(broken).await.is_err());
    assert_eq!(bench.truth("Sent").0, before);
    // Streamed back, whole.
    let (out, mut chunks) = mpsc::channel(1);
    bench.tell(Request::Fetch { at, what: Section::Whole, out }).await;
    let Some(Ok(FetchChunk::Head(head))) = chunks.recv().await else { panic!("head first") };
    assert_eq!((head.mime.as_str(), head.size as usize), ("message/rfc822", text.len()));
    let mut got = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        match chunk {
            Ok(FetchChunk::Bytes(bytes)) => got.extend_from_slice(&bytes),
            Ok(FetchChunk::End) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(got == text, "{} of {}", got.len(), text.len());
}

#[tokio::test]
async fn counts_of_other_folders_follow_a_refresh() {
    let mut bench = Bench::new().await;
    bench.deliver("Archive", "elsewhere", 0);
    bench.ask(Request::Refresh).await.expect("refreshed");
    let truth = bench.truth("Archive");
    bench
        .until(|e| {
            matches!(e, Event::Folders { changed, .. } if changed.iter().any(|f| {
                f.name.as_str() == "Archive" && f.counts.is_some_and(|c| (c.messages, c.unseen) == truth)
            }))
        })
        .await;
}

#[tokio::test]
async fn a_lost_link_is_told_and_made_again() {
    let mut bench = Bench::new().await;
    let port = bench.sandbox.imap.port();
    let options = Options { imap_port: port, large_folder: 10, ..Options::default() };
    let old = std::mem::replace(&mut bench.sandbox, Sandbox::start(Options::default()).await.expect("other"));
    old.stop().await;
    bench.until(|e| matches!(e, Event::Upstream(UpstreamState::Waiting { .. }))).await;
    let snapshot = bench.ask(Request::Snapshot { folder: FolderName::inbox(), rows: 50 }).await;
    assert!(
        matches!(snapshot, Ok(Answer::Snapshot(s)) if s.upstream != UpstreamState::Online && !s.folders.is_empty())
    );
    bench.sandbox = Sandbox::start(options).await.expect("starts again");
    bench
        .until(|e| matches!(e, Event::Snapshot(s) if s.upstream == UpstreamState::Online && s.open.is_some()))
        .await;
    let at = bench.newest();
    let stale = bench.ask(Request::Read { at, background: false }).await;
    // Another validity after the restart is said, not served from the wrong message.
    println!("after the restart: {:?}", stale.err());
}
