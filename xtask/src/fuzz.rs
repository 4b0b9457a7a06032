//! Builds the libFuzzer targets of `fuzz/` and runs them: 30 s each as a smoke test, or one for as long as wanted.
use crate::sh::{self, Result, root};
use std::process::Command;

const TARGETS: &[&str] = &["imap_framer", "imap_response", "ws_frame", "mime", "html"];

/// SanitizerCoverage by the stable compiler; what `cargo fuzz` passes, less the address sanitizer (no unsafe here).
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

pub fn run(args: &[String]) -> Result {
    let (targets, seconds): (Vec<&str>, u32) = match args.first().map(String::as_str) {
        Some("--smoke") => (TARGETS.to_vec(), 30),
        Some(name) => (vec![name], args.get(1).and_then(|s| s.parse().ok()).unwrap_or(600)),
        None => return Err(format!("fuzz --smoke, or one of {} [SECONDS]", TARGETS.join(" "))),
    };
    sh::step("building the fuzz targets");
    let mut cargo =
        sh::cargo(&["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--bins"]);
    // An explicit target keeps the coverage flags away from build scripts and macros.
    cargo.args(["--target", "x86_64-unknown-linux-gnu", "--target-dir", "target/fuzz"]);
    sh::run(cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS))?;
    for pair in targets.chunks(2) {
        let running: Vec<_> =
            pair.iter().map(|t| start(t, seconds).map(|child| (*t, child))).collect::<Result<_>>()?;
        for (target, child) in running {
            let output = child.wait_with_output().map_err(|e| format!("{target}: {e}"))?;
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rev().find(|l| l.starts_with("Done ")).unwrap_or("did not finish");
            eprintln!("    {target}: {last}");
            if !output.status.success() {
                eprintln!("{said}");
                return Err(format!(
                    "fuzz target {target} found something: see target/fuzz/artifacts/{target}"
                ));
            }
        }
    }
    Ok(())
}

fn start(target: &str, seconds: u32) -> Result<std::process::Child> {
    sh::step(&format!("fuzzing {target} for {seconds} s"));
    let artifacts = root().join("target/fuzz/artifacts").join(target);
    let corpus = root().join("target/fuzz/corpus").join(target);
    for folder in [&artifacts, &corpus] {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    Command::new(root().join("target/fuzz/x86_64-unknown-linux-gnu/release").join(target))
        .arg(&corpus)
        .args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", artifacts.display())])
        .args(["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .map_err(|e| format!("{target}: {e}"))
}
