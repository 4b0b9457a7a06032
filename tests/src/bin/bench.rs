//! Measures the page and the gateway on Dovecot and Postfix; `--pop3` for mail kept on the device, `--lab` for the lab, `--quick` for a small run. Started
//! by `cargo xtask bench`.
use pyeonji_tests::bench::{self, DeviceScale, LabScale, Scale};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let run = async {
        Some(match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => bench::run(&Scale::full()).await,
            ["--quick"] => bench::run(&Scale::quick()).await,
            ["--pop3"] => bench::run_device(&DeviceScale::full()).await,
            ["--pop3", "--quick"] => bench::run_device(&DeviceScale::quick()).await,
            ["--lab"] => bench::run_lab(&LabScale::full()).await,
            ["--lab", "--quick"] => bench::run_lab(&LabScale::quick()).await,
            _ => return None,
        })
    };
    tokio::select! {
        file = run => match file {
            Some(file) => {
                println!("{} is written.", file.display());
                ExitCode::SUCCESS
            }
            None => {
                eprintln!("usage: bench [--pop3|--lab] [--quick]");
                ExitCode::from(2)
            }
        },
        // What was started is dropped with the run, and ends.
        _ = tokio::signal::ctrl_c() => ExitCode::from(130),
    }
}
