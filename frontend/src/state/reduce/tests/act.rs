//! Optimistic operations: shown at once, undone, taken back.
use super::*;
use crate::state::msg::{Action, Select};
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

fn is_flags(call: &Call) -> bool {
    matches!(call, Call::SetFlags(_))
}

fn starred(page: &Page, index: u32) -> bool {
    page.m.row(index).is_some_and(|r| r.flags.contains(Flags::FLAGGED))
}

/// Answers the newest change of flags.
fn granted(page: &mut Page) {
    let (tag, _) = page.asked(is_flags).unwrap();
    page.answer(tag, Ok(Reply::Ok));
}

#[test]
fn whatever_deletes_in_trash_asks_first_and_means_what_it_asked_about() {
    let is_delete = |c: &Call| matches!(c, Call::Delete(_));
    let mut page = Page::signed_in_at("Trash", 5);
    // The swipe and the row's own button name a message; the key and the toolbar mean what is chosen.
    page.send(Msg::ActOn(Uid(40), Action::Delete));
    assert_eq!(page.m.confirm.as_ref().map(|s| s.uids.clone()), Some(vec![Uid(40)]));
    assert!(page.effects.is_empty() && page.m.list.len() == 5, "nothing goes before the answer");
    page.send(Msg::Confirm(false));
    page.send(Msg::Confirm(true));
    assert!(page.effects.is_empty() && page.m.confirm.is_none());
    page.send(Msg::Act(Action::Delete));
    assert_eq!(page.m.confirm, None, "nothing is chosen: nothing is asked");
    page.send(Msg::Select(Select::Toggle(0)));
    page.send(Msg::Select(Select::Toggle(1)));
    page.send(Msg::Act(Action::Delete));
    page.send(Msg::Select(Select::Toggle(4)));
    page.send(Msg::Confirm(true));
    let (tag, Call::Delete(delete)) = page.asked(is_delete).unwrap() else { panic!() };
    assert_eq!(delete.set.uids, [Uid(40), Uid(50)]);
    page.send(Msg::UndoLast);
    page.effects.clear();
    page.answer(tag, Ok(Reply::Ok));
    assert_eq!(page.m.notices.shown.last().map(|n| n.text.clone()), Some(Text::DeletedForever(2)));
    assert!(page.asked(|_| true).is_none(), "there is no way back, and none is tried");
}

#[test]
fn a_question_about_a_folder_that_is_no_longer_open_deletes_nothing() {
    let mut page = Page::signed_in_at("Trash", 5);
    page.send(Msg::ActOn(Uid(40), Action::Delete));
    page.send(Msg::OpenFolder(FolderName::inbox()));
    page.effects.clear();
    page.send(Msg::Confirm(true));
    assert!(page.effects.is_empty());
}

#[test]
fn junk_is_deleted_into_trash() {
    let mut page = Page::signed_in_at("Junk", 3);
    page.send(Msg::ActOn(Uid(20), Action::Delete));
    let (_, Call::Move(to)) = page.asked(is_move).unwrap() else { panic!() };
    assert_eq!(to.to, Destination::Special(SpecialUse::Trash));
    assert_eq!(page.m.confirm, None);
}

#[test]
fn one_star_says_nothing_and_is_undone_like_anything_else() {
    let mut page = Page::signed_in(5);
    for uid in [40, 30] {
        page.send(Msg::ActOn(Uid(uid), Action::ToggleStar));
        granted(&mut page);
    }
    assert!(page.m.notices.shown.iter().all(|n| n.kind == NoticeKind::Quiet), "nothing is said");
    page.send(Msg::UndoLast);
    assert!(starred(&page, 1) && !starred(&page, 2), "the newest first");
    granted(&mut page);
    assert_eq!(page.m.notices.shown.last().map(|n| n.text.clone()), Some(Text::Undone));
    page.send(Msg::UndoLast);
    assert!(!starred(&page, 1));
    granted(&mut page);
    page.effects.clear();
    page.send(Msg::UndoLast);
    assert!(page.effects.is_empty(), "what undid isn't undone");
}

#[test]
fn a_change_of_flags_that_is_not_answered_yet_is_undone_at_once_on_the_screen() {
    let mut page = Page::signed_in(5);
    let unread = inbox_unread(&page);
    page.send(Msg::ActOn(Uid(50), Action::MarkRead));
    page.send(Msg::UndoLast);
    assert!(!page.m.row(0).unwrap().flags.contains(Flags::SEEN));
    assert_eq!(inbox_unread(&page), unread);
    granted(&mut page);
    let (_, Call::SetFlags(back)) = page.asked(is_flags).unwrap() else { panic!() };
    assert_eq!((back.remove, back.set.uids), (Flags::SEEN, vec![Uid(50)]));
    assert_eq!(inbox_unread(&page), unread);
    granted(&mut page);
    assert!(!page.m.row(0).unwrap().flags.contains(Flags::SEEN));
    assert_eq!(inbox_unread(&page), unread);
}

#[test]
fn undo_goes_by_when_things_were_begun_not_by_when_they_were_answered() {
    let mut page = Page::signed_in(5);
    page.send(Msg::ActOn(Uid(40), Action::Archive));
    let (slow, _) = page.asked(is_move).unwrap();
    page.send(Msg::ActOn(Uid(50), Action::Star));
    granted(&mut page);
    page.effects.clear();
    page.send(Msg::UndoLast);
    assert!(page.asked(is_flags).is_some(), "the star came after the move that is under way");
    page.send(Msg::UndoLast);
    page.effects.clear();
    let copied = Some(Copied { validity: UidValidity(9), uids: vec![(Uid(40), Uid(7))] });
    page.answer(slow, Ok(Reply::Moved(Moved { to: FolderName("Archive".into()), copied })));
    assert!(page.asked(is_move).is_some());
}

#[test]
fn what_a_newer_status_hides_can_still_be_undone_and_alerts_stay() {
    let mut page = Page::signed_in(9);
    page.m.notices.alert(Text::ReadOnly);
    for uid in [10, 20, 30, 40, 50, 60] {
        page.send(Msg::ActOn(Uid(uid), Action::MarkRead));
        granted(&mut page);
    }
    let kinds: Vec<NoticeKind> = page.m.notices.shown.iter().map(|n| n.kind).collect();
    assert_eq!(kinds.iter().filter(|k| **k == NoticeKind::Status).count(), 1);
    assert!(kinds.contains(&NoticeKind::Alert) && kinds.len() <= crate::state::notice::MAX_NOTICES);
    page.effects.clear();
    page.send(Msg::UndoLast);
    page.send(Msg::UndoLast);
    let undone = page.effects.iter().filter(|e| matches!(e, Effect::Request { .. })).count();
    assert_eq!(undone, 2);
}

#[test]
fn what_opening_marks_is_not_what_undo_takes_back() {
    let mut page = Page::signed_in(5);
    page.send(Msg::OpenAt(0));
    let (tag, _) = page.asked(|c| matches!(c, Call::Read(_))).unwrap();
    page.answer(tag, Ok(Reply::Read(Box::new(super::read::view("INBOX", 50)))));
    assert!(page.asked(is_flags).is_some());
    page.effects.clear();
    page.send(Msg::UndoLast);
    assert!(page.effects.is_empty());
    assert!(page.m.row(0).unwrap().flags.contains(Flags::SEEN));
}
