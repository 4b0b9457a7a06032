//! Measures the page and the gateway on Dovecot and Postfix; `--quick` for a small run. Started by `cargo xtask bench`.
use pyeonji_tests::bench::{self, Scale};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let scale = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Scale::full(),
        ["--quick"] => Scale::quick(),
        _ => {
            eprintln!("usage: bench [--quick]");
            return ExitCode::from(2);
        }
    };
    tokio::select! {
        file = bench::run(&scale) => {
            println!("{} is written.", file.display());
            ExitCode::SUCCESS
        }
        // What was started is dropped with the run, and ends.
        _ = tokio::signal::ctrl_c() => ExitCode::from(130),
    }
}
