//! The list: opening folders, windows for the viewport, cursor and selection.
use super::{Out, ask, cancel, cancel_all, page, search};
use crate::state::effect::{Effect, Mark};
use crate::state::list::{MAX_RECENT, MAX_SELECTED, ScrollTo};
use crate::state::model::{Model, Page, Pending, Tag};
use crate::state::msg::{Move, Select};
use crate::state::notice::Text;
use crate::state::route::Route;
use pyeonji_shared::account::Counts;
use pyeonji_shared::call::Call;
use pyeonji_shared::call::list::{FolderSnapshot, Open, Window};
use pyeonji_shared::folder::FolderState;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::limits::{FIRST_ROWS, MAX_WINDOW};
use pyeonji_shared::message::Row;
use std::ops::Range;

/// Unknown rows this near to the viewport are asked for, …
const NEAR: u32 = 12;
/// … and then with them what is unknown this near, so that scrolling asks seldom.
const MARGIN: u32 = 50;
/// Window requests under way at once.
const MAX_WINDOWS: usize = 2;
/// Times one window is asked in a row when rows of it stay unknown.
const MAX_ASKED: u32 = 2;

pub fn open_folder(m: &mut Model, out: &mut Out, folder: FolderName, push: bool) {
    let again = m.list.folder == folder && m.list.is_current() && m.list.error.is_none();
    m.page = Page::Mail;
    m.reader = None;
    if again {
        search::clear(m, out);
        m.list.scroll_to(ScrollTo::Top);
    } else {
        open_folder_as(m, out, folder);
    }
    m.route = Route::Folder(m.list.folder.clone());
    if push {
        out.push(Effect::Path { path: m.route.path(), replace: false });
    }
}

/// Switches the list; the address bar is the caller's.
pub fn open_folder_as(m: &mut Model, out: &mut Out, folder: FolderName) {
    cancel_all(m, out, |p| {
        matches!(p, Pending::Open(_) | Pending::Window(_) | Pending::Rows(_) | Pending::Search)
    });
    m.confirm = None;
    let list = &mut m.list;
    if let Some(state) = list.state.take() {
        list.recent.retain(|s| s.folder != state.folder);
        list.recent.push(state);
        while list.recent.len() > MAX_RECENT {
            list.recent.remove(0);
        }
    }
    let before = list.recent.iter().position(|s| s.folder == folder);
    list.state = before.map(|at| list.recent.remove(at));
    list.folder = folder.clone();
    list.search = None;
    list.search_text.clear();
    list.cursor = None;
    list.want_cursor = None;
    list.selected.clear();
    list.anchor = None;
    list.windows.clear();
    list.error = None;
    list.marked = false;
    list.scroll_to(ScrollTo::Top);
    rehide(m);
    mark_rows(m, out);
    ask_open(m, out, folder);
}

pub fn ask_open(m: &mut Model, out: &mut Out, folder: FolderName) {
    m.list.opening = true;
    let call = Call::Open(Open { folder: folder.clone(), rows: FIRST_ROWS });
    ask(m, out, Pending::Open(folder), None, call);
}

/// A fresh picture of a folder: an answer to Open, or within a snapshot. One code path (invariant 9).
pub fn show_snapshot(m: &mut Model, out: &mut Out, mut snapshot: FolderSnapshot) {
    if snapshot.folder != m.list.folder {
        // The folder that was asked for is gone, or nothing was open yet.
        m.list = crate::state::list::List {
            folder: snapshot.folder.clone(),
            scroll: m.list.scroll,
            viewport: m.list.viewport.clone(),
            ..Default::default()
        };
        m.list.scroll_to(ScrollTo::Top);
        m.reader = m.reader.take().filter(|r| r.at.folder == snapshot.folder);
    }
    m.list.opening = false;
    m.list.error = None;
    let places = places(m);
    let refresh = m.list.state.as_ref().and_then(|old| carry_over(old, &mut snapshot, m.list.on_screen()));
    if m.list.state.as_ref().is_some_and(|s| s.validity != snapshot.validity) {
        m.list.selected.clear();
        m.list.cursor = None;
        search::clear(m, out);
    }
    let state = FolderState::from_snapshot(snapshot);
    m.overlay.forget_gone(&state.folder);
    m.folders.set_counts(&state.folder, Counts { messages: state.exists, unseen: state.unseen });
    m.list.state = Some(state);
    m.list.windows.clear();
    m.list.answered = (0..0, 0);
    cancel_all(m, out, |p| matches!(p, Pending::Window(_)));
    rehide(m);
    keep_place(m, &places);
    mark_rows(m, out);
    if let Some(range) = refresh.filter(|_| m.list.search.is_none()) {
        ask_window(m, out, range);
    }
    fill(m, out);
}

