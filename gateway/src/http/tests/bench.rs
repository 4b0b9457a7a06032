//! A gateway without sockets or mail server: the router, a clock that the test moves, and scripted sessions.
use crate::account::request::{FetchChunk, Section};
use crate::account::rescue::{Rescue, Target};
use crate::config::{Config, Endpoint, LoginName, Provider, TlsMode};
use crate::http::assets::Assets;
use crate::http::backend::{Backend, Fetched};
use crate::http::door::Door;
use crate::http::guard::Peer;
use crate::http::site::Site;
use crate::http::{App, Clock, router};
use crate::net::Net;
use crate::net::wire::Wire;
use crate::seal::Keeper;
use crate::session::{LoginTicket, SocketEnd, Who};
use crate::spool::Spools;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocket;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use futures_util::future::BoxFuture;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{MessageRef, SessionId};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tower::ServiceExt;

pub const NOW: i64 = 1_800_000_000;
pub const PASSWORD: &str = "canary-password-4711";
pub const SESSION: SessionId = SessionId([9; 16]);

/// Answers like a mail server that knows one password.
#[derive(Default)]
pub struct Script {
    pub sign_ins: Mutex<Vec<Who>>,
    pub signed_out: Mutex<Vec<LoginTicket>>,
    pub sockets: Mutex<Vec<LoginTicket>>,
    pub wire: Wire,
    /// What every other sign-in ends with, in place of the password's check.
    pub fault: Mutex<Option<ApiError>>,
    /// What every download yields.
    pub download: Mutex<Vec<Result<FetchChunk, ApiError>>>,
    /// Downloads break off without a word, as when a task dies.
    pub dies: AtomicBool,
    pub fetched: Mutex<Vec<(MessageRef, Section)>>,
    /// Accounts that a rescue was begun for.
    pub rescues: Mutex<Vec<Target>>,
}

impl Backend for Arc<Script> {
    fn sign_in(&self, who: Who) -> BoxFuture<'static, Result<(), ApiError>> {
        let fault = self.fault.lock().unwrap().clone();
        let right = who.credentials.password.expose() == PASSWORD;
        // The words of a server that gives away too much.
        let wrong = ApiError::new(ErrorKind::WrongPassword).with_detail("no such user here");
        self.sign_ins.lock().unwrap().push(who);
        Box::pin(async move {
            match fault {
                Some(error) => Err(error),
                None if right => Ok(()),
                None => Err(wrong),
            }
        })
    }
    fn run_socket(&self, who: Who, socket: WebSocket) -> BoxFuture<'static, SocketEnd> {
        self.sockets.lock().unwrap().push(who.ticket);
        Box::pin(echo(socket))
    }
    fn wire(&self, _: LoginTicket, session: SessionId) -> BoxFuture<'static, Option<Wire>> {
        let wire = (session == SESSION).then(|| self.wire.clone());
        Box::pin(async move { wire })
    }
    fn fetch(
        &self,
        _ticket: LoginTicket,
        session: SessionId,
        at: MessageRef,
        what: Section,
    ) -> BoxFuture<'static, Result<Fetched, ApiError>> {
        self.fetched.lock().unwrap().push((at, what));
        let mut items = self.download.lock().unwrap().clone();
        if !self.dies.load(Ordering::Relaxed) && matches!(items.last(), Some(Ok(_))) {
            items.push(Ok(FetchChunk::End));
        }
        Box::pin(async move {
            if session != SESSION {
                return Err(ApiError::new(ErrorKind::SignedOut));
            }
            let (out, fetched) = mpsc::channel(1);
            tokio::spawn(async move {
                for item in items {
                    if out.send(item).await.is_err() {
                        return;
                    }
                }
            });
            Ok(fetched)
        })
    }
    fn owns(&self, _ticket: LoginTicket, session: SessionId) -> BoxFuture<'static, bool> {
        Box::pin(async move { session == SESSION })
    }
    fn rescue(&self, _: LoginTicket, begin: Option<Target>) -> BoxFuture<'static, Option<Rescue>> {
        self.rescues.lock().unwrap().extend(begin);
        Box::pin(async { None })
    }
    fn end_rescue(&self, _: LoginTicket) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
    fn sign_out(&self, ticket: LoginTicket) -> BoxFuture<'static, ()> {
        self.signed_out.lock().unwrap().push(ticket);
        Box::pin(async {})
    }
    fn drain(&self) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

