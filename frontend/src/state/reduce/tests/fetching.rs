//! Fetched mail on its way into the store: batches, two of them under way, and pieces of large messages before their last.
use super::device_pages::{at_home, commits, ledger, look, record, uidl};
use super::*;
use crate::state::is_progress;
use crate::state::mail::check::Stage;
use crate::state::mail::{Change, Key, MailEffect, MailEvent, Shelf, StoreError};
use pyeonji_shared::call::ChunkPart;
use pyeonji_shared::call::device::{Fetched, MailPart, Retrieve};
use pyeonji_shared::device::entry::Here;

/// A check as far as the request for these messages, of which UIDs from 10 on are taken.
fn fetching(names: &[&str]) -> (Page, Tag) {
    let here = [record("INBOX", 1, "here", 1)];
    let mut page = at_home(&here, &ledger(&here));
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).expect("a look");
    let listed: Vec<&str> = ["here"].into_iter().chain(names.iter().copied()).collect();
    page.answer(tag, Ok(Reply::Listing(Box::new(look(&listed)))));
    super::device_pages::settle(&mut page);
    page.send(Msg::Mail(MailEvent::Reserved(Ok(10))));
    let (tag, call) = page.asked(|c| matches!(c, Call::Retrieve(_))).expect("a request");
    assert!(matches!(call, Call::Retrieve(Retrieve { items }) if items.len() == names.len()));
    page.effects.clear();
    (page, tag)
}

fn piece(page: &mut Page, tag: Tag, item: u32) {
    part(page, tag, MailPart { item, bytes: vec![b'a'; 50], end: None });
}

fn last(page: &mut Page, tag: Tag, item: u32) {
    let fetched = Fetched {
        size: 100,
        view: super::read::view("INBOX", item),
        spans: Vec::new(),
        policy: pyeonji_shared::device::POLICY,
        digest: [item as u8; 32],
    };
    let end = Some(Ok(Box::new(fetched)));
    part(page, tag, MailPart { item, bytes: vec![b'z'; 50], end });
}

fn part(page: &mut Page, tag: Tag, part: MailPart) {
    page.send(Msg::Link(LinkEvent::Chunk(tag, ChunkPart::Mail(part))));
}

/// UIDs of the records of each commit so far, with the commit's number.
fn batches(page: &Page) -> Vec<(u32, Vec<u32>)> {
    let records = |changes: &[Change]| {
        let uid = |c: &Change| match c {
            Change::Put(Shelf::Records, Key::Number(uid), _) => Some(*uid),
            _ => None,
        };
        changes.iter().filter_map(uid).collect::<Vec<_>>()
    };
    let all = commits(page).into_iter().map(|(id, changes)| (id, records(&changes)));
    all.filter(|(_, uids)| !uids.is_empty()).collect()
}

fn stored(page: &mut Page, id: u32, result: Result<(), StoreError>) {
    page.send(Msg::Mail(MailEvent::Committed { id, result }));
}

fn credit(page: &Page) -> u32 {
    let credit = |e: &Effect| match e {
        Effect::Mail(MailEffect::Credit { n, .. }) => Some(*n),
        _ => None,
    };
    page.effects.iter().filter_map(credit).sum()
}

fn is_here(page: &Page, name: &str) -> bool {
    let ledger = &page.m.mail.as_ref().unwrap().ledger;
    matches!(ledger.get(&uidl(name)).unwrap().here, Here::Whole(_))
}

#[test]
fn two_commits_are_under_way_and_what_comes_meanwhile_is_the_third() {
    let (mut page, tag) = fetching(&["a", "b", "c", "d"]);
    (0..4).for_each(|item| last(&mut page, tag, item));
    let two = batches(&page);
    assert_eq!(two.iter().map(|(_, uids)| uids.as_slice()).collect::<Vec<_>>(), [&[10], &[11]]);
    assert_eq!(credit(&page), 0, "nothing is durable");
    // Whichever is durable first.
    stored(&mut page, two[1].0, Ok(()));
    assert_eq!(credit(&page), 1);
    let three = batches(&page);
    assert_eq!(three[2].1, [12, 13]);
    stored(&mut page, two[0].0, Ok(()));
    stored(&mut page, three[2].0, Ok(()));
    assert_eq!(credit(&page), 4);
    page.answer(tag, Ok(Reply::Ok));
    super::device_pages::settle(&mut page);
    assert!(matches!(page.m.mail.as_ref().unwrap().check.stage, Stage::Idle));
    assert_eq!(page.m.mail.as_ref().unwrap().check.fresh, 4);
}

