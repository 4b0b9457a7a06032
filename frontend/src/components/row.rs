//! One row of the list. A slot shows whichever message is at its place now; its elements are never rebuilt.
use super::{Ui, icon, list::Place, tags};
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::{clock, node};
use crate::i18n::{Civil, T, fill, short_date, t};
use crate::runtime::{dispatch, select};
use crate::signals::{Memo, RwSignal, StoredValue};
use crate::state::Msg;
use crate::state::list::RowView;
use crate::state::mail::HERE;
use crate::state::msg::{Action, Select};
use crate::view::geometry::{px, slot_row};
use pyeonji_shared::message::Flags;

/// Pixels a swipe must go to count.
const SWIPE: f64 = 96.0;
/// Pixels before it is a swipe and no tap.
const START: f64 = 12.0;

pub fn row(ui: Ui, slot: u32, place: Place) -> View {
    let Place { geometry, scroll, first, slots } = place;
    let index = Memo::new(move || slot_row(slot, first.get(), slots.get()));
    let row: Memo<Option<RowView>> = select(move |m| m.row(index.get()));
    let top = Memo::new(move || {
        let g = geometry.get();
        // Only a list taller than a browser can scroll is placed anew while scrolling.
        let scroll = if g.height() < f64::from(g.rows) * g.row { scroll.get() } else { 0.0 };
        g.top(index.get(), scroll)
    });
    let there = Memo::new(move || index.get() < geometry.get().rows);
    let swipe = RwSignal::new(0.0_f64);
    let from = StoredValue::new(None::<(f64, f64)>);
    let is = move |flag: Flags| row.with(|r| r.as_ref().is_some_and(|r| r.flags.contains(flag)));
    let part = move |get: fn(&RowView) -> bool| row.with(|r| r.as_ref().is_some_and(get));
    let unread = move || row.with(|r| r.as_ref().is_some_and(|r| !r.flags.contains(Flags::SEEN)));
    let date = Memo::new(move || row.with(|r| r.as_ref().map(|r| date(ui, r.date)).unwrap_or_default()));
    let people = Memo::new(move || row.with(|r| r.as_ref().map(|r| people(ui, r)).unwrap_or_default()));
    let subject = Memo::new(move || row.with(|r| r.as_ref().map(|r| subject(ui, r)).unwrap_or_default()));
    let tags = HERE.then(|| select(move |m| tags::of_row(m, index.get())));
    let name = Memo::new(move || {
        row.with(|r| match r {
            None => ui.t(T::Loading).to_owned(),
            Some(r) => {
                let mut name = name(ui, r, &people.get(), &subject.get(), &date.get());
                if let Some(tags) = tags {
                    tags.with(|tags| tags::say(ui, tags, &mut name));
                }
                name
            }
        })
    });
    let act = move |action: fn() -> Action| {
        if let Some(uid) = row.with_untracked(|r| r.as_ref().map(|r| r.uid)) {
            dispatch(Msg::ActOn(uid, action()));
        }
    };
    let click = move |e: ev::MouseEvent| {
        let index = index.get_untracked();
        let msg = if e.shift_key() {
            Msg::Select(Select::Through(index))
        } else if e.ctrl_key() || e.meta_key() {
            Msg::Select(Select::Toggle(index))
        } else {
            Msg::OpenAt(index)
        };
        dispatch(msg);
    };
    let down = move |e: ev::PointerEvent| {
        if e.pointer_type() == "touch" {
            from.set_value(Some((f64::from(e.client_x()), f64::from(e.client_y()))));
        }
    };
    let moved = move |e: ev::PointerEvent| {
        let Some((x, y)) = from.get_value() else { return };
        let (dx, dy) = (f64::from(e.client_x()) - x, f64::from(e.client_y()) - y);
        if swipe.get_untracked() == 0.0 {
            if dy.abs() > START {
                from.set_value(None);
            } else if dx.abs() > START {
                node::capture(&e);
                swipe.set(dx);
            }
        } else {
            swipe.set(dx.clamp(-220.0, 220.0));
        }
    };
    let up = move |_: ev::PointerEvent| {
        from.set_value(None);
        let dx = swipe.get_untracked();
        swipe.set(0.0);
        if dx >= SWIPE {
            act(|| Action::Archive);
        } else if dx <= -SWIPE {
            act(|| Action::Delete);
        }
    };
    let shift = move || {
        let x = swipe.get();
        format!("translate({},{})", px(x), px(top.get()))
    };
    view! {
        {move || (swipe.get() != 0.0).then(|| {
            let right = swipe.get() > 0.0;
            view! {
                <div class="swipe" class:right=right class:left=!right class:armed={swipe.get().abs() >= SWIPE} aria-hidden="true"
                    style:transform=format!("translateY({})", px(top.get()))>
                    {ui.t(if right { T::Archive } else { T::Delete })}
                </div>
            }
        })}
        <div class="row" role="row" hidden=move || !there.get()
            class:unread=unread class:pending=move || row.with(Option::is_none)
            class:open=move || part(|r| r.open) class:picked=move || part(|r| r.selected) class:cursor=move || part(|r| r.cursor)
            id=move || row.with(|r| r.as_ref().map(|r| format!("row-{}", r.uid.0)))
            data-uid=move || row.with(|r| r.as_ref().map(|r| r.uid.0.to_string()))
            aria-rowindex=move || (index.get() + 1).to_string() aria-label=move || name.get()
            aria-selected=move || part(|r| r.selected).to_string() aria-current=move || part(|r| r.open).then_some("true")
            style:transform=shift draggable="true"
            on:click=click on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=move |_| { from.set_value(None); swipe.set(0.0) }
            on:dragstart=move |_| ui.dragged.set(row.with_untracked(|r| r.as_ref().map(|r| r.uid))) on:dragend=move |_| ui.dragged.set(None)>
            <div role="gridcell" class="lead" on:click=|e| e.stop_propagation()>
                <span class="dot"></span>
                <label><input type="checkbox" tabindex="-1" prop:checked=move || part(|r| r.selected)
                    aria-label=move || fill(ui.l, T::Select, &[("name", &subject.get())])
                    on:click=move |e| {
                        e.prevent_default();
                        let index = index.get_untracked();
                        dispatch(Msg::Select(if e.shift_key() { Select::Through(index) } else { Select::Toggle(index) }));
                    }/></label>
            </div>
            <div role="gridcell" class="from" dir="auto">{move || people.get()}</div>
            <div role="gridcell" class="date">{move || date.get()}</div>
            <div role="gridcell" class="subject" dir="auto">{tags.map(tags::chips)}{move || subject.get()}</div>
            <div role="gridcell" class="marks">
                {move || is(Flags::ANSWERED).then(|| icon("answered"))}
                {move || part(|r| r.attachment).then(|| icon("clip"))}
                {move || part(|r| r.broken).then(|| icon("warn"))}
                {move || is(Flags::FLAGGED).then(star)}
            </div>
            <div class="quick" aria-hidden="true" on:click=|e| e.stop_propagation()>
                {quick("archive", ui.t(T::Archive), move || act(|| Action::Archive))}
                {quick("trash", ui.t(T::Delete), move || act(|| Action::Delete))}
                {quick("unread", ui.t(T::MarkUnread), move || if unread() { act(|| Action::MarkRead) } else { act(|| Action::MarkUnread) })}
                {quick("star", ui.t(T::Star), move || act(|| Action::ToggleStar))}
            </div>
        </div>
    }
}

