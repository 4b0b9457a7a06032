//! The page's own reducer with a mailbox where its mail server would be: whatever a person and another tab do, in the
//! end the page shows what is there.
use super::*;
use crate::mailbox::{Next, Search};
use crate::state::effect::Effect;
use crate::state::model::{LinkState, Moment, Tag};
use crate::state::msg::{Action, Boot, LinkEvent, Select};
use crate::state::{Model, Msg, reduce};
use proptest::prelude::*;
use pyeonji_shared::account::{AccountInfo, Capabilities, UpstreamState};
use pyeonji_shared::call::ChunkPart;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::frame::{Limits, Welcome};
use pyeonji_shared::ids::SessionId;
use std::collections::VecDeque;

const FOLDERS: [&str; 5] = ["INBOX", "Archive", "Trash", "Junk", "own"];
const WORDS: [&str; 5] = ["회의", "letter", "is:unread", "o", "from:ada -subject:1"];

struct World {
    m: Model,
    salt: u64,
    effects: VecDeque<Effect>,
    mailbox: Mailbox,
    store: Store,
    stored: BTreeMap<Uid, (MessageView, String)>,
    /// Answers whose writes are not durable yet.
    unwritten: VecDeque<(Tag, Result<Reply, ApiError>)>,
    searches: Vec<(Tag, Box<Search>)>,
}

impl World {
    fn new() -> World {
        let mut world = World {
            m: Model::default(),
            salt: 1,
            effects: VecDeque::new(),
            mailbox: Store::default().load(),
            store: Store::default(),
            stored: BTreeMap::new(),
            unwritten: VecDeque::new(),
            searches: Vec::new(),
        };
        let changes = world.mailbox.create_folder(&name("own")).unwrap();
        world.store.commit(changes.writes);
        world.fetch("INBOX", 70);
        let hint = Some("ada@blue.test".to_owned());
        world.send(Msg::Start(Boot { path: "/".into(), hint, visible: true, ..Boot::default() }));
        world.send(Msg::Link(LinkEvent::State(LinkState::Online)));
        let account = AccountInfo {
            address: "ada@blue.test".into(),
            provider: "Blue".into(),
            capabilities: Capabilities { undo_move: true, ..Default::default() },
            delimiter: None,
        };
        let snapshot = world.mailbox.welcome(account, UpstreamState::Online, None, 50);
        world.send(Msg::Link(LinkEvent::Welcome(Box::new(Welcome {
            session: SessionId([7; 16]),
            resumed: false,
            snapshot: Some(snapshot),
            limits: Limits { upload: 1 << 20, message: 2 << 20, recipients: 3 },
        }))));
        // Said only now: otherwise the page would answer by a mailbox of its own.
        if let Some(account) = &mut world.m.account {
            account.capabilities.device = true;
        }
        world.send(Msg::Viewport { first: 0, last: 20 });
        world.settle();
        world
    }

    fn send(&mut self, msg: Msg) {
        self.salt = self.salt.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut random = [0; 16];
        random[..8].copy_from_slice(&self.salt.to_le_bytes());
        let effects = reduce(&mut self.m, Moment { now: 1_000_000, random }, msg);
        self.effects.extend(effects);
    }

    fn tell(&mut self, events: Vec<Event>) {
        for event in events {
            self.send(Msg::Link(LinkEvent::Event(Box::new(event))));
        }
    }

    fn done(&mut self, tag: Tag, result: Result<Reply, ApiError>) {
        self.send(Msg::Link(LinkEvent::Done(tag, result)));
    }

    /// Carries out what the page asked for; what is to be written waits.
    fn work(&mut self) {
        while let Some(effect) = self.effects.pop_front() {
            match effect {
                Effect::Request { tag, call, .. } => {
                    let Answer { outcome, changes } = self.mailbox.answer(&call);
                    self.tell(changes.events);
                    let written = !changes.writes.is_empty();
                    self.store.commit(changes.writes);
                    match outcome {
                        Ok(Outcome::Reply(reply)) if written => self.unwritten.push_back((tag, Ok(reply))),
                        Ok(Outcome::Reply(reply)) => self.done(tag, Ok(reply)),
                        Ok(Outcome::View(at)) => {
                            let view = self.stored[&at.uid].0.clone();
                            let reply = self.mailbox.shown(&at, view);
                            self.done(tag, reply);
                        }
                        Ok(Outcome::Search(search)) => self.searches.push((tag, search)),
                        Ok(Outcome::Elsewhere) => panic!("{call:?}"),
                        Err(error) => self.done(tag, Err(error)),
                    }
                }
                Effect::Cancel(tag) => {
                    self.searches.retain(|(t, _)| *t != tag);
                    self.unwritten.retain(|(t, _)| *t != tag);
                }
                _ => {}
            }
        }
    }

    fn written(&mut self) {
        if let Some((tag, result)) = self.unwritten.pop_front() {
            self.done(tag, result);
        }
    }

