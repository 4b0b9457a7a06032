//! `cargo xtask <command>`: everything a developer or CI runs, with one owner each.
#![forbid(unsafe_code)]

mod bench;
mod budget;
mod ci;
mod delta;
mod demo;
mod dist;
mod fuzz;
mod glue;
mod inputs;
mod mail;
mod order;
mod packages;
mod sh;
mod supply;
mod test;
mod tidy;
mod wasm;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  demo [--port N] [--open]   build page and gateway, start the sandbox, print the address and two accounts
  test [FILTER]              install what tests need, then run everything (or the tests whose name contains FILTER)
  ci [--no-tests]            formatting, lints, licences, tidy, fuzz targets (30 s each), tests, clean tree
  page                       the release page in dist/ alone
  dist                       the release page in dist/ and the release gateway in target/release/pyeonji
  tidy                       file sizes, first lines, arrows between folders, border types
  bench [--pop3|--lab] [--quick]   measure against Dovecot and a bare client, or the lab; writes docs/benchmarks*.md
  fuzz --smoke|TARGET        build and run the fuzz targets (30 s each)
  mail up|down               a Dovecot and a Postfix on loopback to play with
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let outcome = match args.first().map(String::as_str) {
        Some("demo") => demo::run(rest),
        Some("test") => test::run(rest),
        Some("ci") => ci::run(rest),
        Some("dist") => dist::run().map(|_| ()),
        Some("page") => dist::page().map(|_| ()),
        Some("tidy") => tidy::run(),
        Some("bench") => bench::run(rest),
        Some("fuzz") => fuzz::run(rest),
        Some("mail") => mail::run(rest),
        _ => {
            print!("{HELP}");
            return if args.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
