//! The pages of mail on this device: duplicates become one, wishes for single messages, folders of one's own, the ledger's pages.
use super::*;
use crate::mailbox::record::{Head as Lines, RECORD_VERSION};
use crate::mailbox::{FolderError, Place, Record};
use crate::state::mail::check::Stage;
use crate::state::mail::ledger::{Copy, Filter, PAGE, Removal, page};
use crate::state::mail::options::{Options, asks};
use crate::state::mail::{
    Change, FolderChange, Key, Loaded, MailEffect, MailEvent, Shelf, StoreError, meta, twins,
};
use crate::state::msg::DeviceEvent;
use crate::state::notice::Text;
use crate::state::route::Route;
use proptest::prelude::*;
use pyeonji_shared::call::device::{Listed, Listing};
use pyeonji_shared::device::duplicates::{Group, Why};
use pyeonji_shared::device::entry::{Here, Wish};
use pyeonji_shared::device::ledger::Ledger;
use pyeonji_shared::device::plan::{
    Effect as Effects, Rule, Settings, State as Fate, effect_of, plan, state,
};
use pyeonji_shared::device::{LocalId, Uidl};
use pyeonji_shared::error::ErrorKind;

/// Seconds; the page's clock begins at 1,000.
const NOW: i64 = 1_000;

pub fn uidl(name: &str) -> Uidl {
    Uidl(name.into())
}

pub fn look(names: &[&str]) -> Listing {
    let row = |name: &&str| Listed { uidl: uidl(name), size: 100 };
    Listing { messages: names.iter().map(row).collect(), heads: true, ..Listing::default() }
}

/// A message here; `source` stands for its bytes, 0 for a head.
pub fn record(folder: &str, place: u32, name: &str, source: u8) -> Record {
    Record {
        version: RECORD_VERSION,
        folder: FolderName(folder.into()),
        place: Place(place),
        received: 500 - i64::from(place),
        size: 100,
        head_only: source == 0,
        uidl: (!name.is_empty()).then(|| uidl(name)),
        head: Lines {
            subject: format!("Letter {source}"),
            message_id: Some(format!("<{source}@x>")),
            ..Lines::default()
        },
        digest: (source > 0).then_some([source; 32]),
        added_at: 600 + i64::from(place),
        ..Record::default()
    }
}

/// All that has a name was listed and fetched, and is still listed.
pub fn ledger(records: &[Record]) -> Ledger {
    let names: Vec<&str> = records.iter().filter_map(|r| r.uidl.as_ref()).map(|u| u.0.as_str()).collect();
    let mut ledger = Ledger::default();
    ledger.listed(&look(&names), 700);
    for (uid, record) in (1..).zip(records) {
        if let Some(name) = &record.uidl {
            let here = if record.head_only { Here::Head(LocalId(uid)) } else { Here::Whole(LocalId(uid)) };
            ledger.committed(&Listed { uidl: name.clone(), size: 100 }, here, 700);
        }
    }
    ledger
}

fn bytes(value: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap()
}

pub fn stored(records: &[Record], ledger: &Ledger) -> Loaded {
    let options = Options { schedule: by_hand(), ..Options::default() };
    Loaded {
        records: (1..).zip(records).map(|(uid, r)| (uid, r.to_bytes())).collect(),
        ledger: ledger.entries().iter().map(bytes).collect(),
        meta: vec![(meta::LEDGER.into(), bytes(ledger.head())), (meta::OPTIONS.into(), bytes(&options))],
        ..Loaded::default()
    }
}

fn by_hand() -> pyeonji_shared::device::schedule::Schedule {
    pyeonji_shared::device::schedule::Schedule { every: None, at_start: false }
}

/// The gateway says who we are, and that the mail is on this device.
pub fn welcome() -> Msg {
    let mut whole = whole(snapshot("INBOX", 0, 0));
    whole.account.capabilities.device = true;
    Msg::Link(LinkEvent::Welcome(Box::new(Welcome {
        session: SessionId([7; 16]),
        resumed: false,
        snapshot: Some(whole),
        limits: Limits { upload: 1 << 20, message: 2 << 20, recipients: 3 },
    })))
}

