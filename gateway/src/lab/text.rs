//! A report as people read it in a terminal.
use pyeonji_shared::lab::amount::Amount;
use pyeonji_shared::lab::places::{INBOX, Places, State};
use pyeonji_shared::lab::report::{Direction, Done, Judged, Measured, Report, Run, Verdict};
use pyeonji_shared::lab::scenario::{Is, Order, Step, What};
use std::fmt::Write;

pub fn words(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Held) => "held",
        Some(Verdict::DidNotHold) => "didn't hold",
        Some(Verdict::Depends) => "depends",
        None => "—",
    }
}

/// One line for each report, and what must be said of some.
pub fn table(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        let claims = report.runs.iter().any(|run| !(run.judged.is_empty() && run.measured.is_empty()));
        let verdict = match report.verdict {
            None if claims => "not arranged",
            verdict => words(verdict),
        };
        let _ = writeln!(out, "{:4} {verdict:12} {}", report.id, report.claim.en);
    }
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for (report, note) in
        reports.iter().flat_map(|r| r.runs.iter().flat_map(move |run| run.notes.iter().map(move |n| (r, n))))
    {
        match said.iter_mut().find(|(known, _)| known == note) {
            Some((_, of)) if of.last() != Some(&report.id.as_str()) => of.push(&report.id),
            Some(_) => {}
            None => said.push((note, vec![&report.id])),
        }
    }
    let backend = reports.iter().flat_map(|report| &report.runs).find_map(|run| run.backend.as_ref());
    if let Some(backend) = backend {
        let _ = writeln!(out, "\nOn {backend}.");
    }
    for (note, of) in said {
        let _ = writeln!(out, "{}: {note}.", of.join(", "));
    }
    out
}

/// Steps, verdict and what passed on each line.
pub fn transcript(report: &Report) -> String {
    let mut out = format!("{}: {}\nClaim: {}\n", report.id, report.title.en, report.claim.en);
    for run in &report.runs {
        one(&mut out, run);
    }
    let _ = writeln!(out, "\nVerdict: {}", words(report.verdict));
    out
}

fn one(out: &mut String, run: &Run) {
    if let Some(variant) = &run.variant {
        let _ = writeln!(out, "\n== {} ==", variant.en);
    }
    if let Some(backend) = &run.backend {
        let _ = writeln!(out, "On {backend}.");
    }
    for note in &run.notes {
        let _ = writeln!(out, "Note: {note}.");
    }
    let mut places = Places::default();
    for done in &run.steps {
        done.changes.iter().for_each(|change| places.apply(change));
        step(out, done, &places);
    }
    for judged in &run.judged {
        expectation(out, judged);
    }
    for measured in &run.measured {
        measure(out, measured);
    }
    for device in &run.devices {
        let totals = &device.totals;
        let _ = writeln!(
            out,
            "\n{}: {} connections, {} round trips, {} bytes up, {} down",
            device.device, totals.connections, totals.round_trips, totals.sent, totals.received
        );
        for line in &device.lines {
            let arrow = match line.direction {
                Direction::ToServer => ">",
                Direction::FromServer => "<",
            };
            let _ = writeln!(out, "{:>10} ms {:>7} {arrow} {}", line.at, line.bytes, line.text);
        }
    }
}

fn step(out: &mut String, done: &Done, places: &Places) {
    let n = done.number;
    let what = match &done.step {
        Step::Deliver { message, kilobytes } => format!("{message} ({kilobytes} KB) is delivered"),
        Step::Check { device } => format!("{device} checks"),
        Step::Read { device, message } => format!("{device} reads {message}"),
        Step::Star { device, message } => format!("{device} stars {message}"),
        Step::Delete { device, message } => format!("{device} deletes {message}"),
        Step::Move { device, message, folder } => format!("{device} moves {message} to {folder}"),
        Step::Send { device, message, kilobytes, copy_to_self } => {
            let copy = if *copy_to_self { ", with a copy to itself" } else { "" };
            format!("{device} sends {message} ({kilobytes} KB){copy}")
        }
        Step::Cut { device } => format!("{device} loses its network"),
        Step::Restore { device } => format!("{device} has a network again"),
        Step::Lose { device } => format!("{device} breaks, and is replaced"),
        Step::Rule { device, rule } => format!("{device} has another rule: {rule:?}"),
        Step::Repeat { times, .. } => format!("{times} times"),
        Step::Wait { hours } => format!("{hours} hours pass"),
    };
    if done.skipped {
        let _ = writeln!(out, "{n:3}. (left out) {what}");
        return;
    }
    let refused = done.refused.as_ref().map_or(String::new(), |why| format!(" — refused: {why}"));
    let _ = writeln!(out, "{n:3}. {what} ({} ms){refused}", done.to - done.from);
    for place in places.names() {
        let mut held = Vec::new();
        for (folder, message, copies) in places.at(place) {
            held.extend(copies.iter().map(|copy| one_copy(folder, message, *copy)));
        }
        let held = if held.is_empty() { "—".to_owned() } else { held.join(", ") };
        let _ = writeln!(out, "       {place}: {held}");
    }
}

fn one_copy(folder: &str, message: &str, copy: State) -> String {
    let marks = [(!copy.read, "unread"), (copy.starred, "starred")];
    let mut marks: Vec<&str> = marks.iter().filter(|(so, _)| *so).map(|(_, mark)| *mark).collect();
    let inside = format!("in {folder}");
    if folder != INBOX {
        marks.insert(0, &inside);
    }
    if marks.is_empty() { message.to_owned() } else { format!("{message} ({})", marks.join(", ")) }
}

fn measure(out: &mut String, measured: &Measured) {
    let Measured { measure, found, than, so } = measured;
    let what = match measure.what {
        What::Traffic => "bytes up and down",
        What::RoundTrips => "round trips",
        What::Kilobytes => "KB on the server",
        What::Refused => "deliveries refused",
    };
    let order = match measure.is {
        Order::Less => "less",
        Order::More => "more",
    };
    let than = match &measure.than {
        Amount::Number(number) => number.to_string(),
        Amount::Of(other) => format!("{than} of {other}"),
    };
    let of = &measure.of;
    let _ =
        writeln!(out, "  {what} of {of}: {found}, {order} than {than}? {}", if *so { "yes" } else { "no" });
}

fn expectation(out: &mut String, judged: &Judged) {
    let is = match judged.expect.is {
        Is::There => "is there",
        Is::Gone => "is gone",
        Is::Read => "is read",
        Is::Unread => "is unread",
        Is::Starred => "is starred",
        Is::Readable => "can be read without a network",
        Is::Unreadable => "is there and can't be read without a network",
        Is::Twice => "is there twice",
    };
    let found = if judged.so { "yes".to_owned() } else { format!("no: not at {}", judged.not_at.join(", ")) };
    let Judged { expect, step, .. } = judged;
    let _ =
        writeln!(out, "  after step {step}, {} {is} at {}? {found}", expect.message, expect.at.join(", "));
}
