//! Choosing an experiment, going through it, and the conditions it is done under.
use super::super::names;
use super::super::runtime::{dispatch, select};
use super::super::state::{Bench, Condition, Model, Msg};
use super::super::words::{W, said, w};
use super::{button, filled};
use crate::dom::lab as browser;
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::i18n::Locale;
use pyeonji_shared::lab::scenario::{MAX_FILE, Network, Protocol, Rule, Server};

/// The field that takes a scenario file.
const FILE: &str = "lab-file";

/// The list of experiments, one's own bench first.
pub fn experiments(l: Locale) -> View {
    let listed = select(|m| m.listed.clone());
    let chosen = select(|m| m.bench.clone());
    let item = move |bench: Bench, id: String, title: String, claim: String| {
        let (own, now) = (bench.clone(), bench.clone());
        let current = move || chosen.with(|c| *c == own).then_some("true");
        view! {
            <li><button type="button" class="experiment" aria-current=current on:click=move |_| dispatch(Msg::Choose(now.clone()))>
                <span class="id">{id}</span><span class="what"><strong>{title}</strong><small>{claim}</small></span>
            </button></li>
        }
    };
    let items = move || {
        let own = item(Bench::Own, "✎".into(), w(l, W::OwnBench).into(), String::new());
        let mut all = vec![own];
        listed.with(|listed| {
            for one in listed {
                let (title, claim) = (said(l, &one.title).to_owned(), said(l, &one.claim).to_owned());
                all.push(item(Bench::Experiment(one.id.clone()), one.id.clone(), title, claim));
            }
        });
        all
    };
    view! {
        <aside class="lab-list">
            <h2 id="lab-experiments">{w(l, W::Experiments)}</h2>
            <ul aria-labelledby="lab-experiments">{items}</ul>
            <div class="lab-more">
                {button("button", w(l, W::RunAll), || dispatch(Msg::RunAll))}
                {button("button", w(l, W::OpenFile), || node::choose(FILE))}
                <input type="file" id=FILE hidden accept=".json,application/json" on:change=|e: ev::Event| {
                    browser::read_file(&e, MAX_FILE as f64, |text| dispatch(Msg::File(text)));
                }/>
            </div>
        </aside>
    }
}

/// What is on the bench, how far it is, and what takes it further.
pub fn stage(l: Locale) -> View {
    let title = select(move |m| match m.scenario() {
        Some(scenario) => (said(l, &scenario.title).to_owned(), said(l, &scenario.claim).to_owned()),
        None => (w(l, W::Working).to_owned(), String::new()),
    });
    let place = select(|m| (m.cursor, m.steps().len()));
    let playing = select(|m| m.playing);
    let asking = select(|m| m.asking);
    let changed = select(|m| m.changed && m.bench != Bench::Own);
    let undo = select(|m| !m.before.is_empty());
    let now = select(move |m| {
        let devices = m.devices();
        let step = m.now()?;
        let mut words = names::step(l, &devices, &step.step);
        if step.skipped {
            words = format!("{words}. {}", w(l, W::SkippedStep));
        }
        if let Some(why) = &step.refused {
            words = format!("{words}. {}", filled(l, W::RefusedStep, &[("why", why.clone())]));
        }
        Some((words, names::time(l, step.to)))
    });
    let progress = move || {
        let (n, all) = place.get();
        filled(l, W::Progress, &[("n", n.to_string()), ("all", all.to_string())])
    };
    let said_now = move || match now.get() {
        Some((words, time)) => format!("{words} · {}", filled(l, W::Clock, &[("time", time)])),
        None if place.get().1 == 0 => w(l, W::OwnLead).to_owned(),
        None => w(l, W::NotBegun).to_owned(),
    };
    let play = move || if playing.get() { w(l, W::Pause) } else { w(l, W::Play) };
    let nothing = move || place.get().1 == 0;
    let at_end = move || {
        let (n, all) = place.get();
        n >= all
    };
    view! {
        <section class="stage" aria-busy=move || asking.get().to_string()>
            <h2>{move || title.get().0}</h2>
            <p class="claim">{move || title.get().1}</p>
            <p class="changed" hidden=move || !changed.get()>{w(l, W::ChangedNote)}</p>
            <div class="transport" role="group" aria-label=w(l, W::TabExperiments)>
                <button type="button" class="button primary" disabled=nothing on:click=|_| dispatch(Msg::Run)>{w(l, W::Run)}</button>
                <button type="button" class="button" disabled=nothing on:click=move |_| {
                    dispatch(if playing.get_untracked() { Msg::Pause } else { Msg::Play });
                }>{play}</button>
                <button type="button" class="button" disabled=move || place.get().0 == 0 on:click=|_| dispatch(Msg::Back)>{w(l, W::Back)}</button>
                <button type="button" class="button" disabled=at_end on:click=|_| dispatch(Msg::Next)>{w(l, W::Next)}</button>
                <button type="button" class="button" disabled=move || place.get().0 == 0 on:click=|_| dispatch(Msg::Reset)>{w(l, W::Reset)}</button>
                <button type="button" class="button" hidden=move || !undo.get() on:click=|_| dispatch(Msg::Undo)>{w(l, W::Undo)}</button>
            </div>
            <input class="scrub" type="range" min="0" aria-label=w(l, W::Scrub) aria-valuetext=progress max=move || place.get().1.to_string()
                prop:value=move || place.get().0.to_string() hidden=nothing
                on:input=|e: ev::Event| dispatch(Msg::Seek(node::typed(&e).parse().unwrap_or_default()))/>
            <p class="now" role="status"><strong>{progress}</strong><span>{said_now}</span></p>
            {variants(l)}
            {conditions(l)}
            {export(l)}
        </section>
    }
}