/// Signed in, the mail on this device, with these messages; UIDs count from 1.
pub fn at_home(records: &[Record], ledger: &Ledger) -> Page {
    let mut page = Page::blank(Some("ada@blue.test"));
    page.send(Msg::Device(DeviceEvent::Opened(vec![])));
    page.send(Msg::Link(LinkEvent::State(LinkState::Online)));
    page.send(welcome());
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Ok(stored(records, ledger))))));
    settle(&mut page);
    page.effects.clear();
    page
}

/// Every commit succeeds.
pub fn settle(page: &mut Page) {
    while let Some((id, _)) = commits(page).into_iter().find(|(id, _)| is_under_way(page, *id)) {
        page.send(Msg::Mail(MailEvent::Committed { id, result: Ok(()) }));
    }
}

fn is_under_way(page: &Page, id: u32) -> bool {
    page.m.mail.as_ref().unwrap().commits.iter().any(|(of, _)| *of == id)
}

pub fn commits(page: &Page) -> Vec<(u32, Vec<Change>)> {
    let commit = |e: &Effect| match e {
        Effect::Mail(MailEffect::Commit { id, changes }) => Some((*id, changes.clone())),
        _ => None,
    };
    page.effects.iter().filter_map(commit).collect()
}

pub fn wants(page: &Page, wanted: &MailEffect) -> bool {
    page.effects.iter().any(|e| matches!(e, Effect::Mail(effect) if effect == wanted))
}

fn mail(page: &Page) -> &crate::state::mail::DeviceMail {
    page.m.mail.as_ref().unwrap()
}

fn has(page: &Page, uid: u32) -> bool {
    mail(page).mailbox.as_ref().unwrap().record(Uid(uid)).is_some()
}

fn groups(page: &Page) -> Vec<Group> {
    twins::groups(mail(page))
}

fn says(page: &Page, text: &Text) -> bool {
    page.m.notices.shown.iter().any(|n| n.text == *text)
}

/// The server renamed its messages: `b` is `a` under another name.
fn renamed() -> (Vec<Record>, Ledger) {
    let mut records = vec![record("work", 1, "a", 7), record("INBOX", 2, "b", 7), record("INBOX", 3, "c", 8)];
    records[1].flags = Flags::FLAGGED;
    records[1].received = 5;
    let mut ledger = ledger(&records);
    ledger.listed(&look(&["b", "c"]), 800);
    (records, ledger)
}

#[test]
fn merging_keeps_the_first_with_everything_of_both_in_one_commit() {
    let (records, ledger) = renamed();
    let mut page = at_home(&records, &ledger);
    let found = groups(&page);
    assert_eq!((found.len(), found[0].exact, found[0].keep), (1, true, LocalId(1)));
    page.send(Msg::Mail(MailEvent::Merge(found)));
    assert!(wants(&page, &MailEffect::Lock) && commits(&page).is_empty(), "not before it has the lock");
    page.send(Msg::Mail(MailEvent::Locked(true)));
    let [(id, changes)] = &commits(&page)[..] else { panic!("one commit") };
    let kept = changes.iter().find_map(|c| match c {
        Change::Put(Shelf::Records, Key::Number(1), bytes) => Record::from_bytes(bytes),
        _ => None,
    });
    let kept = kept.unwrap();
    assert_eq!((kept.flags, kept.received, kept.folder.as_str()), (Flags::FLAGGED, 5, "work"));
    assert_eq!(kept.uidl, Some(uidl("b")), "the name that the server still has");
    for shelf in [Shelf::Records, Shelf::Views, Shelf::Texts, Shelf::Sources] {
        assert!(changes.contains(&Change::Delete(shelf, Key::Number(2))));
    }
    let written = |c: &&Change| matches!(c, Change::Put(Shelf::Ledger, Key::Text(name), _) if name == "b");
    assert!(changes.iter().any(|c| written(&c)), "the ledger in the same commit");
    assert!(!says(&page, &Text::Merged(1)) && !wants(&page, &MailEffect::Unlock), "not before it is durable");
    page.send(Msg::Mail(MailEvent::Committed { id: *id, result: Ok(()) }));
    assert!(says(&page, &Text::Merged(1)) && wants(&page, &MailEffect::Unlock));
    assert!(has(&page, 1) && !has(&page, 2) && has(&page, 3) && groups(&page).is_empty());
    assert_eq!(mail(&page).ledger.get(&uidl("b")).unwrap().here, Here::Whole(LocalId(1)));
}