#[test]
fn a_message_is_here_only_once_all_of_its_pieces_are() {
    let (mut page, tag) = fetching(&["large", "small"]);
    piece(&mut page, tag, 0);
    let first = commits(&page)[0].0;
    last(&mut page, tag, 0);
    last(&mut page, tag, 1);
    assert!(batches(&page).is_empty(), "a piece of it may still be refused");
    assert!(!is_here(&page, "large"));
    stored(&mut page, first, Ok(()));
    assert_eq!(batches(&page)[0].1, [10, 11]);
    assert!(is_here(&page, "large"));
}

#[test]
fn a_piece_without_room_leaves_no_message_behind() {
    let (mut page, tag) = fetching(&["large"]);
    piece(&mut page, tag, 0);
    let first = commits(&page)[0].0;
    last(&mut page, tag, 0);
    stored(&mut page, first, Err(StoreError::Full));
    assert!(batches(&page).is_empty() && !is_here(&page, "large"));
    assert_eq!(credit(&page), 0);
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Cancel(of) if *of == tag)));
    assert!(page.effects.contains(&Effect::Mail(MailEffect::Load)), "the store says what is there");
}

#[test]
fn a_commit_that_fails_ends_the_check_though_the_next_one_is_under_way() {
    let (mut page, tag) = fetching(&["a", "b", "c"]);
    (0..3).for_each(|item| last(&mut page, tag, item));
    let two = batches(&page);
    stored(&mut page, two[0].0, Err(StoreError::Full));
    let mail = page.m.mail.as_ref().unwrap();
    assert!(matches!(mail.check.stage, Stage::Idle) && mail.check.error.is_some() && mail.stale);
    stored(&mut page, two[1].0, Ok(()));
    assert_eq!(batches(&page).len(), 2, "the third isn't stored any more");
    assert_eq!(credit(&page), 0);
}

/// A letter of one's own as it was kept when it was sent, with its blind recipients.
fn sent(text: &str) -> Fetched {
    let mut view = super::read::view("INBOX", 0);
    let who = |email: &str| pyeonji_shared::message::Address { email: email.into(), ..Default::default() };
    (view.from, view.to) = (vec![who("ada@blue.test")], vec![who("bora@green.test")]);
    (view.message_id, view.sent) = (Some("<own@blue.test>".into()), Some(500));
    view.text = text.into();
    view.bcc = vec![who("carol@green.test"), who("ada@blue.test")];
    Fetched { size: 900, view, spans: Vec::new(), policy: pyeonji_shared::device::POLICY, digest: [9; 32] }
}

/// How what comes back is another.
type Otherwise = fn(&mut Fetched);

#[test]
fn a_blind_copy_that_comes_back_is_the_one_that_was_kept() {
    let added = || crate::mailbox::Added {
        folder: FolderName("Sent".into()),
        flags: Flags::SEEN,
        origin: crate::mailbox::Origin::Sent,
        ..Default::default()
    };
    let back = |change: Otherwise| {
        let mut back = sent("the boats in the harbour");
        back.view.bcc.clear();
        back.size = 1_300;
        change(&mut back);
        back
    };
    let (kept, _) = crate::mailbox::Record::from_fetched(&sent("the boats in the harbour"), added());
    let kinds: [(&str, Otherwise, bool); 5] = [
        ("itself", |_| {}, true),
        ("a list's line below it", |f| f.view.text += " unsubscribe elsewhere", false),
        ("another subject", |f| f.view.subject = "[list] boats".into(), false),
        ("far larger", |f| f.size = 90_000, false),
        ("another message", |f| f.view.message_id = Some("<other@blue.test>".into()), false),
    ];
    for (what, change, one) in kinds {
        let mut page = at_home(std::slice::from_ref(&kept), &ledger(&[]));
        page.m.mail.as_mut().unwrap().options.bcc_self = true;
        page.send(Msg::Mail(MailEvent::Check));
        page.send(Msg::Mail(MailEvent::Locked(true)));
        let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).expect("a look");
        page.answer(tag, Ok(Reply::Listing(Box::new(look(&["own"])))));
        super::device_pages::settle(&mut page);
        page.send(Msg::Mail(MailEvent::Reserved(Ok(10))));
        let (tag, _) = page.asked(|c| matches!(c, Call::Retrieve(_))).expect("a request");
        page.effects.clear();
        piece(&mut page, tag, 0);
        super::device_pages::settle(&mut page);
        let end = Some(Ok(Box::new(back(change))));
        part(&mut page, tag, MailPart { item: 0, bytes: vec![b'z'; 50], end });
        super::device_pages::settle(&mut page);
        page.answer(tag, Ok(Reply::Ok));
        super::device_pages::settle(&mut page);
        let mail = page.m.mail.as_ref().unwrap();
        let in_sent: Vec<u32> = mail
            .mailbox
            .as_ref()
            .unwrap()
            .records()
            .filter(|(_, r)| r.folder.as_str() == "Sent")
            .map(|(uid, _)| uid.0)
            .collect();
        let here = mail.ledger.get(&uidl("own")).unwrap().here.local().unwrap().0;
        let orphans = commits(&page)
            .into_iter()
            .flat_map(|(_, changes)| changes)
            .any(|c| c == Change::Delete(Shelf::Sources, Key::Number(10)));
        let expected = if one { (vec![1], 1, true) } else { (vec![1, 10], 10, false) };
        assert_eq!((in_sent, here, orphans), expected, "{what}");
        let kept = mail.mailbox.as_ref().unwrap().record(Uid(1)).unwrap();
        assert_eq!(kept.uidl, one.then(|| uidl("own")), "{what}");
        assert!(matches!(mail.check.stage, Stage::Idle));
    }
}

