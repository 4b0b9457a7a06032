//! The parts of the lab beside the bench: where the address leads, the tour's stops, and advice.
use super::{ask, choose, forget};
use crate::lab::listen::state as listen;
use crate::lab::mine::{IMAP, Mine};
use crate::lab::share::{self, Link, Part};
use crate::lab::state::{Bench, Effect, Model, Then, Trouble};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::advice::Habits;
use pyeonji_shared::lab::call::{AskAdvice, Source};
use pyeonji_shared::lab::own::{Ask as AskOwn, Found};
use pyeonji_shared::lab::tour::TOUR;

/// What the fragment of the address names.
pub fn follow(m: &mut Model, hash: &str) -> Vec<Effect> {
    let link = share::read(hash);
    let before = m.part.clone();
    m.part = match &link {
        Link::Part(part) => part.clone(),
        _ => Part::Bench,
    };
    if m.part != before && [&m.part, &before].contains(&&Part::Mine) {
        // What is on the bench is no scenario of the lab there, and one's own mail isn't left lying on it.
        (m.answer, m.cursor, m.mine) = (None, 0, Mine::default());
    }
    let session = match &m.part {
        Part::Wire(session) => session.clone(),
        _ => String::new(),
    };
    let mut effects = listening(m, listen::Msg::Of(session));
    effects.extend(match link {
        Link::Part(Part::Tour(n)) => stop(m, n),
        Link::Part(_) => Vec::new(),
        Link::Nothing => {
            forget(m, Bench::Experiment("E1".into()));
            ask(m, Source::Experiment("E1".into()), 0, Then::Beginning)
        }
        Link::Own => choose(m, Bench::Own),
        Link::Experiment(id) => choose(m, Bench::Experiment(id)),
        Link::Scenario(scenario, cursor) => {
            forget(m, Bench::Brought);
            m.changed = true;
            ask(m, Source::Own(scenario), 0, Then::At(cursor))
        }
        Link::Bad => {
            m.trouble = Some(Trouble::BadLink);
            Vec::new()
        }
    });
    effects
}

/// Who is here for their own mail takes no place in the lab.
pub fn start(m: &mut Model, hash: &str) -> Vec<Effect> {
    let mut effects = follow(m, hash);
    if !matches!(m.part, Part::Wire(_) | Part::Mine) {
        effects.insert(0, Effect::Enter(m.visitor));
    }
    effects
}

pub fn listening(m: &mut Model, msg: listen::Msg) -> Vec<Effect> {
    m.listen.reduce(msg).into_iter().map(Effect::Listen).collect()
}

/// A stop of the tour: its experiment, just before what it shows.
fn stop(m: &mut Model, n: usize) -> Vec<Effect> {
    let n = n.min(TOUR.len() - 1);
    let Some(stop) = TOUR.get(n) else { return Vec::new() };
    m.part = Part::Tour(n);
    forget(m, Bench::Experiment(stop.experiment.into()));
    m.wire = stop.device.into();
    let before = Then::Step((stop.from as usize).saturating_sub(1));
    ask(m, Source::Experiment(stop.experiment.into()), stop.variant, before)
}

pub fn habits(m: &mut Model, habits: Habits) -> Vec<Effect> {
    m.habits = habits.bounded();
    // It was for other habits.
    m.advice = None;
    Vec::new()
}

pub fn advise(m: &mut Model) -> Vec<Effect> {
    if std::mem::replace(&mut m.advising, true) {
        return Vec::new();
    }
    m.trouble = None;
    vec![Effect::Advise(AskAdvice { visitor: m.visitor, habits: m.habits })]
}

/// One at a time: a run is over before the next begins.
pub fn mine(m: &mut Model, ask: AskOwn) -> Vec<Effect> {
    if std::mem::replace(&mut m.mine.busy, true) { Vec::new() } else { vec![Effect::Mine(ask)] }
}

pub fn mined(m: &mut Model, outcome: Result<Box<Found>, ApiError>) {
    // Who has left it meanwhile doesn't find it elsewhere.
    if m.part != Part::Mine || !m.mine.busy {
        return;
    }
    let turn = m.mine.turn + 1;
    m.answer = None;
    m.mine = match outcome {
        Ok(found) => {
            let Found { answer, claims, notes, troubles, offer } = *found;
            m.answer = Some(answer);
            m.wire = IMAP.into();
            let troubles = troubles.into_iter().map(|(of, error)| (Some(of), error)).collect();
            Mine { busy: false, turn, troubles, notes, claims, offer }
        }
        Err(error) => Mine { turn, troubles: vec![(None, error)], ..Mine::default() },
    };
    m.cursor = m.steps().len();
}

/// What the advice was found from comes onto the bench.
pub fn open_advice(m: &mut Model, run: u32, step: Option<usize>) -> Vec<Effect> {
    let Some(advice) = &m.advice else { return Vec::new() };
    let scenario = advice.scenario.clone();
    m.part = Part::Bench;
    forget(m, Bench::Brought);
    m.changed = true;
    ask(m, Source::Own(Box::new(scenario)), run, step.map_or(Then::End, Then::Step))
}
