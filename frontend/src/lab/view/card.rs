//! The report card of a provider: whose servers, and what they are worth to the person.
use super::super::card::state::{Msg, Shown, reduce};
use super::super::card::words::{self, Both, say, say_with};
use super::super::card::{findings, text};
use super::super::runtime::{call, select};
use super::super::words::{W, w};
use super::button;
use crate::dom::lab as browser;
use crate::dom::tree::{View, ev, view};
use crate::i18n::Locale;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::card::{Card, Finding, Service};
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Notify, Track};
use std::cell::RefCell;
use std::rc::Rc;

const ADDRESS: &str = "card-address";
const PASSWORD: &str = "card-password";
const HOST: &str = "card-host";
const USER: &str = "card-user";
const HOST_PASSWORD: &str = "card-host-password";
const WHY: &str = "card-password-why";

thread_local! {
    // Beyond the page's part, so that a card is still there when the person comes back to it.
    static SHOWN: RefCell<Shown> = RefCell::new(Shown::default());
    static CHANGED: ArcTrigger = ArcTrigger::new();
}

fn dispatch(msg: Msg) {
    if let Some(ask) = SHOWN.with_borrow_mut(|shown| reduce(shown, msg)) {
        call("/api/lab/card", &ask, |outcome| dispatch(Msg::Answered(outcome)));
    }
    CHANGED.with(|changed| changed.notify());
}

fn shown() -> Shown {
    CHANGED.with(|changed| changed.track());
    SHOWN.with_borrow(Shown::clone)
}

fn is_busy() -> bool {
    matches!(shown(), Shown::Busy)
}

fn make() {
    // Whatever comes of it, the password isn't in the page any more.
    dispatch(Msg::Make { address: browser::field(ADDRESS, false), password: browser::field(PASSWORD, true) });
}

fn make_elsewhere() {
    let password = browser::field(HOST_PASSWORD, true);
    dispatch(Msg::Host { host: browser::field(HOST, false), login: browser::field(USER, false), password });
}

fn password(l: Locale, id: &'static str) -> View {
    view! {
        <label class="field"><span>{say(l, words::PASSWORD)}</span>
            <input class="input" id=id type="password" maxlength="1024" autocomplete="off" aria-describedby=WHY/>
        </label>
    }
}

/// Where the operator allows it: servers that nobody configured.
fn elsewhere(l: Locale) -> View {
    view! {
        <details class="card-other">
            <summary>{say(l, words::OTHER)}</summary>
            <form class="card-form" on:submit=|e: ev::Event| { e.prevent_default(); make_elsewhere() }>
                <label class="field"><span>{say(l, words::HOST)}</span>
                    <input class="input" id=HOST type="text" required maxlength="253" placeholder="mail.example.org" autocomplete="off" autocapitalize="none" spellcheck="false"/>
                </label>
                <label class="field"><span>{say(l, words::USER)}</span>
                    <input class="input" id=USER type="text" maxlength="320" autocomplete="off" autocapitalize="none" spellcheck="false"/>
                </label>
                {password(l, HOST_PASSWORD)}
                <p class="fine">{say(l, words::OTHER_WHY)}</p>
                <div class="card-buttons"><button type="submit" class="button" disabled=is_busy>{say(l, words::ASK)}</button></div>
            </form>
        </details>
    }
}

pub fn card(l: Locale) -> View {
    let any_host = select(|m| m.any_host);
    let status = move || match shown() {
        Shown::Busy => say(l, words::BUSY).to_owned(),
        Shown::Card(card) => say_with(l, words::READY, &card.name),
        _ => String::new(),
    };
    let content = move || match shown() {
        Shown::Failed(error) => Some(view! { <div class="note bad" role="alert">{problem(l, &error)}</div> }),
        Shown::Card(card) => Some(whole(l, &card)),
        _ => None,
    };
    view! {
        <section class="report-card" aria-busy=move || is_busy().to_string()>
            <h2>{w(l, W::TabCard)}</h2>
            <p class="card-lead">{say(l, words::LEAD)}</p>
            <form class="card-form" on:submit=|e: ev::Event| { e.prevent_default(); make() }>
                <label class="field"><span>{say(l, words::ADDRESS)}</span>
                    <input class="input" id=ADDRESS type="text" maxlength="320" autocomplete="off" autocapitalize="none" spellcheck="false"/>
                </label>
                {password(l, PASSWORD)}
                <p class="fine" id=WHY>{say(l, words::PASSWORD_WHY)}</p>
                <div class="card-buttons">
                    <button type="submit" class="button primary" disabled=is_busy>{say(l, words::MAKE)}</button>
                    <button type="button" class="button" disabled=is_busy on:click=|_| dispatch(Msg::Own)>{say(l, words::OWN)}</button>
                </div>
            </form>
            {move || any_host.get().then(|| elsewhere(l))}
            <p class="card-status" role="status">{status}</p>
            {content}
        </section>
    }
}

