//! The engine: one POP3 connection as a state machine without I/O. Time comes in as an argument.
mod flight;
mod receive;
mod sign_in;
mod timing;

use super::capa::Capabilities;
use super::command::{Command, CommandId};
use super::encode::{Written, encode, line};
use super::error::{CommandError, EngineError, Refusal};
use super::event::{Completion, Event, Reply};
use super::options::{Greeting, Options};
use super::reader::Reader;
use flight::{Flight, Reading, Want};
use sign_in::SignIn;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use timing::Timing;
use zeroize::Zeroizing;

/// Commands in flight where the server offers PIPELINING (RFC 2449 §6.8); the rest waits here. Their lines together are far
/// below any transport's window, which is what the RFC asks for.
const MAX_FLIGHTS: usize = 32;
/// Commands that wait; past it they are refused with `Busy`.
const MAX_WAITING: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    /// RFC 1939 §4: not signed in.
    Authorization,
    /// RFC 1939 §5: signed in.
    Transaction,
    Over,
}

/// What a connection has cost so far; without TLS and without the preamble of STLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub sent: u64,
    pub received: u64,
    /// Times that something was written and then waited for.
    pub round_trips: u32,
}

pub struct Engine {
    options: Options,
    phase: Phase,
    reader: Reader,
    reading: Reading,
    out: Vec<Written>,
    capabilities: Option<Arc<Capabilities>>,
    /// The greeting's timestamp, for APOP.
    stamp: Option<String>,
    sign_in: Option<SignIn>,
    waiting: VecDeque<(CommandId, Command)>,
    flights: VecDeque<Flight>,
    events: VecDeque<Event>,
    next_id: u64,
    /// Octets of the lines before sign-in.
    early: u64,
    timing: Timing,
    cost: Cost,
    /// Something was written since the last byte came.
    asked: bool,
    ended: Option<EngineError>,
}

impl Engine {
    pub fn new(options: Options, now: Instant) -> Self {
        let (phase, events) = match options.greeting {
            Greeting::Expected => (Phase::Greeting, VecDeque::new()),
            Greeting::AlreadySeen => (Phase::Authorization, VecDeque::from([Event::Greeting])),
        };
        Self {
            timing: Timing::new(&options.limits, now),
            options,
            phase,
            reader: Reader::default(),
            reading: Reading::Status,
            out: Vec::new(),
            capabilities: None,
            stamp: None,
            sign_in: None,
            waiting: VecDeque::new(),
            flights: VecDeque::new(),
            events,
            next_id: 0,
            early: 0,
            cost: Cost::default(),
            asked: false,
            ended: None,
        }
    }

