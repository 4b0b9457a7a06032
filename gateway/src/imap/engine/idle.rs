//! Waiting for news: IDLE and its renewal (RFC 2177), or NOOP now and then where there is no IDLE.
use super::flight::Class;
use super::{Engine, Phase};
use crate::imap::write::Segment;
use bytes::Bytes;
use std::time::{Duration, Instant};

/// Quiet time before IDLE begins, so that a run of commands does not start and end it each time.
const LINGER: Duration = Duration::from_millis(60);

#[derive(Debug, Default)]
pub struct Idle {
    wanted: bool,
    /// The server refused IDLE although it offers it.
    refused: bool,
    state: State,
    /// When to begin IDLE, renew it, or poll.
    at: Option<Instant>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Off,
    /// Sent; the `+` is still to come.
    Asked(String),
    On(String),
    /// DONE is sent; its tagged answer is still to come.
    Leaving(String),
}

impl Engine {
    /// IDLE (or poll with NOOP where there is no IDLE) whenever nothing is in flight.
    pub fn set_idle(&mut self, on: bool, now: Instant) {
        self.idle.wanted = on;
        if !on {
            self.idle.at = None;
            if matches!(self.idle.state, State::On(_)) {
                self.leave_idle(now);
            }
        }
        self.pump(now);
    }

    /// In IDLE, with nothing to wait for.
    pub(super) fn is_resting(&self) -> bool {
        matches!(self.idle.state, State::On(_))
    }

    pub(super) fn idle_at(&self) -> Option<Instant> {
        self.idle.at
    }

    fn has_idle(&self) -> bool {
        !self.idle.refused && self.capabilities.as_ref().is_some_and(|c| c.has("IDLE"))
    }

    /// Makes way for a command. `false`: not yet, IDLE has been asked for and not begun.
    pub(super) fn leave_idle(&mut self, now: Instant) -> bool {
        match std::mem::take(&mut self.idle.state) {
            State::On(tag) => {
                // Not a new tag: DONE belongs to the IDLE in flight.
                self.transmit.push(&tag, None, vec![Segment::Bytes(Bytes::from_static(b"DONE\r\n"))]);
                self.idle.state = State::Leaving(tag);
                self.idle.at = None;
                self.alive = now;
                self.useful = now;
                true
            }
            State::Asked(tag) => {
                self.idle.state = State::Asked(tag);
                false
            }
            other => {
                self.idle.state = other;
                true
            }
        }
    }

    /// A `+` came; `true` if it was for IDLE.
    pub(super) fn idle_began(&mut self, now: Instant) -> bool {
        match std::mem::take(&mut self.idle.state) {
            State::Asked(tag) => {
                self.idle.state = State::On(tag);
                self.idle.at = Some(now + Duration::from_secs(60 * self.options.limits.idle_renew_minutes));
                true
            }
            other => {
                self.idle.state = other;
                false
            }
        }
    }

    /// The tagged answer of IDLE.
    pub(super) fn idle_ended(&mut self, tag: &str, ok: bool) {
        let mine = matches!(&self.idle.state, State::Asked(t) | State::On(t) | State::Leaving(t) if t == tag);
        if mine {
            let renewed = matches!(self.idle.state, State::Leaving(_));
            self.idle.refused |= !ok && !renewed;
            self.idle.state = State::Off;
            self.idle.at = None;
        }
    }

    /// Arms the timer when there is nothing to do.
    pub(super) fn idle_pump(&mut self, now: Instant) {
        let free = self.flights.is_empty() && self.waiting.is_empty() && self.transmit.waits_for_nothing();
        if !self.idle.wanted || self.phase != Phase::SignedIn || self.idle.state != State::Off {
            return;
        }
        if !free {
            self.idle.at = None;
        } else if self.idle.at.is_none() {
            let poll = Duration::from_secs(self.options.limits.poll_seconds);
            self.idle.at = Some(now + if self.has_idle() { LINGER } else { poll });
        }
    }

    pub(super) fn idle_timeout(&mut self, now: Instant) {
        if self.idle.at.is_none_or(|at| now < at) {
            return;
        }
        self.idle.at = None;
        if self.is_resting() {
            // Renewal: the answer to DONE starts it again.
            self.leave_idle(now);
            return;
        }
        if self.phase != Phase::SignedIn || !self.flights.is_empty() || !self.idle.wanted {
            return;
        }
        self.alive = now;
        self.useful = now;
        if self.has_idle() {
            let tag = self.send_own(" IDLE\r\n", Class::Idle);
            self.idle.state = State::Asked(tag);
        } else {
            self.send_own(" NOOP\r\n", Class::Plain);
        }
    }
}
