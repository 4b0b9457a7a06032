//! One WebSocket: frames in, frames out, ping, silence and stall. Knows nothing of mail.
use super::{SocketEnd, Who};
use crate::config::limits::Limits;
use crate::metrics;
use axum::extract::ws::{CloseFrame, Message};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use pyeonji_shared::codec;
use pyeonji_shared::frame::{Bye, ClientFrame, Hello, ServerFrame, VERSION};
use pyeonji_shared::limits::{DEAD_SECONDS, PING_SECONDS};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

/// Frames read ahead of the session.
const FRAMES_AHEAD: usize = 16;
/// Messages handed to the socket ahead of the network; the rest waits in the outbox, where it is counted.
const WRITES_AHEAD: usize = 4;
/// A page that doesn't say Hello by then is none of ours.
const HELLO_SECONDS: u64 = 15;
/// For the last words to a page.
const BYE_SECONDS: u64 = 5;

/// The session's end of a connection. Dropping it closes the socket.
pub struct Conn {
    /// Boxed: a channel reserves room for 32 items at once, filled or not.
    pub frames: mpsc::Receiver<Box<ClientFrame>>,
    pub out: mpsc::Sender<Bytes>,
    bye: Option<oneshot::Sender<Bye>>,
}

impl Conn {
    /// Last words; what was queued before may be lost.
    pub fn bye(mut self, reason: Bye) {
        if let Some(bye) = self.bye.take() {
            bye.send(reason).ok();
        }
    }
}

/// The socket's end.
struct Pump {
    frames: mpsc::Sender<Box<ClientFrame>>,
    out: mpsc::Receiver<Bytes>,
    bye: oneshot::Receiver<Bye>,
}

fn pair() -> (Conn, Pump) {
    let (frames, frames_rx) = mpsc::channel(FRAMES_AHEAD);
    let (out, out_rx) = mpsc::channel(WRITES_AHEAD);
    let (bye, bye_rx) = oneshot::channel();
    (Conn { frames: frames_rx, out, bye: Some(bye) }, Pump { frames, out: out_rx, bye: bye_rx })
}

/// What the registry is given to find or make a session for a socket.
pub struct Knock {
    pub who: Who,
    pub hello: Hello,
    pub conn: Conn,
}

/// Serves one socket until it ends. `attach` gives the connection to a session.
pub async fn serve<S, A>(limits: &Limits, who: Who, socket: S, attach: A) -> SocketEnd
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
    A: AsyncFnOnce(Knock),
{
    let stall = Duration::from_secs(limits.outbox_stall_seconds);
    let mut socket = Socket { inner: socket, stall, frame_bytes: limits.ws_frame_bytes };
    let hello = match timeout(Duration::from_secs(HELLO_SECONDS), socket.next_frame()).await {
        Err(_) => return socket.close(Bye::Violation("no Hello".into())).await,
        Ok(Err(end)) => return socket.end(end).await,
        Ok(Ok(ClientFrame::Hello(hello))) => hello,
        Ok(Ok(_)) => return socket.close(Bye::Violation("Hello must be first".into())).await,
    };
    if hello.version != VERSION {
        return socket.close(Bye::Upgrade).await;
    }
    let (conn, pump) = pair();
    // Boxed: the socket stays for hours, this for a moment.
    Box::pin(attach(Knock { who, hello, conn })).await;
    let end = socket.run(pump).await;
    socket.end(end).await
}

/// How reading or writing ended.
enum End {
    Closed,
    Violation(String),
    Silent,
    Stalled,
    Said(Bye),
}

struct Socket<S> {
    inner: S,
    stall: Duration,
    frame_bytes: u64,
}

