//! Every kind of call, and what is refused.
use super::*;
use crate::mailbox::Origin;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::compose::{FindSent, SaveDraft, Send};
use pyeonji_shared::call::device::{Built, Look, Remove, Retrieve};
use pyeonji_shared::call::folders::Folders;
use pyeonji_shared::call::list::{Rows, Window};
use pyeonji_shared::call::organise::{Delete, Destination, Move, SetFlags};
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::search::Search;
use pyeonji_shared::draft::Draft;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::folder::FolderDelta;
use pyeonji_shared::ids::{Seq, UidValidity};
use pyeonji_shared::query::Query;

fn filled() -> Desk {
    let mut desk = Desk::new();
    for n in 1..=4 {
        desk.fetch("INBOX", &format!("letter {n}"), Flags::default());
    }
    desk
}

fn refused(desk: &mut Desk, call: Call) -> ErrorKind {
    desk.ask(call).expect_err("refused").kind
}

fn to(folder: &str, uids: &[u32], destination: Destination) -> Call {
    Call::Move(Move { set: set(folder, uids), to: destination })
}

#[test]
fn folders_are_the_standard_ones_with_counts() {
    let mut desk = filled();
    let Reply::Folders(folders) = desk.reply(Call::Folders(Folders {})) else { panic!() };
    let names: Vec<&str> = folders.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"]);
    assert_eq!(folders[0].counts.map(|c| (c.messages, c.unseen)), Some((4, 4)));
    assert!(folders.iter().all(|f| f.selectable && f.special.is_some()));
}

#[test]
fn open_and_window_give_rows_oldest_first_with_their_numbers() {
    let mut desk = filled();
    let call = |folder: &str, rows| Call::Open(Open { folder: name(folder), rows });
    let Reply::Open(snapshot) = desk.reply(call("INBOX", 2)) else { panic!() };
    let rows: Vec<(u32, u32)> = snapshot.rows.iter().map(|r| (r.seq.0, r.summary.uid.0)).collect();
    assert_eq!((snapshot.exists, snapshot.unseen, snapshot.writable), (4, 4, true));
    assert_eq!(rows, [(3, 3), (4, 4)]);
    let window = |folder: &str, validity, offset, len| {
        Call::Window(Window { folder: name(folder), validity: UidValidity(validity), offset, len })
    };
    let Reply::Window(rows) = desk.reply(window("INBOX", 1, 2, u32::MAX)) else { panic!() };
    assert_eq!(rows.rows.iter().map(|r| r.seq.0).collect::<Vec<_>>(), [1, 2]);
    let Reply::Window(rows) = desk.reply(window("INBOX", 1, u32::MAX, 9)) else { panic!() };
    assert!(rows.rows.is_empty());
    assert_eq!(refused(&mut desk, window("INBOX", 2, 0, 9)), ErrorKind::ValidityChanged);
    assert_eq!(refused(&mut desk, window("nowhere", 1, 0, 9)), ErrorKind::Gone);
    assert_eq!(refused(&mut desk, call("nowhere", 9)), ErrorKind::Gone);
    assert_eq!(desk.mailbox.open(), Some(&name("INBOX")));
}

#[test]
fn rows_by_uid_leave_out_what_is_not_there() {
    let mut desk = filled();
    let call = |uids: Vec<u32>| {
        let uids = uids.into_iter().map(Uid).collect();
        Call::Rows(Rows { folder: name("INBOX"), validity: VALIDITY, uids })
    };
    let Reply::Rows(rows) = desk.reply(call(vec![4, 77, 1])) else { panic!() };
    assert_eq!(rows.iter().map(|r| r.subject.as_str()).collect::<Vec<_>>(), ["letter 4", "letter 1"]);
    assert_eq!(refused(&mut desk, call((1..=501).collect())), ErrorKind::BadRequest);
}

