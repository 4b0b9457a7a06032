//! Everything that happens on the reader's link, as a state machine around [`Link`]: jobs in flight, the folder being
//! opened, and what the server tells by itself. It never waits; the task around it does.
use super::folders::Folders;
use super::job::{Cx, Job, JobId, Step};
use super::link::Link;
use super::open::{Open, Opening};
use super::request::{Answer, Output, Ticket};
use super::sections::Sections;
use super::streams::Streams;
use super::summary::summary;
use crate::config::limits::Limits;
use crate::imap::event::{Data, Fetch};
use crate::imap::{Command, CommandId, Event as ImapEvent};
use pyeonji_shared::account::{AccountInfo, Counts};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use pyeonji_shared::ids::FolderName;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Folders whose counts are asked for one by one where there is no LIST-STATUS.
pub const MAX_STATUS: usize = 50;

pub struct MainLink {
    pub link: Link,
    pub limits: Arc<Limits>,
    pub info: AccountInfo,
    pub folders: Folders,
    pub open: Option<Open>,
    pub opening: Option<Opening>,
    pub sections: Sections,
    /// For the session, in order; emptied after every round.
    pub out: VecDeque<Output>,
    jobs: HashMap<JobId, (Ticket, Box<dyn Job>)>,
    commands: HashMap<CommandId, JobId>,
    next_job: u64,
    streams: Streams,
    pub listing: Option<CommandId>,
    pub status: Option<CommandId>,
    /// Why the link ended.
    pub failed: Option<ApiError>,
}

impl MainLink {
    pub fn new(link: Link, limits: Arc<Limits>, info: AccountInfo, folders: Folders) -> Self {
        let mut this = Self {
            link,
            limits,
            info,
            folders,
            open: None,
            opening: None,
            sections: Sections::default(),
            out: VecDeque::new(),
            jobs: HashMap::new(),
            commands: HashMap::new(),
            next_job: 0,
            streams: Streams::default(),
            listing: None,
            status: None,
            failed: None,
        };
        this.learn_capabilities();
        this
    }

    pub fn offers(&self, name: &str) -> bool {
        self.link.engine().capabilities().is_some_and(|c| c.has(name))
    }

    fn learn_capabilities(&mut self) {
        let (push, undo_move) = (self.offers("IDLE"), self.offers("UIDPLUS"));
        let c = &mut self.info.capabilities;
        (c.server_folders, c.server_flags, c.server_search) = (true, true, true);
        (c.push, c.undo_move) = (push, undo_move);
    }

    pub fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    pub fn answer(&mut self, ticket: Ticket, result: Result<Answer, ApiError>) {
        self.out.push_back(Output::Done { ticket, result });
    }

    pub fn start(&mut self, ticket: Ticket, mut job: Box<dyn Job>) {
        self.next_job += 1;
        let me = JobId(self.next_job);
        self.link.works_for(Some(ticket));
        let step = job.start(&mut Cx {
            link: &mut self.link,
            limits: &self.limits,
            commands: &mut self.commands,
            me,
        });
        self.link.works_for(None);
        match step {
            Step::More => {
                self.jobs.insert(me, (ticket, job));
            }
            Step::Done(result) => self.answer(ticket, result),
        }
    }

