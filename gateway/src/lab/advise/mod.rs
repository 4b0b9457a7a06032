//! "Which should I use?", answered by trying: habits become a scenario, it is run under IMAP and under the rules of POP3, and what was
//! measured decides. Pure: the same habits get the same advice.
mod figures;
#[cfg(test)]
mod tests;
pub mod words;
mod world;

use super::backend::Backend;
use super::host::Broken;
use super::run::run_on;
use figures::{Figures, MOST, first_refusal};
use pyeonji_shared::lab::advice::{Advice, Candidate, Choice, Habits, Point, Reason, Setting};
use pyeonji_shared::lab::scenario::{Protocol, Rule};
use world::World;

/// How much a point counts for somebody. A letter that is lost or refused is worse than one that isn't at hand.
fn weight(what: Point, habits: &Habits) -> u8 {
    let if_so = |so: bool, weight| if so { weight } else { 0 };
    match what {
        Point::Refused => 4,
        Point::Survives => if_so(!habits.backups, 3),
        Point::OtherDevices | Point::ReadState => if_so(habits.devices > 1, 3),
        Point::LeftBehind => if_so(habits.shared_computer, 3),
        Point::Offline => if_so(habits.offline_often, 2),
        Point::Traffic => if_so(habits.metered, 2),
        Point::SentCopies => if_so(habits.devices > 1, 1),
        // Being full is what hurts, and that is counted.
        Point::ServerKilobytes => 0,
    }
}

pub fn advise(habits: &Habits) -> Advice {
    advise_on(habits, &Backend::Simulated).unwrap_or_else(|_| unreachable!("nothing there can break"))
}

/// The same from what is measured on another backend.
///
/// # Errors
/// When the backend can't be reached, or isn't fit for a run any more.
pub fn advise_on(habits: &Habits, backend: &Backend) -> Result<Advice, Broken> {
    let habits = &habits.bounded();
    let world = World::new(habits);
    let report = run_on(&world.scenario, backend)?;
    let figures: Vec<Figures> = report.runs.iter().map(|run| Figures::of(run, &world)).collect();
    let least = |what| figures.iter().map(|f| f.get(what)).min().unwrap_or_default();
    let score = |f: &Figures| {
        let points = Point::ALL.iter();
        points.map(|what| u32::from(weight(*what, habits)) * f.share(*what, &world, least(*what))).sum()
    };
    let numbered = (0..).zip(figures.iter().zip(&world.choices));
    let candidates: Vec<Candidate> =
        numbered.map(|(run, (f, choice))| Candidate { choice: *choice, score: score(f), run }).collect();
    let offered = |c: &&Candidate| match c.choice.protocol {
        Protocol::Imap => habits.offers.imap,
        Protocol::Pop3 => habits.offers.pop3,
    };
    let of = |protocol| candidates.iter().filter(move |c| c.choice.protocol == protocol);
    let chosen = best(candidates.iter().filter(offered));
    let run_of = |protocol| best(of(protocol)).map_or(0, |c| c.run);
    let (imap_run, pop3_run) = (run_of(Protocol::Imap), run_of(Protocol::Pop3));
    let reasons = match (figures.get(imap_run as usize), figures.get(pop3_run as usize)) {
        (Some(imap), Some(pop3)) => {
            Point::ALL.map(|what| reason(what, habits, &world, [imap.get(what), pop3.get(what)])).to_vec()
        }
        _ => Vec::new(),
    };
    let full = chosen.and_then(|c| report.runs.get(c.run as usize)).and_then(first_refusal);
    let choice = chosen.map(|c| c.choice);
    Ok(Advice {
        choice,
        forced: habits.offers.imap != habits.offers.pop3,
        settings: choice.map(|choice| settings(choice, habits, full)).unwrap_or_default(),
        reasons,
        imap_run,
        pop3_run,
        candidates,
        scale: world.scale,
        scenario: world.scenario,
    })
}

/// The first of the best: IMAP where nothing speaks against it, and the rule that loses least.
fn best<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> Option<&'a Candidate> {
    candidates.fold(None, |best: Option<&Candidate>, c| match best {
        Some(best) if best.score >= c.score => Some(best),
        _ => Some(c),
    })
}

fn reason(what: Point, habits: &Habits, world: &World, [imap, pop3]: [u64; 2]) -> Reason {
    let better = match (imap.cmp(&pop3), what.less_is_better()) {
        (std::cmp::Ordering::Equal, _) => None,
        (std::cmp::Ordering::Less, true) | (std::cmp::Ordering::Greater, false) => Some(Protocol::Imap),
        _ => Some(Protocol::Pop3),
    };
    Reason { what, imap, pop3, better, weight: weight(what, habits), step: world.shown_by(what) }
}

fn settings(choice: Choice, habits: &Habits, full: Option<u32>) -> Vec<Setting> {
    let pop3 = choice.protocol == Protocol::Pop3;
    let alone = pop3 && choice.rule != Some(Rule::LeaveCopy) && !habits.backups;
    let each = [
        (pop3 && habits.devices > 1, Setting::CopyToSelf),
        (alone, Setting::BackUp),
        (!pop3 && habits.offline_often, Setting::OpenBefore),
        (habits.shared_computer, Setting::KeepNothingHere),
    ];
    let each = each.into_iter().filter_map(|(so, setting)| so.then_some(setting));
    each.chain(full.map(|days| Setting::MakeRoom { days })).collect()
}

/// A share of everything.
const WHOLE: u64 = MOST as u64;
