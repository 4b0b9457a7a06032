//! docs/benchmarks.md, written from the figures and from nothing else.
use super::figures::{Figures, Goal, Side, Task};
use super::stats::{Sample, Unit, thousands};
use std::fmt::Write;

/// Most memory that moving a 25 MB file may cost, bytes.
const TRANSFER_GOAL: u64 = 2_000_000;

/// What the page says about the run.
pub struct Run {
    pub command: String,
    pub machine: String,
    /// Runnable programs over the minute before the run and at its end.
    pub load: (Option<f64>, Option<f64>),
    pub repeats: u32,
    pub cpu_repeats: u32,
}

pub fn page(figures: &Figures, run: &Run) -> String {
    let mut out = String::from("# Benchmarks\n\n");
    let largest = figures.sizes().last().copied().unwrap_or(0);
    let load = |l: Option<f64>| l.map_or("?".to_owned(), |l| format!("{l:.1}"));
    let _ = write!(
        out,
        "Written by `{}`. {}; release build; page, gateway, mail servers and the measuring program share the machine; load \
         {} at the beginning and {} at the end.\n\n\
         Each figure is the median of its repeats, with the least and the greatest. \"Bare IMAP\" is a minimal client in the \
         same run, on the same Dovecot, over TLS as the gateway is: what the mail server itself needs. The figures of Roundcube and SnappyMail are \
         not from this run: they were measured elsewhere, on the same kind of machine and the same Dovecot.\n\n",
        run.command,
        run.machine,
        load(run.load.0),
        load(run.load.1),
    );
    let _ = write!(
        out,
        "## With {} messages in the Inbox\n\n\
         | | Roundcube / SnappyMail, elsewhere | bare IMAP | ours | goal | met |\n|---|---|---|---|---|---|\n",
        thousands(f64::from(largest))
    );
    for task in Task::ALL {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            task.name(),
            task.elsewhere(),
            show(task.unit(), figures.largest(task, Side::Bare)),
            show(task.unit(), figures.largest(task, Side::Ours)),
            goal(task),
            verdict(figures.against_goal(task)),
        );
    }
    sizes(&mut out, figures);
    memory(&mut out, figures);
    windows(&mut out, figures);
    meaning(&mut out, run);
    out
}

fn show(unit: Unit, sample: Option<Sample>) -> String {
    sample.map_or("—".to_owned(), |s| unit.show_all(&s))
}

fn goal(task: Task) -> String {
    match task.goal() {
        Goal::AtMost(most) => format!("≤ {}", task.unit().show(most)),
        Goal::AboveBare(more) => format!("bare + {}", task.unit().show(more)),
    }
}

fn verdict(ratio: Option<f64>) -> String {
    match ratio {
        None => "not measured".to_owned(),
        Some(ratio) if ratio <= 1.0 => "yes".to_owned(),
        Some(ratio) => format!("**no**, × {ratio:.2}"),
    }
}

fn sizes(out: &mut String, figures: &Figures) {
    let sizes = figures.sizes();
    if sizes.len() < 2 {
        return;
    }
    out.push_str("\n## By size of the Inbox\n\nOurs, and the bare client in brackets.\n\n|");
    for size in &sizes {
        let _ = write!(out, " | {}", thousands(f64::from(*size)));
    }
    out.push_str(" |\n|---");
    out.push_str(&"|---".repeat(sizes.len()));
    out.push_str("|\n");
    let tasks = [
        Task::FirstRows,
        Task::OpenPlain,
        Task::OpenHtml,
        Task::Neighbour,
        Task::Folder,
        Task::Jump,
        Task::Cpu,
    ];
    for task in tasks {
        let _ = write!(out, "| {}", task.name());
        for size in &sizes {
            let median = |side| figures.sample(task, *size, side).map(|s| task.unit().show(s.median()));
            let bare = median(Side::Bare).map_or(String::new(), |b| format!(" ({b})"));
            let _ = write!(out, " | {}{bare}", median(Side::Ours).unwrap_or("—".to_owned()));
        }
        out.push_str(" |\n");
    }
}

