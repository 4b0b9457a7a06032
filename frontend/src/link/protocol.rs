//! The client's side of the wire, without a socket: frames and time go in, bytes and events come out.
//!
//! A request lives in one table from being asked to its `Done`, across any number of connections: reads are asked
//! anew, mutations are replayed under the same `OpId` (DESIGN §3), so the reducer never sees a cut.
use super::backoff;
use crate::state::model::{LinkState, Moment, Tag};
use crate::state::msg::LinkEvent;
use pyeonji_shared::call::{Call, ChunkPart};
use pyeonji_shared::codec;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::frame::{Bye, ClientFrame, Hello, Resume, ServerFrame, VERSION};
use pyeonji_shared::ids::{EventSeq, FolderName, OpId, RequestId, SessionId};
use pyeonji_shared::limits::{FIRST_ROWS, MAX_CLIENT_MESSAGE, MAX_IN_FLIGHT, PING_SECONDS};
use pyeonji_shared::sorted::Sorted;

/// Requests kept in all, on the wire or waiting; past it a request is answered `Busy` at once.
pub const MAX_CALLS: usize = 256;
/// Chunks that a request may send ahead.
const CREDIT: u32 = 8;
/// Chunks of mail that the device may hold without having stored them: with pieces of 256 KiB, 32 MiB.
const MAIL_CREDIT: u32 = 128;
/// Events after which they are acknowledged without waiting.
const ACK_EVERY: u64 = 32;
/// An acknowledgement waits this long for others.
const ACK_MS: i64 = 2_000;
/// Silence with requests in flight after which the connection counts as dead: longer than the gateway's own
/// patience with a mail server (60 s without progress).
const SILENCE_MS: i64 = 75_000;
/// A connection must be greeted within this.
const GREETING_MS: i64 = 20_000;

/// What the glue must do, in order.
#[derive(Debug)]
pub enum Output {
    /// Open a socket; the one before, if any, is dropped.
    Open,
    /// Close the socket.
    Close,
    Send(Vec<u8>),
    /// No socket could be opened: ask by HTTP whether this browser is still signed in; if not,
    /// [`Link::handle_signed_out`].
    Probe,
    Emit(LinkEvent),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not wanted (signed out).
    Idle,
    /// A socket is being opened or waits for its `Welcome`, at latest then.
    Opening {
        until: i64,
    },
    Online,
    /// Cut; next try then.
    Waiting {
        until: i64,
    },
}

#[derive(Debug)]
struct Flight {
    op: Option<OpId>,
    call: Call,
    /// On the current connection.
    id: Option<RequestId>,
    /// Was sent on some connection before.
    sent_before: bool,
    cancelled: bool,
}

