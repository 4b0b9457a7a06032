//! A client of the wire without a browser: sign in over HTTP, then frames over the WebSocket.
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, header};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use pyeonji_shared::call::{Call, ChunkPart, Reply};
use pyeonji_shared::codec;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::event::Event;
use pyeonji_shared::frame::{Bye, ClientFrame, Hello, Resume, ServerFrame, VERSION, Welcome};
use pyeonji_shared::ids::{EventSeq, OpId, RequestId, SessionId};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longest wait for one frame; a test that needs longer is stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// As browsers do: a frame behind an unacknowledged one would wait 40 ms otherwise.
const DISABLE_NAGLE: bool = true;

/// HTTP with this gateway as one browser would talk: Origin, our header, cookie.
#[derive(Clone, Debug)]
pub struct Browserless {
    /// e.g. `http://127.0.0.1:8080`
    pub url: String,
    pub cookie: String,
}

impl Browserless {
    pub fn new(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), cookie: String::new() }
    }

    /// `POST /api/login`; keeps the cookie. The body on refusal.
    pub async fn sign_in(&mut self, address: &str, password: &str) -> Result<(), (StatusCode, String)> {
        self.sign_in_as(address, password, None).await
    }

    /// The same with a type of account, `imap` or `pop3`.
    pub async fn sign_in_as(
        &mut self,
        address: &str,
        password: &str,
        kind: Option<&str>,
    ) -> Result<(), (StatusCode, String)> {
        let body = serde_json::json!({
            "address": address, "password": password, "remember": false, "locale": "en", "type": kind
        });
        let response = self.post("/api/login", "application/json", body.to_string().into_bytes()).await;
        let status = response.status();
        let cookie =
            response.headers().get(header::SET_COOKIE).and_then(|c| c.to_str().ok()).map(str::to_owned);
        let text = body_text(response).await;
        if !status.is_success() {
            return Err((status, text));
        }
        self.cookie =
            cookie.and_then(|c| c.split(';').next().map(str::to_owned)).expect("a cookie after sign-in");
        Ok(())
    }

    pub async fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> Response<hyper::body::Incoming> {
        let request = Request::post(format!("{}{path}", self.url))
            .header(header::ORIGIN, &self.url)
            .header("X-Pyeonji", "1")
            .header(header::CONTENT_TYPE, kind)
            .header(header::COOKIE, &self.cookie)
            .body(Full::<bytes::Bytes>::from(body))
            .expect("request");
        HttpClient::builder(TokioExecutor::new()).build_http().request(request).await.expect("answer")
    }

    pub async fn get(&self, path: &str) -> Response<hyper::body::Incoming> {
        let request = Request::get(format!("{}{path}", self.url))
            .header(header::COOKIE, &self.cookie)
            .body(Full::<bytes::Bytes>::default())
            .expect("request");
        HttpClient::builder(TokioExecutor::new()).build_http().request(request).await.expect("answer")
    }

    /// Opens the WebSocket and says hello.
    pub async fn connect(&self, resume: Option<Resume>) -> Result<Wire, Bye> {
        Wire::open(self, resume).await
    }
}

pub async fn body_text(response: Response<hyper::body::Incoming>) -> String {
    String::from_utf8_lossy(&body_bytes(response).await).into_owned()
}

pub async fn body_bytes(response: Response<hyper::body::Incoming>) -> Vec<u8> {
    response.into_body().collect().await.expect("body").to_bytes().to_vec()
}

/// One open connection.
pub struct Wire {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub welcome: Welcome,
    next: u32,
    /// Events that came while something else was awaited.
    pub events: VecDeque<Event>,
    pub seen: EventSeq,
    pub chunks: Vec<ChunkPart>,
}

