//! The engine: one IMAP link as a state machine without I/O. Time comes in as an argument.
mod flight;
mod idle;
mod receive;
mod transmit;

use crate::imap::capability::Capabilities;
use crate::imap::command::{Command, CommandId};
use crate::imap::encode::{Context, encode};
use crate::imap::error::{CommandError, EngineError, Refusal};
use crate::imap::event::{Completion, Event, Reply};
use crate::imap::framer::Framer;
use crate::imap::options::{Greeting, Options};
use bytes::Bytes;
use flight::{Class, Flight, Job, literal_of};
use idle::Idle;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use transmit::Transmit;

/// Command lines in flight; the rest waits here, not at the server.
const MAX_FLIGHTS: usize = 32;
/// Commands that wait; past it they are refused with `Busy`.
const MAX_WAITING: usize = 512;
/// Bytes without a whole response that count as progress of a slow link.
const PROGRESS_BYTES: usize = 1_024;
/// Keep-alives without data extend a command's time at most so often.
const KEEP_ALIVES: u32 = 10;
/// Responses without any tagged one.
const MAX_UNTAGGED: u32 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    NotSignedIn,
    SignedIn,
    Over,
}

pub struct Engine {
    options: Options,
    phase: Phase,
    framer: Framer,
    transmit: Transmit,
    capabilities: Option<Arc<Capabilities>>,
    /// The server named its capabilities since the sign-in began.
    fresh: bool,
    no_modseq: bool,
    waiting: VecDeque<(CommandId, Command)>,
    flights: VecDeque<Flight>,
    jobs: HashMap<CommandId, Job>,
    events: VecDeque<Event>,
    idle: Idle,
    next_id: u64,
    next_tag: u64,
    started: Instant,
    /// The last sign of life, and the last one that brought something.
    alive: Instant,
    useful: Instant,
    unfinished: usize,
    untagged: u32,
    ended: Option<EngineError>,
}

impl Engine {
    pub fn new(options: Options, now: Instant) -> Self {
        let (phase, events) = match options.greeting {
            Greeting::Expected => (Phase::Greeting, VecDeque::new()),
            Greeting::AlreadySeen => (Phase::NotSignedIn, VecDeque::from([Event::Greeting])),
        };
        Self {
            framer: Framer::new(&options.limits),
            options,
            phase,
            transmit: Transmit::default(),
            capabilities: None,
            fresh: false,
            no_modseq: false,
            waiting: VecDeque::new(),
            flights: VecDeque::new(),
            jobs: HashMap::new(),
            events,
            idle: Idle::default(),
            next_id: 0,
            next_tag: 0,
            started: now,
            alive: now,
            useful: now,
            unfinished: 0,
            untagged: 0,
            ended: None,
        }
    }