#[test]
fn a_copy_that_was_thrown_away_does_not_take_the_others_along() {
    let records = [record("Trash", 1, "a", 7), record("work", 2, "b", 7)];
    let mut page = at_home(&records, &ledger(&records));
    let found = groups(&page);
    assert_eq!(found[0].why, Why::AppendedTwice);
    page.send(Msg::Mail(MailEvent::Merge(found)));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    settle(&mut page);
    let kept = mail(&page).mailbox.as_ref().unwrap().record(Uid(1)).unwrap();
    assert_eq!(kept.folder.as_str(), "work");
}

#[test]
fn without_the_lock_or_during_a_check_nothing_is_merged() {
    let (records, ledger) = renamed();
    let mut page = at_home(&records, &ledger);
    let found = groups(&page);
    page.send(Msg::Mail(MailEvent::Merge(found.clone())));
    page.send(Msg::Mail(MailEvent::Locked(false)));
    assert!(says(&page, &Text::MergeLater) && commits(&page).is_empty());
    assert!(matches!(mail(&page).check.stage, Stage::Idle));
    page.m.notices.shown.clear();
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Merge(found.clone())));
    assert!(says(&page, &Text::MergeLater) && has(&page, 2));
    // And no check begins while merging.
    let mut page = at_home(&records, &ledger);
    page.send(Msg::Mail(MailEvent::Merge(found)));
    page.send(Msg::Mail(MailEvent::Check));
    assert!(matches!(mail(&page).check.stage, Stage::Merging { .. }));
}

#[test]
fn what_another_tab_changed_is_read_before() {
    let (records, ledger) = renamed();
    let mut page = at_home(&records, &ledger);
    let found = groups(&page);
    page.send(Msg::Mail(MailEvent::Shared(vec![])));
    page.send(Msg::Mail(MailEvent::Merge(found.clone())));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    assert!(wants(&page, &MailEffect::Load) && commits(&page).is_empty());
    // It has thrown the spare one away meanwhile: there is nothing to merge.
    let left = stored(&records[..1], &ledger);
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Ok(left)))));
    assert!(commits(&page).iter().all(|(_, c)| !c.contains(&Change::Delete(Shelf::Records, Key::Number(2)))));
    assert!(has(&page, 1) && wants(&page, &MailEffect::Unlock));
    let mut page = at_home(&records, &ledger);
    page.send(Msg::Mail(MailEvent::Shared(vec![])));
    page.send(Msg::Mail(MailEvent::Merge(found)));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Err(StoreError::Unavailable)))));
    assert!(matches!(mail(&page).check.stage, Stage::Idle) && wants(&page, &MailEffect::Unlock));
}

/// What a failed commit should have stored isn't here, whatever the ledger in memory says: else it would leave the server.
#[test]
fn no_check_after_a_failed_commit_before_the_store_was_read() {
    let records = [record("INBOX", 1, "a", 1)];
    let mut page = at_home(&records, &ledger(&records));
    let options = Options { schedule: by_hand(), ask: false, ..Options::default() };
    page.send(Msg::Mail(MailEvent::Options(options)));
    let (id, _) = commits(&page)[0];
    page.send(Msg::Mail(MailEvent::Committed { id, result: Err(StoreError::Full) }));
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Err(StoreError::Unavailable)))));
    page.effects.clear();
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    assert!(matches!(mail(&page).check.stage, Stage::Locking) && wants(&page, &MailEffect::Load));
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Err(StoreError::Unavailable)))));
    let check = &mail(&page).check;
    assert!(matches!(check.stage, Stage::Idle) && wants(&page, &MailEffect::Unlock));
    assert_eq!(check.error.as_ref().map(|e| e.kind), Some(ErrorKind::Device));
    settle(&mut page);
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Ok(stored(&records, &ledger(&records)))))));
    assert!(matches!(mail(&page).check.stage, Stage::Looking(_)));
}

#[test]
fn a_commit_that_failed_is_not_called_merged() {
    let (records, ledger) = renamed();
    let mut page = at_home(&records, &ledger);
    let found = groups(&page);
    page.send(Msg::Mail(MailEvent::Merge(found)));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    let (id, _) = commits(&page)[0];
    page.send(Msg::Mail(MailEvent::Committed { id, result: Err(StoreError::Full) }));
    assert!(
        !says(&page, &Text::Merged(1))
            && wants(&page, &MailEffect::Load)
            && wants(&page, &MailEffect::Unlock)
    );
}

