//! Snapshots and goodbyes at awkward moments.
use super::*;
use crate::state::msg::Action;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::frame::Bye;

#[test]
fn a_late_snapshot_does_not_drag_back_to_the_folder_before() {
    let mut page = Page::signed_in(5);
    page.send(Msg::OpenFolder(FolderName("Sent".into())));
    page.event(Event::Snapshot(whole(snapshot("INBOX", 6, 6))));
    assert_eq!(page.m.list.folder.as_str(), "Sent");
    let (tag, _) = page.asked(|c| matches!(c, Call::Open(_))).unwrap();
    page.answer(tag, Ok(Reply::Open(snapshot("Sent", 2, 2))));
    assert_eq!(page.shown(9), [20, 10]);
}

#[test]
fn a_folder_that_is_gone_leaves_the_address_bar() {
    let mut page = Page::signed_in(5);
    page.send(Msg::PathChanged("/mail/Old".into()));
    let (tag, _) = page.asked(|c| matches!(c, Call::Open(_))).unwrap();
    page.answer(tag, Err(ApiError::new(ErrorKind::Gone)));
    page.send(welcome(snapshot("INBOX", 5, 5)));
    assert_eq!(page.m.route.path(), "/mail/INBOX");
}

#[test]
fn a_failed_sign_in_upstream_gives_back_what_was_taken_away() {
    let mut page = Page::signed_in(5);
    page.send(Msg::ActOn(Uid(40), Action::Archive));
    assert_eq!(page.m.list.len(), 4);
    page.send(Msg::Link(LinkEvent::Bye(Bye::Failed(ApiError::new(ErrorKind::ServerDown)))));
    assert_eq!(page.shown(9), [50, 40, 30, 20, 10], "rows return, and the list is not blanked");
    assert!(
        page.effects
            .iter()
            .any(|e| matches!(e, Effect::Timer { timer: crate::state::effect::Timer::Reconnect, .. }))
    );
}
