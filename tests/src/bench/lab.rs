//! The lab: all experiments in the page, a long transcript that is scrolled, and as many visitors as there may be.
use super::machine;
use super::process::Process;
use super::report::Run;
use super::stats::{Sample, Unit, thousands};
use crate::browser::{Browser, Look};
use crate::certs::Authority;
use crate::client::Browserless;
use crate::gateway::Program;
use crate::mailhost::Security;
use pyeonji_shared::lab::call::{Answer, Ask, Refusal, Source, VisitorId};
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Visitors at once; one more is told to wait.
const VISITORS: u8 = 200;
const MEMORY: u64 = 512_000_000;
const ALL: f64 = 5_000.0;
const FRAME: f64 = 50.0;
/// Frames in which a transcript is scrolled from end to end.
const FRAMES: u32 = 240;

#[derive(Clone, Copy, Debug)]
pub struct Scale {
    repeats: u32,
    file: &'static str,
    command: &'static str,
}

impl Scale {
    pub fn full() -> Self {
        Self { repeats: 10, file: "docs/benchmarks-lab.md", command: "cargo xtask bench --lab" }
    }

    pub fn quick() -> Self {
        Self {
            repeats: 2,
            file: "target/benchmarks-lab-quick.md",
            command: "cargo xtask bench --lab --quick",
        }
    }
}

struct Figures {
    /// Milliseconds until every experiment has its verdict on the screen.
    all: Vec<f64>,
    experiments: u64,
    /// The longest frame of each scrolling, and lines that were scrolled.
    frames: Vec<f64>,
    lines: u64,
    /// Highest memory with all visitors asking at once, bytes; milliseconds of each one's answer.
    memory: u64,
    answers: Vec<f64>,
    /// What who comes last is told.
    refused: Option<Refusal>,
}

/// Measures and writes the document; returns its path.
pub async fn run(scale: &Scale) -> PathBuf {
    let load = machine::load();
    let program = Program::start(9, 9, Security::Plain, &Authority::new().pem)
        .with("[limits]\nlab_visitors_per_ip = 200\n");
    let mut figures = Figures {
        all: Vec::new(),
        experiments: 0,
        frames: Vec::new(),
        lines: 0,
        memory: 0,
        answers: Vec::new(),
        refused: None,
    };
    // The page is the 200th visitor.
    visitors(&program, &mut figures).await;
    let program = program.with("\n");
    in_the_page(&program.url, scale, &mut figures).await;
    let run = Run {
        command: scale.command.into(),
        machine: machine::facts(),
        load: (load, machine::load()),
        repeats: scale.repeats,
        cpu_repeats: 0,
    };
    super::write(scale.file, &document(&figures, &run))
}

async fn in_the_page(url: &str, scale: &Scale, figures: &mut Figures) {
    let browser = Browser::start(&Look::default()).await;
    for _ in 0..scale.repeats {
        browser.goto("about:blank").await;
        browser.goto(&format!("{url}/lab#E1")).await;
        browser.wait("the bench", "return document.querySelector('.scrub')?.max > 0", vec![]).await;
        let script = "const done = arguments[arguments.length - 1], n = document.querySelectorAll('.lab-list li').length - 1;\
            const t = performance.now();\
            Array.from(document.querySelectorAll('.lab-more button'))[0].click();\
            const look = () => document.querySelectorAll('.verdicts [role=row]:not(.heads)').length === n\
              ? done([performance.now() - t, n]) : requestAnimationFrame(look); look()";
        let took = browser.client.execute_async(script, vec![]).await.expect("all experiments");
        figures.all.extend(took[0].as_f64());
        figures.experiments = took[1].as_u64().unwrap_or_default();
    }
    let open = "const t = new DataTransfer(); t.items.add(new File([arguments[0]], 'long.json'));\
                const i = document.querySelector('input[type=file]'); i.files = t.files;\
                i.dispatchEvent(new Event('change', {bubbles: true})); return true";
    browser.run(open, vec![json!(long_scenario())]).await;
    browser.wait("a long run", "return document.querySelector('.scrub').max > 300", vec![]).await;
    browser.find("button", "Run").await.click().await;
    let many = "return parseInt(document.querySelector('.wire .totals').innerText) >= 10000";
    browser.wait("10,000 lines", many, vec![]).await;
    let lines =
        browser.run("return parseInt(document.querySelector('.wire .totals').innerText)", vec![]).await;
    figures.lines = lines.as_u64().unwrap_or_default();
    for _ in 0..scale.repeats {
        let script = "const [frames, done] = arguments, box = document.getElementById('lab-wire');\
            let n = 0, last = 0, longest = 0; box.scrollTop = 0;\
            const tick = t => { if (last) longest = Math.max(longest, t - last); last = t;\
              if (n++ === frames) return done(longest);\
              box.scrollTop = box.scrollHeight * n / frames; requestAnimationFrame(tick) };\
            setTimeout(() => requestAnimationFrame(tick), 300)";
        let longest = browser.client.execute_async(script, vec![json!(FRAMES)]).await.expect("frames");
        figures.frames.extend(longest.as_f64());
    }
}

