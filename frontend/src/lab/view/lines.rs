//! A list of lines of one height, of which only those in sight are drawn, and a line with what it means.
use super::super::meaning::meaning;
use super::super::names;
use super::super::words::{W, w};
use super::filled;
use crate::dom::lab as browser;
use crate::dom::tree::{View, ev, view};
use crate::i18n::Locale;
use crate::signals::{Memo, RwSignal};
use pyeonji_shared::lab::report::{Direction, Line};

/// Height of a line, CSS pixels.
pub const LINE: usize = 44;
/// Lines above those in sight that are drawn, too.
const ABOVE: usize = 6;

/// `rows` draws from this number on, as many as may be in sight and some beyond.
pub fn list(
    l: Locale,
    id: &'static str,
    count: Memo<usize>,
    rows: Box<dyn Fn(usize) -> Vec<View>>,
    scrolled: Box<dyn Fn(&ev::Event)>,
) -> View {
    let top = RwSignal::new(0_usize);
    let first = Memo::new(move || (top.get() / LINE).saturating_sub(ABOVE));
    let scroll = move |e: ev::Event| {
        top.set(browser::scroll_top(&e));
        scrolled(&e);
    };
    view! {
        <div id=id class="wire-lines" tabindex="0" role="log" aria-live="off" aria-label=w(l, W::Wire) on:scroll=scroll>
            <div class="wire-space" style:height=move || format!("{}px", count.get() * LINE)>{move || rows(first.get())}</div>
            <p class="none" hidden=move || count.get() != 0>{w(l, W::WireNone)}</p>
        </div>
    }
}

/// `more` stands behind its figures.
pub fn line(l: Locale, at: usize, fresh: bool, line: &Line, more: View) -> View {
    let up = line.direction == Direction::ToServer;
    let (arrow, way) = if up { ("→", W::ToServer) } else { ("←", W::FromServer) };
    let trip = filled(l, W::WireTrip, &[("n", line.round_trip.to_string())]);
    let (octets, time) = (names::octets(line.bytes), names::time(l, line.at));
    let told = meaning(l, line).map(|(words, rfc)| {
        let (name, url) = (rfc.name(), rfc.url());
        view! { <span class="means">{words}" "<a href=url target="_blank" rel="noreferrer">{name}</a></span> }
    });
    let (top, text) = (format!("{}px", at * LINE), line.text.clone());
    view! {
        <div class="wire-line" class:up=up class:fresh=fresh style:top=top>
            <span class="arrow" aria-hidden="true">{arrow}</span><span class="sr">{w(l, way)}</span>
            <code>{text}</code>
            <span class="about">{told}<span class="nums">{time}" · "{octets}" · "{trip}" "{more}</span></span>
        </div>
    }
}
