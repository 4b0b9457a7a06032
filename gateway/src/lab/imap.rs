//! An IMAP device: a mirror of the server's Inbox, with the texts that were opened.
use super::device::{Around, Held, Outcome, PASSWORD, Refused, USER, name_of};
use super::wire::Wire;
use crate::config::limits::Limits;
use crate::imap;
use crate::imap::command::{Items, SectionRequest};
use crate::imap::event::{Data, Reply};
use crate::sandbox::imap::session::Session;
use crate::secret::Secret;
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use pyeonji_shared::message::Flags;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Quiet time after which an engine begins to wait for news, ms.
const LINGER: u64 = 60;

#[derive(Default)]
pub struct Imap {
    wire: Option<Wire<imap::Engine, Session>>,
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
        self.wire = Some(Wire::new(engine, Session::new(around.world.clone()), around.network));
        let (user, password) = (USER.to_owned(), Secret::new(PASSWORD.to_owned()));
        self.run(around, imap::Command::SignIn { user, password })?;
        let folder = FolderName::inbox();
        self.run(around, imap::Command::Select { folder, condstore: true, examine: false })?;
        Ok(())
    }

    /// One command to its end. Whatever else the server says is kept for [`Self::hear`].
    fn run(&mut self, around: &mut Around<'_>, command: imap::Command) -> Result<Reply, Refused> {
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
