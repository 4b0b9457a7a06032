//! The recording of a session's connections while somebody looks at it, bounded and with secrets taken out ([`super::record`]). Off
//! until it is begun, and off again when nobody has looked for a while; then nothing of it is kept.
use pyeonji_shared::lab::report::{Line, Totals};
use pyeonji_shared::lab::wire::{Cause, MAX_CAUSES, MAX_KEPT, MAX_TOLD, WireLine, WireLines};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How long a recording goes on without anybody who asks for its lines.
pub const GONE: Duration = Duration::from_secs(60);
/// Bytes of text kept of one session, beside the bound of [`MAX_KEPT`] lines.
const MAX_TEXT: usize = 2 << 20;
/// Questions that may wait at once for the lines of one session; more are refused.
pub const MAX_WAITING: usize = 4;

/// Handle to one session's recording; cheap to clone. All hold the same.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Which recording is on, counted from 1; 0: none. Connections look at it for every write and read.
    on: AtomicU64,
    begun: AtomicU64,
    /// Causes so far, in all recordings: what is left over from an earlier one names nothing in a later one.
    causes: AtomicU32,
    news: Notify,
    waiting: Arc<Semaphore>,
    /// One recording is written by all connections of a session and read by the page; there is nothing to agree on.
    recording: Mutex<Option<Box<Recording>>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            on: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            causes: AtomicU32::new(0),
            news: Notify::new(),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            recording: Mutex::default(),
        }
    }
}

#[derive(Debug)]
struct Recording {
    began: Instant,
    asked: Instant,
    lines: VecDeque<WireLine>,
    /// The number of the last line there was, counted from 1.
    last: u64,
    /// Bytes of the lines' text.
    text: usize,
    causes: VecDeque<Cause>,
    /// Which cause a request to the account belongs to; tickets rise.
    tickets: VecDeque<(u64, u32)>,
    totals: Totals,
    connections: u32,
    /// Its place among those that there may be.
    _place: Option<OwnedSemaphorePermit>,
}

/// Why there are no lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nothing is recorded (any more).
    Off,
    /// Too many wait already.
    Crowded,
}

impl Wire {
    /// One that is on as long as it lives, for a connection that is made to be looked at.
    pub fn always_on() -> Self {
        let wire = Self::default();
        wire.begin(None);
        wire
    }

    /// Begins, or goes on. It ends by itself when nobody asks for [`GONE`].
    pub fn start(&self, place: OwnedSemaphorePermit) {
        if self.is_on() {
            self.lock().iter_mut().for_each(|r| r.asked = Instant::now());
            return;
        }
        let number = self.begin(Some(place));
        tokio::spawn(watch(Arc::downgrade(&self.0), number));
    }

    fn begin(&self, place: Option<OwnedSemaphorePermit>) -> u64 {
        let now = Instant::now();
        *self.lock() = Some(Box::new(Recording {
            began: now,
            asked: now,
            lines: VecDeque::new(),
            last: 0,
            text: 0,
            causes: VecDeque::new(),
            tickets: VecDeque::new(),
            totals: Totals::default(),
            connections: 0,
            _place: place,
        }));
        let number = self.0.begun.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.on.store(number, Ordering::Release);
        number
    }

    /// Ends and forgets.
    pub fn stop(&self) {
        self.0.on.store(0, Ordering::Release);
        *self.lock() = None;
        self.0.news.notify_waiters();
    }

    /// Which recording is on; 0: none.
    pub(super) fn on(&self) -> u64 {
        self.0.on.load(Ordering::Acquire)
    }