#[test]
fn reading_asks_for_the_stored_view_and_gives_it_where_the_message_is_now() {
    let mut desk = filled();
    let read = |at: MessageRef| Call::Read(Read { at, background: false });
    let Ok(Outcome::View(wanted)) = desk.ask(read(at("INBOX", 2))) else { panic!() };
    desk.reply(Call::SetFlags(SetFlags { set: set("INBOX", &[2]), add: Flags::FLAGGED, remove: Flags(0) }));
    let Ok(Reply::Read(shown)) = desk.mailbox.shown(&wanted, view("", "letter 2", "hello")) else { panic!() };
    assert_eq!((&shown.at, shown.flags, shown.text.as_str()), (&at("INBOX", 2), Flags::FLAGGED, "hello"));
    desk.reply(to("INBOX", &[2], Destination::Special(SpecialUse::Trash)));
    let gone = desk.mailbox.shown(&wanted, view("", "", "")).map_err(|e| e.kind);
    assert_eq!(gone, Err(ErrorKind::Gone));
    assert_eq!(refused(&mut desk, read(at("INBOX", 2))), ErrorKind::Gone);
    assert!(matches!(desk.ask(read(at("Trash", 2))), Ok(Outcome::View(_))));
}

#[test]
fn flags_are_told_and_written_only_where_they_change() {
    let mut desk = filled();
    let call = |uids: &[u32], add, remove| Call::SetFlags(SetFlags { set: set("INBOX", uids), add, remove });
    let answer = desk.mailbox.answer(&call(&[1, 3, 3, 99], Flags::SEEN, Flags(0)));
    let Event::Folder { delta: FolderDelta::Flags { changes, unseen: 2 }, .. } = &answer.changes.events[0]
    else {
        panic!("{answer:?}")
    };
    assert_eq!(
        changes.iter().map(|c| (c.seq, c.uid)).collect::<Vec<_>>(),
        [(Seq(1), Uid(1)), (Seq(3), Uid(3))]
    );
    assert!(matches!(&answer.changes.events[1], Event::Folders { changed, .. } if changed.len() == 1));
    assert_eq!((answer.changes.events.len(), answer.changes.writes.len()), (2, 2));
    let again = desk.mailbox.answer(&call(&[1, 3], Flags::SEEN, Flags(0)));
    assert!(again.outcome.is_ok() && again.changes.writes.is_empty());
    // The page expected two less unread ones; what it is told is that there are not.
    assert!(matches!(&again.changes.events[..], [Event::Folders { changed, .. }] if changed.len() == 1));
    for (add, remove) in [(Flags(0), Flags(0)), (Flags::DELETED, Flags(0)), (Flags::SEEN, Flags::SEEN)] {
        assert_eq!(refused(&mut desk, call(&[1], add, remove)), ErrorKind::BadRequest);
    }
    assert_eq!(refused(&mut desk, call(&[], Flags::SEEN, Flags(0))), ErrorKind::BadRequest);
    assert_eq!(refused(&mut desk, call(&[0], Flags::SEEN, Flags(0))), ErrorKind::BadRequest);
    assert_eq!(refused(&mut desk, call(&[1; 10_001], Flags::SEEN, Flags(0))), ErrorKind::BadRequest);
}

#[test]
fn a_move_is_told_as_it_is_by_a_server_and_its_answer_leads_back() {
    let mut desk = filled();
    let answer = desk.mailbox.answer(&to("INBOX", &[3, 1], Destination::Special(SpecialUse::Archive)));
    let [
        Event::Folder { delta: FolderDelta::Expunged { seqs, unseen: 2 }, .. },
        Event::Folders { changed, .. },
    ] = &answer.changes.events[..]
    else {
        panic!("{answer:?}")
    };
    assert_eq!(seqs, &[Seq(3), Seq(1)]);
    let changed: Vec<&str> = changed.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(changed, ["INBOX", "Archive"]);
    let Ok(Outcome::Reply(Reply::Moved(moved))) = answer.outcome else { panic!() };
    let copied = moved.copied.unwrap();
    assert_eq!(copied.uids, [(Uid(1), Uid(1)), (Uid(3), Uid(3))]);
    desk.store.commit(answer.changes.writes);
    desk.picture.apply(answer.changes.events);
    // Undo, as the page does it.
    let back: Vec<u32> = copied.uids.iter().map(|(_, new)| new.0).collect();
    desk.reply(to(moved.to.as_str(), &back, Destination::Folder(name("INBOX"))));
    assert_eq!((desk.uids("INBOX"), desk.uids("Archive")), (vec![2, 4, 1, 3], vec![]));
    let newest = desk.picture.open.as_ref().and_then(|s| s.row(0)).map(|r| r.uid);
    assert_eq!(newest, Some(Uid(3)));
}

