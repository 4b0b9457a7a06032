//! One connection's end of a session's recording: octets in, lines out, each with what it belongs to.
use super::record::Recorder;
use super::wire::Wire;
use super::{Proto, Stream};
use pyeonji_shared::lab::report::{Line, Totals};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Commands whose cause is remembered, at most: as many as an engine lets wait and fly.
const MAX_SUBMITTED: usize = 1_024;
/// Tags in flight that are remembered.
const MAX_FLYING: usize = 64;

/// One connection's end of the recording; without a session it does nothing.
#[derive(Debug, Default)]
pub struct Tap(Option<Box<Tapped>>);

#[derive(Debug)]
struct Tapped {
    wire: Wire,
    protocol: Proto,
    /// What the commands from now on belong to.
    cause: u32,
    /// Which recording it takes part in.
    part_of: u64,
    pass: Option<Box<Pass>>,
}

/// What is passing while it is recorded.
#[derive(Debug)]
struct Pass {
    recorder: Recorder,
    connection: u32,
    told: Totals,
    /// Commands of IMAP by the number that the engine gave them.
    submitted: VecDeque<(u64, u32)>,
    /// Tags that wait for their answer, in their order.
    flying: VecDeque<(String, u32)>,
    /// What the last line of each direction belonged to: to the server, from it.
    last: (u32, u32),
    /// A command was seen.
    flown: bool,
}

impl Tap {
    /// For a connection that is about to be made: recorded from its first octet if a recording is on.
    pub fn fresh(wire: &Wire, protocol: Proto, cause: u32) -> Self {
        let mut tapped = Tapped { wire: wire.clone(), protocol, cause, part_of: 0, pass: None };
        if tapped.wire.is_on() {
            let mut recorder = Recorder::new(protocol);
            recorder.connect();
            tapped.join(recorder, cause);
        }
        Self(Some(Box::new(tapped)))
    }

    /// The connection is between two commands, with nothing half said on either side: a recording that began since may have it from
    /// here on. In the middle of something it couldn't be told what is secret.
    pub fn quiet(&mut self, is_quiet: impl FnOnce() -> bool) {
        let Some(tapped) = &mut self.0 else { return };
        let on = tapped.wire.on();
        if on == 0 {
            tapped.pass = None;
        } else if (tapped.part_of != on || tapped.pass.is_none()) && is_quiet() {
            tapped.join(Recorder::joined(tapped.protocol), 0);
        }
    }

    /// What is said from now on belongs to this.
    pub fn caused_by(&mut self, cause: u32) {
        if let Some(tapped) = &mut self.0 {
            tapped.cause = cause;
        }
    }

    /// The same for a request to the account.
    pub fn caused_by_ticket(&mut self, ticket: u64) {
        if let Some(tapped) = &mut self.0 {
            tapped.cause = tapped.wire.cause_of(ticket);
        }
    }

    /// A command got this number; the line that carries it is written later.
    pub fn submitted(&mut self, id: u64) {
        let Some(tapped) = &mut self.0 else { return };
        let cause = tapped.cause;
        let Some(pass) = &mut tapped.pass else { return };
        pass.submitted.push_back((id, cause));
        if pass.submitted.len() > MAX_SUBMITTED {
            pass.submitted.pop_front();
        }
    }

    pub fn sent(&mut self, bytes: &[u8]) {
        self.sent_by(bytes, |_| None);
    }

    /// `command`: the number of the command that a tag belongs to, where that is known.
    pub fn sent_by(&mut self, bytes: &[u8], command: impl Fn(&str) -> Option<u64>) {
        let Some((wire, cause, imap, pass)) = self.passing() else { return };
        pass.recorder.sent(bytes, wire.millis());
        pass.tell(&wire, |pass, line| match imap {
            false => cause,
            true => pass.cause_of_command(&line.text, cause, &command),
        });
    }

    pub fn received(&mut self, bytes: &[u8]) {
        let Some((wire, cause, imap, pass)) = self.passing() else { return };
        pass.recorder.received(bytes, wire.millis());
        pass.tell(&wire, |pass, line| match imap {
            false => cause,
            true => pass.cause_of_answer(&line.text),
        });
    }

    fn passing(&mut self) -> Option<(Wire, u32, bool, &mut Pass)> {
        let tapped = self.0.as_mut()?;
        tapped.pass.as_ref()?;
        if tapped.wire.on() != tapped.part_of {
            tapped.pass = None;
            return None;
        }
        let (wire, cause, imap) = (tapped.wire.clone(), tapped.cause, tapped.protocol == Proto::Imap);
        Some((wire, cause, imap, tapped.pass.as_mut()?))
    }
}

impl Tapped {
    fn join(&mut self, recorder: Recorder, cause: u32) {
        self.part_of = self.wire.on();
        self.pass = Some(Box::new(Pass {
            recorder,
            connection: self.wire.connection(),
            told: Totals::default(),
            submitted: VecDeque::new(),
            flying: VecDeque::new(),
            last: (cause, cause),
            flown: false,
        }));
    }
}

impl Pass {
    /// Hands over what the recorder has, each line with what it belongs to.
    fn tell(&mut self, wire: &Wire, cause: impl Fn(&mut Self, &Line) -> u32) {
        let mut lines = self.recorder.take_lines();
        for line in &mut lines {
            line.cause = cause(self, line);
        }
        let totals = self.recorder.totals;
        wire.add(self.connection, lines.into_iter(), totals.since(self.told));
        self.told = totals;
    }

    /// A line of the client begins with its tag; what goes on (a literal, a rest behind it, DONE) belongs to the line before. The
    /// engine's own commands have no number: they belong to whatever the connection works for, if it works for one thing.
    fn cause_of_command(&mut self, text: &str, now: u32, command: &impl Fn(&str) -> Option<u64>) -> u32 {
        let tag = text.split(' ').next().unwrap_or_default();
        let digits = tag.strip_prefix('P').unwrap_or_default();
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && text.len() > tag.len() {
            let known = command(tag).map(|id| self.submitted.iter().rev().find(|(of, _)| *of == id));
            let cause = known.map_or(now, |found| found.map_or(0, |(_, cause)| *cause));
            self.flying.push_back((tag.to_owned(), cause));
            if self.flying.len() > MAX_FLYING {
                self.flying.pop_front();
            }
            (self.last.0, self.flown) = (cause, true);
        }
        self.last.0
    }

    /// A tagged answer belongs to its command, the others to the one that waits longest: servers work in order.
    fn cause_of_answer(&mut self, text: &str) -> u32 {
        let tag = text.split(' ').next().unwrap_or_default();
        if let Some(at) = self.flying.iter().position(|(of, _)| of == tag) {
            self.last.1 = self.flying.remove(at).map_or(0, |(_, cause)| cause);
        } else if self.flown && (text.starts_with("* ") || text.starts_with('+')) {
            self.last.1 = self.flying.front().map_or(0, |(_, cause)| *cause);
        }
        self.last.1
    }
}

/// A stream with its tap.
#[derive(Debug)]
pub struct Shown {
    stream: Stream,
    tap: Tap,
}

impl Shown {
    pub fn new(stream: Stream, tap: Tap) -> Self {
        Self { stream, tap }
    }
}

impl AsyncRead for Shown {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        this.tap.received(buf.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Shown {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let n = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes))?;
        this.tap.sent(bytes.get(..n).unwrap_or_default());
        Poll::Ready(Ok(n))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
