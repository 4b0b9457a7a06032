//! The task that owns the account: requests in, answers out, one connection at a time. Work runs beside it, so that a request is
//! heard while another waits for the server.
use super::Kept;
use super::look::look;
use super::remove::remove;
use super::retrieve::Retrieval;
use crate::account::connect::Dialer;
use crate::account::request::{Answer, Output, Request, Ticket};
use crate::account::{Account, OUTPUT_QUEUE, REQUEST_QUEUE, Tell};
use pyeonji_shared::account::{AccountInfo, Capabilities, UpstreamState};
use pyeonji_shared::call::device::Mark;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::limits::{MAX_IN_FLIGHT, MAX_RETRIEVE};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::Instant;

/// Work that waits; past it it is refused.
const MAX_WAITING: usize = MAX_IN_FLIGHT;
/// How long a connection without work is kept: from one request of a check to the next. Nobody else gets at the mailbox meanwhile,
/// not even the same person on another device.
const KEEP: Duration = Duration::from_secs(3);
/// The same where another sign-in would be refused for coming too soon.
const KEEP_DELAYED: Duration = Duration::from_secs(30);

/// What takes the connection.
enum Work {
    Look(Option<Mark>),
    Retrieve(Retrieval),
    Remove(Vec<Uidl>),
    /// Closes the connection politely.
    Farewell,
}

type Done = (Result<Answer, ApiError>, Option<Kept>);

struct Running {
    /// `None`: nobody waits for it (any more).
    ticket: Option<Ticket>,
    abort: AbortHandle,
    /// May be stopped half-way.
    stops: bool,
}

struct Task {
    dialer: Dialer,
    requests: mpsc::Receiver<Tell>,
    outputs: mpsc::Sender<Box<Output>>,
    out: VecDeque<Output>,
    waiting: VecDeque<(Option<Ticket>, Work)>,
    /// At most one.
    work: JoinSet<Done>,
    running: Option<Running>,
    kept: Option<Kept>,
    kept_until: Instant,
    upstream: UpstreamState,
}

/// Signs in once, to know that the password is right, and leaves a task in charge. While another program has the mailbox there is
/// no connection, and the first look says that.
pub async fn open(dialer: Dialer) -> Result<(Account, Snapshot), ApiError> {
    let kept = match dialer.sign_in_device().await {
        Ok(link) => Some(Kept { link, names: None }),
        Err(denied) if denied.in_use => None,
        Err(denied) => return Err(denied.error),
    };
    // Where a second sign-in would come too soon, the first one serves the first look.
    let leaves = kept.as_ref().is_some_and(|kept| !kept.link.is_delayed());
    let wire = dialer.net.wire();
    let (requests, inbox) = mpsc::channel(REQUEST_QUEUE);
    let (sender, outputs) = mpsc::channel(OUTPUT_QUEUE);
    let mut task = Task {
        dialer,
        requests: inbox,
        outputs: sender,
        out: VecDeque::new(),
        waiting: VecDeque::new(),
        work: JoinSet::new(),
        running: None,
        kept,
        kept_until: Instant::now() + KEEP_DELAYED,
        upstream: UpstreamState::Online,
    };
    if leaves {
        task.waiting.push_back((None, Work::Farewell));
    }
    let snapshot = task.snapshot();
    tokio::spawn(Box::new(task).run());
    Ok((Account { requests, outputs, wire }, snapshot))
}

impl Task {
    async fn run(mut self: Box<Self>) {
        while self.step().await.is_some() {}
        self.work.shutdown().await;
        if let Some(kept) = self.kept.take() {
            kept.link.farewell().await;
        }
    }

    /// One event; `None` once the session is gone.
    async fn step(&mut self) -> Option<()> {
        while let Some(output) = self.out.pop_front() {
            self.outputs.send(Box::new(output)).await.ok()?;
        }
        self.pump();
        let kept = &mut self.kept;
        tokio::select! {
            tell = self.requests.recv() => match tell? {
                Tell::Do(ticket, request) => self.request(ticket, *request),
                Tell::Cancel(ticket) => self.cancel(ticket),
            },
            Some(done) = self.work.join_next() => self.done(done),
            () = broken(kept) => self.kept = None,
            () = tokio::time::sleep_until(self.kept_until), if kept.is_some() => {
                self.waiting.push_back((None, Work::Farewell));
            }
        }
        Some(())
    }

