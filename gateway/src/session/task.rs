//! One session: it owns the account, what waits for the page, and what the page asked for. It never waits for one
//! of them while another could go on.
use super::calls::device::{Stream, Streamed};
use super::calls::{self, Ask, Asker, Context, Progress, Work};
use super::causes::Causes;
use super::flight::{Flights, Refused};
use super::ops::{Admit, OpMemory, Outcome};
use super::outbox::Outbox;
use super::reads::Reads;
use super::registry::Registry;
use super::socket::Conn;
use super::wait::{answer, next, next_part, room_in};
use super::{Services, Who};
use crate::account::request::{Answer, Output, RawMessage, Request, Ticket};
use crate::account::{Account, Tell};
use crate::metrics;
use futures_util::future::BoxFuture;
use pyeonji_shared::call::{Call, ChunkPart};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::frame::{Bye, ClientFrame, Hello, Limits, ServerFrame, Welcome};
use pyeonji_shared::ids::{FolderName, MessageRef, OpId, RequestId, SessionId};
use pyeonji_shared::limits::{FIRST_ROWS, MAX_IN_FLIGHT, MAX_WINDOW};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Requests of tasks and downloads that wait for the session.
const ASKS: usize = 8;
/// Progress reports that wait; more are dropped.
const PROGRESS: usize = 4;

/// An alert of these words stands for a fault in the code that handles it.
#[cfg(test)]
pub const FAULT: &str = "a session that meets this panics";

/// From the registry; boxed in its channel, which reserves room for 32 at once.
pub enum ToSession {
    /// A page connects. `id` is the session's name from now on.
    Attach { id: SessionId, hello: Hello, conn: Conn },
    /// Says these words to the page and ends.
    End(Bye),
}

/// Who waits for an account's answer.
enum Waiter {
    Call(Key),
    Read(Key, MessageRef),
    Ask(oneshot::Sender<Result<Answer, ApiError>>),
    Snapshot,
}

/// Who waits for a call's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Op(OpId),
    /// On the connection of that number.
    Request(RequestId, u64),
}

/// What came first.
enum Turn {
    Registry(Option<Box<ToSession>>),
    Frame(Option<Box<ClientFrame>>),
    Write(Option<mpsc::OwnedPermit<bytes::Bytes>>),
    Output(Option<Box<Output>>),
    Task(Box<Result<(Key, Outcome), tokio::task::JoinError>>),
    Ask(Ask),
    Progress(Progress),
    Tell(Option<mpsc::OwnedPermit<Tell>>),
    Forgotten,
    /// The sending server's SIZE.
    Size(Option<u64>),
    /// Mail for the device; `None`: its work died.
    Mail(Option<Streamed>),
}

pub struct Session {
    id: SessionId,
    account: Account,
    context: Context,
    asks: mpsc::Receiver<Ask>,
    progress: mpsc::Receiver<Progress>,
    outbox: Outbox,
    ops: OpMemory,
    flights: Flights,
    conn: Option<Conn>,
    /// Counts connections.
    epoch: u64,
    /// A page waits for its snapshot; its frames are not read yet.
    attaching: bool,
    /// What sign-in learnt, until the first page takes it.
    opened: Option<Box<Snapshot>>,
    waiters: HashMap<Ticket, Waiter>,
    next_ticket: u64,
    /// For the account, in order. Bounded by the requests in flight and [`ASKS`].
    tells: VecDeque<Tell>,
    reads: Reads,
    causes: Causes,
    /// Prefetches that the account has.
    running_background: Vec<Ticket>,
    tasks: JoinSet<(Key, Outcome)>,
    parked_at: Instant,
    park: Duration,
    /// Bytes that the sending server takes, once it is known.
    size: Option<u64>,
    asking_size: Option<BoxFuture<'static, Option<u64>>>,
    /// Mail on its way to the page, one stream at a time.
    mail: Option<(Key, RequestId, Stream)>,
}