#[test]
fn many_groups_are_merged_commit_after_commit() {
    let records: Vec<Record> = (0..250_u32)
        .map(|n| {
            let mut one = record("INBOX", n + 1, &format!("n{n}"), 1);
            let source = u8::try_from(n / 2).unwrap();
            one.digest = Some([source; 32]);
            one.head.message_id = None;
            one
        })
        .collect();
    let mut page = at_home(&records, &ledger(&records));
    let found = groups(&page);
    assert_eq!(found.len(), 125);
    page.send(Msg::Mail(MailEvent::Merge(found)));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    assert_eq!(commits(&page).len(), 1, "one at a time");
    settle(&mut page);
    assert_eq!(commits(&page).len(), 2);
    assert!(says(&page, &Text::Merged(125)) && groups(&page).is_empty());
}

fn rules() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::DownloadAndDelete),
        Just(Rule::LeaveCopy),
        Just(Rule::LeaveDays(1)),
        Just(Rule::UntilDeletedHere)
    ]
}

proptest! {
    /// Whatever is merged under whatever rule: no message more leaves the server than before, and what the ledger says is here is.
    #[test]
    fn nothing_leaves_the_server_by_merging(
        all in prop::collection::vec((0_u8..4, 0_u8..6, any::<bool>()), 1..12),
        gone in prop::collection::vec(any::<bool>(), 12),
        rule in rules(),
        now in prop_oneof![Just(NOW), Just(900_000_i64)],
    ) {
        let name = |n: usize| format!("n{n:02}");
        let records: Vec<Record> = all.iter().enumerate().map(|(n, (source, twin, named))| {
            let name = if *named { name(usize::from(*twin) + 20 * (n % 2)) } else { String::new() };
            let mut one = record("INBOX", u32::try_from(n).unwrap() + 1, &name, *source);
            one.head.message_id = Some("<same@x>".into());
            one
        }).collect();
        let mut ledger = ledger(&records);
        let there: Vec<String> = ledger.entries().iter().map(|e| e.uidl.0.clone()).collect();
        let there: Vec<&str> = there.iter().zip(&gone).filter(|(_, gone)| !**gone).map(|(n, _)| n.as_str()).collect();
        ledger.listed(&look(&there), 800);
        let mut page = at_home(&records, &ledger);
        let settings = Settings { rule, size_limit: Some(50) };
        let leaving = |page: &Page| -> Vec<Uidl> {
            let ledger = &mail(page).ledger;
            let of = |e: &&pyeonji_shared::device::entry::Entry| matches!(state(e, &settings, true, now), Fate::Delete(_));
            ledger.entries().iter().filter(of).map(|e| e.uidl.clone()).collect()
        };
        let before = leaving(&page);
        let known: Vec<[u8; 32]> = records.iter().filter_map(|r| r.digest).collect();
        let found = groups(&page);
        page.send(Msg::Mail(MailEvent::Merge(found)));
        if matches!(mail(&page).check.stage, Stage::Merging { .. }) {
            page.send(Msg::Mail(MailEvent::Locked(true)));
            settle(&mut page);
        }
        prop_assert!(matches!(mail(&page).check.stage, Stage::Idle));
        for name in leaving(&page) {
            prop_assert!(before.contains(&name), "{:?}", name);
        }
        let mailbox = mail(&page).mailbox.as_ref().unwrap();
        for entry in mail(&page).ledger.entries() {
            if let Here::Whole(LocalId(uid)) = entry.here {
                prop_assert!(mailbox.record(Uid(uid)).is_some_and(|r| !r.head_only), "{:?}", entry);
            }
        }
        for source in known {
            prop_assert!(mailbox.records().any(|(_, r)| r.digest == Some(source)), "no content is lost");
        }
    }
}

