//! A look that finds the server as it was seen: nothing is listed, and the ledger says what is there.
use super::device_pages::{at_home, commits, ledger, look, record, settle};
use super::*;
use crate::mailbox::Record;
use crate::state::mail::check::Stage;
use crate::state::mail::{Change, Key, MailEffect, MailEvent, meta};
use pyeonji_shared::call::device::{Listing, Look, Mark};

const MARK: Mark = Mark([9; 32]);

fn letters() -> Vec<Record> {
    vec![record("INBOX", 1, "b", 1), record("INBOX", 2, "a", 2)]
}

/// Begins a check as far as its question; what the page says it has seen.
fn asks(page: &mut Page) -> Option<Mark> {
    page.send(Msg::Mail(MailEvent::Check));
    page.send(Msg::Mail(MailEvent::Locked(true)));
    question(page)
}

fn question(page: &mut Page) -> Option<Mark> {
    let seen = page.effects.iter().rev().find_map(|e| match e {
        Effect::Request { call: Call::Look(Look { seen }), .. } => Some(*seen),
        _ => None,
    });
    seen.expect("a question")
}

fn answer(page: &mut Page, listing: Listing) {
    let Stage::Looking(tag) = page.m.mail.as_ref().unwrap().check.stage else { panic!("not looking") };
    page.effects.clear();
    page.answer(tag, Ok(Reply::Listing(Box::new(listing))));
}

fn marked(names: &[&str]) -> Listing {
    Listing { mark: Some(MARK), ..look(names) }
}

fn unchanged(count: u32) -> Listing {
    Listing { unchanged: Some(count), ..marked(&[]) }
}

#[test]
fn what_was_taken_in_is_said_to_be_seen_and_stored_with_it() {
    let letters = letters();
    let mut page = at_home(&letters, &ledger(&letters));
    assert_eq!(asks(&mut page), None, "nothing was seen on this device before");
    answer(&mut page, marked(&["b", "a"]));
    let stored = commits(&page).into_iter().find(|(_, changes)| {
        changes.iter().any(|c| matches!(c, Change::Put(_, Key::Text(n), _) if n == meta::SEEN))
    });
    let (_, changes) = stored.expect("the mark is stored");
    assert!(
        changes.iter().any(|c| matches!(c, Change::Put(_, Key::Text(n), _) if n == meta::LEDGER)),
        "in one transaction with what it stands for"
    );
    settle(&mut page);

    let before = page.m.mail.as_ref().unwrap().ledger.entries().to_vec();
    assert_eq!(asks(&mut page), Some(MARK));
    answer(&mut page, unchanged(2));
    settle(&mut page);
    let mail = page.m.mail.as_ref().unwrap();
    assert!(matches!(mail.check.stage, Stage::Idle) && mail.check.error.is_none());
    assert_eq!(mail.ledger.entries(), before, "nothing is thought gone");
    assert!(!page.effects.iter().any(|e| matches!(e, Effect::Request { .. })), "nothing is asked for");
}

#[test]
fn a_ledger_that_counts_otherwise_has_everything_listed() {
    let letters = letters();
    let mut page = at_home(&letters, &ledger(&letters));
    asks(&mut page);
    answer(&mut page, marked(&["b", "a"]));
    settle(&mut page);
    assert_eq!(asks(&mut page), Some(MARK));
    answer(&mut page, unchanged(3));
    assert_eq!(question(&mut page), None);
    assert!(commits(&page).is_empty(), "nothing was taken from it");
    answer(&mut page, marked(&["b", "a"]));
    settle(&mut page);
    assert!(matches!(page.m.mail.as_ref().unwrap().check.stage, Stage::Idle));
}

#[test]
fn where_something_is_to_be_fetched_the_server_lists_it_in_its_order() {
    let letters = letters();
    let mut page = at_home(&letters, &ledger(&letters));
    asks(&mut page);
    answer(&mut page, marked(&["b", "a", "c"]));
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Mail(MailEffect::Reserve { count: 1 }))));
    // Cut before it came.
    page.send(Msg::Mail(MailEvent::Reserved(Err(crate::state::mail::StoreError::Full))));
    settle(&mut page);
    assert_eq!(asks(&mut page), None);
}