    /// Bytes from the server. The caller drains [`Self::poll_event`] before giving more: that is the back-pressure.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        if self.phase == Phase::Over {
            return;
        }
        self.framer.push(bytes);
        self.unfinished += bytes.len();
        if self.unfinished >= PROGRESS_BYTES {
            self.unfinished = 0;
            self.alive = now;
        }
        while self.phase != Phase::Over {
            match self.framer.poll() {
                Ok(Some(piece)) => self.receive(piece, now),
                Ok(None) => break,
                Err(error) => self.fail(error),
            }
        }
        self.pump(now);
    }

    /// The server closed its side.
    pub fn handle_eof(&mut self, _now: Instant) {
        let inside = self.framer.is_inside();
        self.fail(if inside { EngineError::ClosedInside } else { EngineError::Closed });
    }

    /// Call at or after [`Self::poll_timeout`].
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.phase == Phase::Over {
            return;
        }
        if self.deadline().is_some_and(|at| now >= at) {
            let greeting = self.phase == Phase::Greeting;
            self.fail(if greeting { EngineError::GreetingTimeout } else { EngineError::CommandTimeout });
            return;
        }
        self.idle_timeout(now);
        self.pump(now);
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.phase == Phase::Over {
            return None;
        }
        [self.deadline(), self.idle_at()].into_iter().flatten().min()
    }

    fn deadline(&self) -> Option<Instant> {
        if self.phase == Phase::Greeting {
            return Some(self.started + Duration::from_secs(self.options.limits.greeting_seconds));
        }
        let resting = self.flights.iter().all(|f| f.class == Class::Idle) && self.is_resting();
        if resting || (self.flights.is_empty() && self.waiting.is_empty()) {
            return None;
        }
        let patience = Duration::from_secs(self.options.limits.command_seconds);
        Some((self.alive + patience).min(self.useful + patience * KEEP_ALIVES))
    }

    /// Bytes for the server, in order.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.transmit.poll()
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if event.is_none() {
            // A link rests for hours: it keeps nothing of the last burst.
            self.events = VecDeque::new();
        }
        event
    }

    /// Queues a command; commands that can't overlap wait for each other, the others are pipelined. Exactly one
    /// [`Event::Done`] follows, also when it can't be sent.
    pub fn submit(&mut self, command: Command, now: Instant) -> CommandId {
        self.next_id += 1;
        let id = CommandId(self.next_id);
        let refusal = match self.phase {
            Phase::Over => Some(CommandError::Lost(self.ended.clone().unwrap_or(EngineError::Closed))),
            _ if self.waiting.len() >= MAX_WAITING => Some(Refusal::Busy.into()),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.events.push_back(Event::Done { id, result: Err(refusal) });
            return id;
        }
        if self.flights.is_empty() || self.is_resting() {
            self.alive = now;
            self.useful = now;
        }
        self.waiting.push_back((id, command));
        self.pump(now);
        id
    }

    /// The APPEND whose body may be fed now, and how many bytes are still wanted. `None` while enough is buffered, or while
    /// the server has not agreed yet.
    pub fn wants_literal(&self) -> Option<(CommandId, u64)> {
        self.transmit.wants()
    }

    /// Gives the next bytes of an APPEND body. More than wanted is refused.
    pub fn feed_literal(&mut self, id: CommandId, bytes: Bytes, now: Instant) -> Result<(), Refusal> {
        if !self.transmit.feed(id, bytes) {
            return Err(Refusal::Unsendable);
        }
        self.alive = now;
        self.useful = now;
        Ok(())
    }

    /// Gives an APPEND up. Before anything of it was sent the command is dropped; after it, the link ends (`Abandoned`).
    pub fn abandon_literal(&mut self, id: CommandId, now: Instant) {
        let waiting = self.waiting.len();
        self.waiting.retain(|(other, _)| *other != id);
        if self.waiting.len() < waiting {
            self.events.push_back(Event::Done { id, result: Err(Refusal::Empty.into()) });
        } else if self.jobs.contains_key(&id) {
            self.fail(EngineError::Abandoned);
        }
        self.pump(now);
    }

    /// What the server offers, as far as it said since sign-in.
    pub fn capabilities(&self) -> Option<&Arc<Capabilities>> {
        self.capabilities.as_ref()
    }

    /// Nothing is in flight or waiting (IDLE aside).
    pub fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && self.flights.iter().all(|f| f.class == Class::Idle)
    }

    /// Nothing more is to come of what was asked, the beginning of IDLE included.
    pub fn is_settled(&self) -> bool {
        self.is_over() || (self.is_quiet() && (self.flights.is_empty() || self.is_resting()))
    }

    /// Quiet, and nothing half said on either side.
    pub fn is_between(&self) -> bool {
        self.is_quiet() && self.transmit.waits_for_nothing() && !self.framer.is_inside()
    }

    /// The command whose line has this tag, while its answer is awaited; `None` for the engine's own.
    pub fn command_of(&self, tag: &str) -> Option<CommandId> {
        self.flights.iter().find(|flight| flight.tag == tag)?.id
    }

    /// Over: [`Event::Failed`] was said, or LOGOUT was answered.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Bytes of unfinished responses kept at this moment.
    pub fn memory(&self) -> usize {
        self.framer.memory()
    }

    /// Sends what may be sent, first come first served.
    fn pump(&mut self, now: Instant) {
        while matches!(self.phase, Phase::NotSignedIn | Phase::SignedIn) && self.flights.len() < MAX_FLIGHTS {
            let Some((_, command)) = self.waiting.front() else { break };
            let class = Class::of(command);
            let asks = matches!(command, Command::Capability | Command::Noop | Command::Logout);
            if !self.leave_idle(now) {
                break;
            }
            let flying: Vec<Class> = self.flights.iter().map(|f| f.class).collect();
            let known = self.capabilities.clone();
            if known.is_none() && !asks {
                if flying.is_empty() {
                    self.send_own(" CAPABILITY\r\n", Class::Auth);
                }
                break;
            }
            let tagged = known.as_ref().is_some_and(|c| c.has("ESEARCH"));
            if !class.may_join(&flying, tagged) {
                break;
            }
            let Some((id, command)) = self.waiting.pop_front() else { break };
            self.send(id, &command, class, &known.unwrap_or_default());
        }
        self.idle_pump(now);
        let largest = self.flights.iter().map(|f| f.literal).max().unwrap_or(0);
        self.framer.expect_literal(largest);
    }

    fn send(&mut self, id: CommandId, command: &Command, class: Class, capabilities: &Capabilities) {
        let next_tag = &mut self.next_tag;
        let mut tag = || {
            *next_tag += 1;
            format!("P{next_tag}")
        };
        let mut context =
            Context { capabilities, secure: self.options.secure, no_modseq: self.no_modseq, tag: &mut tag };
        let lines = match encode(command, &mut context) {
            Ok(lines) => lines,
            Err(refusal) => {
                self.events.push_back(Event::Done { id, result: Err(refusal.into()) });
                return;
            }
        };
        match class {
            Class::Auth => self.fresh = false,
            // Unknown until the new folder says so.
            Class::Select => self.no_modseq = false,
            _ => {}
        }
        let literal = literal_of(command, self.options.limits.shown_message_bytes);
        self.jobs.insert(id, Job::new(command, lines.len()));
        for line in lines {
            self.transmit.push(&line.tag, Some(id), line.segments);
            self.flights.push_back(Flight { tag: line.tag, id: Some(id), class, literal });
        }
    }

    /// Sends a line of the engine's own and gives its tag.
    fn send_own(&mut self, line: &str, class: Class) -> String {
        self.next_tag += 1;
        let tag = format!("P{}", self.next_tag);
        let bytes = Bytes::from(format!("{tag}{line}"));
        self.transmit.push(&tag, None, vec![crate::imap::write::Segment::Bytes(bytes)]);
        self.flights.push_back(Flight { tag: tag.clone(), id: None, class, literal: 0 });
        tag
    }

    /// The end of one line of a job; the last one makes its `Done`.
    fn finish(&mut self, id: CommandId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.lines_left = job.lines_left.saturating_sub(1);
        if job.lines_left > 0 {
            return;
        }
        let Some(job) = self.jobs.remove(&id) else { return };
        if self.jobs.is_empty() {
            self.jobs.shrink_to_fit();
        }
        let reply = match (job.selected, job.found) {
            (Some(selected), _) => Reply::Selected(*selected),
            (_, Some(hits)) => Reply::Found(hits.finish()),
            _ => Reply::None,
        };
        let result = match job.error {
            Some(error) => Err(error),
            None => Ok(Completion { code: job.code, text: job.text, reply }),
        };
        self.events.push_back(Event::Done { id, result });
    }

    /// Ends the link: every command gets its `Done`, then `Failed`.
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
        self.transmit = Transmit::default();
        self.framer = Framer::new(&self.options.limits);
        let mut flying: Vec<CommandId> = self.jobs.drain().map(|(id, _)| id).collect();
        flying.sort_unstable();
        self.flights.clear();
        for id in flying {
            let result = Err(CommandError::Lost(error.clone()));
            self.events.push_back(Event::Done { id, result });
        }
        for (id, _) in std::mem::take(&mut self.waiting) {
            let result = Err(CommandError::Lost(error.clone()));
            self.events.push_back(Event::Done { id, result });
        }
    }
}

#[cfg(test)]
mod tests;
