//! `cargo xtask test`: installs what is missing, builds the release bundle, runs every suite, counts the foreign cases.
use crate::sh::{self, Result};
use crate::{dist, packages};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// How a test begins a line that says how many cases it ran.
const COUNTS: &str = "counts: ";

pub fn run(args: &[String]) -> Result {
    packages::ensure(packages::TESTS)?;
    let axe = packages::axe()?;
    let program = dist::run()?;
    let filter: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut counts = Vec::new();
    sh::step("tests of the pure crates and the gateway");
    let mut cargo = sh::cargo(&["test", "--locked", "--workspace", "--exclude", "pyeonji-tests"]);
    suites(cargo.args(&filter), &mut counts)?;
    let mut cargo =
        sh::cargo(&["test", "--locked", "--package", "pyeonji-frontend", "--features", "ui", "--lib"]);
    suites(cargo.args(&filter), &mut counts)?;
    sh::step("end to end: sandbox, Dovecot, Postfix, browser");
    let mut cargo = sh::cargo(&["test", "--locked", "--package", "pyeonji-tests"]);
    cargo.env("PYEONJI_BIN", &program).env("PYEONJI_DIST", sh::root().join("dist")).env("PYEONJI_AXE", axe);
    // Each browser wants a core; more at once only make each other wait.
    cargo.env("RUST_TEST_THREADS", "2");
    suites(cargo.args(&filter), &mut counts)?;
    sh::step("cases of the collections in ../shared/corpora, and of our own");
    counts.iter().for_each(|line| println!("    {line}"));
    Ok(())
}

/// Runs tests with their output shown, and keeps the lines that count cases.
fn suites(cargo: &mut Command, counts: &mut Vec<String>) -> Result {
    cargo.args(["--", "--show-output"]).stdout(Stdio::piped());
    let mut child = cargo.spawn().map_err(|e| format!("can't start cargo: {e}"))?;
    let mut shown = Shown::default();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).split(b'\n')) {
        let line = line.map_err(|e| format!("the tests' output: {e}"))?;
        let line = String::from_utf8_lossy(&line);
        counts.extend(line.strip_prefix(COUNTS).map(str::to_owned));
        if shown.line(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|e| format!("cargo test: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("tests failed ({status})")) }
}

/// Leaves out what passing tests print, which libtest puts between `successes:` and what comes next.
#[derive(Default)]
struct Shown {
    successes: bool,
}

impl Shown {
    fn line(&mut self, line: &str) -> bool {
        match line {
            "successes:" => self.successes = true,
            "failures:" => self.successes = false,
            _ if line.starts_with("test result:") => self.successes = false,
            _ => {}
        }
        !self.successes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passing_tests_print_is_left_out() {
        let mut shown = Shown::default();
        let lines =
            ["test a ... ok", "", "successes:", "---- a stdout ----", "counts: x", "successes:", "    a"];
        let seen: Vec<bool> = lines.iter().map(|line| shown.line(line)).collect();
        assert_eq!(seen, [true, true, false, false, false, false, false]);
        assert!(shown.line("failures:") && shown.line("---- b stdout ----"));
        assert!(!shown.line("successes:") && shown.line("test result: ok. 1 passed"));
    }
}
