//! Random operations of this page and of another tab, against a naive model: one unordered list of messages.
use super::*;
use proptest::prelude::*;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::list::Window;
use pyeonji_shared::call::organise::{Delete, Destination, Move, SetFlags};

const FOLDERS: [&str; 6] = ["INBOX", "Archive", "Trash", "Junk", "own", "own/x"];

#[derive(Clone, Debug)]
enum Op {
    Fetch {
        folder: usize,
        seen: bool,
        n: u32,
    },
    Flag {
        folder: usize,
        pick: u64,
        add: u16,
        remove: u16,
    },
    Move {
        folder: usize,
        pick: u64,
        to: usize,
    },
    Archive {
        folder: usize,
        pick: u64,
    },
    Delete {
        folder: usize,
        pick: u64,
    },
    UndoMove,
    Open {
        folder: usize,
    },
    Look {
        offset: u32,
        len: u32,
    },
    /// By another tab; `place` counts from the newest place backwards.
    Other {
        pick: u64,
        to: usize,
        back: u32,
        flags: u16,
    },
    OtherAdds {
        to: usize,
        back: u32,
    },
    OtherDeletes {
        pick: u64,
    },
    Reload,
}

fn op() -> impl Strategy<Value = Op> {
    let folder = || 0..FOLDERS.len();
    prop_oneof![
        4 => (folder(), any::<bool>(), 1..4u32).prop_map(|(folder, seen, n)| Op::Fetch { folder, seen, n }),
        4 => (folder(), any::<u64>(), 0..8u16, 0..8u16)
            .prop_map(|(folder, pick, add, remove)| Op::Flag { folder, pick, add, remove }),
        4 => (folder(), any::<u64>(), folder()).prop_map(|(folder, pick, to)| Op::Move { folder, pick, to }),
        2 => (folder(), any::<u64>()).prop_map(|(folder, pick)| Op::Archive { folder, pick }),
        2 => (folder(), any::<u64>()).prop_map(|(folder, pick)| Op::Delete { folder, pick }),
        2 => Just(Op::UndoMove),
        2 => folder().prop_map(|folder| Op::Open { folder }),
        2 => (0..20u32, 0..9u32).prop_map(|(offset, len)| Op::Look { offset, len }),
        2 => (any::<u64>(), folder(), 0..6u32, 0..4u16)
            .prop_map(|(pick, to, back, flags)| Op::Other { pick, to, back, flags }),
        2 => (folder(), 0..6u32).prop_map(|(to, back)| Op::OtherAdds { to, back }),
        1 => any::<u64>().prop_map(|pick| Op::OtherDeletes { pick }),
        1 => Just(Op::Reload),
    ]
}

/// What the model knows of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    folder: FolderName,
    place: Place,
    flags: Flags,
    subject: String,
}

#[derive(Default)]
struct Model {
    all: BTreeMap<Uid, Known>,
    next: u32,
    undo: Option<(MessageSet, FolderName)>,
}

impl Model {
    fn list(&self, folder: &FolderName) -> Vec<Uid> {
        let mut list: Vec<(Place, Uid)> =
            self.all.iter().filter(|(_, k)| k.folder == *folder).map(|(u, k)| (k.place, *u)).collect();
        list.sort();
        list.into_iter().map(|(_, uid)| uid).collect()
    }

    /// Some messages of a folder (and some that aren't in it), in no order.
    fn pick(&self, folder: usize, pick: u64) -> MessageSet {
        let mut uids: Vec<u32> =
            self.all.keys().map(|u| u.0).filter(|n| pick & (1 << (n % 64)) != 0).take(40).collect();
        uids.reverse();
        uids.push(9_999);
        set(FOLDERS[folder], &uids)
    }

    fn add(&mut self, uid: Uid, record: &Record) {
        self.next = self.next.max(record.place.0 + 1);
        let known = Known {
            folder: record.folder.clone(),
            place: record.place,
            flags: record.flags,
            subject: record.head.subject.clone(),
        };
        self.all.insert(uid, known);
    }

    fn transfer(&mut self, set: &MessageSet, to: &FolderName) -> Vec<(Uid, Uid)> {
        let order = self.list(&set.folder).into_iter().filter(|u| set.uids.contains(u));
        let moved: Vec<Uid> = order.collect();
        for uid in &moved {
            let known = self.all.get_mut(uid).unwrap();
            (known.folder, known.place) = (to.clone(), Place(self.next));
            self.next += 1;
        }
        moved.into_iter().map(|u| (u, u)).collect()
    }
}