    fn request(&mut self, ticket: Ticket, request: Request) {
        let refused = |kind| Err(ApiError::new(kind));
        let result = match request {
            Request::Look { seen } => return self.queue(ticket, Work::Look(seen)),
            Request::Retrieve { items, .. } if items.len() > MAX_RETRIEVE => refused(ErrorKind::BadRequest),
            Request::Retrieve { items, out } => {
                return self.queue(ticket, Work::Retrieve(Retrieval::new(items, out)));
            }
            Request::Remove { uidls } if uidls.len() > MAX_RETRIEVE => refused(ErrorKind::BadRequest),
            Request::Remove { uidls } => return self.queue(ticket, Work::Remove(uidls)),
            Request::Snapshot { .. } => Ok(Answer::Snapshot(Box::new(self.snapshot()))),
            Request::Folders => Ok(Answer::Folders(Vec::new())),
            // News come by `Look`, and nothing else is ever needed soon.
            Request::Refresh | Request::Warm => Ok(Answer::Ok),
            Request::Fetch { out, .. } => {
                out.try_send(Err(ApiError::new(ErrorKind::Unsupported))).ok();
                refused(ErrorKind::Unsupported)
            }
            // Folders and flags are the device's own. That includes looking for a sent message: "not found" would be a claim.
            Request::Open { .. }
            | Request::Window { .. }
            | Request::Rows { .. }
            | Request::Read { .. }
            | Request::Search { .. }
            | Request::SetFlags { .. }
            | Request::Move { .. }
            | Request::Delete { .. }
            | Request::Append { .. }
            | Request::Find { .. } => refused(ErrorKind::Unsupported),
        };
        self.answer(ticket, result);
    }

    fn queue(&mut self, ticket: Ticket, work: Work) {
        if self.waiting.len() >= MAX_WAITING {
            return self.answer(ticket, Err(ApiError::new(ErrorKind::Busy)));
        }
        self.waiting.push_back((Some(ticket), work));
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.waiting.retain(|(t, _)| *t != Some(ticket));
        if let Some(running) = self.running.as_mut().filter(|r| r.ticket == Some(ticket)) {
            running.ticket = None;
            if running.stops {
                // There is no other way to end a RETR than to close its connection.
                running.abort.abort();
            }
        }
    }

    /// Starts what comes next, unless something is under way: the mailbox is locked by it.
    fn pump(&mut self) {
        if self.running.is_some() {
            return;
        }
        let Some((ticket, work)) = self.waiting.pop_front() else { return };
        let stops = matches!(work, Work::Look(_) | Work::Retrieve(_));
        let (mut dialer, mut kept) = (self.dialer.clone(), self.kept.take());
        if let Some(ticket) = ticket {
            dialer.net = dialer.net.caused_by_ticket(ticket.0);
        }
        if let Some(kept) = &mut kept {
            kept.link.works_for(ticket);
        }
        let abort = self.work.spawn(async move {
            let result = match work {
                Work::Look(seen) => look(&dialer, kept, seen).await,
                Work::Retrieve(retrieval) => retrieval.run(&dialer, kept).await,
                Work::Remove(uidls) => remove(&dialer, kept, uidls).await.map(|answer| (answer, None)),
                Work::Farewell => {
                    if let Some(kept) = kept {
                        kept.link.farewell().await;
                    }
                    Ok((Answer::Ok, None))
                }
            };
            match result {
                Ok((answer, kept)) => (Ok(answer), kept),
                Err(error) => (Err(error), None),
            }
        });
        self.running = Some(Running { ticket, abort, stops });
    }

    fn done(&mut self, done: Result<Done, JoinError>) {
        let ticket = self.running.take().and_then(|running| running.ticket);
        let (result, kept) = done.unwrap_or_else(|_| (Err(ApiError::new(ErrorKind::Internal)), None));
        let delayed = kept.as_ref().is_some_and(|kept| kept.link.is_delayed());
        self.kept = kept;
        self.kept_until = Instant::now() + if delayed { KEEP_DELAYED } else { KEEP };
        match &result {
            Err(error) if error.kind == ErrorKind::WrongPassword => {
                self.turn(UpstreamState::Denied { error: error.clone() });
            }
            Ok(_) => self.turn(UpstreamState::Online),
            Err(_) => {}
        }
        if let Some(ticket) = ticket {
            self.answer(ticket, result);
        }
    }

    /// Another state is told once.
    fn turn(&mut self, state: UpstreamState) {
        if self.upstream != state {
            self.upstream = state.clone();
            self.out.push_back(Output::Event(Event::Upstream(state)));
        }
    }

    fn answer(&mut self, ticket: Ticket, result: Result<Answer, ApiError>) {
        self.out.push_back(Output::Done { ticket, result });
    }

    fn snapshot(&self) -> Snapshot {
        let Dialer { credentials, provider, .. } = &self.dialer;
        let send = provider.smtp.is_some();
        Snapshot {
            account: AccountInfo {
                address: credentials.address.clone(),
                provider: provider.name.clone(),
                capabilities: Capabilities { device: true, send, ..Capabilities::default() },
                delimiter: None,
            },
            folders: Vec::new(),
            open: None,
            upstream: self.upstream.clone(),
        }
    }
}

async fn broken(kept: &mut Option<Kept>) {
    match kept {
        Some(kept) => kept.link.until_broken().await,
        None => std::future::pending().await,
    }
}
