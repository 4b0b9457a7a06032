//! Whether a scenario makes sense: everything that is named is there, and nothing is beyond its bound.
use super::file::Wrong;
use pyeonji_shared::lab::amount::Amount;
use pyeonji_shared::lab::scenario::{
    Device, FORMAT, GREEN, MAX_DEVICES, MAX_EXPECTATIONS, MAX_LOSS, MAX_NAME, MAX_STEPS, MAX_VARIANTS,
    Protocol, RELAY, SERVER, Scenario, Step, Variant, What,
};
use std::collections::BTreeSet;

/// KB of one message.
const MAX_KILOBYTES: u32 = 1_000;
/// KB of all messages that a scenario delivers.
const MAX_MAIL: u64 = 20_000;

/// KB of one that is sent: the composer's bound of typed text.
const MAX_SENT: u32 = 500;
/// Names of what is no device.
const RESERVED: [&str; 3] = [SERVER, GREEN, RELAY];

/// Everything that is named must be there.
pub fn check(scenario: &Scenario) -> Result<(), Wrong> {
    let wrong = |reason: String| Err(Wrong::Scenario(reason));
    if scenario.format != FORMAT {
        return wrong(format!("format {} isn't known here; this program reads {FORMAT}", scenario.format));
    }
    let many = [
        ("devices", scenario.devices.len(), MAX_DEVICES),
        ("steps", scenario.single_steps().len(), MAX_STEPS),
        ("variants", scenario.variants.len(), MAX_VARIANTS),
        ("expectations", scenario.expect.len() + scenario.measure.len(), MAX_EXPECTATIONS),
    ];
    for (what, count, most) in many {
        if count > most {
            return wrong(format!("{count} {what}; there can be {most}"));
        }
    }
    let mut devices = BTreeSet::new();
    for device in &scenario.devices {
        if !is_name(&device.name)
            || RESERVED.contains(&device.name.as_str())
            || !devices.insert(device.name.as_str())
        {
            return wrong(format!("\"{}\" can't be the name of a device, or is one already", device.name));
        }
    }
    if scenario.steps.is_empty() && !(scenario.expect.is_empty() && scenario.measure.is_empty()) {
        return wrong("a scenario that expects something has steps".into());
    }
    let networks = scenario.variants.iter().filter_map(|v| v.network).chain([scenario.network]);
    for network in networks {
        if network.kilobytes_per_second == 0 || network.latency_ms > 60_000 {
            return wrong("a network carries something, within a minute".into());
        }
        if network.loss_percent > MAX_LOSS {
            return wrong(format!("a network loses at most {MAX_LOSS} %"));
        }
    }
    let beyond = |n: &usize| *n == 0 || *n > scenario.steps.len();
    if let Some(n) = scenario.variants.iter().flat_map(|v| &v.skip).find(|n| beyond(n)) {
        return wrong(format!("there is no step {n} to skip"));
    }
    let (mut messages, mut mail) = (BTreeSet::new(), 0);
    for (step, single) in scenario.single_steps() {
        check_step(scenario, step, &single, &mut messages, &mut mail)
            .map_err(|reason| Wrong::Step { step, reason })?;
    }
    for measure in &scenario.measure {
        let other = match &measure.than {
            Amount::Of(other) => Some(other),
            Amount::Number(_) => None,
        };
        let fits = |name: &String| match measure.what {
            What::Traffic | What::RoundTrips => devices.contains(name.as_str()),
            What::Kilobytes | What::Refused => name == SERVER,
        };
        if let Some(name) = [Some(&measure.of), other].into_iter().flatten().find(|name| !fits(name)) {
            return wrong(format!("{:?} can't be measured of \"{name}\"", measure.what));
        }
    }
    let mut unused = scenario.variants.iter().flat_map(|v| &v.without);
    if let Some(name) = unused.find(|name| !devices.contains(name.as_str())) {
        return wrong(format!("there is no device \"{name}\" to be without"));
    }
    for (at, expect) in scenario.expect.iter().enumerate() {
        let fail = |reason: String| Err(Wrong::Expect { number: at + 1, reason });
        if expect.after.is_some_and(|n| n == 0 || n > scenario.steps.len()) {
            return fail(format!("there is no such step; they count from 1 to {}", scenario.steps.len()));
        }
        if !messages.contains(expect.message.as_str()) {
            return fail(format!("no step delivers \"{}\"", expect.message));
        }
        let is_place = |place: &str| {
            place == SERVER || (place == GREEN && scenario.is_two_sided()) || devices.contains(place)
        };
        if let Some(place) = expect.at.iter().find(|place| !is_place(place)) {
            return fail(format!("there is no device \"{place}\""));
        }
        if expect.at.is_empty() {
            return fail("it says nowhere".into());
        }
    }
    Ok(())
}