/// Rows on the screen that the new picture doesn't bring are shown as they were, moved by as much as the newest known
/// row moved, until the window that is asked at once corrects them. Returns that window.
fn carry_over(old: &FolderState, new: &mut FolderSnapshot, screen: Range<u32>) -> Option<Range<u32>> {
    if old.folder != new.folder || old.validity != new.validity || screen.end <= FIRST_ROWS {
        return None;
    }
    let shift = new.rows.iter().rev().find_map(|row| {
        let before = old.exists.saturating_sub(old.index_of(row.summary.uid)?);
        Some(i64::from(row.seq.0) - i64::from(before))
    })?;
    let wide = screen.start.saturating_sub(MARGIN)..screen.end.saturating_add(MARGIN);
    let oldest_fresh = new.rows.iter().map(|r| r.seq.0).min().unwrap_or(u32::MAX);
    let mut moved = Vec::new();
    for index in wide {
        let (Some(seq), Some(summary)) = (old.seq_at(index), old.row(index)) else { continue };
        let Ok(to) = u32::try_from(i64::from(seq.0) + shift) else { continue };
        if to >= 1 && to < oldest_fresh && to <= new.exists {
            moved.push(Row { seq: pyeonji_shared::ids::Seq(to), summary: summary.clone() });
        }
    }
    let first = moved.iter().map(|r| new.exists - r.seq.0).min()?;
    let last = moved.iter().map(|r| new.exists - r.seq.0).max()?;
    new.rows.extend(moved);
    Some(first..last.saturating_add(1).min(first.saturating_add(MAX_WINDOW)))
}

/// Recomputes which rows are hidden by operations.
pub fn rehide(m: &mut Model) {
    let hidden = m.overlay.hidden(&m.list.folder, m.list.validity());
    m.list.hide(&hidden);
}

/// UIDs on the screen with their positions.
pub fn places(m: &Model) -> Vec<(Uid, u32)> {
    m.list.on_screen().filter_map(|i| Some((m.list.uid_at(i)?, i))).collect()
}

/// Moves the scroller so that what was on the screen stays there. At the top, new rows push in instead.
pub fn keep_place(m: &mut Model, before: &[(Uid, u32)]) {
    if before.first().is_none_or(|(_, index)| *index == 0) {
        return;
    }
    let moved =
        before.iter().find_map(|(uid, was)| Some(i64::from(m.list.position(*uid)?) - i64::from(*was)));
    if let Some(by) = moved.filter(|by| *by != 0) {
        m.list.scroll_to(ScrollTo::By(by));
    }
}

/// The first rows of what is shown are there.
pub fn mark_rows(m: &mut Model, out: &mut Out) {
    if m.list.marked || m.list.search.is_some() || !m.list.is_current() {
        return;
    }
    let folder = m.list.folder.as_str().to_owned();
    m.list.marked = true;
    out.push(Effect::Mark(Mark { name: "rows", folder, count: m.list.len(), drawn: false }));
}

pub fn viewport(m: &mut Model, out: &mut Out, first: u32, last: u32) {
    m.list.viewport = first..last.max(first).min(first.saturating_add(MAX_WINDOW));
    fill(m, out);
}

/// Asks for unknown rows around the viewport; drops requests that no longer matter.
pub fn fill(m: &mut Model, out: &mut Out) {
    if m.list.search.is_some() {
        return search::fill(m, out);
    }
    if m.list.opening || !m.list.is_current() {
        return;
    }
    let screen = m.list.on_screen();
    let wanted = m.list.source_index(screen.start).saturating_sub(MARGIN)
        ..m.list.source_index(screen.end).saturating_add(MARGIN);
    let stale: Vec<Tag> = (m.list.windows.iter())
        .filter(|(_, r)| r.end <= wanted.start || r.start >= wanted.end)
        .map(|(tag, _)| *tag)
        .collect();
    for tag in stale {
        m.list.windows.retain(|(t, _)| *t != tag);
        cancel(m, out, tag);
    }
    let near = m.list.source_index(screen.start).saturating_sub(NEAR)
        ..m.list.source_index(screen.end).saturating_add(NEAR);
    let Some(state) = &m.list.state else { return };
    let Some(missing) = state.missing(near).and_then(|_| state.missing(wanted)) else { return };
    let missing = missing.start..missing.end.min(missing.start.saturating_add(MAX_WINDOW));
    let asked = m.list.windows.iter().any(|(_, r)| r.start <= missing.start && r.end >= missing.end);
    if asked || m.list.windows.len() >= MAX_WINDOWS {
        return;
    }
    if m.list.answered.0 == missing && m.list.answered.1 >= MAX_ASKED {
        return;
    }
    ask_window(m, out, missing);
}

