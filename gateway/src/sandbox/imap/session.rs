//! One IMAP connection: its states, and what is said when (RFC 3501 §3, §6).
use super::command::{self, Command};
use super::framer::{Frame, Framer};
use super::messages::Job;
use super::view::{Say, View};
use super::wire::{Cursor, Wrong};
use crate::sandbox::store::StoreError;
use crate::sandbox::world::{Account, World};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::watch;

const CAPABILITIES: &[&str] = &[
    "IMAP4rev1",
    "SASL-IR",
    "AUTH=PLAIN",
    "LITERAL+",
    "ID",
    "ENABLE",
    "NAMESPACE",
    "IDLE",
    "CHILDREN",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "SPECIAL-USE",
    "CREATE-SPECIAL-USE",
    "CONDSTORE",
    "ESEARCH",
    "WITHIN",
    "UIDPLUS",
    "MOVE",
    "UNSELECT",
    "STATUS=SIZE",
    "QUOTA",
    "QUOTA=RES-STORAGE",
    "QUOTA=RES-MESSAGE",
];

pub(super) enum Waiting {
    No,
    /// For the answer to `+` of AUTHENTICATE.
    Credentials {
        tag: String,
    },
    /// For DONE.
    Idle {
        tag: String,
    },
}

pub struct Session {
    pub(super) world: Arc<World>,
    pub(super) framer: Framer,
    pub(super) out: Vec<u8>,
    pub(super) account: Option<Arc<Account>>,
    pub(super) watch: Option<watch::Receiver<u64>>,
    pub(super) view: Option<View>,
    pub(super) condstore: bool,
    pub(super) waiting: Waiting,
    pub(super) job: Option<Job>,
    pub(super) failed_logins: u32,
    closed: bool,
}

/// What a command ends with.
pub(super) type Outcome = Result<String, Wrong>;

impl Session {
    pub fn new(world: Arc<World>) -> Self {
        let framer = Framer::new(world.bounds.clone());
        let mut session = Self {
            world,
            framer,
            out: Vec::new(),
            account: None,
            watch: None,
            view: None,
            condstore: false,
            waiting: Waiting::No,
            job: None,
            failed_logins: 0,
            closed: false,
        };
        let greeting = format!("* OK [CAPABILITY {}] Sandbox ready", session.capabilities());
        session.line(&greeting);
        session
    }

    /// The greeting for one too many.
    pub const BUSY: &'static [u8] = b"* BYE Too many connections, try again later\r\n";

    pub fn input(&mut self, bytes: &[u8]) {
        self.framer.input(bytes);
    }

    /// Works on what came in, until nothing whole is left or enough output waits. `true`: call again after writing.
    pub fn advance(&mut self) -> bool {
        while !self.closed {
            if self.out.len() >= self.world.bounds.output_bytes {
                return true;
            }
            if self.job.is_some() {
                self.step();
                continue;
            }
            if !matches!(self.waiting, Waiting::No) {
                match self.framer.next_line() {
                    Some(Ok(line)) => self.answer(&line),
                    Some(Err(reason)) => self.bye(reason),
                    None => return false,
                }
                continue;
            }
            match self.framer.next_frame() {
                None => return false,
                Some(Frame::Continue) => self.line("+ OK"),
                Some(Frame::Broken(reason)) => self.bye(reason),
                Some(Frame::TooBig { tag }) => self.line(&format!("{tag} NO [TOOBIG] Literal too large")),
                Some(Frame::Command(bytes)) => self.command(&bytes),
            }
        }
        false
    }

    pub fn output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Tells when the account changes, while idling. Kept from sign-in on, so that no change falls between.
    pub fn watch(&mut self) -> Option<&mut watch::Receiver<u64>> {
        match self.waiting {
            Waiting::Idle { .. } => self.watch.as_mut(),
            _ => None,
        }
    }

    /// Says the news, when idling.
    pub fn wake(&mut self) {
        if matches!(self.waiting, Waiting::Idle { .. }) {
            self.sync(Say::All);
        }
    }

    pub fn bye(&mut self, reason: &str) {
        self.line(&format!("* BYE {reason}"));
        self.closed = true;
    }

