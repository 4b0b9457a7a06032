//! A scenario from its first step to its verdict, under each of its conditions.
use super::bench::{Bench, Places};
use super::scenario::{Scenario, Step, Variant, Words};
use super::verdict::{Judged, Measured, Verdict, judge, measure, sum_up};
use crate::net::record::{Line, Totals};
use serde::Serialize;

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub id: String,
    pub title: Words,
    pub claim: Words,
    pub verdict: Verdict,
    pub runs: Vec<Run>,
}

/// The scenario under one set of conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// `None`: as the scenario stands.
    pub variant: Option<Words>,
    pub held: bool,
    /// The expectations in their order.
    pub judged: Vec<Judged>,
    pub measured: Vec<Measured>,
    pub steps: Vec<Done>,
    pub devices: Vec<Transcript>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Which of the scenario's steps, counted from 1; a repetition's steps have its number.
    pub number: usize,
    pub step: Step,
    /// Left out under these conditions.
    pub skipped: bool,
    /// Milliseconds since the run began, at its beginning and at its end.
    pub from: u64,
    pub to: u64,
    /// Why it couldn't be done.
    pub refused: Option<String>,
    /// What everybody holds afterwards.
    pub places: Places,
    /// Octets of the account on the server.
    pub used: u64,
}

/// All connections of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transcript {
    pub device: String,
    pub totals: Totals,
    pub lines: Vec<Line>,
    /// Lines that were too many to be kept.
    pub dropped: u64,
}

pub fn run(scenario: &Scenario) -> Report {
    let mut runs: Vec<Run> = scenario
        .variants
        .iter()
        .map(|variant| Run { variant: Some(variant.name.clone()), ..once(&scenario.under(variant), variant) })
        .collect();
    if runs.is_empty() {
        runs.push(once(scenario, &Variant::default()));
    }
    Report {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        claim: scenario.claim.clone(),
        verdict: sum_up(runs.iter().map(|run| run.held)),
        runs,
    }
}

fn once(scenario: &Scenario, variant: &Variant) -> Run {
    let mut bench = Bench::new(scenario);
    let mut steps = Vec::new();
    for (number, step) in scenario.single_steps() {
        let from = bench.time.ms();
        let unused = step.device().is_some_and(|d| variant.without.iter().any(|w| w == d));
        let skipped = unused || variant.skip.contains(&number);
        let outcome = if skipped { Ok(()) } else { bench.step(&step) };
        let refused = outcome.err().map(|refused| refused.to_string());
        let (to, places, used) = (bench.time.ms(), bench.places(), bench.used());
        steps.push(Done { number, step, skipped, from, to, refused, places, used });
    }
    let judged: Vec<Judged> = scenario.expect.iter().map(|expect| judge(expect, &steps)).collect();
    let transcript = |(device, record): (String, crate::net::record::Recorder)| Transcript {
        device,
        totals: record.totals,
        dropped: record.dropped,
        lines: record.lines().cloned().collect(),
    };
    let devices: Vec<Transcript> = bench.records().into_iter().map(transcript).collect();
    let measured: Vec<Measured> = scenario.measure.iter().map(|m| measure(m, &steps, &devices)).collect();
    let held = judged.iter().all(|judged| judged.so) && measured.iter().all(|measured| measured.so);
    Run { variant: None, held, judged, measured, steps, devices }
}
