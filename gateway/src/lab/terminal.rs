//! What `pyeonji lab` does, but for its options: scenarios by name or file, an account that the configuration names, reports as text.
use super::backend::{Backend, Mailbox, Target};
use super::{experiments, file, run, text};
use crate::config::{Config, Provider};
use crate::secret::Secret;
use pyeonji_shared::lab::report::Report;
use pyeonji_shared::lab::scenario::Scenario;
use std::path::PathBuf;
use std::sync::Arc;

/// How reports are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One line for each, with its verdict.
    Table,
    Transcript,
    Json,
}

/// An address, and a file whose first line is its password.
pub struct Login {
    pub user: String,
    pub password_file: PathBuf,
}

/// Accounts to run on.
pub struct Accounts {
    pub config: Config,
    pub first: Login,
    pub second: Option<Login>,
    pub quota_kilobytes: Option<u32>,
}

/// Experiments by their identifiers, others from files; all experiments without any.
///
/// # Errors
/// With the name, and the place in its file.
pub fn scenarios(names: &[String]) -> Result<Vec<Scenario>, String> {
    let all: Vec<String> = experiments::ALL.iter().map(|(id, _)| (*id).to_owned()).collect();
    let names = if names.is_empty() { &all } else { names };
    names.iter().map(|name| scenario(name)).collect()
}

pub fn scenario(name: &str) -> Result<Scenario, String> {
    let scenario = match experiments::get(name) {
        Some(known) => known,
        None => {
            let text = std::fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?;
            file::read(&text)
        }
    };
    scenario.map_err(|wrong| format!("{name}: {wrong}"))
}

/// The accounts, and what was erased in them, in words.
pub fn against(accounts: Accounts, erase: bool) -> Result<(Backend, Vec<String>), String> {
    let Accounts { config, first, second, quota_kilobytes } = accounts;
    let ada = mailbox(&config, first)?;
    let bora = second.map(|second| mailbox(&config, second)).transpose()?;
    let target = Target { name: servers(&ada.devices), config, ada, bora, quota_kilobytes };
    Backend::open(target, erase).map_err(|broken| broken.to_string())
}

fn mailbox(config: &Config, login: Login) -> Result<Mailbox, String> {
    let Login { user, password_file } = login;
    let text = std::fs::read_to_string(&password_file)
        .map_err(|error| format!("{}: {error}", password_file.display()))?;
    let password = Secret::new(text.lines().next().unwrap_or_default().to_owned());
    let provider = config
        .provider_for(&user)
        .cloned()
        .ok_or_else(|| format!("no provider of the configuration has the domain of {user}"))?;
    Ok(Mailbox { devices: provider.clone(), observer: provider, user, password })
}

fn servers(provider: &Arc<Provider>) -> String {
    let servers = [("IMAP", &provider.imap), ("POP3", &provider.pop3)];
    let servers = servers
        .iter()
        .filter_map(|(protocol, at)| at.as_ref().map(|at| format!("{protocol} {}:{}", at.host, at.port)));
    format!("{}, {}", provider.name, servers.collect::<Vec<_>>().join(" and "))
}

/// Runs them, one after the other.
pub fn run(scenarios: &[Scenario], backend: &Backend, form: Form) -> Result<String, String> {
    let each = scenarios.iter().map(|scenario| {
        run::run_on(scenario, backend).map_err(|broken| format!("{}: {broken}", scenario.id))
    });
    let reports: Vec<Report> = each.collect::<Result<_, _>>()?;
    Ok(match form {
        Form::Json => serde_json::to_string_pretty(&reports).map_err(|error| error.to_string())? + "\n",
        Form::Transcript => reports.iter().map(text::transcript).collect(),
        Form::Table => text::table(&reports),
    })
}
