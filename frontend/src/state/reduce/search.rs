//! Searching the open folder: streamed hits, cancelled by the next keystroke.
use super::{Out, ask, cancel_all, list};
use crate::state::effect::{Effect, Mark, Timer};
use crate::state::list::{MAX_SEARCH_ROWS, ScrollTo, Search};
use crate::state::model::{Model, Pending, Tag};
use crate::state::notice::{Doing, Text};
use pyeonji_shared::call::Call;
use pyeonji_shared::call::list::Rows;
use pyeonji_shared::call::search::{Found, Search as Ask};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::Uid;
use pyeonji_shared::limits::{FIRST_ROWS, MAX_QUERY_CHARS, MAX_SEARCH_HITS};
use pyeonji_shared::message::Summary;
use pyeonji_shared::query::{Query, QueryError};

/// Pause in typing after which the search runs.
const PAUSE_MS: u32 = 160;
/// Result rows asked at once.
const ROWS: usize = 100;

pub fn typed(m: &mut Model, out: &mut Out, text: String) {
    m.list.search_text = text.chars().take(MAX_QUERY_CHARS + 1).collect();
    // What runs is no longer what is typed; its hits stay on the screen until the next ones come.
    cancel_all(m, out, |p| matches!(p, Pending::Search));
    if let Some(search) = &mut m.list.search {
        search.tag = None;
    }
    out.push(Effect::Timer { timer: Timer::Search, ms: PAUSE_MS });
}

pub fn run(m: &mut Model, out: &mut Out) {
    if m.list.search.as_ref().is_some_and(|s| s.text == m.list.search_text && (s.tag.is_some() || s.fresh)) {
        return;
    }
    let query = match Query::parse(&m.list.search_text) {
        Ok(query) => query,
        Err(QueryError::Empty) => return clear_results(m, out),
        Err(QueryError::TooLong) => {
            m.notices.alert(Text::SearchTooLong);
            return;
        }
    };
    m.notices.withdraw(&Text::SearchTooLong);
    if !m.list.is_current() {
        return;
    }
    cancel_all(m, out, |p| matches!(p, Pending::Search | Pending::Rows(_) | Pending::Window(_)));
    m.list.windows.clear();
    let call = Call::Search(Ask {
        folder: m.list.folder.clone(),
        validity: m.list.validity(),
        query,
        rows: FIRST_ROWS,
    });
    let tag = ask(m, out, Pending::Search, None, call);
    let before = m.list.search.take().unwrap_or_default();
    m.list.search = Some(Search {
        text: m.list.search_text.clone(),
        validity: m.list.validity(),
        tag: Some(tag),
        uids: before.uids,
        rows: before.rows,
        ..Search::default()
    });
    m.list.selected.clear();
    m.list.anchor = None;
    m.list.marked = false;
    list::rehide(m);
}

pub fn clear(m: &mut Model, out: &mut Out) {
    m.list.search_text.clear();
    clear_results(m, out);
}

fn clear_results(m: &mut Model, out: &mut Out) {
    if m.list.search.take().is_none() {
        return;
    }
    cancel_all(m, out, |p| matches!(p, Pending::Search | Pending::Rows(_)));
    m.list.selected.clear();
    m.list.cursor = None;
    m.list.scroll_to(ScrollTo::Top);
    list::rehide(m);
    list::fill(m, out);
}

/// The first hits, as they are found.
pub fn chunk(m: &mut Model, out: &mut Out, tag: Tag, rows: Vec<Summary>) {
    let Some(search) = m.list.search.as_mut().filter(|s| s.tag == Some(tag)) else { return };
    begin_fresh(search, &mut m.list.scroll);
    for row in rows {
        if !search.rows.contains_key(&row.uid) && search.uids.len() < MAX_SEARCH_HITS {
            search.uids.push(row.uid);
        }
        search.rows.insert(row.uid, row);
    }
    list::rehide(m);
    mark(m, out);
}

