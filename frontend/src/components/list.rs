//! The message list: a window of recycled rows over a folder or search of any length.
use super::{Ui, icon, row, tool};
use crate::dom::paint;
use crate::dom::tree::{NodeRef, View, each, ev, html, view};
use crate::dom::ui::node;
use crate::i18n::{T, count, fill, folder_label, remedy, what_happened};
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal, StoredValue, effect};
use crate::state::Msg;
use crate::state::list::{ListNote, ScrollTo};
use crate::state::mail::HERE;
use crate::state::msg::{Move, Select};
use crate::view::geometry::{Geometry, px};
use pyeonji_shared::limits::MAX_SEARCH_HITS;

/// Where the list stands; shared with its rows.
#[derive(Clone, Copy)]
pub struct Place {
    pub geometry: Memo<Geometry>,
    pub scroll: RwSignal<f64>,
    pub first: Memo<u32>,
    pub slots: Memo<u32>,
}

pub fn list(ui: Ui) -> View {
    let scroll = RwSignal::new(0.0);
    let (window, height) = (RwSignal::new(0.0), RwSignal::new(60.0));
    let rows = select(|m| m.list.len());
    let geometry = Memo::new(move || Geometry { rows: rows.get(), row: height.get(), window: window.get() });
    let first = Memo::new(move || geometry.get().first(scroll.get()));
    let slots = Memo::new(move || geometry.get().slots());
    let place = Place { geometry, scroll, first, slots };
    let visible = Memo::new(move || geometry.get().visible(scroll.get()));
    effect(move |_| {
        let visible = visible.get();
        dispatch(Msg::Viewport { first: visible.start, last: visible.end });
    });

    let node_ref = NodeRef::<html::Div>::new();
    let watch = StoredValue::new(None);
    effect(move |_| {
        let Some(grid) = node_ref.get() else { return };
        let measured = grid.clone();
        watch.set_value(Some(node::Watch::new(&grid, move || {
            window.set(f64::from(measured.client_height()));
            height.set(node::row_height(&measured));
        })));
    });
    let density = select(|m| m.settings.density);
    effect(move |_| {
        density.track();
        if let Some(grid) = node_ref.get() {
            height.set(node::row_height(&grid));
        }
    });
    let asked = select(|m| m.list.scroll);
    effect(move |before: Option<u32>| {
        let asked = asked.get();
        let Some(grid) = node_ref.get() else { return asked.rev };
        if before == Some(asked.rev) {
            return asked.rev;
        }
        let g = geometry.get_untracked();
        let now = f64::from(grid.scroll_top());
        let to = match asked.to {
            ScrollTo::Top => Some(0.0),
            ScrollTo::Reveal(index) => g.reveal(index, now),
            ScrollTo::By(by) if now > 0.0 => Some(now + by as f64 * g.row),
            ScrollTo::By(_) => None,
        };
        if let Some(to) = to {
            // The scroll area has its new height only after this turn; asking early would be clamped to the old one.
            paint::next_frame(move || {
                grid.set_scroll_top(to as i32);
                scroll.set(f64::from(grid.scroll_top()));
            });
        }
        asked.rev
    });

    let picking = select(|m| !m.list.selected.is_empty());
    let busy = select(|m| m.list_note() == ListNote::Loading);
    let active = select(|m| m.list.cursor.filter(|c| m.list.position(*c).is_some()));
    view! {
        <section class="pane list-pane" class:picking=move || picking.get()>
            {head(ui)}
            {HERE.then(|| super::check::check(ui))}
            <div id="messages" class="list-scroll" node_ref=node_ref role="grid" tabindex="0" aria-label=ui.t(T::Messages)
                aria-rowcount=move || rows.get().to_string() aria-multiselectable="true" aria-busy=move || busy.get().to_string()
                aria-activedescendant=move || active.get().map(|uid| format!("row-{}", uid.0))
                on:scroll=move |_| if let Some(grid) = node_ref.get_untracked() { scroll.set(f64::from(grid.scroll_top())) }
                on:keydown=keys>
                <div class="spacer" role="rowgroup" style:height=move || px(geometry.get().height())>
                    {each(move || (0..slots.get()).map(u128::from).collect(), move |slot| row::row(ui, slot as u32, place))}
                </div>
            </div>
            {move || note(ui)}
        </section>
    }
}