    fn search(&mut self) {
        let Some((tag, mut search)) = self.searches.pop() else { return };
        let mut texts = Vec::new();
        loop {
            let step = search.step(&self.mailbox, &texts);
            if !step.rows.is_empty() {
                self.send(Msg::Link(LinkEvent::Chunk(tag, ChunkPart::SearchRows(step.rows))));
            }
            match step.next {
                Next::Texts(uids) => {
                    texts = uids.into_iter().map(|u| (u, self.stored[&u].1.clone())).collect()
                }
                Next::Again => texts.clear(),
                Next::Done(found) => return self.done(tag, Ok(Reply::Search(found))),
            }
        }
    }

    fn settle(&mut self) {
        loop {
            self.work();
            if self.unwritten.is_empty() && self.searches.is_empty() {
                return;
            }
            self.written();
            self.search();
        }
    }

    fn fetch(&mut self, folder: &str, n: u32) {
        let mut batch = Vec::new();
        for i in 0..n {
            let view = view("Ada <ada@blue.test>", &format!("letter {i}"), "회의록 one");
            let place = self.mailbox.next_place();
            let (record, text) =
                recorded(view.clone(), Added { folder: name(folder), place, ..Added::default() });
            let uid = self.store.add(&record);
            self.stored.insert(uid, (view, text));
            batch.push((uid, record));
        }
        let events = self.mailbox.arrived(batch);
        self.tell(events);
    }

    /// Another tab moves, flags or deletes a message.
    fn other(&mut self, pick: u32, what: u32) {
        let all: Vec<Uid> = self.mailbox.records().map(|(uid, _)| uid).collect();
        let Some(uid) = all.get(pick as usize % all.len().max(1)).copied() else { return };
        let place = self.mailbox.next_place();
        let mut record = self.mailbox.record(uid).unwrap().clone();
        let changed = match what {
            0 => None,
            1 => {
                record.flags = Flags(record.flags.0 ^ Flags::SEEN.0);
                Some(record)
            }
            _ => {
                (record.folder, record.place) = (name(FOLDERS[what as usize % FOLDERS.len()]), place);
                Some(record)
            }
        };
        match &changed {
            Some(record) => self.store.records.insert(uid, record.to_bytes()),
            None => self.store.records.remove(&uid),
        };
        let events = self.mailbox.changed(vec![(uid, changed)]);
        self.tell(events);
    }

    fn check(&self) {
        assert!(self.m.overlay.ops.is_empty() && self.m.pending.is_empty());
        for folder in self.mailbox.folders() {
            let shown = self.m.folders.find(&folder.name).unwrap();
            assert_eq!(shown.folder.counts, folder.counts, "{:?}", folder.name);
        }
        let list = &self.m.list;
        let uids = self.mailbox.uids(&list.folder);
        if list.search.is_some() {
            for row in (0..list.len()).filter_map(|i| self.m.row(i)) {
                let record = self.mailbox.record(row.uid).filter(|r| r.folder == list.folder);
                assert_eq!(row.flags, record.map_or(row.flags, |r| r.flags));
            }
            return;
        }
        assert_eq!(list.len() as usize, uids.len(), "nothing that is there is hidden");
        let screen = list.on_screen();
        for (index, uid) in (0..).zip(uids.iter().rev()).filter(|(i, _)| screen.contains(i)) {
            let row = self.m.row(index).expect("rows on the screen are known");
            assert_eq!((row.uid, row.flags), (*uid, self.mailbox.record(*uid).unwrap().flags));
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Act {
        index: u32,
        action: Action,
    },
    ActOnSelected {
        indices: Vec<u32>,
        action: Action,
    },
    ActOnAll(Action),
    /// Yes to what deleting in Trash asks.
    Confirm,
    Undo,
    Open(usize),
    Read(u32),
    Close,
    Scroll(u32),
    Search(usize),
    SearchClear,
    Fetch(usize, u32),
    Other(u32, u32),
    Written,
    Settle,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Archive),
        Just(Action::Delete),
        Just(Action::Junk),
        Just(Action::NotJunk),
        (0..FOLDERS.len()).prop_map(|f| Action::MoveTo(name(FOLDERS[f]))),
        Just(Action::MarkRead),
        Just(Action::MarkUnread),
        Just(Action::ToggleStar),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..12u32, action()).prop_map(|(index, action)| Op::Act { index, action }),
        3 => (prop::collection::vec(0..15u32, 1..6), action())
            .prop_map(|(indices, action)| Op::ActOnSelected { indices, action }),
        1 => action().prop_map(Op::ActOnAll),
        3 => Just(Op::Confirm),
        5 => Just(Op::Undo),
        3 => (0..FOLDERS.len()).prop_map(Op::Open),
        1 => (0..9u32).prop_map(Op::Read),
        1 => Just(Op::Close),
        1 => (0..90u32).prop_map(Op::Scroll),
        1 => (0..WORDS.len()).prop_map(Op::Search),
        1 => Just(Op::SearchClear),
        2 => (0..FOLDERS.len(), 1..4u32).prop_map(|(folder, n)| Op::Fetch(folder, n)),
        2 => (any::<u32>(), 0..9u32).prop_map(|(pick, what)| Op::Other(pick, what)),
        3 => Just(Op::Written),
        4 => Just(Op::Settle),
    ]
}

