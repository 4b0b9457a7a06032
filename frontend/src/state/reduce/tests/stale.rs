//! Two tabs: what one wrote is read before the other writes.
use super::device_pages::{at_home, commits, ledger, look, record, settle, stored, uidl, wants};
use super::*;
use crate::state::mail::check::Stage;
use crate::state::mail::ledger::{Filter, Removal, page};
use crate::state::mail::{Change, DeviceMail, Key, MailEffect, MailEvent, Shelf, StoreError};
use crate::state::msg::Action;
use pyeonji_shared::call::device::Removed;
use pyeonji_shared::device::entry::{Entry, Here, Wish};
use pyeonji_shared::device::ledger::Ledger;

fn mail(page: &Page) -> &DeviceMail {
    page.m.mail.as_deref().unwrap()
}

fn shared(page: &mut Page, records: &[u32]) {
    page.send(Msg::Mail(MailEvent::Shared(records.iter().map(|uid| (*uid, None)).collect())));
}

fn loaded(page: &mut Page, records: &[crate::mailbox::Record], ledger: &Ledger) {
    page.effects.clear();
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Ok(stored(records, ledger))))));
}

/// What is written of this name.
fn written(page: &Page, name: &str) -> Option<Entry> {
    commits(page).into_iter().flat_map(|(_, changes)| changes).find_map(|change| match change {
        Change::Put(Shelf::Ledger, Key::Text(of), bytes) if of == name => postcard::from_bytes(&bytes).ok(),
        _ => None,
    })
}

#[test]
fn a_wish_in_a_tab_that_knows_less_is_written_into_what_the_other_one_knows() {
    let before = [record("INBOX", 1, "a", 0)];
    let mut page = at_home(&before, &ledger(&before));
    shared(&mut page, &[]);
    page.effects.clear();
    page.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::Removal)));
    page.send(Msg::Mail(MailEvent::Wish(uidl("b"), Wish::Removal)));
    assert!(commits(&page).is_empty(), "nothing is written over what isn't known");
    let loads = page.effects.iter().filter(|e| matches!(e, Effect::Mail(MailEffect::Load))).count();
    assert_eq!(loads, 1, "it is read once for all of them");
    // The other one has fetched the rest of it, and another message.
    let now = [record("INBOX", 1, "a", 1), record("INBOX", 2, "b", 2)];
    loaded(&mut page, &now, &ledger(&now));
    for name in ["a", "b"] {
        let entry = written(&page, name).unwrap();
        assert!(matches!(entry.here, Here::Whole(_)) && entry.wish == Wish::Removal, "{entry:?}");
    }
    assert!(!wants(&page, &MailEffect::Lock), "no check begins by it");
    settle(&mut page);
    let lines = page_of(&page);
    assert!(lines.iter().all(|removal| *removal == Removal::Asked), "{lines:?}");
    // From then on nothing waits.
    page.send(Msg::Mail(MailEvent::Wish(uidl("b"), Wish::None)));
    assert_eq!(written(&page, "b").map(|e| e.wish), Some(Wish::Removal), "the first of two");
    assert_eq!(page_of(&page), [Removal::Safe, Removal::Asked]);
}

fn page_of(of: &Page) -> Vec<Removal> {
    page(mail(of), Filter::All, 0, 1_000).lines.iter().map(|line| line.removal).collect()
}

