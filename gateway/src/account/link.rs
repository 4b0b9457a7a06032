//! One connection to an IMAP server: joins the pure engine to a stream. All I/O of an account is in here.
use crate::imap::Engine;
use crate::imap::capability::Capabilities;
use crate::imap::command::{Command, CommandId};
use crate::imap::error::{CommandError, EngineError};
use crate::imap::event::{Completion, Event};
use crate::imap::options::{Greeting, Options};
use crate::net::{Connected, Stream};
use bytes::{Buf, Bytes, BytesMut};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes read from the socket at once; the engine is drained before the next read.
const READ_BYTES: usize = 32 << 10;
/// Bytes taken from the engine ahead of the socket.
const WRITE_AHEAD: usize = 64 << 10;

pub struct Link {
    engine: Engine,
    stream: Stream,
    input: Box<[u8]>,
    output: BytesMut,
    unflushed: bool,
}

/// What one turn of the socket brought.
enum Turn {
    Read(usize),
    Timeout,
}

impl Link {
    pub fn new(connected: Connected, limits: Arc<crate::config::limits::Limits>) -> Self {
        let greeting = if connected.greeting_seen { Greeting::AlreadySeen } else { Greeting::Expected };
        let options = Options { limits, greeting, secure: connected.secure };
        Self {
            engine: Engine::new(options, now()),
            stream: connected.stream,
            input: vec![0; READ_BYTES].into_boxed_slice(),
            output: BytesMut::new(),
            unflushed: false,
        }
    }

    pub fn submit(&mut self, command: Command) -> CommandId {
        self.engine.submit(command, now())
    }

    pub fn set_idle(&mut self, on: bool) {
        self.engine.set_idle(on, now());
    }

    pub fn capabilities(&self) -> Option<&Arc<Capabilities>> {
        self.engine.capabilities()
    }

    pub fn is_over(&self) -> bool {
        self.engine.is_over()
    }

    /// The APPEND that wants more of its body, and how much.
    pub fn wants_literal(&self) -> Option<(CommandId, u64)> {
        self.engine.wants_literal()
    }

    pub fn feed_literal(&mut self, id: CommandId, bytes: Bytes) -> Result<(), CommandError> {
        self.engine.feed_literal(id, bytes, now()).map_err(CommandError::Refused)
    }

    pub fn abandon_literal(&mut self, id: CommandId) {
        self.engine.abandon_literal(id, now());
    }

    /// An event that is there already, without I/O.
    pub fn ready(&mut self) -> Option<Event> {
        self.engine.poll_event()
    }

    /// The next event. Cancel-safe: nothing read or written is lost when the future is dropped.
    pub async fn event(&mut self) -> Event {
        loop {
            if let Some(event) = self.engine.poll_event() {
                return event;
            }
            if self.engine.is_over() {
                return Event::Failed(EngineError::Closed);
            }
            self.turn().await;
        }
    }

    /// Moves bytes once, for a caller that waits for the engine to want more of a literal.
    pub async fn turn(&mut self) {
        self.take_output();
        let deadline = self.engine.poll_timeout();
        let turn = tokio::select! {
            turn = io(&mut self.stream, &mut self.input, &mut self.output, &mut self.unflushed) => turn,
            () = until(deadline) => Ok(Turn::Timeout),
        };
        match turn {
            Ok(Turn::Read(0)) | Err(_) => self.engine.handle_eof(now()),
            Ok(Turn::Read(n)) => self.engine.handle_input(self.input.get(..n).unwrap_or_default(), now()),
            Ok(Turn::Timeout) => self.engine.handle_timeout(now()),
        }
        self.take_output();
    }

    /// Writes without waiting for anything to be read; returns when all is handed to the socket, or something is wrong.
    pub async fn flush(&mut self) {
        loop {
            self.take_output();
            if self.output.is_empty() {
                return;
            }
            let written = poll_fn(|cx| Pin::new(&mut self.stream).poll_write(cx, &self.output)).await;
            match written {
                Ok(n) if n > 0 => {
                    self.output.advance(n);
                    self.unflushed = true;
                }
                _ => return self.engine.handle_eof(now()),
            }
        }
    }

    /// Waits for one command, giving everything else to `other`.
    pub async fn finish(
        &mut self,
        id: CommandId,
        mut other: impl FnMut(Event),
    ) -> Result<Completion, CommandError> {
        loop {
            match self.event().await {
                Event::Done { id: of, result } if of == id => return result,
                Event::Failed(error) => return Err(CommandError::Lost(error)),
                event => other(event),
            }
        }
    }

    /// Says goodbye if that takes no time; the connection closes with the link in any case.
    pub async fn close(mut self) {
        let logout = self.submit(Command::Logout);
        let polite = self.finish(logout, |_| {});
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), polite).await;
    }

    fn take_output(&mut self) {
        while self.output.len() < WRITE_AHEAD {
            match self.engine.poll_transmit() {
                Some(bytes) => self.output.extend_from_slice(&bytes),
                None => break,
            }
        }
    }
}

/// Writes what is waiting and reads what comes; ready as soon as something was read, or everything written while the
/// engine may have more.
async fn io(
    stream: &mut Stream,
    input: &mut [u8],
    output: &mut BytesMut,
    unflushed: &mut bool,
) -> std::io::Result<Turn> {
    poll_fn(|cx| {
        let mut stream = Pin::new(stream as &mut Stream);
        while !output.is_empty() {
            match stream.as_mut().poll_write(cx, output) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(n)) => {
                    output.advance(n);
                    *unflushed = true;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        if output.is_empty() && *unflushed {
            match stream.as_mut().poll_flush(cx) {
                Poll::Ready(Ok(())) => *unflushed = false,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        let mut buffer = ReadBuf::new(input);
        match stream.as_mut().poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(Turn::Read(buffer.filled().len()))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The engine takes time as an argument; this is the one clock of the account's I/O, paused in tests.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