#[test]
fn a_wish_is_written_down_and_may_be_taken_back() {
    let (records, ledger) = renamed();
    let mut page = at_home(&records, &ledger);
    page.send(Msg::Mail(MailEvent::Wish(uidl("b"), Wish::Removal)));
    let (_, changes) = &commits(&page)[0];
    assert!(changes.iter().any(|c| matches!(c, Change::Put(Shelf::Ledger, Key::Text(n), _) if n == "b")));
    assert!(!wants(&page, &MailEffect::Share(vec![])), "it isn't there yet");
    settle(&mut page);
    assert!(wants(&page, &MailEffect::Share(vec![])), "other tabs read it before they check");
    assert!(page.asked(|_| true).is_none(), "nothing is asked of the server now");
    let line = |page: &Page| {
        let all = crate::state::mail::ledger::page(mail(page), Filter::All, 0, NOW);
        all.lines.into_iter().find(|l| l.uidl == uidl("b")).unwrap()
    };
    assert_eq!(line(&page).removal, Removal::Asked);
    page.send(Msg::Mail(MailEvent::Wish(uidl("b"), Wish::None)));
    assert_eq!(line(&page).removal, Removal::Safe);
    page.effects.clear();
    page.send(Msg::Mail(MailEvent::Wish(uidl("nobody"), Wish::Removal)));
    assert!(page.effects.is_empty());
}

#[test]
fn what_is_kept_after_all_does_not_leave_with_the_check_that_asks() {
    let (records, ledger) = renamed();
    let mut page = at_home(&records, &ledger);
    for name in ["b", "c"] {
        page.send(Msg::Mail(MailEvent::Wish(uidl(name), Wish::Removal)));
    }
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).unwrap();
    page.answer(tag, Ok(Reply::Listing(Box::new(look(&["b", "c"])))));
    assert!(matches!(mail(&page).check.stage, Stage::Asking) && mail(&page).check.leaving.len() == 2);
    page.send(Msg::Mail(MailEvent::Wish(uidl("b"), Wish::None)));
    let check = &mail(&page).check;
    assert_eq!((check.leaving.len(), check.leaving_sum.messages), (1, 1));
    page.send(Msg::Mail(MailEvent::Wish(uidl("c"), Wish::None)));
    assert!(matches!(mail(&page).check.stage, Stage::Idle), "nothing is left to ask about");
    assert!(page.asked(|c| matches!(c, Call::Remove(_))).is_none());
}

#[test]
fn the_rest_of_a_message_is_asked_for_by_its_name() {
    let records = [record("INBOX", 1, "large", 0)];
    let mut page = at_home(&records, &ledger(&records));
    page.send(Msg::Mail(MailEvent::Wish(uidl("large"), Wish::Rest)));
    assert!(wants(&page, &MailEffect::Lock), "a check begins");
    let all = crate::state::mail::ledger::page(mail(&page), Filter::All, 0, NOW);
    assert_eq!((all.lines[0].state, all.lines[0].rest), (Fate::Whole, false));
    assert_eq!(all.lines[0].here, Copy::Head(Some(700)));
}

fn folder_change(page: &mut Page, change: FolderChange) -> Option<FolderError> {
    page.send(Msg::Mail(MailEvent::Folder(change)));
    mail(page).refused
}

fn name(text: &str) -> FolderName {
    FolderName(text.into())
}

#[test]
fn folders_are_made_renamed_and_deleted_or_it_is_said_why_not() {
    let records = [record("INBOX", 1, "a", 1)];
    let mut page = at_home(&records, &ledger(&records));
    assert_eq!(folder_change(&mut page, FolderChange::Create(name("work"))), None);
    assert!(page.m.folders.find(&name("work")).is_some());
    assert!(
        matches!(&commits(&page)[0].1[..], [Change::Put(Shelf::Meta, Key::Text(n), _)] if n == meta::FOLDERS)
    );
    page.effects.clear();
    assert_eq!(folder_change(&mut page, FolderChange::Create(name("Work"))), Some(FolderError::Taken));
    assert_eq!(folder_change(&mut page, FolderChange::Create(name("a//b"))), Some(FolderError::Name));
    assert_eq!(folder_change(&mut page, FolderChange::Delete(name("Trash"))), Some(FolderError::Standard));
    assert_eq!(folder_change(&mut page, FolderChange::Delete(name("none"))), Some(FolderError::Missing));
    assert!(commits(&page).is_empty());
    assert_eq!(folder_change(&mut page, FolderChange::Rename(name("work"), name("jobs"))), None);
    assert!(page.m.folders.find(&name("work")).is_none() && page.m.folders.find(&name("jobs")).is_some());
    assert_eq!(page.m.route.folder(), None, "the Inbox stays open, and the address as it was");
}