/// Carries out one operation on both.
fn run(desk: &mut Desk, model: &mut Model, op: Op) {
    let from = match &op {
        Op::Flag { folder, .. } | Op::Move { folder, .. } => FOLDERS[*folder],
        Op::Archive { folder, .. } | Op::Delete { folder, .. } | Op::Open { folder } => FOLDERS[*folder],
        _ => "INBOX",
    };
    // The last folder is there only once something was put into it.
    if desk.mailbox.folders().iter().all(|f| f.name.as_str() != from) {
        let call = Call::Delete(Delete { set: model.pick(FOLDERS.len() - 1, u64::MAX) });
        return assert_eq!(desk.ask(call).unwrap_err().kind, pyeonji_shared::error::ErrorKind::Gone);
    }
    match op {
        Op::Fetch { folder, seen, n } => {
            let flags = if seen { Flags::SEEN } else { Flags::default() };
            for i in 0..n {
                let uid = desk.fetch(FOLDERS[folder], &format!("{i}"), flags);
                model.add(uid, desk.mailbox.record(uid).unwrap());
            }
        }
        Op::Flag { folder, pick, add, remove } => {
            let set = model.pick(folder, pick);
            let (add, remove) = (Flags(add), Flags(remove & !add));
            if add.with(remove).is_empty() {
                return;
            }
            for uid in model.list(&set.folder).iter().filter(|u| set.uids.contains(u)) {
                let known = model.all.get_mut(uid).unwrap();
                known.flags = known.flags.without(remove).with(add);
            }
            assert_eq!(desk.reply(Call::SetFlags(SetFlags { set, add, remove })), Reply::Ok);
        }
        Op::Move { folder, pick, to } if folder != to => {
            let (set, to) = (model.pick(folder, pick), name(FOLDERS[to]));
            go(desk, model, set, Destination::Folder(to.clone()), to);
        }
        Op::Move { .. } => {}
        Op::Archive { folder, pick } if FOLDERS[folder] != "Archive" => {
            let set = model.pick(folder, pick);
            go(desk, model, set, Destination::Special(SpecialUse::Archive), name("Archive"));
        }
        Op::Archive { .. } => {}
        Op::Delete { folder, pick } => {
            let set = model.pick(folder, pick);
            model.all.retain(|uid, known| known.folder != set.folder || !set.uids.contains(uid));
            assert_eq!(desk.reply(Call::Delete(Delete { set })), Reply::Ok);
        }
        Op::UndoMove => {
            let Some((set, to)) = model.undo.take() else { return };
            let call = Call::Move(Move { set: set.clone(), to: Destination::Folder(to.clone()) });
            if desk.mailbox.folders().iter().all(|f| f.name != set.folder) {
                return assert!(desk.ask(call).is_err());
            }
            go(desk, model, set, Destination::Folder(to.clone()), to);
        }
        Op::Open { folder } => desk.open(FOLDERS[folder]),
        Op::Look { offset, len } => {
            let folder = desk.mailbox.open().unwrap().clone();
            let call = Call::Window(Window { folder: folder.clone(), validity: VALIDITY, offset, len });
            let Reply::Window(window) = desk.reply(call) else { panic!() };
            let uids: Vec<Uid> = window.rows.iter().rev().map(|r| r.summary.uid).collect();
            let list = model.list(&folder);
            let wanted = list.iter().rev().skip(offset as usize).take(len as usize);
            assert_eq!(uids, wanted.copied().collect::<Vec<_>>());
            assert!(desk.picture.open.as_mut().unwrap().add_window(window));
        }
        Op::Other { pick, to, back, flags } => other(desk, model, pick, FOLDERS[to], back, Flags(flags)),
        Op::OtherAdds { to, back } => {
            let place = Place(model.next.saturating_sub(back).max(1));
            let record = record(FOLDERS[to], place, "other", Flags::default());
            let uid = desk.store.add(&record);
            model.add(uid, &record);
            let events = desk.mailbox.arrived(vec![(uid, record)]);
            desk.picture.apply(events);
        }
        Op::OtherDeletes { pick } => {
            let uids: Vec<Uid> =
                model.all.keys().copied().filter(|u| pick & (1 << (u.0 % 64)) != 0).collect();
            model.all.retain(|uid, _| !uids.contains(uid));
            desk.store.records.retain(|uid, _| !uids.contains(uid));
            let events = desk.mailbox.changed(uids.into_iter().map(|uid| (uid, None)).collect());
            desk.picture.apply(events);
        }
        Op::Reload => {
            let open = desk.mailbox.open().cloned().unwrap();
            desk.mailbox = desk.store.load();
            // A place is forgotten with its message: nobody knows of it then.
            model.next = model.all.values().map(|k| k.place.0 + 1).max().unwrap_or(1);
            let exists = desk.mailbox.folders().iter().any(|f| f.name == open);
            desk.open(if exists { open.as_str() } else { "INBOX" });
            desk.look();
        }
    }
}