#[test]
fn moves_that_make_no_sense() {
    let mut desk = filled();
    let special = |s| Destination::Special(s);
    let folder = |f: &str| Destination::Folder(name(f));
    assert_eq!(refused(&mut desk, to("INBOX", &[1], special(SpecialUse::Flagged))), ErrorKind::Unsupported);
    assert_eq!(refused(&mut desk, to("INBOX", &[1], special(SpecialUse::Inbox))), ErrorKind::BadRequest);
    assert_eq!(refused(&mut desk, to("INBOX", &[1], folder("INBOX"))), ErrorKind::BadRequest);
    assert_eq!(refused(&mut desk, to("INBOX", &[1], folder(""))), ErrorKind::BadRequest);
    assert_eq!(refused(&mut desk, to("INBOX", &[1], folder("inbox"))), ErrorKind::Refused);
    assert_eq!(refused(&mut desk, to("gone", &[1], folder("INBOX"))), ErrorKind::Gone);
    // A folder that is missing is made, and known to the store before it has anything in it.
    desk.reply(to("INBOX", &[1], folder("own")));
    assert_eq!(own_from_bytes(&desk.store.own), [name("own")]);
    assert_eq!(desk.uids("own"), [1]);
    // Nothing of the set is there any more.
    let Reply::Moved(moved) = desk.reply(to("INBOX", &[1], folder("own"))) else { panic!() };
    assert_eq!(moved.copied.map(|c| c.uids), Some(vec![]));
}

#[test]
fn deleting_is_for_good() {
    let mut desk = filled();
    assert_eq!(desk.reply(Call::Delete(Delete { set: set("INBOX", &[4, 2, 77]) })), Reply::Ok);
    assert_eq!((desk.uids("INBOX"), desk.store.records.len()), (vec![1, 3], 2));
    let loaded = desk.store.load();
    assert_eq!(loaded.uids(&name("INBOX")), [Uid(1), Uid(3)]);
    assert_eq!(desk.mailbox.record(Uid(2)), None);
    // Of another folder nothing goes.
    desk.reply(Call::Delete(Delete { set: set("Trash", &[1]) }));
    assert_eq!(desk.uids("INBOX"), [1, 3]);
}

#[test]
fn sent_mail_is_found_by_its_message_id() {
    let mut desk = filled();
    let find = |id: &str| Call::FindSent(FindSent { message_id: id.into() });
    let mut sent = view("me <me@green.test>", "s", "");
    sent.message_id = Some("<a@x>".into());
    let added = Added { folder: name("Sent"), origin: Origin::Sent, flags: Flags::SEEN, ..Added::default() };
    let record = recorded(sent, Added { place: desk.mailbox.next_place(), ..added }).0;
    let uid = desk.store.add(&record);
    let events = desk.mailbox.arrived(vec![(uid, record)]);
    desk.picture.apply(events);
    assert_eq!(desk.reply(find("<a@x>")), Reply::FoundSent(Some(at("Sent", uid.0))));
    assert_eq!(desk.reply(find("<b@x>")), Reply::FoundSent(None));
    assert_eq!(desk.picture.news, 4, "what one sends is no news");
}