fn memory(out: &mut String, figures: &Figures) {
    if !figures.idle.is_empty() {
        out.push_str(
            "\n## Memory of the gateway\n\n| idle signed-in sessions | resident memory | above one session, each |\n|---|---|---|\n",
        );
    }
    let first = figures.idle.first().copied();
    for idle in &figures.idle {
        let each = first.filter(|f| idle.sessions > f.sessions).map_or("—".to_owned(), |f| {
            let more = idle.resident.saturating_sub(f.resident) as f64 / 1024.0;
            Unit::KiB.show(more / f64::from(idle.sessions - f.sessions))
        });
        let resident = Unit::KiB.show(idle.resident as f64 / 1024.0);
        let _ = writeln!(out, "| {} | {resident} | {each} |", thousands(f64::from(idle.sessions)));
    }
    if !figures.transfers.is_empty() {
        out.push_str("\n| file | time | highest memory rose by | goal | met |\n|---|---|---|---|---|\n");
    }
    for t in &figures.transfers {
        let met = if t.raised < TRANSFER_GOAL { "yes" } else { "**no**" };
        let _ = writeln!(
            out,
            "| {} of {} MB | {} | {} | < {} | {met} |",
            t.name,
            t.size / 1_000_000,
            Unit::Ms.show(t.milliseconds),
            Unit::Kb.show(t.raised as f64 / 1000.0),
            Unit::Kb.show(TRANSFER_GOAL as f64 / 1000.0),
        );
    }
}

fn windows(out: &mut String, figures: &Figures) {
    let w = &figures.windows;
    let (Some(bare), Some(ours)) =
        (Sample::of(w.bare_ms.iter().copied()), Sample::of(w.gateway_ms.iter().copied()))
    else {
        return;
    };
    out.push_str("\n## The gateway without a browser\n\n| | time | bytes |\n|---|---|---|\n");
    let alone = [
        ("sign-in (HTTP; signs in upstream and reads the first list)", &w.sign_in_ms),
        ("WebSocket, Hello, snapshot", &w.socket_ms),
        ("read a plain message", &w.read_ms),
    ];
    for (name, values) in alone {
        if let Some(sample) = Sample::of(values.iter().copied()) {
            let _ = writeln!(out, "| {name} | {} | |", Unit::Ms.show_all(&sample));
        }
    }
    let _ = write!(
        out,
        "| bare FETCH of 50 rows at the old end | {} | {} |\n\
         | the same 50: request → FETCH → rows → postcard → answer | {} | {} |\n",
        Unit::Ms.show_all(&bare),
        Unit::Kb.show(w.bare_bytes as f64 / 1000.0),
        Unit::Ms.show_all(&ours),
        Unit::Kb.show(w.frame_bytes as f64 / 1000.0),
    );
    if let Some(decode) = Sample::of(w.decode_ms.iter().copied()) {
        let _ = writeln!(out, "| of which decoding the frame, natively | {} | |", Unit::Ms.show_all(&decode));
    }
}

