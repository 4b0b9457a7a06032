//! What a person has in hand: an IMAP device that mirrors the server's Inbox, or a POP3 device that keeps mail itself.
use super::scenario::{Network, Rule};
use super::wire::{Time, Wire};
use crate::account::HeadDigest;
use crate::config::limits::Limits;
use crate::imap::command::{Items, SectionRequest};
use crate::imap::event::{Data, Reply as ImapReply};
use crate::net::record::Recorder;
use crate::sandbox::World;
use crate::sandbox::imap::session::Session as ImapSession;
use crate::sandbox::pop3::session::Session as Pop3Session;
use crate::secret::Secret;
use crate::{imap, pop3};
use pyeonji_shared::call::device::{Listed, Listing, Naming};
use pyeonji_shared::device::entry::Here;
use pyeonji_shared::device::ledger::Ledger;
use pyeonji_shared::device::plan::{self, Settings, plan};
use pyeonji_shared::device::{LocalId, Uidl};
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use pyeonji_shared::message::Flags;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub const USER: &str = "ada@blue.test";
pub const PASSWORD: &str = "lab-lantern-11";
/// Ends the Message-ID that names a message of the lab.
pub const DOMAIN: &str = "@lab.test>";
/// Quiet time after which an engine begins to wait for news, ms.
const LINGER: u64 = 60;

/// A message in somebody's Inbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Held {
    pub message: String,
    pub read: bool,
    pub starred: bool,
    /// Its text is here, too.
    pub readable: bool,
}

/// Why something couldn't be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("no network")]
    Offline,
    #[error("the message isn't here")]
    NotHere,
    #[error("the server: {0}")]
    Server(String),
}

type Outcome = Result<(), Refused>;

/// Where a device is connected to, and what it needs for that.
pub struct Around<'a> {
    pub world: &'a Arc<World>,
    pub network: Network,
    pub time: &'a mut Time,
    pub record: &'a mut Recorder,
}

fn name_of(id: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(id).ok()?;
    Some(text.trim().strip_prefix('<')?.strip_suffix(DOMAIN)?.to_owned())
}

/// The lab's name of a source.
pub fn named(source: &[u8]) -> Option<String> {
    let lines = source.split(|b| *b == b'\n').take_while(|l| !l.is_empty() && *l != b"\r");
    lines.filter_map(|l| l.strip_prefix(b"Message-ID: ")).find_map(name_of)
}

#[derive(Default)]
pub struct Imap {
    wire: Option<Wire<imap::Engine, ImapSession>>,
    mail: BTreeMap<Uid, Held>,
}

impl Imap {
    pub fn holds(&self) -> Vec<Held> {
        self.mail.values().cloned().collect()
    }

    /// The connection is gone, whatever was said on it.
    pub fn cut(&mut self) {
        self.wire = None;
    }

    pub fn check(&mut self, around: &mut Around<'_>) -> Outcome {
        self.connect(around)?;
        self.look(around)
    }

    fn connect(&mut self, around: &mut Around<'_>) -> Outcome {
        if self.wire.is_some() {
            return Ok(());
        }
        around.record.connect();
        let options = imap::Options {
            limits: Arc::new(Limits::default()),
            greeting: imap::Greeting::Expected,
            secure: false,
        };
        let engine = imap::Engine::new(options, around.time.instant());
        self.wire = Some(Wire::new(engine, ImapSession::new(around.world.clone()), around.network));
        let (user, password) = (USER.to_owned(), Secret::new(PASSWORD.to_owned()));
        self.run(around, imap::Command::SignIn { user, password })?;
        let folder = FolderName::inbox();
        self.run(around, imap::Command::Select { folder, condstore: true, examine: false })?;
        Ok(())
    }