#[test]
fn what_is_not_kept_here_is_answered_elsewhere() {
    let mut desk = filled();
    let draft = Draft::default();
    let calls = [
        Call::Send(Send { draft: draft.clone(), again: false, replaces: None }),
        Call::SaveDraft(SaveDraft { draft: draft.clone(), replaces: None }),
        Call::Look(Look { seen: None }),
        Call::Retrieve(Retrieve { items: vec![] }),
        Call::Remove(Remove { uidls: vec![] }),
        Call::Built(Built { draft, date: None }),
    ];
    for call in calls {
        assert!(matches!(desk.ask(call), Ok(Outcome::Elsewhere)));
    }
    assert_eq!(desk.reply(Call::Refresh), Reply::Ok);
    let search = Search { folder: name("INBOX"), validity: VALIDITY, query: Query::default(), rows: 1 };
    assert_eq!(refused(&mut desk, Call::Search(search)), ErrorKind::BadRequest);
}

#[test]
fn a_message_that_another_tab_put_below_is_told_with_what_stands_above_it() {
    let mut desk = filled();
    desk.open("INBOX");
    // Places 1 to 4 are taken; this one was given by the other tab before 4 came.
    let late = record("INBOX", Place(3), "late", Flags::SEEN);
    let events = desk.mailbox.arrived(vec![(Uid(50), late)]);
    desk.picture.apply(events);
    assert_eq!(desk.uids("INBOX"), [1, 2, 3, 50, 4]);
    let state = desk.picture.open.as_ref().unwrap();
    let rows: Vec<u32> = (0..5).filter_map(|i| state.row(i)).map(|r| r.uid.0).collect();
    assert_eq!((rows, state.unseen), (vec![4, 50, 3, 2, 1], 4));
}

#[test]
fn what_changes_twice_at_once_is_as_it_was_last() {
    let mut desk = filled();
    let here = desk.mailbox.record(Uid(2)).unwrap().clone();
    let there = Record { folder: name("Archive"), place: Place(20), ..here.clone() };
    let back = Record { place: Place(21), flags: Flags::SEEN, ..here };
    let batch = vec![
        (Uid(2), Some(there.clone())),
        (Uid(3), None),
        (Uid(2), Some(back.clone())),
        (Uid(3), Some(there)),
        (Uid(2), None),
        (Uid(2), Some(back)),
    ];
    let events = desk.mailbox.changed(batch);
    desk.picture.apply(events);
    assert_eq!((desk.uids("INBOX"), desk.uids("Archive")), (vec![1, 4, 2], vec![3]));
    let state = desk.picture.open.as_ref().unwrap();
    let rows: Vec<u32> = (0..3).filter_map(|i| state.row(i)).map(|r| r.uid.0).collect();
    assert_eq!((rows, state.exists, state.unseen), (vec![2, 4, 1], 3, 2));
    let counts = |folder: &str| desk.picture.folders[&name(folder)].counts.map(|c| (c.messages, c.unseen));
    assert_eq!((counts("INBOX"), counts("Archive")), (Some((3, 2)), Some((1, 1))));
}

#[test]
fn news_are_fetched_unread_messages_of_the_inbox() {
    let mut desk = Desk::new();
    desk.fetch("INBOX", "new", Flags::default());
    desk.fetch("INBOX", "read elsewhere", Flags::SEEN);
    desk.fetch("Junk", "junk", Flags::default());
    let place = desk.mailbox.next_place();
    let imported = Record { origin: Origin::Imported, ..record("INBOX", place, "old", Flags::default()) };
    let events = desk.mailbox.arrived(vec![(Uid(90), imported.clone())]);
    desk.picture.apply(events);
    assert_eq!(desk.picture.news, 1);
    // The rest of a message came: a row that says more, not a new one.
    let whole = Record { size: 5_000_000, head_only: false, ..desk.mailbox.record(Uid(1)).unwrap().clone() };
    let events = desk.mailbox.arrived(vec![(Uid(1), whole)]);
    desk.picture.apply(events);
    let state = desk.picture.open.as_ref().unwrap();
    assert_eq!((desk.picture.news, state.exists), (1, 3));
    assert_eq!(state.by_uid(Uid(1)).map(|r| r.size), Some(5_000_000));
}