#[test]
fn only_what_a_check_brings_waits_to_be_drawn() {
    let piece = |tag| {
        let part = MailPart { item: 0, bytes: Vec::new(), end: None };
        Msg::Link(LinkEvent::Chunk(tag, ChunkPart::Mail(part)))
    };
    let committed = |id, result| Msg::Mail(MailEvent::Committed { id, result });
    let (mut page, tag) = fetching(&["a", "b"]);
    last(&mut page, tag, 0);
    let batch = batches(&page)[0].0;
    assert!(is_progress(&page.m, &piece(tag)) && is_progress(&page.m, &committed(batch, Ok(()))));
    page.send(Msg::ActOn(Uid(1), crate::state::msg::Action::Star));
    let star = commits(&page).last().expect("a commit").0;
    let at_once = [
        committed(star, Ok(())),
        committed(batch, Err(StoreError::Full)),
        Msg::Mail(MailEvent::Stop),
        Msg::OpenCursor,
        Msg::Link(LinkEvent::Done(tag, Ok(Reply::Ok))),
        Msg::Mail(MailEvent::View { tag, uid: 1, bytes: Vec::new() }),
    ];
    assert!(at_once.iter().all(|msg| !is_progress(&page.m, msg)));
    let here = [record("INBOX", 1, "here", 1)];
    let idle = at_home(&here, &ledger(&here));
    assert!(!is_progress(&idle.m, &committed(1, Ok(()))) && !is_progress(&idle.m, &piece(tag)));
}

/// The head of a message is open, and the rest of it comes, with something happening before.
fn rest_of_the_open_one(meanwhile: Option<Msg>) -> Page {
    let here = [record("INBOX", 1, "a", 0), record("INBOX", 2, "b", 2)];
    let mut page = at_home(&here, &ledger(&here));
    page.send(Msg::OpenAt(1));
    assert_eq!(page.m.reader.as_ref().map(|r| r.at.uid), Some(Uid(1)));
    page.send(Msg::Mail(MailEvent::Rest(1)));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).expect("a look");
    page.answer(tag, Ok(Reply::Listing(Box::new(look(&["a", "b"])))));
    super::device_pages::settle(&mut page);
    page.send(Msg::Mail(MailEvent::Reserved(Ok(10))));
    let (tag, _) = page.asked(|c| matches!(c, Call::Retrieve(_))).expect("a request");
    if let Some(msg) = meanwhile {
        page.send(msg);
    }
    last(&mut page, tag, 0);
    super::device_pages::settle(&mut page);
    page.answer(tag, Ok(Reply::Ok));
    super::device_pages::settle(&mut page);
    assert!(matches!(page.m.mail.as_ref().unwrap().check.stage, Stage::Idle));
    page
}

#[test]
fn the_rest_of_a_message_takes_the_place_of_its_head_also_where_it_is_open() {
    let page = rest_of_the_open_one(None);
    assert_eq!(page.shown(9), [2, 10]);
    assert_eq!(page.m.reader.as_ref().map(|r| r.at.uid), Some(Uid(10)));
    assert_eq!((page.m.list.cursor, page.m.route.path().ends_with("/10")), (Some(Uid(10)), true));
    let says = format!("{:?}", page.m.notices);
    assert!(!says.contains("NothingNew"), "{says}");
    // Who has gone elsewhere stays there.
    let page = rest_of_the_open_one(Some(Msg::OpenSettings));
    assert!(page.m.route.path().contains("settings"), "{}", page.m.route.path());
    let page = rest_of_the_open_one(Some(Msg::OpenFolder(FolderName("Trash".into()))));
    assert!(page.m.list.folder.as_str() == "Trash" && page.m.reader.is_none(), "{:?}", page.m.reader);
}
