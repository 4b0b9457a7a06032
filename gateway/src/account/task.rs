//! The task that owns an account: one request after the other on the main link, IDLE between them, reconnect when it breaks.
use crate::account::bulk::{self, Job};
use crate::account::core::Core;
use crate::account::driver::Driver;
use crate::account::request::{Answer, Output, Request, Ticket};
use crate::account::signin::{self, Access};
use crate::account::{Tell, body, organise};
use crate::imap::command::{Command, Find, Items};
use crate::imap::error::CommandError;
use crate::imap::event::Reply;
use pyeonji_shared::account::{AccountInfo, Capabilities, Folder, UpstreamState};
use pyeonji_shared::call::list::{FolderSnapshot, WindowRows};
use pyeonji_shared::call::organise::Destination;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::ids::{FolderName, Seq, UidValidity};
use pyeonji_shared::limits::FIRST_ROWS;
use pyeonji_shared::message::Row;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

/// Work on second links at once; more waits.
const BULK_AT_ONCE: usize = 3;
/// Work that may wait for a second link; past it the answer is `Busy`.
const BULK_WAITING: usize = 64;
/// A second link is kept so long for the next piece of work.
const BULK_IDLE: Duration = Duration::from_secs(60);
/// Folders whose counts are looked at in one round.
const POLLED_FOLDERS: usize = 50;
/// Seconds before a reconnect; the last one repeats.
const BACKOFF: [u64; 6] = [1, 2, 5, 10, 30, 60];

type BulkDone = (Ticket, Option<Driver>, Result<Answer, ApiError>);

pub struct Task {
    access: Arc<Access>,
    driver: Option<Driver>,
    core: Core,
    upstream: UpstreamState,
    outputs: mpsc::Sender<Output>,
    bulk: JoinSet<BulkDone>,
    running: HashMap<Ticket, AbortHandle>,
    waiting: VecDeque<Job>,
    spare: Option<(Driver, Instant)>,
    /// Reconnects that failed in a row.
    failures: usize,
    retry: Instant,
    poll: Instant,
    /// The folder to open again after a reconnect.
    place: FolderName,
}

impl Task {
    /// Signs in and learns folders and the newest rows of `folder`.
    pub async fn start(
        access: Access,
        folder: FolderName,
        rows: u32,
        outputs: mpsc::Sender<Output>,
    ) -> Result<(Self, Snapshot), ApiError> {
        let access = Arc::new(access);
        let driver = signin::connect(&access).await?;
        let now = Instant::now();
        let poll = now + Duration::from_secs(access.limits.poll_seconds.max(1));
        let mut task = Self {
            access,
            driver: Some(driver),
            core: Core::default(),
            upstream: UpstreamState::Online,
            outputs,
            bulk: JoinSet::new(),
            running: HashMap::new(),
            waiting: VecDeque::new(),
            spare: None,
            failures: 0,
            retry: now,
            poll,
            place: folder.clone(),
        };
        let open = match task.begin(folder, rows).await {
            Ok(open) => Some(open),
            // A server that lists but can't open is still worth showing; one that is gone isn't.
            Err(error) if task.alive() => {
                tracing::debug!(%error, "the first folder could not be opened");
                None
            }
            Err(error) => return Err(error),
        };
        while task.core.next_event().is_some() {}
        let snapshot = task.snapshot(open);
        Ok((task, snapshot))
    }

    /// Runs until the handle is dropped.
    pub async fn run(mut self, mut requests: mpsc::Receiver<Tell>) {
        loop {
            self.settle().await;
            let spare_ends = self.spare.as_ref().map(|(_, since)| *since + BULK_IDLE);
            let down = self.driver.is_none();
            let driver = &mut self.driver;
            if let Some(driver) = driver {
                driver.link.set_idle(true);
            }
            let told = tokio::select! {
                biased;
                tell = requests.recv() => match tell {
                    Some(tell) => Turn::Tell(tell),
                    None => break,
                },
                Some(done) = self.bulk.join_next() => Turn::Bulk(done.ok()),
                event = next_event(driver) => Turn::Told(event),
                () = sleep_until(self.retry), if down => Turn::Reconnect,
                () = sleep_until(self.poll), if !down => Turn::Poll,
                () = sleep_until(spare_ends.unwrap_or(self.retry)), if spare_ends.is_some() => Turn::DropSpare,
            };
            match told {
                Turn::Tell(Tell::Do(ticket, request)) => self.request(ticket, request).await,
                Turn::Tell(Tell::Cancel(ticket)) => self.cancel(ticket),
                Turn::Bulk(done) => self.bulk_done(done).await,
                Turn::Told(event) => self.told(event).await,
                Turn::Reconnect => self.reconnect().await,
                Turn::Poll => self.poll_counts().await,
                Turn::DropSpare => self.spare = None,
            }
        }
        self.bulk.abort_all();
        if let Some(driver) = self.driver.take() {
            driver.link.close().await;
        }
    }

