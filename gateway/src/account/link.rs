//! One upstream connection: joins the pure engine to its socket. A burst of commands leaves in one write; nothing is
//! read while events wait, which is the back-pressure towards the mail server.
use super::pump::{now, pull, push, sleep};
use super::request::Ticket;
use crate::config::limits::Limits;
use crate::imap::{Command, CommandId, Engine, EngineError, Event, Greeting, Options};
use crate::metrics;
use crate::net::tap::Tap;
use crate::net::{Connected, Stream};
use bytes::{Buf, Bytes, BytesMut};
use std::sync::Arc;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// Bytes of one read.
const READ: usize = 8 << 10;
/// Bytes gathered for one write; what an APPEND feeds beyond waits in the engine.
const WRITE: usize = 64 << 10;

pub struct Link {
    engine: Engine,
    read: ReadHalf<Stream>,
    write: WriteHalf<Stream>,
    output: BytesMut,
    tap: Tap,
    /// Written, but perhaps not flushed through TLS.
    dirty: bool,
    closed: bool,
    _permit: OwnedSemaphorePermit,
}

impl Link {
    pub fn new(connected: Connected, limits: Arc<Limits>, permit: OwnedSemaphorePermit) -> Self {
        let Connected { stream, greeting_seen, secure, tap } = connected;
        let greeting = if greeting_seen { Greeting::AlreadySeen } else { Greeting::Expected };
        let (read, write) = tokio::io::split(stream);
        Self {
            engine: Engine::new(Options { limits, greeting, secure }, now()),
            read,
            write,
            output: BytesMut::new(),
            tap,
            dirty: false,
            closed: false,
            _permit: permit,
        }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn submit(&mut self, command: Command) -> CommandId {
        let Self { engine, output, tap, .. } = self;
        tap.quiet(|| output.is_empty() && engine.is_between());
        let id = engine.submit(command, now());
        tap.submitted(id.0);
        id
    }

    /// What is submitted from now on is for this request to the account, or for nobody's.
    pub fn works_for(&mut self, ticket: Option<Ticket>) {
        match ticket {
            Some(ticket) => self.tap.caused_by_ticket(ticket.0),
            None => self.tap.caused_by(0),
        }
    }

    pub fn set_idle(&mut self, on: bool) {
        self.engine.set_idle(on, now());
    }

    pub fn feed(&mut self, id: CommandId, bytes: Bytes) -> bool {
        self.engine.feed_literal(id, bytes, now()).is_ok()
    }

    pub fn abandon(&mut self, id: CommandId) {
        self.engine.abandon_literal(id, now());
    }

    /// What is known already, without I/O.
    pub fn ready(&mut self) -> Option<Event> {
        let event = self.engine.poll_event();
        if let Some(Event::Failed(error)) = &event
            && let Some(limit) = error.limit()
        {
            metrics::limit_hit(limit);
        }
        event
    }

    /// The next event. Cancel-safe: whatever was read or written stays.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.next_unless(|_| false).await {
                return event;
            }
        }
    }

    /// The next event, or `None` once `stop` holds: what a body's feeder waits for may come without an event.
    pub async fn next_unless(&mut self, stop: impl Fn(&Engine) -> bool) -> Option<Event> {
        loop {
            if let Some(event) = self.ready() {
                return Some(event);
            }
            if self.closed {
                // The engine has said so once; whoever asks again hears it again.
                return Some(Event::Failed(EngineError::Closed));
            }
            self.gather();
            if stop(&self.engine) {
                return None;
            }
            let deadline = self.engine.poll_timeout().map(Instant::from_std);
            let Self { engine, read, write, output, dirty, tap, .. } = self;
            tokio::select! {
                result = pull::<READ>(read, |bytes| {
                    tap.received(bytes);
                    engine.handle_input(bytes, now());
                }) => match result {
                    Ok(n) if n > 0 => {}
                    // RFC 8446 §6.1 asks for close_notify; engines know from the state whether a bare close is harmful.
                    _ => {
                        engine.handle_eof(now());
                        self.closed = true;
                    }
                },
                result = push(write, output), if !output.is_empty() || *dirty => match result {
                    Ok(Some(n)) => {
                        let written = output.get(..n).unwrap_or_default();
                        tap.sent_by(written, |tag| engine.command_of(tag).map(|id| id.0));
                        output.advance(n);
                        *dirty = true;
                        if output.is_empty() {
                            // A burst's memory isn't kept while the link idles.
                            *output = BytesMut::new();
                        }
                    }
                    Ok(None) => *dirty = false,
                    Err(_) => {
                        engine.handle_eof(now());
                        self.closed = true;
                    }
                },
                () = sleep(deadline) => engine.handle_timeout(now()),
            }
        }
    }

    fn gather(&mut self) {
        while self.output.len() < WRITE {
            let Some(bytes) = self.engine.poll_transmit() else { return };
            self.output.extend_from_slice(&bytes);
        }
    }
}
