//! Which host and origin this gateway is, from its configuration and never from a request (R19, R20).
use crate::config::Config;
use axum::http::Uri;
use std::net::SocketAddr;
use thiserror::Error;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum SiteError {
    #[error("not an http or https address: {0:?}")]
    NotHttp(String),
    #[error("only scheme and host may be given, no path: {0:?}")]
    Path(String),
}

/// The name under which pages may speak to us, and the few others that the demo accepts.
#[derive(Clone, Debug)]
pub struct Site {
    /// Scheme and authority, lower-case, no default port: what a browser sends as `Origin`. The first is ours.
    origins: Vec<String>,
    https: bool,
    loopback: bool,
}

impl Site {
    /// `addr` is where we listen; it stands in for an empty `public_url` or one with port 0 (tests, demo).
    pub fn new(config: &Config, addr: SocketAddr) -> Result<Self, SiteError> {
        let text = config.public_url.as_str();
        let own = if text.is_empty() { format!("http://{addr}") } else { origin_of(text)? };
        let own = match own.strip_suffix(":0") {
            Some(bare) => format!("{bare}:{}", addr.port()),
            None => own,
        };
        let https = own.starts_with("https://");
        let host = host_of(&own);
        let loopback = addr.ip().is_loopback() && !https && is_loopback(host);
        let mut origins = vec![own];
        if loopback {
            // A person at this machine types any of these; all of them reach us alone.
            for name in ["localhost", "127.0.0.1", "[::1]"] {
                let other = trim_port(&format!("http://{name}:{}", addr.port()));
                if !origins.contains(&other) {
                    origins.push(other);
                }
            }
        }
        Ok(Self { origins, https, loopback })
    }

    pub fn url(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }
    pub fn https(&self) -> bool {
        self.https
    }
    /// Plain http on this machine only: the demo, tests, development.
    pub fn loopback(&self) -> bool {
        self.loopback
    }

    /// Exactly one of our origins (R19).
    pub fn is_own_origin(&self, origin: &[u8]) -> bool {
        self.origins.iter().any(|own| own.as_bytes() == origin)
    }

    /// Whether `Host` names us (R20); a default port may be spelled out.
    pub fn is_own_host(&self, host: &str) -> bool {
        let scheme = if self.https { "https" } else { "http" };
        let named = trim_port(&format!("{scheme}://{}", host.to_ascii_lowercase()));
        self.origins.contains(&named)
    }

    /// The `__Host-` prefix binds the cookie to https, this host and `/`; browsers refuse it over plain http.
    pub fn cookie_name(&self) -> &'static str {
        if self.https { "__Host-pyeonji" } else { "pyeonji" }
    }
}

fn host_of(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn trim_port(origin: &str) -> String {
    let default = if origin.starts_with("https://") { ":443" } else { ":80" };
    origin.strip_suffix(default).unwrap_or(origin).to_owned()
}

fn origin_of(url: &str) -> Result<String, SiteError> {
    let not_http = || SiteError::NotHttp(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| not_http())?;
    let scheme = uri.scheme_str().filter(|s| *s == "http" || *s == "https").ok_or_else(not_http)?;
    let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or_else(not_http)?;
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(SiteError::Path(url.to_owned()));
    }
    Ok(trim_port(&format!("{scheme}://{}", authority.as_str().to_ascii_lowercase())))
}
