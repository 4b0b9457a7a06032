//! What a run says about each point.
use super::WHOLE;
use super::world::{SENT_LETTER, World, letter};
use crate::lab::device::SENT;
use pyeonji_shared::lab::advice::Point;
use pyeonji_shared::lab::places::{INBOX, Places, State};
use pyeonji_shared::lab::report::{Done, Run};
use pyeonji_shared::lab::scenario::{SERVER, Step};

/// A point's whole share.
pub const MOST: u32 = 1_000;
const DAY: u64 = 24 * 60 * 60 * 1_000;

pub struct Figures([(Point, u64); Point::ALL.len()]);

fn until(run: &Run, step: usize) -> impl Iterator<Item = &Done> {
    run.steps.iter().take_while(move |done| done.number <= step)
}

fn places(run: &Run, step: usize) -> Places {
    let mut places = Places::default();
    until(run, step).flat_map(|done| &done.changes).for_each(|change| places.apply(change));
    places
}

fn is_refusal(done: &Done) -> bool {
    matches!(done.step, Step::Deliver { .. }) && done.refused.is_some()
}

/// The day on which a letter was refused for the first time.
pub fn first_refusal(run: &Run) -> Option<u32> {
    let first = run.steps.iter().find(|done| is_refusal(done))?;
    Some(u32::try_from(first.from / DAY).unwrap_or(u32::MAX))
}

impl Figures {
    pub fn of(run: &Run, world: &World) -> Self {
        Self(Point::ALL.map(|what| (what, figure(what, run, world))))
    }

    pub fn get(&self, what: Point) -> u64 {
        self.0.iter().find(|(own, _)| *own == what).map_or(0, |(_, figure)| *figure)
    }

    /// How good that is, of [`MOST`]. `least`: the smallest figure of all candidates.
    pub fn share(&self, what: Point, world: &World, least: u64) -> u32 {
        let figure = self.get(what);
        let letters = u64::from(world.scale.simulated);
        let of = |part: u64, all: u64| (part * WHOLE).checked_div(all).unwrap_or(WHOLE).min(WHOLE);
        let share = match what {
            Point::OtherDevices | Point::Survives | Point::Offline => of(figure, letters),
            Point::ReadState => of(figure, world.opened.len() as u64),
            Point::SentCopies => of(figure, world.devices.len().saturating_sub(1) as u64),
            Point::Refused | Point::LeftBehind => of(letters.saturating_sub(figure), letters),
            Point::Traffic | Point::ServerKilobytes => of(least, figure),
        };
        u32::try_from(share).unwrap_or(MOST)
    }
}

fn figure(what: Point, run: &Run, world: &World) -> u64 {
    let first = world.devices.first().copied().unwrap_or_default();
    let second = world.devices.get(1).copied();
    let step = world.shown_by(what) as usize;
    let places = places(run, step);
    let all = 1..=world.scale.simulated;
    let has = |place: &str, n: u32, so: &dyn Fn(&State) -> bool| {
        places.copies(place, INBOX, &letter(n)).iter().any(so)
    };
    let count = |so: &dyn Fn(u32) -> bool| all.clone().filter(|n| so(*n)).count() as u64;
    match what {
        Point::OtherDevices => second.map_or(0, |second| count(&|n| has(second, n, &|_| true))),
        Point::ReadState => second.map_or(0, |second| {
            let both = |n: &&u32| has(second, **n, &|state| state.read);
            world.opened.iter().filter(both).count() as u64
        }),
        Point::SentCopies => {
            let others = world.devices.iter().skip(1);
            others.filter(|d| !places.copies(d, SENT, SENT_LETTER).is_empty()).count() as u64
        }
        Point::Refused => until(run, step).filter(|done| is_refusal(done)).count() as u64,
        Point::Survives => count(&|n| {
            let mut everywhere = world.devices.iter().copied().chain([SERVER]);
            everywhere.any(|place| has(place, n, &|_| true))
        }),
        Point::Offline | Point::LeftBehind => count(&|n| has(first, n, &|state| state.readable)),
        Point::Traffic => {
            let spent = until(run, step).flat_map(|done| &done.spent);
            spent.map(|spent| spent.totals.sent + spent.totals.received).sum::<u64>() / 1_000
        }
        Point::ServerKilobytes => until(run, step).last().map_or(0, |done| done.used / 1_000),
    }
}
