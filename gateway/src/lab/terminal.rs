//! What `pyeonji lab` does, but for its options: scenarios by name or file, an account that the configuration names, reports as text.
use super::backend::{Backend, Target};
use super::{experiments, file, run, text};
use crate::config::{Config, Provider};
use crate::secret::Secret;
use pyeonji_shared::lab::report::Report;
use pyeonji_shared::lab::scenario::Scenario;
use std::path::Path;
use std::sync::Arc;

/// How reports are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One line for each, with its verdict.
    Table,
    Transcript,
    Json,
}

/// An account to run on.
pub struct Account<'a> {
    pub config: Config,
    pub user: &'a str,
    /// Its first line is the password.
    pub password_file: &'a Path,
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

/// The account, and what was erased in it, in words.
pub fn against(account: Account<'_>, erase: bool) -> Result<(Backend, String), String> {
    let Account { config, user, password_file, quota_kilobytes } = account;
    let text = std::fs::read_to_string(password_file)
        .map_err(|error| format!("{}: {error}", password_file.display()))?;
    let password = Secret::new(text.lines().next().unwrap_or_default().to_owned());
    let provider = config
        .provider_for(user)
        .cloned()
        .ok_or_else(|| format!("no provider of the configuration has the domain of {user}"))?;
    let target = Target {
        name: servers(&provider),
        config,
        devices: provider.clone(),
        observer: provider,
        user: user.to_owned(),
        password,
        quota_kilobytes,
    };
    Backend::open(target, erase).map_err(|broken| broken.to_string())
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