    pub fn is_on(&self) -> bool {
        self.on() > 0
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<Recording>>> {
        self.0.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the page asks for begins; its number for the lines, 0 while nothing is recorded.
    pub fn cause(&self, request: u32, call: &str) -> u32 {
        if !self.is_on() {
            return 0;
        }
        let mut recording = self.lock();
        let Some(recording) = recording.as_mut() else { return 0 };
        let number = self.0.causes.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        recording.causes.push_back(Cause { number, request, call: call.to_owned() });
        if recording.causes.len() > MAX_CAUSES {
            recording.causes.pop_front();
        }
        number
    }

    /// The request to the account with this ticket belongs to that.
    pub fn ticket(&self, ticket: u64, cause: u32) {
        if cause == 0 || !self.is_on() {
            return;
        }
        if let Some(recording) = self.lock().as_mut() {
            recording.tickets.push_back((ticket, cause));
            if recording.tickets.len() > MAX_CAUSES {
                recording.tickets.pop_front();
            }
        }
    }

    /// What a ticket belongs to; 0: nothing that is known.
    pub fn cause_of(&self, ticket: u64) -> u32 {
        if !self.is_on() {
            return 0;
        }
        let recording = self.lock();
        let tickets = recording.as_ref().map(|r| &r.tickets);
        let found = tickets.and_then(|t| {
            let at = t.binary_search_by_key(&ticket, |(of, _)| *of).ok()?;
            t.get(at)
        });
        found.map_or(0, |(_, cause)| *cause)
    }

    /// What came after that line, at once.
    pub fn lines(&self, after: u64) -> Option<WireLines> {
        let mut recording = self.lock();
        let recording = recording.as_mut()?;
        recording.asked = Instant::now();
        Some(recording.after(after))
    }

    /// The same, once there is something or `patience` is over.
    pub async fn lines_in_time(&self, after: u64, patience: Duration) -> Result<WireLines, Silence> {
        let _turn = self.0.waiting.clone().try_acquire_owned().map_err(|_| Silence::Crowded)?;
        let until = Instant::now() + patience;
        loop {
            let news = self.0.news.notified();
            tokio::pin!(news);
            // Before looking, so that what comes in between isn't missed.
            news.as_mut().enable();
            let lines = self.lines(after).ok_or(Silence::Off)?;
            if !lines.lines.is_empty() || lines.dropped > 0 {
                return Ok(lines);
            }
            if tokio::time::timeout_at(until, news).await.is_err() {
                return self.lines(after).ok_or(Silence::Off);
            }
        }
    }

    /// The number of a connection that is met for the first time.
    pub(super) fn connection(&self) -> u32 {
        self.lock().as_mut().map_or(0, |r| {
            r.connections += 1;
            r.connections
        })
    }

    /// Since the recording began.
    pub(super) fn millis(&self) -> u64 {
        let began = self.lock().as_ref().map(|r| r.began);
        began.map_or(0, |b| u64::try_from(b.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn add(&self, connection: u32, lines: impl Iterator<Item = Line>, totals: Totals) {
        let mut guard = self.lock();
        let Some(recording) = guard.as_mut() else { return };
        recording.totals.add(totals);
        let mut any = false;
        for line in lines {
            recording.keep(WireLine { connection, line });
            any = true;
        }
        drop(guard);
        if any {
            self.0.news.notify_waiters();
        }
    }
}

impl Recording {
    fn keep(&mut self, line: WireLine) {
        self.text += line.line.text.len();
        self.lines.push_back(line);
        self.last += 1;
        while self.lines.len() > MAX_KEPT || self.text > MAX_TEXT {
            let Some(old) = self.lines.pop_front() else { break };
            self.text = self.text.saturating_sub(old.line.text.len());
        }
    }

    fn after(&self, after: u64) -> WireLines {
        // The number of the line before the first one that is kept.
        let before = self.last - self.lines.len() as u64;
        let from = after.clamp(before, self.last);
        let skip = usize::try_from(from - before).unwrap_or(usize::MAX);
        let lines: Vec<WireLine> = self.lines.iter().skip(skip).take(MAX_TOLD).cloned().collect();
        let named = |cause: &Cause| lines.iter().any(|l| l.line.cause == cause.number);
        WireLines {
            next: from + lines.len() as u64,
            dropped: before.saturating_sub(after),
            causes: self.causes.iter().filter(|c| named(c)).cloned().collect(),
            lines,
            totals: self.totals,
        }
    }
}

/// Ends a recording that nobody looks at. Holds nothing: a session that ends takes its recording along.
async fn watch(wire: Weak<Shared>, number: u64) {
    let mut until = Instant::now() + GONE;
    loop {
        tokio::time::sleep_until(until).await;
        let Some(shared) = wire.upgrade() else { return };
        let wire = Wire(shared);
        if wire.on() != number {
            return;
        }
        let asked = wire.lock().as_ref().map(|r| r.asked);
        match asked.map(|asked| asked + GONE) {
            Some(next) if next > Instant::now() => until = next,
            _ => return wire.stop(),
        }
    }
}

#[cfg(test)]
mod tests;
