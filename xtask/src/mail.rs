//! `cargo xtask mail up|down`: the tests' Dovecot and Postfix, kept running to play with.
use crate::packages;
use crate::sh::{self, Result};

pub fn run(args: &[String]) -> Result {
    match args.first().map(String::as_str) {
        Some("up") => {
            packages::ensure(packages::TESTS)?;
            sh::run(&mut sh::cargo(&["run", "--quiet", "--package", "pyeonji-tests", "--bin", "mail-up"]))
        }
        Some("down") => sh::run(&mut sh::cargo(&[
            "run",
            "--quiet",
            "--package",
            "pyeonji-tests",
            "--bin",
            "mail-up",
            "--",
            "--stop",
        ])),
        _ => Err("mail up | mail down".into()),
    }
}
