//! An IMAP device: a mirror of a folder of the server's, with the texts that were opened.
use super::device::{Around, Mail, Outcome, Refused, name_of};
use super::host::{Dialled, Who};
use super::letter::Written;
use super::wire::Wire;
use crate::imap;
use crate::imap::command::{Find, Items, SectionRequest};
use crate::imap::event::{Data, Reply};
use crate::net::Proto;
use bytes::Bytes;
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::limits::FIRST_ROWS;
use pyeonji_shared::message::Flags;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Quiet time after which an engine begins to wait for news, ms.
const LINGER: u64 = 60;

pub struct Imap {
    /// The folder that is looked at.
    folder: &'static str,
    wire: Option<Wire<imap::Engine>>,
    mail: BTreeMap<Uid, Mail>,
    /// Messages of the folder that are older than all of `mail`.
    older: u32,
    /// The folder has messages that aren't known.
    more: bool,
}

/// Whether a device that waits for news has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    All,
    Late { waited: Duration },
}

impl Imap {
    pub fn new(folder: &'static str) -> Self {
        Self { folder, wire: None, mail: BTreeMap::new(), older: 0, more: false }
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
        let Dialled { line, greeting_seen, secure } = around.dial(Proto::Imap)?;
        let Who { user, password, limits } = around.host.who(around.account);
        let greeting = if greeting_seen { imap::Greeting::AlreadySeen } else { imap::Greeting::Expected };
        let engine = imap::Engine::new(imap::Options { limits, greeting, secure }, around.time.instant());
        self.wire = Some(Wire::new(engine, line));
        let signed_in = self.run(around, imap::Command::SignIn { user, password });
        if signed_in.is_err() {
            self.wire = None;
        }
        signed_in.map(drop)
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
                imap::Event::Data(data) => self.told(data),
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

    /// News of the folder.
    fn told(&mut self, data: Data) {
        match data {
            Data::Fetch(fetch) => self.fetched(&fetch),
            Data::Expunge(Seq(seq)) => match self.at(seq) {
                Some(uid) => drop(self.mail.remove(&uid)),
                None => self.older = self.older.saturating_sub(1),
            },
            Data::Exists(exists) => self.more = exists as usize > self.older as usize + self.mail.len(),
            _ => {}
        }
    }

    /// The known message of this sequence number.
    fn at(&self, seq: u32) -> Option<Uid> {
        let at = seq.checked_sub(self.older)?.checked_sub(1)?;
        self.mail.keys().nth(at as usize).copied()
    }

    fn fetched(&mut self, fetch: &imap::event::Fetch) {
        // What comes unasked has a sequence number at least.
        let Some(uid) = fetch.uid.or_else(|| self.at(fetch.seq.0)) else { return };
        if let Some(envelope) = &fetch.envelope {
            // Mail that isn't the lab's has its place in the folder, too.
            let message = envelope.message_id.as_deref().and_then(name_of).unwrap_or_default();
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
        let folder =
            if inbox { FolderName::inbox() } else { around.host.folder(around.account, self.folder) };
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
        self.more = false;
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

    /// The server may have news for a device that waits for them. A real one may take as long as this to tell them.
    pub fn hear(&mut self, around: &mut Around<'_>, limit: Duration) -> Heard {
        if let Some(wire) = &mut self.wire {
            wire.settle(around.time, around.record);
        }
        self.news(around);
        let Some(truth) = around.host.inbox(around.account) else { return Heard::All };
        if !self.agrees(&truth) {
            self.poll(around);
        }
        let begun = Instant::now();
        while self.wire.is_some() && !self.agrees(&truth) {
            let left = limit.saturating_sub(begun.elapsed());
            let Some(wire) = self.wire.as_mut().filter(|_| !left.is_zero()) else {
                return Heard::Late { waited: begun.elapsed() };
            };
            wire.listen(around.time, around.record, left);
            self.news(around);
        }
        Heard::All
    }

    /// Where nobody tells news, the device asks now and then: it is then.
    fn poll(&mut self, around: &mut Around<'_>) {
        let Some(wire) = &mut self.wire else { return };
        let idles = wire.client.capabilities().is_some_and(|c| c.has("IDLE"));
        if let (false, Some(then)) = (idles, wire.client.poll_timeout()) {
            let wait = then.saturating_duration_since(around.time.instant());
            around.time.pass(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1));
            wire.client.handle_timeout(around.time.instant());
            wire.settle(around.time, around.record);
            self.news(around);
        }
    }

    /// What was told, and the messages behind it.
    fn news(&mut self, around: &mut Around<'_>) {
        for event in self.events() {
            if let imap::Event::Data(data) = event {
                self.told(data);
            }
        }
        if self.wire.is_some() && std::mem::take(&mut self.more) {
            // A connection that ends here is made again at the next check.
            let _ = self.fetch_new(around);
            self.rest(around);
        }
    }

    /// Whether it shows what is in the folder.
    fn agrees(&self, truth: &[(Uid, State)]) -> bool {
        let same = |(uid, mail): (&Uid, &Mail)| {
            let found = truth.iter().find(|(of, _)| of == uid);
            found.is_some_and(|(_, so)| (so.read, so.starred) == (mail.state.read, mail.state.starred))
        };
        truth.len() == self.older as usize + self.mail.len() && self.mail.iter().all(same)
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
            folder: around.host.folder(around.account, self.folder),
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
        self.run(
            around,
            imap::Command::Move { uids: vec![uid], to: around.host.folder(around.account, folder) },
        )?;
        self.rest(around);
        Ok(())
    }
}
