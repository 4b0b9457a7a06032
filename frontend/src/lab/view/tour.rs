//! The guided tour: what one stop says, and beside it what happens for real.
use super::super::names;
use super::super::runtime::{dispatch, select};
use super::super::share::Part;
use super::super::state::{Model, Msg};
use super::super::words::{W, w};
use super::{bench, filled, now_on_bench, wire};
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::i18n::Locale;
use crate::signals::effect;
use pyeonji_shared::lab::tour::{Said, Stop, TOUR};

/// The heading of a stop.
const HEADING: &str = "tour-stop";

fn at(m: &Model) -> usize {
    match m.part {
        Part::Tour(n) => n.min(TOUR.len() - 1),
        _ => 0,
    }
}

fn text(l: Locale, said: Said) -> &'static str {
    match l {
        Locale::English => said.en,
        Locale::Korean => said.ko,
    }
}

/// The address of a stop.
fn link(n: usize) -> String {
    format!("#tour.{}", n + 1)
}

pub fn tour(l: Locale) -> View {
    let n = select(at);
    // Who goes on hears the next stop, and is just before its first button.
    effect(move |before: Option<usize>| {
        let now = n.get();
        if before.is_some_and(|before| before != now) {
            node::focus(HEADING);
        }
        now
    });
    let said = move |part: fn(&Stop) -> Said| TOUR.get(n.get()).map_or("", |stop| text(l, part(stop)));
    let place = move || {
        let values = [("n", (n.get() + 1).to_string()), ("all", TOUR.len().to_string())];
        filled(l, W::TourStop, &values)
    };
    let moment = now_on_bench();
    let now = select(move |m| {
        let step = m.now()?;
        Some(names::step(l, &m.devices(), &step.step))
    });
    let ready = select(|m| !m.asking && m.answer.is_some());
    let shown = select(|m| !m.asking && m.answer.is_some() && m.cursor >= m.until());
    let playing = select(|m| m.playing);
    let show = move || if playing.get() { w(l, W::Pause) } else { w(l, W::TourShow) };
    let last = move || n.get() + 1 == TOUR.len();
    let next = move || if last() { "#advisor".to_owned() } else { link(n.get() + 1) };
    let next_words = move || if last() { w(l, W::TourAsk) } else { w(l, W::TourNext) };
    let primary = move |on: bool| if on { "button primary" } else { "button" };
    view! {
        <section class="tour" role="region" aria-label=w(l, W::TabTour)>
            <p class="lead">{w(l, W::TourLead)}</p>
            <div class="stop">
                <p class="fine">{place}</p>
                <h2 id=HEADING tabindex="-1">{move || said(|stop| stop.title)}</h2>
                <p class="told">{move || said(|stop| stop.text)}</p>
                <div class="transport">
                    <button type="button" class=move || primary(!shown.get()) disabled=move || !ready.get()
                        on:click=move |_| dispatch(if playing.get_untracked() { Msg::Pause } else { Msg::Play })>{show}</button>
                    <a class=move || primary(shown.get()) href=next>{next_words}</a>
                    <a class="button" href=move || link(n.get().saturating_sub(1)) hidden=move || n.get() == 0>{w(l, W::TourBack)}</a>
                    <a class="button plain" href=move || TOUR.get(n.get()).map_or(String::new(), |stop| format!("#{}", stop.experiment))>{w(l, W::TourFree)}</a>
                </div>
                <p class="now" role="status">{move || now.get()}</p>
            </div>
            {bench::bench(l, moment)}
            {wire::wire(l, moment)}
        </section>
    }
}