    fn alive(&self) -> bool {
        self.driver.as_ref().is_some_and(|d| !d.link.is_over())
    }

    async fn told(&mut self, event: crate::imap::event::Event) {
        let lost = match &event {
            crate::imap::event::Event::Failed(error) => Some(ApiError::from(error)),
            _ => None,
        };
        self.core.absorb(event);
        if let Some(error) = lost {
            self.broke(error).await;
        }
    }

    /// The main link ended.
    async fn broke(&mut self, error: ApiError) {
        self.driver = None;
        self.core.open = None;
        self.retry = Instant::now() + Duration::from_millis(200);
        self.upstream = UpstreamState::Waiting { seconds: 1, error };
        self.emit(Event::Upstream(self.upstream.clone())).await;
    }

    async fn emit(&mut self, event: Event) {
        let _ = self.outputs.send(Output::Event(event)).await;
    }

    /// Tells what there is to tell.
    async fn drain(&mut self) {
        while let Some(event) = self.core.next_event() {
            self.emit(event).await;
        }
    }

    async fn done(&mut self, ticket: Ticket, result: Result<Answer, ApiError>) {
        self.drain().await;
        let _ = self.outputs.send(Output::Done { ticket, result }).await;
    }

    async fn command(&mut self, command: Command) -> Result<crate::imap::event::Completion, ApiError> {
        let core = &mut self.core;
        let driver = self.driver.as_mut().ok_or_else(|| ApiError::new(ErrorKind::Disconnected))?;
        driver.run(command, &mut |event| core.absorb(event)).await
    }

    /// After any turn: fetch what arrived, count what isn't known, open again what can't be trusted.
    async fn settle(&mut self) {
        self.drain().await;
        if self.driver.is_none() {
            return;
        }
        if self.core.lost {
            let place = self.place.clone();
            if let Ok(open) = self.open(place, FIRST_ROWS).await {
                let snapshot = self.snapshot(Some(open));
                while self.core.next_event().is_some() {}
                self.emit(Event::Snapshot(snapshot)).await;
            }
            self.core.lost = false;
        }
        if let Some(from) = self.core.take_news() {
            self.core.take_rows();
            let fetch = Command::FetchWindow { from: Seq(from), to: None, items: Items::Row };
            if self.command(fetch).await.is_ok() {
                let rows = self.core.take_rows();
                self.core.arrived(from, rows);
            }
        }
        if self.core.unseen_unknown && self.core.open.is_some() {
            self.core.unseen_unknown = false;
            let found = self.command(Command::Search { what: Find::Unseen }).await;
            if let Ok(Reply::Found(found)) = found.map(|c| c.reply) {
                self.core.set_unseen(found.total);
            }
        }
        self.core.tell_counts();
        self.drain().await;
        if self.driver.is_some() && !self.alive() {
            self.broke(ApiError::new(ErrorKind::Disconnected)).await;
        }
    }

    /// The first burst on a new link: folders, counts, the folder and its rows.
    async fn begin(&mut self, folder: FolderName, rows: u32) -> Result<FolderSnapshot, ApiError> {
        let core = &mut self.core;
        let driver = self.driver.as_mut().ok_or_else(|| ApiError::new(ErrorKind::Disconnected))?;
        let with_status = driver.has("LIST-STATUS");
        let enable =
            (driver.has("ENABLE") && driver.has("CONDSTORE")).then(|| driver.submit(Command::Enable));
        let namespace = driver.has("NAMESPACE").then(|| driver.submit(Command::Namespace));
        let list = driver.submit(Command::List { with_status });
        for id in [enable, namespace].into_iter().flatten() {
            // Extras: a server that refuses them works all the same.
            let _ = driver.wait(id, &mut |event| core.absorb(event)).await;
        }
        driver.wait(list, &mut |event| core.absorb(event)).await.map_err(|e| ApiError::from(&e))?;
        core.listed_with_counts();
        self.open(folder, rows).await
    }