fn ask_window(m: &mut Model, out: &mut Out, range: Range<u32>) {
    let call = Call::Window(Window {
        folder: m.list.folder.clone(),
        validity: m.list.validity(),
        offset: range.start,
        len: range.end.saturating_sub(range.start).min(MAX_WINDOW),
    });
    let tag = ask(m, out, Pending::Window(range.clone()), None, call);
    m.list.windows.push((tag, range));
}

/// A window was answered.
pub fn window_done(m: &mut Model, out: &mut Out, tag: Tag, range: Range<u32>) {
    m.list.windows.retain(|(t, _)| *t != tag);
    let times = if m.list.answered.0 == range { m.list.answered.1.saturating_add(1) } else { 1 };
    m.list.answered = (range, times);
    let centre = m.list.source_index(m.list.viewport.start);
    if let Some(state) = &mut m.list.state {
        state.evict(centre);
    }
    rehide(m);
    settle_cursor(m);
    fill(m, out);
}

pub fn cursor(m: &mut Model, out: &mut Out, step: Move) {
    let len = m.list.len();
    if len == 0 || m.page != Page::Mail {
        return;
    }
    let screen = m.list.on_screen();
    let page = screen.end.saturating_sub(screen.start).max(2) - 1;
    let now = m.list.want_cursor.or_else(|| m.list.cursor.and_then(|uid| m.list.position(uid)));
    let to = match (step, now) {
        (Move::Next | Move::Previous, None) => screen.start,
        (Move::Next, Some(at)) => at.saturating_add(1),
        (Move::Previous, Some(at)) => at.saturating_sub(1),
        (Move::First, _) => 0,
        (Move::Last, _) => len - 1,
        (Move::PageDown, at) => at.unwrap_or(screen.start).saturating_add(page),
        (Move::PageUp, at) => at.unwrap_or(screen.start).saturating_sub(page),
        (Move::To(index), _) => index,
    }
    .min(len - 1);
    m.list.want_cursor = Some(to);
    settle_cursor(m);
    m.list.scroll_to(ScrollTo::Reveal(to));
    fill(m, out);
}

/// Puts the cursor on the row it waits for, once that is known.
pub fn settle_cursor(m: &mut Model) {
    if let Some(uid) = m.list.want_cursor.and_then(|index| m.list.uid_at(index)) {
        m.list.cursor = Some(uid);
        m.list.want_cursor = None;
    }
}

pub fn select(m: &mut Model, select: Select) {
    match select {
        Select::None => {
            m.list.selected.clear();
            m.list.anchor = None;
        }
        Select::Only(index) => {
            let Some(uid) = m.list.uid_at(index) else { return };
            m.list.selected = [uid].into_iter().collect();
            m.list.anchor = Some(uid);
            m.list.cursor = Some(uid);
        }
        Select::Toggle(index) => toggle(m, m.list.uid_at(index)),
        Select::ToggleCursor => toggle(m, m.list.cursor),
        Select::Through(index) => {
            let from = m.list.anchor.or(m.list.cursor).and_then(|uid| m.list.position(uid)).unwrap_or(index);
            let range = from.min(index)..=from.max(index);
            // Only what is known can be selected: a row nobody has seen isn't chosen by accident.
            let uids: Vec<Uid> = range.take(MAX_SELECTED).filter_map(|i| m.list.uid_at(i)).collect();
            m.list.anchor = m.list.uid_at(from);
            m.list.cursor = m.list.uid_at(index).or(m.list.cursor);
            m.list.selected = uids.into_iter().collect();
        }
        Select::All => {
            let len = u32::try_from(MAX_SELECTED).map_or(0, |max| m.list.len().min(max));
            let uids: Vec<Uid> = match (&m.list.search, &m.list.state) {
                (Some(_), _) => (0..len).filter_map(|i| m.list.uid_at(i)).collect(),
                (None, Some(state)) => {
                    let hidden = m.overlay.hidden(&state.folder, state.validity);
                    let known = state.known().rev().map(|(_, s)| s.uid);
                    known.filter(|u| hidden.binary_search(u).is_err()).take(MAX_SELECTED).collect()
                }
                (None, None) => Vec::new(),
            };
            m.list.selected = uids.into_iter().collect();
        }
    }
}

fn toggle(m: &mut Model, uid: Option<Uid>) {
    let Some(uid) = uid else { return };
    if m.list.selected.remove(&uid).is_none() {
        if m.list.selected.len() >= MAX_SELECTED {
            m.notices.alert(Text::TooManySelected);
            return;
        }
        m.list.selected.insert(uid, ());
    }
    m.list.anchor = Some(uid);
    m.list.cursor = Some(uid);
}

/// Opens the folder anew after it was renumbered.
pub fn reopen(m: &mut Model, out: &mut Out) {
    if !m.list.opening && page::here(m).folder().is_some() {
        let folder = m.list.folder.clone();
        ask_open(m, out, folder);
    }
}
