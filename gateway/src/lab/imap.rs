//! An IMAP device: a mirror of a folder of the server's, with the texts that were opened.
use super::device::{Around, Mail, Outcome, PASSWORD, Refused, name_of};
use super::letter::Written;
use super::wire::Wire;
use crate::config::limits::Limits;
use crate::imap;
use crate::imap::command::{Find, Items, SectionRequest};
use crate::imap::event::{Data, Reply};
use crate::net::Proto;
use crate::sandbox::imap::session::Session;
use crate::secret::Secret;
use bytes::Bytes;
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::limits::FIRST_ROWS;
use pyeonji_shared::message::Flags;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Quiet time after which an engine begins to wait for news, ms.
const LINGER: u64 = 60;

pub struct Imap {
    /// The folder that is looked at.
    folder: &'static str,
    wire: Option<Wire<imap::Engine, Session>>,
    mail: BTreeMap<Uid, Mail>,
    /// Messages of the folder that are older than all of `mail`.
    older: u32,
}

impl Imap {
    pub fn new(folder: &'static str) -> Self {
        Self { folder, wire: None, mail: BTreeMap::new(), older: 0 }
    }

    pub fn holds(&self) -> Vec<Held> {
        self.mail.values().map(Mail::held).collect()
    }

    /// The connection is gone, whatever was said on it.
    pub fn cut(&mut self) {
        self.wire = None;
    }

    pub fn check(&mut self, around: &mut Around<'_>) -> Outcome {
        // Who is connected hears of everything without asking.
        if self.wire.is_none() {
            self.connect(around)?;
            self.open(around)?;
            self.rest(around);
        }
        Ok(())
    }

    fn connect(&mut self, around: &mut Around<'_>) -> Outcome {
        around.record.connect_to(Proto::Imap);
        let options = imap::Options {
            limits: Arc::new(Limits::default()),
            greeting: imap::Greeting::Expected,
            secure: false,
        };
        let engine = imap::Engine::new(options, around.time.instant());
        self.wire = Some(Wire::new(engine, Session::new(around.world.clone()), around.network));
        let (user, password) = (around.account.address().to_owned(), Secret::new(PASSWORD.to_owned()));
        self.run(around, imap::Command::SignIn { user, password })?;
        Ok(())
    }

    /// One command to its end, and whatever else the server says.
    fn run(&mut self, around: &mut Around<'_>, command: imap::Command) -> Result<Reply, Refused> {
        self.run_with(around, command, None)
    }

    /// The same, with a message that the command brings.
    fn run_with(
        &mut self,
        around: &mut Around<'_>,
        command: imap::Command,
        message: Option<Bytes>,
    ) -> Result<Reply, Refused> {
        let Some(wire) = &mut self.wire else { return Err(Refused::Offline) };
        let id = wire.client.submit(command, around.time.instant());
        wire.settle(around.time, around.record);
        if let (Some(message), Some((wanted, _))) = (message, wire.client.wants_literal()) {
            // What can't be fed shows as the command's outcome.
            let _ = wire.client.feed_literal(wanted, message, around.time.instant());
            wire.settle(around.time, around.record);
        }
        let mut outcome = Err(Refused::Server("no answer".into()));
        for event in self.events() {
            match event {
                imap::Event::Done { id: done, result } if done == id => {
                    outcome =
                        result.map(|done| done.reply).map_err(|error| Refused::Server(error.to_string()));
                }
                imap::Event::Data(data) => drop(self.told(data)),
                _ => {}
            }
        }
        if self.wire.as_ref().is_some_and(|w| w.client.is_over()) {
            self.wire = None;
        }
        outcome
    }

    fn events(&mut self) -> Vec<imap::Event> {
        let Some(wire) = &mut self.wire else { return Vec::new() };
        std::iter::from_fn(|| wire.client.poll_event()).collect()
    }

    /// News of the folder. `true`: there are messages that aren't known.
    fn told(&mut self, data: Data) -> bool {
        match data {
            Data::Fetch(fetch) => self.fetched(&fetch),
            Data::Expunge(Seq(seq)) => match self.at(seq) {
                Some(uid) => drop(self.mail.remove(&uid)),
                None => self.older = self.older.saturating_sub(1),
            },
            Data::Exists(exists) => return exists as usize > self.older as usize + self.mail.len(),
            _ => {}
        }
        false
    }

    /// The known message of this sequence number.
    fn at(&self, seq: u32) -> Option<Uid> {
        let at = seq.checked_sub(self.older)?.checked_sub(1)?;
        self.mail.keys().nth(at as usize).copied()
    }

