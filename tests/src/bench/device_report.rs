//! docs/benchmarks-pop3.md, written from the figures and from nothing else.
use super::device::{Download, Figures, Quiet};
use super::report::Run;
use super::stats::{Sample, Unit, thousands};
use std::fmt::Write;
use std::time::Duration;

/// Of the other client's speed.
const SPEED: f64 = 0.6;
/// Highest memory of the gateway above what it had: what one connection may hold, and not what a mailbox has, bytes.
const FLAT: u64 = 8_000_000;
/// Of the bytes of UIDL.
const BYTES: f64 = 1.2;
const TURNS: u64 = 4;
const SEARCH: f64 = 150.0;

pub fn page(figures: &Figures, run: &Run) -> String {
    let Figures { download, quiet, search } = figures;
    let load = |l: Option<f64>| l.map_or("?".to_owned(), |l| format!("{l:.1}"));
    let mut out = format!(
        "# Benchmarks of mail kept on the device\n\n\
         Written by `{}`. {}; release build; page, gateway, mail server and the measuring program share the machine; load {} at the \
         beginning and {} at the end.\n\n\
         | | others | ours | goal | met |\n|---|---|---|---|---|\n",
        run.command,
        run.machine,
        load(run.load.0),
        load(run.load.1),
    );
    downloaded(&mut out, download);
    asked(&mut out, quiet);
    for (word, all) in search {
        let sample = Sample::of(all.iter().copied());
        let met = sample.as_ref().map(|s| s.median() <= SEARCH);
        let shown = sample.map_or("—".to_owned(), |s| Unit::Ms.show_all(&s));
        let many = thousands(f64::from(quiet.messages));
        let _ = writeln!(
            out,
            "| search for \"{word}\" in the text of {many} messages: first hits | — | {shown} | ≤ 150 ms | {} |",
            verdict(met)
        );
    }
    out.push_str(
        "\n## What is measured\n\n\
         - **first download**: from pressing \"Sign in\" in a browser that has nothing, with the modules loaded on the way, until the check has ended and the list shows \
         every message. Each is parsed by the gateway, committed with strict durability and read back before the next ones are sent. \
         mpop is a POP3 client of Debian's, in C: it pipelines, and writes each message to a Maildir, on disk (fsync) before the next, which is the promise that ours makes for each batch \
         and that DELE needs. The program that can do nothing else is ours, for this comparison: it pipelines RETR, undoes the dots and writes a file for each message (fdatasync). All in \
         clear, on the same mailbox, which Dovecot has read before.\n\
         - **memory**: the gateway's peak (`VmHWM`) during the download above what was resident before the sign-in.\n\
         - **long tasks**: tasks over 50 ms in the page during the download, by the browser's own count (Long Tasks API).\n\
         - **a check with nothing new**: what passes a proxy between gateway and mail server, from the click until the connection has ended: how often the gateway spoke after the \
         server had, and bytes from the server; against the bytes of the answer to UIDL.\n\
         - **search**: from Enter until the first hits are painted. The word stands in the text of one message, a third of the way from the oldest.\n",
    );
    out
}

fn downloaded(out: &mut String, download: &Download) {
    let Download { messages, octets, client, floor, store, ours, raised, long_tasks, longest } = download;
    let rate = |took: &Duration| {
        format!("{:.1} s, {:.1} MB/s", took.as_secs_f64(), *octets as f64 / 1e6 / took.as_secs_f64())
    };
    let ratio = client.as_secs_f64() / ours.as_secs_f64();
    let what = format!("{} messages, {:.0} MB", thousands(f64::from(*messages)), *octets as f64 / 1e6);
    let _ = writeln!(
        out,
        "| first download of {what} | mpop: {} | {}, {:.0} % of its speed | ≥ 60 % | {} |",
        rate(client),
        rate(ours),
        ratio * 100.0,
        verdict(Some(ratio >= SPEED))
    );
    let ratio = floor.as_secs_f64() / ours.as_secs_f64();
    let _ = writeln!(
        out,
        "| the same beside a program that can do nothing else | {} | {:.0} % of its speed | ≥ 60 % ([what bounds it](adr/download.md)) | {} |",
        rate(floor),
        ratio * 100.0,
        verdict(Some(ratio >= SPEED))
    );
    let _ = writeln!(
        out,
        "| the same bytes put into the browser's database by a script that does nothing else | — | {}; the download has {:.0} % of its speed | — | — |",
        rate(store),
        store.as_secs_f64() / ours.as_secs_f64() * 100.0
    );
    let _ = writeln!(
        out,
        "| of which the gateway's memory rose by | — | {:.1} MB | < {} MB | {} |",
        *raised as f64 / 1e6,
        FLAT / 1_000_000,
        verdict(Some(*raised < FLAT))
    );
    let _ = writeln!(
        out,
        "| long tasks in the page meanwhile | — | {long_tasks}, the longest {longest:.0} ms | none over 50 ms | {} |",
        verdict(Some(*long_tasks == 0))
    );
}