impl Session {
    pub fn new(
        id: SessionId,
        who: Who,
        mut services: Services,
        registry: Registry,
        account: Account,
        opened: Snapshot,
    ) -> (Box<Self>, Asker) {
        let (ask, asks) = mpsc::channel(ASKS);
        let (progress_tx, progress) = mpsc::channel(PROGRESS);
        let limits = services.config.limits.clone();
        let wire = account.wire.clone();
        let asker = Asker { to: ask, cause: 0, wire: wire.clone() };
        let asking_size = services.sizes.clone().ask(services.net.clone(), who.provider.clone());
        services.net = services.net.recorded(&wire);
        let context =
            Context { services, who: Arc::new(who), asker: asker.clone(), progress: progress_tx, registry };
        let session = Self {
            id,
            account,
            context,
            asks,
            progress,
            outbox: Outbox::new(usize::try_from(limits.outbox_bytes).unwrap_or(usize::MAX)),
            ops: OpMemory::default(),
            flights: Flights::default(),
            conn: None,
            epoch: 0,
            attaching: false,
            opened: Some(Box::new(opened)),
            waiters: HashMap::new(),
            next_ticket: 0,
            tells: VecDeque::new(),
            reads: Reads::default(),
            causes: Causes::new(wire),
            running_background: Vec::new(),
            tasks: JoinSet::new(),
            parked_at: Instant::now(),
            park: Duration::from_secs(limits.park_seconds),
            size: None,
            asking_size: Some(Box::pin(asking_size)),
            mail: None,
        };
        (Box::new(session), asker)
    }

    /// Runs until signed out, drained, parked for too long, or the account's end.
    /// A box, because a future keeps its arguments twice.
    pub async fn run(mut self: Box<Self>, mut inbox: mpsc::Receiver<Box<ToSession>>) {
        let bye = loop {
            self.pump_reads();
            let turn = self.turn(&mut inbox).await;
            if let Err(bye) = self.act(turn) {
                break bye;
            }
        };
        if let Some(conn) = self.conn.take() {
            conn.bye(bye);
        }
    }

    /// Waits for whatever comes first. At the outbox's bound nothing more is taken that would add to it.
    async fn turn(&mut self, inbox: &mut mpsc::Receiver<Box<ToSession>>) -> Turn {
        let room = !self.outbox.is_full();
        let until = self.parked_at + self.park;
        let parked = self.conn.is_none();
        let out = self.conn.as_ref().filter(|_| !self.attaching && !self.outbox.is_empty());
        let out = out.map(|conn| conn.out.clone());
        let tell = (!self.tells.is_empty()).then(|| self.account.requests.clone());
        // Without credit, or with an outbox that is full, nothing is taken, and in the end the mail server waits.
        let credit = self.mail.as_ref().is_some_and(|(_, id, _)| self.flights.may_chunk(*id));
        let mail = self.mail.as_mut().filter(|_| credit && room).map(|(_, _, stream)| stream);
        let frames = self.conn.as_mut().filter(|_| !self.attaching).map(|conn| &mut conn.frames);
        tokio::select! {
            message = inbox.recv() => Turn::Registry(message),
            frame = next(frames) => Turn::Frame(frame),
            permit = room_in(out) => Turn::Write(permit),
            output = self.account.outputs.recv(), if room => Turn::Output(output),
            Some(done) = self.tasks.join_next(), if room => Turn::Task(Box::new(done)),
            Some(ask) = self.asks.recv(), if self.tells.len() < ASKS => Turn::Ask(ask),
            Some(progress) = self.progress.recv() => Turn::Progress(progress),
            permit = room_in(tell) => Turn::Tell(permit),
            () = tokio::time::sleep_until(until), if parked => Turn::Forgotten,
            size = answer(self.asking_size.as_mut()) => Turn::Size(size),
            part = next_part(mail) => Turn::Mail(part),
        }
    }

