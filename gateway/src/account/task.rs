//! The task that owns an account's upstream links: requests in, answers and events out, in one order. Reconnects by
//! itself; while the session doesn't take its outputs it doesn't read from the mail server.
use super::connect::Dialer;
use super::folders::Folders;
use super::job::Job;
use super::job::flags::SetFlags;
use super::job::moving::Move;
use super::job::read::Read;
use super::job::removal::Removal;
use super::job::rows::{ByUid, Collected, Window};
use super::link::Link;
use super::main_link::{MainLink, Target};
use super::open::Purpose;
use super::request::{Answer, Output, Request, Ticket};
use super::side::{self, Appending, Errand, MakeJob};
use super::{Account, OUTPUT_QUEUE, REQUEST_QUEUE, Tell};
use crate::imap::event::Selected;
use crate::imap::{Command, Event as ImapEvent};
use pyeonji_shared::account::{AccountInfo, UpstreamState};
use pyeonji_shared::call::list::WindowRows;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::ids::{FolderName, Seq, UidValidity};
use pyeonji_shared::limits::{FIRST_ROWS, MAX_IN_FLIGHT};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};

/// Errands at once; each has a link. Further ones wait in line.
const MAX_ERRANDS: usize = 3;
/// Errands that wait; past it they are refused.
const MAX_WAITING: usize = 2 * MAX_IN_FLIGHT;
/// How long a second link is kept for the next errand.
const KEEP: Duration = Duration::from_secs(60);
/// Events handled before their outputs are passed on.
const ROUND: usize = 256;
/// Seconds before each further try to reconnect; the last one repeats.
const BACKOFF: [u32; 7] = [0, 1, 2, 5, 10, 30, 60];
const FAREWELL: Duration = Duration::from_secs(1);

/// The session is gone; so is the account.
struct Over;

/// Signs in, reads the first screen, and leaves a task in charge.
pub async fn open(dialer: Dialer) -> Result<(Account, Snapshot), ApiError> {
    let mut alerts = Vec::new();
    let link = dialer.dial(&mut alerts).await?;
    let info = AccountInfo {
        address: dialer.credentials.address.clone(),
        provider: dialer.provider.name.clone(),
        capabilities: pyeonji_shared::account::Capabilities {
            send: dialer.provider.smtp.is_some(),
            ..Default::default()
        },
        delimiter: None,
    };
    let mut main = MainLink::new(link, dialer.limits.clone(), info, Folders::default());
    alerts.into_iter().for_each(|text| main.event(Event::Alert(text)));
    main.open_folder(Purpose::Start, FolderName::inbox(), FIRST_ROWS);
    let mut early = VecDeque::new();
    let snapshot = 'first: loop {
        let event = main.link.next().await;
        main.handle(event);
        while let Some(output) = main.out.pop_front() {
            match output {
                Output::Event(Event::Snapshot(snapshot)) => break 'first snapshot,
                other => early.push_back(other),
            }
        }
        if let Some(error) = main.failed.take() {
            return Err(error);
        }
    };
    // Folder news from before the snapshot is in it.
    early.retain(|o| matches!(o, Output::Event(Event::Alert(_))));
    early.append(&mut main.out);
    main.out = early;
    let wire = dialer.net.wire();
    let (requests, inbox) = mpsc::channel(REQUEST_QUEUE);
    let (sender, outputs) = mpsc::channel(OUTPUT_QUEUE);
    let (hits, side_out) = mpsc::channel(1);
    let task = Task {
        dialer,
        requests: inbox,
        outputs: sender,
        errands: JoinSet::new(),
        running: HashMap::new(),
        waiting: VecDeque::new(),
        idle: Vec::new(),
        idle_until: Instant::now(),
        hits,
        side_out,
        held: VecDeque::new(),
    };
    tokio::spawn(Box::new(task).run(Box::new(main)));
    Ok((Account { requests, outputs, wire }, snapshot))
}

