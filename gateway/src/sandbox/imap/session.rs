//! One IMAP connection: states, sign-in, folders, and what is said when (RFC 3501 §3, §6).
use super::command::{self, Command, StatusItem};
use super::framer::{Frame, Framer};
use super::list;
use super::messages::Job;
use super::view::{Say, View};
use super::wire::{Cursor, Wrong};
use super::write;
use crate::sandbox::date::Moment;
use crate::sandbox::flags::{Flags, SEEN};
use crate::sandbox::message::Content;
use crate::sandbox::store::{NewMessage, Store, StoreError};
use crate::sandbox::world::{Account, World};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use std::ops::Range;
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

enum Waiting {
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
    framer: Framer,
    pub(super) out: Vec<u8>,
    account: Option<Arc<Account>>,
    watch: Option<watch::Receiver<u64>>,
    pub(super) view: Option<View>,
    pub(super) condstore: bool,
    waiting: Waiting,
    pub(super) job: Option<Job>,
    failed_logins: u32,
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

    fn capabilities(&self) -> String {
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

    fn run_on_folders(&mut self, account: &Account, command: Command) -> Outcome {
        match command {
            Command::Check => {
                self.sync(Say::All);
                done("CHECK")
            }
            Command::Enable(names) => {
                let condstore = names.iter().any(|n| n == "CONDSTORE");
                self.condstore |= condstore;
                self.line(if condstore { "* ENABLED CONDSTORE" } else { "* ENABLED" });
                done("ENABLE")
            }
            Command::Namespace => {
                self.line("* NAMESPACE ((\"\" \"/\")) NIL NIL");
                done("NAMESPACE")
            }
            Command::List(listing) => {
                let out = &mut self.out;
                account.with(|store| listing.run(store, out));
                done("LIST")
            }
            Command::Lsub { pattern } => {
                let out = &mut self.out;
                account.with(|store| list::lsub(store, &pattern, out));
                done("LSUB")
            }
            Command::Status { name, items } => self.status(account, &name, &items),
            Command::Close | Command::Unselect => self.close(account, matches!(command, Command::Close)),
            Command::Quota(_) | Command::QuotaRoot(_) => self.quota(account, command),
            command => {
                let result = account.with(|store| change_folders(store, command));
                self.sync(Say::All);
                result.map(|()| "Done".to_owned())
            }
        }
    }

    fn sign_in(&mut self, tag: &str, command: Command) -> Option<Outcome> {
        if self.account.is_some() {
            return Some(Err(Wrong::Bad("Signed in already")));
        }
        match command {
            Command::Login { user, password } => {
                let text = |bytes| String::from_utf8(bytes).unwrap_or_default();
                Some(self.check_password(&text(user), &text(password)))
            }
            Command::Authenticate { mechanism, .. } if mechanism != "PLAIN" => {
                Some(Err(Wrong::No("[CANNOT] Only PLAIN")))
            }
            Command::Authenticate { initial: Some(initial), .. } => Some(self.plain(initial.as_bytes())),
            _ => {
                self.line("+ ");
                self.waiting = Waiting::Credentials { tag: tag.to_owned() };
                None
            }
        }
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

    /// RFC 4616.
    fn plain(&mut self, base64: &[u8]) -> Outcome {
        let bad = Wrong::Bad("Not a PLAIN response");
        let bytes = BASE64_STANDARD.decode(base64.trim_ascii()).map_err(|_| bad.clone())?;
        let text = String::from_utf8(bytes).map_err(|_| bad.clone())?;
        let mut parts = text.split('\0');
        let (_, user, password) = (parts.next(), parts.next().ok_or(bad.clone())?, parts.next().ok_or(bad)?);
        let (user, password) = (user.to_owned(), password.to_owned());
        self.check_password(&user, &password)
    }

    fn check_password(&mut self, user: &str, password: &str) -> Outcome {
        match self.world.sign_in(user, password) {
            Some(account) => {
                self.watch = Some(account.watch());
                self.account = Some(account);
                self.framer.authenticated = true;
                Ok(format!("[CAPABILITY {}] Signed in", self.capabilities()))
            }
            None => {
                self.failed_logins += 1;
                if self.failed_logins >= self.world.bounds.failed_logins {
                    self.bye("Too many failed sign-ins");
                }
                Err(Wrong::No("[AUTHENTICATIONFAILED] Wrong name or password"))
            }
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

    fn select(&mut self, account: &Account, name: &str, read_only: bool, condstore: bool) -> Outcome {
        self.condstore |= condstore;
        if self.view.take().is_some() {
            self.line("* OK [CLOSED] Previous folder closed");
        }
        let out = &mut self.out;
        let view = account.with(|store| -> Result<View, StoreError> {
            let folder = store.folder_mut(name)?;
            let view = View::open(folder, read_only);
            let mut keywords: Vec<&str> = folder.messages.iter().flat_map(|m| m.flags.keywords()).collect();
            keywords.sort_unstable();
            keywords.dedup();
            let flags: String = keywords.iter().take(500).map(|k| format!(" {k}")).collect();
            let flags = format!("\\Answered \\Flagged \\Deleted \\Seen \\Draft{flags}");
            let mut text = format!("* FLAGS ({flags})\r\n");
            text += &if read_only {
                "* OK [PERMANENTFLAGS ()] Read-only\r\n".to_owned()
            } else {
                format!("* OK [PERMANENTFLAGS ({flags} \\*)] Keywords may be added\r\n")
            };
            text += &format!("* {} EXISTS\r\n* {} RECENT\r\n", view.messages.len(), view.recent());
            if let Some(at) = folder.messages.iter().position(|m| !m.flags.has(SEEN)) {
                text += &format!("* OK [UNSEEN {}] First unseen\r\n", at + 1);
            }
            text += &format!("* OK [UIDVALIDITY {}] Valid\r\n", folder.validity);
            text += &format!("* OK [UIDNEXT {}] Predicted\r\n", folder.uid_next);
            text += &format!("* OK [HIGHESTMODSEQ {}] Highest\r\n", folder.modseq);
            out.extend_from_slice(text.as_bytes());
            Ok(view)
        });
        self.view = Some(view.map_err(wrong)?);
        Ok(if read_only { "[READ-ONLY] EXAMINE done" } else { "[READ-WRITE] SELECT done" }.to_owned())
    }

    fn status(&mut self, account: &Account, name: &str, items: &[StatusItem]) -> Outcome {
        let out = &mut self.out;
        account
            .with(|store| {
                store.folder(name).map(|folder| list::status(&Store::canonical(name), folder, items, out))
            })
            .map_err(wrong)?;
        self.sync(Say::All);
        done("STATUS")
    }

    fn close(&mut self, account: &Account, expunge: bool) -> Outcome {
        let Some(view) = self.view.take() else { return Err(Wrong::Bad("No folder is selected")) };
        if expunge && !view.read_only {
            account.with(|store| super::messages::remove_deleted(store, view.validity, |_| true));
        }
        done(if expunge { "CLOSE" } else { "UNSELECT" })
    }

    fn append(
        &mut self,
        account: &Account,
        name: &str,
        flags: Flags,
        date: Option<Moment>,
        bytes: &Bytes,
        body: Range<usize>,
    ) -> Outcome {
        let date = date.unwrap_or_else(|| Moment::utc(self.world.clock.now()));
        let content = Content::new(bytes.slice(body));
        let placed = account.with(|store| store.append(name, NewMessage { flags, date, content }));
        let (validity, uid) = placed.map_err(|e| match e {
            // RFC 3501 §6.3.11.
            StoreError::NoFolder => Wrong::No("[TRYCREATE] There is no folder of that name"),
            e => wrong(e),
        })?;
        self.sync(Say::All);
        Ok(format!("[APPENDUID {validity} {uid}] APPEND done"))
    }

    fn quota(&mut self, account: &Account, command: Command) -> Outcome {
        let (used, count) = account.with(|store| (store.used_bytes(), store.count()));
        match command {
            Command::QuotaRoot(name) => {
                account.with(|store| store.folder(&name).map(|_| ())).map_err(wrong)?;
                self.out.extend_from_slice(b"* QUOTAROOT ");
                write::mailbox(&name, &mut self.out);
                self.line(" \"\"");
            }
            Command::Quota(root) if root.is_empty() => {}
            _ => return Err(Wrong::No("[NONEXISTENT] There is no such quota root")),
        }
        let bounds = &self.world.bounds;
        let text = format!(
            "* QUOTA \"\" (STORAGE {} {} MESSAGE {count} {})",
            used.div_ceil(1024),
            bounds.quota_bytes / 1024,
            bounds.account_messages
        );
        self.line(&text);
        done("GETQUOTA")
    }
}

fn change_folders(store: &mut Store, command: Command) -> Result<(), Wrong> {
    match command {
        Command::Create { name, special } => store.create(&name, special).map(|_| ()).map_err(wrong),
        Command::Delete(name) => store.delete(&name).map_err(wrong),
        Command::Rename { from, to } => store.rename(&from, &to).map_err(wrong),
        Command::Subscribe(name) => {
            let name = Store::canonical(name.strip_suffix('/').unwrap_or(&name));
            if !store.folders.contains_key(&name) {
                return Err(wrong(StoreError::NoFolder));
            }
            store.subscribed.insert(name);
            Ok(())
        }
        Command::Unsubscribe(name) => {
            store.subscribed.remove(&Store::canonical(&name));
            Ok(())
        }
        _ => Err(Wrong::Bad("Unknown command")),
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
