//! Optimistic operations: shown at once, undone, taken back.
use super::*;
use crate::state::msg::Action;
use crate::state::notice::{NoticeKind, Text};
use pyeonji_shared::call::organise::{Copied, Destination, Moved};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::folder::FolderDelta;

fn is_move(call: &Call) -> bool {
    matches!(call, Call::Move(_))
}

fn inbox_unread(page: &Page) -> u32 {
    page.m.inbox_unread()
}

#[test]
fn archive_hides_at_once_says_so_after_the_answer_and_undo_moves_back() {
    let mut page = Page::signed_in(5);
    let unread = inbox_unread(&page);
    page.send(Msg::ActOn(Uid(40), Action::Archive));
    assert_eq!(page.shown(9), [50, 30, 20, 10]);
    assert_eq!(inbox_unread(&page), unread - 1);
    assert!(page.m.notices.shown.is_empty(), "nothing is claimed before the server said so");
    let (tag, _) = page.asked(is_move).unwrap();
    // The server tells the list first, then answers.
    let delta = FolderDelta::Expunged { seqs: vec![Seq(4)], unseen: 4 };
    page.event(Event::Folder { folder: FolderName::inbox(), validity: UidValidity(1), delta });
    assert_eq!(page.shown(9), [50, 30, 20, 10]);
    let copied = Some(Copied { validity: UidValidity(9), uids: vec![(Uid(40), Uid(7))] });
    page.answer(tag, Ok(Reply::Moved(Moved { to: FolderName("Archive".into()), copied })));
    assert_eq!(page.shown(9), [50, 30, 20, 10]);
    let notice = page.m.notices.shown.last().unwrap().clone();
    assert_eq!(notice.text, Text::Archived(1));
    page.send(Msg::Undo(notice.id));
    let (_, Call::Move(back)) = page.asked(is_move).unwrap() else { panic!() };
    assert_eq!((back.set.folder.as_str(), back.set.uids), ("Archive", vec![Uid(7)]));
    assert_eq!(back.to, Destination::Folder(FolderName::inbox()));
}

#[test]
fn a_refused_move_returns_the_row_with_an_alert() {
    let mut page = Page::signed_in(5);
    let unread = inbox_unread(&page);
    page.send(Msg::ActOn(Uid(40), Action::Delete));
    assert_eq!(page.m.list.len(), 4);
    let (tag, _) = page.asked(is_move).unwrap();
    page.answer(tag, Err(ApiError::new(ErrorKind::OverQuota)));
    assert_eq!(page.shown(9), [50, 40, 30, 20, 10]);
    assert_eq!(inbox_unread(&page), unread);
    assert_eq!(page.m.notices.shown.last().map(|n| n.kind), Some(NoticeKind::Alert));
}

#[test]
fn undo_pressed_before_the_answer_waits_for_it() {
    let mut page = Page::signed_in(5);
    page.send(Msg::ActOn(Uid(40), Action::Archive));
    let (tag, _) = page.asked(is_move).unwrap();
    page.send(Msg::UndoLast);
    page.effects.clear();
    let copied = Some(Copied { validity: UidValidity(9), uids: vec![(Uid(40), Uid(7))] });
    page.answer(tag, Ok(Reply::Moved(Moved { to: FolderName("Archive".into()), copied })));
    assert!(page.asked(is_move).is_some());
}

#[test]
fn flags_show_at_once_count_once_and_return_on_failure() {
    let mut page = Page::signed_in(5);
    let unread = inbox_unread(&page);
    page.send(Msg::ActOn(Uid(50), Action::MarkRead));
    assert!(page.m.row(0).unwrap().flags.contains(Flags::SEEN));
    assert_eq!(inbox_unread(&page), unread - 1);
    let (tag, _) = page.asked(|c| matches!(c, Call::SetFlags(_))).unwrap();
    page.answer(tag, Ok(Reply::Ok));
    assert!(page.m.row(0).unwrap().flags.contains(Flags::SEEN), "confirmed, and not blinking");
    assert_eq!(inbox_unread(&page), unread - 1);
    page.effects.clear();
    page.send(Msg::ActOn(Uid(50), Action::MarkRead));
    assert!(page.effects.is_empty(), "nothing to change, nothing asked");
    page.send(Msg::ActOn(Uid(40), Action::Star));
    let (tag, _) = page.asked(|c| matches!(c, Call::SetFlags(_))).unwrap();
    page.answer(tag, Err(ApiError::new(ErrorKind::Refused)));
    assert!(!page.m.row(1).unwrap().flags.contains(Flags::FLAGGED));
}
