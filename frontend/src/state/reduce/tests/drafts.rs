//! What comes back from the device and how it stands on the screen; saving, closing and discarding what is written.
use super::*;
use crate::state::compose::{AttachedState, Composer, Edit, Problem, ServerCopy, Start};
use crate::state::effect::Timer;
use crate::state::msg::{DeviceEvent, NewFile, UploadEvent};
use crate::state::notice::{NoticeKind, Text};
use crate::state::record::Record;
use pyeonji_shared::call::compose::DraftSaved;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::{BlobId, MessageRef, OpId};

fn write(page: &mut Page, text: &str) -> OpId {
    page.send(Msg::Compose(Start::New));
    let id = page.m.composers.last().map(|c| c.id).unwrap();
    page.send(Msg::Edit(id, Edit::Text(text.into())));
    id
}

fn record(page: &Page, id: OpId, written: i64) -> Record {
    Record::of(page.m.composer(id).unwrap(), written)
}

fn reopened(records: Vec<Record>) -> Vec<Composer> {
    let mut page = Page::signed_in(10);
    page.send(Msg::Device(DeviceEvent::Opened(records)));
    page.m.composers
}

#[test]
fn what_was_written_last_stands_open_again_and_the_rest_is_put_aside() {
    let mut page = Page::signed_in(10);
    let (a, b) = (write(&mut page, "older"), write(&mut page, "newer"));
    let mut older = record(&page, a, 1);
    // It stood open when it was written down; there is room for one.
    older.minimised = false;
    let shown = reopened(vec![record(&page, b, 2), older]);
    let shown: Vec<_> = shown.iter().map(|c| (c.text.as_str(), c.minimised)).collect();
    assert_eq!(shown, [("older", true), ("newer", false)]);
}

#[test]
fn what_was_put_aside_comes_back_put_aside() {
    let mut page = Page::signed_in(10);
    page.send(Msg::Device(DeviceEvent::Opened(vec![])));
    let id = write(&mut page, "later");
    page.effects.clear();
    page.send(Msg::Minimise(id, true));
    let kept = page.effects.iter().find_map(|e| match e {
        Effect::Keep(record) => Some(record.clone()),
        _ => None,
    });
    let shown = reopened(vec![kept.expect("written down at once")]);
    assert!(shown[0].minimised && shown[0].text == "later");
}

#[test]
fn a_record_of_the_first_layout_is_read() {
    let mut page = Page::signed_in(10);
    let id = write(&mut page, "지워지면 안 되는 글");
    let mut now = record(&page, id, 5);
    now.minimised = true;
    now.version = 1;
    let mut old = now.to_bytes();
    old.pop();
    assert_eq!(Record::from_bytes(&old), Some(now));
    assert_eq!(Record::from_bytes(&[3]), None, "of a later build");
    assert_eq!(Record::from_bytes(&[]), None);
}

fn is_save(call: &Call) -> bool {
    matches!(call, Call::SaveDraft(_))
}

fn saved_as(uid: u32) -> Result<Reply, ApiError> {
    let at = MessageRef { folder: FolderName("Drafts".into()), validity: UidValidity(1), uid: Uid(uid) };
    Ok(Reply::DraftSaved(DraftSaved { at: Some(at) }))
}

fn last_text(page: &Page) -> Option<Text> {
    page.m.notices.shown.last().map(|n| n.text.clone())
}

#[test]
fn a_saved_draft_replaces_the_one_before_and_says_so() {
    let mut page = Page::signed_in(1);
    let id = write(&mut page, "one");
    page.send(Msg::SaveDraft(id));
    let (tag, Call::SaveDraft(first)) = page.asked(is_save).unwrap() else { panic!() };
    assert_eq!((first.draft.text.as_str(), first.replaces), ("one", None));
    page.effects.clear();
    page.send(Msg::SaveDraft(id));
    assert!(page.asked(is_save).is_none(), "one at a time");
    page.answer(tag, saved_as(7));
    assert_eq!(last_text(&page), Some(Text::DraftSaved));
    page.send(Msg::Edit(id, Edit::Text("two".into())));
    page.send(Msg::SaveDraft(id));
    let (tag, Call::SaveDraft(second)) = page.asked(is_save).unwrap() else { panic!() };
    assert_eq!(second.replaces.map(|r| r.uid), Some(Uid(7)));
    page.answer(tag, Err(ApiError::new(ErrorKind::OverQuota)));
    let composer = page.m.composer(id).unwrap();
    assert!(matches!(composer.server_copy, ServerCopy::Failed(_)) && composer.is_shown());
    assert_eq!(composer.replaces.as_ref().map(|r| r.uid), Some(Uid(7)));
    assert_eq!(page.m.notices.shown.last().map(|n| n.kind), Some(NoticeKind::Alert));
}