impl<S> Socket<S>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    async fn run(&mut self, mut pump: Pump) -> End {
        let mut ping = tokio::time::interval(Duration::from_secs(PING_SECONDS));
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ping.reset();
        let mut heard = Instant::now();
        let mut deaf = false;
        loop {
            tokio::select! {
                biased;
                // The session decides; a dropped sender without words is a session that is no more.
                bye = &mut pump.bye => {
                    return bye.map_or(End::Closed, End::Said);
                }
                message = pump.out.recv() => {
                    let Some(bytes) = message else {
                        // The words follow on the other channel, or the session died.
                        return (&mut pump.bye).await.map_or(End::Closed, End::Said);
                    };
                    if let Some(end) = self.write(bytes, &mut pump.out).await {
                        return end;
                    }
                }
                // Frames wait in the socket while the session is busy with those it has: the page is slowed down.
                permit = pump.frames.reserve(), if deaf => {
                    if permit.is_err() {
                        return (&mut pump.bye).await.map_or(End::Closed, End::Said);
                    }
                    deaf = false;
                }
                frame = self.next_message(), if !deaf => {
                    heard = Instant::now();
                    match frame {
                        Err(end) => return end,
                        Ok(None) => {}
                        Ok(Some(frame)) => {
                            if pump.frames.try_send(Box::new(frame)).is_err() {
                                return (&mut pump.bye).await.map_or(End::Closed, End::Said);
                            }
                            deaf = pump.frames.capacity() == 0;
                        }
                    }
                }
                _ = ping.tick() => {
                    if heard.elapsed() >= Duration::from_secs(DEAD_SECONDS) {
                        return End::Silent;
                    }
                    if let Some(end) = self.send(Message::Ping(Bytes::new())).await {
                        return end;
                    }
                }
            }
        }
    }

    /// Writes what is ready in as few writes as possible.
    async fn write(&mut self, first: Bytes, more: &mut mpsc::Receiver<Bytes>) -> Option<End> {
        let work = async {
            self.inner.feed(Message::Binary(first)).await?;
            while let Ok(bytes) = more.try_recv() {
                self.inner.feed(Message::Binary(bytes)).await?;
            }
            self.inner.flush().await
        };
        match timeout(self.stall, work).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(End::Closed),
            Err(_) => Some(End::Stalled),
        }
    }

    async fn send(&mut self, message: Message) -> Option<End> {
        match timeout(self.stall, self.inner.send(message)).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(End::Closed),
            Err(_) => Some(End::Stalled),
        }
    }

    /// The next message; `None` for one without a frame (ping, pong). Cancel-safe.
    async fn next_message(&mut self) -> Result<Option<ClientFrame>, End> {
        match self.inner.next().await {
            None | Some(Ok(Message::Close(_))) => Err(End::Closed),
            Some(Ok(Message::Binary(bytes))) => match codec::decode_client(&bytes) {
                Ok(frame) => Ok(Some(frame)),
                Err(error) => Err(End::Violation(error.to_string())),
            },
            Some(Ok(Message::Text(_))) => Err(End::Violation("text message".into())),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            // The size limits are set where the socket is accepted; tungstenite reports them in words only.
            Some(Err(error)) if error.to_string().contains("too long") => {
                let frame = error.to_string().ends_with(&format!("> {}", self.frame_bytes));
                metrics::limit_hit(if frame { "ws_frame_bytes" } else { "ws_message_bytes" });
                Err(End::Violation("message too large".into()))
            }
            Some(Err(_)) => Err(End::Closed),
        }
    }

    async fn next_frame(&mut self) -> Result<ClientFrame, End> {
        loop {
            if let Some(frame) = self.next_message().await? {
                return Ok(frame);
            }
        }
    }

    async fn end(&mut self, end: End) -> SocketEnd {
        match end {
            End::Closed => {
                timeout(Duration::from_secs(BYE_SECONDS), self.inner.close()).await.ok();
                SocketEnd::Closed
            }
            End::Silent | End::Stalled => {
                if matches!(end, End::Stalled) {
                    metrics::limit_hit("outbox_stall_seconds");
                }
                // Not even a Bye would be read; what is in the buffers goes with the connection.
                SocketEnd::Slow
            }
            End::Violation(why) => self.close(Bye::Violation(why)).await,
            End::Said(bye) => self.close(bye).await,
        }
    }

    /// Says why, then closes.
    async fn close(&mut self, bye: Bye) -> SocketEnd {
        let end = match &bye {
            Bye::Upgrade => SocketEnd::Closed,
            Bye::SignedOut => SocketEnd::SignedOut,
            Bye::Draining => SocketEnd::Draining,
            Bye::Violation(why) => {
                tracing::info!(%why, "a page broke the protocol");
                SocketEnd::Violation
            }
            Bye::Overloaded => SocketEnd::Slow,
            Bye::Failed(_) => SocketEnd::Failed,
        };
        let words = Bytes::from(codec::encode_server(&ServerFrame::Bye { reason: bye }));
        let work = async {
            self.inner.feed(Message::Binary(words)).await?;
            self.inner.send(Message::Close(Some(CloseFrame { code: 1000, reason: "".into() }))).await
        };
        timeout(Duration::from_secs(BYE_SECONDS), work).await.ok();
        end
    }
}
