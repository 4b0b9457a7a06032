//! What happens, and what is to be done about it. Pure.
mod parts;
mod verdicts;

use super::hand;
use super::share::{self, Part};
use super::state::{Bench, Condition, Effect, MAX_UNDO, Model, Msg, TICK, Then, Trouble, own};
use parts::follow;
use pyeonji_shared::lab::call::{Answer, Ask, Source};
use pyeonji_shared::lab::scenario::{Scenario, Step};
use verdicts::note;

/// Ticks of a stop of the tour, about.
const STRIDES: usize = 12;

pub fn reduce(m: &mut Model, msg: Msg) -> Vec<Effect> {
    m.copied = None;
    match msg {
        Msg::Start { visitor, hash } => {
            m.visitor = visitor;
            parts::start(m, &hash)
        }
        Msg::Entered(Ok(Ok(opened))) => {
            (m.listed, m.any_host) = (opened.experiments, opened.any_host);
            Vec::new()
        }
        Msg::Entered(Ok(Err(refusal))) => trouble(m, Trouble::Refused(refusal)),
        Msg::Entered(Err(error)) => trouble(m, Trouble::Failed(error)),
        Msg::Hash(hash) if m.listed.is_empty() && matches!(m.part, Part::Wire(_) | Part::Mine) => {
            parts::start(m, &hash)
        }
        Msg::Hash(hash) => follow(m, &hash),
        Msg::Choose(bench) => choose(m, bench),
        Msg::File(text) => {
            forget(m, Bench::Brought);
            ask(m, Source::File(text), 0, Then::Beginning)
        }
        Msg::Answered { turn, .. } if turn != m.turn => Vec::new(),
        Msg::Answered { outcome, .. } => match outcome {
            Ok(Ok(answer)) => answered(m, answer),
            Ok(Err(refusal)) => trouble(m, Trouble::Refused(refusal)),
            Err(error) => trouble(m, Trouble::Failed(error)),
        },
        Msg::Run => finish(m),
        Msg::RunAll => {
            m.queue = m.listed.iter().map(|listed| listed.id.clone()).collect();
            next_in_queue(m)
        }
        Msg::Play if m.at_end() && !m.steps().is_empty() => {
            m.cursor = 0;
            play(m)
        }
        Msg::Play => play(m),
        Msg::Pause => {
            m.playing = false;
            Vec::new()
        }
        Msg::Tick if !m.playing => Vec::new(),
        Msg::Tick => {
            let until = m.until();
            // A stop of the tour that has many steps isn't longer than one with few.
            let stride = if m.part == Part::Bench { 1 } else { (until / STRIDES).max(1) };
            go(m, (m.cursor + stride).min(until));
            if m.cursor >= until {
                m.playing = false;
                if m.at_end() {
                    note(m);
                }
                return Vec::new();
            }
            vec![Effect::Tick(TICK)]
        }
        Msg::Next => seek(m, m.cursor + 1),
        Msg::Back => seek(m, m.cursor.saturating_sub(1)),
        Msg::Reset => match m.bench {
            // Nothing is left of what was done by hand, and all of it comes back by "Undo".
            Bench::Own => {
                remember(m);
                put(m, own(), Then::Beginning)
            }
            _ => seek(m, 0),
        },
        Msg::Seek(cursor) => seek(m, cursor),
        Msg::Show { run, step } => show(m, run, step),
        Msg::OpenRow { row, run, step } => open_row(m, row, run, step),
        Msg::Act(step) => act(m, step),
        Msg::Change(condition) => change(m, &condition),
        Msg::Undo => match m.before.pop() {
            Some((scenario, cursor)) => put(m, scenario, Then::At(cursor)),
            None => Vec::new(),
        },
        Msg::Save(form) => save(m, form),
        Msg::Share => match m.scenario().and_then(|scenario| share::write(scenario, m.cursor)) {
            Some(link) => vec![Effect::Hash(link.clone()), Effect::CopyLink(link)],
            None => Vec::new(),
        },
        Msg::Copied(so) => {
            m.copied = Some(so);
            Vec::new()
        }
        Msg::Wire(device) => {
            m.wire = device;
            Vec::new()
        }
        Msg::Listen(msg) => parts::listening(m, msg),
        Msg::Retry => {
            let then = m.then;
            if m.part == Part::Advisor {
                return parts::advise(m);
            }
            let mut effects = if m.listed.is_empty() { vec![Effect::Enter(m.visitor)] } else { Vec::new() };
            let (source, show) = m.asked.clone().unwrap_or_else(|| (m.source(), m.show()));
            effects.extend(ask(m, source, show, then));
            effects
        }
        Msg::Habits(habits) => parts::habits(m, habits),
        Msg::Advise => parts::advise(m),
        Msg::Advised(outcome) => {
            m.advising = false;
            match outcome {
                Ok(Ok(advice)) => {
                    m.advice = Some(advice);
                    Vec::new()
                }
                Ok(Err(refusal)) => trouble(m, Trouble::Refused(refusal)),
                Err(error) => trouble(m, Trouble::Failed(error)),
            }
        }
        Msg::Mine(ask) => parts::mine(m, ask),
        Msg::Mined(outcome) => {
            parts::mined(m, outcome);
            Vec::new()
        }
        Msg::OpenAdvice { run, step } => parts::open_advice(m, run, step),
    }
}