fn check_step(
    scenario: &Scenario,
    number: usize,
    step: &Step,
    messages: &mut BTreeSet<String>,
    mail: &mut u64,
) -> Result<(), String> {
    if let Step::Deliver { message, kilobytes } | Step::Send { message, kilobytes, .. } = step {
        *mail += u64::from(*kilobytes);
        if !is_name(message) || !messages.insert(message.clone()) {
            return Err(format!("\"{message}\" can't be the name of a message, or is one already"));
        }
        if *kilobytes == 0 || *kilobytes > MAX_KILOBYTES || *mail > MAX_MAIL {
            return Err(format!(
                "a message has 1 to {MAX_KILOBYTES} KB, and all together at most {MAX_MAIL}"
            ));
        }
    }
    let (device, message) = match step {
        Step::Deliver { .. } => return Ok(()),
        Step::Wait { hours: 1..=9_000 } => return Ok(()),
        Step::Repeat { .. } => return Err("a repetition can't hold another".into()),
        Step::Wait { .. } => return Err("one waits 1 to 9000 hours".into()),
        Step::Check { device }
        | Step::Send { device, .. }
        | Step::Cut { device }
        | Step::Restore { device }
        | Step::Lose { device }
        | Step::Rule { device, .. } => (device, None),
        Step::Read { device, message }
        | Step::Star { device, message }
        | Step::Delete { device, message }
        | Step::Move { device, message, .. } => (device, Some(message)),
    };
    let Some(found) = scenario.devices.iter().find(|d| d.name == *device) else {
        return Err(format!("there is no device \"{device}\""));
    };
    if let Some(message) = message.filter(|m| !messages.contains(m.as_str())) {
        return Err(format!("\"{message}\" hasn't been delivered before"));
    }
    if let Step::Send { kilobytes, .. } = step
        && *kilobytes > MAX_SENT
    {
        return Err(format!("a message that is sent has at most {MAX_SENT} KB"));
    }
    let speaks = |protocol| protocols(scenario, number, found).any(|spoken| spoken == protocol);
    match step {
        Step::Move { .. } if speaks(Protocol::Pop3) => Err("POP3 has one mailbox and no folders".into()),
        Step::Move { folder, .. } if !is_name(folder) => Err("a folder needs a name".into()),
        Step::Rule { .. } if !speaks(Protocol::Pop3) => {
            Err("only POP3 has a rule for the server's copy".into())
        }
        _ => Ok(()),
    }
}

/// What a device speaks in that step, under each of the conditions.
fn protocols(scenario: &Scenario, number: usize, device: &Device) -> impl Iterator<Item = Protocol> {
    let does = move |v: &&Variant| !v.skip.contains(&number) && !v.without.contains(&device.name);
    let each = scenario.variants.iter().filter(does).map(|v| v.protocol.unwrap_or(device.protocol));
    let plain = scenario.variants.is_empty().then_some(device.protocol);
    plain.into_iter().chain(each)
}

/// Letters, digits, hyphen, underscore: it stands in a Message-ID and on the wire.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