    /// Forgets who asked; what was begun upstream ends by itself.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.jobs.retain(|_, (t, _)| *t != ticket);
    }

    /// Every job's last word when the link has ended.
    pub fn fail_all(&mut self, error: &ApiError) {
        let tickets: Vec<Ticket> = self.jobs.drain().map(|(_, (ticket, _))| ticket).collect();
        for ticket in tickets {
            self.answer(ticket, Err(error.clone()));
        }
        self.fail_opening(error);
    }

    pub fn handle(&mut self, event: ImapEvent) {
        match event {
            ImapEvent::Greeting => {}
            ImapEvent::Capabilities(_) => self.learn_capabilities(),
            ImapEvent::Alert(text) => self.event(Event::Alert(text)),
            ImapEvent::Bye(_) => {}
            ImapEvent::Failed(error) => self.failed = Some((&error).into()),
            ImapEvent::BodyChunk { stream, bytes } => self.streams.chunk(stream, &bytes),
            ImapEvent::Data(data) => self.data(data),
            ImapEvent::Done { id, result } => {
                if let Some(job) = self.commands.remove(&id) {
                    self.job_done(job, id, result);
                } else if !self.opening_done(id, &result) {
                    self.own_done(id, result.is_ok());
                }
            }
        }
    }

    fn job_done(&mut self, me: JobId, id: CommandId, outcome: super::job::Outcome) {
        // Cancelled meanwhile: nobody waits.
        let Some((ticket, mut job)) = self.jobs.remove(&me) else { return };
        self.link.works_for(Some(ticket));
        let (link, limits, commands) = (&mut self.link, &*self.limits, &mut self.commands);
        let step = job.done(id, outcome, &mut Cx { link, limits, commands, me });
        self.link.works_for(None);
        match step {
            Step::More => {
                self.jobs.insert(me, (ticket, job));
            }
            Step::Done(result) => {
                if let Ok(Answer::Moved(moved)) = &result {
                    self.look_at(&moved.to.clone());
                }
                self.answer(ticket, result);
            }
        }
    }

    fn data(&mut self, data: Data) {
        match data {
            Data::List(item) => self.folders.item(item),
            Data::Namespace(namespace) => self.folders.namespace(namespace),
            Data::Status(status) => {
                let folder = self.folders.status(&status);
                self.counted(&status);
                // While a list is being read its end tells everything at once.
                if let (Some(folder), None) = (folder, self.listing) {
                    self.event(Event::Folders { changed: vec![folder], removed: Vec::new() });
                }
            }
            Data::Fetch(mut fetch) => {
                self.streams.resolve(&mut fetch);
                self.fetched(&fetch);
            }
            Data::Exists(count) => self.exists(count),
            Data::Expunge(seq) => {
                for (_, job) in self.jobs.values_mut() {
                    job.expunged(seq);
                }
                self.expunged(seq);
            }
            // QRESYNC is never enabled, so VANISHED isn't sent; the others say nothing the page needs.
            Data::Vanished { .. } | Data::Subscribed(_) | Data::Enabled(_) | Data::Id(_) | Data::Quota(_) => {
            }
        }
    }

    fn fetched(&mut self, fetch: &Fetch) {
        let described = fetch.envelope.is_some() || fetch.broken;
        let row = if described { summary(fetch) } else { None };
        for (_, job) in self.jobs.values_mut() {
            job.fetch(fetch, row.as_ref());
        }
        let selecting = self.opening.as_ref().is_some_and(|o| o.selected.is_none());
        if selecting {
            return;
        }
        match &row {
            Some(row) => {
                self.sections.learn(row.uid, &fetch.structure);
                self.row(fetch.seq, row);
            }
            None => self.flags(fetch),
        }
    }

    /// Ours: listing, counting.
    fn own_done(&mut self, id: CommandId, ok: bool) {
        if self.listing == Some(id) {
            self.listing = None;
            if ok {
                self.listed();
            }
        } else if self.status == Some(id) {
            self.status = None;
            self.recount();
        } else {
            self.arrived(id);
        }
    }

    /// A complete list of folders: says what is new.
    pub fn listed(&mut self) {
        let (changed, removed) = self.folders.end();
        self.info.delimiter = self.folders.delimiter;
        if !changed.is_empty() || !removed.is_empty() {
            self.event(Event::Folders { changed, removed });
        }
    }

    /// Asks for the folders and their counts, in one command where the server can.
    pub fn list(&mut self) -> CommandId {
        self.folders.begin();
        let id = self.link.submit(Command::List { with_status: true });
        self.listing = Some(id);
        id
    }

    /// Looks at the folders that aren't open.
    pub fn poll(&mut self) {
        if self.listing.is_some() || self.opening.is_some() {
            return;
        }
        self.list();
        self.poll_counts();
    }

    /// Counts one by one, where the list doesn't bring them.
    pub fn poll_counts(&mut self) {
        if self.offers("LIST-STATUS") {
            return;
        }
        let open = self.open.as_ref().map(|o| o.folder.clone());
        let others = self.folders.all().iter().filter(|f| f.selectable && Some(&f.name) != open.as_ref());
        let names: Vec<FolderName> = others.take(MAX_STATUS).map(|f| f.name.clone()).collect();
        for folder in names {
            self.link.submit(Command::Status { folder });
        }
    }

    /// Something changed in a folder that isn't open, or was just made.
    pub fn look_at(&mut self, folder: &FolderName) {
        if self.folders.find(folder).is_some() {
            self.link.submit(Command::Status { folder: folder.clone() });
        } else {
            self.poll();
        }
    }

    /// New counts of the open folder, told with the folders.
    pub fn tell_counts(&mut self) {
        let Some(open) = &self.open else { return };
        let counts = Counts { messages: open.told, unseen: open.unseen };
        let name = open.folder.clone();
        if let Some(folder) = self.folders.count(&name, counts) {
            self.event(Event::Folders { changed: vec![folder], removed: Vec::new() });
        }
    }

    pub fn fail_opening(&mut self, error: &ApiError) {
        use super::open::Purpose;
        if let Some(opening) = self.opening.take()
            && let Purpose::Open(ticket) | Purpose::Snapshot(ticket) = opening.purpose
        {
            self.answer(ticket, Err(error.clone()));
        }
    }

    /// The open folder, if a request means it; otherwise why not.
    pub fn open_as(&self, folder: &FolderName, validity: pyeonji_shared::ids::UidValidity) -> Target {
        match &self.open {
            Some(open) if open.folder == *folder && open.validity == validity => Target::Open,
            Some(open) if open.folder == *folder => Target::Never(ApiError::new(ErrorKind::ValidityChanged)),
            _ => Target::Elsewhere,
        }
    }
}

/// Where a request's folder is.
pub enum Target {
    Open,
    Elsewhere,
    Never(ApiError),
}
