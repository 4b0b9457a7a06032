//! Snapshots and goodbyes at awkward moments.
use super::*;
use crate::state::effect::Timer;
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

#[test]
fn the_pause_until_the_next_try_is_counted_down_and_stops() {
    let mut page = Page::signed_in(1);
    page.effects.clear();
    let error = ApiError::new(ErrorKind::ServerDown);
    page.event(Event::Upstream(UpstreamState::Waiting { seconds: 3, error }));
    let ticking =
        |page: &Page| page.effects.iter().any(|e| matches!(e, Effect::Timer { timer: Timer::Countdown, .. }));
    let mut seen = vec![page.m.next_try.1];
    for _ in 0..9 {
        if ticking(&page) {
            page.effects.clear();
            page.now += 1_000;
            page.send(Msg::Timer(Timer::Countdown));
            seen.push(page.m.next_try.1);
        }
    }
    assert_eq!(seen, [3, 2, 1]);
    // A tick that comes late, after the server is back.
    page.event(Event::Upstream(UpstreamState::Online));
    page.now += 60_000;
    page.send(Msg::Timer(Timer::Countdown));
    assert!(page.effects.is_empty());
}
