//! Sessions against scripted accounts, in simulated time.
mod limits;

use super::registry::Opener;
use super::task::FAULT;
use super::{LoginTicket, Services, Sessions, SocketEnd, Who};
use crate::account::request::{Answer, Output, Request, Ticket};
use crate::account::{Account, Tell};
use crate::config::limits::Limits;
use crate::config::{Config, Endpoint, LoginName, Provider, TlsMode};
use crate::mail::worker::Worker;
use crate::net::Net;
use crate::secret::{Credentials, Protocol, Secret};
use crate::spool::Spools;
use axum::extract::ws::Message;
use futures_util::{Sink, Stream};
use pyeonji_shared::account::{AccountInfo, UpstreamState};
use pyeonji_shared::call::list::FolderSnapshot;
use pyeonji_shared::call::organise::SetFlags;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::search::{Found, Search};
use pyeonji_shared::call::{Call, ChunkPart, Reply};
use pyeonji_shared::codec;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::frame::{Bye, ClientFrame, Hello, Resume, ServerFrame, VERSION, Welcome};
use pyeonji_shared::ids::{
    EventSeq, FolderName, MessageRef, MessageSet, ModSeq, OpId, RequestId, SessionId, Uid, UidValidity,
};
use pyeonji_shared::message::{Flags, Summary};
use pyeonji_shared::query::Query;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::PollSender;

/// One end of a WebSocket without a network.
struct Pipe {
    rx: mpsc::Receiver<Message>,
    tx: PollSender<Message>,
}

impl Stream for Pipe {
    type Item = Result<Message, axum::Error>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.rx.poll_recv(cx).map(|m| m.map(Ok))
    }
}

impl Sink<Message> for Pipe {
    type Error = axum::Error;
    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.tx.poll_reserve(cx).map_err(axum::Error::new)
    }
    fn start_send(mut self: Pin<&mut Self>, item: Message) -> Result<(), axum::Error> {
        self.tx.send_item(item).map_err(axum::Error::new)
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        Poll::Ready(Ok(()))
    }
    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.tx.close();
        Poll::Ready(Ok(()))
    }
}

/// The mail side of one session, played by the test.
struct Upstream {
    requests: mpsc::Receiver<Tell>,
    outputs: mpsc::Sender<Box<Output>>,
}

impl Upstream {
    async fn asked(&mut self) -> (Ticket, Request) {
        match self.requests.recv().await.expect("the session lives") {
            Tell::Do(ticket, request) => (ticket, *request),
            Tell::Cancel(ticket) => panic!("cancelled {ticket:?}"),
        }
    }
    async fn done(&self, ticket: Ticket, result: Result<Answer, ApiError>) {
        self.outputs.send(Box::new(Output::Done { ticket, result })).await.expect("the session lives");
    }
    async fn event(&self, words: &str) {
        self.outputs
            .send(Box::new(Output::Event(Event::Alert(words.into()))))
            .await
            .expect("the session lives");
    }
}

struct Bench {
    sessions: Sessions,
    upstreams: mpsc::Receiver<Upstream>,
    provider: Arc<Provider>,
}

fn snapshot(words: &str) -> Snapshot {
    let open = FolderSnapshot {
        folder: FolderName::inbox(),
        validity: UidValidity(1),
        exists: 0,
        unseen: 0,
        modseq: ModSeq(0),
        rows: Vec::new(),
        writable: true,
    };
    let account = AccountInfo { provider: words.into(), ..AccountInfo::default() };
    Snapshot { account, folders: Vec::new(), open: Some(open), upstream: UpstreamState::Online }
}

impl Bench {
    fn new() -> Self {
        Self::with(None)
    }

    fn with(smtp: Option<Endpoint>) -> Self {
        Self::limited(smtp, |_| {})
    }

