//! Whether a claim held: from what everybody held after each step, and from nothing else.
use super::run::{Done, Transcript};
use super::scenario::{Amount, Expect, Is, Measure, Order, Step, What};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Held,
    DidNotHold,
    /// Under some of the conditions.
    Depends,
}

/// An expectation, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judged {
    pub expect: Expect,
    /// The step that shows it, counted from 1.
    pub step: usize,
    pub so: bool,
    /// Places where it isn't so.
    pub not_at: Vec<String>,
}

pub fn judge(expect: &Expect, steps: &[Done]) -> Judged {
    let step = expect.after.or(steps.last().map(|done| done.number)).unwrap_or_default();
    let found = steps.iter().rev().find(|done| done.number == step);
    let is_so = |place: &&String| {
        let held = found.and_then(|done| done.places.get(*place)).map(Vec::as_slice).unwrap_or_default();
        let mut copies = held.iter().filter(|h| h.message == expect.message);
        match expect.is {
            Is::There => copies.next().is_some(),
            Is::Gone => copies.next().is_none(),
            Is::Read => copies.next().is_some_and(|h| h.read),
            Is::Unread => copies.next().is_some_and(|h| !h.read),
            Is::Starred => copies.next().is_some_and(|h| h.starred),
            Is::Readable => copies.next().is_some_and(|h| h.readable),
            Is::Unreadable => copies.next().is_some_and(|h| !h.readable),
            Is::Twice => copies.count() > 1,
        }
    };
    let not_at: Vec<String> = expect.at.iter().filter(|place| !is_so(place)).cloned().collect();
    Judged { expect: expect.clone(), step, so: found.is_some() && not_at.is_empty(), not_at }
}

/// A measure, and what was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    pub measure: Measure,
    pub found: u64,
    pub than: u64,
    pub so: bool,
}

pub fn measure(measure: &Measure, steps: &[Done], devices: &[Transcript]) -> Measured {
    let count = |of: &str| {
        let totals = devices.iter().find(|d| d.device == of).map(|d| d.totals).unwrap_or_default();
        match measure.what {
            What::Traffic => totals.sent + totals.received,
            What::RoundTrips => u64::from(totals.round_trips),
            What::Kilobytes => steps.last().map_or(0, |done| done.used / 1_000),
            What::Refused => {
                let refused =
                    |done: &&Done| matches!(done.step, Step::Deliver { .. }) && done.refused.is_some();
                steps.iter().filter(refused).count() as u64
            }
        }
    };
    let found = count(&measure.of);
    let than = match &measure.than {
        Amount::Number(number) => *number,
        Amount::Of(other) => count(other),
    };
    let so = match measure.is {
        Order::Less => found < than,
        Order::More => found > than,
    };
    Measured { measure: measure.clone(), found, than, so }
}

/// Of all runs. Of none nothing can be said, and nothing held.
pub fn sum_up(held: impl IntoIterator<Item = bool>) -> Verdict {
    let (mut yes, mut no) = (false, false);
    for held in held {
        (yes, no) = (yes || held, no || !held);
    }
    match (yes, no) {
        (true, false) => Verdict::Held,
        (true, true) => Verdict::Depends,
        (false, _) => Verdict::DidNotHold,
    }
}
