//! `[[provider]]`: domains, servers, trusted keys.
use super::document::{At, Place, Problems, Section};
use super::keys::{PROVIDER, SERVER};
use super::read::certificates;
use super::{EgressConfig, Endpoint, LoginName, Provider, TlsMode};
use crate::egress::special::is_special;
use crate::egress::{is_localhost, literal};
use crate::net::tls::parse_pin;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// Names that only private networks have (RFC 6761, 6762, 8375, 9476 and common use).
const PRIVATE_SUFFIXES: &[&str] = &[".localhost", ".local", ".lan", ".home.arpa", ".internal", ".test"];

pub fn read_all(
    top: &Section<'_, '_>,
    folder: &Path,
    egress: &EgressConfig,
    problems: &mut Problems<'_>,
) -> Vec<Provider> {
    let mut all: Vec<Provider> = Vec::new();
    for section in top.sections("provider", PROVIDER, problems) {
        let name = section.text("name").map(|t| t.value.to_string()).unwrap_or_default();
        let mut domains = Vec::new();
        for text in section.texts("domains") {
            match domain(text.value) {
                Some(domain) => {
                    let owner = all.iter().find(|p| p.domains.contains(&domain)).map(|p| p.name.clone());
                    let owner = owner.or_else(|| domains.contains(&domain).then(|| name.clone()));
                    if let Some(owner) = owner {
                        problems
                            .add(&text.place, format!("`{domain}` belongs to provider \"{owner}\" already"));
                    }
                    domains.push(domain);
                }
                None => problems.add(&text.place, format!("`{}` is not a domain", text.value)),
            }
        }
        if domains.is_empty() && section.text("name").is_some() {
            problems
                .add(&section.place, format!("provider \"{name}\" has no domain, so nobody can reach it"));
        }
        all.push(Provider {
            login: login(&section, problems),
            extra_roots: section.text("ca_file").map_or(Vec::new(), |text| roots(folder, &text, problems)),
            pins: pins(&section, problems),
            imap: server(&section, "imap", (993, 143), egress, problems),
            pop3: server(&section, "pop3", (995, 110), egress, problems),
            smtp: server(&section, "smtp", (465, 587), egress, problems),
            name,
            domains,
        });
    }
    all
}

fn login(section: &Section<'_, '_>, problems: &mut Problems<'_>) -> LoginName {
    match section.text("login") {
        Some(text) if text.value == "localpart" => LoginName::LocalPart,
        Some(text) if text.value != "address" => {
            problems.add(&text.place, "`login` is \"address\" or \"localpart\"");
            LoginName::Address
        }
        _ => LoginName::Address,
    }
}

fn roots(
    folder: &Path,
    text: &At<&str>,
    problems: &mut Problems<'_>,
) -> Vec<rustls::pki_types::CertificateDer<'static>> {
    let list = certificates(&folder.join(text.value), &text.place, problems);
    let mut store = rustls::RootCertStore::empty();
    for root in &list {
        if let Err(error) = store.add(root.clone()) {
            problems.add(&text.place, format!("a certificate in {} can't be a root: {error}", text.value));
        }
    }
    list
}

fn pins(section: &Section<'_, '_>, problems: &mut Problems<'_>) -> Vec<[u8; 32]> {
    let mut list = Vec::new();
    for text in section.texts("pins") {
        match parse_pin(text.value) {
            Some(pin) => list.push(pin),
            None => {
                let message = "not a pin: `sha256/` and 44 characters of base64, as the error about the certificate shows";
                problems.add(&text.place, message);
            }
        }
    }
    list
}