    /// SELECT and the newest rows. The rows are asked for in the same flight when the count is known from STATUS.
    async fn open(&mut self, folder: FolderName, rows: u32) -> Result<FolderSnapshot, ApiError> {
        let core = &mut self.core;
        let driver = self.driver.as_mut().ok_or_else(|| ApiError::new(ErrorKind::Disconnected))?;
        let guess = core.folders.get(&folder).and_then(|f| f.counts).map(|c| c.messages).filter(|n| *n > 0);
        let condstore = driver.has("CONDSTORE");
        core.select(folder.clone());
        let status = driver.submit(Command::Status { folder: folder.clone() });
        let select = driver.submit(Command::Select { folder: folder.clone(), condstore, examine: false });
        let first = |exists: u32| Seq(exists.saturating_sub(rows.saturating_sub(1)).max(1));
        let fetch = guess
            .filter(|_| rows > 0)
            .map(|n| driver.submit(Command::FetchWindow { from: first(n), to: None, items: Items::Row }));
        let _ = driver.wait(status, &mut |event| core.absorb(event)).await;
        let selected = driver.wait(select, &mut |event| core.absorb(event)).await;
        if let Some(fetch) = fetch {
            let _ = driver.wait(fetch, &mut |event| core.absorb(event)).await;
        }
        selected.map_err(|e| ApiError::from(&e))?;
        self.place = folder;
        let exists = core.open.as_ref().map_or(0, |o| o.exists);
        let mut got = newest(core.take_rows(), exists, rows);
        if (got.len() as u32) < rows.min(exists) {
            let again = Command::FetchWindow { from: first(exists), to: None, items: Items::Row };
            driver.run(again, &mut |event| core.absorb(event)).await?;
            got = newest(core.take_rows(), exists, rows);
        }
        core.tell_counts();
        core.snapshot(got).ok_or_else(|| ApiError::new(ErrorKind::Protocol))
    }

    fn snapshot(&self, open: Option<FolderSnapshot>) -> Snapshot {
        let has = |name: &str| self.driver.as_ref().is_some_and(|d| d.has(name));
        Snapshot {
            account: AccountInfo {
                address: self.access.credentials.address.clone(),
                provider: self.access.provider.name.clone(),
                capabilities: Capabilities {
                    server_folders: true,
                    server_flags: true,
                    server_search: true,
                    push: has("IDLE"),
                    undo_move: has("UIDPLUS"),
                    send: self.access.provider.smtp.is_some(),
                    max_send_bytes: None,
                },
                delimiter: self.core.folders.delimiter,
            },
            folders: self.core.folders.all().to_vec(),
            open,
            upstream: self.upstream.clone(),
        }
    }

    async fn request(&mut self, ticket: Ticket, request: Request) {
        if self.driver.is_none() && !matches!(request, Request::Snapshot { .. } | Request::Folders) {
            self.reconnect().await;
        }
        if self.is_bulk(&request) {
            return self.start_bulk(ticket, request).await;
        }
        let result = self.main(request).await;
        self.done(ticket, result).await;
        if self.driver.is_some() && !self.alive() {
            self.broke(ApiError::new(ErrorKind::Disconnected)).await;
        }
    }

    /// Whether it must not, or can't, run on the main link.
    fn is_bulk(&self, request: &Request) -> bool {
        match request {
            Request::Fetch { .. }
            | Request::Search { .. }
            | Request::Append { .. }
            | Request::Find { .. } => true,
            Request::Window { folder, validity, .. } | Request::Rows { folder, validity, .. } => {
                !self.is_open(folder, *validity)
            }
            Request::Read { at, .. } => !self.is_open(&at.folder, at.validity),
            Request::SetFlags { set, .. } | Request::Move { set, .. } | Request::Delete { set } => {
                !self.is_open(&set.folder, set.validity)
            }
            Request::Folders
            | Request::Open { .. }
            | Request::Refresh
            | Request::Snapshot { .. }
            | Request::Warm => false,
        }
    }

    fn is_open(&self, folder: &FolderName, validity: UidValidity) -> bool {
        self.core.open.as_ref().is_some_and(|o| o.folder == *folder && o.validity == validity)
    }

