//! How long a server may take (R33): silence, a drip, and an answer that never ends all end in time.
use crate::config::limits::Limits;
use std::time::{Duration, Instant};

/// Bytes that count as progress. Fewer in `command_seconds` is silence.
const PROGRESS_BYTES: usize = 1_024;
/// One command may take so many times `command_seconds`,
const WHOLE: u32 = 10;
/// and a second for every so many bytes of its answer: 50 MiB at the slowest take 14 hours, a list of 200,000 five.
const SLOWEST: u64 = 1_024;

#[derive(Debug)]
pub struct Timing {
    greeting: Duration,
    patience: Duration,
    /// When the connection began.
    started: Instant,
    /// When the oldest command in flight became that.
    began: Instant,
    /// The last progress.
    alive: Instant,
    /// Bytes since `alive`, and since `began`.
    unfinished: usize,
    got: u64,
}

impl Timing {
    pub fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            greeting: Duration::from_secs(limits.greeting_seconds),
            patience: Duration::from_secs(limits.command_seconds),
            started: now,
            began: now,
            alive: now,
            unfinished: 0,
            got: 0,
        }
    }

    /// Another command is the oldest now.
    pub fn begin(&mut self, now: Instant) {
        (self.began, self.alive, self.unfinished, self.got) = (now, now, 0, 0);
    }

    pub fn received(&mut self, bytes: usize, now: Instant) {
        self.got += bytes as u64;
        self.unfinished += bytes;
        if self.unfinished >= PROGRESS_BYTES {
            (self.alive, self.unfinished) = (now, 0);
        }
    }

    pub fn excuse(&mut self, span: Duration) {
        self.alive += span;
        self.began += span;
    }

    pub fn greeting(&self) -> Instant {
        self.started + self.greeting
    }

    pub fn deadline(&self) -> Instant {
        let whole = self.patience * WHOLE + Duration::from_secs(self.got / SLOWEST);
        (self.alive + self.patience).min(self.began + whole)
    }
}
