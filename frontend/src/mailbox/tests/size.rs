//! Twenty thousand messages: what is done to many at once costs a pass over them, not one for each.
use super::*;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::organise::{Delete, Destination, Move, SetFlags};
use pyeonji_shared::folder::FolderDelta;

fn letters(n: u32) -> Vec<(Uid, Record)> {
    let one = record("INBOX", Place(0), "letter", Flags::default());
    (1..=n).map(|n| (Uid(n), Record { place: Place(n), ..one.clone() })).collect()
}

fn opened(n: u32) -> Mailbox {
    let mut mailbox = Mailbox::load(letters(n), vec![]);
    mailbox.answer(&Call::Open(Open { folder: name("INBOX"), rows: 50 }));
    mailbox
}

/// How many messages were looked at while `f` ran.
fn work<T>(f: impl FnOnce() -> T) -> (usize, T) {
    let before = WORK.get();
    let result = f();
    (WORK.get() - before, result)
}

/// Every other one of the first `2 n`.
fn half(n: u32) -> MessageSet {
    set("INBOX", &(1..=n).map(|n| 2 * n).collect::<Vec<_>>())
}

#[test]
fn loading_and_arriving_look_at_each_message_a_few_times() {
    let (loading, mut mailbox) = work(|| opened(20_000));
    assert!(loading <= 3 * 20_000, "{loading}");
    let more = letters(30_000).split_off(20_000);
    let (arriving, events) = work(|| mailbox.arrived(more));
    assert!(arriving <= 3 * 10_000, "{arriving}");
    let [
        Event::Folder { delta: FolderDelta::Arrived { exists: 30_000, unseen: 30_000, rows }, .. },
        Event::NewMail { count: 10_000, .. },
        Event::Folders { .. },
    ] = &events[..]
    else {
        panic!("{:?}", events.len())
    };
    assert_eq!((rows.len(), rows.last().map(|r| r.seq.0)), (500, Some(30_000)));
}

#[test]
fn ten_thousand_are_moved_flagged_and_deleted_in_a_few_passes() {
    let mut mailbox = opened(20_000);
    let seen = SetFlags { set: half(10_000), add: Flags::SEEN, remove: Flags::default() };
    let (flagging, answer) = work(|| mailbox.answer(&Call::SetFlags(seen)));
    assert_eq!((answer.changes.writes.len(), answer.changes.events.len()), (10_000, 2));
    assert!(flagging <= 20_000, "{flagging}");
    let to = Destination::Special(SpecialUse::Archive);
    let (moving, answer) = work(|| mailbox.answer(&Call::Move(Move { set: half(10_000), to })));
    assert_eq!((answer.changes.writes.len(), answer.changes.events.len()), (10_000, 2));
    assert!(moving <= 5 * 20_000, "{moving}");
    assert_eq!(mailbox.uids(&name("Archive")).len(), 10_000);
    let undo = Move {
        set: MessageSet { folder: name("Archive"), ..half(10_000) },
        to: Destination::Folder(name("INBOX")),
    };
    let (undoing, answer) = work(|| mailbox.answer(&Call::Move(undo)));
    assert!(answer.outcome.is_ok() && undoing <= 5 * 20_000, "{undoing}");
    let (deleting, answer) = work(|| mailbox.answer(&Call::Delete(Delete { set: half(10_000) })));
    assert_eq!((answer.changes.writes.len(), mailbox.records().count()), (10_000, 10_000));
    assert!(deleting <= 3 * 20_000, "{deleting}");
}

#[test]
fn another_tab_may_change_as_many() {
    let mut mailbox = opened(20_000);
    let moved = |(uid, record): (Uid, Record)| {
        let record = Record { folder: name("Archive"), place: Place(record.place.0 + 50_000), ..record };
        (uid, Some(record))
    };
    let batch: Vec<_> = letters(20_000).into_iter().step_by(2).map(moved).collect();
    let (changing, events) = work(|| mailbox.changed(batch));
    assert!(changing <= 5 * 20_000 && events.len() == 2, "{changing}");
    let gone = (1..=20_000).step_by(2).map(|n| (Uid(n), None)).collect();
    let (deleting, _) = work(|| mailbox.changed(gone));
    assert!(deleting <= 3 * 20_000, "{deleting}");
    assert_eq!(mailbox.records().count(), 10_000);
}