    /// One command to its end. Whatever else the server says is kept for [`Self::hear`].
    fn run(&mut self, around: &mut Around<'_>, command: imap::Command) -> Result<ImapReply, Refused> {
        let Some(wire) = &mut self.wire else { return Err(Refused::Offline) };
        let id = wire.client.submit(command, around.time.instant());
        wire.settle(around.time, around.record);
        let mut outcome = Err(Refused::Server("no answer".into()));
        let events: Vec<imap::Event> = std::iter::from_fn(|| wire.client.poll_event()).collect();
        for event in events {
            match event {
                imap::Event::Done { id: done, result } if done == id => {
                    outcome =
                        result.map(|done| done.reply).map_err(|error| Refused::Server(error.to_string()));
                }
                imap::Event::Data(Data::Fetch(fetch)) => self.fetched(&fetch),
                _ => {}
            }
        }
        if outcome.is_err() && self.wire.as_ref().is_some_and(|w| w.client.is_over()) {
            self.wire = None;
        }
        outcome
    }

    fn fetched(&mut self, fetch: &imap::event::Fetch) {
        let Some(uid) = fetch.uid else { return };
        let name = fetch.envelope.as_ref().and_then(|e| name_of(e.message_id.as_deref()?));
        if let Some(message) = name {
            let new = Held { message, read: false, starred: false, readable: false };
            self.mail.entry(uid).or_insert(new);
        }
        let Some(held) = self.mail.get_mut(&uid) else { return };
        if let Some(list) = &fetch.flags {
            held.read = list.flags.contains(Flags::SEEN);
            held.starred = list.flags.contains(Flags::FLAGGED);
        }
        held.readable |= !fetch.sections.is_empty();
    }

    /// What is in the Inbox now, and waits for news afterwards.
    fn look(&mut self, around: &mut Around<'_>) -> Outcome {
        let before = std::mem::take(&mut self.mail);
        let window = imap::Command::FetchWindow { from: Seq(1), to: None, items: Items::Copied };
        let looked = self.run(around, window);
        match looked {
            // An empty folder has no message 1.
            Err(Refused::Server(_)) if self.wire.is_some() => {}
            Err(error) => {
                self.mail = before;
                return Err(error);
            }
            Ok(_) => {}
        }
        for (uid, held) in &mut self.mail {
            held.readable |= before.get(uid).is_some_and(|b| b.readable);
        }
        self.rest(around);
        Ok(())
    }

    fn rest(&mut self, around: &mut Around<'_>) {
        let Some(wire) = &mut self.wire else { return };
        wire.client.set_idle(true, around.time.instant());
        around.time.pass(LINGER);
        wire.client.handle_timeout(around.time.instant());
        wire.settle(around.time, around.record);
    }

    /// The server may have news for a device that waits for them. `true`: there were some.
    pub fn hear(&mut self, around: &mut Around<'_>) -> bool {
        let Some(wire) = &mut self.wire else { return false };
        wire.settle(around.time, around.record);
        let mut news = false;
        while let Some(event) = wire.client.poll_event() {
            news |= matches!(event, imap::Event::Data(_));
        }
        news && self.look(around).is_ok()
    }

    fn uid(&self, message: &str) -> Result<Uid, Refused> {
        let found = self.mail.iter().rev().find(|(_, held)| held.message == message);
        found.map(|(uid, _)| *uid).ok_or(Refused::NotHere)
    }

    /// Opens the message: its text is fetched unless it is here, and it counts as read.
    pub fn read(&mut self, around: &mut Around<'_>, message: &str) -> Outcome {
        let uid = self.uid(message)?;
        if self.wire.is_none() {
            // From what is here; the server hears nothing of it.
            return self.mail.get(&uid).filter(|h| h.readable).map(|_| ()).ok_or(Refused::Offline);
        }
        let sections = vec![SectionRequest::all("")];
        self.run(around, imap::Command::FetchBody { uid, items: Items::Flags, sections })?;
        self.store(around, uid, Flags::SEEN)
    }

    pub fn star(&mut self, around: &mut Around<'_>, message: &str) -> Outcome {
        let uid = self.uid(message)?;
        self.store(around, uid, Flags::FLAGGED)
    }

    fn store(&mut self, around: &mut Around<'_>, uid: Uid, add: Flags) -> Outcome {
        self.run(around, imap::Command::Store { uids: vec![uid], add, remove: Flags::default() })?;
        self.look(around)
    }

    pub fn file(&mut self, around: &mut Around<'_>, message: &str, folder: &str) -> Outcome {
        let uid = self.uid(message)?;
        self.run(around, imap::Command::Move { uids: vec![uid], to: FolderName(folder.into()) })?;
        self.look(around)
    }
}