#[derive(Debug)]
pub struct Link {
    state: State,
    locale: String,
    folder: Option<FolderName>,
    session: Option<SessionId>,
    seen: EventSeq,
    acked: EventSeq,
    ack_at: Option<i64>,
    attempt: u32,
    next_id: u32,
    /// By tag, so that a replay keeps the order in which things were asked.
    calls: Sorted<Tag, Flight>,
    ids: Sorted<RequestId, Tag>,
    heard: i64,
    /// When something was asked while nothing was in flight: before that, nobody had anything to say.
    asked: i64,
    out: Vec<Output>,
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Link {
    pub fn new() -> Self {
        Self {
            state: State::Idle,
            locale: "en".into(),
            folder: None,
            session: None,
            seen: EventSeq(0),
            acked: EventSeq(0),
            ack_at: None,
            attempt: 0,
            next_id: 1,
            calls: Sorted::new(),
            ids: Sorted::new(),
            heard: 0,
            asked: 0,
            out: Vec::new(),
        }
    }

    pub fn set_locale(&mut self, locale: &str) {
        self.locale = locale.to_owned();
    }

    /// The folder that a snapshot should open.
    pub fn set_folder(&mut self, folder: Option<FolderName>) {
        self.folder = folder;
    }

    /// Goes on with the session of the page that was here before a reload. It asks for a snapshot by claiming to have
    /// seen more than there is; the session's memory of mutations is what matters: a send that is still under way is
    /// joined and not begun again.
    pub fn adopt(&mut self, session: SessionId) {
        if self.session.is_none() {
            self.session = Some(session);
            self.seen = EventSeq(u64::MAX);
        }
    }

    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// What to do now; call after every other method until it gives `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        (!self.out.is_empty()).then(|| self.out.remove(0))
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<i64> {
        let state = match self.state {
            State::Idle => None,
            State::Opening { until } | State::Waiting { until } => Some(until),
            State::Online => self.silent_at(),
        };
        [state, self.ack_at].into_iter().flatten().min()
    }

    /// When the line counts as dead: an answer is waited for, and nothing was heard for so long.
    fn silent_at(&self) -> Option<i64> {
        (!self.ids.is_empty()).then_some(self.heard.max(self.asked) + SILENCE_MS)
    }

    pub fn in_flight(&self) -> usize {
        self.calls.len()
    }

    /// Starts, or tries again at once when waiting.
    pub fn connect(&mut self, at: Moment) {
        if matches!(self.state, State::Idle | State::Waiting { .. }) {
            self.open(at);
        }
    }

    /// Ends for good: nothing in flight is answered any more.
    pub fn disconnect(&mut self) {
        let locale = std::mem::take(&mut self.locale);
        let was = self.state;
        *self = Self { locale, out: std::mem::take(&mut self.out), ..Self::new() };
        if was != State::Idle {
            self.out.push(Output::Close);
            self.emit_state(LinkState::Offline);
        }
    }

    pub fn request(&mut self, tag: Tag, op: Option<OpId>, call: Call, at: Moment) {
        if self.ids.is_empty() {
            self.asked = at.now;
        }
        if self.calls.len() >= MAX_CALLS {
            let error = ApiError::new(ErrorKind::Busy);
            self.out.push(Output::Emit(LinkEvent::Done(tag, Err(error))));
            return;
        }
        if let Call::Open(open) = &call {
            self.folder = Some(open.folder.clone());
        }
        self.calls.insert(tag, Flight { op, call, id: None, sent_before: false, cancelled: false });
        self.pump();
    }

    /// The device has stored so many chunks of this stream.
    pub fn credit(&mut self, tag: Tag, n: u32) {
        let id = self.calls.get(&tag).and_then(|f| f.id);
        if let Some(id) = id.filter(|_| self.state == State::Online) {
            self.send(&ClientFrame::Credit { id, n });
        }
    }

    /// The answer is no longer wanted; none is emitted.
    pub fn cancel(&mut self, tag: Tag) {
        let Some(flight) = self.calls.get_mut(&tag) else { return };
        match flight.id {
            Some(id) if self.state == State::Online => {
                if !flight.cancelled {
                    flight.cancelled = true;
                    self.send(&ClientFrame::Cancel { id });
                }
            }
            _ => {
                self.calls.remove(&tag);
            }
        }
    }

    /// The socket is open.
    pub fn handle_open(&mut self, at: Moment) {
        if !matches!(self.state, State::Opening { .. }) {
            return;
        }
        self.heard = at.now;
        let hello = Hello {
            version: VERSION,
            locale: self.locale.clone(),
            resume: self.session.map(|session| Resume { session, seen: self.seen }),
            folder: self.folder.clone(),
            rows: FIRST_ROWS,
        };
        self.send(&ClientFrame::Hello(hello));
    }

    /// A binary message came.
    pub fn handle_input(&mut self, bytes: &[u8], at: Moment) {
        self.heard = at.now;
        match codec::decode_server(bytes) {
            Ok(frame) => self.handle_frame(frame, at),
            // Another build talks in another layout, and only that can happen here.
            Err(_) => self.bye(Bye::Upgrade, at),
        }
    }

    fn handle_frame(&mut self, frame: ServerFrame, at: Moment) {
        match frame {
            ServerFrame::Welcome(welcome) => {
                if !welcome.resumed {
                    self.seen = EventSeq(0);
                    self.acked = EventSeq(0);
                }
                self.session = Some(welcome.session);
                self.state = State::Online;
                self.attempt = 0;
                self.emit_state(LinkState::Online);
                self.out.push(Output::Emit(LinkEvent::Welcome(Box::new(welcome))));
                self.pump();
            }
            ServerFrame::Chunk { id, n: _, part } => {
                let Some(tag) = self.ids.get(&id).copied() else { return };
                // Credit for mail is given once it is stored: [`Self::credit`].
                if !matches!(part, ChunkPart::Mail(_)) {
                    self.send(&ClientFrame::Credit { id, n: 1 });
                }
                if self.calls.get(&tag).is_some_and(|f| !f.cancelled) {
                    self.out.push(Output::Emit(LinkEvent::Chunk(tag, part)));
                }
            }
            ServerFrame::Done { id, result } => {
                let Some(tag) = self.ids.remove(&id) else { return };
                if let Some(flight) = self.calls.remove(&tag)
                    && !flight.cancelled
                {
                    self.out.push(Output::Emit(LinkEvent::Done(tag, result)));
                }
                self.pump();
            }
            ServerFrame::Event { seq, event } => {
                // A replay may begin before what was seen.
                if seq <= self.seen {
                    return;
                }
                self.seen = seq;
                self.out.push(Output::Emit(LinkEvent::Event(Box::new(event))));
                if seq.0.saturating_sub(self.acked.0) >= ACK_EVERY {
                    self.ack();
                } else if self.ack_at.is_none() {
                    self.ack_at = Some(at.now + ACK_MS);
                }
            }
            ServerFrame::Bye { reason } => self.bye(reason, at),
        }
    }

    fn bye(&mut self, reason: Bye, at: Moment) {
        match reason {
            Bye::Draining => {
                // Another node (or the next one) takes over at once.
                self.lost();
                self.out.push(Output::Close);
                self.open(at);
            }
            Bye::Overloaded | Bye::Violation(_) => {
                self.out.push(Output::Close);
                if matches!(reason, Bye::Violation(_)) {
                    // What broke the rules is in the table or in the resume; neither may go out again. Mutations stay:
                    // their outcome must be known.
                    self.session = None;
                    self.calls.retain(|_, f| f.op.is_some());
                }
                self.attempt = self.attempt.max(3);
                self.handle_close(at);
                self.out.push(Output::Emit(LinkEvent::Bye(reason)));
            }
            Bye::Upgrade | Bye::SignedOut | Bye::Failed(_) => {
                self.disconnect();
                self.out.push(Output::Emit(LinkEvent::Bye(reason)));
            }
        }
    }

    /// The socket closed or failed.
    pub fn handle_close(&mut self, at: Moment) {
        if self.state == State::Idle {
            return;
        }
        if matches!(self.state, State::Opening { .. }) {
            self.out.push(Output::Probe);
        }
        self.lost();
        let until = at.now + i64::from(backoff::pause(self.attempt, at.random[0]));
        self.attempt = self.attempt.saturating_add(1);
        self.state = State::Waiting { until };
        self.emit_state(LinkState::Offline);
    }

    /// The gateway answered 401 to [`Output::Probe`].
    pub fn handle_signed_out(&mut self, at: Moment) {
        if self.state != State::Idle {
            self.bye(Bye::SignedOut, at);
        }
    }

    /// Time has come for [`Self::poll_timeout`].
    pub fn handle_timeout(&mut self, at: Moment) {
        if self.ack_at.is_some_and(|t| t <= at.now) {
            self.ack();
        }
        match self.state {
            State::Waiting { until } if until <= at.now => self.open(at),
            State::Opening { until } if until <= at.now => {
                self.out.push(Output::Close);
                self.handle_close(at);
            }
            State::Online if self.silent_at().is_some_and(|t| t <= at.now) => {
                self.out.push(Output::Close);
                self.handle_close(at);
            }
            _ => {}
        }
    }

    /// The browser says that there is no network. What is in flight is asked for again once there is.
    pub fn handle_offline(&mut self, at: Moment) {
        if matches!(self.state, State::Online | State::Opening { .. }) {
            self.out.push(Output::Close);
            self.handle_close(at);
        }
    }

    /// The browser says that the network is back, or the page came to the front: don't sit out the pause.
    pub fn wake(&mut self, at: Moment) {
        match self.state {
            State::Waiting { .. } => {
                self.attempt = 0;
                self.open(at);
            }
            // Asleep for long: the socket may be dead without knowing. Ask anew; resume loses nothing.
            State::Online if at.now - self.heard > 3 * 1000 * PING_SECONDS as i64 => {
                self.out.push(Output::Close);
                self.lost();
                self.open(at);
            }
            _ => {}
        }
    }

    fn open(&mut self, at: Moment) {
        self.state = State::Opening { until: at.now + GREETING_MS };
        self.out.push(Output::Open);
        self.emit_state(LinkState::Connecting);
    }

    /// The connection's own numbers end with it.
    fn lost(&mut self) {
        self.ids.clear();
        self.ack_at = None;
        self.calls.retain(|_, f| !f.cancelled);
        // A stream isn't begun again by itself: what of it is stored already must not come twice.
        let streams = |f: &Flight| matches!(f.call, Call::Look(_) | Call::Retrieve(_) | Call::Built(_));
        let broken: Vec<Tag> =
            self.calls.iter().filter(|(_, f)| f.id.is_some() && streams(f)).map(|(tag, _)| *tag).collect();
        for tag in broken {
            self.calls.remove(&tag);
            let error = ApiError::new(ErrorKind::Offline);
            self.out.push(Output::Emit(LinkEvent::Done(tag, Err(error))));
        }
        for flight in self.calls.values_mut() {
            flight.sent_before |= flight.id.take().is_some();
        }
        self.next_id = 1;
    }

    /// Sends what isn't on the wire yet, as far as the bound allows.
    fn pump(&mut self) {
        if self.state != State::Online {
            return;
        }
        let mut frames = Vec::new();
        let mut too_big = Vec::new();
        let mut room = MAX_IN_FLIGHT.saturating_sub(self.ids.len());
        for (tag, flight) in self.calls.iter_mut().filter(|(_, f)| f.id.is_none()) {
            if room == 0 {
                break;
            }
            if flight.sent_before
                && let Call::Send(send) = &mut flight.call
            {
                // The first try may have worked: look before sending.
                send.again = true;
            }
            let id = RequestId(self.next_id);
            let request = ClientFrame::Request { id, op: flight.op, call: flight.call.clone() };
            let bytes = codec::encode_client(&request);
            if bytes.len() > MAX_CLIENT_MESSAGE {
                too_big.push(*tag);
                continue;
            }
            self.next_id = self.next_id.wrapping_add(1);
            room -= 1;
            flight.id = Some(id);
            self.ids.insert(id, *tag);
            frames.push(bytes);
            let credit = match flight.call {
                Call::Search(_) | Call::Send(_) => CREDIT,
                Call::Retrieve(_) | Call::Built(_) => MAIL_CREDIT,
                _ => 0,
            };
            if credit > 0 {
                frames.push(codec::encode_client(&ClientFrame::Credit { id, n: credit }));
            }
        }
        self.out.extend(frames.into_iter().map(Output::Send));
        for tag in too_big {
            self.calls.remove(&tag);
            let error = ApiError::new(ErrorKind::TooBig);
            self.out.push(Output::Emit(LinkEvent::Done(tag, Err(error))));
        }
    }

    fn ack(&mut self) {
        self.ack_at = None;
        if self.state == State::Online && self.seen > self.acked {
            self.acked = self.seen;
            self.send(&ClientFrame::Ack { seq: self.seen });
        }
    }

    fn send(&mut self, frame: &ClientFrame) {
        self.out.push(Output::Send(codec::encode_client(frame)));
    }

    fn emit_state(&mut self, state: LinkState) {
        self.out.push(Output::Emit(LinkEvent::State(state)));
    }
}
