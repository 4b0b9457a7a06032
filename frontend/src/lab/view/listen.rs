//! What passes on the wire of one's own mail, as it passes.
use super::super::listen::rows::{Row, Seen};
use super::super::listen::state::{Group, Listen, Msg, Phase};
use super::super::listen::words::name;
use super::super::names;
use super::super::runtime::{dispatch, read, select};
use super::super::state;
use super::super::words::{W, w};
use super::lines::{self, LINE};
use super::{button, filled};
use crate::dom::lab as browser;
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::dom::window;
use crate::i18n::Locale;
use crate::signals::{Memo, RwSignal, effect};
use pyeonji_shared::error::ErrorKind;
use std::rc::Rc;

/// Lines that are drawn: those in sight of a high window, and some beyond.
const DRAWN: usize = 48;
const SCROLL: &str = "lab-listen";

fn say(msg: Msg) {
    dispatch(state::Msg::Listen(msg));
}

pub fn listen(l: Locale, _session: String) -> View {
    browser::set_title(&format!("{} · Pyeonji", w(l, W::Wire)));
    let version = select(|m| m.listen.version);
    // The rows alone don't tell whether a heading's totals have changed.
    let rows = Memo::new(move || (version.get(), Rc::new(read(|m| m.listen.rows(l)))));
    effect(move |_| {
        rows.with(|_| ());
        crate::dom::paint::after_paint(|| {
            if read(|m| m.listen.follow) {
                browser::scroll_to(SCROLL, usize::MAX);
            }
        });
    });
    let count = Memo::new(move || rows.with(|(_, rows)| rows.len()));
    let visible = move |from| {
        rows.with(|(_, rows)| {
            let shown = rows.iter().enumerate().skip(from).take(DRAWN);
            shown.map(|(at, row)| one(l, at, *row)).collect::<Vec<View>>()
        })
    };
    let scrolled = |e: &ev::Event| say(Msg::Scrolled(browser::scroll_top(e), browser::at_end(e, LINE)));
    let copied = RwSignal::new("");
    let copy = move || {
        let text = rows.with_untracked(|(_, rows)| read(|m| m.listen.text(l, rows)));
        copied.set(if window::copy(&text) { w(l, W::WireCopied) } else { w(l, W::WireNotCopied) });
    };
    let totals = select(move |m| totals(l, &m.listen));
    view! {
        <section class="wire listen" role="region" aria-label=w(l, W::Wire)>
            <h1>{w(l, W::Wire)}</h1>
            <p class="wire-lead">{w(l, W::ListenLead)}</p>
            {phase(l)}
            <div class="wire-head">
                <input class="input small" type="search" aria-label=w(l, W::WireFilter) placeholder=w(l, W::WireFilter)
                    on:input=move |e: ev::Event| say(Msg::Filter(node::typed(&e)))/>
                {button("button small", w(l, W::WireCopy), copy)}
                {button("button small", w(l, W::ListenClear), || say(Msg::Clear))}
                <span role="status">{move || copied.get()}</span>
            </div>
            {lines::list(l, SCROLL, count, Box::new(visible), Box::new(scrolled))}
            <p class="totals">{move || totals.get().0}<span>{move || totals.get().1}</span></p>
        </section>
    }
}

/// Whether it listens, why not, and what to do about it.
fn phase(l: Locale) -> View {
    let phase = select(|m| m.listen.phase);
    let words = move || match phase.get() {
        Phase::Stopped => w(l, W::ListenStopped).to_owned(),
        Phase::Beginning => w(l, W::ListenBeginning).to_owned(),
        Phase::Listening => w(l, W::ListenOn).to_owned(),
        Phase::SignedOut => w(l, W::ListenOver).to_owned(),
        Phase::Waiting(kind, seconds) => {
            let key = match kind {
                ErrorKind::Busy => W::ListenBusy,
                ErrorKind::Gone => W::ListenGone,
                _ => W::ListenCut,
            };
            filled(l, key, &[("n", seconds.to_string())])
        }
    };
    let acts = move || {
        let phase = phase.get();
        let now = matches!(phase, Phase::Waiting(..))
            .then(|| button("button small", w(l, W::ListenNow), || say(Msg::Again(read(|m| m.listen.turn)))));
        let (key, on) = match phase {
            Phase::Stopped | Phase::SignedOut => (W::ListenAgain, false),
            _ => (W::ListenStop, true),
        };
        let turn = button("button small", w(l, key), move || say(if on { Msg::Stop } else { Msg::Listen }));
        view! { {now}{turn} }
    };
    view! {
        <div class="phase" class:on=move || phase.get() == Phase::Listening>
            <span role="status">{words}</span>{acts}
        </div>
    }
}

fn one(l: Locale, at: usize, row: Row) -> View {
    read(|m| match m.listen.seen(row) {
        Some(Seen::Cause(group)) => heading(l, at, group),
        Some(Seen::Line(seen)) => {
            let connection = filled(l, W::ListenConnection, &[("n", seen.connection.to_string())]);
            lines::line(l, at, false, &seen.line, view! { "· "{connection} })
        }
        None => view! { "" },
    })
}

/// What the person did, and what it took.
fn heading(l: Locale, at: usize, group: &Group) -> View {
    let values = [
        ("n", group.commands.to_string()),
        ("up", names::octets(group.totals.sent)),
        ("down", names::octets(group.totals.received)),
        ("trips", group.totals.round_trips.to_string()),
        ("time", names::time(l, group.to.saturating_sub(group.from))),
    ];
    let (top, spent) = (format!("{}px", at * LINE), filled(l, W::ListenCause, &values));
    view! {
        <div class="wire-line cause" style:top=top><h2>{name(l, group)}</h2><span class="about">{spent}</span></div>
    }
}

/// Of the session since the recording began, and how many lines aren't shown.
fn totals(l: Locale, listen: &Listen) -> (String, String) {
    let values = [
        ("n", listen.kept.to_string()),
        ("up", names::octets(listen.totals.sent)),
        ("down", names::octets(listen.totals.received)),
        ("trips", listen.totals.round_trips.to_string()),
        ("connections", listen.totals.connections.to_string()),
    ];
    let dropped = match listen.dropped {
        0 => String::new(),
        n => filled(l, W::WireDropped, &[("n", n.to_string())]),
    };
    (filled(l, W::WireTotals, &values), dropped)
}