    fn act(&mut self, turn: Turn) -> Result<(), Bye> {
        let dead = || Bye::Failed(ApiError::new(ErrorKind::Internal));
        match turn {
            Turn::Registry(Some(message)) => match *message {
                ToSession::Attach { id, hello, conn } => self.attach(id, hello, conn),
                ToSession::End(bye) => return Err(bye),
            },
            Turn::Registry(None) => return Err(Bye::Draining),
            Turn::Frame(Some(frame)) => {
                if let Err(why) = self.frame(*frame) {
                    self.refuse(why);
                }
            }
            Turn::Frame(None) | Turn::Write(None) => self.detach(),
            Turn::Write(Some(permit)) => {
                if let Some(bytes) = self.outbox.pop() {
                    permit.send(bytes);
                }
            }
            Turn::Output(output) => self.output(*output.ok_or_else(dead)?),
            Turn::Task(done) => self.task_done(*done),
            Turn::Ask(Ask { request, reply, cause }) => {
                let cause = if cause == 0 { self.causes.download(&request) } else { cause };
                let ticket = self.tell(*request, Waiter::Ask(reply));
                self.causes.asked_for(cause, ticket);
            }
            Turn::Progress(Progress { op, done, total }) => {
                if let Some(id) = self.ops.waiting(op) {
                    let frames = self.flights.chunk(id, ChunkPart::SendProgress { done, total });
                    self.push(frames);
                }
            }
            Turn::Tell(permit) => {
                let permit = permit.ok_or_else(dead)?;
                if let Some(tell) = self.tells.pop_front() {
                    permit.send(tell);
                }
            }
            // A send that is under way is seen to its end; its outcome may still be asked for.
            Turn::Forgotten if self.ops.any_running() => self.parked_at = Instant::now(),
            Turn::Forgotten => return Err(Bye::SignedOut),
            Turn::Mail(Some(Streamed::Part(part))) => {
                if let Some((_, id, _)) = &self.mail {
                    let frames = self.flights.chunk(*id, ChunkPart::Mail(part));
                    self.push(frames);
                }
            }
            Turn::Mail(end) => {
                if let Some((key, ..)) = self.mail.take() {
                    let died = Err(ApiError::new(ErrorKind::Internal));
                    self.finish(key, if let Some(Streamed::End(outcome)) = end { outcome } else { died });
                }
            }
            Turn::Size(size) => {
                self.asking_size = None;
                let before = self.limits();
                self.size = size;
                // A page that comes later is told by its Welcome.
                if self.limits() != before && self.conn.is_some() {
                    self.outbox.push_event(Event::Limits(self.limits()), false);
                }
            }
        }
        Ok(())
    }

    fn attach(&mut self, id: SessionId, hello: Hello, conn: Conn) {
        self.detach();
        let Hello { resume, folder, rows, .. } = hello;
        let resumed = resume.filter(|r| r.session == self.id && self.opened.is_none());
        self.conn = Some(conn);
        if resumed.is_some_and(|r| self.outbox.resume(r.seen)) {
            self.welcome(true, None);
            return;
        }
        self.id = id;
        let folder = folder.unwrap_or_else(FolderName::inbox);
        let fits = |s: &Snapshot| s.open.as_ref().is_none_or(|open| open.folder == folder);
        match self.opened.take() {
            Some(snapshot) if fits(&snapshot) && !self.outbox.lost() => {
                self.outbox.forget_sent();
                self.welcome(false, Some(*snapshot));
            }
            _ => {
                self.attaching = true;
                let rows = if rows == 0 { FIRST_ROWS } else { rows.min(MAX_WINDOW) };
                self.tell(Request::Snapshot { folder, rows }, Waiter::Snapshot);
            }
        }
    }

    /// What the page must respect: our bounds, and the sending server's.
    fn limits(&self) -> Limits {
        let limits = &self.context.services.config.limits;
        let message = limits.message_bytes.min(self.size.unwrap_or(u64::MAX));
        Limits {
            // Base64 takes four bytes for three.
            upload: limits.upload_bytes.min(message / 4 * 3),
            message,
            recipients: u32::try_from(limits.recipients).unwrap_or(u32::MAX),
        }
    }

    fn welcome(&mut self, resumed: bool, mut snapshot: Option<Snapshot>) {
        let limits = self.limits();
        if let Some(snapshot) = &mut snapshot {
            snapshot.account.capabilities.max_send_bytes = self.size;
        }
        let welcome = Welcome { session: self.id, resumed, snapshot, limits };
        self.outbox.push_first(&ServerFrame::Welcome(welcome));
    }

    /// The socket is gone: reads are dropped, mutations go on, events wait.
    fn detach(&mut self) {
        if self.conn.take().is_some() {
            self.park();
        }
    }

    fn park(&mut self) {
        self.epoch += 1;
        self.attaching = false;
        self.parked_at = Instant::now();
        self.outbox.detach();
        self.ops.detach();
        self.reads.clear();
        self.mail = None;
        for flight in self.flights.clear() {
            self.drop_work(flight.ticket, flight.task);
        }
        let snapshots: Vec<Ticket> =
            self.waiters.iter().filter(|(_, w)| matches!(w, Waiter::Snapshot)).map(|(t, _)| *t).collect();
        for ticket in snapshots {
            // Its answer would stand for a page that is gone; the next one asks anew.
            self.drop_work(Some(ticket), None);
        }
        self.context.registry.parked(self.id);
    }

