//! Who may be dialled, decided from names, ports and addresses alone: no I/O here.
use super::special::{canonical, is_special, through_nat64};
use crate::config::{Config, EgressConfig};
use ipnet::IpNet;
use std::collections::HashSet;
use std::net::IpAddr;

/// Ports of IMAP, POP3 and submission, plain and TLS; what open mode may dial.
pub const MAIL_PORTS: &[u16] = &[110, 143, 465, 587, 993, 995];

/// Stands for "any port" in `image_ports`.
const ANY_PORT: u16 = 0;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A mail server: one of the operator's table, or any in open mode.
    Mail,
    /// A remote image: the address was written by a stranger.
    Image,
}

#[derive(Clone, Debug)]
pub struct Policy {
    /// Host and port of every configured server.
    table: HashSet<(String, u16)>,
    rules: EgressConfig,
}

impl Policy {
    pub fn new(config: &Config) -> Self {
        let providers = config.providers.iter();
        let endpoints = providers.flat_map(|p| [&p.imap, &p.pop3, &p.smtp]).flatten();
        let table = endpoints.map(|e| (e.host.to_lowercase(), e.port)).collect();
        Self { table, rules: config.egress.clone() }
    }

    /// Whether this host is the operator's own choice. Its failures may be told in detail.
    pub fn is_configured(&self, host: &str, port: u16) -> bool {
        self.table.contains(&(host.to_lowercase(), port))
    }

    /// Whether host and port may be looked up at all.
    pub fn admits(&self, host: &str, port: u16, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Mail => {
                self.is_configured(host, port)
                    || self.rules.allow_any_host
                        && (MAIL_PORTS.contains(&port) || self.rules.ports.contains(&port))
            }
            Purpose::Image => port != 0 && self.rules.image_ports.iter().any(|&p| p == port || p == ANY_PORT),
        }
    }

    /// Whether this address may be connected to.
    pub fn allows(&self, ip: IpAddr, purpose: Purpose) -> bool {
        let exempt = match purpose {
            Purpose::Mail => &self.rules.allow_private,
            Purpose::Image => &self.rules.images_private,
        };
        !is_special(ip)
            || is_within(exempt, canonical(ip))
            || through_nat64(ip).is_some_and(|v4| is_within(exempt, v4))
    }

    /// The addresses to connect to, or `None` if a single one of them is forbidden: a name that points both
    /// inside and outside is an attack or a mistake (R18).
    pub fn judge(&self, addresses: &[IpAddr], purpose: Purpose) -> Option<Vec<IpAddr>> {
        let all = !addresses.is_empty() && addresses.iter().all(|&ip| self.allows(ip, purpose));
        all.then(|| addresses.iter().copied().map(canonical).collect())
    }
}

fn is_within(networks: &[IpNet], ip: IpAddr) -> bool {
    networks.iter().any(|net| net.contains(&ip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Endpoint, LoginName, Provider, TlsMode};
    use std::sync::Arc;

    fn policy(egress: EgressConfig) -> Policy {
        let imap = Endpoint { host: "IMAP.example.org".into(), port: 1993, tls: TlsMode::Implicit };
        let provider = Provider {
            name: "Example".into(),
            domains: vec!["example.org".into()],
            login: LoginName::Address,
            extra_roots: Vec::new(),
            pins: Vec::new(),
            imap: Some(imap),
            pop3: None,
            smtp: None,
        };
        let mut config = Config::for_tests(vec![Arc::new(provider)]);
        config.egress = egress;
        Policy::new(&config)
    }

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().unwrap()).collect()
    }

    #[test]
    fn r18_only_the_table_unless_open() {
        let closed = policy(EgressConfig::default());
        assert!(closed.admits("imap.EXAMPLE.org", 1993, Purpose::Mail));
        assert!(!closed.admits("imap.example.org", 993, Purpose::Mail));
        assert!(!closed.admits("elsewhere.example", 993, Purpose::Mail));
        let open = policy(EgressConfig { allow_any_host: true, ports: vec![2525], ..Default::default() });
        for port in [110, 143, 465, 587, 993, 995, 2525] {
            assert!(open.admits("elsewhere.example", port, Purpose::Mail), "{port}");
        }
        for port in [0, 22, 25, 80, 443, 3306, 6379, 1993] {
            assert!(!open.admits("elsewhere.example", port, Purpose::Mail), "{port}");
        }
    }

    #[test]
    fn r18_one_forbidden_address_forbids_the_name() {
        let policy = policy(EgressConfig::default());
        assert!(policy.judge(&ips(&["8.8.8.8", "2606:4700::1"]), Purpose::Mail).is_some());
        for inside in ["127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "169.254.169.254"]
        {
            assert_eq!(policy.judge(&ips(&["8.8.8.8", inside]), Purpose::Mail), None, "{inside}");
            assert_eq!(policy.judge(&ips(&[inside, "8.8.8.8"]), Purpose::Image), None, "{inside}");
        }
        assert_eq!(policy.judge(&[], Purpose::Mail), None);
    }

    #[test]
    fn r18_exemptions_are_per_purpose() {
        let networks: Vec<IpNet> = vec!["127.0.0.0/8".parse().unwrap()];
        let policy = policy(EgressConfig { allow_private: networks, ..Default::default() });
        for loopback in ["127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "64:ff9b::7f00:1"] {
            assert!(policy.allows(loopback.parse().unwrap(), Purpose::Mail), "{loopback}");
            assert!(!policy.allows(loopback.parse().unwrap(), Purpose::Image), "{loopback}");
        }
        for other in ["10.0.0.1", "::1", "169.254.169.254"] {
            assert!(!policy.allows(other.parse().unwrap(), Purpose::Mail), "{other}");
        }
        // What is dialled is the IPv4 address itself, not its mapped form.
        let judged = policy.judge(&ips(&["::ffff:127.0.0.1"]), Purpose::Mail);
        assert_eq!(judged, Some(ips(&["127.0.0.1"])));
    }

    #[test]
    fn r18_images_only_from_web_ports() {
        let policy = policy(EgressConfig::default());
        assert!(policy.admits("anywhere.example", 80, Purpose::Image));
        assert!(policy.admits("anywhere.example", 443, Purpose::Image));
        for port in [0, 22, 25, 143, 993, 8080] {
            assert!(!policy.admits("anywhere.example", port, Purpose::Image), "{port}");
        }
    }
}