    fn limited(smtp: Option<Endpoint>, change: impl FnOnce(&mut Limits)) -> Self {
        let provider = Arc::new(Provider {
            name: "t".into(),
            domains: vec!["t".into()],
            login: LoginName::Address,
            extra_roots: Vec::new(),
            pins: Vec::new(),
            imap: None,
            pop3: None,
            smtp,
        });
        let mut config = Config::for_tests(vec![provider.clone()]);
        let limits = Arc::make_mut(&mut config.limits);
        limits.outbox_bytes = 20_000;
        change(limits);
        let config = Arc::new(config);
        let services = Services {
            net: Net::new(&config),
            worker: Worker::start(1).expect("threads"),
            spools: Spools::start(&config.limits),
            sizes: Default::default(),
            config,
        };
        let (made, upstreams) = mpsc::channel(32);
        let opener: Opener = Arc::new(move |who: Who, _| {
            let made = made.clone();
            Box::pin(async move {
                match who.credentials.address.as_str() {
                    "denied@t" => return Err(ApiError::new(ErrorKind::WrongPassword)),
                    "panics@t" => panic!("a fault in the gateway (part of the test)"),
                    _ => {}
                }
                let (requests, inbox) = mpsc::channel(16);
                let (sender, outputs) = mpsc::channel(16);
                made.send(Upstream { requests: inbox, outputs: sender }).await.ok();
                Ok((Account { requests, outputs, wire: Default::default() }, snapshot("first")))
            })
        });
        Self { sessions: Sessions::start_with(services, opener), upstreams, provider }
    }

    fn who(&self, ticket: u8, address: &str) -> Who {
        let credentials = Credentials {
            address: address.into(),
            login: address.into(),
            password: Secret::new("secret".into()),
            protocol: Protocol::Imap,
        };
        Who { ticket: LoginTicket([ticket; 16]), credentials, provider: self.provider.clone() }
    }

    fn page(&self, who: Who, reads: usize) -> Page {
        let (to, rx) = mpsc::channel(64);
        let (tx, from) = mpsc::channel(reads);
        let sessions = self.sessions.clone();
        let pipe = Pipe { rx, tx: PollSender::new(tx) };
        let served = tokio::spawn(async move { sessions.run_socket(who, pipe).await });
        Page { to, from, served, next: 0 }
    }

    /// Signed in, with its socket and its first screen.
    async fn ready(&mut self, ticket: u8) -> (Page, Upstream, SessionId) {
        let who = self.who(ticket, &format!("u{ticket}@t"));
        self.sessions.sign_in(who.clone()).await.expect("signs in");
        let upstream = self.upstreams.recv().await.expect("opened");
        let mut page = self.page(who, 64);
        let welcome = page.hello(None).await;
        assert!(!welcome.resumed && welcome.snapshot.is_some());
        (page, upstream, welcome.session)
    }
}

struct Page {
    to: mpsc::Sender<Message>,
    from: mpsc::Receiver<Message>,
    served: JoinHandle<SocketEnd>,
    next: u32,
}

impl Page {
    async fn send(&self, frame: &ClientFrame) {
        self.to.send(Message::Binary(codec::encode_client(frame).into())).await.expect("socket");
    }

    async fn hello(&mut self, resume: Option<Resume>) -> Welcome {
        let hello = Hello { version: VERSION, locale: "en".into(), resume, folder: None, rows: 50 };
        self.send(&ClientFrame::Hello(hello)).await;
        match self.frame().await {
            ServerFrame::Welcome(welcome) => welcome,
            other => panic!("{other:?}"),
        }
    }

    async fn request(&mut self, op: Option<OpId>, call: Call) -> RequestId {
        self.next += 1;
        let id = RequestId(self.next);
        self.send(&ClientFrame::Request { id, op, call }).await;
        id
    }

