//! What the visitor does by hand becomes steps of the scenario, so that it can be undone, shared and run again like any other.
use super::names::fresh_message;
use super::state::Condition;
use pyeonji_shared::lab::report::Done;
use pyeonji_shared::lab::scenario::{Account, Device, MAX_DEVICES, Protocol, Rule, Scenario, Step, Variant};

/// KB of a message that is delivered by hand.
pub const KILOBYTES: u32 = 20;
/// KB of one that fills what is left of the quota, at most.
const MAX_FILL: u32 = 1_000;

/// The scenario with one more step after the first `cursor` single ones; what came later is gone. `under`: the run that is shown.
pub fn act(
    scenario: &Scenario,
    under: Option<&Variant>,
    done: &[Done],
    cursor: usize,
    step: Step,
) -> Scenario {
    let mut next = match under {
        Some(variant) => scenario.under(variant),
        None => scenario.clone(),
    };
    let whole = cursor >= done.len() && under.is_none();
    if !whole {
        next.steps = done.iter().take(cursor).filter(|d| !d.skipped).map(|d| d.step.clone()).collect();
        // They name steps that have other numbers now.
        next.expect.retain(|expect| expect.after.is_none());
    }
    next.variants.clear();
    next.steps.push(step);
    let delivered = |message: &str| {
        let all = next.single_steps();
        all.iter().any(|(_, s)| {
            matches!(s, Step::Deliver { message: own, .. } | Step::Send { message: own, .. } if own == message)
        })
    };
    let kept: Vec<bool> = next.expect.iter().map(|expect| delivered(&expect.message)).collect();
    let mut kept = kept.into_iter();
    next.expect.retain(|_| kept.next().unwrap_or(false));
    next
}

fn used(steps: &[Done]) -> Vec<&str> {
    let of = steps.iter().map(|done| &done.step);
    of.filter_map(|step| match step {
        Step::Deliver { message, .. } | Step::Send { message, .. } => Some(message.as_str()),
        _ => None,
    })
    .collect()
}

pub fn deliver(steps: &[Done]) -> Step {
    Step::Deliver { message: fresh_message(&used(steps)), kilobytes: KILOBYTES }
}

pub fn send(steps: &[Done], device: &str) -> Step {
    Step::Send {
        device: device.to_owned(),
        message: fresh_message(&used(steps)),
        kilobytes: KILOBYTES,
        copy_to_self: false,
    }
}

/// A message as large as the room that is left, so that the next one is refused.
pub fn fill(scenario: &Scenario, steps: &[Done], octets_used: u64) -> Step {
    let left = u64::from(scenario.server.quota_kilobytes).saturating_sub(octets_used.div_ceil(1_000));
    let kilobytes = u32::try_from(left).unwrap_or(MAX_FILL).clamp(1, MAX_FILL);
    let names = used(steps);
    let message = (1..).map(|n| format!("filling{n}")).find(|name| !names.contains(&name.as_str()));
    Step::Deliver { message: message.unwrap_or_default(), kilobytes }
}

/// Under another condition; `None` where that can't be.
pub fn change(scenario: &Scenario, condition: &Condition) -> Option<Scenario> {
    let mut next = scenario.clone();
    match condition {
        Condition::Rule(rule) => {
            next.devices.iter_mut().for_each(|device| device.rule = *rule);
            next.variants.iter_mut().for_each(|variant| variant.rule = None);
        }
        Condition::Network(network) => {
            next.network = *network;
            next.variants.iter_mut().for_each(|variant| variant.network = None);
        }
        Condition::Server(server) => {
            next.server = *server;
            next.variants.iter_mut().for_each(|variant| variant.server = None);
        }
        Condition::AddDevice(protocol) => {
            if next.devices.len() >= MAX_DEVICES {
                return None;
            }
            let prefix = match protocol {
                Protocol::Imap => "imap",
                Protocol::Pop3 => "pop3",
            };
            let taken = |name: &String| next.devices.iter().any(|d| d.name == *name);
            let name = ('a'..='z').map(|letter| format!("{prefix}-{letter}")).find(|name| !taken(name))?;
            next.devices.push(Device {
                name,
                protocol: *protocol,
                rule: Rule::default(),
                account: Account::default(),
            });
        }
    }
    Some(next)
}