/// Hits of the search before go when the first news of this one come.
fn begin_fresh(search: &mut Search, scroll: &mut crate::state::list::Scroll) {
    if !search.fresh {
        search.fresh = true;
        search.uids.clear();
        search.rows.clear();
        scroll.rev = scroll.rev.wrapping_add(1);
        scroll.to = ScrollTo::Top;
    }
}

pub fn done(m: &mut Model, out: &mut Out, tag: Tag, result: Result<Found, ApiError>) {
    let Some(search) = m.list.search.as_mut().filter(|s| s.tag == Some(tag)) else { return };
    search.tag = None;
    match result {
        Ok(mut found) => {
            begin_fresh(search, &mut m.list.scroll);
            found.uids.truncate(MAX_SEARCH_HITS);
            search.uids = found.uids;
            search.truncated = found.truncated;
            list::rehide(m);
            mark(m, out);
            fill(m, out);
        }
        Err(error) if error.kind == ErrorKind::ValidityChanged => {
            clear(m, out);
            list::reopen(m, out);
        }
        Err(error) => search.error = Some(error),
    }
}

fn mark(m: &mut Model, out: &mut Out) {
    if !m.list.marked {
        m.list.marked = true;
        let folder = m.list.folder.as_str().to_owned();
        out.push(Effect::Mark(Mark { name: "search", folder, count: m.list.len(), drawn: false }));
    }
}

/// Asks for result rows around the viewport.
pub fn fill(m: &mut Model, out: &mut Out) {
    let screen = m.list.on_screen();
    let Some(search) = &m.list.search else { return };
    if search.tag.is_some() || !search.fresh {
        return;
    }
    let wide = screen.start.saturating_sub(10)..screen.end.saturating_add(25);
    let wanted: Vec<Uid> = wide
        .filter_map(|i| m.list.uid_at(i))
        .filter(|u| !search.rows.contains_key(u) && !search.asking.contains_key(u))
        .take(ROWS)
        .collect();
    if wanted.is_empty() || search.asking.len() > 2 * ROWS {
        return;
    }
    let call =
        Call::Rows(Rows { folder: m.list.folder.clone(), validity: search.validity, uids: wanted.clone() });
    if let Some(search) = &mut m.list.search {
        for uid in &wanted {
            search.asking.insert(*uid, ());
        }
    }
    ask(m, out, Pending::Rows(wanted), None, call);
}

pub fn rows_done(m: &mut Model, out: &mut Out, asked: Vec<Uid>, result: Result<Vec<Summary>, ApiError>) {
    let screen = m.list.on_screen();
    let near: Vec<Uid> = screen.filter_map(|i| m.list.uid_at(i)).collect();
    let Some(search) = &mut m.list.search else { return };
    for uid in &asked {
        search.asking.remove(uid);
    }
    match result {
        Ok(rows) => {
            for row in rows {
                search.rows.insert(row.uid, row);
            }
            // What didn't come back is no longer there.
            let rows = &search.rows;
            search.uids.retain(|u| rows.contains_key(u) || !asked.contains(u));
            while search.rows.len() > MAX_SEARCH_ROWS {
                let far = search.rows.keys().find(|u| !near.contains(u) && !asked.contains(u)).copied();
                let Some(far) = far else { break };
                search.rows.remove(&far);
            }
            list::rehide(m);
            list::settle_cursor(m);
            fill(m, out);
        }
        Err(error) if error.kind == ErrorKind::ValidityChanged => {
            clear(m, out);
            list::reopen(m, out);
        }
        Err(error) => {
            m.notices.alert(Text::Failed(Doing::Search, error));
        }
    }
}

/// Messages left the folder.
pub fn forget(m: &mut Model, uids: &[Uid]) {
    if let Some(search) = &mut m.list.search {
        let mut left = uids.to_vec();
        left.sort_unstable();
        search.uids.retain(|uid| left.binary_search(uid).is_err());
        search.rows.retain(|uid, _| left.binary_search(uid).is_err());
    }
}