/// What is asked is answered at once, as there is no way to go; only what is written takes its time.
fn run(w: &mut World, op: Op) {
    match op {
        Op::Act { index, action } => {
            if let Some(uid) = w.m.list.uid_at(index) {
                w.send(Msg::ActOn(uid, action));
            }
        }
        Op::ActOnSelected { indices, action } => {
            indices.into_iter().for_each(|i| w.send(Msg::Select(Select::Toggle(i))));
            w.send(Msg::Act(action));
        }
        Op::ActOnAll(action) => {
            w.send(Msg::Select(Select::All));
            w.send(Msg::Act(action));
        }
        Op::Confirm => w.send(Msg::Confirm(true)),
        Op::Undo => w.send(Msg::UndoLast),
        Op::Open(folder) => w.send(Msg::OpenFolder(name(FOLDERS[folder]))),
        Op::Read(index) => w.send(Msg::OpenAt(index)),
        Op::Close => w.send(Msg::Close),
        Op::Scroll(first) => w.send(Msg::Viewport { first, last: first + 15 }),
        Op::Search(word) => {
            w.send(Msg::SearchTyped(WORDS[word].into()));
            w.send(Msg::SearchNow);
        }
        Op::SearchClear => w.send(Msg::SearchClear),
        Op::Fetch(folder, n) => w.fetch(FOLDERS[folder], n),
        Op::Other(pick, what) => w.other(pick, what),
        Op::Written => w.written(),
        Op::Settle => {
            w.settle();
            w.check();
        }
    }
    w.work();
}

#[test]
fn an_undone_move_is_seen_again() {
    let mut w = World::new();
    let newest = w.m.list.uid_at(0).unwrap();
    w.send(Msg::ActOn(newest, Action::Archive));
    w.settle();
    assert_eq!((w.m.list.len(), w.m.list.position(newest)), (69, None));
    w.send(Msg::UndoLast);
    w.settle();
    assert_eq!((w.m.list.len(), w.m.list.position(newest)), (70, Some(0)));
    w.check();
}

#[test]
fn what_is_found_and_deleted_leaves_the_results_and_comes_back_to_the_folder() {
    let mut w = World::new();
    w.send(Msg::SearchTyped("회의록".into()));
    w.send(Msg::SearchNow);
    w.settle();
    assert_eq!(w.m.list.len(), 70);
    // The oldest: its row isn't in the picture of the folder.
    let oldest = w.m.list.uid_at(69).unwrap();
    w.send(Msg::ActOn(oldest, Action::Delete));
    w.settle();
    assert_eq!((w.m.list.len(), w.m.list.position(oldest)), (69, None));
    w.send(Msg::UndoLast);
    w.settle();
    w.send(Msg::SearchClear);
    w.settle();
    assert_eq!((w.m.list.len(), w.m.list.position(oldest)), (70, Some(0)));
    w.check();
}

#[test]
fn what_another_tab_brings_back_is_seen_again() {
    let mut w = World::new();
    let newest = w.m.list.uid_at(0).unwrap();
    w.send(Msg::ActOn(newest, Action::Archive));
    w.settle();
    assert_eq!(w.m.list.position(newest), None);
    let back = Record { place: w.mailbox.next_place(), ..record("INBOX", Place(0), "letter", Flags::SEEN) };
    w.store.records.insert(newest, back.to_bytes());
    let events = w.mailbox.changed(vec![(newest, Some(back))]);
    w.tell(events);
    w.settle();
    w.check();
    assert_eq!((w.m.list.len(), w.m.list.position(newest)), (70, Some(0)));
}

#[test]
fn more_than_a_windowful_comes_back_too() {
    let mut w = World::new();
    w.fetch("INBOX", 600);
    for first in [0, 100, 200, 300, 400, 500, 600] {
        w.send(Msg::Viewport { first, last: first + 100 });
        w.settle();
    }
    w.send(Msg::Select(Select::All));
    assert_eq!(w.m.list.selected.len(), 670);
    w.send(Msg::Act(Action::Archive));
    w.settle();
    assert_eq!(w.m.list.len(), 0);
    w.send(Msg::UndoLast);
    w.settle();
    for first in [0, 300, 550, 660] {
        w.send(Msg::Viewport { first, last: first + 10 });
        w.settle();
        w.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn the_page_shows_what_is_there(ops in prop::collection::vec(op(), 1..40)) {
        let mut w = World::new();
        for op in ops {
            run(&mut w, op);
        }
        w.settle();
        w.check();
    }
}
