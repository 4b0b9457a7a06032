//! What comes from the server: attributed to the command it belongs to, or passed on as news.
use super::flight::Class;
use super::transmit::Dropped;
use super::{Engine, MAX_UNTAGGED, Phase};
use crate::imap::capability::Capabilities;
use crate::imap::error::{CommandError, EngineError};
use crate::imap::event::{Code, Data, Event, Selected, UidRange};
use crate::imap::framer::Piece;
use crate::imap::response::{Parsed, Status, parse};
use pyeonji_shared::ids::ModSeq;
use std::sync::Arc;
use std::time::Instant;

impl Engine {
    pub(super) fn receive(&mut self, piece: Piece, now: Instant) {
        let response = match piece {
            Piece::Chunk { stream, body, bytes } => {
                self.unfinished += bytes.len();
                if self.unfinished >= super::PROGRESS_BYTES {
                    self.unfinished = 0;
                    self.alive = now;
                    self.useful = now;
                }
                if body {
                    self.events.push_back(Event::BodyChunk { stream, bytes });
                }
                return;
            }
            Piece::Response(response) => response,
        };
        self.unfinished = 0;
        self.alive = now;
        self.untagged += 1;
        if self.untagged > MAX_UNTAGGED {
            return self.fail(EngineError::Flood);
        }
        let parsed = parse(&response);
        if self.phase == Phase::Greeting {
            return self.greet(parsed, now);
        }
        match parsed {
            Parsed::Tagged { tag, status, code, text } => {
                self.untagged = 0;
                self.useful = now;
                self.tagged(&tag, status, code, text, now);
            }
            Parsed::GoAhead if self.transmit.waits_for_go_ahead() => {
                self.useful = now;
                self.transmit.go_ahead();
            }
            Parsed::GoAhead => {
                self.idle_began(now);
            }
            Parsed::Untagged { status: Status::Bye, text, .. } => {
                self.events.push_back(Event::Bye(text.clone()));
                if !self.flights.iter().any(|f| f.class == Class::Logout) {
                    self.fail(EngineError::Bye(text));
                }
            }
            Parsed::Untagged { status: Status::PreAuth, .. } => self.fail(EngineError::PreAuth),
            Parsed::Untagged { code, text, .. } => self.told(code, &text),
            Parsed::Capabilities(capabilities) => self.learn(Arc::new(capabilities)),
            Parsed::Found { tag, ranges } => {
                self.useful = now;
                self.found(tag, ranges);
            }
            Parsed::Data(data) => {
                self.useful = now;
                self.data(data);
            }
            Parsed::Flags(_) | Parsed::Ignored => {}
            Parsed::Garbage => self.fail(EngineError::Protocol("not an IMAP response")),
        }
    }

    fn greet(&mut self, parsed: Parsed, now: Instant) {
        match parsed {
            Parsed::Untagged { status: Status::Ok, code, .. } => {
                self.phase = Phase::NotSignedIn;
                self.alive = now;
                self.useful = now;
                if let Some(Code::Capability(capabilities)) = code {
                    self.learn(capabilities);
                }
                self.events.push_back(Event::Greeting);
            }
            Parsed::Untagged { status: Status::PreAuth, .. } => self.fail(EngineError::PreAuth),
            Parsed::Untagged { status: Status::Bye, text, .. } => {
                self.events.push_back(Event::Bye(text.clone()));
                self.fail(EngineError::Bye(text));
            }
            _ => self.fail(EngineError::BadGreeting),
        }
    }

    fn learn(&mut self, mut capabilities: Arc<Capabilities>) {
        self.fresh = true;
        // R16: on a clear link anybody can add a kinder list; once LOGINDISABLED was said it stays so until sign-in.
        let disabled = self.capabilities.as_ref().is_some_and(|c| c.login_disabled());
        if disabled && !self.options.secure && self.phase != Phase::SignedIn {
            Arc::make_mut(&mut capabilities).disable_login();
        }
        if self.capabilities.as_ref() != Some(&capabilities) {
            self.events.push_back(Event::Capabilities(capabilities.clone()));
        }
        self.capabilities = Some(capabilities);
    }

    fn selecting(&mut self) -> Option<&mut Selected> {
        let id = self.flights.iter().find(|f| f.class == Class::Select)?.id?;
        self.jobs.get_mut(&id)?.selected.as_deref_mut()
    }