async fn echo(mut socket: WebSocket) -> SocketEnd {
    while let Some(message) = socket.recv().await {
        match message {
            Ok(message) => {
                if socket.send(message).await.is_err() {
                    return SocketEnd::Closed;
                }
            }
            Err(_) => return SocketEnd::Violation,
        }
    }
    SocketEnd::Closed
}

pub struct Bench {
    pub app: Arc<App>,
    pub script: Arc<Script>,
    pub router: Router,
    pub origin: String,
    pub host: String,
    pub peer: SocketAddr,
    now: Arc<AtomicI64>,
}

/// An answer with its body read.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Result<Bytes, axum::Error>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body.as_ref().unwrap()).into_owned()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
    pub fn kind(&self) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.text()).unwrap();
        json["kind"].as_str().unwrap().to_owned()
    }
}

pub fn provider(name: &str, domain: &str, login: LoginName) -> Arc<Provider> {
    let endpoint = |port| Some(Endpoint { host: "127.0.0.1".into(), port, tls: TlsMode::None });
    Arc::new(Provider {
        name: name.into(),
        domains: vec![domain.into()],
        login,
        extra_roots: Vec::new(),
        pins: Vec::new(),
        imap: endpoint(143),
        pop3: None,
        smtp: endpoint(25),
    })
}

impl Bench {
    pub fn new() -> Self {
        Self::with("https://mail.example.org", |_| ())
    }

    pub fn with(public_url: &str, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::for_tests(vec![
            provider("Blue", "blue.test", LoginName::Address),
            provider("Green", "green.test", LoginName::LocalPart),
        ]);
        config.public_url = public_url.into();
        config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        change(&mut config);
        let addr: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let site = Site::new(&config, addr).unwrap();
        let origin = site.url().to_owned();
        let script = Arc::new(Script::default());
        let now = Arc::new(AtomicI64::new(NOW));
        let files = [
            ("index.html", "<!doctype html><title>Pyeonji</title>".repeat(20)),
            ("index.html.br", "squeezed index".into()),
            ("assets/app.0123456789ab.js", "export {}; ".repeat(20)),
            ("assets/app.0123456789ab.js.br", "squeezed script".into()),
            ("assets/plain.js", "1".into()),
            ("boot.js", "2".into()),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), Bytes::from(text)));
        let files = files.into_iter().chain(super::deltas::modules());
        let app = Arc::new(App {
            cards: tokio::sync::Semaphore::new(1),
            deriving: Arc::new(tokio::sync::Semaphore::new(1)),
            recordings: Arc::new(tokio::sync::Semaphore::new(1)),
            door: Door::start(&config.limits),
            spools: Spools::start(&config.limits),
            net: Net::new(&config),
            worker: crate::mail::worker::Worker::start(1).unwrap(),
            keeper: Keeper::start(None, 7).unwrap(),
            lab: crate::http::lab::Lab::start(&config.limits),
            own: Default::default(),
            metrics: crate::metrics::install(),
            assets: Assets::from_files(files),
            site,
            backend: Arc::new(script.clone()),
            clock: {
                let now = now.clone();
                Clock::from_fn(move || now.load(Ordering::Relaxed))
            },
            draining: Default::default(),
            config: Arc::new(config),
        });
        Self {
            router: router(app.clone()),
            host: origin.split_once("://").unwrap().1.to_owned(),
            origin,
            peer: "203.0.113.5:50000".parse().unwrap(),
            app,
            script,
            now,
        }
    }

    pub fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn get(&self, path: &str) -> Builder {
        Request::get(path).header("host", &self.host)
    }

    /// As our own page sends what changes something.
    pub fn post(&self, path: &str) -> Builder {
        Request::post(path).header("host", &self.host).header("origin", &self.origin).header("x-pyeonji", "1")
    }

    pub async fn send(&self, request: Builder) -> Answer {
        self.send_body(request, Body::empty()).await
    }

    pub async fn send_body(&self, request: Builder, body: impl Into<Body>) -> Answer {
        let request = request.extension(Peer(self.peer)).body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn login(&self, address: &str, password: &str) -> Answer {
        let form = serde_json::json!({"address": address, "password": password, "locale": "en"});
        self.login_with(form).await
    }

    pub async fn login_with(&self, form: serde_json::Value) -> Answer {
        let request = self.post("/api/login").header("content-type", "application/json");
        self.send_body(request, form.to_string()).await
    }

    /// Signs in and returns the `Cookie` line that a browser would send.
    pub async fn cookie(&self) -> String {
        let answer = self.login("ada@blue.test", PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}