#[test]
fn a_renamed_folder_stays_open_and_a_deleted_one_gives_way_to_the_inbox() {
    let records = [record("INBOX", 1, "a", 1), record("work/x", 2, "b", 2)];
    let mut page = at_home(&records, &ledger(&records));
    page.send(Msg::OpenFolder(name("work/x")));
    assert_eq!(page.shown(9), [2]);
    folder_change(&mut page, FolderChange::Create(name("work")));
    assert_eq!(folder_change(&mut page, FolderChange::Rename(name("work"), name("jobs"))), None);
    settle(&mut page);
    assert_eq!(page.m.list.folder, name("jobs/x"));
    assert_eq!(page.m.route, Route::Folder(name("jobs/x")));
    assert_eq!(page.shown(9), [2]);
    assert_eq!(folder_change(&mut page, FolderChange::Delete(name("jobs"))), None);
    settle(&mut page);
    assert!(page.m.list.folder.is_inbox());
    assert_eq!(page.shown(9), [1]);
    let trashed = mail(&page).mailbox.as_ref().unwrap().record(Uid(2)).unwrap();
    assert_eq!(trashed.folder.as_str(), "Trash");
}

#[test]
fn the_ledger_comes_in_pages_and_by_what_is_asked() {
    let records: Vec<Record> = (0..450_u32).map(|n| record("INBOX", n + 1, &format!("n{n:03}"), 1)).collect();
    let mut ledger = ledger(&records);
    let there: Vec<String> = (10..450).map(|n| format!("n{n:03}")).chain(["x".into()]).collect();
    ledger.listed(&look(&there.iter().map(String::as_str).collect::<Vec<_>>()), 800);
    ledger.listed(&look(&there.iter().map(String::as_str).take(440).collect::<Vec<_>>()), 900);
    let shown = at_home(&records, &ledger);
    let count = |filter| page(mail(&shown), filter, 0, NOW).found;
    assert_eq!((count(Filter::All), count(Filter::OnServer), count(Filter::OnlyHere)), (451, 440, 10));
    assert_eq!((count(Filter::Leaving), count(Filter::Problems)), (0, 1));
    let lost = &page(mail(&shown), Filter::Problems, 0, NOW).lines[0];
    assert_eq!((lost.uidl.clone(), lost.here, lost.removal), (uidl("x"), Copy::Nothing, Removal::No));
    let first = page(mail(&shown), Filter::All, 0, NOW);
    assert_eq!((first.lines.len(), first.lines[1].uidl.0.as_str()), (PAGE, "n449"));
    assert_eq!(first.lines[1].at, Some((name("INBOX"), Uid(450))));
    assert_eq!(page(mail(&shown), Filter::All, 1, NOW).lines[0].uidl.0, "n250");
    let last = page(mail(&shown), Filter::All, 99, NOW);
    assert_eq!((last.number, last.lines.len()), (2, 51));
}

#[test]
fn a_message_is_only_removed_without_asking_when_all_of_it_is_here() {
    let mut records =
        vec![record("INBOX", 1, "head", 0), record("INBOX", 2, "whole", 1), record("INBOX", 3, "sent", 2)];
    records[2].uidl = None;
    let mut ledger = ledger(&records);
    ledger.listed(&look(&["head", "whole", "new"]), 800);
    let shown = at_home(&records, &ledger);
    let lines = page(mail(&shown), Filter::All, 0, NOW).lines;
    let of = |name: &str| lines.iter().find(|l| l.uidl.0 == name).map(|l| (l.removal, l.rest));
    assert_eq!(of("head"), Some((Removal::Sole, true)));
    assert_eq!(of("whole"), Some((Removal::Safe, false)));
    assert_eq!(of("new"), Some((Removal::Sole, false)));
    assert_eq!(lines.len(), 3, "what never was on the server isn't listed");
}

