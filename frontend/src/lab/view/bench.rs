//! The bench: devices on both sides, the server between them, each with what it holds.
use super::super::hand;
use super::super::moment::{Moment, Way};
use super::super::names;
use super::super::runtime::{dispatch, read, select};
use super::super::state::Msg;
use super::super::words::{W, w};
use super::chips::{MAX_CHIPS, Open, chips};
use super::{button, filled, map};
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::i18n::Locale;
use crate::signals::{Memo, RwSignal};
use pyeonji_shared::lab::places::INBOX;
use pyeonji_shared::lab::report::Totals;
use pyeonji_shared::lab::scenario::{Device, Protocol, Rule, SERVER, Step};

/// Places that are always drawn.
const IMAP: [&str; 2] = ["imap-a", "imap-b"];
const POP3: [&str; 2] = ["pop3-a", "pop3-b"];

pub fn bench(l: Locale, now: Memo<Moment>) -> View {
    let devices = select(|m| m.devices());
    let others = select(|m| {
        let places = m.steps().iter().flat_map(|s| &s.changes).map(|c| c.place.clone());
        let mut others: Vec<String> = places
            .filter(|p| p != SERVER && !m.scenario().is_some_and(|s| s.devices.iter().any(|d| d.name == *p)))
            .collect();
        others.sort();
        others.dedup();
        others
    });
    let open = RwSignal::new(None);
    let column = move |protocol: Protocol, prefix: &'static str, always: [&'static str; 2]| {
        move || {
            let own: Vec<String> = devices
                .with(|all| all.iter().filter(|d| d.protocol == protocol).map(|d| d.name.clone()).collect());
            // The usual two are there even where nobody uses them, unless the scenario names its devices otherwise.
            let usual = |name: &String| name.starts_with(prefix);
            let mut names: Vec<String> = Vec::new();
            if own.iter().all(usual) {
                names.extend(always.map(str::to_owned));
            }
            names.extend(own.into_iter().filter(|name| !always.contains(&name.as_str())));
            names.into_iter().map(|name| device(l, name, now, devices, open)).collect::<Vec<View>>()
        }
    };
    view! {
        <section class="bench" role="region" aria-label=w(l, W::Bench)>
            {map::drawing(l, now, devices, others)}
            <div class="column">{column(Protocol::Imap, "imap-", IMAP)}</div>
            <div class="column middle">
                {server(l, now)}
                {move || others.get().into_iter().map(|name| other(l, name, now)).collect::<Vec<View>>()}
                {ways(l, now, devices)}
            </div>
            <div class="column">{column(Protocol::Pop3, "pop3-", POP3)}</div>
        </section>
    }
}

fn server(l: Locale, now: Memo<Moment>) -> View {
    let shelf = Memo::new(move || now.with(|n| n.shelf(SERVER)));
    let used = Memo::new(move || now.with(|n| n.used));
    let quota = select(|m| m.scenario().map_or(0, |s| u64::from(s.server.quota_kilobytes) * 1_000));
    let held = move || {
        let count = shelf.with(|s| s.chips.iter().map(|c| c.copies).sum::<usize>());
        filled(l, W::Holds, &[("n", count.to_string()), ("size", names::octets(used.get()))])
    };
    let share = move || used.get().to_string();
    let most = move || quota.get().max(1).to_string();
    let full = move || format!("{} / {}", names::octets(used.get()), names::octets(quota.get()));
    let act = |step: fn(&super::super::state::Model) -> Step| dispatch(Msg::Act(read(step)));
    view! {
        <section class="place server" role="region" aria-label=w(l, W::Server)>
            <h3>{w(l, W::Server)}</h3>
            <p class="held">{held}</p>
            <progress max=most value=share aria-label=full title=full></progress>
            {chips(l, SERVER.into(), shelf, None)}
            <div class="acts">
                {button("button small", w(l, W::DoDeliver), move || act(|m| hand::deliver(m.steps())))}
                {button("button small", w(l, W::DoFill), move || act(|m| {
                    let used = m.now().map_or(0, |step| step.used);
                    match m.scenario() {
                        Some(scenario) => hand::fill(scenario, m.steps(), used),
                        None => Step::Wait { hours: 1 },
                    }
                }))}
                {button("button small", w(l, W::DoWait), || dispatch(Msg::Act(Step::Wait { hours: 24 })))}
            </div>
        </section>
    }
}

