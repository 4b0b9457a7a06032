//! `cargo xtask ci`: what must hold before anything lands.
use crate::sh::{self, Result};
use crate::{fuzz, test, tidy};

pub fn run(args: &[String]) -> Result {
    let before = sh::quiet(&mut sh::command("git", &["status", "--porcelain"]))?;
    sh::step("formatting");
    sh::run(&mut sh::cargo(&["fmt", "--check"]))?;
    tidy::run()?;
    licences()?;
    sh::step("lints");
    let strict = ["--", "-D", "warnings"];
    sh::run(sh::cargo(&["clippy", "--locked", "--workspace", "--all-targets"]).args(strict))?;
    for page in ["ui", "ui,device", "ui,takeout", "lab"] {
        let clippy = ["clippy", "--locked", "--package", "pyeonji-frontend", "--features", page];
        sh::run(sh::cargo(&clippy).args(strict))?;
    }
    fuzz::run(&["--smoke".into()])?;
    if !args.iter().any(|a| a == "--no-tests") {
        test::run(&[])?;
    }
    let after = sh::quiet(&mut sh::command("git", &["status", "--porcelain"]))?;
    if before != after {
        return Err(format!("the run changed the work tree:\n{after}"));
    }
    sh::step("all green");
    Ok(())
}

/// `cargo deny` is built from the registry where it is missing (3 minutes, once).
fn licences() -> Result {
    sh::step("licences, sources, bans");
    if !sh::has("cargo-deny") {
        sh::run(&mut sh::cargo(&[
            "install",
            "--quiet",
            "--debug",
            "--locked",
            "--version",
            "0.20.2",
            "cargo-deny",
        ]))?;
    }
    // Advisories need a database from the network; everything else is judged here.
    sh::run(&mut sh::cargo(&["deny", "check", "bans", "licenses", "sources"]))
}