    async fn main(&mut self, request: Request) -> Result<Answer, ApiError> {
        match request {
            Request::Folders => Ok(Answer::Folders(self.core.folders.all().to_vec())),
            Request::Open { folder, rows } => {
                let open = self.open(folder, rows).await?;
                Ok(Answer::Open(open))
            }
            Request::Snapshot { folder, rows } => {
                let open = match self.driver {
                    Some(_) => self.open(folder, rows).await.ok(),
                    None => None,
                };
                while self.core.next_event().is_some() {}
                Ok(Answer::Snapshot(Box::new(self.snapshot(open))))
            }
            Request::Window { folder, validity, offset, len } => {
                let rows = self.window(offset, len).await?;
                Ok(Answer::Window(WindowRows { folder, validity, rows }))
            }
            Request::Rows { uids, .. } => {
                self.core.take_rows();
                self.command(Command::FetchUids { uids, items: Items::Row }).await?;
                let mut rows: Vec<_> = self.core.take_rows().into_iter().map(|r| r.summary).collect();
                rows.sort_by(|a, b| b.uid.cmp(&a.uid));
                Ok(Answer::Rows(rows))
            }
            Request::Read { at, .. } => {
                let known = self.core.structure(at.uid).cloned();
                let limits = self.access.limits.clone();
                let (driver, core) = self.parts()?;
                let raw =
                    body::read(driver, at.uid, known.as_ref(), &limits, &mut |e| core.absorb(e)).await?;
                Ok(Answer::Read(Box::new(raw)))
            }
            Request::SetFlags { set, add, remove } => {
                let (driver, core) = self.parts()?;
                organise::store(driver, set.uids.clone(), add, remove, &mut |e| core.absorb(e)).await?;
                core.stored(&set.uids, add, remove);
                Ok(Answer::Ok)
            }
            Request::Move { set, to } => {
                let to = self.resolve(&to).await?;
                let (driver, core) = self.parts()?;
                organise::move_to(driver, set.uids, to, &mut |e| core.absorb(e)).await.map(Answer::Moved)
            }
            Request::Delete { set } => {
                let (driver, core) = self.parts()?;
                organise::delete(driver, set.uids, &mut |e| core.absorb(e)).await.map(|()| Answer::Ok)
            }
            Request::Warm => Ok(Answer::Ok),
            Request::Refresh => {
                self.command(Command::Noop).await?;
                self.settle().await;
                Ok(Answer::Ok)
            }
            Request::Fetch { .. }
            | Request::Search { .. }
            | Request::Append { .. }
            | Request::Find { .. } => Err(ApiError::new(ErrorKind::Internal)),
        }
    }

    fn parts(&mut self) -> Result<(&mut Driver, &mut Core), ApiError> {
        let driver = self.driver.as_mut().ok_or_else(|| ApiError::new(ErrorKind::Disconnected))?;
        Ok((driver, &mut self.core))
    }

    async fn window(&mut self, offset: u32, len: u32) -> Result<Vec<Row>, ApiError> {
        let exists = self.core.open.as_ref().map_or(0, |o| o.exists);
        let to = exists.saturating_sub(offset);
        if to == 0 || len == 0 {
            return Ok(Vec::new());
        }
        let from = to.saturating_sub(len - 1).max(1);
        self.core.take_rows();
        self.command(Command::FetchWindow { from: Seq(from), to: Some(Seq(to)), items: Items::Row }).await?;
        if let Some(open) = &mut self.core.open {
            open.evict(offset);
        }
        Ok(self.core.take_rows())
    }

    /// A destination by its folder's name; a folder of that use is made if there is none.
    async fn resolve(&mut self, to: &Destination) -> Result<FolderName, ApiError> {
        let special = match to {
            Destination::Folder(name) => return Ok(name.clone()),
            Destination::Special(special) => *special,
        };
        if let Some(name) = self.core.folders.special(special) {
            return Ok(name.clone());
        }
        let name =
            self.core.folders.name_for(special).ok_or_else(|| ApiError::new(ErrorKind::Unsupported))?;
        let (driver, core) = self.parts()?;
        organise::create(driver, name.clone(), &mut |e| core.absorb(e)).await?;
        let folder: Folder = core.folders.add(name.clone(), special);
        core.tell_folder(folder);
        Ok(name)
    }

    async fn start_bulk(&mut self, ticket: Ticket, request: Request) {
        let to = match bulk::destination(&request).cloned() {
            // Looking for a message must not make a folder.
            Some(Destination::Special(special)) if matches!(request, Request::Find { .. }) => {
                match self.core.folders.special(special).cloned() {
                    Some(name) => Some(name),
                    None => return self.done(ticket, Ok(Answer::Found(None))).await,
                }
            }
            Some(to) => match self.resolve(&to).await {
                Ok(name) => Some(name),
                Err(error) => return self.done(ticket, Err(error)).await,
            },
            None => None,
        };
        if self.waiting.len() >= BULK_WAITING {
            return self.done(ticket, Err(ApiError::new(ErrorKind::Busy))).await;
        }
        self.waiting.push_back(Job { ticket, request, to });
        self.next_bulk();
    }

