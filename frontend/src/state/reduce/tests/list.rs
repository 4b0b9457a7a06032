//! Windows, keeping one's place, search, cursor and selection.
use super::*;
use crate::state::list::ScrollTo;
use crate::state::msg::{Move, Select};
use crate::state::notice::Text;
use pyeonji_shared::call::list::WindowRows;
use pyeonji_shared::call::search::Found;
use pyeonji_shared::folder::FolderDelta;

fn is_window(call: &Call) -> bool {
    matches!(call, Call::Window(_))
}

fn give_window(page: &mut Page) {
    let Some((tag, Call::Window(w))) = page.asked(is_window) else { panic!("no window asked") };
    let exists = page.m.list.state.as_ref().unwrap().exists;
    let rows = (w.offset..w.offset + w.len).map(|i| row(exists - i, Flags::default())).collect();
    let rows = WindowRows { folder: w.folder, validity: w.validity, rows };
    page.answer(tag, Ok(Reply::Window(rows)));
}

#[test]
fn a_jump_asks_one_window_and_drops_the_one_before() {
    let mut page = Page::signed_in(100_000);
    page.send(Msg::Viewport { first: 50_000, last: 50_020 });
    let (first, _) = page.asked(is_window).unwrap();
    page.send(Msg::Viewport { first: 99_980, last: 100_000 });
    assert!(page.effects.contains(&Effect::Cancel(first)), "the window nobody looks at is cancelled");
    let windows = page.effects.iter().filter(|e| matches!(e, Effect::Request { call: Call::Window(_), .. }));
    assert_eq!(windows.count(), 2);
    give_window(&mut page);
    assert_eq!(page.m.row(99_999).map(|r| r.uid), Some(Uid(10)));
    page.effects.clear();
    page.send(Msg::Viewport { first: 99_975, last: 99_995 });
    assert!(page.asked(is_window).is_none(), "known rows are not asked again");
}

#[test]
fn a_server_that_leaves_rows_out_is_not_asked_for_ever() {
    let mut page = Page::signed_in(1_000);
    page.send(Msg::Viewport { first: 500, last: 520 });
    for _ in 0..10 {
        let Some((tag, _)) = page.asked(is_window) else { break };
        page.effects.clear();
        let (folder, validity) = (FolderName::inbox(), UidValidity(1));
        page.answer(tag, Ok(Reply::Window(WindowRows { folder, validity, rows: vec![] })));
    }
    assert!(page.asked(is_window).is_none());
}

#[test]
fn new_mail_above_does_not_move_what_is_read() {
    let mut page = Page::signed_in(100);
    page.send(Msg::Viewport { first: 10, last: 30 });
    let before = page.m.list.scroll.rev;
    let delta = FolderDelta::Arrived {
        exists: 102,
        unseen: 3,
        rows: vec![row(101, Flags::default()), row(102, Flags::default())],
    };
    page.event(Event::Folder { folder: FolderName::inbox(), validity: UidValidity(1), delta });
    assert_ne!(page.m.list.scroll.rev, before);
    assert_eq!(page.m.list.scroll.to, ScrollTo::By(2));
    assert_eq!(page.m.list.len(), 102);
}

#[test]
fn a_snapshot_after_a_cut_keeps_rows_and_place() {
    let mut page = Page::signed_in(1_000);
    page.send(Msg::Viewport { first: 400, last: 420 });
    give_window(&mut page);
    let before = page.m.row(405).unwrap().uid;
    page.effects.clear();
    let mut fresh = snapshot("INBOX", 1_003, 50);
    for row in &mut fresh.rows {
        // Three came meanwhile; the others have the same UIDs as before.
        row.summary.uid = Uid(row.seq.0 * 10);
    }
    page.send(welcome(fresh));
    assert_eq!(page.m.list.len(), 1_003);
    assert_eq!(page.m.row(408).map(|r| r.uid), Some(before), "shown at once, three rows further down");
    let corrected = page.effects.iter().any(|e| match e {
        Effect::Request { call: Call::Window(w), .. } => w.offset <= 403 && w.offset + w.len >= 423,
        _ => false,
    });
    assert!(corrected, "and corrected by a window");
}

#[test]
fn typing_on_cancels_the_search_and_late_hits_are_ignored() {
    let mut page = Page::signed_in(100);
    page.send(Msg::SearchTyped("let".into()));
    page.send(Msg::SearchNow);
    let (old, _) = page.asked(|c| matches!(c, Call::Search(_))).unwrap();
    page.send(Msg::SearchTyped("letter".into()));
    assert!(page.effects.contains(&Effect::Cancel(old)));
    page.send(Msg::SearchNow);
    let (new, _) = page.asked(|c| matches!(c, Call::Search(_))).unwrap();
    let found = |uids: Vec<u32>| {
        let uids = uids.into_iter().map(Uid).collect();
        Ok(Reply::Search(Found {
            folder: FolderName::inbox(),
            validity: UidValidity(1),
            uids,
            truncated: false,
        }))
    };
    page.answer(old, found(vec![10, 20]));
    assert_eq!(page.m.list.len(), 0);
    page.answer(new, found(vec![900, 500]));
    assert_eq!(page.m.list.len(), 2);
    let (tag, _) = page.asked(|c| matches!(c, Call::Rows(_))).unwrap();
    page.answer(tag, Ok(Reply::Rows(vec![row(90, Flags::SEEN).summary])));
    assert_eq!(page.shown(9), [900], "what is no longer there leaves the results");
    page.send(Msg::SearchClear);
    assert_eq!(page.m.list.len(), 100);
}

#[test]
fn cursor_and_selection() {
    let mut page = Page::signed_in(100);
    page.send(Msg::Cursor(Move::Next));
    page.send(Msg::Cursor(Move::Next));
    assert_eq!(page.m.list.cursor, Some(Uid(990)));
    page.send(Msg::Select(Select::ToggleCursor));
    page.send(Msg::Select(Select::Through(4)));
    assert_eq!(page.m.list.selected.keys().map(|u| u.0).collect::<Vec<_>>(), [960, 970, 980, 990]);
    page.send(Msg::Select(Select::All));
    assert_eq!(page.m.list.selected.len(), 50, "only rows that are loaded");
    page.send(Msg::Cursor(Move::Last));
    assert_eq!(page.m.list.scroll.to, ScrollTo::Reveal(99));
    page.send(Msg::Viewport { first: 80, last: 100 });
    give_window(&mut page);
    assert_eq!(page.m.list.cursor, Some(Uid(10)), "the cursor follows once the row is known");
}

#[test]
fn a_search_that_is_too_long_says_so_until_it_is_shorter() {
    let mut page = Page::signed_in(5);
    let too_long =
        |page: &Page| page.m.notices.shown.iter().filter(|n| n.text == Text::SearchTooLong).count();
    for more in [1, 9] {
        page.send(Msg::SearchTyped("x".repeat(pyeonji_shared::limits::MAX_QUERY_CHARS + more)));
        page.send(Msg::SearchNow);
        assert_eq!(too_long(&page), 1, "said once");
    }
    assert!(page.asked(|c| matches!(c, Call::Search(_))).is_none());
    page.send(Msg::SearchTyped("x".into()));
    page.send(Msg::SearchNow);
    assert_eq!(too_long(&page), 0);
    assert!(page.asked(|c| matches!(c, Call::Search(_))).is_some());
}