fn trouble(m: &mut Model, trouble: Trouble) -> Vec<Effect> {
    m.trouble = Some(trouble);
    m.asking = false;
    m.playing = false;
    m.queue.clear();
    Vec::new()
}

fn ask(m: &mut Model, source: Source, show: u32, then: Then) -> Vec<Effect> {
    m.turn = m.turn.wrapping_add(1);
    (m.asking, m.playing, m.then) = (true, false, then);
    m.trouble = None;
    m.asked = Some((source.clone(), show));
    vec![Effect::Ask { turn: m.turn, ask: Ask { visitor: m.visitor, source, show } }]
}

/// Nothing of what was there before belongs to this.
fn forget(m: &mut Model, bench: Bench) {
    m.bench = bench;
    m.changed = false;
    m.before.clear();
    m.cursor = 0;
}

fn choose(m: &mut Model, bench: Bench) -> Vec<Effect> {
    let (source, hash) = match &bench {
        Bench::Experiment(id) => (Source::Experiment(id.clone()), id.clone()),
        _ => (Source::Own(Box::new(own())), "own".to_owned()),
    };
    forget(m, bench);
    let mut effects = ask(m, source, 0, Then::Beginning);
    effects.push(Effect::Hash(hash));
    effects
}

fn answered(m: &mut Model, answer: Answer) -> Vec<Effect> {
    m.asking = false;
    let devices: Vec<&str> = devices(&answer).collect();
    if !devices.contains(&m.wire.as_str()) {
        m.wire = devices.first().map_or_else(String::new, |name| (*name).to_owned());
    }
    m.answer = Some(answer);
    let all = m.steps().len();
    m.cursor = match m.then {
        Then::Beginning => 0,
        Then::End | Then::Verdict => all,
        Then::At(cursor) => cursor.min(all),
        Then::Step(number) => m.after(number),
    };
    if m.then == Then::Verdict || (m.at_end() && all > 0 && m.changed) {
        note(m);
    }
    m.then = Then::Beginning;
    next_in_queue(m)
}

fn devices(answer: &Answer) -> impl Iterator<Item = &str> {
    let run = answer.report.runs.get(answer.show as usize);
    run.into_iter().flat_map(|run| &run.devices).map(|device| device.device.as_str())
}

fn next_in_queue(m: &mut Model) -> Vec<Effect> {
    if m.queue.is_empty() {
        return Vec::new();
    }
    let id = m.queue.remove(0);
    forget(m, Bench::Experiment(id.clone()));
    let mut effects = ask(m, Source::Experiment(id.clone()), 0, Then::Verdict);
    effects.push(Effect::Hash(id));
    effects
}