/// One IMAP device that looks at fifty letters again and again: more lines than are kept.
fn long_scenario() -> String {
    let words = json!({"en": "A long one", "ko": "긴 것"});
    json!({
        "format": 1, "id": "long", "title": words, "claim": words,
        "devices": [{"name": "imap-a", "protocol": "imap"}],
        "steps": [
            {"repeat": {"times": 50, "steps": [{"deliver": {"message": "m{n}", "kilobytes": 1}}]}},
            {"repeat": {"times": 220, "steps": [{"wait": {"hours": 1}}, {"check": {"device": "imap-a"}}]}}
        ],
        "expect": [{"message": "m1", "is": "there", "at": ["imap-a"]}]
    })
    .to_string()
}

/// All ask at once for the experiment that moves most mail.
async fn visitors(program: &Program, figures: &mut Figures) {
    let process = Process(program.pid());
    process.reset_peak();
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..VISITORS {
        let url = program.url.clone();
        waiting.spawn(async move {
            let start = Instant::now();
            let answer = ask(&url, n, "E6").await;
            (start.elapsed(), answer)
        });
    }
    while let Some(done) = waiting.join_next().await {
        let (took, answer) = done.expect("an answer");
        assert!(answer.is_ok(), "{answer:?}");
        figures.answers.push(super::floor::ms(took));
    }
    figures.memory = process.peak();
    figures.refused = ask(&program.url, VISITORS, "E1").await.err();
}

async fn ask(url: &str, n: u8, experiment: &str) -> Result<Answer, Refusal> {
    let mut visitor = [0; 16];
    visitor[0] = n;
    let ask = Ask { visitor: VisitorId(visitor), source: Source::Experiment(experiment.into()), show: 0 };
    let body = postcard::to_allocvec(&ask).expect("a question");
    // A crowd of 200 connections may have to wait for its turn.
    let client = Browserless::new(url);
    let asked = client.post("/api/lab/run", "application/octet-stream", body);
    let response = tokio::time::timeout(Duration::from_secs(120), asked).await.expect("an answer in time");
    let bytes = crate::client::body_bytes(response).await;
    postcard::from_bytes(&bytes).expect("an answer")
}

fn document(figures: &Figures, run: &Run) -> String {
    let load = |l: Option<f64>| l.map_or("?".to_owned(), |l| format!("{l:.1}"));
    let show = |all: &[f64]| Sample::of(all.iter().copied()).map_or("—".into(), |s| Unit::Ms.show_all(&s));
    let median = |all: &[f64]| Sample::of(all.iter().copied()).map_or(f64::MAX, |s| s.median());
    let met = |so: bool| if so { "yes" } else { "**no**" };
    let refused = match &figures.refused {
        Some(Refusal::Full { visitors, wait_seconds }) => {
            format!("told that {visitors} are there, and to wait {wait_seconds} s")
        }
        other => format!("{other:?}"),
    };
    let told = matches!(figures.refused, Some(Refusal::Full { .. }));
    let mut out = format!(
        "# Benchmarks of the lab\n\nWritten by `{}`. {}; release build; page, gateway and the measuring program share the machine; load \
         {} at the beginning and {} at the end. Medians, with the least and the greatest.\n\n| | ours | goal | met |\n|---|---|---|---|\n",
        run.command,
        run.machine,
        load(run.load.0),
        load(run.load.1),
    );
    let mut row = |what: String, ours: String, goal: &str, so: bool| {
        out += &format!("| {what} | {ours} | {goal} | {} |\n", met(so));
    };
    let what = format!("all {} experiments, from the button to the last verdict", figures.experiments);
    row(what, show(&figures.all), "≤ 5 s", median(&figures.all) <= ALL);
    let what = format!("longest frame while {} lines are scrolled through", thousands(figures.lines as f64));
    row(what, show(&figures.frames), "≤ 50 ms", median(&figures.frames) <= FRAME);
    let memory = format!("{} MB", figures.memory / 1_000_000);
    let what = format!("memory of the gateway while {VISITORS} visitors ask for E6 at once");
    row(what, memory, "≤ 512 MB", figures.memory <= MEMORY);
    row("the visitor after them".into(), refused, "told to wait", told);
    out += &format!("\nAnswers to these {VISITORS} at once took {}.\n", show(&figures.answers));
    out
}