    fn drop_work(&mut self, ticket: Option<Ticket>, task: Option<tokio::task::AbortHandle>) {
        if let Some(task) = task {
            task.abort();
        }
        if let Some(ticket) = ticket
            && self.waiters.remove(&ticket).is_some()
        {
            self.running_background.retain(|t| *t != ticket);
            self.tells.push_back(Tell::Cancel(ticket));
        }
    }

    /// The page broke the protocol: this connection ends, the session can be resumed by a better one.
    fn refuse(&mut self, why: &str) {
        if let Some(conn) = self.conn.take() {
            conn.bye(Bye::Violation(why.to_owned()));
            self.park();
        }
    }

    fn frame(&mut self, frame: ClientFrame) -> Result<(), &'static str> {
        match frame {
            ClientFrame::Hello(_) => Err("second Hello"),
            ClientFrame::Request { id, op, call } => self.request(id, op, call),
            ClientFrame::Cancel { id } => {
                self.cancel(id);
                Ok(())
            }
            ClientFrame::Credit { id, n } => {
                let frames = self.flights.credit(id, n);
                self.push(frames);
                Ok(())
            }
            ClientFrame::Ack { seq } => {
                if self.outbox.ack(seq) {
                    Ok(())
                } else {
                    Err("Ack of an event that was never sent")
                }
            }
        }
    }

    fn request(&mut self, id: RequestId, op: Option<OpId>, call: Call) -> Result<(), &'static str> {
        let mutation = call.is_mutation();
        if mutation != op.is_some() {
            return Err("an operation id belongs to mutations, and to them alone");
        }
        match self.flights.admit(id, mutation) {
            Ok(()) => {}
            Err(Refused::OutOfOrder) => return Err("request ids must rise"),
            Err(Refused::TooMany) => {
                let result = Err(ApiError::new(ErrorKind::Busy));
                self.outbox.push_frame(&ServerFrame::Done { id, result });
                return Ok(());
            }
        }
        let key = match op {
            None => Key::Request(id, self.epoch),
            Some(op) => match self.ops.admit(op, id) {
                Admit::Run => Key::Op(op),
                Admit::Join { replaced } => {
                    if let Some(old) = replaced {
                        self.done(old, Err(ApiError::new(ErrorKind::Cancelled)));
                    }
                    return Ok(());
                }
                Admit::Known(outcome) => {
                    self.done(id, outcome);
                    return Ok(());
                }
                Admit::Full => {
                    self.done(id, Err(ApiError::new(ErrorKind::Busy)));
                    return Ok(());
                }
            },
        };
        let context = self.causes.context(&self.context, key, id, &call);
        match calls::work(&context, op.unwrap_or_default(), call) {
            Err(error) => self.finish(key, Err(error)),
            Ok(Work::Request(request @ Request::Read { .. })) => self.reads.ask(key, request),
            Ok(Work::Request(request)) => {
                self.start(key, request);
            }
            Ok(Work::Background(request)) => {
                if let Some(dropped) = self.reads.ask_ahead(key, request) {
                    self.finish(dropped, Err(ApiError::new(ErrorKind::Cancelled)));
                }
            }
            Ok(Work::Mail(..)) if self.mail.is_some() => {
                self.finish(key, Err(ApiError::new(ErrorKind::Busy)));
            }
            Ok(Work::Mail(work, stream)) => {
                tokio::spawn(work);
                self.mail = Some((key, id, stream));
            }
            Ok(Work::Task(work)) => {
                let task = self.tasks.spawn(async move { (key, work.await) });
                if let Key::Request(id, _) = key
                    && let Some(flight) = self.flights.flight(id)
                {
                    flight.task = Some(task);
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, key: Key, request: Request) -> Ticket {
        let waiter = match &request {
            Request::Read { at, .. } => Waiter::Read(key, at.clone()),
            _ => Waiter::Call(key),
        };
        let ticket = self.tell(request, waiter);
        self.causes.asked(key, ticket);
        if let Key::Request(id, _) = key
            && let Some(flight) = self.flights.flight(id)
        {
            flight.ticket = Some(ticket);
        }
        ticket
    }

    fn tell(&mut self, request: Request, waiter: Waiter) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.waiters.insert(ticket, waiter);
        self.tells.push_back(Tell::Do(ticket, Box::new(request)));
        ticket
    }

    /// Reads take turns; prefetches go when nothing else is asked of the account.
    fn pump_reads(&mut self) {
        while let Some((key, request)) = self.reads.next() {
            self.start(key, request);
        }
        while self.waiters.len() == self.running_background.len() {
            let Some((key, request)) = self.reads.next_ahead() else { return };
            let ticket = self.start(key, request);
            self.running_background.push(ticket);
        }
    }

    fn cancel(&mut self, id: RequestId) {
        // A mutation that has begun is carried out, and answered with what happened.
        if self.flights.flight(id).is_none_or(|f| f.mutation) {
            return;
        }
        if let Some(flight) = self.flights.remove(id) {
            self.reads.over(Key::Request(id, self.epoch));
            self.mail.take_if(|(_, of, _)| *of == id);
            self.drop_work(flight.ticket, flight.task);
            let result = Err(ApiError::new(ErrorKind::Cancelled));
            self.outbox.push_frame(&ServerFrame::Done { id, result });
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Event(event) => {
                #[cfg(test)]
                assert!(event != Event::Alert(FAULT.into()), "a fault in a session (part of a test)");
                let parked = self.conn.is_none();
                self.outbox.push_event(event, parked);
            }
            Output::Hits { ticket, rows } => {
                if let Some(id) = self.flights.by_ticket(ticket) {
                    let frames = self.flights.chunk(id, ChunkPart::SearchRows(rows));
                    self.push(frames);
                }
            }
            Output::Done { ticket, result } => {
                self.running_background.retain(|t| *t != ticket);
                match self.waiters.remove(&ticket) {
                    None => {}
                    Some(Waiter::Ask(reply)) => {
                        reply.send(result).ok();
                    }
                    Some(Waiter::Snapshot) => self.snapshot(result),
                    Some(Waiter::Read(key, at)) => match result {
                        Ok(Answer::Read(raw)) => self.render(key, at, *raw),
                        Ok(_) => self.finish(key, Err(ApiError::new(ErrorKind::Internal))),
                        Err(error) => self.finish(key, Err(error)),
                    },
                    Some(Waiter::Call(key)) => {
                        let outcome = result.and_then(|answer| {
                            calls::reply(answer).ok_or_else(|| ApiError::new(ErrorKind::Internal))
                        });
                        self.finish(key, outcome);
                    }
                }
            }
        }
    }

    fn snapshot(&mut self, result: Result<Answer, ApiError>) {
        self.attaching = false;
        match result {
            Ok(Answer::Snapshot(snapshot)) => {
                self.outbox.start_over();
                self.welcome(false, Some(*snapshot));
            }
            other => {
                let error = other.err().unwrap_or_else(|| ApiError::new(ErrorKind::Internal));
                if let Some(conn) = self.conn.take() {
                    conn.bye(Bye::Failed(error));
                    self.park();
                }
            }
        }
    }

    fn render(&mut self, key: Key, at: MessageRef, raw: RawMessage) {
        let Key::Request(id, epoch) = key else { return };
        // Cancelled meanwhile: the bytes are not worth a thread's time.
        let Some(flight) = self.flights.flight(id).filter(|_| epoch == self.epoch) else { return };
        flight.ticket = None;
        if raw.too_big {
            metrics::limit_hit("shown_message_bytes");
        }
        let work = calls::read::render(self.context.services.worker.clone(), at, raw);
        flight.task = Some(self.tasks.spawn(async move { (key, work.await) }));
    }

    fn task_done(&mut self, done: Result<(Key, Outcome), tokio::task::JoinError>) {
        match done {
            Ok((key, outcome)) => self.finish(key, outcome),
            Err(error) if error.is_cancelled() => {}
            // Which call it was is lost with it; ending the session answers them all (R32).
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    fn finish(&mut self, key: Key, outcome: Outcome) {
        self.reads.over(key);
        match key {
            Key::Op(op) => {
                if let Some(id) = self.ops.finish(op, &outcome) {
                    self.done(id, outcome);
                }
            }
            Key::Request(id, epoch) if epoch == self.epoch => self.done(id, outcome),
            Key::Request(..) => {}
        }
    }

    fn done(&mut self, id: RequestId, outcome: Outcome) {
        let frames = self.flights.done(id, outcome);
        self.push(frames);
    }

    fn push(&mut self, frames: Vec<ServerFrame>) {
        debug_assert!(frames.len() <= MAX_IN_FLIGHT);
        for frame in frames {
            self.outbox.push_frame(&frame);
        }
    }
}