/// To the end, with a verdict.
fn finish(m: &mut Model) -> Vec<Effect> {
    m.playing = false;
    if m.answer.is_none() || m.asking {
        m.then = Then::Verdict;
        return Vec::new();
    }
    m.cursor = m.steps().len();
    note(m);
    Vec::new()
}

fn play(m: &mut Model) -> Vec<Effect> {
    if m.asking || m.steps().is_empty() {
        return Vec::new();
    }
    let ticking = std::mem::replace(&mut m.playing, true);
    if ticking { Vec::new() } else { vec![Effect::Tick(TICK)] }
}

fn go(m: &mut Model, cursor: usize) {
    m.cursor = cursor.min(m.steps().len());
}

fn seek(m: &mut Model, cursor: usize) -> Vec<Effect> {
    m.playing = false;
    let before = m.cursor;
    go(m, cursor);
    if m.at_end() && m.cursor > before {
        note(m);
    }
    Vec::new()
}

fn show(m: &mut Model, run: u32, step: Option<usize>) -> Vec<Effect> {
    let then = step.map_or(Then::End, Then::Step);
    if run == m.show() && m.answer.is_some() && !m.asking {
        m.playing = false;
        m.cursor = step.map_or(m.steps().len(), |number| m.after(number));
        return Vec::new();
    }
    let source = m.source();
    ask(m, source, run, then)
}

fn open_row(m: &mut Model, row: usize, run: u32, step: Option<usize>) -> Vec<Effect> {
    let Some(row) = m.rows.get(row) else { return Vec::new() };
    if m.scenario() == Some(&row.scenario) {
        return show(m, run, step);
    }
    let (scenario, changed, id) = (row.scenario.clone(), row.changed, row.id.clone());
    let known = m.listed.iter().any(|listed| listed.id == id);
    forget(m, if known { Bench::Experiment(id) } else { Bench::Brought });
    m.changed = changed;
    ask(m, Source::Own(Box::new(scenario)), run, step.map_or(Then::End, Then::Step))
}

fn remember(m: &mut Model) {
    let Some(scenario) = m.scenario().cloned() else { return };
    if m.before.len() >= MAX_UNDO {
        m.before.remove(0);
    }
    m.before.push((scenario, m.cursor));
}

/// Another scenario on the same bench.
fn put(m: &mut Model, scenario: Scenario, then: Then) -> Vec<Effect> {
    m.changed = !m.before.is_empty() || m.bench != Bench::Own;
    ask(m, Source::Own(Box::new(scenario)), 0, then)
}

fn act(m: &mut Model, step: Step) -> Vec<Effect> {
    if m.asking {
        return Vec::new();
    }
    let Some(scenario) = m.scenario() else { return Vec::new() };
    let under = scenario.variants.get(m.show() as usize);
    let next = hand::act(scenario, under, m.steps(), m.cursor, step);
    remember(m);
    put(m, next, Then::End)
}

fn change(m: &mut Model, condition: &Condition) -> Vec<Effect> {
    if m.asking {
        return Vec::new();
    }
    let Some(next) = m.scenario().and_then(|scenario| hand::change(scenario, condition)) else {
        return Vec::new();
    };
    remember(m);
    let then = if m.at_end() { Then::End } else { Then::At(m.cursor) };
    put(m, next, then)
}

fn save(m: &Model, form: &'static str) -> Vec<Effect> {
    let Some(scenario) = m.scenario() else { return Vec::new() };
    let ending = if form == "transcript" { "txt" } else { "json" };
    let name = format!("lab-{}-{form}.{ending}", scenario.id.to_ascii_lowercase());
    vec![Effect::File { ask: Ask { visitor: m.visitor, source: m.source(), show: m.show() }, form, name }]
}
