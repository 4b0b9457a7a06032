//! Opening messages: marked read, neighbours fetched ahead.
use super::*;
use crate::state::effect::Timer;
use crate::state::model::Pending;
use crate::state::reader::Body;
use crate::state::settings::Setting;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::folder::FolderDelta;
use pyeonji_shared::message::MessageView;

pub fn view(folder: &str, uid: u32) -> MessageView {
    let mut view = crate::state::reader::tests::view(uid, 10);
    view.at.folder = FolderName(folder.into());
    view
}

fn is_read(call: &Call) -> bool {
    matches!(call, Call::Read(_))
}

/// Messages asked for, and whether in the background.
fn reads(page: &Page) -> Vec<(u32, bool)> {
    let call = |e: &Effect| match e {
        Effect::Request { call: Call::Read(read), .. } => Some((read.at.uid.0, read.background)),
        _ => None,
    };
    page.effects.iter().filter_map(call).collect()
}

fn marks_read(page: &Page) -> Option<Vec<Uid>> {
    match page.asked(|c| matches!(c, Call::SetFlags(_)))?.1 {
        Call::SetFlags(set) if set.add == Flags::SEEN && set.remove == Flags::default() => Some(set.set.uids),
        _ => None,
    }
}

/// Opens the row and lets its body come.
fn open(page: &mut Page, index: u32) {
    page.send(Msg::OpenAt(index));
    let (tag, Call::Read(read)) = page.asked(is_read).unwrap() else { panic!() };
    page.answer(tag, Ok(Reply::Read(Box::new(view("INBOX", read.at.uid.0)))));
}

#[test]
fn a_message_counts_as_read_once_it_is_shown_and_only_where_that_is_wanted() {
    let mut page = Page::signed_in(5);
    page.send(Msg::OpenAt(1));
    assert_eq!(marks_read(&page), None, "not before there is something to read");
    let (tag, _) = page.asked(is_read).unwrap();
    page.answer(tag, Err(ApiError::new(ErrorKind::ServerTimeout)));
    assert_eq!(marks_read(&page), None);
    page.effects.clear();
    open(&mut page, 1);
    assert_eq!(marks_read(&page), Some(vec![Uid(40)]));
    let (tag, _) = page.asked(|c| matches!(c, Call::SetFlags(_))).unwrap();
    page.answer(tag, Ok(Reply::Ok));
    assert!(page.m.notices.shown.is_empty(), "nothing is said about it");
    page.effects.clear();
    page.send(Msg::Set(Setting::MarkRead(false)));
    open(&mut page, 2);
    assert_eq!(marks_read(&page), None);
}

#[test]
fn a_folder_that_cannot_be_changed_is_read_without_a_word() {
    let mut page = Page::blank(Some("ada@blue.test"));
    page.send(welcome(FolderSnapshot { writable: false, ..snapshot("INBOX", 3, 3) }));
    page.send(Msg::Viewport { first: 0, last: 20 });
    page.effects.clear();
    open(&mut page, 0);
    assert_eq!(marks_read(&page), None);
    assert!(page.m.notices.shown.is_empty());
}

#[test]
fn neighbours_come_ahead_in_the_background_and_once() {
    let mut page = Page::signed_in(9);
    open(&mut page, 3);
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Timer { timer: Timer::Prefetch, .. })));
    page.effects.clear();
    page.send(Msg::Timer(Timer::Prefetch));
    assert_eq!(
        reads(&page),
        [(50, true), (70, true), (40, true)],
        "the next, the one before, the next but one"
    );
    page.effects.clear();
    page.send(Msg::Timer(Timer::Prefetch));
    assert_eq!(reads(&page), [], "they are on their way");
    let tags: Vec<Tag> = page.m.pending.iter().filter(|(_, p)| is_background(p)).map(|(t, _)| *t).collect();
    page.answer(tags[0], Ok(Reply::Read(Box::new(view("INBOX", 50)))));
    page.answer(tags[1], Err(ApiError::new(ErrorKind::ServerTimeout)));
    assert!(page.m.notices.shown.is_empty(), "nobody waits for them");
    page.send(Msg::OpenNext(1));
    assert_eq!(reads(&page), [], "it is there already");
    assert!(page.m.reader.as_ref().is_some_and(|r| matches!(r.body, Body::Ready(_))));
}

fn is_background(pending: &Pending) -> bool {
    matches!(pending, Pending::Read { background: true, .. })
}

#[test]
fn what_is_asked_for_does_not_wait_behind_what_may_be_and_large_ones_are_left() {
    let mut page = Page::signed_in(9);
    open(&mut page, 0);
    let mut large = row(10, Flags::default());
    large.summary.size = (512 << 10) + 1;
    let delta = FolderDelta::Arrived { exists: 10, unseen: 9, rows: vec![large] };
    page.event(Event::Folder { folder: FolderName::inbox(), validity: UidValidity(1), delta });
    page.effects.clear();
    page.send(Msg::Timer(Timer::Prefetch));
    assert_eq!(reads(&page), [(80, true), (70, true)], "not the large one above");
    page.effects.clear();
    page.send(Msg::OpenAt(2));
    assert_eq!(reads(&page), [(80, false)], "asked anew, in front");
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Cancel(_))));
}

#[test]
fn no_more_than_three_come_ahead_at_once_and_none_twice() {
    let mut page = Page::signed_in(9);
    open(&mut page, 3);
    page.send(Msg::Timer(Timer::Prefetch));
    page.effects.clear();
    // The next one is asked in front now; two of the three are still under way.
    page.send(Msg::OpenAt(4));
    page.send(Msg::Timer(Timer::Prefetch));
    assert_eq!(reads(&page), [(50, false), (30, true)], "40 is on its way, 60 was read");
    page.effects.clear();
    page.send(Msg::OpenAt(7));
    page.send(Msg::Timer(Timer::Prefetch));
    assert_eq!(reads(&page), [(20, false)], "three are under way");
}
