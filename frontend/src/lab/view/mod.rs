//! The lab's page, from its heading to its last table.
mod advisor;
mod bench;
mod card;
mod chips;
mod controls;
mod figures;
mod lines;
mod listen;
mod map;
mod meters;
mod mine;
mod notes;
mod tour;
mod verdicts;
mod wire;

use super::moment::{Moment, moment};
use super::runtime::select;
use super::share::Part;
use super::words::{W, fill, w};
use crate::dom::lab as browser;
use crate::dom::tree::{View, view};
use crate::dom::ui::page;
use crate::i18n::Locale;
use crate::signals::Memo;

/// Where the mail page keeps its settings; the language is theirs, too.
const SETTINGS: &str = "pyeonji.settings";

pub fn mount() {
    if let Some(root) = page::root() {
        crate::dom::tree::mount(&root, app);
    }
}

fn app() -> View {
    let l = if browser::is_korean() { Locale::Korean } else { Locale::English };
    browser::set_title(&format!("{} · Pyeonji", w(l, W::Title)));
    // A stop of the tour follows another without the page being made anew.
    let part = select(|m| match &m.part {
        Part::Tour(_) => Part::Tour(0),
        part => part.clone(),
    });
    let content = move || match part.get() {
        Part::Bench => experiments(l),
        Part::Tour(_) => tour::tour(l),
        Part::Advisor => advisor::advisor(l),
        Part::Card => card::card(l),
        Part::Mine => mine::mine(l),
        Part::Wire(session) => listen::listen(l, session),
    };
    view! {
        <div class="lab">
            {header(l)}
            <main class="lab-main">
                <div class="lab-intro">
                    <h1>{w(l, W::Title)}</h1>
                    <p class="lead">{w(l, W::Lead)}</p>
                </div>
                {parts(l)}
                {notes::trouble(l)}
                {content}
            </main>
        </div>
    }
}

/// The moment that is shown, added up once for all that is drawn of it.
fn now_on_bench() -> Memo<Moment> {
    select(|m| moment(m.steps(), m.cursor))
}

/// The bench with everything around it.
fn experiments(l: Locale) -> View {
    let now = now_on_bench();
    view! {
        <div class="lab-columns">
            {controls::experiments(l)}
            <div class="lab-stage">
                {controls::stage(l)}
                {bench::bench(l, now)}
                {wire::wire(l, now)}
                {meters::meters(l, now)}
            </div>
        </div>
        {verdicts::verdicts(l)}
    }
}

/// The way to the parts of the lab.
fn parts(l: Locale) -> View {
    let part = select(|m| m.part.clone());
    let link = |key: W, href: &'static str, is: fn(&Part) -> bool| {
        let current = move || part.with(is).then_some("page");
        view! { <a class="choice" href=href aria-current=current>{w(l, key)}</a> }
    };
    view! {
        <nav class="lab-parts" aria-label=w(l, W::Parts)>
            {link(W::TabExperiments, "#E1", |part| *part == Part::Bench)}
            {link(W::TabTour, "#tour", |part| matches!(part, Part::Tour(_)))}
            {link(W::TabAdvisor, "#advisor", |part| *part == Part::Advisor)}
            {link(W::TabCard, "#card", |part| *part == Part::Card)}
            {link(W::TabMine, "#mine", |part| *part == Part::Mine)}
        </nav>
    }
}

fn header(l: Locale) -> View {
    let (other, korean) = if l == Locale::Korean { ("English", false) } else { ("한국어", true) };
    let lang = if korean { "ko" } else { "en" };
    view! {
        <header class="banner lab-banner">
            <a class="brand" href="/" aria-label="Pyeonji">
                <svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><use href="#i-mark"></use></svg>
                <span>"Pyeonji"</span>
            </a>
            <div class="spring"></div>
            <a class="button plain" href="/">{w(l, W::Mail)}</a>
            <button type="button" class="button plain" lang=lang
                on:click=move |_| browser::set_language(SETTINGS, korean)>{other}</button>
        </header>
    }
}

fn button(class: &'static str, words: &'static str, act: impl Fn() + 'static) -> View {
    view! { <button type="button" class=class on:click=move |_| act()>{words}</button> }
}

/// Filled with words that don't live as long.
fn filled(l: Locale, key: W, values: &[(&str, String)]) -> String {
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fill(l, key, &values)
}
