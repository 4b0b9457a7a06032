//! From a host name to addresses: literals and `localhost` here, the rest by DNS and the hosts file.
use super::Purpose;
use hickory_resolver::TokioResolver;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses of one name that are looked at; more is nobody's mail server.
const MAX_ADDRESSES: usize = 32;

#[derive(Clone)]
pub enum Resolver {
    /// As this machine is configured.
    System(Box<TokioResolver>),
    /// This machine has no usable DNS configuration: literals only.
    Nothing,
    /// A scripted answer.
    #[cfg(test)]
    Table(std::collections::HashMap<&'static str, Vec<IpAddr>>),
}

impl Resolver {
    pub fn system() -> Self {
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder| {
            // Both families, so that a private address in either forbids the name.
            builder.options_mut().ip_strategy = hickory_resolver::config::LookupIpStrategy::Ipv4AndIpv6;
            builder.build()
        });
        match resolver {
            Ok(resolver) => Self::System(Box::new(resolver)),
            Err(error) => {
                tracing::warn!(%error, "no DNS: only IP addresses and localhost can be dialled");
                Self::Nothing
            }
        }
    }

    /// Every address of the host; empty if there is none.
    pub async fn lookup(&self, host: &str, purpose: Purpose) -> Vec<IpAddr> {
        if let Some(ip) = literal(host) {
            return vec![ip];
        }
        if is_localhost(host) {
            return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        match self {
            Self::System(resolver) => {
                // A stranger's name is never tried inside our own domains (resolv.conf `search`).
                let dot = if purpose == Purpose::Image && !host.ends_with('.') { "." } else { "" };
                let found = resolver.lookup_ip(format!("{host}{dot}")).await;
                found.map(|ips| ips.iter().take(MAX_ADDRESSES).collect()).unwrap_or_default()
            }
            Self::Nothing => Vec::new(),
            #[cfg(test)]
            Self::Table(table) => table.get(host).cloned().unwrap_or_default(),
        }
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolver")
    }
}

/// An IP address as a host, IPv6 with or without brackets. Only the canonical spellings: `0x7f.1` and
/// `2130706433` are names, and no such name exists.
pub fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// RFC 6761 §6.3: these never go to DNS.
pub fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        assert_eq!(literal("127.0.0.1"), Some(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(literal("[::1]"), Some(Ipv6Addr::LOCALHOST.into()));
        assert_eq!(literal("::1"), Some(Ipv6Addr::LOCALHOST.into()));
        for odd in ["0x7f.1", "2130706433", "127.1", "0177.0.0.1", "127.0.0.1.", "localhost", ""] {
            assert_eq!(literal(odd), None, "{odd}");
        }
    }

    #[test]
    fn localhost_names() {
        for name in ["localhost", "LOCALHOST.", "imap.localhost", "a.b.localhost."] {
            assert!(is_localhost(name), "{name}");
        }
        for name in ["localhost.example", "notlocalhost", "localhostx"] {
            assert!(!is_localhost(name), "{name}");
        }
    }
}
