//! A scenario from its first step to its verdict, under each of its conditions.
use super::backend::Backend;
use super::bench::Bench;
use super::host::Broken;
use super::verdict::{judge, measure, sum_up};
use crate::net::record::{Recorder, Totals};
use pyeonji_shared::lab::call::MAX_CHANGES;
use pyeonji_shared::lab::places::{Change, Places};
use pyeonji_shared::lab::report::{Done, Judged, Measured, Report, Run, Spent, Stored, Transcript};
use pyeonji_shared::lab::scenario::{Scenario, Step, Variant};

/// On the sandbox in simulated time.
pub fn run(scenario: &Scenario) -> Report {
    run_on(scenario, &Backend::Simulated).unwrap_or_else(|_| unreachable!("nothing there can break"))
}

/// # Errors
/// When the backend can't be reached, or isn't fit for a run any more.
pub fn run_on(scenario: &Scenario, backend: &Backend) -> Result<Report, Broken> {
    let mut runs = Vec::new();
    let mut lacks = false;
    let plain = [Variant::default()];
    let variants = if scenario.variants.is_empty() { plain.as_slice() } else { &scenario.variants };
    for variant in variants {
        let under = scenario.under(variant);
        let lack = backend.lack(&under);
        let mut run = once(&under, variant, backend)?;
        run.variant = (!scenario.variants.is_empty()).then(|| variant.name.clone());
        run.notes.splice(0..0, lack.notes);
        lacks |= lack.of_server;
        runs.push(run);
    }
    let claims = !scenario.expect.is_empty() || !scenario.measure.is_empty();
    Ok(Report {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        claim: scenario.claim.clone(),
        verdict: (claims && !lacks).then(|| sum_up(runs.iter().map(|run| run.held))),
        runs,
    })
}

/// Watches a bench from step to step.
struct Watch {
    places: Places,
    spent: Vec<Totals>,
    changes: usize,
}

impl Watch {
    /// What is otherwise than before. Past the bound nothing more is told, of any place.
    fn changes(&mut self, bench: &Bench) -> Vec<Change> {
        let places = &mut self.places;
        let mut all: Vec<Change> =
            bench.places().into_iter().flat_map(|(place, held)| places.see(place, held)).collect();
        all.truncate(MAX_CHANGES.saturating_sub(self.changes));
        self.changes += all.len();
        all
    }

    fn spent(&mut self, bench: &Bench) -> Vec<Spent> {
        let now = bench.spent();
        self.spent.resize(now.len(), Totals::default());
        let each = now.into_iter().zip(&mut self.spent).map(|((device, now), before)| {
            let totals = now.since(std::mem::replace(before, now));
            Spent { device: device.to_owned(), totals }
        });
        each.filter(|spent| spent.totals != Totals::default()).collect()
    }
}

fn once(scenario: &Scenario, variant: &Variant, backend: &Backend) -> Result<Run, Broken> {
    let mut bench = Bench::new(scenario, backend)?;
    let mut watch = Watch { places: Places::default(), spent: Vec::new(), changes: 0 };
    let mut steps = Vec::new();
    let last = scenario.steps.len();
    let mut judged: Vec<Option<Judged>> = scenario.expect.iter().map(|_| None).collect();
    let mut broken = Ok(());
    for (at, (number, step)) in scenario.single_steps().into_iter().enumerate() {
        broken = bench.trouble();
        if broken.is_err() {
            break;
        }
        let from = bench.time.ms();
        let skipped = is_left_out(&step, number, variant);
        let n = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let outcome = if skipped { Ok(()) } else { bench.step(n, &step) };
        let refused = outcome.err().map(|refused| refused.to_string());
        let (to, used) = (bench.time.ms(), bench.used());
        let (changes, spent) = (watch.changes(&bench), watch.spent(&bench));
        for (expect, found) in scenario.expect.iter().zip(&mut judged) {
            // The last of a repetition's steps decides.
            if expect.after.unwrap_or(last) == number {
                *found = Some(judge(expect, number, &watch.places));
            }
        }
        steps.push(Done { number, step, skipped, from, to, refused, changes, used, spent });
    }
    // Also where it broke, mail of the lab shouldn't stay.
    let ended = bench.end();
    broken.and(bench.trouble())?;
    let notes = ended?;
    let judged: Vec<Judged> = judged.into_iter().flatten().collect();
    let devices: Vec<Transcript> =
        bench.records().into_iter().map(|(device, record)| transcript(device, &record)).collect();
    let measured: Vec<Measured> = scenario.measure.iter().map(|m| measure(m, &steps, &devices)).collect();
    let all = judged.len() == scenario.expect.len();
    let held = all && judged.iter().all(|judged| judged.so) && measured.iter().all(|measured| measured.so);
    let stored = steps.iter().map(|done| Stored { at: done.to, octets: done.used }).collect();
    let end = watch.places.counts();
    let backend = backend.name();
    Ok(Run { variant: None, backend, notes, held, judged, measured, steps, devices, stored, end })
}

/// Under these conditions nobody does it.
pub(super) fn is_left_out(step: &Step, number: usize, variant: &Variant) -> bool {
    let unused = step.device().is_some_and(|d| variant.without.iter().any(|w| w == d));
    unused || variant.skip.contains(&number)
}

fn transcript(device: String, record: &Recorder) -> Transcript {
    Transcript {
        device,
        totals: record.totals,
        dropped: record.dropped,
        lines: record.lines().cloned().collect(),
    }
}
