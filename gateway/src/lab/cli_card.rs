//! `pyeonji lab card`: a report card on the terminal.
use super::card::{any_host, make, text};
use crate::config::{Config, Provider};
use crate::net::Net;
use crate::secret::{Credentials, Protocol, Secret};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes of a file with a password.
const MAX_PASSWORD_FILE: u64 = 4 << 10;

#[derive(Args)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long)]
    pub config: PathBuf,
    /// Which provider, by its name; not needed where there is one.
    #[arg(long, conflicts_with = "host")]
    provider: Option<String>,
    /// Any host's servers; only if `allow_any_host` is set in [egress].
    #[arg(long)]
    host: Option<String>,
    /// Signs in as this user, to see what is offered then.
    #[arg(long, requires = "password_file")]
    user: Option<String>,
    /// Holds the password, in its first line.
    #[arg(long, requires = "user")]
    password_file: Option<PathBuf>,
    /// Everything that was found, as JSON.
    #[arg(long)]
    json: bool,
    /// Adds every line that passed, with secrets taken out.
    #[arg(long, conflicts_with = "json")]
    transcript: bool,
}

/// The text of the card.
///
/// # Errors
/// What is wrong with the arguments, and what to do. Servers that can't be reached are part of a card.
pub async fn run(arguments: &Arguments, config: &Config) -> Result<String, String> {
    let provider = provider(arguments, config)?;
    let who = match (&arguments.user, &arguments.password_file) {
        (Some(user), Some(file)) => Some(sign_in(&provider, user, file)?),
        _ => None,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().cast_signed());
    let card = make(&Net::new(config), &provider, who.as_ref(), now).await;
    if arguments.json {
        return serde_json::to_string_pretty(&card).map(|json| json + "\n").map_err(|e| e.to_string());
    }
    let transcript = if arguments.transcript { text::transcript(&card) } else { String::new() };
    Ok(text::card(&card) + &transcript)
}

fn provider(arguments: &Arguments, config: &Config) -> Result<Arc<Provider>, String> {
    if let Some(host) = &arguments.host {
        if !config.egress.allow_any_host {
            let words =
                "only configured providers may be asked: set allow_any_host in [egress], or use --provider";
            return Err(words.into());
        }
        return any_host(host).map(Arc::new).ok_or_else(|| format!("`{host}` is not a host"));
    }
    let names = || config.providers.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
    match (&arguments.provider, config.providers.as_slice()) {
        (Some(name), all) => {
            let found = all.iter().find(|p| p.name.eq_ignore_ascii_case(name));
            found.cloned().ok_or_else(|| format!("no provider \"{name}\"; there are: {}", names()))
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(format!("which provider? Say --provider with one of: {}", names())),
    }
}

fn sign_in(provider: &Provider, user: &str, file: &Path) -> Result<Credentials, String> {
    let about = |words: &str| format!("{}: {words}", file.display());
    let size = std::fs::metadata(file).map_err(|error| about(&error.to_string()))?.len();
    if size > MAX_PASSWORD_FILE {
        return Err(about("too long for a password"));
    }
    let text = Secret::new(std::fs::read_to_string(file).map_err(|error| about(&error.to_string()))?);
    let line = text.expose().lines().next().unwrap_or_default();
    if line.is_empty() || line.contains('\0') {
        return Err(about("its first line is no password"));
    }
    let password = Secret::new(line.to_owned());
    // Without a domain it is the name as the server knows it.
    let login = if user.contains('@') { provider.login_name(user) } else { user.to_owned() };
    Ok(Credentials { address: user.to_owned(), login, password, protocol: Protocol::Imap })
}
