//! What the page asked for, while its session is recorded: each request gets a number, and whatever is said to mail servers for it
//! carries that. The recording ends with the session.
use super::task::Key;
use crate::account::request::Ticket;
use crate::net::wire::Wire;
use pyeonji_shared::call::Call;
use pyeonji_shared::ids::RequestId;
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
    pub fn began(&mut self, key: Key, id: RequestId, call: &Call) -> u32 {
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

    /// The account is asked on behalf of this request.
    pub fn asked(&self, key: Key, ticket: Ticket) {
        if let Some((_, cause)) = self.keys.iter().rev().find(|(of, _)| *of == key) {
            self.wire.ticket(ticket.0, *cause);
        }
    }

    /// The account is asked by a request's task, or by a download, which nothing has begun.
    pub fn asked_for(&self, cause: u32, ticket: Ticket) {
        let cause = if cause == 0 { self.wire.cause(0, "Fetch") } else { cause };
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
