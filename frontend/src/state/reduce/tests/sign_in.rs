//! Signing in, being signed out, what stays and what must not.
use super::*;
use crate::state::compose::{Edit, Start};
use crate::state::effect::Password;
use crate::state::model::Page as Shown;
use crate::state::msg::DeviceEvent;
use crate::state::record::Record;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::frame::Bye;
use pyeonji_shared::ids::OpId;

fn try_sign_in(page: &mut Page, address: &str) {
    let password = Password("hunter2".into());
    page.send(Msg::SignIn { address: address.into(), password, remember: false, kind: String::new() });
}

#[test]
fn wrong_password_stays_on_the_form_and_the_right_one_connects() {
    let mut page = Page::blank(None);
    assert_eq!(page.m.page, Shown::SignIn);
    try_sign_in(&mut page, " ada@blue.test ");
    assert!(page.m.sign_in.busy);
    assert!(!format!("{:?}", page.effects).contains("hunter2"), "a password is never printed");
    page.send(Msg::SignInDone(Err(ApiError::new(ErrorKind::WrongPassword))));
    assert_eq!(page.m.sign_in.error.as_ref().map(|e| e.kind), Some(ErrorKind::WrongPassword));
    assert!(!page.effects.iter().any(|e| matches!(e, Effect::Connect { .. })));
    try_sign_in(&mut page, "ada@blue.test");
    page.send(Msg::SignInDone(Ok(())));
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Connect { .. })));
    page.send(welcome(snapshot("INBOX", 3, 3)));
    assert_eq!(page.m.page, Shown::Mail);
    assert_eq!(page.shown(9), [30, 20, 10]);
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Mark(m) if m.name == "rows" && m.count == 3)));
}

#[test]
fn an_address_without_domain_is_not_sent_anywhere() {
    let mut page = Page::blank(None);
    try_sign_in(&mut page, "ada");
    assert_eq!(page.m.sign_in.error.as_ref().map(|e| e.kind), Some(ErrorKind::BadAddress));
    assert!(!page.effects.iter().any(|e| matches!(e, Effect::Login { .. })));
}

#[test]
fn the_end_of_a_session_leaves_no_mail_on_the_screen_and_no_text_behind() {
    let mut page = Page::signed_in(3);
    page.send(Msg::Device(DeviceEvent::Opened(vec![])));
    page.send(Msg::Compose(Start::New));
    let id = page.m.composers[0].id;
    page.send(Msg::Edit(id, Edit::Text("half a letter".into())));
    page.effects.clear();
    page.send(Msg::Link(LinkEvent::Bye(Bye::SignedOut)));
    assert_eq!(page.m.page, Shown::SignIn);
    assert!(page.m.sign_in.expired && page.m.sign_in.address == "ada@blue.test");
    assert!(page.m.list.state.is_none() && page.m.folders.is_empty() && page.m.composers.is_empty());
    let kept = page.effects.iter().position(|e| matches!(e, Effect::Keep(r) if r.text == "half a letter"));
    let closed = page.effects.iter().position(|e| *e == Effect::CloseDevice);
    assert!(kept.is_some() && kept < closed, "written before the database is closed");
}

/// R38: what stays on this computer after signing out is said, and can be removed.
#[test]
fn r38_text_that_stays_on_the_device_is_said_at_sign_out_and_can_be_removed() {
    let mut page = Page::signed_in(3);
    page.send(Msg::Device(DeviceEvent::Opened(vec![])));
    page.send(Msg::SignOut);
    assert_eq!(page.m.sign_in.kept, None, "nothing was typed");
    let mut page = Page::signed_in(3);
    page.send(Msg::Device(DeviceEvent::Opened(vec![])));
    for text in ["half a letter", "another", "thrown away"] {
        page.send(Msg::Compose(Start::New));
        let id = page.m.composers.last().unwrap().id;
        page.send(Msg::Edit(id, Edit::Text(text.into())));
    }
    // An empty window is nothing to keep; what is thrown away goes although undo is still offered.
    page.send(Msg::Compose(Start::New));
    let thrown = page.m.composers[2].id;
    let records: Vec<Record> = page.m.composers.iter().take(2).map(|c| Record::of(c, 1)).collect();
    page.send(Msg::Discard(thrown));
    page.send(Msg::SignOut);
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Forget { composer, .. } if *composer == thrown)));
    assert_eq!(page.m.sign_in.kept, Some(("ada@blue.test".into(), 2)));
    page.effects.clear();
    page.send(Msg::RemoveKept);
    assert_eq!(page.effects, [Effect::OpenDevice { address: "ada@blue.test".into() }]);
    page.send(Msg::Device(DeviceEvent::Unavailable));
    assert!(page.m.sign_in.kept.is_some(), "it is still there, and can be tried again");
    page.send(Msg::RemoveKept);
    page.effects.clear();
    let ids: Vec<OpId> = records.iter().map(|r| r.id).collect();
    page.send(Msg::Device(DeviceEvent::Opened(records)));
    let gone = page.effects.iter().filter_map(|e| match e {
        Effect::Forget { composer, .. } => Some(*composer),
        _ => None,
    });
    assert_eq!(gone.collect::<Vec<_>>(), ids);
    assert_eq!(page.effects.last(), Some(&Effect::CloseDevice));
    assert!(page.m.sign_in.kept.is_none() && page.m.composers.is_empty());
}

#[test]
fn where_there_is_no_database_only_this_page_has_it() {
    let mut page = Page::signed_in(3);
    page.send(Msg::Device(DeviceEvent::Unavailable));
    page.send(Msg::Compose(Start::New));
    let id = page.m.composers[0].id;
    page.send(Msg::Edit(id, Edit::Text("half a letter".into())));
    page.send(Msg::SignOut);
    assert!(page.m.sign_in.kept.is_some() && page.m.composers.len() == 1);
    page.send(Msg::RemoveKept);
    page.send(Msg::Device(DeviceEvent::Unavailable));
    assert!(page.m.composers.is_empty() && page.m.sign_in.kept.is_none());
    assert!(page.m.notices.shown.is_empty(), "it is gone: there is nothing to complain about");
}

/// A database that opens late must not be emptied because somebody signed out meanwhile.
#[test]
fn nothing_is_removed_that_nobody_asked_to_remove() {
    let mut page = Page::signed_in(3);
    page.send(Msg::Compose(Start::New));
    let id = page.m.composers[0].id;
    page.send(Msg::Edit(id, Edit::Text("half a letter".into())));
    let record = Record::of(&page.m.composers[0], 1);
    page.send(Msg::SignOut);
    page.effects.clear();
    page.send(Msg::Device(DeviceEvent::Opened(vec![Record { id: OpId([9; 16]), ..record }])));
    assert!(!page.effects.iter().any(|e| matches!(e, Effect::Forget { .. })));
}

#[test]
fn signing_in_again_takes_the_note_away() {
    let mut page = Page::signed_in(3);
    page.send(Msg::Device(DeviceEvent::Opened(vec![])));
    page.send(Msg::Compose(Start::New));
    let id = page.m.composers[0].id;
    page.send(Msg::Edit(id, Edit::Text("half a letter".into())));
    page.send(Msg::SignOut);
    assert!(page.m.sign_in.kept.is_some());
    page.send(Msg::SignInDone(Ok(())));
    assert_eq!(page.m.sign_in.kept, None);
}
