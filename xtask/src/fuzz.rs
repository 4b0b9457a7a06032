//! Builds the libFuzzer program of `fuzz/` and runs its targets: 30 s each as a smoke test, or one for as long as wanted.
use crate::sh::{self, Result, root};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Where built things, corpora and findings lie; apart from `target/`, whose flags differ.
const FOLDER: &str = "target/fuzz";
const SMOKE_SECONDS: u32 = 30;
/// Targets at the same time: one a core of the smallest machine it has to run on.
const AT_ONCE: usize = 2;

/// A target and the folders of `../shared/corpora` that it begins with, where they are.
struct Target {
    name: &'static str,
    corpora: &'static [&'static str],
}

const MAIL: &[&str] = &[
    "mime4j",
    "mimekit",
    "mimekit-mbox",
    "mikel-mail",
    "mail-parser-malformed",
    "mail-parser-rfc",
    "mail-parser-thirdparty",
    "sisimai",
];
const TARGETS: &[Target] = &[
    Target { name: "imap_framer", corpora: &["hostile-servers/imap", "imaptest"] },
    Target { name: "imap_response", corpora: &["hostile-servers/imap", "imaptest"] },
    Target { name: "ws_frame", corpora: &[] },
    Target { name: "mime", corpora: MAIL },
    Target { name: "scan", corpora: MAIL },
    Target { name: "html", corpora: &["mimekit-html", "dompurify"] },
    Target { name: "pop3", corpora: &["hostile-servers/pop3"] },
];

/// SanitizerCoverage by the stable compiler; what `cargo fuzz` passes, less the address sanitizer (no unsafe here).
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares";
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

pub fn run(args: &[String]) -> Result {
    let names = || TARGETS.iter().map(|t| t.name).collect::<Vec<_>>().join(" ");
    let (targets, seconds): (Vec<&Target>, u32) = match args.first().map(String::as_str) {
        Some("--smoke") => (TARGETS.iter().collect(), SMOKE_SECONDS),
        Some(name) => {
            let target =
                TARGETS.iter().find(|t| t.name == name).ok_or_else(|| format!("one of {}", names()))?;
            (vec![target], args.get(1).and_then(|s| s.parse().ok()).unwrap_or(600))
        }
        None => return Err(format!("fuzz --smoke, or one of {} [SECONDS]", names())),
    };
    let began = Instant::now();
    let program = build()?;
    sh::step(&format!("fuzz targets built in {} s", began.elapsed().as_secs()));
    for some in targets.chunks(AT_ONCE) {
        let mut running = Vec::new();
        for target in some {
            running.push((target.name, start(&program, target, seconds)?));
        }
        // All are waited for before any is judged, so that none is left running.
        let ended: Vec<_> =
            running.into_iter().map(|(name, child)| (name, child.wait_with_output())).collect();
        for (name, output) in ended {
            let output = output.map_err(|e| format!("{name}: {e}"))?;
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rev().find(|l| l.starts_with("Done ")).unwrap_or("did not finish");
            let seen = said.lines().rev().find_map(|l| l.split_once("cov: ")).map_or("", |(_, rest)| rest);
            eprintln!("    {name}: {last}; cov: {seen}");
            if !output.status.success() {
                eprintln!("{said}");
                return Err(format!("fuzz target {name} found something: see {FOLDER}/artifacts/{name}"));
            }
        }
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    sh::step("building the fuzz targets");
    let mut cargo = sh::cargo(&["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    // An explicit target keeps the coverage flags away from build scripts and macros.
    cargo.args(["--target", TRIPLE, "--target-dir", FOLDER]);
    sh::run(cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS))?;
    Ok(root().join(FOLDER).join(TRIPLE).join("release/pyeonji-fuzz"))
}

fn start(program: &Path, target: &Target, seconds: u32) -> Result<Child> {
    sh::step(&format!("fuzzing {} for {seconds} s", target.name));
    let artifacts = folder("artifacts", target)?;
    let grown = folder("corpus", target)?;
    let seeds = folder("seeds", target)?;
    let corpora = root().join("../shared/corpora");
    let payloads = corpora.join("dompurify/expect.json");
    if target.corpora.contains(&"dompurify") && payloads.is_file() {
        unpack(&payloads, &seeds)?;
    }
    // The first folder is written to; the others are only read.
    Command::new(program)
        .env("FUZZ_TARGET", target.name)
        .env("FUZZ_SEEDS", &seeds)
        .args([&grown, &seeds])
        .args(target.corpora.iter().map(|name| corpora.join(name)).filter(|path| path.is_dir()))
        .args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", artifacts.display())])
        .args(["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536", "-print_final_stats=0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{}: {e}", target.name))
}

fn folder(kind: &str, target: &Target) -> Result<PathBuf> {
    let folder = root().join(FOLDER).join(kind).join(target.name);
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// One file for each payload of the table.
fn unpack(table: &Path, into: &Path) -> Result {
    let text = std::fs::read_to_string(table).map_err(|e| format!("{}: {e}", table.display()))?;
    let cases: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", table.display()))?;
    let payloads = cases.as_array().into_iter().flatten().filter_map(|case| case.get("payload")?.as_str());
    for (n, payload) in payloads.enumerate() {
        let path = into.join(format!("dompurify-{n}"));
        std::fs::write(&path, payload).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}