    pub(super) fn signed_in(&self) -> Option<&Arc<Account>> {
        self.account.as_ref()
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    pub(super) fn capabilities(&self) -> String {
        format!("{} APPENDLIMIT={}", CAPABILITIES.join(" "), self.world.bounds.message_bytes)
    }

    fn command(&mut self, bytes: &Bytes) {
        let mut cursor = Cursor::new(bytes);
        let tag = match cursor.tag().and_then(|tag| cursor.space().map(|()| tag)) {
            Ok(tag) => tag,
            Err(wrong) => return self.line(&format!("* BAD {wrong}")),
        };
        let outcome = match command::read(&mut cursor, self.world.bounds.keywords) {
            Ok(command) => self.run(&tag, command, bytes),
            Err(wrong) => Some(Err(wrong)),
        };
        if let Some(outcome) = outcome {
            self.finish(&tag, outcome);
        }
    }

    pub(super) fn finish(&mut self, tag: &str, outcome: Outcome) {
        match outcome {
            Ok(text) => self.line(&format!("{tag} OK {text}")),
            Err(wrong @ Wrong::No(_)) => self.line(&format!("{tag} NO {wrong}")),
            Err(wrong @ Wrong::Bad(_)) => self.line(&format!("{tag} BAD {wrong}")),
        }
    }

    /// `None`: the end of the command comes later.
    fn run(&mut self, tag: &str, command: Command, bytes: &Bytes) -> Option<Outcome> {
        let account = match command {
            Command::Capability => {
                let text = format!("* CAPABILITY {}", self.capabilities());
                self.line(&text);
                return Some(done("CAPABILITY"));
            }
            Command::Logout => {
                self.line("* BYE Until next time");
                self.closed = true;
                return Some(done("LOGOUT"));
            }
            Command::Id => {
                self.line("* ID (\"name\" \"Pyeonji sandbox\")");
                return Some(done("ID"));
            }
            Command::Noop => {
                self.sync(Say::All);
                return Some(done("NOOP"));
            }
            Command::Login { .. } | Command::Authenticate { .. } => return self.sign_in(tag, command),
            _ => match self.account.clone() {
                Some(account) => account,
                None => return Some(Err(Wrong::Bad("Sign in first"))),
            },
        };
        Some(match command {
            Command::Idle => {
                self.line("+ idling");
                self.waiting = Waiting::Idle { tag: tag.to_owned() };
                self.sync(Say::All);
                return None;
            }
            Command::Search { uid, search } => self.search(tag, &account, uid, &search),
            Command::Fetch { uid, set, items, changed_since } => {
                return self.begin_fetch(tag, uid, &set, items, changed_since);
            }
            Command::Store { uid, set, store } => self.store(&account, uid, &set, &store),
            Command::Copy { uid, set, name, remove } => self.copy(&account, uid, &set, &name, remove),
            Command::Expunge(set) => self.expunge(&account, set.as_ref()),
            Command::Append { name, flags, date, body } => {
                self.append(&account, &name, flags, date, bytes, body)
            }
            Command::Select { name, read_only, condstore } => {
                self.select(&account, &name, read_only, condstore)
            }
            other => self.run_on_folders(&account, other),
        })
    }

    /// A line that isn't a command.
    fn answer(&mut self, line: &[u8]) {
        match std::mem::replace(&mut self.waiting, Waiting::No) {
            Waiting::Credentials { tag } => {
                let outcome = if line == b"*" { Err(Wrong::Bad("Cancelled")) } else { self.plain(line) };
                self.finish(&tag, outcome);
            }
            Waiting::Idle { tag } => {
                let outcome = if line.trim_ascii().eq_ignore_ascii_case(b"DONE") {
                    self.sync(Say::All);
                    done("IDLE")
                } else {
                    Err(Wrong::Bad("Expected DONE"))
                };
                self.finish(&tag, outcome);
            }
            Waiting::No => {}
        }
    }

    /// Says what other sessions did.
    pub(super) fn sync(&mut self, say: Say) {
        let (Some(account), Some(view)) = (&self.account, &mut self.view) else { return };
        let (out, condstore) = (&mut self.out, self.condstore);
        let there = account.with(|store| match store.selected(view.validity) {
            Some(folder) => {
                view.sync(folder, say, condstore, out);
                true
            }
            None => false,
        });
        if !there {
            self.view = None;
            // Another session removed the folder; RFC 2180 §3.1 allows to say goodbye.
            self.bye("The selected folder was deleted");
        }
    }
}

pub(super) fn done(verb: &str) -> Outcome {
    Ok(format!("{verb} done"))
}

/// RFC 5530 codes for what the store refuses.
pub(super) fn wrong(e: StoreError) -> Wrong {
    Wrong::No(match e {
        StoreError::NoFolder => "[NONEXISTENT] There is no folder of that name",
        StoreError::Exists => "[ALREADYEXISTS] There is a folder of that name already",
        StoreError::Fixed => "[CANNOT] INBOX stays",
        StoreError::BadName => "[CANNOT] A folder can't have that name",
        StoreError::TooManyFolders => "[LIMIT] There can't be more folders",
        StoreError::OverQuota => "[OVERQUOTA] The mailbox is full",
    })
}