#[test]
fn what_cannot_be_read_again_is_not_wished_and_a_deletion_goes_its_way() {
    let records = [record("Trash", 1, "a", 1)];
    let mut page = at_home(&records, &ledger(&records));
    page.send(Msg::OpenFolder(FolderName("Trash".into())));
    shared(&mut page, &[]);
    page.effects.clear();
    page.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::Removal)));
    page.send(Msg::ActOn(Uid(1), Action::Delete));
    page.send(Msg::Confirm(true));
    assert_eq!(page.shown(9), [0; 0], "it is gone from sight");
    assert!(commits(&page).is_empty());
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Err(StoreError::Unavailable)))));
    assert!(mail(&page).waiting.is_empty());
    let all: Vec<Change> = commits(&page).into_iter().flat_map(|(_, changes)| changes).collect();
    assert!(all.contains(&Change::Delete(Shelf::Records, Key::Number(1))), "{all:?}");
    assert!(written(&page, "a").is_some_and(|entry| entry.wish == Wish::None && entry.deleted.is_some()));
    let loads = page.effects.iter().filter(|e| matches!(e, Effect::Mail(MailEffect::Load))).count();
    assert_eq!(loads, 1, "it isn't tried for ever");
}

#[test]
fn a_check_that_asks_asks_again_when_another_tab_changed_the_ledger() {
    let records = [record("INBOX", 1, "a", 1), record("INBOX", 2, "b", 2)];
    let mut known = ledger(&records);
    let mut page = at_home(&records, &known);
    for name in ["a", "b"] {
        page.send(Msg::Mail(MailEvent::Wish(uidl(name), Wish::Removal)));
    }
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    let asked = |page: &mut Page| {
        let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).unwrap();
        page.answer(tag, Ok(Reply::Listing(Box::new(look(&["a", "b"])))));
        settle(page);
        assert!(matches!(mail(page).check.stage, Stage::Asking));
        mail(page).check.leaving.iter().map(|r| r.uidl.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(asked(&mut page), ["a", "b"]);
    // A star elsewhere doesn't.
    let starred = record("INBOX", 1, "a", 1).to_bytes();
    page.send(Msg::Mail(MailEvent::Shared(vec![(1, Some(starred))])));
    assert!(matches!(mail(&page).check.stage, Stage::Asking));
    known.want_removed(&[uidl("a")], true);
    shared(&mut page, &[]);
    loaded(&mut page, &records, &known);
    assert_eq!(asked(&mut page), ["a"], "what is to stay after all isn't asked about");
}

fn loads(page: &Page) -> usize {
    page.effects.iter().filter(|e| matches!(e, Effect::Mail(MailEffect::Load))).count()
}

#[test]
fn what_is_done_while_it_is_read_waits_and_is_not_read_over() {
    let records = [record("INBOX", 1, "a", 1), record("INBOX", 2, "b", 2)];
    let known = ledger(&records);
    let mut page = at_home(&records, &known);
    shared(&mut page, &[]);
    page.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::Removal)));
    page.effects.clear();
    page.send(Msg::ActOn(Uid(2), Action::Star));
    assert!(commits(&page).is_empty(), "it would be read over");
    loaded(&mut page, &records, &known);
    let starred = |page: &Page| mail(page).mailbox.as_ref().unwrap().record(Uid(2)).unwrap().flags;
    assert!(starred(&page).contains(Flags::FLAGGED) && commits(&page).len() == 2);
}

#[test]
fn of_two_readings_the_last_one_counts() {
    let records = [record("INBOX", 1, "a", 1)];
    let known = ledger(&records);
    let mut page = at_home(&records, &known);
    shared(&mut page, &[]);
    page.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::Removal)));
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    assert_eq!(loads(&page), 2);
    loaded(&mut page, &records, &known);
    assert!(matches!(mail(&page).check.stage, Stage::Locking) && commits(&page).is_empty());
    loaded(&mut page, &records, &known);
    assert!(matches!(mail(&page).check.stage, Stage::Looking(_)));
    assert_eq!(written(&page, "a").map(|e| e.wish), Some(Wish::Removal));
    // And what another tab says meanwhile is read, too, before a check decides by it.
    let mut page = at_home(&records, &known);
    shared(&mut page, &[]);
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    shared(&mut page, &[]);
    loaded(&mut page, &records, &known);
    assert!(matches!(mail(&page).check.stage, Stage::Locking));
    assert_eq!(loads(&page), 1);
    loaded(&mut page, &records, &known);
    assert!(matches!(mail(&page).check.stage, Stage::Looking(_)) && !mail(&page).stale);
}