fn go(desk: &mut Desk, model: &mut Model, set: MessageSet, to: Destination, name: FolderName) {
    let uids = model.transfer(&set, &name);
    let Reply::Moved(moved) = desk.reply(Call::Move(Move { set: set.clone(), to })) else { panic!() };
    let copied = moved.copied.unwrap();
    assert_eq!((moved.to, copied.validity, &copied.uids), (name.clone(), VALIDITY, &uids));
    if !uids.is_empty() {
        let uids = uids.into_iter().map(|(_, new)| new).collect();
        model.undo = Some((MessageSet { folder: name, validity: VALIDITY, uids }, set.folder));
    }
}

/// Another tab moves some messages somewhere into a folder, or changes their flags or subject.
fn other(desk: &mut Desk, model: &mut Model, pick: u64, to: &str, back: u32, flags: Flags) {
    let uids: Vec<Uid> = model.all.keys().copied().filter(|u| pick & (1 << (u.0 % 64)) != 0).collect();
    let mut batch = Vec::new();
    for uid in uids.into_iter().take(5) {
        let mut record = desk.mailbox.record(uid).unwrap().clone();
        record.flags = flags;
        match back {
            0 => {}
            1 => record.head.subject.push('!'),
            _ => {
                record.folder = name(to);
                record.place = Place(model.next.saturating_sub(back).max(1));
            }
        }
        desk.store.records.insert(uid, record.to_bytes());
        model.add(uid, &record);
        batch.push((uid, Some(record)));
    }
    let events = desk.mailbox.changed(batch);
    desk.picture.apply(events);
}

fn check(desk: &Desk, model: &Model) {
    let mut counted = 0;
    for folder in desk.mailbox.folders() {
        let list = model.list(&folder.name);
        let unseen = list.iter().filter(|u| !model.all[u].flags.contains(Flags::SEEN)).count();
        assert_eq!(desk.mailbox.uids(&folder.name), list);
        let counts = folder.counts.unwrap();
        assert_eq!((counts.messages as usize, counts.unseen as usize), (list.len(), unseen));
        assert_eq!(desk.picture.folders.get(&folder.name), Some(&folder));
        counted += list.len();
    }
    assert_eq!((counted, desk.picture.folders.len()), (model.all.len(), desk.mailbox.folders().len()));
    let state = desk.picture.open.as_ref().unwrap();
    let list = model.list(&state.folder);
    let unseen = list.iter().filter(|u| !model.all[u].flags.contains(Flags::SEEN)).count();
    assert_eq!((state.exists as usize, state.unseen as usize), (list.len(), unseen));
    for (seq, row) in state.known() {
        let known = &model.all[&row.uid];
        assert_eq!(list[seq.0 as usize - 1], row.uid);
        assert_eq!((row.flags, &row.subject), (known.flags, &known.subject));
    }
    // The store has the same.
    let stored: BTreeMap<Uid, Record> =
        desk.store.records.iter().map(|(u, b)| (*u, Record::from_bytes(b).unwrap())).collect();
    assert!(desk.mailbox.records().eq(stored.iter().map(|(u, r)| (*u, r))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_list_the_counts_and_the_store_are_those_of_the_model(ops in prop::collection::vec(op(), 1..50)) {
        let (mut desk, mut model) = (Desk::new(), Model { next: 1, ..Model::default() });
        let changes = desk.mailbox.create_folder(&name("own")).unwrap();
        desk.follow(changes);
        for op in ops {
            run(&mut desk, &mut model, op);
            check(&desk, &model);
        }
    }
}
