//! What comes from the server: given to the oldest command in flight.
use super::flight::{Flight, Message, Reading, Want};
use super::{Engine, Phase, completion};
use crate::pop3::auth;
use crate::pop3::capa::Capabilities;
use crate::pop3::error::{CommandError, EngineError};
use crate::pop3::event::{Event, Reply};
use crate::pop3::listing::{self, Listing};
use crate::pop3::reader::Line;
use crate::pop3::reply::{Sign, Status};
use std::time::Instant;

/// Lines of one CAPA list; a longer one ends the connection.
const MAX_CAPA: usize = 256;

impl Engine {
    /// Takes the next line or run of a message; `false` when more bytes are needed.
    pub(super) fn receive(&mut self, now: Instant) -> bool {
        if matches!(self.reading, Reading::Message(_)) {
            return self.message(now);
        }
        let line = match self.reader.next_line() {
            Ok(Some(line)) => line,
            Ok(None) => return false,
            Err(error) => {
                self.fail(error);
                return false;
            }
        };
        if self.phase != Phase::Transaction {
            self.early += line.bytes.len() as u64 + 2;
            if self.early > self.options.limits.imap_preauth_bytes {
                self.fail(EngineError::PreAuthFlood);
                return false;
            }
        }
        match (&self.reading, self.phase) {
            (Reading::Status, Phase::Greeting) => self.greet(&line, now),
            (Reading::Status, _) => self.status(&line, now),
            _ if line.bytes.as_ref() == b"." => self.end_list(now),
            _ => self.list_line(&line),
        }
        true
    }

    fn greet(&mut self, line: &Line, now: Instant) {
        match Status::of(&line.bytes) {
            Some(Status { sign: Sign::Ok, text, .. }) => {
                self.phase = Phase::Authorization;
                self.timing.begin(now);
                if !self.options.secure {
                    self.stamp = auth::stamp(&text).map(str::to_owned);
                }
                self.events.push_back(Event::Greeting);
            }
            Some(Status { sign: Sign::Err, code, text }) => self.fail(EngineError::TurnedAway { code, text }),
            _ => self.fail(EngineError::BadGreeting),
        }
    }

    fn status(&mut self, line: &Line, now: Instant) {
        let status = Status::of(&line.bytes);
        let Some(flight) = self.flights.front().filter(|flight| flight.sent) else {
            return match status {
                Some(Status { sign: Sign::Err, text, .. }) => self.fail(EngineError::Bye(text)),
                _ => self.fail(EngineError::Unasked),
            };
        };
        let Some(status) = status else { return self.fail(EngineError::Protocol("not a status line")) };
        match (flight.want, status.sign) {
            (Want::SignIn, _) => self.sign_in_answered(status, now),
            (_, Sign::GoAhead) => self.fail(EngineError::Protocol("a go-ahead to no sign-in")),
            (want, Sign::Err) => self.refused(want, status, now),
            (Want::Capa, Sign::Ok) => {
                self.reading = Reading::Capa { status, capabilities: Capabilities::listed(), lines: 0 };
            }
            (Want::Sizes, Sign::Ok) => {
                self.reading = Reading::Listing { status, listing: Listing::sizes() };
            }
            (Want::Names, Sign::Ok) => {
                self.reading = Reading::Listing { status, listing: Listing::names() };
            }
            (Want::Message, Sign::Ok) => {
                self.reading = Reading::Message(Box::new(Message::new(status, line.bare)));
            }
            (Want::Stat, Sign::Ok) => {
                let reply = listing::stat(&status.text);
                if let Some(Flight { id: Some(id), .. }) = self.land(now) {
                    let unreadable = CommandError::Unreadable { text: status.text.clone() };
                    self.done(id, reply.map(|reply| completion(status, reply)).ok_or(unreadable));
                }
            }
            (Want::Status | Want::Quit, Sign::Ok) => self.complete(status, Reply::None, now),
        }
    }

    fn refused(&mut self, want: Want, status: Status, now: Instant) {
        let Some(flight) = self.land(now) else { return };
        if want == Want::Capa && self.capabilities.is_none() {
            self.learn(Capabilities::default());
        }
        if let Some(id) = flight.id {
            self.done(id, Err(CommandError::Err { code: status.code, text: status.text }));
        }
        if want == Want::Quit {
            self.end(&EngineError::Closed);
        }
    }

    /// The oldest command has succeeded.
    fn complete(&mut self, status: Status, reply: Reply, now: Instant) {
        let Some(flight) = self.land(now) else { return };
        if let Some(id) = flight.id {
            self.done(id, Ok(completion(status, reply)));
        }
        if flight.want == Want::Quit {
            self.end(&EngineError::Closed);
        }
    }

    /// The oldest command has its answer.
    pub(super) fn land(&mut self, now: Instant) -> Option<Flight> {
        self.reading = Reading::Status;
        self.timing.begin(now);
        self.flights.pop_front()
    }

    fn list_line(&mut self, line: &Line) {
        // RFC 1939 §3: dots are doubled in every multi-line answer.
        let bytes = line.bytes.strip_prefix(b".").unwrap_or(&line.bytes);
        match &mut self.reading {
            Reading::Capa { capabilities, lines, .. } => {
                *lines += 1;
                capabilities.add(bytes);
                if *lines > MAX_CAPA {
                    self.fail(EngineError::ListingTooLong);
                }
            }
            Reading::Listing { listing, .. } => {
                if let Err(error) = listing.add(bytes) {
                    self.fail(error);
                }
            }
            Reading::Status | Reading::Message(_) => {}
        }
    }

    fn end_list(&mut self, now: Instant) {
        match std::mem::replace(&mut self.reading, Reading::Status) {
            Reading::Capa { status, capabilities, .. } => {
                let capabilities = self.learn(capabilities);
                self.complete(status, Reply::Capabilities(capabilities), now);
            }
            Reading::Listing { status, listing } => self.complete(status, listing.finish(), now),
            Reading::Status | Reading::Message(_) => {}
        }
    }

    /// The rest of what has arrived, as far as it belongs to the message.
    fn message(&mut self, now: Instant) -> bool {
        let Reading::Message(message) = &mut self.reading else { return false };
        let (taken, ended) = message.push(self.reader.rest());
        self.reader.skip(taken);
        if message.size > self.options.limits.shown_message_bytes {
            self.fail(EngineError::MessageTooLong);
            return false;
        }
        if let Some(id) = self.flights.front().and_then(|flight| flight.id) {
            while let Some(bytes) = message.piece(ended) {
                self.events.push_back(Event::Piece { id, bytes });
            }
        }
        if ended {
            let reading = std::mem::replace(&mut self.reading, Reading::Status);
            if let Reading::Message(message) = reading {
                let size = message.size;
                self.complete(message.status, Reply::Message { size }, now);
            }
        }
        ended
    }
}