    /// An untagged OK, NO or BAD.
    fn told(&mut self, code: Option<Code>, text: &str) {
        match code {
            // RFC 9051 §7.1; before sign-in anybody on the way could have written it.
            Some(Code::Alert) if self.phase == Phase::SignedIn => {
                self.events.push_back(Event::Alert(text.to_owned()))
            }
            Some(Code::Capability(capabilities)) => self.learn(capabilities),
            Some(code @ Code::CopyUid { .. }) => {
                let mut flying = self.flights.iter().filter_map(|f| f.id);
                let id = flying.find(|id| self.jobs.get(id).is_some_and(|job| job.moves));
                if let Some(job) = id.and_then(|id| self.jobs.get_mut(&id)) {
                    job.add_code(Some(code));
                }
            }
            Some(code) => {
                if matches!(code, Code::NoModSeq) {
                    self.no_modseq = true;
                }
                if let Some(selected) = self.selecting() {
                    describe(selected, code);
                }
            }
            None => {}
        }
    }

    fn data(&mut self, data: Data) {
        if self.phase != Phase::SignedIn {
            // R16: nothing of a folder can be true before sign-in.
            return;
        }
        if let Some(selected) = self.selecting() {
            match data {
                Data::Exists(exists) => selected.exists = exists,
                // Still of the folder that is being left.
                Data::Expunge(_) | Data::Vanished { .. } | Data::Fetch(_) => {}
                other => self.events.push_back(Event::Data(other)),
            }
            return;
        }
        self.events.push_back(Event::Data(data));
    }

    fn found(&mut self, tag: Option<String>, ranges: Vec<UidRange>) {
        let mut searches = self.flights.iter().filter(|f| f.class == Class::Search);
        let id = match &tag {
            Some(tag) => searches.find(|f| f.tag == *tag),
            None => searches.next(),
        };
        let job = id.and_then(|f| f.id).and_then(|id| self.jobs.get_mut(&id));
        if let Some(hits) = job.and_then(|job| job.found.as_mut()) {
            hits.add(ranges);
        }
    }

    fn tagged(&mut self, tag: &str, status: Status, code: Option<Code>, text: String, now: Instant) {
        let Some(at) = self.flights.iter().position(|f| f.tag == tag) else {
            return self.fail(EngineError::Protocol("an answer to nothing we asked"));
        };
        let Some(flight) = self.flights.remove(at) else { return };
        if self.transmit.drop_rest(tag) == Dropped::Stuck {
            self.flights.push_back(flight);
            return self.fail(EngineError::Abandoned);
        }
        let ok = status == Status::Ok;
        if matches!(code, Some(Code::Alert)) && self.phase == Phase::SignedIn {
            self.events.push_back(Event::Alert(text.clone()));
        }
        if let (true, Some(Code::Capability(capabilities))) = (ok, &code) {
            self.learn(capabilities.clone());
        }
        let Some(id) = flight.id else {
            self.own_answer(tag, flight.class, ok);
            return;
        };
        if ok && flight.class == Class::Auth {
            self.phase = Phase::SignedIn;
            self.framer.trust();
            if !self.fresh {
                self.capabilities = None;
            }
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            if ok {
                if let (Some(selected), Some(code)) = (job.selected.as_deref_mut(), &code) {
                    describe(selected, code.clone());
                }
                job.add_code(code);
                job.text = text;
            } else {
                let error = if status == Status::No {
                    CommandError::No { code, text }
                } else {
                    CommandError::Bad { code, text }
                };
                job.error.get_or_insert(error);
            }
        }
        self.finish(id);
        if flight.class == Class::Logout {
            self.end(&EngineError::Closed);
        }
        self.unfinished = 0;
        self.alive = now;
    }

    /// The answer to a line of the engine's own.
    fn own_answer(&mut self, tag: &str, class: Class, ok: bool) {
        match class {
            Class::Idle => self.idle_ended(tag, ok),
            // CAPABILITY that brings nothing would be asked for ever.
            Class::Auth if self.capabilities.is_none() => self.learn(Arc::new(Capabilities::default())),
            _ => {}
        }
    }
}

/// What a code says of the folder that is being opened.
fn describe(selected: &mut Selected, code: Code) {
    match code {
        Code::UidValidity(validity) => selected.validity = validity,
        Code::UidNext(uid) => selected.uid_next = Some(uid),
        Code::HighestModSeq(modseq) => selected.highest_modseq = modseq,
        Code::NoModSeq => selected.highest_modseq = ModSeq(0),
        Code::PermanentFlags { flags, new_keywords } => {
            selected.permanent = flags;
            selected.new_keywords = new_keywords;
        }
        Code::ReadOnly => selected.writable = false,
        Code::ReadWrite => selected.writable = true,
        _ => {}
    }
}