pub struct Pop3 {
    ledger: Ledger,
    mail: BTreeMap<u32, Held>,
    next: u32,
    pub rule: Rule,
}

/// A session of POP3, from sign-in to QUIT.
struct Visit<'a, 'b> {
    wire: Wire<pop3::Engine, Pop3Session>,
    around: &'a mut Around<'b>,
}

impl Pop3 {
    pub fn new(rule: Rule) -> Self {
        Self { ledger: Ledger::default(), mail: BTreeMap::new(), next: 1, rule }
    }

    pub fn holds(&self) -> Vec<Held> {
        self.mail.values().cloned().collect()
    }

    fn settings(&self) -> Settings {
        let rule = match self.rule {
            Rule::DownloadAndDelete => plan::Rule::DownloadAndDelete,
            Rule::LeaveCopy => plan::Rule::LeaveCopy,
            Rule::LeaveDays(days) => plan::Rule::LeaveDays(days),
            Rule::UntilDeletedHere => plan::Rule::UntilDeletedHere,
        };
        Settings { rule, size_limit: None }
    }

    /// A whole check, as the page does it: list, fetch and keep, and in a session of its own remove what the rule says.
    pub fn check(&mut self, around: &mut Around<'_>) -> Outcome {
        let mut visit = Visit::begin(around)?;
        let (listing, numbers) = visit.list()?;
        self.ledger.listed(&listing, visit.around.time.seconds());
        // Comparing by heads may leave something to be fetched.
        for _ in 0..2 {
            let now = visit.around.time.seconds();
            let todo = plan(&self.ledger, &listing, &self.settings(), u64::MAX, now);
            for row in &todo.compare {
                let Some(number) = numbers.get(&row.uidl) else { continue };
                let name = visit.source(pop3::Command::Top { number: *number, lines: 0 })?;
                let name = named(&name);
                let same = self.mail.iter().find(|(_, h)| Some(&h.message) == name.as_ref());
                self.ledger.compared(&row.uidl, same.map(|(local, _)| LocalId(*local)), now);
            }
            for row in &todo.whole {
                let Some(number) = numbers.get(&row.uidl) else { continue };
                let source = visit.source(pop3::Command::Retr { number: *number })?;
                let (local, message) = (self.next, named(&source).unwrap_or_default());
                self.next += 1;
                self.mail.insert(local, Held { message, read: false, starred: false, readable: true });
                self.ledger.committed(row, Here::Whole(LocalId(local)), visit.around.time.seconds());
            }
        }
        let now = visit.around.time.seconds();
        let doomed = plan(&self.ledger, &listing, &self.settings(), u64::MAX, now).delete;
        let uidls: Vec<Uidl> = doomed.into_iter().map(|r| r.uidl).collect();
        // Names of one connection are good on that one alone.
        if listing.naming == Naming::Connection {
            return self.remove(visit, &numbers, uidls);
        }
        visit.quit()?;
        if uidls.is_empty() {
            return Ok(());
        }
        let mut visit = Visit::begin(around)?;
        let (_, numbers) = visit.list()?;
        self.remove(visit, &numbers, uidls)
    }

    fn remove(
        &mut self,
        mut visit: Visit<'_, '_>,
        numbers: &BTreeMap<Uidl, pop3::Number>,
        uidls: Vec<Uidl>,
    ) -> Outcome {
        self.ledger.tried(&uidls, visit.around.time.seconds());
        for number in uidls.iter().filter_map(|u| numbers.get(u)) {
            visit.run(pop3::Command::Dele { number: *number })?;
        }
        let now = visit.around.time.seconds();
        visit.quit()?;
        self.ledger.removed(&uidls, now);
        Ok(())
    }

    fn local(&self, message: &str) -> Result<u32, Refused> {
        let found = self.mail.iter().rev().find(|(_, held)| held.message == message);
        found.map(|(local, _)| *local).ok_or(Refused::NotHere)
    }

    pub fn change(&mut self, message: &str, change: impl FnOnce(&mut Held)) -> Outcome {
        let local = self.local(message)?;
        self.mail.get_mut(&local).map(change).ok_or(Refused::NotHere)
    }