#[test]
fn a_removal_that_is_approved_twice_is_asked_for_once_and_not_after_the_check_has_ended() {
    let records = [record("INBOX", 1, "a", 1)];
    let approved = |times: usize| {
        let mut page = at_home(&records, &ledger(&records));
        page.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::Removal)));
        page.send(Msg::Mail(MailEvent::Check));
        page.send(Msg::Mail(MailEvent::Locked(true)));
        let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).unwrap();
        page.answer(tag, Ok(Reply::Listing(Box::new(look(&["a"])))));
        settle(&mut page);
        page.effects.clear();
        (0..times).for_each(|_| page.send(Msg::Mail(MailEvent::Approve)));
        assert!(matches!(mail(&page).check.stage, Stage::Noting { .. }));
        page
    };
    let removals = |page: &Page| {
        let is_one = |e: &&Effect| matches!(e, Effect::Request { call: Call::Remove(_), .. });
        page.effects.iter().filter(is_one).count()
    };
    let mut twice = approved(2);
    assert_eq!(commits(&twice).len(), 1);
    settle(&mut twice);
    assert_eq!(removals(&twice), 1);
    // Kept after all, before it was written down that it leaves.
    let mut kept = approved(1);
    kept.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::None)));
    settle(&mut kept);
    assert_eq!(removals(&kept), 0);
    // And while it is being removed: what was asked for is out of hand, what comes after it isn't.
    let mut late = approved(1);
    settle(&mut late);
    let (tag, _) = late.asked(|c| matches!(c, Call::Remove(_))).unwrap();
    late.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::None)));
    assert!(mail(&late).check.leaving.is_empty() && matches!(mail(&late).check.stage, Stage::Removing(_)));
    let removed = Removed { removed: vec![uidl("a")], missing: Vec::new() };
    late.answer(tag, Ok(Reply::Removed(removed)));
    assert!(matches!(mail(&late).check.stage, Stage::Idle) && removals(&late) == 1);
}

#[test]
fn another_rule_holds_for_the_check_that_asks() {
    use crate::state::mail::options::Options;
    use pyeonji_shared::device::plan::Rule;
    let records = [record("INBOX", 1, "a", 1), record("INBOX", 2, "b", 2)];
    let with = |page: &Page, rule| {
        let mut options: Options = mail(page).options;
        options.rules.rule = rule;
        Msg::Mail(MailEvent::Options(options))
    };
    let asking = || {
        let mut page = at_home(&records, &ledger(&records));
        let delete = with(&page, Rule::DownloadAndDelete);
        page.send(delete);
        page.send(Msg::Mail(MailEvent::Check));
        page.send(Msg::Mail(MailEvent::Locked(true)));
        let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).unwrap();
        page.answer(tag, Ok(Reply::Listing(Box::new(look(&["a", "b"])))));
        settle(&mut page);
        assert!(matches!(mail(&page).check.stage, Stage::Asking) && mail(&page).check.leaving.len() == 2);
        page
    };
    let mut page = asking();
    let copy = with(&page, Rule::LeaveCopy);
    page.send(copy);
    page.send(Msg::Mail(MailEvent::Approve));
    settle(&mut page);
    assert!(matches!(mail(&page).check.stage, Stage::Idle));
    assert!(page.asked(|c| matches!(c, Call::Remove(_))).is_none());
    // What the person asked for one by one leaves all the same, also where it is being written down.
    let mut page = asking();
    page.send(Msg::Mail(MailEvent::Wish(uidl("a"), Wish::Removal)));
    page.send(Msg::Mail(MailEvent::Approve));
    let copy = with(&page, Rule::LeaveCopy);
    page.send(copy);
    settle(&mut page);
    let (_, call) = page.asked(|c| matches!(c, Call::Remove(_))).unwrap();
    assert!(matches!(call, Call::Remove(remove) if remove.uidls == [uidl("a")]));
}
