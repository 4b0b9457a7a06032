//! A scenario from its first step to its verdict, under each of its conditions.
use super::bench::{Bench, Places};
use super::scenario::{Scenario, Step, Words};
use super::verdict::{Judged, Verdict, judge, sum_up};
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
    pub steps: Vec<Done>,
    pub devices: Vec<Transcript>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
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
        .map(|variant| Run {
            variant: Some(variant.name.clone()),
            ..once(&scenario.under(variant), &variant.skip)
        })
        .collect();
    if runs.is_empty() {
        runs.push(once(scenario, &[]));
    }
    Report {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        claim: scenario.claim.clone(),
        verdict: sum_up(runs.iter().map(|run| run.held)),
        runs,
    }
}

fn once(scenario: &Scenario, skip: &[usize]) -> Run {
    let mut bench = Bench::new(scenario);
    let mut steps = Vec::new();
    for (at, step) in scenario.steps.iter().enumerate() {
        let from = bench.time.ms();
        let skipped = skip.contains(&(at + 1));
        let outcome = if skipped { Ok(()) } else { bench.step(step) };
        let refused = outcome.err().map(|refused| refused.to_string());
        let (to, places, used) = (bench.time.ms(), bench.places(), bench.used());
        steps.push(Done { step: step.clone(), skipped, from, to, refused, places, used });
    }
    let judged: Vec<Judged> = scenario.expect.iter().map(|expect| judge(expect, &steps)).collect();
    let transcript = |(device, record): (String, crate::net::record::Recorder)| Transcript {
        device,
        totals: record.totals,
        dropped: record.dropped,
        lines: record.lines().cloned().collect(),
    };
    Run {
        variant: None,
        held: judged.iter().all(|judged| judged.so),
        judged,
        steps,
        devices: bench.records().into_iter().map(transcript).collect(),
    }
}