struct Task {
    dialer: Dialer,
    requests: mpsc::Receiver<Tell>,
    outputs: mpsc::Sender<Box<Output>>,
    errands: JoinSet<(Result<Answer, ApiError>, Option<Link>)>,
    running: HashMap<tokio::task::Id, (Ticket, AbortHandle)>,
    waiting: VecDeque<(Ticket, Errand)>,
    /// Signed-in links without work.
    idle: Vec<Link>,
    idle_until: Instant,
    hits: mpsc::Sender<Box<Output>>,
    side_out: mpsc::Receiver<Box<Output>>,
    /// For the folder being opened; bounded by the requests in flight.
    held: VecDeque<(Ticket, Request)>,
}

impl Task {
    /// Boxes, because a future keeps its arguments twice.
    async fn run(mut self: Box<Self>, mut main: Box<MainLink>) {
        loop {
            if self.online(&mut main).await.is_err() {
                // RFC 9051 §6.1.3; the server is told once, its answer isn't worth waiting for long.
                main.link.submit(Command::Logout);
                let goodbye = async { while !matches!(main.link.next().await, ImapEvent::Failed(_)) {} };
                timeout(FAREWELL, goodbye).await.ok();
                return;
            }
            // Boxed: most links are never lost, and the room for it would be there all the same.
            match Box::pin(self.offline(main)).await {
                Ok(again) => main = again,
                Err(Over) => return,
            }
        }
    }

