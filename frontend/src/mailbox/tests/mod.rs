//! The mailbox against naive pictures of a store and of a page.
mod calls;
mod carried;
mod model;
mod own;
mod page;
mod search;
mod size;
mod tags;

use super::{Added, Answer, Changes, Mailbox, Outcome, Place, Record, VALIDITY, Write, own_from_bytes};
use pyeonji_shared::account::Folder;
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::call::list::Open;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::event::Event;
use pyeonji_shared::folder::FolderState;
use pyeonji_shared::ids::{FolderName, MessageRef, MessageSet, Uid};
use pyeonji_shared::message::{Address, Flags, MessageView};
use std::cell::Cell;
use std::collections::BTreeMap;

thread_local! {
    /// Messages looked at in passes over folders; see `shelf`.
    pub static WORK: Cell<usize> = const { Cell::new(0) };
}

pub fn name(folder: &str) -> FolderName {
    FolderName(folder.into())
}

pub fn at(folder: &str, uid: u32) -> MessageRef {
    MessageRef { folder: name(folder), validity: VALIDITY, uid: Uid(uid) }
}

pub fn set(folder: &str, uids: &[u32]) -> MessageSet {
    MessageSet { folder: name(folder), validity: VALIDITY, uids: uids.iter().copied().map(Uid).collect() }
}

/// `from` as `Name <local@domain>`, several after commas.
pub fn people(list: &str) -> Vec<Address> {
    let one = |text: &str| {
        let (name, email) = text.split_once('<').unwrap_or(("", text));
        let email = email.trim_end_matches('>').trim().to_owned();
        Address { name: name.trim().to_owned(), email, suspicious: false }
    };
    list.split(',').filter(|t| !t.trim().is_empty()).map(|t| one(t.trim())).collect()
}

pub fn view(from: &str, subject: &str, text: &str) -> MessageView {
    MessageView {
        at: at("INBOX", 1),
        flags: Flags::default(),
        subject: subject.into(),
        from: people(from),
        sender: None,
        reply_to: Vec::new(),
        to: people("me <me@green.test>"),
        cc: Vec::new(),
        bcc: Vec::new(),
        more_addresses: 0,
        received: 0,
        sent: None,
        message_id: None,
        references: Vec::new(),
        html: None,
        text: text.into(),
        remote_images: 0,
        parts: Vec::new(),
        notes: Vec::new(),
    }
}

pub fn recorded(view: MessageView, added: Added) -> (Record, String) {
    Record::from_fetched(&Fetched { size: 100, view, spans: Vec::new(), policy: 1, digest: [0; 32] }, added)
}

/// A message without much in it.
pub fn record(folder: &str, place: Place, subject: &str, flags: Flags) -> Record {
    let added = Added { folder: name(folder), place, flags, ..Added::default() };
    recorded(view("Ada <ada@blue.test>", subject, ""), added).0
}

/// What the database holds.
#[derive(Default)]
pub struct Store {
    pub records: BTreeMap<Uid, Vec<u8>>,
    pub own: Vec<u8>,
    pub writes: usize,
}

impl Store {
    pub fn add(&mut self, record: &Record) -> Uid {
        let uid = Uid(self.records.last_key_value().map_or(0, |(uid, _)| uid.0) + 1);
        self.records.insert(uid, record.to_bytes());
        uid
    }

    pub fn commit(&mut self, writes: Vec<Write>) {
        self.writes += writes.len();
        for write in writes {
            match write {
                Write::Record(uid, bytes) => {
                    self.records.insert(uid, bytes);
                }
                Write::Delete(uid) => {
                    self.records.remove(&uid);
                }
                Write::Folders(bytes) => self.own = bytes,
            }
        }
    }

    pub fn load(&self) -> Mailbox {
        let read = |(uid, bytes): (&Uid, &Vec<u8>)| Some((*uid, Record::from_bytes(bytes)?));
        Mailbox::load(self.records.iter().filter_map(read).collect(), own_from_bytes(&self.own))
    }
}

/// What a page knows: the open folder and the counts of all.
#[derive(Default)]
pub struct Picture {
    pub open: Option<FolderState>,
    pub folders: BTreeMap<FolderName, Folder>,
    pub news: u32,
}

impl Picture {
    pub fn apply(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Folder { folder, validity, delta } => {
                    let open = self.open.as_mut().filter(|s| s.folder == folder && s.validity == validity);
                    open.expect("a delta of the open folder").apply(delta);
                }
                Event::Folders { changed, removed } => {
                    removed.iter().for_each(|name| assert!(self.folders.remove(name).is_some()));
                    self.folders.extend(changed.into_iter().map(|f| (f.name.clone(), f)));
                }
                Event::NewMail { folder, count } => {
                    assert!(folder.is_inbox());
                    self.news += count;
                }
                event => panic!("{event:?}"),
            }
        }
    }
}

/// A mailbox with its store and a page that listens.
pub struct Desk {
    pub mailbox: Mailbox,
    pub store: Store,
    pub picture: Picture,
}

impl Desk {
    pub fn new() -> Desk {
        let mut desk =
            Desk { mailbox: Store::default().load(), store: Store::default(), picture: Picture::default() };
        desk.look();
        desk
    }

    /// The page starts over.
    pub fn look(&mut self) {
        let open = self.mailbox.open().cloned();
        let upstream = pyeonji_shared::account::UpstreamState::Online;
        let snapshot = self.mailbox.welcome(Default::default(), upstream, open.as_ref(), 5);
        self.picture.open = snapshot.open.map(FolderState::from_snapshot);
        self.picture.folders = snapshot.folders.into_iter().map(|f| (f.name.clone(), f)).collect();
    }

    pub fn follow(&mut self, changes: Changes) {
        self.store.commit(changes.writes);
        self.picture.apply(changes.events);
    }

    pub fn ask(&mut self, call: Call) -> Result<Outcome, pyeonji_shared::error::ApiError> {
        let Answer { outcome, changes } = self.mailbox.answer(&call);
        if outcome.is_err() {
            assert!(changes.writes.is_empty() && changes.events.is_empty(), "{call:?}");
        }
        self.follow(changes);
        outcome
    }

    pub fn reply(&mut self, call: Call) -> Reply {
        match self.ask(call) {
            Ok(Outcome::Reply(reply)) => reply,
            outcome => panic!("{outcome:?}"),
        }
    }

    pub fn open(&mut self, folder: &str) {
        let reply = self.reply(Call::Open(Open { folder: name(folder), rows: 5 }));
        let Reply::Open(snapshot) = reply else { panic!("{reply:?}") };
        self.picture.open = Some(FolderState::from_snapshot(snapshot));
    }

    /// A message that was fetched.
    pub fn fetch(&mut self, folder: &str, subject: &str, flags: Flags) -> Uid {
        let place = self.mailbox.next_place();
        let record = record(folder, place, subject, flags);
        let uid = self.store.add(&record);
        let events = self.mailbox.arrived(vec![(uid, record)]);
        self.picture.apply(events);
        uid
    }

    pub fn uids(&self, folder: &str) -> Vec<u32> {
        self.mailbox.uids(&name(folder)).iter().map(|u| u.0).collect()
    }
}