impl Wire {
    async fn open(http: &Browserless, resume: Option<Resume>) -> Result<Self, Bye> {
        let address = http.url.replacen("http", "ws", 1) + "/ws";
        let mut request = address.into_client_request().expect("address");
        let headers = request.headers_mut();
        headers.insert(header::ORIGIN, http.url.parse().expect("origin"));
        headers.insert(header::COOKIE, http.cookie.parse().expect("cookie"));
        headers.insert(
            header::SEC_WEBSOCKET_PROTOCOL,
            pyeonji_shared::frame::SUBPROTOCOL.parse().expect("protocol"),
        );
        let (mut socket, _) =
            match tokio_tungstenite::connect_async_with_config(request, None, DISABLE_NAGLE).await {
                Ok(open) => open,
                // Without a living cookie there isn't even a socket to say Bye on.
                Err(tungstenite::Error::Http(response)) if response.status() == StatusCode::UNAUTHORIZED => {
                    return Err(Bye::SignedOut);
                }
                Err(error) => panic!("upgrade: {error}"),
            };
        let hello = Hello { version: VERSION, locale: "en".into(), resume, folder: None, rows: 50 };
        socket
            .send(Message::Binary(codec::encode_client(&ClientFrame::Hello(hello)).into()))
            .await
            .expect("hello is sent");
        match read(&mut socket).await {
            Some(ServerFrame::Welcome(welcome)) => Ok(Self {
                socket,
                welcome,
                next: 1,
                events: VecDeque::new(),
                seen: EventSeq(0),
                chunks: Vec::new(),
            }),
            Some(ServerFrame::Bye { reason }) => Err(reason),
            other => panic!("expected Welcome, got {other:?}"),
        }
    }

    pub fn session(&self) -> SessionId {
        self.welcome.session
    }

    pub async fn send(&mut self, frame: &ClientFrame) {
        self.socket.send(Message::Binary(codec::encode_client(frame).into())).await.expect("sent");
    }

    pub async fn send_raw(&mut self, bytes: Vec<u8>) {
        let _ = self.socket.send(Message::Binary(bytes.into())).await;
    }

    /// Next frame, or `None` when the gateway closed.
    pub async fn read(&mut self) -> Option<ServerFrame> {
        read(&mut self.socket).await
    }

    /// Asks and waits for the one answer; events and chunks met on the way are kept.
    pub async fn call(&mut self, call: Call) -> Result<Reply, ApiError> {
        let op = call.is_mutation().then(|| {
            let mut id = [7; 16];
            id[..4].copy_from_slice(&self.next.to_be_bytes());
            id[4..].copy_from_slice(&self.session().0[..12]);
            OpId(id)
        });
        self.call_as(op, call).await
    }

    pub async fn call_as(&mut self, op: Option<OpId>, call: Call) -> Result<Reply, ApiError> {
        let id = RequestId(self.next);
        self.next += 1;
        self.send(&ClientFrame::Request { id, op, call }).await;
        self.send(&ClientFrame::Credit { id, n: 64 }).await;
        loop {
            match self.read().await.expect("an answer before the end") {
                ServerFrame::Done { id: of, result } if of == id => return result,
                ServerFrame::Event { seq, event } => {
                    self.seen = seq;
                    self.events.push_back(event);
                }
                ServerFrame::Chunk { part, .. } => self.chunks.push(part),
                ServerFrame::Bye { reason } => panic!("Bye({reason:?}) instead of an answer"),
                _ => {}
            }
        }
    }

    /// Waits for an event that `wanted` accepts.
    pub async fn event<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            while let Some(event) = self.events.pop_front() {
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
            match self.read().await.expect("an event before the end") {
                ServerFrame::Event { seq, event } => {
                    self.seen = seq;
                    self.events.push_back(event);
                }
                ServerFrame::Bye { reason } => panic!("Bye({reason:?}) instead of an event"),
                _ => {}
            }
        }
    }

    /// Drops the connection without a close handshake.
    pub fn cut(self) -> Resume {
        Resume { session: self.session(), seen: self.seen }
    }
}

async fn read(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> Option<ServerFrame> {
    loop {
        let next = tokio::time::timeout(PATIENCE, socket.next()).await.expect("a frame in time");
        match next?.ok()? {
            Message::Binary(bytes) => {
                return Some(codec::decode_server(&bytes).expect("a frame of our version"));
            }
            Message::Close(_) => return None,
            _ => {}
        }
    }
}
