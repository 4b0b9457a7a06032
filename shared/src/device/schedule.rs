//! When the next check is. Pure: what the last checks came to, and the time, in; the time of the next one out ("next
//! check in 04:12").
use crate::error::{ApiError, ErrorKind, Retry};
use serde::{Deserialize, Serialize};

/// First wait after the server refused a check or couldn't be reached; doubled each time.
pub const FIRST_WAIT: u32 = 60;
/// Seconds of the longest wait that is made up here, or taken from a server (LOGIN-DELAY, RFC 2449 §6.5, has no bound).
pub const MAX_WAIT: u32 = 60 * 60;
/// LOGIN-DELAY where the server asks for one without saying how long.
pub const USUAL_DELAY: u32 = 5 * 60;
/// Checks in a row that are tried again by themselves; past that the interval goes on as if nothing had been.
pub const MAX_FAILED: u8 = 10;

/// What the person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Minutes between checks; `None`: only by hand. 0 counts as 1.
    pub every: Option<u16>,
    pub at_start: bool,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { every: Some(10), at_start: true }
    }
}

/// What the last checks came to. Stored, so that a page that is opened again doesn't sign in too soon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// When the server was last signed in to, for a look or a removal.
    pub signed_in: Option<i64>,
    /// Seconds that the server wants between two sign-ins; 0 where it doesn't say.
    pub delay: u32,
    /// When the last check ended, well or not.
    pub ended: Option<i64>,
    /// Checks in a row that failed.
    pub failed: u8,
    /// Where the last check failed: when it may be tried again, and why not before.
    pub wait: Option<(i64, Because)>,
    /// The same again won't help: only the person can make it work (a password that is refused over and over locks the
    /// account).
    pub stopped: bool,
}

/// Why the next check is when it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Because {
    Interval,
    Start,
    ByHand,
    /// Another program has the mailbox open.
    InUse,
    /// The server wants time between two sign-ins.
    TooSoon,
    /// It failed, and is tried again.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub at: i64,
    pub because: Because,
}

impl Next {
    /// Seconds to wait.
    pub fn wait(self, now: i64) -> u32 {
        u32::try_from(self.at.saturating_sub(now).max(0)).unwrap_or(u32::MAX)
    }
}

/// What makes a check due besides the interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nothing new.
    None,
    /// The page was opened.
    Start,
    /// The person asked for it.
    Hand,
}

impl Checks {
    /// A sign-in to the server worked, for whatever purpose.
    pub fn signed_in(&mut self, now: i64) {
        self.signed_in = Some(now);
        self.stopped = false;
    }

    /// The list came: `delay` is what the server says now.
    pub fn looked(&mut self, delay: Option<u32>) {
        self.delay = delay.unwrap_or(0).min(MAX_WAIT);
    }

    /// The check ended well.
    pub fn done(&mut self, now: i64) {
        self.ended = Some(now);
        self.failed = 0;
        self.wait = None;
    }

    pub fn failed(&mut self, error: &ApiError, now: i64) {
        self.ended = Some(now);
        self.failed = self.failed.saturating_add(1);
        let growing = FIRST_WAIT << u32::from(self.failed - 1).min(6);
        let wait = match (error.kind, error.retry) {
            (ErrorKind::WrongPassword | ErrorKind::TooManyFailures | ErrorKind::SignedOut, _) => {
                self.stopped = true;
                None
            }
            (ErrorKind::TooSoon, retry) => {
                let said = match retry {
                    _ if self.delay > 0 => self.delay,
                    Retry::After(seconds) if retry != error.kind.usual_retry() => seconds,
                    _ => USUAL_DELAY,
                };
                Some((growing.max(said), Because::TooSoon))
            }
            (ErrorKind::InUse, _) => Some((growing, Because::InUse)),
            (_, Retry::After(seconds)) => Some((growing.max(seconds), Because::Failed)),
            (_, Retry::ByHand | Retry::Never) => None,
        };
        let again = wait.filter(|_| self.failed <= MAX_FAILED);
        self.wait =
            again.map(|(seconds, because)| (now.saturating_add(seconds.min(MAX_WAIT).into()), because));
    }

    /// When the next check is; `None`: when the person asks for one. `opened`: when this page began to run.
    pub fn next(&self, schedule: &Schedule, cause: Cause, opened: i64, now: i64) -> Option<Next> {
        // After the clock was set back nobody waits longer than the wait was.
        let soonest = |from: i64, span: i64| from.saturating_add(span).min(now.saturating_add(span)).max(now);
        let wait = self
            .wait
            .map(|(at, because)| Next { at: at.min(now.saturating_add(MAX_WAIT.into())).max(now), because });
        let own = match (cause, wait) {
            (Cause::Hand, Some(next)) if next.because == Because::TooSoon => Some(next),
            (Cause::Hand, _) => Some(Next { at: now, because: Because::ByHand }),
            _ if self.stopped => None,
            (_, Some(next)) => Some(next),
            (Cause::Start, _) if schedule.at_start => Some(Next { at: now, because: Because::Start }),
            _ => schedule.every.map(|minutes| {
                let span = i64::from(minutes.max(1)) * 60;
                Next { at: soonest(self.ended.unwrap_or(opened), span), because: Because::Interval }
            }),
        }?;
        let allowed = self.signed_in.map_or(now, |from| soonest(from, self.delay.into()));
        if allowed > own.at { Some(Next { at: allowed, because: Because::TooSoon }) } else { Some(own) }
    }
}