    /// Until the link ends (`Ok`) or nobody wants it (`Err`).
    async fn online(&mut self, main: &mut MainLink) -> Result<(), Over> {
        let every = Duration::from_secs(self.dialer.limits.poll_seconds.max(1));
        let mut poll = tokio::time::interval_at(Instant::now() + every, every);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            while let Some(output) = main.out.pop_front() {
                self.outputs.send(Box::new(output)).await.map_err(|_| Over)?;
            }
            if main.failed.is_some() {
                return Ok(());
            }
            if main.opening.is_none()
                && let Some((ticket, request)) = self.held.pop_front()
            {
                self.request(main, ticket, request);
                continue;
            }
            tokio::select! {
                event = main.link.next() => {
                    main.handle(event);
                    for _ in 0..ROUND {
                        let Some(event) = main.link.ready() else { break };
                        main.handle(event);
                    }
                    main.recount();
                }
                tell = self.requests.recv() => match tell.ok_or(Over)? {
                    Tell::Do(ticket, request) => self.request(main, ticket, *request),
                    Tell::Cancel(ticket) => self.cancel(main, ticket),
                },
                Some(done) = self.errands.join_next_with_id() => self.errand_done(Some(main), done),
                Some(output) = self.side_out.recv() => main.out.push_back(*output),
                _ = poll.tick() => main.poll(),
                () = tokio::time::sleep_until(self.idle_until), if !self.idle.is_empty() => self.idle.clear(),
            }
        }
    }

    /// The link is down: says so, tries again with growing pauses, and starts over with a snapshot.
    async fn offline(&mut self, mut main: Box<MainLink>) -> Result<Box<MainLink>, Over> {
        let mut error = main.failed.take().unwrap_or_else(|| ApiError::new(ErrorKind::Disconnected));
        main.fail_all(&error);
        for (ticket, _) in self.held.drain(..) {
            main.answer(ticket, Err(error.clone()));
        }
        let (folder, rows) = (main.open.as_ref().map(|o| o.folder.clone()), FIRST_ROWS);
        let MainLink { limits, mut info, mut folders, mut out, .. } = *main;
        // The link itself is dropped here, and with it its place among the account's links.
        for try_ in 0.. {
            let seconds = BACKOFF.get(try_).or(BACKOFF.last()).copied().unwrap_or(60);
            let state = UpstreamState::Waiting { seconds, error: error.clone() };
            out.push_back(Output::Event(Event::Upstream(state)));
            self.meanwhile(
                &mut out,
                &info,
                &folders,
                tokio::time::sleep(Duration::from_secs(seconds.into())),
            )
            .await?;
            out.push_back(Output::Event(Event::Upstream(UpstreamState::Connecting)));
            let dialer = self.dialer.clone();
            let mut alerts = Vec::new();
            let dialled = self.meanwhile(&mut out, &info, &folders, dialer.dial(&mut alerts)).await?;
            match dialled {
                Ok(link) => {
                    let mut main = MainLink::new(link, limits, info, folders);
                    main.out = out;
                    main.open_folder(Purpose::Start, folder.unwrap_or_else(FolderName::inbox), rows);
                    return Ok(Box::new(main));
                }
                Err(denied) if denied.kind == ErrorKind::WrongPassword => {
                    let state = UpstreamState::Denied { error: denied };
                    out.push_back(Output::Event(Event::Upstream(state)));
                    self.meanwhile(&mut out, &info, &folders, std::future::pending::<()>()).await?;
                }
                Err(again) => error = again,
            }
            let _ = (&mut info, &mut folders);
        }
        Err(Over)
    }

    /// Waits for `work`; requests are answered with what is known, or refused clearly.
    async fn meanwhile<T>(
        &mut self,
        out: &mut VecDeque<Output>,
        info: &AccountInfo,
        folders: &Folders,
        work: impl Future<Output = T>,
    ) -> Result<T, Over> {
        let mut work = std::pin::pin!(work);
        loop {
            let upstream = out.iter().rev().find_map(|o| match o {
                Output::Event(Event::Upstream(state)) => Some(state.clone()),
                _ => None,
            });
            let upstream = upstream.unwrap_or(UpstreamState::Connecting);
            while let Some(output) = out.pop_front() {
                self.outputs.send(Box::new(output)).await.map_err(|_| Over)?;
            }
            tokio::select! {
                done = &mut work => return Ok(done),
                tell = self.requests.recv() => {
                    let Tell::Do(ticket, request) = tell.ok_or(Over)? else { continue };
                    let result = match *request {
                        Request::Snapshot { .. } => Ok(Answer::Snapshot(Box::new(Snapshot {
                            account: info.clone(),
                            folders: folders.all().to_vec(),
                            open: None,
                            upstream,
                        }))),
                        Request::Folders => Ok(Answer::Folders(folders.all().to_vec())),
                        Request::Fetch { out, .. } => {
                            let error = ApiError::new(ErrorKind::Disconnected);
                            out.try_send(Err(error.clone())).ok();
                            Err(error)
                        }
                        _ => Err(ApiError::new(ErrorKind::Disconnected)),
                    };
                    out.push_back(Output::Done { ticket, result });
                }
                Some(done) = self.errands.join_next_with_id() => {
                    if let Some((ticket, result)) = self.ended(done) {
                        out.push_back(Output::Done { ticket, result });
                    }
                }
                Some(output) = self.side_out.recv() => out.push_back(*output),
            }
        }
    }

    fn cancel(&mut self, main: &mut MainLink, ticket: Ticket) {
        main.cancel(ticket);
        self.held.retain(|(t, _)| *t != ticket);
        self.waiting.retain(|(t, _)| *t != ticket);
        // The server stops when its connection is gone; there is no other way to end a SEARCH.
        self.running.values().filter(|(t, _)| *t == ticket).for_each(|(_, abort)| abort.abort());
    }

    fn request(&mut self, main: &mut MainLink, ticket: Ticket, request: Request) {
        if let (Some(opening), Some(folder)) = (&main.opening, folder_of(&request))
            && opening.folder == *folder
        {
            self.held.push_back((ticket, request));
            return;
        }
        match request {
            Request::Folders => main.answer(ticket, Ok(Answer::Folders(main.folders.all().to_vec()))),
            Request::Open { folder, rows } => main.open_folder(Purpose::Open(ticket), folder, rows),
            Request::Snapshot { folder, rows } => main.open_folder(Purpose::Snapshot(ticket), folder, rows),
            Request::Window { folder, validity, offset, len } => {
                window(main, ticket, (folder, validity), offset, len);
            }
            Request::Rows { folder, validity, uids } => {
                self.job(main, ticket, (folder, validity), Box::new(move |_| Box::new(ByUid::new(uids))));
            }
            Request::Read { at, .. } => {
                let guess = match main.open_as(&at.folder, at.validity) {
                    Target::Open => main.sections.of(at.uid),
                    _ => None,
                };
                let make: MakeJob = Box::new(move |_| Box::new(Read::new(at.uid, guess)));
                self.job(main, ticket, (at.folder, at.validity), make);
            }
            Request::SetFlags { set, add, remove } => {
                let make: MakeJob = Box::new(move |_| Box::new(SetFlags::new(set.uids, add, remove)));
                self.job(main, ticket, (set.folder, set.validity), make);
            }
            Request::Delete { set } => {
                let make: MakeJob = Box::new(move |s| Box::new(Removal::new(set.uids, s.exists)));
                self.job(main, ticket, (set.folder, set.validity), make);
            }
            Request::Move { set, to } => match main.folders.place(&to) {
                Some(place) if place.folder == set.folder => {
                    main.answer(ticket, Err(ApiError::new(ErrorKind::BadRequest)));
                }
                Some(place) => {
                    let make: MakeJob = Box::new(move |s| Box::new(Move::new(set.uids, place, s.exists)));
                    self.job(main, ticket, (set.folder, set.validity), make);
                }
                None => main.answer(ticket, Err(ApiError::new(ErrorKind::Unsupported))),
            },
            Request::Search { folder, validity, query, rows } => {
                let hits = self.hits.clone();
                self.errand(main, ticket, Errand::Search { folder, validity, query, rows, hits });
            }
            Request::Fetch { at, what, out } => self.errand(main, ticket, Errand::Fetch { at, what, out }),
            Request::Warm => {
                if self.idle.is_empty() {
                    self.errand(main, ticket, Errand::Warm);
                } else {
                    main.answer(ticket, Ok(Answer::Ok));
                }
            }
            Request::Append { to, flags, size, body } => match main.folders.place(&to) {
                Some(to) => {
                    let appending = Appending { to, flags, keywords: Vec::new(), date: None, size, body };
                    self.errand(main, ticket, Errand::Append(appending));
                }
                None => main.answer(ticket, Err(ApiError::new(ErrorKind::Unsupported))),
            },
            Request::Find { to, message_id } => match main.folders.place(&to) {
                Some(place) if !place.create => {
                    self.errand(main, ticket, Errand::Find { folder: place.folder, message_id });
                }
                _ => main.answer(ticket, Ok(Answer::Found(None))),
            },
            Request::Refresh => {
                main.link.works_for(Some(ticket));
                main.poll();
                main.start(ticket, Box::new(Noop));
            }
            // Mail of this account stays on the server.
            Request::Look { .. } | Request::Retrieve { .. } | Request::Remove { .. } => {
                main.answer(ticket, Err(ApiError::new(ErrorKind::Unsupported)));
            }
        }
    }

    /// A job on the reader's link if its folder is open there, else as an errand.
    fn job(&mut self, main: &mut MainLink, ticket: Ticket, at: (FolderName, UidValidity), make: MakeJob) {
        let (folder, validity) = at;
        match main.open_as(&folder, validity) {
            Target::Open => {
                let exists = main.open.as_ref().map_or(0, |o| o.exists);
                let job = make(&Selected { exists, validity, ..Selected::default() });
                main.start(ticket, job);
            }
            Target::Elsewhere => self.errand(main, ticket, Errand::Job { folder, validity, make }),
            Target::Never(error) => main.answer(ticket, Err(error)),
        }
    }

    fn errand(&mut self, main: &mut MainLink, ticket: Ticket, errand: Errand) {
        if self.waiting.len() >= MAX_WAITING {
            return main.answer(ticket, Err(ApiError::new(ErrorKind::Busy)));
        }
        self.waiting.push_back((ticket, errand));
        self.pump();
    }

    /// Starts what waits, while there is room. One place is kept from downloads, which may take as long as their reader likes.
    fn pump(&mut self) {
        while self.running.len() < MAX_ERRANDS {
            let last = self.running.len() + 1 == MAX_ERRANDS;
            let fit = |(_, e): &(Ticket, Errand)| !last || !matches!(e, Errand::Fetch { .. });
            let Some(next) = self.waiting.iter().position(fit) else { return };
            let Some((ticket, errand)) = self.waiting.remove(next) else { return };
            let work = side::run(self.dialer.clone(), self.idle.pop(), ticket, errand);
            let abort = self.errands.spawn(work);
            self.running.insert(abort.id(), (ticket, abort));
        }
    }

    fn errand_done(&mut self, main: Option<&mut MainLink>, done: Done) {
        let Some((ticket, result)) = self.ended(done) else { return };
        let Some(main) = main else { return };
        let touched = match &result {
            Ok(Answer::Appended(at)) => Some(at.as_ref().map(|at| at.folder.clone())),
            Ok(Answer::Moved(moved)) => Some(Some(moved.to.clone())),
            _ => None,
        };
        // Hits that were sent before the answer come before it.
        while let Ok(output) = self.side_out.try_recv() {
            main.out.push_back(*output);
        }
        main.answer(ticket, result);
        match touched {
            Some(Some(folder)) => main.look_at(&folder),
            Some(None) => main.poll(),
            None => {}
        }
    }

    fn ended(&mut self, done: Done) -> Option<(Ticket, Result<Answer, ApiError>)> {
        let (id, result) = match done {
            Ok((id, (result, link))) => {
                if let Some(link) = link {
                    self.idle.push(link);
                    self.idle_until = Instant::now() + KEEP;
                }
                (id, result)
            }
            Err(error) if error.is_cancelled() => (error.id(), Err(ApiError::new(ErrorKind::Cancelled))),
            Err(error) => (error.id(), Err(ApiError::new(ErrorKind::Internal))),
        };
        let (ticket, _) = self.running.remove(&id)?;
        self.pump();
        Some((ticket, result))
    }
}

