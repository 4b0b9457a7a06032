//! The wire: every line of one device up to now, of which only those in sight are drawn.
use super::super::moment::Moment;
use super::super::names;
use super::super::runtime::{dispatch, read, select};
use super::super::share::Part;
use super::super::state::{Model, Msg};
use super::super::words::{W, w};
use super::filled;
use super::lines::{self, LINE};
use crate::dom::lab as browser;
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::dom::window;
use crate::i18n::Locale;
use crate::signals::{Memo, RwSignal, effect};
use pyeonji_shared::lab::report::{Direction, Line, Transcript};
use pyeonji_shared::lower::lower;
use std::rc::Rc;

/// Lines that are drawn: those in sight, and some beyond.
const DRAWN: usize = 24;
const SCROLL: &str = "lab-wire";

fn transcript(m: &Model) -> Option<&Transcript> {
    m.run()?.devices.iter().find(|d| d.device == m.wire)
}

/// Which lines are shown: their numbers, and how many there are of the step that has just been done.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    lines: Rc<Vec<u32>>,
    /// The first line of this step among them.
    fresh: usize,
}

fn shown(m: &Model, wanted: &str) -> Shown {
    let Some(transcript) = transcript(m) else { return Shown::default() };
    let (cursor, wanted) = (m.cursor as u32, lower(wanted));
    let fits = |line: &Line| wanted.is_empty() || lower(&line.text).contains(&wanted);
    let all = transcript.lines.iter().enumerate();
    let lines: Vec<u32> =
        all.filter(|(_, line)| line.cause <= cursor && fits(line)).map(|(n, _)| n as u32).collect();
    let is_fresh = |n: &u32| transcript.lines.get(*n as usize).is_some_and(|line| line.cause == cursor);
    let fresh = lines.iter().position(is_fresh).unwrap_or(lines.len());
    Shown { lines: Rc::new(lines), fresh }
}

pub fn wire(l: Locale, now: Memo<Moment>) -> View {
    let wanted = RwSignal::new(String::new());
    let lines = select(move |m| shown(m, &wanted.get()));
    // The step's first line comes into sight.
    effect(move |_| {
        let to = lines.with(|shown| shown.fresh.min(shown.lines.len().saturating_sub(1))) * LINE;
        crate::dom::paint::after_paint(move || browser::scroll_to(SCROLL, to));
    });
    let count = Memo::new(move || lines.with(|s| s.lines.len()));
    let visible = move |from| {
        lines.with(|shown| {
            let numbers = shown.lines.iter().enumerate().skip(from).take(DRAWN);
            numbers.map(|(at, n)| line(l, at, *n as usize, at >= shown.fresh)).collect::<Vec<View>>()
        })
    };
    let totals = select(move |m| {
        let Some(t) = transcript(m) else { return (String::new(), String::new()) };
        let spent = now.with(|now| now.spent.get(&m.wire).copied().unwrap_or_default());
        let values = [
            ("n", t.lines.iter().filter(|line| line.cause <= m.cursor as u32).count().to_string()),
            ("up", names::octets(spent.sent)),
            ("down", names::octets(spent.received)),
            ("trips", spent.round_trips.to_string()),
            ("connections", spent.connections.to_string()),
        ];
        let dropped = match t.dropped {
            0 => String::new(),
            n => filled(l, W::WireDropped, &[("n", n.to_string())]),
        };
        (filled(l, W::WireTotals, &values), dropped)
    });
    let copied = RwSignal::new("");
    let copy = move |_| {
        let text = lines.with_untracked(|shown| read(|m| as_text(m, &shown.lines)));
        copied.set(if window::copy(&text) { w(l, W::WireCopied) } else { w(l, W::WireNotCopied) });
    };
    view! {
        <section class="wire" role="region" aria-label=w(l, W::Wire)>
            <div class="wire-head">
                <h2>{w(l, W::Wire)}</h2>
                {tabs(l)}
                <input class="input small" type="search" aria-label=w(l, W::WireFilter) placeholder=w(l, W::WireFilter)
                    on:input=move |e: ev::Event| wanted.set(node::typed(&e))/>
                <button type="button" class="button small" on:click=copy>{w(l, W::WireCopy)}</button>
                <span role="status">{move || copied.get()}</span>
            </div>
            <p class="wire-lead">{w(l, W::WireLead)}</p>
            {lines::list(l, SCROLL, count, Box::new(visible), Box::new(|_| ()))}
            <p class="totals">{move || totals.get().0}<span>{move || totals.get().1}</span></p>
        </section>
    }
}

/// Whose wire.
fn tabs(l: Locale) -> View {
    let devices = select(|m| {
        let all = m.run().map(|run| run.devices.iter().map(|d| d.device.clone()).collect::<Vec<_>>());
        all.unwrap_or_default()
    });
    let chosen = select(|m| m.wire.clone());
    let buttons = move || {
        let known = read(Model::devices);
        let one = |name: String| {
            let (words, own, now) = (names::place(l, &known, &name), name.clone(), name);
            view! {
                <button type="button" class="choice" aria-pressed=move || (chosen.get() == own).to_string()
                    on:click=move |_| dispatch(Msg::Wire(now.clone()))>{words}</button>
            }
        };
        devices.get().into_iter().map(one).collect::<Vec<View>>()
    };
    view! { <div class="choices" role="group" aria-label=w(l, W::WireOf)>{buttons}</div> }
}

fn line(l: Locale, at: usize, number: usize, fresh: bool) -> View {
    let found = read(|m| {
        let line = transcript(m)?.lines.get(number)?.clone();
        let step = m.steps().get((line.cause as usize).checked_sub(1)?);
        // There is no way back through one's own mailbox.
        let step = step.filter(|_| m.part != Part::Mine).map(|d| d.number);
        Some((line, step))
    });
    let Some((line, step)) = found else { return view! { "" } };
    let cause = line.cause as usize;
    let step = step.map(|n| {
        let words = filled(l, W::WireStep, &[("n", n.to_string())]);
        view! { <button type="button" class="link" on:click=move |_| dispatch(Msg::Seek(cause))>{words}</button> }
    });
    lines::line(l, at, fresh, &line, view! { {step} })
}

fn as_text(m: &Model, lines: &[u32]) -> String {
    let Some(transcript) = transcript(m) else { return String::new() };
    let mut out = String::new();
    for line in lines.iter().filter_map(|n| transcript.lines.get(*n as usize)) {
        let arrow = if line.direction == Direction::ToServer { '>' } else { '<' };
        out += &format!("{:>10} ms {:>7} {arrow} {}\n", line.at, line.bytes, line.text);
    }
    out
}
