//! Names of places, messages, folders and steps, as people read them.
use super::words::{W, fill, w};
use crate::i18n::Locale;
use pyeonji_shared::lab::scenario::{Device, Protocol, Rule, SERVER, Step};

/// Messages that the lab's own scenarios and the visitor deliver.
const MESSAGES: [(&str, &str, &str); 14] = [
    ("rent", "Rent", "월세"),
    ("tickets", "Tickets", "승차권"),
    ("recipe", "Recipe", "요리법"),
    ("photos", "Photos", "사진"),
    ("invoice", "Invoice", "청구서"),
    ("minutes", "Minutes", "회의록"),
    ("garden", "Garden", "텃밭"),
    ("keys", "Keys", "열쇠"),
    ("ferry", "Ferry", "여객선"),
    ("letter", "Letter", "편지"),
    ("reply", "Reply", "답장"),
    ("report", "Report", "보고서"),
    ("lunch", "Lunch", "점심"),
    ("filling", "Filling", "채움"),
];

/// The next name that no message has yet.
pub fn fresh_message(used: &[&str]) -> String {
    let known = MESSAGES.iter().map(|(id, _, _)| *id).find(|id| *id != "filling" && !used.contains(id));
    known.map_or_else(
        || (1..).map(|n| format!("m{n}")).find(|id| !used.contains(&id.as_str())).unwrap_or_default(),
        str::to_owned,
    )
}

pub fn message(l: Locale, id: &str) -> String {
    let known = MESSAGES.iter().find(|(own, _, _)| *own == id);
    known.map_or_else(
        || id.to_owned(),
        |(_, english, korean)| match l {
            Locale::English => (*english).to_owned(),
            Locale::Korean => (*korean).to_owned(),
        },
    )
}

pub fn folder(l: Locale, name: &str) -> String {
    let key = match name {
        "Inbox" => W::Inbox,
        "Sent" => W::Sent,
        "Trash" => W::Trash,
        "Archive" => W::Archive,
        "Drafts" => W::Drafts,
        "Junk" => W::Junk,
        other => return other.to_owned(),
    };
    w(l, key).to_owned()
}

/// `imap-a` is "IMAP device A".
pub fn place(l: Locale, devices: &[Device], name: &str) -> String {
    match name {
        SERVER => return w(l, W::Server).to_owned(),
        "green" => return w(l, W::OtherServer).to_owned(),
        "relay" => return w(l, W::Relay).to_owned(),
        _ => {}
    }
    let known = devices.iter().find(|d| d.name == name).map(|d| d.protocol);
    let own = match name.split_once('-') {
        Some(("imap", own)) => Some((Protocol::Imap, own)),
        Some(("pop3", own)) => Some((Protocol::Pop3, own)),
        _ => None,
    };
    let key = |protocol| match protocol {
        Protocol::Imap => W::ImapDevice,
        Protocol::Pop3 => W::Pop3Device,
    };
    match (known, own) {
        (Some(protocol), Some((named, short))) if protocol == named => {
            fill(l, key(protocol), &[("name", &short.to_ascii_uppercase())])
        }
        (None, Some((named, short))) => fill(l, key(named), &[("name", &short.to_ascii_uppercase())]),
        (Some(protocol), _) => fill(l, key(protocol), &[("name", name)]),
        (None, None) => name.to_owned(),
    }
}

pub fn rule(l: Locale, rule: Rule) -> String {
    let key = match rule {
        Rule::DownloadAndDelete => W::RuleDelete,
        Rule::LeaveCopy => W::RuleKeep,
        Rule::LeaveDays(days) => return w(l, W::RuleDays).replace("14", &days.to_string()),
        Rule::UntilDeletedHere => W::RuleUntil,
    };
    w(l, key).to_owned()
}

pub fn step(l: Locale, devices: &[Device], step: &Step) -> String {
    let at = |name: &str| place(l, devices, name);
    let of = |name: &str| message(l, name);
    let (key, device, about) = match step {
        Step::Deliver { message, kilobytes } => {
            let size = kilobytes.to_string();
            return fill(l, W::StepDeliver, &[("message", &of(message)), ("size", &size)]);
        }
        Step::Send { device, message, kilobytes, copy_to_self } => {
            let (size, key) =
                (kilobytes.to_string(), if *copy_to_self { W::StepSendCopy } else { W::StepSend });
            let values = [("device", at(device)), ("message", of(message)), ("size", size)];
            return fill(l, key, &values.each_ref().map(|(name, value)| (*name, value.as_str())));
        }
        Step::Wait { hours } => return fill(l, W::StepWait, &[("n", &hours.to_string())]),
        Step::Repeat { times, .. } => return format!("× {times}"),
        Step::Rule { device, rule: to } => {
            return fill(l, W::StepRule, &[("device", &at(device)), ("rule", &rule(l, *to))]);
        }
        Step::Move { device, message, folder: to } => {
            let values = [("device", at(device)), ("message", of(message)), ("folder", folder(l, to))];
            return fill(l, W::StepMove, &values.each_ref().map(|(name, value)| (*name, value.as_str())));
        }
        Step::Check { device } => (W::StepCheck, device, ""),
        Step::Read { device, message } => (W::StepRead, device, message.as_str()),
        Step::Star { device, message } => (W::StepStar, device, message.as_str()),
        Step::Delete { device, message } => (W::StepDelete, device, message.as_str()),
        Step::Cut { device } => (W::StepCut, device, ""),
        Step::Restore { device } => (W::StepRestore, device, ""),
        Step::Lose { device } => (W::StepLose, device, ""),
    };
    fill(l, key, &[("device", &at(device)), ("message", &of(about))])
}

/// Simulated time, in one or two units.
pub fn time(l: Locale, ms: u64) -> String {
    let unit = |key, n: u64| fill(l, key, &[("n", &n.to_string())]);
    let seconds = ms / 1_000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => unit(W::Seconds, seconds),
        60..3_600 => unit(W::Minutes, seconds / 60),
        3_600..172_800 => unit(W::Hours, seconds / 3_600),
        _ => unit(W::Days, seconds / 86_400),
    }
}

/// Octets, in thousands as the scenarios count.
pub fn octets(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..10_000 => format!("{}.{} KB", n / 1_000, n % 1_000 / 100),
        10_000..1_000_000 => format!("{} KB", n / 1_000),
        _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}
