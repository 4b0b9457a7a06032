//! Pictures of a report, as numbers that are ready to be drawn: coordinates in a box of [`WIDTH`] by [`HEIGHT`].
use pyeonji_shared::lab::report::{Report, Run};
use pyeonji_shared::lab::scenario::{Scenario, What, Words};

pub const WIDTH: i64 = 560;
pub const HEIGHT: i64 = 180;
/// Points of one line; others are left out evenly.
const MAX_POINTS: usize = 120;

/// One line of a picture, by its condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: Option<Words>,
    pub points: Vec<(i64, i64)>,
    pub last: u64,
    /// Deliveries that were refused.
    pub refused: usize,
}

/// The mailbox over time under each condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub series: Vec<Series>,
    /// Days of the whole width.
    pub days: u64,
    /// Octets of the whole height.
    pub top: u64,
    /// Where the quota lies, if it is in the picture.
    pub quota: Option<i64>,
}

/// `None` where time doesn't pass, or nothing is stored.
pub fn stored(scenario: &Scenario, report: &Report) -> Option<Stored> {
    let all = || report.runs.iter().flat_map(|run| &run.stored);
    let end = all().map(|p| p.at).max()?;
    let most = all().map(|p| p.octets).max().filter(|most| *most > 0)?;
    if end < 24 * 3_600_000 {
        return None;
    }
    let quota = u64::from(scenario.server.quota_kilobytes) * 1_000;
    let near = quota <= most.saturating_mul(2);
    let top = if near { quota.max(most) } else { most };
    let x = |at: u64| (at * WIDTH as u64 / end) as i64;
    // A little room above the highest.
    let y = |octets: u64| HEIGHT - (octets * HEIGHT as u64 / (top + top / 20)) as i64;
    let measured = |run: &Run| {
        run.measured.iter().find(|m| m.measure.what == What::Refused).map_or(0, |m| m.found as usize)
    };
    let series = report.runs.iter().map(|run| {
        let every = run.stored.len().div_ceil(MAX_POINTS).max(1);
        let last = run.stored.len().saturating_sub(1);
        let kept = run.stored.iter().enumerate().filter(|(n, _)| n % every == 0 || *n == last);
        Series {
            name: run.variant.clone(),
            points: kept.map(|(_, p)| (x(p.at), y(p.octets))).collect(),
            last: run.stored.last().map_or(0, |p| p.octets),
            refused: measured(run),
        }
    });
    Some(Stored { series: series.collect(), days: end / 86_400_000, top, quota: near.then(|| y(quota)) })
}

/// Octets of both directions of one device under one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub run: usize,
    pub name: Option<Words>,
    pub device: String,
    pub octets: u64,
    pub round_trips: u32,
    /// Of the longest, which is [`WIDTH`].
    pub width: i64,
}

pub fn traffic(report: &Report) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for (at, run) in report.runs.iter().enumerate() {
        for device in &run.devices {
            let octets = device.totals.sent + device.totals.received;
            if octets > 0 {
                bars.push(Bar {
                    run: at,
                    name: run.variant.clone(),
                    device: device.device.clone(),
                    octets,
                    round_trips: device.totals.round_trips,
                    width: 0,
                });
            }
        }
    }
    let most = bars.iter().map(|bar| bar.octets).max().unwrap_or(1);
    bars.iter_mut().for_each(|bar| bar.width = (bar.octets * WIDTH as u64 / most) as i64);
    bars
}

/// Where the traffic of two devices is the same, between conditions that differ in one number.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakEven {
    pub at: i64,
    /// Who costs less below, and who above it.
    pub below: String,
    pub above: String,
}

pub fn break_even(scenario: &Scenario, report: &Report) -> Option<BreakEven> {
    let [one, other] = scenario.devices.as_slice() else { return None };
    let of = |run: &Run, name: &str| {
        let device = run.devices.iter().find(|d| d.device == name)?;
        Some((device.totals.sent + device.totals.received) as i64)
    };
    let mut points = Vec::new();
    for (variant, run) in scenario.variants.iter().zip(&report.runs) {
        points.push((i64::from(variant.value?), of(run, &one.name)? - of(run, &other.name)?));
    }
    // As they stand in the file: from less to more.
    let crossing = points.windows(2).find_map(|pair| match pair {
        [(x0, d0), (x1, d1)] if (*d0 <= 0) != (*d1 <= 0) => Some((x0 + (x1 - x0) * d0 / (d0 - d1), *d0 <= 0)),
        _ => None,
    })?;
    let (at, first_is_less) = crossing;
    let (below, above) = if first_is_less { (one, other) } else { (other, one) };
    Some(BreakEven { at, below: below.name.clone(), above: above.name.clone() })
}
