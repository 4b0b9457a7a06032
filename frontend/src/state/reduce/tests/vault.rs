//! Encryption of this device's mail, as far as the page decides: orders, what is left of an earlier page's, and a locked store.
use super::device_pages::{at_home, ledger, record, stored, welcome};
use super::*;
use crate::mailbox::Record;
use crate::state::mail::vault::{Order, Phase, Told, Vault};
use crate::state::mail::{Loaded, MailEffect, MailEvent, StoreError};

fn letters() -> Vec<Record> {
    vec![record("INBOX", 1, "b", 1), record("INBOX", 2, "a", 2)]
}

fn tell(page: &mut Page, told: Told) {
    page.effects.clear();
    page.send(Msg::Mail(MailEvent::Vault(told)));
}

fn orders(page: &Page) -> Vec<&Order> {
    let all = page.effects.iter().filter_map(|e| match e {
        Effect::Mail(MailEffect::Vault(order)) => Some(order),
        _ => None,
    });
    all.collect()
}

fn vault(page: &Page) -> &Vault {
    &page.m.mail.as_ref().unwrap().vault
}

fn loads(page: &Page) -> usize {
    page.effects.iter().filter(|e| matches!(e, Effect::Mail(MailEffect::Load))).count()
}

/// A page whose store was read with this result.
fn opened(result: Result<Loaded, StoreError>) -> Page {
    let mut page = at_home(&[], &ledger(&[]));
    page.m.mail.as_mut().unwrap().mailbox = None;
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(result))));
    page
}

#[test]
fn nothing_is_encrypted_before_the_code_is_kept() {
    let letters = letters();
    let mut page = at_home(&letters, &ledger(&letters));
    tell(&mut page, Told::Order(Order::Prepare));
    assert_eq!(orders(&page), [&Order::Prepare]);
    tell(&mut page, Told::Order(Order::Open));
    assert_eq!(orders(&page), [&Order::Open; 0], "one order at a time");
    tell(&mut page, Told::Prepared("ABCD".into()));
    assert_eq!((vault(&page).code.as_deref(), vault(&page).phase), (Some("ABCD"), Phase::Off));
    assert!(orders(&page).is_empty());
    tell(&mut page, Told::Order(Order::Close));
    assert_eq!((orders(&page), &vault(&page).code), (vec![&Order::Close], &None));
    tell(&mut page, Told::Phase(Phase::Closing));
    assert_eq!(orders(&page), [&Order::Convert]);
    tell(&mut page, Told::Left(7));
    assert_eq!((vault(&page).left, vault(&page).busy), (7, true));
    // Another tab is doing it: there is nothing to begin again.
    tell(&mut page, Told::Phase(Phase::Closing));
    assert!(orders(&page).is_empty());
    tell(&mut page, Told::Phase(Phase::On));
    assert_eq!((vault(&page).phase, vault(&page).busy), (Phase::On, false));
}

#[test]
fn a_code_that_was_not_wanted_is_forgotten_and_a_failure_is_said() {
    let mut page = at_home(&[], &ledger(&[]));
    tell(&mut page, Told::Order(Order::Prepare));
    tell(&mut page, Told::Prepared("ABCD".into()));
    tell(&mut page, Told::Order(Order::Cancel));
    assert_eq!((vault(&page).clone(), page.effects.len()), (Vault::default(), 0));
    tell(&mut page, Told::Order(Order::Prepare));
    tell(&mut page, Told::Failed(StoreError::NoKey));
    assert_eq!((vault(&page).failed, vault(&page).busy), (Some(StoreError::NoKey), false));
    tell(&mut page, Told::Order(Order::Prepare));
    assert_eq!(vault(&page).failed, None);
}

#[test]
fn what_an_earlier_page_left_unfinished_goes_on() {
    for phase in [Phase::Off, Phase::Closing, Phase::On, Phase::Opening] {
        let letters = letters();
        let page = opened(Ok(Loaded { phase, ..stored(&letters, &ledger(&letters)) }));
        assert_eq!(orders(&page).len(), usize::from(phase.is_turning()), "{phase:?}");
        assert_eq!(vault(&page).phase, phase);
        assert_eq!(page.m.list.len(), 2, "it is read all the same");
    }
}

#[test]
fn locked_mail_is_no_fault_and_opens_with_the_code() {
    let mut page = opened(Err(StoreError::Locked));
    assert!(vault(&page).locked);
    assert!(page.m.notices.shown.is_empty(), "the form says it");
    tell(&mut page, Told::Order(Order::Unlock("wrong".into())));
    assert_eq!(orders(&page), [&Order::Unlock("wrong".into())]);
    tell(&mut page, Told::Failed(StoreError::Locked));
    assert_eq!((vault(&page).locked, vault(&page).failed), (true, Some(StoreError::Locked)));
    tell(&mut page, Told::Order(Order::Unlock("ABCD".into())));
    tell(&mut page, Told::Unlocked);
    assert_eq!((loads(&page), vault(&page).locked), (1, false));
    let letters = letters();
    let loaded = Loaded { phase: Phase::On, ..stored(&letters, &ledger(&letters)) };
    page.send(Msg::Mail(MailEvent::Loaded(Box::new(Ok(loaded)))));
    assert_eq!((page.m.list.len(), vault(&page).phase), (2, Phase::On));
}

#[test]
fn a_key_that_could_not_be_had_is_asked_for_with_the_next_welcome() {
    let mut page = opened(Err(StoreError::NoKey));
    assert!(!vault(&page).locked && page.m.notices.shown.is_empty());
    page.effects.clear();
    page.send(welcome());
    assert_eq!(loads(&page), 1);
    // Not twice, whoever else says that it could be read.
    page.send(Msg::Device(crate::state::msg::DeviceEvent::Opened(vec![])));
    assert_eq!(loads(&page), 1);
}