    pub fn delete(&mut self, message: &str, now: i64) -> Outcome {
        let local = self.local(message)?;
        self.mail.remove(&local);
        self.ledger.deleted_here(&[LocalId(local)], self.settings().rule, now);
        Ok(())
    }
}

impl<'a, 'b> Visit<'a, 'b> {
    fn begin(around: &'a mut Around<'b>) -> Result<Self, Refused> {
        around.record.connect();
        let options = pop3::Options {
            limits: Arc::new(Limits::default()),
            greeting: pop3::Greeting::Expected,
            secure: false,
        };
        let engine = pop3::Engine::new(options, around.time.instant());
        let session = Pop3Session::new(around.world.clone(), around.time.instant());
        let mut visit = Self { wire: Wire::new(engine, session, around.network), around };
        let proof = pop3::Proof::Password(Secret::new(PASSWORD.to_owned()));
        visit.run(pop3::Command::SignIn { user: USER.to_owned(), proof })?;
        Ok(visit)
    }

    fn run(&mut self, command: pop3::Command) -> Result<pop3::event::Reply, Refused> {
        self.ask(command, &mut |_| {})
    }

    fn ask(
        &mut self,
        command: pop3::Command,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<pop3::event::Reply, Refused> {
        let id = self.wire.client.submit(command, self.around.time.instant());
        self.wire.settle(self.around.time, self.around.record);
        let mut outcome = Err(Refused::Server("no answer".into()));
        while let Some(event) = self.wire.client.poll_event() {
            match event {
                pop3::Event::Piece { bytes, .. } => piece(&bytes),
                pop3::Event::Done { id: done, result } if done == id => {
                    outcome = result.map(|d| d.reply).map_err(|error| Refused::Server(error.to_string()));
                }
                _ => {}
            }
        }
        outcome
    }

    fn source(&mut self, command: pop3::Command) -> Result<Vec<u8>, Refused> {
        let mut source = Vec::new();
        self.ask(command, &mut |bytes| source.extend_from_slice(bytes))?;
        Ok(source)
    }

    /// What lies on the server, named as the page names it: by UIDL, or by a digest of each head, or for this connection alone.
    fn list(&mut self) -> Result<(Listing, BTreeMap<Uidl, pop3::Number>), Refused> {
        let sizes = match self.run(pop3::Command::List)? {
            pop3::event::Reply::Sizes(sizes) => sizes,
            _ => Vec::new(),
        };
        let heads = self.wire.client.capabilities().is_some_and(|c| c.top);
        let (naming, names) = match self.run(pop3::Command::Uidl) {
            Ok(pop3::event::Reply::Names(names)) => (Naming::Server, names),
            _ if heads => {
                let mut names = Vec::new();
                for (number, _) in &sizes {
                    let head = self.source(pop3::Command::Top { number: *number, lines: 0 })?;
                    let mut digest = HeadDigest::default();
                    digest.push(&head);
                    names.push((*number, digest.name()));
                }
                (Naming::Digest, names)
            }
            _ => {
                let visit = self.around.record.totals.connections;
                let name = |n: pop3::Number| Uidl(format!("number:{visit:016x}:{}", n.0));
                (Naming::Connection, sizes.iter().map(|(n, _)| (*n, name(*n))).collect())
            }
        };
        let sizes: BTreeMap<u32, u32> = sizes.into_iter().map(|(n, size)| (n.0, size)).collect();
        let row = |(number, uidl): &(pop3::Number, Uidl)| Listed {
            uidl: uidl.clone(),
            size: sizes.get(&number.0).copied().unwrap_or_default(),
        };
        let messages = names.iter().map(row).collect();
        let mut seen = BTreeSet::new();
        let first = names.into_iter().filter(|(_, uidl)| seen.insert(uidl.clone()));
        let numbers = first.map(|(number, uidl)| (uidl, number)).collect();
        Ok((Listing { messages, naming, heads, ..Listing::default() }, numbers))
    }

    fn quit(mut self) -> Outcome {
        self.run(pop3::Command::Quit).map(drop)
    }
}