/// The experiment's own conditions.
fn variants(l: Locale) -> View {
    let all = select(|m| m.scenario().map(|s| s.variants.clone()).unwrap_or_default());
    let shown = select(|m| m.show() as usize);
    let choices = move || {
        let one = |at: usize, name: String| {
            let pressed = move || (shown.get() == at).to_string();
            view! {
                <button type="button" class="choice" aria-pressed=pressed
                    on:click=move |_| dispatch(Msg::Show { run: at as u32, step: None })>{name}</button>
            }
        };
        let all = all.get();
        (!all.is_empty()).then(|| {
            let buttons: Vec<View> =
                all.iter().enumerate().map(|(at, v)| one(at, said(l, &v.name).to_owned())).collect();
            view! { <div class="choices" role="group" aria-label=w(l, W::Condition)><span>{w(l, W::Condition)}</span>{buttons}</div> }
        })
    };
    view! { {choices} }
}

const RULES: [(W, Rule); 4] = [
    (W::RuleDelete, Rule::DownloadAndDelete),
    (W::RuleKeep, Rule::LeaveCopy),
    (W::RuleDays, Rule::LeaveDays(14)),
    (W::RuleUntil, Rule::UntilDeletedHere),
];

const NETWORKS: [(W, Network); 4] = [
    (W::LineUsual, Network::new(20, 1_000)),
    (W::LineSlow, Network::new(300, 20)),
    (W::LineTrain, Network { loss_percent: 3, ..Network::new(60, 500) }),
    (W::LineFast, Network::new(2, 10_000)),
];

const SERVERS: [(W, Server); 4] = [
    (W::ServerFull, Server { uidl: true, top: true, quota_kilobytes: 100_000 }),
    (W::ServerNoUidl, Server { uidl: false, top: true, quota_kilobytes: 100_000 }),
    (W::ServerNoTop, Server { uidl: false, top: false, quota_kilobytes: 100_000 }),
    (W::ServerSmall, Server { uidl: true, top: true, quota_kilobytes: 500 }),
];

/// The rule that all POP3 devices have under every condition.
fn rule_now(m: &Model) -> Option<usize> {
    let scenario = m.scenario().filter(|s| s.variants.iter().all(|v| v.rule.is_none()))?;
    let mut rules = scenario.devices.iter().filter(|d| d.protocol == Protocol::Pop3).map(|d| d.rule);
    let first = rules.next()?;
    rules.all(|rule| rule == first).then(|| RULES.iter().position(|(_, rule)| *rule == first))?
}

fn network_now(m: &Model) -> Option<usize> {
    NETWORKS.iter().position(|(_, network)| m.scenario().is_some_and(|s| s.network == *network))
}

fn server_now(m: &Model) -> Option<usize> {
    SERVERS.iter().position(|(_, server)| m.scenario().is_some_and(|s| s.server == *server))
}

/// Conditions that the visitor changes: the same steps, made anew.
fn conditions(l: Locale) -> View {
    view! {
        <details class="conditions">
            <summary>{w(l, W::Conditions)}</summary>
            <div class="fields">
                {choice(l, W::AllRules, &RULES.map(|(key, _)| key), rule_now, |n| RULES.get(n).map(|(_, r)| Condition::Rule(*r)))}
                {choice(l, W::LineSpeed, &NETWORKS.map(|(key, _)| key), network_now, |n| NETWORKS.get(n).map(|(_, x)| Condition::Network(*x)))}
                {choice(l, W::ServerAbility, &SERVERS.map(|(key, _)| key), server_now, |n| SERVERS.get(n).map(|(_, x)| Condition::Server(*x)))}
                {button("button", w(l, W::AddImap), || dispatch(Msg::Change(Condition::AddDevice(Protocol::Imap))))}
                {button("button", w(l, W::AddPop3), || dispatch(Msg::Change(Condition::AddDevice(Protocol::Pop3))))}
            </div>
        </details>
    }
}

/// `now`: which of them it is; none where the experiment has others.
fn choice(
    l: Locale,
    label: W,
    keys: &[W],
    now: fn(&Model) -> Option<usize>,
    condition: fn(usize) -> Option<Condition>,
) -> View {
    let chosen = select(now);
    let option = |(n, key): (usize, &W)| {
        let value = n.to_string();
        view! { <option value=value prop:selected=move || chosen.get() == Some(n)>{w(l, *key)}</option> }
    };
    let options: Vec<View> = keys.iter().enumerate().map(option).collect();
    let none = move || chosen.get().is_none();
    view! {
        <label class="field"><span>{w(l, label)}</span>
            <select class="input" on:change=move |e: ev::Event| {
                    if let Some(condition) = node::typed(&e).parse().ok().and_then(condition) {
                        dispatch(Msg::Change(condition));
                    }
                }>
                <option value="" prop:selected=none>{w(l, W::NoChange)}</option>
                {options}
            </select>
        </label>
    }
}

fn export(l: Locale) -> View {
    let copied = select(|m| m.copied);
    let told = move || match copied.get() {
        Some(true) => w(l, W::LinkCopied),
        Some(false) => w(l, W::LinkNotCopied),
        None => "",
    };
    view! {
        <details class="export">
            <summary>{w(l, W::Export)}</summary>
            <div class="fields">
                {button("button", w(l, W::ShareLink), || dispatch(Msg::Share))}
                {button("button", w(l, W::SaveReport), || dispatch(Msg::Save("report")))}
                {button("button", w(l, W::SaveTranscript), || dispatch(Msg::Save("transcript")))}
                {button("button", w(l, W::SaveScenario), || dispatch(Msg::Save("scenario")))}
            </div>
            <p role="status">{told}</p>
        </details>
    }
}