fn meaning(out: &mut String, run: &Run) {
    let _ = write!(
        out,
        "\n## What the figures mean\n\n\
         Headless Chromium, 1280 × 800, driven by WebDriver; times are taken inside the page, from the event that begins the action to the \
         User Timing mark that the page sets after the paint (`rows`, `body`, `sent`), so they contain the wait for the next frame, up to \
         17 ms. {} repeats, each a page with empty caches that nobody is signed in at.\n\n\
         - **bytes until the list stands**: received by the browser through a counting proxy, headers and WebSocket included: sign-in \
         page, module, sign-in, first rows. The bare client's are both ways, before encryption. 1 KB = 1,000 bytes.\n\
         - **sign-in page usable**: navigation until the form is painted and its script listens.\n\
         - **sign-in → first screen of rows**: from pressing the button, the module being there and the page at rest. The bare client connects, signs in, and sends SELECT, LIST \
         with STATUS and FETCH of the newest 50 in one write.\n\
         - **open a message**: from the click on its row until the frame with its body has loaded and the next frame is drawn. A neighbour was fetched ahead by \
         opening the message above it.\n\
         - **switch folder**: to a folder of 200 messages that this page has not shown. **Jump to the end**: from moving the \
         scrollbar until all rows in sight are there.\n\
         - **send → confirmed**: from the button until \"Message sent\" is painted: draft noted on the device, SMTP through Postfix. The copy is filed \
         in Sent before that.\n\
         - **new mail → row**: from the server's answer to a delivery (LMTP) until the row is painted; the bare client waits in IDLE for \
         the same delivery.\n\
         - **CPU**: user and system time of the gateway's process for sign-in, socket with the first list, and one message, mean of {} in each of five rounds; TLS \
         to Dovecot is in it, TLS to the browser is not.\n\
         - **memory**: resident memory (`smaps_rollup`) two seconds after the last sign-in; per session: what each beyond the first added. \
         For files: the peak (`VmHWM`) above what was resident before.\n",
        run.repeats, run.cpu_repeats
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::{Idle, Transfer};

    fn run() -> Run {
        Run {
            command: "cargo xtask bench".into(),
            machine: "2 cores".into(),
            load: (Some(0.25), None),
            repeats: 12,
            cpu_repeats: 40,
        }
    }

    fn row<'a>(page: &'a str, start: &str) -> &'a str {
        page.lines().find(|l| l.starts_with(start)).unwrap_or_else(|| panic!("no {start} in {page}"))
    }

    #[test]
    fn a_missed_goal_is_written_as_one() {
        let mut figures = Figures::default();
        figures.add(Task::FirstRows, 100_000, Side::Bare, 16.0);
        figures.add(Task::FirstRows, 100_000, Side::Ours, 150.0);
        figures.add(Task::Neighbour, 100_000, Side::Ours, 12.0);
        let page = page(&figures, &run());
        assert_eq!(
            row(&page, "| sign-in → first"),
            "| sign-in → first screen of rows | 490 / 375 ms | 16 ms | 150 ms | ≤ 75 ms | **no**, × 2.00 |"
        );
        assert_eq!(
            row(&page, "| open a prefetched"),
            "| open a prefetched neighbour | — | — | 12 ms | ≤ 16 ms | yes |"
        );
        assert!(row(&page, "| jump to the end").ends_with("| — | — | ≤ 40 ms | not measured |"));
        assert!(
            page.contains("## With 100,000 messages")
                && page.contains("load 0.2 at the beginning and ? at the end")
        );
        assert!(!page.contains("By size"), "one size needs no table of sizes");
    }

    #[test]
    fn sizes_memory_and_files_have_their_tables() {
        let mut figures = Figures::default();
        for (size, value) in [(200, 30.0), (100_000, 60.0)] {
            figures.add(Task::Jump, size, Side::Ours, value);
            figures.add(Task::Jump, size, Side::Bare, 0.6);
        }
        figures.idle =
            [(1, 10 << 20), (101, 20 << 20)].map(|(sessions, resident)| Idle { sessions, resident }).into();
        let transfer = |name, raised| Transfer { name, size: 25_000_000, raised, milliseconds: 400.0 };
        figures.transfers = vec![transfer("download", 900_000), transfer("upload", 3_000_000)];
        let page = page(&figures, &run());
        assert_eq!(
            row(&page, "| jump to the end | 30"),
            "| jump to the end | 30 ms (0.60 ms) | 60 ms (0.60 ms) |"
        );
        assert_eq!(row(&page, "| 101"), "| 101 | 20,480 KiB | 102 KiB |");
        assert_eq!(row(&page, "| download"), "| download of 25 MB | 400 ms | 900 KB | < 2,000 KB | yes |");
        assert!(row(&page, "| upload").ends_with("**no** |"));
    }
}
