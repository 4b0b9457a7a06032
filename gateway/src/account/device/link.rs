//! One upstream connection: joins the pure engine to its socket. Nothing is read while events wait, which is the back-pressure
//! towards the mail server.
use crate::account::pump::{now, pull, push, sleep};
use crate::account::request::Ticket;
use crate::config::limits::Limits;
use crate::net::tap::Tap;
use crate::net::{Connected, Stream};
use crate::pop3::event::Completion;
use crate::pop3::{
    Capabilities, Command, CommandError, CommandId, Cost, Engine, EngineError, Event, Greeting, Options,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

/// Bytes of one read: two TLS records, because whole mailboxes come through here.
const READ: usize = 32 << 10;
/// How long the answer to a QUIT without deletions is waited for: it frees the mailbox, and no more hangs on it.
const FAREWELL: Duration = Duration::from_secs(2);
/// Commands given to the engine at once, where many are to be sent.
const AHEAD: usize = 32;

pub struct Link {
    engine: Engine,
    read: ReadHalf<Stream>,
    write: WriteHalf<Stream>,
    /// Being written, from `written` on; wiped afterwards.
    output: Zeroizing<Vec<u8>>,
    written: usize,
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
            output: Zeroizing::default(),
            written: 0,
            tap,
            dirty: false,
            closed: false,
            _permit: permit,
        }
    }

    pub fn submit(&mut self, command: Command) -> CommandId {
        let Self { engine, output, written, tap, .. } = self;
        tap.quiet(|| *written >= output.len() && engine.is_between());
        engine.submit(command, now())
    }

    /// What is done from now on is for this request to the account, or for nobody's.
    pub fn works_for(&mut self, ticket: Option<Ticket>) {
        match ticket {
            Some(ticket) => self.tap.caused_by_ticket(ticket.0),
            None => self.tap.caused_by(0),
        }
    }

    pub fn capabilities(&self) -> Arc<Capabilities> {
        self.engine.capabilities().cloned().unwrap_or_default()
    }

    /// Whether the server wants sign-ins to be apart.
    pub fn is_delayed(&self) -> bool {
        self.capabilities().login_delay.is_some_and(|seconds| seconds > 0)
    }

    pub fn cost(&self) -> Cost {
        self.engine.cost()
    }

    /// Waits for something that isn't the server; that time isn't counted against it.
    pub async fn aside<T>(&mut self, wait: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let result = wait.await;
        self.engine.excuse(begun.elapsed());
        result
    }

    /// The next event. Cancel-safe: whatever was read or written stays.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.engine.poll_event() {
                return event;
            }
            if self.closed || self.engine.is_over() {
                // The engine has said so once; whoever asks again hears it again.
                return Event::Failed(EngineError::Closed);
            }
            if self.written >= self.output.len() {
                self.written = 0;
                self.output = self.engine.poll_transmit().unwrap_or_default();
            }
            let deadline = self.engine.poll_timeout().map(Instant::from_std);
            let Self { engine, read, write, output, written, dirty, tap, .. } = self;
            let rest = output.get(*written..).unwrap_or_default();
            tokio::select! {
                result = pull::<READ>(read, |bytes| {
                    tap.received(bytes);
                    engine.handle_input(bytes, now());
                }) => match result {
                    Ok(n) if n > 0 => {}
                    // A bare close instead of close_notify hides nothing here: the engine knows whether an answer is missing.
                    _ => {
                        engine.handle_eof(now());
                        self.closed = true;
                    }
                },
                result = push(write, rest), if !rest.is_empty() || *dirty => match result {
                    Ok(Some(n)) => {
                        tap.sent(rest.get(..n).unwrap_or_default());
                        *written += n;
                        *dirty = true;
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

    /// One command from its line to its answer; pieces are dropped.
    pub async fn run(&mut self, command: Command) -> Result<Completion, CommandError> {
        let id = self.submit(command);
        self.end_of(id).await
    }

    pub async fn end_of(&mut self, id: CommandId) -> Result<Completion, CommandError> {
        loop {
            match self.next().await {
                Event::Done { id: done, result } if done == id => return result,
                Event::Failed(error) => return Err(CommandError::Lost(error)),
                _ => {}
            }
        }
    }

    /// Many commands, pipelined where that is offered. `hear` is told each one's index with its pieces and its end, in order.
    pub async fn run_all<H: Hear>(
        &mut self,
        mut commands: impl ExactSizeIterator<Item = Command>,
        hear: &mut H,
    ) -> Result<(), EngineError> {
        let count = commands.len();
        let mut flying = std::collections::VecDeque::new();
        let mut index = 0;
        while index < count {
            while flying.len() < AHEAD {
                let Some(command) = commands.next() else { break };
                flying.push_back(self.submit(command));
            }
            match self.next().await {
                Event::Piece { bytes, .. } => hear.piece(index, &bytes),
                Event::Done { result: Err(CommandError::Lost(error)), .. } | Event::Failed(error) => {
                    return Err(error);
                }
                Event::Done { id, result } if flying.front() == Some(&id) => {
                    flying.pop_front();
                    hear.done(index, result);
                    index += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits until the server hangs up, or says something although nothing was asked.
    pub async fn until_broken(&mut self) {
        while !matches!(self.next().await, Event::Failed(_)) {}
    }

    /// Leaves politely, so that the mailbox is free at once. Not for connections with deletions.
    pub async fn farewell(mut self) {
        timeout(FAREWELL, self.run(Command::Quit)).await.ok();
    }
}

/// Who is told what [`Link::run_all`] hears.
pub trait Hear {
    fn piece(&mut self, _index: usize, _bytes: &[u8]) {}
    fn done(&mut self, index: usize, result: Result<Completion, CommandError>);
}
