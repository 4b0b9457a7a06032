//! What comes back from the device, and how it stands on the screen.
use super::*;
use crate::state::compose::{Composer, Edit, Start};
use crate::state::msg::DeviceEvent;
use crate::state::record::Record;
use pyeonji_shared::ids::OpId;

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