    async fn frame(&mut self) -> ServerFrame {
        loop {
            match self.from.recv().await.expect("an open socket") {
                Message::Binary(bytes) => return codec::decode_server(&bytes).expect("a frame"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn bye(mut self) -> (Bye, SocketEnd) {
        let ServerFrame::Bye { reason } = self.frame().await else { panic!("Bye") };
        (reason, self.served.await.expect("ends"))
    }

    async fn cut(self) {
        drop((self.to, self.from));
        self.served.await.expect("ends");
    }
}

fn seen(uid: u32) -> Call {
    let set = MessageSet { folder: FolderName::inbox(), validity: UidValidity(1), uids: vec![Uid(uid)] };
    Call::SetFlags(SetFlags { set, add: Flags::SEEN, remove: Flags::default() })
}

fn search() -> Call {
    let query = Query::parse("needle").expect("query");
    Call::Search(Search { folder: FolderName::inbox(), validity: UidValidity(1), query, rows: 10 })
}

fn read(uid: u32, background: bool) -> Call {
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(uid) };
    Call::Read(Read { at, background })
}

#[tokio::test(start_paused = true)]
async fn a_cut_connection_resumes_where_it_was() {
    let mut bench = Bench::new();
    let (mut page, upstream, session) = bench.ready(1).await;
    for n in 1..=3 {
        upstream.event(&format!("{n}")).await;
        assert!(matches!(page.frame().await, ServerFrame::Event { seq: EventSeq(s), .. } if s == n));
    }
    page.cut().await;
    upstream.event("4").await;
    let mut page = bench.page(bench.who(1, "u1@t"), 64);
    let welcome = page.hello(Some(Resume { session, seen: EventSeq(2) })).await;
    assert!(welcome.resumed && welcome.snapshot.is_none() && welcome.session == session);
    for n in 3..=4 {
        assert!(matches!(page.frame().await, ServerFrame::Event { seq: EventSeq(s), .. } if s == n));
    }
}

#[tokio::test(start_paused = true)]
async fn without_resume_a_page_gets_a_snapshot_and_a_new_name() {
    let mut bench = Bench::new();
    let (page, mut upstream, session) = bench.ready(1).await;
    page.cut().await;
    let mut page = bench.page(bench.who(1, "u1@t"), 64);
    let answering = tokio::spawn(async move {
        let (ticket, request) = upstream.asked().await;
        assert!(matches!(request, Request::Snapshot { .. }));
        upstream.event("older than the snapshot").await;
        upstream.done(ticket, Ok(Answer::Snapshot(Box::new(snapshot("again"))))).await;
        upstream
    });
    let welcome = page.hello(None).await;
    assert_eq!(welcome.snapshot.expect("a snapshot").account.provider, "again");
    assert!(!welcome.resumed && welcome.session != session);
    let upstream = answering.await.expect("answered");
    upstream.event("newer").await;
    assert!(matches!(page.frame().await, ServerFrame::Event { event: Event::Alert(w), .. } if w == "newer"));
    // The old name is no key any more, nor is anybody else's.
    assert!(!bench.sessions.owns(LoginTicket([1; 16]), session).await);
    assert!(bench.sessions.owns(LoginTicket([1; 16]), welcome.session).await);
    assert!(!bench.sessions.owns(LoginTicket([2; 16]), welcome.session).await);
}

#[tokio::test(start_paused = true)]
async fn a_replayed_operation_is_never_carried_out_twice() {
    let mut bench = Bench::new();
    let (mut page, mut upstream, session) = bench.ready(1).await;
    let op = Some(OpId([7; 16]));
    page.request(op, seen(1)).await;
    let (ticket, _) = upstream.asked().await;
    page.cut().await;
    let resume = || Some(Resume { session, seen: EventSeq(0) });
    let mut page = bench.page(bench.who(1, "u1@t"), 64);
    page.hello(resume()).await;
    // Still running: the replay joins it.
    let id = page.request(op, seen(1)).await;
    upstream.done(ticket, Ok(Answer::Ok)).await;
    assert_eq!(page.frame().await, ServerFrame::Done { id, result: Ok(Reply::Ok) });
    page.cut().await;
    // Finished: the replay is answered from memory.
    let mut page = bench.page(bench.who(1, "u1@t"), 64);
    page.hello(resume()).await;
    let id = page.request(op, seen(1)).await;
    assert_eq!(page.frame().await, ServerFrame::Done { id, result: Ok(Reply::Ok) });
    assert!(upstream.requests.try_recv().is_err(), "the account was asked once");
}

#[tokio::test(start_paused = true)]
async fn chunks_need_credit_and_cancel_ends_a_search_once() {
    let mut bench = Bench::new();
    let (mut page, mut upstream, _) = bench.ready(1).await;
    let id = page.request(None, search()).await;
    page.send(&ClientFrame::Credit { id, n: 1 }).await;
    let (ticket, _) = upstream.asked().await;
    let found =
        Found { folder: FolderName::inbox(), validity: UidValidity(1), uids: vec![Uid(1)], truncated: false };
    for _ in 0..2 {
        upstream
            .outputs
            .send(Box::new(Output::Hits { ticket, rows: vec![Summary::default()] }))
            .await
            .expect("room");
    }
    upstream.done(ticket, Ok(Answer::Search(found))).await;
    assert!(matches!(page.frame().await, ServerFrame::Chunk { n: 0, part: ChunkPart::SearchRows(_), .. }));
    page.send(&ClientFrame::Credit { id, n: 1 }).await;
    assert!(matches!(page.frame().await, ServerFrame::Chunk { n: 1, .. }));
    assert!(matches!(page.frame().await, ServerFrame::Done { result: Ok(Reply::Search(_)), .. }));
    // Cancelled: one Done, and the account hears of it.
    let id = page.request(None, search()).await;
    let (ticket, _) = upstream.asked().await;
    page.send(&ClientFrame::Cancel { id }).await;
    let ServerFrame::Done { id: done, result: Err(error) } = page.frame().await else { panic!("Done") };
    assert_eq!((done, error.kind), (id, ErrorKind::Cancelled));
    assert!(matches!(upstream.requests.recv().await, Some(Tell::Cancel(t)) if t == ticket));
    upstream.done(ticket, Err(ApiError::new(ErrorKind::Cancelled))).await;
    upstream.event("next").await;
    assert!(matches!(page.frame().await, ServerFrame::Event { .. }), "no second Done");
}

#[tokio::test(start_paused = true)]
async fn prefetches_wait_for_interactive_work() {
    let mut bench = Bench::new();
    let (mut page, mut upstream, _) = bench.ready(1).await;
    page.request(None, search()).await;
    let (first, _) = upstream.asked().await;
    page.request(None, read(1, true)).await;
    page.request(None, Call::Refresh).await;
    let (second, request) = upstream.asked().await;
    assert!(matches!(request, Request::Refresh), "{request:?}");
    upstream.done(second, Ok(Answer::Ok)).await;
    upstream.done(first, Err(ApiError::new(ErrorKind::Refused))).await;
    assert!(matches!(upstream.asked().await.1, Request::Read { background: true, .. }));
}

#[tokio::test(start_paused = true)]
async fn frames_that_must_not_be_end_that_connection_alone() {
    let mut bench = Bench::new();
    let (mut other, _other_upstream, _) = bench.ready(99).await;
    let hello = ClientFrame::Hello(Hello {
        version: VERSION,
        locale: "en".into(),
        resume: None,
        folder: None,
        rows: 0,
    });
    let bytes = |frame: &ClientFrame| Message::Binary(codec::encode_client(frame).into());
    let request = |id, op, call| bytes(&ClientFrame::Request { id: RequestId(id), op, call });
    let op = Some(OpId([1; 16]));
    let cases: [(&str, Vec<Message>); 8] = [
        ("malformed", vec![Message::Binary(vec![0, 99, 99].into())]),
        ("flag", vec![Message::Binary(vec![1, 0].into())]),
        ("text", vec![Message::Text("hello".into())]),
        ("second Hello", vec![bytes(&hello)]),
        ("falling ids", vec![request(5, None, Call::Refresh), request(5, None, Call::Refresh)]),
        ("mutation without id", vec![request(1, None, seen(1))]),
        ("id without mutation", vec![request(1, op, Call::Refresh)]),
        ("future Ack", vec![bytes(&ClientFrame::Ack { seq: EventSeq(77) })]),
    ];
    for (n, (name, messages)) in cases.into_iter().enumerate() {
        let ticket = n as u8 + 1;
        let (page, _upstream, session) = bench.ready(ticket).await;
        for message in messages {
            page.to.send(message).await.expect("socket");
        }
        let (bye, end) = page.bye().await;
        assert!(matches!(bye, Bye::Violation(_)), "{name}: {bye:?}");
        assert_eq!(end, SocketEnd::Violation, "{name}");
        // A better page goes on where it was.
        let mut page = bench.page(bench.who(ticket, &format!("u{ticket}@t")), 64);
        assert!(page.hello(Some(Resume { session, seen: EventSeq(0) })).await.resumed, "{name}");
    }
    let id = other.request(Some(OpId([2; 16])), seen(0)).await;
    assert!(matches!(other.frame().await, ServerFrame::Done { id: d, result: Err(_) } if d == id));
}

#[tokio::test(start_paused = true)]
async fn another_version_is_told_to_reload_and_silence_is_closed() {
    let bench = Bench::new();
    let page = bench.page(bench.who(1, "u1@t"), 64);
    let hello = Hello { version: VERSION + 1, locale: String::new(), resume: None, folder: None, rows: 0 };
    page.send(&ClientFrame::Hello(hello)).await;
    assert_eq!(page.bye().await.0, Bye::Upgrade);
    let page = bench.page(bench.who(1, "u1@t"), 64);
    assert!(matches!(page.bye().await, (Bye::Violation(_), SocketEnd::Violation)));
}

#[tokio::test(start_paused = true)]
async fn a_silent_page_counts_as_gone() {
    let mut bench = Bench::new();
    let (mut page, _upstream, _) = bench.ready(1).await;
    let mut pings = 0;
    while let Some(Message::Ping(_)) = page.from.recv().await {
        pings += 1;
    }
    assert!((2..=3).contains(&pings), "{pings}");
    assert_eq!(page.served.await.expect("ends"), SocketEnd::Slow);
}

#[tokio::test(start_paused = true)]
async fn r36_a_page_that_stops_reading_is_closed_and_upstream_waits() {
    let mut bench = Bench::new();
    let who = bench.who(1, "u1@t");
    bench.sessions.sign_in(who.clone()).await.expect("signs in");
    let upstream = bench.upstreams.recv().await.expect("opened");
    let mut page = bench.page(who, 1);
    page.hello(None).await;
    // 64 KB of words against an outbox of 20 KB: the rest stays with the account.
    let words = "x".repeat(1_000);
    let mut taken = 0;
    while taken < 200 {
        let event = Output::Event(Event::Alert(format!("{taken}{words}")));
        match tokio::time::timeout(Duration::from_secs(1), upstream.outputs.send(event.into())).await {
            Ok(sent) => sent.expect("the session lives"),
            Err(_) => break,
        }
        taken += 1;
    }
    assert!(taken < 64, "{taken} taken");
    assert_eq!(page.served.await.expect("ends"), SocketEnd::Slow);
    // Parked, it takes them again, within its bound.
    for n in 0..200 {
        upstream.event(&format!("{n}{words}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_parked_session_ends_and_a_running_operation_is_seen_to_its_end() {
    let mut bench = Bench::new();
    let (page, mut upstream, _) = bench.ready(1).await;
    page.cut().await;
    let began = tokio::time::Instant::now();
    assert!(upstream.requests.recv().await.is_none(), "the account is dropped");
    assert_eq!(began.elapsed().as_secs(), 60);
    let (mut page, mut upstream, _) = bench.ready(2).await;
    page.request(Some(OpId([1; 16])), seen(1)).await;
    let (ticket, _) = upstream.asked().await;
    page.cut().await;
    tokio::time::sleep(Duration::from_secs(100)).await;
    upstream.done(ticket, Ok(Answer::Ok)).await;
    assert!(upstream.requests.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn r21_sign_out_ends_socket_and_upstream_at_once() {
    let mut bench = Bench::new();
    let (page, mut upstream, _) = bench.ready(1).await;
    bench.sessions.sign_out(LoginTicket([1; 16])).await;
    assert_eq!(page.bye().await, (Bye::SignedOut, SocketEnd::SignedOut));
    assert!(upstream.requests.recv().await.is_none(), "the account is dropped");
    // The cookie, copied before, opens nothing on this node.
    let error = bench.sessions.sign_in(bench.who(1, "u1@t")).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::SignedOut);
}

#[tokio::test(start_paused = true)]
async fn drain_says_so_to_everybody() {
    let mut bench = Bench::new();
    let (one, _up1, _) = bench.ready(1).await;
    let (two, _up2, _) = bench.ready(2).await;
    bench.sessions.drain().await;
    assert_eq!(one.bye().await.0, Bye::Draining);
    assert_eq!(two.bye().await.0, Bye::Draining);
    assert_eq!(bench.sessions.sign_in(bench.who(3, "u3@t")).await.expect_err("busy").kind, ErrorKind::Busy);
}

#[tokio::test(start_paused = true)]
async fn r32_a_panic_harms_nobody_else() {
    let mut bench = Bench::new();
    let (mut page, upstream, _) = bench.ready(1).await;
    assert!(bench.sessions.sign_in(bench.who(2, "panics@t")).await.is_err());
    upstream.event("alive").await;
    assert!(matches!(page.frame().await, ServerFrame::Event { .. }));
    let denied = bench.sessions.sign_in(bench.who(3, "denied@t")).await.expect_err("refused");
    assert_eq!(denied.kind, ErrorKind::WrongPassword);
}

#[tokio::test(start_paused = true)]
async fn an_accounts_sessions_are_bounded_and_unused_ones_give_way() {
    let mut bench = Bench::new();
    let mut upstreams = Vec::new();
    for ticket in 0..8 {
        bench.sessions.sign_in(bench.who(ticket, "same@t")).await.expect("signs in");
        upstreams.push(bench.upstreams.recv().await.expect("opened"));
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    bench.sessions.sign_in(bench.who(20, "SAME@t")).await.expect("the oldest unused one gives way");
    assert!(upstreams[0].requests.recv().await.is_none());
    let second = upstreams[1].requests.try_recv();
    assert!(matches!(second, Err(mpsc::error::TryRecvError::Empty)), "the others stay");
}

#[tokio::test]
async fn the_page_learns_what_the_sending_server_takes() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let endpoint = Endpoint { host: "127.0.0.1".into(), port, tls: TlsMode::None };
    let mut bench = Bench::with(Some(endpoint));
    let (mut page, _upstream, session) = bench.ready(1).await;
    // It speaks only now, after the page has its Welcome.
    let (mut stream, _) = listener.accept().await.expect("asked");
    stream.write_all(b"220 t\r\n").await.expect("read");
    stream.read_exact(&mut [0; 4]).await.expect("EHLO");
    stream.write_all(b"250-t\r\n250 SIZE 4000000\r\n").await.expect("read");
    let ServerFrame::Event { event: Event::Limits(limits), seq } = page.frame().await else {
        panic!("limits")
    };
    assert_eq!((limits.message, limits.upload), (4_000_000, 3_000_000));
    page.cut().await;
    let mut page = bench.page(bench.who(1, "u1@t"), 64);
    assert_eq!(page.hello(Some(Resume { session, seen: seq })).await.limits, limits);
}

#[tokio::test(start_paused = true)]
async fn r32_a_panic_ends_one_running_session_alone() {
    let mut bench = Bench::new();
    let (mut faulty, upstream, session) = bench.ready(1).await;
    let (mut other, other_upstream, _) = bench.ready(2).await;
    upstream.event(FAULT).await;
    assert!(faulty.from.recv().await.is_none_or(|m| matches!(m, Message::Close(_))), "its socket closes");
    assert!(!bench.sessions.owns(LoginTicket([1; 16]), session).await, "and it is forgotten");
    other_upstream.event("alive").await;
    assert!(matches!(other.frame().await, ServerFrame::Event { .. }));
    // The same person comes back with the same cookie: a new session, with a snapshot.
    let mut again = bench.page(bench.who(1, "u1@t"), 64);
    let welcome = again.hello(Some(Resume { session, seen: EventSeq(0) })).await;
    assert!(!welcome.resumed && welcome.snapshot.is_some() && welcome.session != session);
}