#[test]
fn closing_saves_what_was_typed_and_the_window_is_back_when_that_fails() {
    let mut page = Page::signed_in(1);
    let id = write(&mut page, "one");
    page.send(Msg::CloseComposer(id));
    assert!(!page.m.composer(id).unwrap().is_shown());
    let (tag, _) = page.asked(is_save).unwrap();
    page.answer(tag, Err(ApiError::new(ErrorKind::ServerDown)));
    assert!(page.m.composer(id).unwrap().is_shown());
    page.send(Msg::CloseComposer(id));
    let (tag, _) = page.asked(is_save).unwrap();
    page.answer(tag, saved_as(7));
    assert!(page.m.composers.is_empty());
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Forget { composer, .. } if *composer == id)));
    // Nothing was typed: nothing is saved.
    page.effects.clear();
    page.send(Msg::Compose(Start::New));
    let id = page.m.composers[0].id;
    page.send(Msg::CloseComposer(id));
    assert!(page.m.composers.is_empty() && page.asked(is_save).is_none());
}

#[test]
fn what_is_discarded_waits_for_undo_and_takes_its_draft_along() {
    let mut page = Page::signed_in(1);
    let id = write(&mut page, "one");
    page.send(Msg::SaveDraft(id));
    let (tag, _) = page.asked(is_save).unwrap();
    page.answer(tag, saved_as(7));
    page.effects.clear();
    page.send(Msg::Discard(id));
    assert!(!page.m.composer(id).unwrap().is_shown());
    page.send(Msg::UndoLast);
    assert!(page.m.composer(id).unwrap().is_shown());
    page.send(Msg::Timer(Timer::Discard(id)));
    assert!(page.m.composer(id).is_some(), "undone: the timer of before means nothing");
    page.send(Msg::Discard(id));
    assert!(page.asked(|c| matches!(c, Call::Delete(_))).is_none());
    page.send(Msg::Timer(Timer::Discard(id)));
    let (_, Call::Delete(delete)) = page.asked(|c| matches!(c, Call::Delete(_))).unwrap() else { panic!() };
    assert_eq!((delete.set.folder.as_str(), delete.set.uids), ("Drafts", vec![Uid(7)]));
    assert!(page.m.composers.is_empty());
}

const KEY: OpId = OpId([9; 16]);

/// With a file on its way to the gateway.
fn uploading() -> (Page, OpId) {
    let mut page = Page::signed_in(1);
    let id = write(&mut page, "with a file");
    let file = NewFile { key: KEY, name: "a.txt".into(), mime: "text/plain".into(), size: 10 };
    page.send(Msg::Attach(id, vec![file]));
    assert!(matches!(page.m.composer(id).unwrap().attachments[0].state, AttachedState::Uploading(_)));
    page.effects.clear();
    (page, id)
}

fn uploaded(page: &mut Page, id: OpId, ok: bool) {
    let result = if ok { Ok(BlobId([1; 16])) } else { Err(ApiError::new(ErrorKind::ServerDown)) };
    page.send(Msg::Upload(UploadEvent::Done { composer: id, key: KEY, result }));
}

#[test]
fn saving_while_a_file_is_on_its_way_says_so_until_it_is_there() {
    let (mut page, id) = uploading();
    page.send(Msg::SaveDraft(id));
    let composer = page.m.composer(id).unwrap();
    assert!(composer.is_shown() && composer.problem == Some(Problem::Uploading));
    assert!(page.asked(is_save).is_none());
    uploaded(&mut page, id, true);
    assert_eq!(page.m.composer(id).unwrap().problem, None);
    page.send(Msg::SaveDraft(id));
    assert!(page.asked(is_save).is_some());
}

#[test]
fn a_file_that_failed_is_named_instead_of_a_silent_save() {
    let (mut page, id) = uploading();
    page.send(Msg::SaveDraft(id));
    uploaded(&mut page, id, false);
    let named = Some(Problem::Attachment("a.txt".into()));
    assert_eq!(page.m.composer(id).unwrap().problem, named);
    page.send(Msg::CloseComposer(id));
    let composer = page.m.composer(id).unwrap();
    assert!(composer.is_shown() && composer.problem == named && page.asked(is_save).is_none());
}

#[test]
fn a_window_closed_while_a_file_is_on_its_way_waits_for_it_and_is_back_when_it_fails() {
    let (mut page, id) = uploading();
    page.send(Msg::CloseComposer(id));
    assert!(!page.m.composer(id).unwrap().is_shown());
    uploaded(&mut page, id, true);
    assert!(page.asked(is_save).is_some());
    let (mut page, id) = uploading();
    page.send(Msg::CloseComposer(id));
    uploaded(&mut page, id, false);
    let composer = page.m.composer(id).unwrap();
    assert!(composer.is_shown() && composer.problem == Some(Problem::Attachment("a.txt".into())));
}