#[test]
fn a_rule_by_which_something_leaves_is_asked_about() {
    let records = [record("INBOX", 1, "a", 1)];
    let ledger = ledger(&records);
    let of = |rule| Settings { rule, size_limit: None };
    let ask = |ledger: &Ledger, before: Rule, after: Rule| {
        asks(&of(before), &of(after), &effect_of(ledger, &of(before), &of(after), true, NOW))
    };
    assert!(ask(&ledger, Rule::LeaveCopy, Rule::DownloadAndDelete));
    assert!(ask(&ledger, Rule::LeaveCopy, Rule::LeaveDays(7)));
    assert!(ask(&ledger, Rule::LeaveDays(14), Rule::LeaveDays(7)), "sooner");
    assert!(!ask(&ledger, Rule::DownloadAndDelete, Rule::LeaveCopy));
    assert!(
        !ask(&ledger, Rule::LeaveCopy, Rule::UntilDeletedHere),
        "what was deleted before doesn't leave by it"
    );
    let empty = Ledger::default();
    assert!(ask(&empty, Rule::LeaveCopy, Rule::DownloadAndDelete), "what comes later leaves");
    assert!(!ask(&empty, Rule::LeaveCopy, Rule::LeaveDays(7)));
    assert_eq!(effect_of(&empty, &of(Rule::LeaveCopy), &of(Rule::LeaveCopy), true, NOW), Effects::default());
    assert!(plan(&ledger, &look(&["a"]), &of(Rule::LeaveCopy), u64::MAX, NOW).delete.is_empty());
}

#[test]
fn a_line_of_the_ledger_leads_to_its_message() {
    let records = [record("INBOX", 1, "a", 1), record("work", 2, "b", 2)];
    let mut page = at_home(&records, &ledger(&records));
    page.send(Msg::OpenSettings);
    page.effects.clear();
    page.send(Msg::Go(Route::Message(name("work"), Uid(2))));
    assert_eq!(page.m.page, crate::state::model::Page::Mail);
    assert_eq!(
        (page.m.list.folder.as_str(), page.m.reader.as_ref().map(|r| r.at.uid)),
        ("work", Some(Uid(2)))
    );
    let path = |e: &Effect| matches!(e, Effect::Path { path, replace: false } if path == "/mail/work/2");
    assert!(page.effects.iter().any(path));
    let gone = Text::Failed(crate::state::notice::Doing::Merge, ApiError::new(ErrorKind::Gone));
    assert!(!says(&page, &gone));
}

fn kept(effect: Effect) -> Option<DeviceEvent> {
    match effect {
        Effect::Keep(record) => {
            let (composer, edition, stage) = (record.id, record.edition, record.stage);
            Some(DeviceEvent::Kept { composer, edition, stage, ok: true })
        }
        _ => None,
    }
}

#[test]
fn a_blind_copy_to_oneself_goes_out_once_and_only_where_it_was_asked_for() {
    use crate::state::compose::{Edit, Field, Start};
    let asked = |bcc_self, to: &str| {
        let mut page = at_home(&[], &Ledger::default());
        page.send(Msg::Mail(MailEvent::Options(Options {
            schedule: by_hand(),
            bcc_self,
            ..Options::default()
        })));
        settle(&mut page);
        page.send(Msg::Compose(Start::New));
        let id = page.m.composers[0].id;
        page.send(Msg::Edit(id, Edit::AddRecipients(Field::To, to.into())));
        page.send(Msg::Send(id));
        // What was typed is durable first.
        let kept: Vec<_> = page.effects.drain(..).filter_map(kept).collect();
        kept.into_iter().for_each(|event| page.send(Msg::Device(event)));
        let (_, call) = page.asked(|c| matches!(c, Call::Send(_))).expect("sent");
        let Call::Send(send) = call else { unreachable!() };
        send.draft.bcc.iter().map(|a| a.email.clone()).collect::<Vec<_>>()
    };
    assert_eq!(asked(true, "bora@green.test"), ["ada@blue.test"]);
    assert!(asked(true, "Ada@blue.test").is_empty());
    assert!(asked(false, "bora@green.test").is_empty());
}

#[test]
fn a_lock_that_comes_after_signing_out_is_given_back() {
    let mut page = at_home(&[], &Ledger::default());
    page.send(Msg::Mail(MailEvent::Check));
    assert!(wants(&page, &MailEffect::Lock));
    page.m.mail = None;
    page.send(Msg::Mail(MailEvent::Locked(true)));
    assert!(wants(&page, &MailEffect::Unlock));
}