/// A place that is neither a device nor the server: the other provider.
fn other(l: Locale, name: String, now: Memo<Moment>) -> View {
    let (title, own) = (names::place(l, &[], &name), name.clone());
    let shelf = Memo::new(move || now.with(|n| n.shelf(&own)));
    let label = title.clone();
    view! {
        <section class="place" role="region" aria-label=label><h3>{title}</h3>{chips(l, name, shelf, None)}</section>
    }
}

fn device(l: Locale, name: String, now: Memo<Moment>, devices: Memo<Vec<Device>>, open: Open) -> View {
    let title = devices.with_untracked(|all| names::place(l, all, &name));
    let label = title.clone();
    let own = name.clone();
    let known = Memo::new(move || devices.with(|all| all.iter().find(|d| d.name == own).cloned()));
    let own = name.clone();
    let shelf = Memo::new(move || now.with(|n| n.shelf(&own)));
    let own = name.clone();
    let spent = Memo::new(move || now.with(|n| n.spent.get(&own).copied().unwrap_or_default()));
    let own = name.clone();
    let online = select(move |m| {
        let done = m.steps().get(..m.cursor).unwrap_or_default();
        let last = done.iter().rev().find_map(|d| match &d.step {
            Step::Cut { device } if *device == own => Some(false),
            Step::Restore { device } if *device == own => Some(true),
            _ => None,
        });
        last.unwrap_or(true)
    });
    let held = move || {
        let (count, octets) = shelf.with(|s| (s.chips.iter().map(|c| c.copies).sum::<usize>(), s.octets));
        filled(l, W::Holds, &[("n", count.to_string()), ("size", names::octets(octets))])
    };
    let line = name.clone();
    let content = move || {
        let Some(device) = known.get() else {
            return view! { <p class="unused">{w(l, W::NotUsed)}</p> };
        };
        view! {
            <p class="held">{held}<span class="offline" hidden=move || online.get()>{w(l, W::Offline)}</span></p>
            <button type="button" class="spent" on:click={
                let line = line.clone();
                move |_| dispatch(Msg::Wire(line.clone()))
            }>{move || spent_words(l, spent.get())}</button>
            {chips(l, device.name.clone(), shelf, Some((device.protocol, open)))}
            {acts(l, device, online)}
        }
    };
    view! {
        <section class="place device" role="region" aria-label=label class:unused-place=move || known.with(Option::is_none)>
            <h3>{title}</h3>
            {content}
        </section>
    }
}

pub fn spent_words(l: Locale, spent: Totals) -> String {
    let values = [
        ("up", names::octets(spent.sent)),
        ("down", names::octets(spent.received)),
        ("n", spent.round_trips.to_string()),
    ];
    filled(l, W::Spent, &values)
}

fn acts(l: Locale, device: Device, online: Memo<bool>) -> View {
    let name = device.name.clone();
    let step = move |key: W, step: fn(String) -> Step| {
        let name = name.clone();
        button("button small", w(l, key), move || dispatch(Msg::Act(step(name.clone()))))
    };
    let name = device.name.clone();
    let send = button("button small", w(l, W::DoSend), move || {
        let step = read(|m| hand::send(m.steps(), &name));
        dispatch(Msg::Act(step));
    });
    let name = device.name.clone();
    let network = move || {
        let (key, make): (W, fn(String) -> Step) = if online.get() {
            (W::DoCut, |device| Step::Cut { device })
        } else {
            (W::DoRestore, |device| Step::Restore { device })
        };
        let name = name.clone();
        button("button small", w(l, key), move || dispatch(Msg::Act(make(name.clone()))))
    };
    let rule = (device.protocol == Protocol::Pop3).then(|| rules(l, &device));
    view! {
        <div class="acts">
            {step(W::DoCheck, |device| Step::Check { device })}
            {send}
            {network}
            {step(W::DoLose, |device| Step::Lose { device })}
            {rule}
        </div>
    }
}