fn server(
    provider: &Section<'_, '_>,
    key: &str,
    (usual, usual_clear): (u16, u16),
    egress: &EgressConfig,
    problems: &mut Problems<'_>,
) -> Option<Endpoint> {
    let section = provider.section(key, &format!("`{key}`"), SERVER, problems)?;
    let tls = match section.text("tls") {
        None => TlsMode::Implicit,
        Some(text) => match text.value {
            "implicit" => TlsMode::Implicit,
            "starttls" => TlsMode::StartTls,
            "none" => TlsMode::None,
            _ => {
                problems.add(&text.place, "`tls` is \"implicit\", \"starttls\" or \"none\"");
                TlsMode::Implicit
            }
        },
    };
    let host = section.text("host")?;
    let port = section.number("port");
    if let Some(port) = &port {
        check_port(key, port, tls, problems);
    }
    let port = port.and_then(|p| u16::try_from(p.value).ok());
    let port = port.unwrap_or(if tls == TlsMode::Implicit { usual } else { usual_clear });
    let name = host_name(host.value);
    if name.is_none() {
        let message =
            format!("`{}` is not a host: a name or an address, without scheme, port or path", host.value);
        problems.add(&host.place, message);
    }
    let name = name?;
    check_place(&name, tls, egress, &host.place, problems);
    Some(Endpoint { host: name, port, tls })
}

/// The two mix-ups that end in silence rather than in an error.
fn check_port(key: &str, port: &At<u64>, tls: TlsMode, problems: &mut Problems<'_>) {
    let implicit_port = matches!(port.value, 993 | 995 | 465);
    let clear_port = matches!(port.value, 143 | 110 | 587 | 25);
    if tls == TlsMode::Implicit && clear_port {
        problems
            .add(&port.place, format!("port {} of `{key}` begins in clear: tls = \"starttls\"", port.value));
    }
    if tls != TlsMode::Implicit && implicit_port {
        problems.add(
            &port.place,
            format!("port {} of `{key}` is encrypted at once: tls = \"implicit\"", port.value),
        );
    }
}

/// Whether the egress policy will ever let us there, and whether clear text may go there.
fn check_place(host: &str, tls: TlsMode, egress: &EgressConfig, place: &Place, problems: &mut Problems<'_>) {
    let allowed = |ip: IpAddr| egress.allow_private.iter().any(|net| net.contains(&ip.to_canonical()));
    let (private, known) = match literal(host) {
        Some(ip) => (is_special(ip), vec![ip]),
        None if is_localhost(host) => (true, vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]),
        None => (!host.contains('.') || PRIVATE_SUFFIXES.iter().any(|s| host.ends_with(s)), Vec::new()),
    };
    if private && !known.is_empty() && !known.iter().copied().any(allowed) {
        let example = if known.contains(&Ipv4Addr::LOCALHOST.into()) { "127.0.0.0/8" } else { host };
        let message =
            format!("`{host}` is no public address: add \"{example}\" to `allow_private` in [egress]");
        problems.add(place, message);
    }
    if tls == TlsMode::None && !private {
        let message = format!(
            "tls = \"none\" would send passwords to `{host}` in clear: it is for servers on this machine or in a private network"
        );
        problems.add(place, message);
    }
}

/// A domain as it stands in addresses: small letters, Unicode as it is typed; or `*`.
fn domain(text: &str) -> Option<String> {
    if text == "*" {
        return Some(text.into());
    }
    let ascii = idna::domain_to_ascii_strict(text).ok()?;
    (!ascii.is_empty() && !ascii.starts_with('.') && literal(&ascii).is_none()).then(|| text.to_lowercase())
}

/// An IP address without brackets, or a name in ASCII.
pub fn host_name(text: &str) -> Option<String> {
    if let Some(ip) = literal(text) {
        return Some(ip.to_string());
    }
    if text.contains([':', '/', '@', ' ']) {
        return None;
    }
    let ascii = idna::domain_to_ascii(text).ok()?;
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let bare = ascii.strip_suffix('.').unwrap_or(&ascii);
    let numeric = bare.rsplit('.').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
    (bare.len() <= 253 && bare.split('.').all(label) && !numeric).then_some(ascii)
}