    /// Bytes from the server. The caller drains [`Self::poll_event`] before giving more: that is the back-pressure.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        if self.phase == Phase::Over || bytes.is_empty() {
            return;
        }
        self.cost.received += bytes.len() as u64;
        if std::mem::take(&mut self.asked) {
            self.cost.round_trips += 1;
        }
        self.timing.received(bytes.len(), now);
        self.reader.push(bytes);
        while self.phase != Phase::Over && self.receive(now) {}
        self.pump(now);
    }

    /// The server closed its side, or can't be written to.
    pub fn handle_eof(&mut self, _now: Instant) {
        let inside = !self.reader.is_empty() || !matches!(self.reading, Reading::Status);
        self.fail(if inside { EngineError::ClosedInside } else { EngineError::Closed });
    }

    /// Call at or after [`Self::poll_timeout`].
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_some_and(|at| now >= at) {
            let greeting = self.phase == Phase::Greeting;
            self.fail(if greeting { EngineError::GreetingTimeout } else { EngineError::CommandTimeout });
        }
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.phase {
            Phase::Over => None,
            Phase::Greeting => Some(self.timing.greeting()),
            _ if self.flights.is_empty() => None,
            _ => Some(self.timing.deadline()),
        }
    }

    /// So long the caller didn't read, because somebody else was slow: the server isn't to blame.
    pub fn excuse(&mut self, span: std::time::Duration) {
        self.timing.excuse(span);
    }

    /// Bytes for the server, in order.
    pub fn poll_transmit(&mut self) -> Option<Written> {
        // Whatever is unread while no answer is due came before its question.
        let quiet = self.flights.front().is_some_and(|flight| !flight.sent);
        if quiet && !self.reader.is_empty() {
            self.fail(EngineError::Unasked);
        }
        let written = match self.out.len() {
            0 => return None,
            1 => self.out.pop()?,
            // Credentials are always alone, so that no copy of them is made here.
            _ => Zeroizing::new(self.out.drain(..).flat_map(|line| line.to_vec()).collect()),
        };
        self.flights.iter_mut().for_each(|flight| flight.sent = true);
        self.cost.sent += written.len() as u64;
        self.asked = true;
        Some(written)
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if event.is_none() {
            // A connection may rest: it keeps nothing of the last burst.
            self.events = VecDeque::new();
        }
        event
    }

    /// Queues a command. Exactly one [`Event::Done`] follows, also when it can't be sent.
    pub fn submit(&mut self, command: Command, now: Instant) -> CommandId {
        self.next_id += 1;
        let id = CommandId(self.next_id);
        if self.phase == Phase::Over {
            let why = self.ended.clone().unwrap_or(EngineError::Closed);
            self.done(id, Err(CommandError::Lost(why)));
        } else if self.waiting.len() >= MAX_WAITING {
            self.done(id, Err(Refusal::Busy.into()));
        } else {
            self.waiting.push_back((id, command));
            self.pump(now);
        }
        id
    }

    /// What the server offers, as far as it said.
    pub fn capabilities(&self) -> Option<&Arc<Capabilities>> {
        self.capabilities.as_ref()
    }

    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Nothing more is to come of what was asked.
    pub fn is_settled(&self) -> bool {
        let asked = self.waiting.len() + self.flights.len() + self.out.len();
        self.is_over() || (asked == 0 && self.sign_in.is_none())
    }

    /// Nothing is asked, and nothing half said on either side.
    pub fn is_between(&self) -> bool {
        self.waiting.is_empty()
            && self.flights.is_empty()
            && self.out.is_empty()
            && self.reader.is_empty()
            && matches!(self.phase, Phase::Authorization | Phase::Transaction)
    }

    /// Over: [`Event::Failed`] was said, or QUIT was answered.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Bytes of unfinished lines and pieces kept at this moment.
    pub fn memory(&self) -> usize {
        let piece = if let Reading::Message(message) = &self.reading { message.memory() } else { 0 };
        self.reader.memory() + piece
    }

    /// Sends what may be sent, first come first served.
    fn pump(&mut self, now: Instant) {
        while matches!(self.phase, Phase::Authorization | Phase::Transaction) {
            let Some((_, command)) = self.waiting.front() else { return };
            let alone = matches!(command, Command::SignIn { .. } | Command::Quit);
            let busy = self.flights.iter().any(|f| f.alone) || self.sign_in.is_some();
            let room = if self.pipelines() && !alone { MAX_FLIGHTS } else { 1 };
            if busy || self.flights.len() >= room {
                return;
            }
            if self.capabilities.is_none() && matches!(command, Command::SignIn { .. }) {
                return self.send(None, Want::Capa, line(&["CAPA"]), now);
            }
            let Some((id, command)) = self.waiting.pop_front() else { return };
            self.start(id, command, now);
        }
    }

    fn start(&mut self, id: CommandId, command: Command, now: Instant) {
        let early = matches!(command, Command::Capa | Command::Noop | Command::Quit | Command::SignIn { .. });
        if self.phase == Phase::Authorization && !early {
            return self.done(id, Err(Refusal::NotSignedIn.into()));
        }
        if let Command::SignIn { user, proof } = command {
            return self.start_sign_in(id, user, proof, now);
        }
        match encode(&command) {
            Ok(written) => self.send(Some(id), Want::of(&command), written, now),
            Err(refusal) => self.done(id, Err(refusal.into())),
        }
    }

    fn send(&mut self, id: Option<CommandId>, want: Want, written: Written, now: Instant) {
        if self.flights.is_empty() {
            self.timing.begin(now);
        }
        let alone = matches!(want, Want::SignIn | Want::Quit);
        self.flights.push_back(Flight { id, want, alone, sent: false });
        self.out.push(written);
    }

    /// Before sign-in every answer decides what comes next.
    fn pipelines(&self) -> bool {
        self.phase == Phase::Transaction && self.capabilities.as_ref().is_some_and(|c| c.pipelining)
    }

    fn learn(&mut self, capabilities: Capabilities) -> Arc<Capabilities> {
        let capabilities = Arc::new(capabilities);
        if self.capabilities.as_ref() != Some(&capabilities) {
            self.events.push_back(Event::Capabilities(capabilities.clone()));
        }
        self.capabilities = Some(capabilities.clone());
        capabilities
    }

    fn done(&mut self, id: CommandId, result: Result<Completion, CommandError>) {
        self.events.push_back(Event::Done { id, result });
    }

    /// Ends the connection: every command gets its `Done`, then `Failed`.
    fn fail(&mut self, error: EngineError) {
        if self.phase == Phase::Over {
            return;
        }
        self.end(&error);
        self.events.push_back(Event::Failed(error));
    }

    fn end(&mut self, error: &EngineError) {
        self.phase = Phase::Over;
        self.ended = Some(error.clone());
        self.out.clear();
        self.reader = Reader::default();
        self.reading = Reading::Status;
        let signing = self.sign_in.take().map(|s| s.id);
        let flying: Vec<CommandId> = self.flights.drain(..).filter_map(|f| f.id).chain(signing).collect();
        let waiting: Vec<CommandId> = self.waiting.drain(..).map(|(id, _)| id).collect();
        for id in flying.into_iter().chain(waiting) {
            self.done(id, Err(CommandError::Lost(error.clone())));
        }
    }
}

/// `+OK` with nothing of its own.
fn completion(status: super::reply::Status, reply: Reply) -> Completion {
    Completion { code: status.code, text: status.text, reply }
}

#[cfg(test)]
mod tests;
