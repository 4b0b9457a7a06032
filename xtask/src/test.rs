//! `cargo xtask test`: installs what is missing, builds the release bundle, runs every suite.
use crate::sh::{self, Result};
use crate::{dist, packages};

pub fn run(args: &[String]) -> Result {
    packages::ensure(packages::TESTS)?;
    let axe = packages::axe()?;
    let program = dist::run()?;
    let filter: Vec<&str> = args.iter().map(String::as_str).collect();
    sh::step("tests of the pure crates and the gateway");
    let mut cargo = sh::cargo(&["test", "--locked", "--workspace", "--exclude", "pyeonji-tests"]);
    sh::run(cargo.args(&filter))?;
    let mut cargo =
        sh::cargo(&["test", "--locked", "--package", "pyeonji-frontend", "--features", "ui", "--lib"]);
    sh::run(cargo.args(&filter))?;
    sh::step("end to end: sandbox, Dovecot, Postfix, browser");
    let mut cargo = sh::cargo(&["test", "--locked", "--package", "pyeonji-tests"]);
    cargo.env("PYEONJI_BIN", &program).env("PYEONJI_DIST", sh::root().join("dist")).env("PYEONJI_AXE", axe);
    // Each browser wants a core; more at once only make each other wait.
    cargo.env("RUST_TEST_THREADS", "2");
    sh::run(cargo.args(&filter))
}
