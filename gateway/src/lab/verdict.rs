//! Whether a claim held: from what everybody held after each step, and from nothing else.
use pyeonji_shared::lab::amount::Amount;
use pyeonji_shared::lab::places::Places;
use pyeonji_shared::lab::report::{Done, Judged, Measured, Transcript, Verdict};
use pyeonji_shared::lab::scenario::{Expect, Is, Measure, Order, Step, What};

/// An expectation, when everybody holds this after that step.
pub fn judge(expect: &Expect, step: usize, places: &Places) -> Judged {
    let is_so = |place: &&String| {
        let mut copies = places.copies(place, &expect.folder, &expect.message).iter();
        match expect.is {
            Is::There => copies.next().is_some(),
            Is::Gone => copies.next().is_none(),
            Is::Read => copies.next().is_some_and(|c| c.read),
            Is::Unread => copies.next().is_some_and(|c| !c.read),
            Is::Starred => copies.next().is_some_and(|c| c.starred),
            Is::Readable => copies.next().is_some_and(|c| c.readable),
            Is::Unreadable => copies.next().is_some_and(|c| !c.readable),
            Is::Twice => copies.count() > 1,
        }
    };
    let not_at: Vec<String> = expect.at.iter().filter(|place| !is_so(place)).cloned().collect();
    Judged { expect: expect.clone(), step, so: not_at.is_empty(), not_at }
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
