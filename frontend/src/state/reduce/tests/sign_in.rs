//! Signing in, being signed out, what stays and what must not.
use super::*;
use crate::state::compose::{Edit, Start};
use crate::state::effect::Password;
use crate::state::model::Page as Shown;
use crate::state::msg::DeviceEvent;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::frame::Bye;

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