fn asked(out: &mut String, quiet: &Quiet) {
    let Quiet { messages, connections, turns, bytes, uidl, page } = quiet;
    let many = thousands(f64::from(*messages));
    let ratio = *bytes as f64 / *uidl as f64;
    let _ = writeln!(
        out,
        "| a check with nothing new in {many} | UIDL: {} KB | {connections} connection, {turns} round trips | 1, ≤ {TURNS} | {} |",
        thousands(*uidl as f64 / 1e3),
        verdict(Some(*connections == 1 && *turns <= TURNS))
    );
    let _ = writeln!(
        out,
        "| of which from the server | — | {} KB, × {ratio:.2} of UIDL | ≤ × {BYTES} | {} |",
        thousands(*bytes as f64 / 1e3),
        verdict(Some(ratio <= BYTES))
    );
    let _ = writeln!(out, "| of which to the page | — | {:.1} KB | — | — |", *page as f64 / 1e3);
}

fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "not measured",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missed_is_written_as_missed() {
        let download = Download {
            messages: 5_000,
            octets: 300_000_000,
            client: Duration::from_secs(3),
            floor: Duration::from_secs(1),
            store: Duration::from_secs(4),
            ours: Duration::from_secs(6),
            raised: 2_000_000,
            long_tasks: 2,
            longest: 80.0,
        };
        let quiet =
            Quiet { messages: 20_000, connections: 1, turns: 4, bytes: 110_000, uidl: 100_000, page: 300 };
        let figures =
            Figures { download, quiet, search: vec![("x", vec![90.0, 100.0, 120.0]), ("y", vec![])] };
        let run = Run {
            command: "bench".into(),
            machine: "2 cores".into(),
            load: (Some(0.1), None),
            repeats: 3,
            cpu_repeats: 0,
        };
        let page = page(&figures, &run);
        let row =
            |start: &str| page.lines().find(|l| l.starts_with(start)).unwrap_or_else(|| panic!("{page}"));
        assert_eq!(
            row("| first download"),
            "| first download of 5,000 messages, 300 MB | mpop: 3.0 s, 100.0 MB/s | 6.0 s, 50.0 MB/s, 50 % of its speed | ≥ 60 % | **no** |"
        );
        assert!(row("| the same").ends_with(
            "| 1.0 s, 300.0 MB/s | 17 % of its speed | ≥ 60 % ([what bounds it](adr/download.md)) | **no** |"
        ));
        assert!(row("| of which the gateway").ends_with("| 2.0 MB | < 8 MB | yes |"));
        assert!(row("| long tasks").ends_with("| 2, the longest 80 ms | none over 50 ms | **no** |"));
        assert!(row("| a check").ends_with("| UIDL: 100 KB | 1 connection, 4 round trips | 1, ≤ 4 | yes |"));
        assert!(row("| of which from").ends_with("| 110 KB, × 1.10 of UIDL | ≤ × 1.2 | yes |"));
        assert!(row("| search for \"x\"").ends_with("| 100 ms (90–120) | ≤ 150 ms | yes |"));
        assert!(row("| search for \"y\"").ends_with("| — | ≤ 150 ms | not measured |"));
    }
}
