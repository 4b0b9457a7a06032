//! Command line of the gateway: `serve`, `check`, `demo`, `config-reference`, `lab`.
#![forbid(unsafe_code)]

mod advise;

use clap::{Parser, Subcommand};
use ipnet::IpNet;
use pyeonji_gateway::app::{Gateway, Running};
use pyeonji_gateway::config::{self, Config};
use pyeonji_gateway::lab::cli_card;
use pyeonji_gateway::sandbox::{self, Sandbox};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// A webmail: one page, one WebSocket, any IMAP and SMTP server behind it.
#[derive(Parser)]
#[command(name = "pyeonji", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the webmail.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Says what is wrong with a configuration file, without serving.
    Check {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Serves on this machine with embedded mail servers and two accounts.
    Demo {
        /// Port on 127.0.0.1; 0 takes a free one.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Opens the page in the default browser.
        #[arg(long)]
        open: bool,
    },
    /// Prints the reference of the configuration file.
    ConfigReference,
    /// IMAP and POP3 on the same mailbox, as experiments that measure what people claim.
    Lab {
        #[command(subcommand)]
        command: Lab,
    },
}

#[derive(Subcommand)]
enum Lab {
    /// Runs scenarios in simulated time and prints the table of verdicts.
    Run {
        /// Files, or identifiers of experiments that come with the program (E1); all of these without any.
        scenarios: Vec<String>,
        /// Everything that was found, as JSON.
        #[arg(long)]
        json: bool,
        /// Every step, what everybody held afterwards, and every line that passed.
        #[arg(long, conflicts_with = "json")]
        transcript: bool,
    },
    /// Says whether IMAP or POP3 suits you, from what a run with your habits measures.
    Advise(Box<advise::Arguments>),
    /// Says what a provider's servers offer, and what their gaps mean.
    Card(cli_card::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve { config } => load(&config).and_then(|config| run(config, Announce::Nothing)),
        Command::Check { config } => load(&config).map(|loaded| {
            let providers = loaded.providers.len();
            say(&format!("{} is right: {providers} provider(s).", config.display()));
        }),
        Command::Demo { port, open } => run(Config::demo(port), Announce::Demo { open }),
        Command::ConfigReference => {
            // Exactly the page, so that it can be redirected into a file.
            let _ = std::io::stdout().write_all(config::reference().as_bytes());
            Ok(())
        }
        Command::Lab { command: Lab::Run { scenarios, json, transcript } } => {
            lab(&scenarios, json, transcript)
        }
        Command::Lab { command: Lab::Advise(arguments) } => advise::run(&arguments),
        Command::Lab { command: Lab::Card(arguments) } => card(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

/// What is printed once the page is there.
#[derive(Clone, Copy)]
enum Announce {
    Nothing,
    Demo { open: bool },
}

fn lab(scenarios: &[String], json: bool, transcript: bool) -> Result<(), String> {
    use pyeonji_gateway::lab::{experiments, file, run, text};
    let all: Vec<String> = experiments::ALL.iter().map(|(id, _)| (*id).to_owned()).collect();
    let names = if scenarios.is_empty() { &all } else { scenarios };
    let read = |name: &String| {
        let scenario = match experiments::get(name) {
            Some(known) => known,
            None => {
                let file = std::fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?;
                file::read(&file)
            }
        };
        scenario.map(|scenario| run::run(&scenario)).map_err(|wrong| format!("{name}: {wrong}"))
    };
    let reports = names.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let out = if json {
        serde_json::to_string_pretty(&reports).map_err(|error| error.to_string())? + "\n"
    } else if transcript {
        reports.iter().map(text::transcript).collect()
    } else {
        text::table(&reports)
    };
    // Exactly the report, so that it can be redirected into a file.
    std::io::stdout().write_all(out.as_bytes()).map_err(|error| error.to_string())
}

fn card(arguments: &cli_card::Arguments) -> Result<(), String> {
    let config = load(&arguments.config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let card = runtime.map_err(|e| format!("can't start: {e}"))?.block_on(cli_card::run(arguments, &config));
    std::io::stdout().write_all(card?.as_bytes()).map_err(|error| error.to_string())
}

fn load(path: &Path) -> Result<Config, String> {
    config::load(path).map_err(|problems| {
        let lines = problems.iter().map(|problem| match problem.line {
            0 => problem.message.clone(),
            line => format!("{}:{line}:{}: {}", path.display(), problem.column, problem.message),
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn run(config: Config, announce: Announce) -> Result<(), String> {
    log_to_stderr(announce);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|e| format!("can't start: {e}"))?.block_on(serve(config, announce))
}

async fn serve(mut config: Config, announce: Announce) -> Result<(), String> {
    // Before anything listens, so that a signal in the first moment isn't missed.
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    let mail = match config.sandbox.enabled {
        true => Some(start_sandbox(&mut config).await?),
        false => None,
    };
    let gateway = Gateway::start(config).await.map_err(|e| e.to_string())?;
    if let (Announce::Demo { open }, Some(mail)) = (announce, &mail) {
        introduce(&gateway, mail, open);
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // A second signal ends it at once.
    tokio::select! {
        () = gateway.stop() => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    if let Some(mail) = mail {
        mail.stop().await;
    }
    Ok(())
}

/// Starts the embedded mail servers and makes them known.
async fn start_sandbox(config: &mut Config) -> Result<sandbox::Running, String> {
    let mail = Sandbox::start(sandbox::Options::default()).await.map_err(|e| e.to_string())?;
    config.providers.extend(mail.providers().into_iter().map(Arc::new));
    let here = IpNet::from(mail.imap.ip());
    if !config.egress.allow_private.iter().any(|net| net.contains(&here)) {
        config.egress.allow_private.push(here);
    }
    Ok(mail)
}

fn introduce(gateway: &Running, mail: &sandbox::Running, open: bool) {
    let mut text = format!("\n  Pyeonji is at  {}\n\n  Sign in as\n", gateway.url);
    for account in &mail.accounts {
        text.push_str(&format!("    {:<20} {}\n", account.address, account.password));
    }
    let servers = [("IMAP", mail.imap), ("POP3", mail.pop3), ("SMTP", mail.smtp)];
    text.push_str("\n  Other mail programs find the same mail at (without TLS)\n");
    for (protocol, server) in servers {
        text.push_str(&format!("    {protocol:<20} {server}\n"));
    }
    text.push_str("\n  Ctrl-C ends it; nothing is kept.\n");
    say(&text);
    if open {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        if std::process::Command::new(opener).arg(&gateway.url).spawn().is_err() {
            say("  No browser could be opened; use the address above.");
        }
    }
}

fn say(text: &str) {
    // A closed pipe is no reason to stop serving.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Libraries that write into the log which names they look up: those of pictures in a message, of somebody's domain (R24).
const TALKATIVE: [&str; 3] = ["hickory_net=off", "hickory_proto=off", "hickory_resolver=off"];

/// `RUST_LOG` decides; without it `info`, or in the demo only warnings.
fn log_to_stderr(announce: Announce) {
    let usual = match announce {
        Announce::Nothing => "info",
        Announce::Demo { .. } => "warn",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    let silenced = TALKATIVE.iter().filter_map(|name| name.parse().ok());
    let filter = silenced.fold(filter, |filter, directive| filter.add_directive(directive));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
}