/// The rule as it is now: from the device, or from the last step that changed it.
fn rules(l: Locale, device: &Device) -> View {
    const ALL: [Rule; 4] =
        [Rule::DownloadAndDelete, Rule::LeaveCopy, Rule::LeaveDays(14), Rule::UntilDeletedHere];
    let (name, first) = (device.name.clone(), device.rule);
    let own = name.clone();
    let now = select(move |m| {
        let done = m.steps().get(..m.cursor).unwrap_or_default();
        let changed = done.iter().rev().find_map(|d| match &d.step {
            Step::Rule { device, rule } if *device == own => Some(*rule),
            _ => None,
        });
        let variant = m.scenario().and_then(|s| s.variants.get(m.show() as usize)?.rule);
        changed.or(variant).unwrap_or(first)
    });
    let chosen = move || {
        let rule = now.get();
        let same =
            |own: &Rule| matches!((own, rule), (Rule::LeaveDays(_), Rule::LeaveDays(_))) || *own == rule;
        ALL.iter().position(same).unwrap_or_default()
    };
    let options: Vec<View> = ALL
        .iter()
        .enumerate()
        .map(|(n, rule)| {
            let value = n.to_string();
            view! { <option value=value prop:selected=move || chosen() == n>{names::rule(l, *rule)}</option> }
        })
        .collect();
    view! {
        <select class="input small" aria-label=w(l, W::Rule) on:change=move |e: ev::Event| {
            let rule = node::typed(&e).parse().ok().and_then(|n: usize| ALL.get(n).copied());
            if let Some(rule) = rule {
                dispatch(Msg::Act(Step::Rule { device: name.clone(), rule }));
            }
        }>{options}</select>
    }
}

/// Every way that a message went in this step.
fn ways(l: Locale, now: Memo<Moment>, devices: Memo<Vec<Device>>) -> View {
    let ways = Memo::new(move || now.with(|n| n.ways.clone()));
    let list = move || {
        let at = |name: &str| devices.with(|all| names::place(l, all, name));
        let one = |way: &Way| {
            let (class, words) = match way {
                Way::Came { message, from, to, folder } => {
                    let from = from.as_ref().map_or_else(|| w(l, W::World).to_owned(), |from| at(from));
                    let values = [
                        ("message", names::message(l, message)),
                        ("from", from),
                        ("to", at(to)),
                        ("folder", names::folder(l, folder)),
                    ];
                    ("came", filled(l, if folder == INBOX { W::WayCame } else { W::WayCameIn }, &values))
                }
                Way::Went { message, at: place, .. } => (
                    "went",
                    filled(l, W::WayWent, &[("message", names::message(l, message)), ("at", at(place))]),
                ),
                Way::Moved { message, at: place, from, to } => {
                    let values = [
                        ("message", names::message(l, message)),
                        ("from", names::folder(l, from)),
                        ("to", names::folder(l, to)),
                        ("at", at(place)),
                    ];
                    ("moved", filled(l, W::WayMoved, &values))
                }
                Way::Marked { message, at: place } => (
                    "marked",
                    filled(l, W::WayMarked, &[("message", names::message(l, message)), ("at", at(place))]),
                ),
            };
            view! { <li class=class>{words}</li> }
        };
        ways.with(|ways| {
            if ways.is_empty() {
                return view! { <p class="none">{w(l, W::NothingMoved)}</p> };
            }
            let all: Vec<View> = ways.iter().take(MAX_CHIPS).map(one).collect();
            view! { <ul>{all}</ul> }
        })
    };
    view! { <div class="ways" role="group" aria-label=w(l, W::Ways)><h3>{w(l, W::Ways)}</h3>{list}</div> }
}