fn star() -> View {
    view! { <svg class="icon starred"><use href="#i-star"></use></svg> }
}

/// For the mouse only: the toolbar and the keys do the same.
fn quick(name: &'static str, label: &'static str, act: impl Fn() + 'static) -> View {
    view! {
        <span class="tool" title=label on:click=move |_| act()>{icon(name)}</span>
    }
}

fn date(ui: Ui, seconds: i64) -> String {
    let now = clock::now().div_euclid(1_000);
    short_date(ui.l, Civil::new(seconds, clock::zone(seconds)), Civil::new(now, clock::zone(now)))
}

fn people(ui: Ui, row: &RowView) -> String {
    let names: Vec<&str> = row
        .people
        .iter()
        .map(|a| if a.name.is_empty() { a.email.as_str() } else { a.name.as_str() })
        .collect();
    match (names.is_empty(), row.outgoing) {
        (true, false) => ui.t(T::NoSender).into(),
        (true, true) => ui.t(T::NoRecipient).into(),
        (false, true) => fill(ui.l, T::ToWho, &[("name", &names.join(", "))]),
        (false, false) => names.join(", "),
    }
}

fn subject(ui: Ui, row: &RowView) -> String {
    if row.subject.trim().is_empty() { ui.t(T::NoSubject).into() } else { row.subject.clone() }
}

/// Sender, subject, date, and every mark in words.
fn name(ui: Ui, row: &RowView, people: &str, subject: &str, date: &str) -> String {
    let mut name = format!("{people}, {subject}, {date}");
    let marks = [
        (!row.flags.contains(Flags::SEEN), T::Unread),
        (row.flags.contains(Flags::FLAGGED), T::Starred),
        (row.attachment, T::Attachment),
        (row.flags.contains(Flags::ANSWERED), T::Answered),
        (row.flags.contains(Flags::FORWARDED), T::Forwarded),
        (row.flags.contains(Flags::DRAFT), T::DraftMark),
        (row.broken, T::Damaged),
    ];
    for (_, key) in marks.iter().filter(|(on, _)| *on) {
        name.push_str(", ");
        name.push_str(t(ui.l, *key));
    }
    name
}
