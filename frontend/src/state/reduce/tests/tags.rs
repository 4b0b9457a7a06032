//! Tags of mail on this device: in sight at once, said when durable, undone, and heard of by other tabs.
use super::device_pages::{at_home, commits, ledger, record, settle};
use super::*;
use crate::mailbox::{Record, TagError};
use crate::state::mail::{Change, Key, MailEffect, MailEvent, Shelf, StoreError, TagChange};
use crate::state::msg::{Action, Select};
use crate::state::notice::{NoticeKind, Text, Undo};
use pyeonji_shared::ids::Uid;

fn with(keywords: &[&str], place: u32) -> Record {
    let keywords = keywords.iter().map(|k| (*k).to_owned()).collect();
    Record { keywords, ..record("INBOX", place, "", u8::try_from(place).unwrap()) }
}

fn home() -> Page {
    let records = [with(&["$Forwarded", "Work"], 1), with(&["b"], 2), with(&[], 3)];
    let mut page = at_home(&records, &ledger(&records));
    page.send(Msg::Viewport { first: 0, last: 20 });
    page
}

fn tag(page: &mut Page, uids: &[u32], tag: &str, on: bool) {
    let uids = uids.iter().copied().map(Uid).collect();
    page.send(Msg::Mail(MailEvent::Tag(TagChange { uids, tag: tag.into(), on })));
}

/// As the list has them.
fn shown(page: &Page, uid: u32) -> Vec<String> {
    page.m.list.summary_of(Uid(uid)).unwrap().keywords.clone()
}

fn stored(changes: &[Change], uid: u32) -> Option<Vec<String>> {
    changes.iter().find_map(|change| match change {
        Change::Put(Shelf::Records, Key::Number(n), bytes) if *n == uid => {
            Some(Record::from_bytes(bytes).unwrap().keywords)
        }
        _ => None,
    })
}

fn status(page: &Page) -> Vec<(NoticeKind, Text)> {
    page.m.notices.shown.iter().map(|n| (n.kind, n.text.clone())).collect()
}

#[test]
fn a_tag_is_one_commit_said_when_it_is_durable_and_other_tabs_are_told() {
    let mut page = home();
    tag(&mut page, &[1, 2, 3], "work", true);
    assert_eq!(
        (shown(&page, 1), shown(&page, 2)),
        (vec!["$Forwarded".into(), "Work".into()], vec!["b".into(), "Work".into()])
    );
    let [(id, changes)] = &commits(&page)[..] else { panic!("one commit") };
    assert_eq!(changes.len(), 2, "the first one has it");
    assert_eq!(stored(changes, 3), Some(vec!["Work".into()]));
    assert!(page.effects.contains(&Effect::Mail(MailEffect::Share(vec![2, 3]))));
    assert_eq!(status(&page), []);
    page.send(Msg::Mail(MailEvent::Committed { id: *id, result: Ok(()) }));
    assert_eq!(status(&page), [(NoticeKind::Status, Text::Tagged(2))]);
    // What changes nothing is no commit.
    tag(&mut page, &[1, 2, 3], "WORK", true);
    assert_eq!(commits(&page).len(), 1);
}

#[test]
fn undo_puts_the_keywords_back_and_says_so() {
    let mut page = home();
    tag(&mut page, &[1, 2], "work", false);
    settle(&mut page);
    tag(&mut page, &[2, 3], "new", true);
    settle(&mut page);
    assert_eq!(shown(&page, 1), ["$Forwarded"]);
    // The newest first.
    page.effects.clear();
    page.send(Msg::UndoLast);
    settle(&mut page);
    assert_eq!(
        (shown(&page, 1), shown(&page, 2), shown(&page, 3)),
        (vec!["$Forwarded".into()], vec!["b".into()], vec![])
    );
    assert_eq!(commits(&page).len(), 1);
    assert!(status(&page).contains(&(NoticeKind::Status, Text::Undone)));
    let left = page.m.notices.shown.iter().find(|n| matches!(n.undo, Some(Undo::Tags(_)))).unwrap();
    assert_eq!(left.text, Text::Tagged(1));
    let id = left.id;
    page.send(Msg::Undo(id));
    settle(&mut page);
    assert_eq!(shown(&page, 1), ["$Forwarded", "Work"]);
    let stored: Vec<_> =
        page.m.mail.as_ref().unwrap().mailbox.as_ref().unwrap().records().map(|(_, r)| r.clone()).collect();
    let before = home();
    assert!(before.m.mail.as_ref().unwrap().mailbox.as_ref().unwrap().records().map(|(_, r)| r).eq(&stored));
}

#[test]
fn past_a_limit_it_is_refused_with_a_reason_and_nothing_is_written() {
    let many: Vec<String> = (0..20).map(|i| format!("t{i}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let records = [with(&many, 1), with(&[], 2)];
    let mut page = at_home(&records, &ledger(&records));
    tag(&mut page, &[2, 1], "new", true);
    assert_eq!(page.m.mail.as_ref().unwrap().untagged, Some(TagError::Full));
    assert!(commits(&page).is_empty() && shown(&page, 2).is_empty());
    tag(&mut page, &[2], "new", true);
    assert_eq!((page.m.mail.as_ref().unwrap().untagged, commits(&page).len()), (None, 1));
}

#[test]
fn what_cannot_be_stored_is_said_and_read_again() {
    let mut page = home();
    tag(&mut page, &[3], "new", true);
    let [(id, _)] = &commits(&page)[..] else { panic!() };
    page.send(Msg::Mail(MailEvent::Committed { id: *id, result: Err(StoreError::Full) }));
    assert!(matches!(&status(&page)[..], [(NoticeKind::Alert, Text::Failed(..))]), "{:?}", status(&page));
    assert!(page.effects.contains(&Effect::Mail(MailEffect::Load)));
}

#[test]
fn tags_are_for_the_selection_or_the_open_message() {
    let mut page = home();
    assert_eq!(page.m.chosen(), []);
    page.send(Msg::OpenAt(0));
    assert_eq!(page.m.chosen(), [Uid(3)]);
    page.send(Msg::Select(Select::Toggle(1)));
    page.send(Msg::Select(Select::Toggle(2)));
    assert_eq!(page.m.chosen(), [Uid(1), Uid(2)]);
    // The cursor alone is enough for a key.
    page.send(Msg::Select(Select::None));
    page.send(Msg::Close);
    page.send(Msg::Act(Action::Star));
    assert!(page.m.row(2).unwrap().flags.contains(pyeonji_shared::message::Flags::FLAGGED));
}

#[test]
fn rows_that_a_search_found_show_new_tags() {
    let mut page = home();
    page.send(Msg::SearchTyped("tag:WORK".into()));
    page.send(Msg::SearchNow);
    assert_eq!(page.shown(9), [1]);
    tag(&mut page, &[1], "new", true);
    assert_eq!(shown(&page, 1), ["$Forwarded", "Work", "new"]);
}

#[test]
fn another_tab_s_tags_are_seen() {
    let mut page = home();
    let changed = with(&["b", "theirs"], 2).to_bytes();
    page.send(Msg::Mail(MailEvent::Shared(vec![(2, Some(changed))])));
    assert_eq!(shown(&page, 2), ["b", "theirs"]);
    tag(&mut page, &[3], "THEIRS", true);
    assert_eq!(shown(&page, 3), ["theirs"]);
}
