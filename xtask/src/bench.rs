//! `cargo xtask bench`: measures the release build against Dovecot and a bare IMAP client, writes docs/benchmarks.md.
use crate::sh::{self, Result};
use crate::{dist, packages};

pub fn run(args: &[String]) -> Result {
    packages::ensure(packages::TESTS)?;
    packages::ensure(packages::BENCH)?;
    let program = dist::run()?;
    let mut cargo =
        sh::cargo(&["run", "--locked", "--release", "--package", "pyeonji-tests", "--bin", "bench", "--"]);
    cargo.env("PYEONJI_BIN", &program).env("PYEONJI_DIST", sh::root().join("dist"));
    sh::run(cargo.args(args))
}
