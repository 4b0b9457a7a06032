//! Which messages of a session are read now, and which wait their turn (R34): however many a page asks for, a few at a
//! time are fetched, held and turned into a view, so that one session costs the others little.
use super::task::Key;
use crate::account::request::Request;
use std::collections::VecDeque;

/// Messages that a person waits for, from the request to the answer; further ones wait, as many as may be in flight.
pub const MAX_READS: usize = 2;
/// Prefetches, counted the same way.
pub const MAX_AHEAD: usize = 2;
/// Prefetches that wait; the oldest is dropped.
const MAX_AHEAD_WAITING: usize = 16;

#[derive(Default)]
pub struct Reads {
    waiting: VecDeque<(Key, Request)>,
    ahead: VecDeque<(Key, Request)>,
    /// Each with whether it is a prefetch.
    running: Vec<(Key, bool)>,
}

impl Reads {
    pub fn ask(&mut self, key: Key, request: Request) {
        self.waiting.push_back((key, request));
    }

    /// A prefetch; gives the one that is dropped for it, if any.
    pub fn ask_ahead(&mut self, key: Key, request: Request) -> Option<Key> {
        self.ahead.push_back((key, request));
        let over = self.ahead.len() > MAX_AHEAD_WAITING;
        over.then(|| self.ahead.pop_front()).flatten().map(|(key, _)| key)
    }

    /// The next one that may go.
    pub fn next(&mut self) -> Option<(Key, Request)> {
        let room = self.running.iter().filter(|(_, ahead)| !ahead).count() < MAX_READS;
        let (key, request) = room.then(|| self.waiting.pop_front()).flatten()?;
        self.running.push((key, false));
        Some((key, request))
    }

    /// The next prefetch that may go: none while a person waits for a message.
    pub fn next_ahead(&mut self) -> Option<(Key, Request)> {
        let room =
            self.waiting.is_empty() && self.running.iter().filter(|(_, ahead)| *ahead).count() < MAX_AHEAD;
        let (key, request) = room.then(|| self.ahead.pop_front()).flatten()?;
        self.running.push((key, true));
        Some((key, request))
    }

    /// It was answered, or nobody wants it any more. Keys of anything else are ignored.
    pub fn over(&mut self, key: Key) {
        self.running.retain(|(found, _)| *found != key);
        self.waiting.retain(|(found, _)| *found != key);
        self.ahead.retain(|(found, _)| *found != key);
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
