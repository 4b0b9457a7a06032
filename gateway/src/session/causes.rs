//! What the page asked for, while its session is recorded: each request gets a number, and whatever is said to mail servers for it
//! carries that. The recording ends with the session.
use super::calls::Context;
use super::task::Key;
use crate::account::request::{Request, Ticket};
use crate::net::wire::Wire;
use pyeonji_shared::call::Call;
use pyeonji_shared::ids::RequestId;
use std::borrow::Cow;
use std::collections::VecDeque;

/// Requests whose number is remembered; as many as wait and run at once are far fewer.
const MAX_KEYS: usize = 1_000;

pub struct Causes {
    wire: Wire,
    keys: VecDeque<(Key, u32)>,
}

impl Causes {
    pub fn new(wire: Wire) -> Self {
        Self { wire, keys: VecDeque::new() }
    }

    /// The page asks for something; 0 while nothing is recorded.
    fn began(&mut self, key: Key, id: RequestId, call: &Call) -> u32 {
        if !self.wire.is_on() {
            self.keys = VecDeque::new();
            return 0;
        }
        let cause = self.wire.cause(id.0, name(call));
        self.keys.push_back((key, cause));
        if self.keys.len() > MAX_KEYS {
            self.keys.pop_front();
        }
        cause
    }

    /// What the work on this request may use: the session's, and what is said to mail servers with it belongs to the request.
    pub fn context<'a>(
        &mut self,
        context: &'a Context,
        key: Key,
        id: RequestId,
        call: &Call,
    ) -> Cow<'a, Context> {
        match self.began(key, id, call) {
            0 => Cow::Borrowed(context),
            cause => Cow::Owned(context.caused_by(cause)),
        }
    }

    /// The account is asked on behalf of this request.
    pub fn asked(&self, key: Key, ticket: Ticket) {
        if let Some((_, cause)) = self.keys.iter().rev().find(|(of, _)| *of == key) {
            self.wire.ticket(ticket.0, *cause);
        }
    }

    /// Downloads come over HTTP, not as requests of the page's.
    pub fn download(&self, request: &Request) -> u32 {
        if matches!(request, Request::Fetch { .. }) { self.wire.cause(0, "Fetch") } else { 0 }
    }

    /// The account is asked by the task of a request, or for a download.
    pub fn asked_for(&self, cause: u32, ticket: Ticket) {
        self.wire.ticket(ticket.0, cause);
    }
}

impl Drop for Causes {
    fn drop(&mut self) {
        self.wire.stop();
    }
}

fn name(call: &Call) -> &'static str {
    match call {
        Call::Folders(_) => "Folders",
        Call::Open(_) => "Open",
        Call::Window(_) => "Window",
        Call::Rows(_) => "Rows",
        Call::Read(_) => "Read",
        Call::Search(_) => "Search",
        Call::SetFlags(_) => "SetFlags",
        Call::Move(_) => "Move",
        Call::Delete(_) => "Delete",
        Call::Send(_) => "Send",
        Call::SaveDraft(_) => "SaveDraft",
        Call::FindSent(_) => "FindSent",
        Call::Refresh => "Refresh",
        Call::Look(_) => "Look",
        Call::Retrieve(_) => "Retrieve",
        Call::Remove(_) => "Remove",
        Call::Built(_) => "Built",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_ends_with_its_session_and_names_what_was_asked_in_it() {
        let wire = Wire::default();
        let mut causes = Causes::new(wire.clone());
        let key = |n| Key::Request(RequestId(n), 0);
        assert_eq!(causes.began(key(1), RequestId(1), &Call::Refresh), 0);
        let wire_on = Wire::always_on();
        let mut recorded = Causes::new(wire_on.clone());
        let cause = recorded.began(key(2), RequestId(2), &Call::Refresh);
        recorded.asked(key(2), Ticket(5));
        recorded.asked(key(3), Ticket(6));
        recorded.asked_for(cause, Ticket(7));
        recorded.asked_for(recorded.download(&Request::Refresh), Ticket(8));
        assert!(cause > 0 && wire_on.cause_of(5) == cause && wire_on.cause_of(7) == cause);
        assert_eq!((wire_on.cause_of(6), wire_on.cause_of(8)), (0, 0));
        (0..MAX_KEYS as u32 + 9).for_each(|n| {
            recorded.began(key(n), RequestId(n), &Call::Refresh);
        });
        assert_eq!(recorded.keys.len(), MAX_KEYS);
        drop(recorded);
        assert!(!wire_on.is_on());
    }
}