/// What happened, what to do, and the server's own words.
pub fn problem(l: Locale, error: &ApiError) -> View {
    let (what, remedy) = words::error(l, error.kind);
    let detail = error.detail.clone();
    let detail = (!detail.is_empty()).then(|| view! { <q dir="auto">{detail}</q> });
    view! { <p><strong>{what}</strong>" "{remedy}" "{detail}</p> }
}

fn whole(l: Locale, card: &Rc<Card>) -> View {
    let services: Vec<View> = card.services.iter().map(|one| service(l, one)).collect();
    let whole = (!card.findings.is_empty()).then(|| {
        let found = found(l, &card.findings);
        view! { <div class="card-service"><h4>{say(l, words::WHOLE)}</h4>{found}</div> }
    });
    let kept = card.clone();
    let save = move || browser::save(text::document(l, &kept).as_bytes(), &text::file_name(&kept));
    let title = say_with(l, words::CARD_OF, &card.name);
    view! {
        <div class="card-head">
            <h3>{title}</h3>
            {button("button", say(l, words::SAVE), save)}
            <span class="fine">{say(l, words::SAVE_WHY)}</span>
        </div>
        {whole}
        {services}
    }
}

fn service(l: Locale, service: &Service) -> View {
    let name = words::protocol(service.protocol);
    let reached = if service.error.is_none() { words::REACHED } else { words::NOT_REACHED };
    let bad = service.error.is_some();
    let trouble = text::error(service).map(|error| {
        let words = problem(l, error);
        view! { <div class="note bad">{words}</div> }
    });
    let fact = |(name, value): (&'static str, String)| view! { <div><dt>{name}</dt><dd dir="auto">{value}</dd></div> };
    let facts: Vec<View> = text::facts(l, service).into_iter().map(fact).collect();
    let judged = (!bad || !service.findings.is_empty()).then(|| {
        let found = found(l, &service.findings);
        view! { <h4>{say(l, words::FINDINGS)}</h4>{found} }
    });
    let limits: Vec<View> = service
        .limits
        .iter()
        .map(|limit| {
            let words = words::limit(l, *limit);
            view! { <li>{words}</li> }
        })
        .collect();
    let limits = (!limits.is_empty())
        .then(|| view! { <h4>{say(l, words::LIMITS)}</h4><ul class="card-limits">{limits}</ul> });
    let passed = text::transcript(&service.transcript);
    let passed = (!passed.is_empty()).then(|| {
        let label = format!("{name}: {}", say(l, words::TRANSCRIPT));
        view! {
            <details><summary>{say(l, words::TRANSCRIPT)}</summary>
                <pre tabindex="0" role="group" aria-label=label dir="ltr">{passed}</pre></details>
        }
    });
    view! {
        <div class="card-service" role="region" aria-label=name>
            <h3>{name}" "<small>{words::purpose(l, service.protocol)}</small>
                <span class="card-mark" class:bad=bad>{say(l, reached)}</span></h3>
            {trouble}
            {judged}
            {limits}
            <dl class="card-facts">{facts}</dl>
            {offers(l, words::BEFORE, &service.before, None)}
            {offers(l, words::AFTER, &service.after, Some(&service.before))}
            {passed}
        </div>
    }
}

fn found(l: Locale, all: &[Finding]) -> View {
    if all.is_empty() {
        return view! { <p>{say(l, words::ALL_WELL)}</p> };
    }
    let one = |finding: Finding| {
        let (name, meaning) = findings::words(l, finding);
        let serious = finding.is_serious();
        let weight = say(l, if serious { words::SERIOUS } else { words::MINOR });
        view! { <li class:serious=serious><span class="card-mark" class:bad=serious>{weight}</span><span><strong>{name}</strong>" "{meaning}</span></li> }
    };
    let items: Vec<View> = findings::ordered(all).into_iter().map(one).collect();
    view! { <ul class="card-findings">{items}</ul> }
}

/// What stands in a list of the server's; what wasn't there before stands out.
fn offers(l: Locale, title: Both, all: &[String], before: Option<&[String]>) -> Option<View> {
    let one = |word: &String| {
        let fresh = before.is_some_and(|before| !before.contains(word));
        let word = word.clone();
        view! { <li class="card-offer" class:new=fresh>{word}</li> }
    };
    let items: Vec<View> = all.iter().map(one).collect();
    (!items.is_empty()).then(|| view! { <h4>{say(l, title)}</h4><ul class="chips">{items}</ul> })
}
