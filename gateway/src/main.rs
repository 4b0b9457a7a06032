//! Command line of the gateway: `serve`, `check`, `demo`, `config-reference`, `lab`.
#![forbid(unsafe_code)]

mod advise;

use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use pyeonji_gateway::app::{Gateway, Running};
use pyeonji_gateway::config::{self, Config};
use pyeonji_gateway::lab::backend::Backend;
use pyeonji_gateway::lab::{cli_card, join, terminal};
use pyeonji_gateway::sandbox::{self, Sandbox};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    /// Runs scenarios and prints the table of verdicts: on the sandbox in simulated time, or on servers that are real.
    Run(Box<LabRun>),
    /// Runs a scenario on the sandbox, then serves its mailbox on this machine for other mail programs.
    Join {
        /// A file, or the identifier of an experiment that comes with the program (E1).
        scenario: String,
        /// Which of its conditions ("variants"), counted from 1.
        #[arg(long, default_value_t = 1)]
        variant: usize,
    },
    /// Says whether IMAP or POP3 suits you, from what a run with your habits measures.
    Advise(Box<advise::Arguments>),
    /// Says what a provider's servers offer, and what their gaps mean.
    Card(cli_card::Arguments),
}

#[derive(Args)]
struct LabRun {
    /// Files, or identifiers of experiments that come with the program (E1); all of these without any.
    scenarios: Vec<String>,
    /// Everything that was found, as JSON.
    #[arg(long)]
    json: bool,
    /// Every step, what everybody held afterwards, and every line that passed.
    #[arg(long, conflicts_with = "json")]
    transcript: bool,
    /// On the sandbox over sockets, instead of in simulated time.
    #[arg(long)]
    sockets: bool,
    /// On an account of a provider of this configuration file. It must be empty, and the lab's own.
    #[arg(long, value_name = "CONFIG", conflicts_with = "sockets", requires_all = ["user", "password_file"])]
    against: Option<PathBuf>,
    /// The account's address.
    #[arg(long, value_name = "ADDRESS", requires = "against")]
    user: Option<String>,
    /// A file whose first line is the account's password.
    #[arg(long, value_name = "FILE", requires = "against")]
    password_file: Option<PathBuf>,
    /// Another account's address, for experiments in which mail is sent. It must be empty, too.
    #[arg(long, value_name = "ADDRESS", requires_all = ["against", "second_password_file"])]
    second_user: Option<String>,
    /// A file whose first line is that account's password.
    #[arg(long, value_name = "FILE", requires = "second_user")]
    second_password_file: Option<PathBuf>,
    /// Deletes all mail of these accounts first, for good.
    #[arg(long, requires = "against")]
    erase: bool,
    /// The account has this quota; without it experiments about a quota have no verdict.
    #[arg(long, value_name = "N", requires = "against")]
    quota_kilobytes: Option<u32>,
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
        Command::Lab { command: Lab::Run(options) } => lab_run(*options),
        Command::Lab { command: Lab::Join { scenario, variant } } => lab_join(&scenario, variant),
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

fn lab_run(options: LabRun) -> Result<(), String> {
    let scenarios = terminal::scenarios(&options.scenarios)?;
    let backend = match &options.against {
        Some(config) => against(load(config)?, &options)?,
        None if options.sockets => Backend::Sockets,
        None => Backend::Simulated,
    };
    let form = match (options.json, options.transcript) {
        (true, _) => terminal::Form::Json,
        (_, true) => terminal::Form::Transcript,
        _ => terminal::Form::Table,
    };
    let out = terminal::run(&scenarios, &backend, form)?;
    // Exactly the report, so that it can be redirected into a file.
    std::io::stdout().write_all(out.as_bytes()).map_err(|error| error.to_string())
}

fn against(config: Config, options: &LabRun) -> Result<Backend, String> {
    let login = |user: &Option<String>, password_file: &Option<PathBuf>| {
        let (user, password_file) = (user.clone()?, password_file.clone()?);
        Some(terminal::Login { user, password_file })
    };
    let first = login(&options.user, &options.password_file);
    let accounts = terminal::Accounts {
        config,
        first: first.ok_or("--user and --password-file name the account")?,
        second: login(&options.second_user, &options.second_password_file),
        quota_kilobytes: options.quota_kilobytes,
    };
    let (backend, erased) = terminal::against(accounts, options.erase)?;
    for mailbox in erased {
        let _ = writeln!(std::io::stderr(), "Erased: {mailbox}.");
    }
    Ok(backend)
}

fn lab_join(scenario: &str, variant: usize) -> Result<(), String> {
    let scenario = terminal::scenario(scenario)?;
    let world = join::world(&scenario, variant).map_err(|broken| broken.to_string())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|e| format!("can't start: {e}"))?.block_on(async {
        let mut stop = Stop::listen()?;
        let mail = join::serve(world).await.map_err(|broken| broken.to_string())?;
        let mut text = format!("\n  The mailbox after {}: {}\n\n", scenario.id, scenario.title.en);
        for account in &mail.accounts {
            let rows = [("user", &account.address), ("password", &account.password)];
            rows.iter().for_each(|(name, value)| text.push_str(&format!("    {name:<20} {value}\n")));
        }
        text.push_str(&servers(&mail));
        text.push_str("\n  Ctrl-C ends it; nothing is kept.\n");
        say(&text);
        stop.asked().await;
        mail.stop().await;
        Ok(())
    })
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

/// Signals that end the program.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// To be called before anything listens, so that a signal in the first moment isn't missed.
    fn listen() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| error.to_string());
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn serve(mut config: Config, announce: Announce) -> Result<(), String> {
    let mut stop = Stop::listen()?;
    let mail = match config.sandbox.enabled {
        true => Some(start_sandbox(&mut config).await?),
        false => None,
    };
    let gateway = Gateway::start(config).await.map_err(|e| e.to_string())?;
    if let (Announce::Demo { open }, Some(mail)) = (announce, &mail) {
        introduce(&gateway, mail, open);
    }
    stop.asked().await;
    // A second signal ends it at once.
    tokio::select! {
        () = gateway.stop() => {}
        () = stop.asked() => {}
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
    text.push_str(&servers(mail));
    text.push_str("\n  Ctrl-C ends it; nothing is kept.\n");
    say(&text);
    if open {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        if std::process::Command::new(opener).arg(&gateway.url).spawn().is_err() {
            say("  No browser could be opened; use the address above.");
        }
    }
}

fn servers(mail: &sandbox::Running) -> String {
    let servers = [("IMAP", mail.imap), ("POP3", mail.pop3), ("SMTP", mail.smtp)];
    let rows = servers.map(|(protocol, server)| format!("    {protocol:<20} {server}\n"));
    format!("\n  Other mail programs find the same mail at (without TLS)\n{}", rows.concat())
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