    fn fetched(&mut self, fetch: &imap::event::Fetch) {
        // What comes unasked has a sequence number at least.
        let Some(uid) = fetch.uid.or_else(|| self.at(fetch.seq.0)) else { return };
        let name = fetch.envelope.as_ref().and_then(|e| name_of(e.message_id.as_deref()?));
        if let Some(message) = name {
            let state = State { read: false, starred: false, readable: false };
            let new = Mail { folder: self.folder, message, state };
            self.mail.entry(uid).or_insert(new);
        }
        let Some(held) = self.mail.get_mut(&uid) else { return };
        if let Some(list) = &fetch.flags {
            held.state.read = list.flags.contains(Flags::SEEN);
            held.state.starred = list.flags.contains(Flags::FLAGGED);
        }
        held.state.readable |= !fetch.sections.is_empty();
    }

    /// The newest rows, as the page asks for them when a folder is opened; texts that were opened before stay.
    fn open(&mut self, around: &mut Around<'_>) -> Outcome {
        let inbox = self.folder == INBOX;
        let folder = if inbox { FolderName::inbox() } else { FolderName(self.folder.into()) };
        let select = imap::Command::Select { folder, condstore: true, examine: !inbox };
        let Reply::Selected(folder) = self.run(around, select)? else { return Ok(()) };
        let before = std::mem::take(&mut self.mail);
        self.older = folder.exists.saturating_sub(FIRST_ROWS);
        if folder.exists > 0 {
            let window =
                imap::Command::FetchWindow { from: Seq(self.older + 1), to: None, items: Items::Row };
            self.run(around, window)?;
        }
        for (uid, held) in &mut self.mail {
            held.state.readable |= before.get(uid).is_some_and(|b| b.state.readable);
        }
        // What lies further back was seen before, and nothing says that it is gone.
        let first = self.mail.keys().next().copied();
        let further: Vec<(Uid, Mail)> =
            before.into_iter().filter(|(uid, _)| first.is_some_and(|first| *uid < first)).collect();
        self.older = self.older.saturating_sub(u32::try_from(further.len()).unwrap_or(u32::MAX));
        self.mail.extend(further);
        Ok(())
    }

    /// Waits for news.
    fn rest(&mut self, around: &mut Around<'_>) {
        let Some(wire) = &mut self.wire else { return };
        wire.client.set_idle(true, around.time.instant());
        around.time.pass(LINGER);
        wire.client.handle_timeout(around.time.instant());
        wire.settle(around.time, around.record);
    }

    /// The server may have news for a device that waits for them.
    pub fn hear(&mut self, around: &mut Around<'_>) {
        let Some(wire) = &mut self.wire else { return };
        wire.settle(around.time, around.record);
        let mut more = false;
        for event in self.events() {
            if let imap::Event::Data(data) = event {
                more |= self.told(data);
            }
        }
        if more {
            // A connection that ends here is made again at the next check.
            let _ = self.fetch_new(around);
            self.rest(around);
        }
    }

    fn fetch_new(&mut self, around: &mut Around<'_>) -> Outcome {
        let from = self.mail.keys().next_back().map_or(Uid(1), |last| Uid(last.0.saturating_add(1)));
        self.run(around, imap::Command::FetchFrom { from, items: Items::Row }).map(drop)
    }

    /// Looks at a folder that nobody waits for news of, on a connection of its own.
    pub fn look(&mut self, around: &mut Around<'_>) -> Outcome {
        if self.wire.is_none() {
            self.connect(around)?;
        }
        self.open(around)
    }

    /// Files the copy of what was sent, as the product does: once, unless the server did it itself.
    pub fn file_sent(&mut self, around: &mut Around<'_>, letter: &Written) -> Outcome {
        self.look(around)?;
        let what = Find::MessageId(letter.message_id.clone());
        if let Reply::Found(found) = self.run(around, imap::Command::Search { what })?
            && !found.uids.is_empty()
        {
            return Ok(());
        }
        let append = imap::Command::Append {
            folder: FolderName(self.folder.into()),
            flags: Flags::SEEN,
            keywords: Vec::new(),
            date: None,
            size: letter.kept.len() as u64,
        };
        self.run_with(around, append, Some(letter.kept.clone()))?;
        self.fetch_new(around)
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
            return self.mail.get(&uid).filter(|h| h.state.readable).map(|_| ()).ok_or(Refused::Offline);
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
        // STORE was silent: who asked knows.
        if let Some(held) = self.mail.get_mut(&uid) {
            held.state.read |= add.contains(Flags::SEEN);
            held.state.starred |= add.contains(Flags::FLAGGED);
        }
        self.rest(around);
        Ok(())
    }

    pub fn file(&mut self, around: &mut Around<'_>, message: &str, folder: &str) -> Outcome {
        let uid = self.uid(message)?;
        self.run(around, imap::Command::Move { uids: vec![uid], to: FolderName(folder.into()) })?;
        self.rest(around);
        Ok(())
    }
}