/// Name of what is shown, or what is selected.
fn head(ui: Ui) -> View {
    let title = select(move |m| {
        let delimiter = m.account.as_ref().and_then(|a| a.delimiter);
        match &m.list.search {
            Some(search) => fill(ui.l, T::SearchResults, &[("query", &search.text)]),
            None => folder_label(ui.l, &m.list.folder, m.folders.special_of(&m.list.folder), delimiter),
        }
    });
    let rows = select(|m| (m.list.state.is_some() || m.list.search.is_some()).then(|| m.list.len()));
    let searching = select(|m| m.list.search.as_ref().is_some_and(|s| s.tag.is_some()));
    let selected = select(|m| u32::try_from(m.list.selected.len()).unwrap_or(u32::MAX));
    let truncated = select(|m| m.list.search.as_ref().is_some_and(|s| s.truncated));
    view! {
        <div class="list-head">
            {move || match selected.get() {
                0 => view! {
                    <h2>{title.get()}<small>{move || if searching.get() {
                        Some(ui.t(T::Searching).to_owned())
                    } else {
                        rows.get().map(|n| count(ui.l, T::MessageCount, n))
                    }}</small></h2>
                    {tool("refresh", ui.t(T::Refresh), || dispatch(Msg::Refresh))}
                },
                n => view! {
                    <h2>{count(ui.l, T::SelectedCount, n)}</h2>
                    <button type="button" class="button plain" on:click=|_| dispatch(Msg::Select(Select::All))>{ui.t(T::SelectAll)}</button>
                    {tool("close", ui.t(T::SelectNone), || dispatch(Msg::Select(Select::None)))}
                },
            }}
        </div>
        {move || truncated.get().then(|| view! {
            <p class="list-foot">{count(ui.l, T::SearchTruncated, u32::try_from(MAX_SEARCH_HITS).unwrap_or(0))}</p>
        })}
    }
}

/// What stands where there are no rows.
fn note(ui: Ui) -> View {
    let note = select(|m| m.list_note());
    let inbox = select(|m| m.list.folder.is_inbox());
    let view = move || match note.get() {
        ListNote::None => view! {},
        ListNote::Loading | ListNote::Searching => {
            let rows = (0..8).map(|_| view! { <i></i><i></i> }).collect::<Vec<_>>();
            view! { <div class="list-note skeleton" aria-hidden="true">{rows}</div> }
        }
        ListNote::Empty => empty(
            "inbox",
            ui.t(T::EmptyFolder),
            ui.t(if inbox.get() { T::EmptyInbox } else { T::EmptyOther }),
            None,
        ),
        ListNote::NothingFound => empty("search", ui.t(T::NothingFound), ui.t(T::NothingFoundHint), None),
        ListNote::Failed(error) => {
            empty("warn", what_happened(ui.l, error.kind), remedy(ui.l, error.kind), Some(ui.t(T::Retry)))
        }
    };
    view! { {view} }
}

fn empty(name: &'static str, head: &'static str, words: &'static str, again: Option<&'static str>) -> View {
    view! {
        <div class="list-note empty">
            {icon(name)}<h2>{head}</h2><p>{words}</p>
            {again.map(|label| view! { <button type="button" class="button" on:click=|_| dispatch(Msg::Refresh)>{label}</button> })}
        </div>
    }
}

fn keys(e: ev::KeyboardEvent) {
    if e.ctrl_key() || e.meta_key() || e.alt_key() {
        if e.key() == "a" && !e.alt_key() {
            e.prevent_default();
            dispatch(Msg::Select(Select::All));
        }
        return;
    }
    let msg = match e.key().as_str() {
        "ArrowDown" => Msg::Cursor(Move::Next),
        "ArrowUp" => Msg::Cursor(Move::Previous),
        "Home" => Msg::Cursor(Move::First),
        "End" => Msg::Cursor(Move::Last),
        "PageDown" => Msg::Cursor(Move::PageDown),
        "PageUp" => Msg::Cursor(Move::PageUp),
        "Enter" => Msg::OpenCursor,
        " " => Msg::Select(Select::ToggleCursor),
        "Escape" if read(|m| !m.list.selected.is_empty()) => Msg::Select(Select::None),
        _ => return,
    };
    e.prevent_default();
    e.stop_propagation();
    dispatch(msg);
}
