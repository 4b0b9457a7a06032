//! SMTP commands and how they are written (RFC 5321 §4.1).
use super::address;

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Ehlo(String),
    Helo(String),
    Auth { mechanism: String, initial: Option<String> },
    Mail { from: String, size: Option<u64> },
    Rcpt { to: String },
    Data,
    Rset,
    Noop,
    Vrfy,
    Quit,
}

impl Command {
    /// The error is the reply.
    pub fn read(line: &str) -> Result<Self, &'static str> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let bare = |command| if rest.is_empty() { Ok(command) } else { Err("501 5.5.4 No arguments here") };
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" if !rest.is_empty() => Ok(Self::Ehlo(name(rest))),
            "HELO" if !rest.is_empty() => Ok(Self::Helo(name(rest))),
            "EHLO" | "HELO" => Err("501 5.5.4 Say who you are"),
            "AUTH" => {
                let mut words = rest.split_ascii_whitespace();
                let mechanism = words.next().ok_or("501 5.5.4 Name a mechanism")?.to_ascii_uppercase();
                Ok(Self::Auth { mechanism, initial: words.next().map(str::to_owned) })
            }
            "MAIL" => {
                let (from, parameters) = path(rest, "FROM:").ok_or("501 5.5.4 Write MAIL FROM:<address>")?;
                Ok(Self::Mail { from, size: mail_parameters(parameters)? })
            }
            "RCPT" => match path(rest, "TO:") {
                Some((to, "")) if !to.is_empty() => Ok(Self::Rcpt { to }),
                Some((to, _)) if !to.is_empty() => Err("555 5.5.4 Unknown parameter"),
                _ => Err("501 5.5.4 Write RCPT TO:<address>"),
            },
            "DATA" => bare(Self::Data),
            "RSET" => bare(Self::Rset),
            "QUIT" => bare(Self::Quit),
            "NOOP" => Ok(Self::Noop),
            "VRFY" => Ok(Self::Vrfy),
            _ => Err("500 5.5.1 Unknown command"),
        }
    }
}

/// A client's name for itself, harmless inside a header.
fn name(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "-._[]:".contains(*c)).take(255).collect()
}

fn path<'a>(text: &'a str, keyword: &str) -> Option<(String, &'a str)> {
    let head = text.get(..keyword.len()).filter(|h| h.eq_ignore_ascii_case(keyword))?;
    let rest = text.get(head.len()..)?.trim_start();
    let (address, rest) = address::path(rest)?;
    Some((address, rest.trim_start()))
}

fn mail_parameters(text: &str) -> Result<Option<u64>, &'static str> {
    let mut size = None;
    for parameter in text.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => size = Some(value.parse().map_err(|_| "501 5.5.4 SIZE is a number")?),
            "BODY" if matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") => {}
            "SMTPUTF8" | "AUTH" => {}
            _ => return Err("555 5.5.4 Unknown parameter"),
        }
    }
    Ok(size)
}