type Done = Result<(tokio::task::Id, (Result<Answer, ApiError>, Option<Link>)), tokio::task::JoinError>;

fn folder_of(request: &Request) -> Option<&FolderName> {
    match request {
        Request::Window { folder, .. } | Request::Rows { folder, .. } | Request::Search { folder, .. } => {
            Some(folder)
        }
        Request::Read { at, .. } => Some(&at.folder),
        Request::SetFlags { set, .. } | Request::Move { set, .. } | Request::Delete { set } => {
            Some(&set.folder)
        }
        _ => None,
    }
}

/// Position 0 is the newest the page knows of, whatever arrived since.
fn window(main: &mut MainLink, ticket: Ticket, at: (FolderName, UidValidity), offset: u32, len: u32) {
    let (folder, validity) = at;
    match (main.open_as(&folder, validity), &main.open) {
        (Target::Open, Some(open)) => {
            let to = open.told.saturating_sub(offset);
            if to == 0 {
                let empty = WindowRows { folder, validity, rows: Vec::new() };
                return main.answer(ticket, Ok(Answer::Window(empty)));
            }
            let from = Seq(to.saturating_sub(len.saturating_sub(1)).max(1));
            let (to, newest, rows) = (Seq(to), to == open.exists, Collected::default());
            main.start(ticket, Box::new(Window { folder, validity, from, to, newest, rows, again: false }));
        }
        (Target::Never(error), _) => main.answer(ticket, Err(error)),
        // Windows are of the open folder; the page has moved on.
        _ => main.answer(ticket, Err(ApiError::new(ErrorKind::Gone))),
    }
}

/// Looks for news: the server tells what it has before it answers (RFC 9051 §6.1.2).
struct Noop;

impl Job for Noop {
    fn start(&mut self, cx: &mut super::job::Cx<'_>) -> super::job::Step {
        cx.submit(Command::Noop);
        super::job::Step::More
    }

    fn done(
        &mut self,
        _: crate::imap::CommandId,
        outcome: super::job::Outcome,
        _: &mut super::job::Cx<'_>,
    ) -> super::job::Step {
        super::job::Step::Done(outcome.map(|_| Answer::Ok).map_err(|e| (&e).into()))
    }
}