    fn next_bulk(&mut self) {
        while self.running.len() < BULK_AT_ONCE {
            let Some(job) = self.waiting.pop_front() else { return };
            let ticket = job.ticket;
            let spare = self.spare.take().map(|(driver, _)| driver);
            let handle = self.bulk.spawn(bulk::run(self.access.clone(), spare, job, self.outputs.clone()));
            self.running.insert(ticket, handle);
        }
    }

    async fn bulk_done(&mut self, done: Option<BulkDone>) {
        match done {
            Some((ticket, driver, result)) => {
                self.running.remove(&ticket);
                if let Some(driver) = driver {
                    self.spare = Some((driver, Instant::now()));
                }
                self.done(ticket, result).await;
            }
            // Cancelled, or it panicked: then its asker must hear of it.
            None => {
                let ended: Vec<Ticket> =
                    self.running.iter().filter(|(_, handle)| handle.is_finished()).map(|(t, _)| *t).collect();
                for ticket in ended {
                    self.running.remove(&ticket);
                    self.done(ticket, Err(ApiError::new(ErrorKind::Internal))).await;
                }
            }
        }
        self.next_bulk();
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.waiting.retain(|job| job.ticket != ticket);
        if let Some(handle) = self.running.remove(&ticket) {
            handle.abort();
        }
        self.next_bulk();
    }

    async fn reconnect(&mut self) {
        self.upstream = UpstreamState::Connecting;
        self.emit(Event::Upstream(UpstreamState::Connecting)).await;
        let connected = signin::connect(&self.access.clone()).await;
        let result = match connected {
            Ok(driver) => {
                self.driver = Some(driver);
                let place = self.place.clone();
                let open = self.begin(place, FIRST_ROWS).await;
                if self.alive() { Ok(open.ok()) } else { Err(ApiError::new(ErrorKind::Disconnected)) }
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(open) => {
                self.failures = 0;
                self.upstream = UpstreamState::Online;
                while self.core.next_event().is_some() {}
                let snapshot = self.snapshot(open);
                self.emit(Event::Snapshot(snapshot)).await;
            }
            Err(error) => {
                self.driver = None;
                let seconds = BACKOFF.get(self.failures).or(BACKOFF.last()).copied().unwrap_or(60);
                self.failures += 1;
                let denied = error.kind == ErrorKind::WrongPassword;
                // A password that was right a moment ago may be refused for a while; then the wait is longer.
                let wait = if denied { 600 } else { seconds };
                self.retry = Instant::now() + Duration::from_secs(wait);
                self.upstream = if denied {
                    UpstreamState::Denied { error }
                } else {
                    UpstreamState::Waiting { seconds: seconds as u32, error }
                };
                self.emit(Event::Upstream(self.upstream.clone())).await;
            }
        }
    }

    /// Counts of the folders that are not open.
    async fn poll_counts(&mut self) {
        self.poll = Instant::now() + Duration::from_secs(self.access.limits.poll_seconds.max(1));
        let open = self.core.open.as_ref().map(|o| o.folder.clone());
        let names: Vec<FolderName> = self
            .core
            .folders
            .all()
            .iter()
            .filter(|f| f.selectable && Some(&f.name) != open.as_ref())
            .map(|f| f.name.clone())
            .take(POLLED_FOLDERS)
            .collect();
        let Ok((driver, core)) = self.parts() else { return };
        let ids: Vec<_> = names.into_iter().map(|folder| driver.submit(Command::Status { folder })).collect();
        for id in ids {
            match driver.wait(id, &mut |event| core.absorb(event)).await {
                Err(CommandError::Lost(_)) => return,
                Ok(_) | Err(_) => {}
            }
        }
    }
}

enum Turn {
    Tell(Tell),
    Bulk(Option<BulkDone>),
    Told(crate::imap::event::Event),
    Reconnect,
    Poll,
    DropSpare,
}

async fn next_event(driver: &mut Option<Driver>) -> crate::imap::event::Event {
    match driver {
        Some(driver) => driver.link.event().await,
        None => std::future::pending().await,
    }
}

/// The newest `rows` of what came, oldest first.
fn newest(mut got: Vec<Row>, exists: u32, rows: u32) -> Vec<Row> {
    got.retain(|row| row.seq.0 <= exists && row.seq.0 + rows > exists);
    got.sort_by_key(|row| row.seq);
    got.dedup_by_key(|row| row.seq);
    got
}
