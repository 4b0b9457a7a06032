//! From the file to a [`Config`], or to everything that is wrong with it at once.
use super::document::{Place, Problem, Problems, Section};
use super::keys::{EGRESS, SANDBOX, SESSION, TLS, TOP, did_you_mean};
use super::limits::Limits;
use super::{Config, EgressConfig, SandboxConfig, ServerTls, SessionConfig, provider};
use crate::egress::{is_localhost, literal};
use ipnet::IpNet;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;

/// Reads and checks a configuration file.
///
/// # Errors
/// Every problem found, in the order of the file.
pub fn load(path: &Path) -> Result<Config, Vec<Problem>> {
    let text = fs::read_to_string(path).map_err(|error| {
        let message = format!("can't read {}: {error}", path.display());
        vec![Problem { line: 0, column: 0, message }]
    })?;
    parse(&text, path.parent().unwrap_or(Path::new("")))
}

/// The same from text; file names in it are relative to `folder`.
///
/// # Errors
/// As for [`load`].
pub fn parse(text: &str, folder: &Path) -> Result<Config, Vec<Problem>> {
    let mut problems = Problems::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        problems.add(&error.span().unwrap_or_default(), format!("not TOML: {}", error.message()));
    }
    let top = Section::open("the top level", 0..0, root.get_ref(), TOP, &mut problems);
    let listen = listen(&top, &mut problems);
    let tls = server_tls(&top, folder, &mut problems);
    let public_url = public_url(&top, listen, tls.is_some(), &mut problems);
    let session = session(&top, folder, &mut problems);
    let egress = egress(&top, &mut problems);
    let sandbox = top.section("sandbox", "[sandbox]", SANDBOX, &mut problems);
    let sandbox = SandboxConfig { enabled: sandbox.and_then(|s| s.flag("enabled")).unwrap_or_default() };
    let limits = limits(&top, &mut problems);
    let providers = provider::read_all(&top, folder, &egress, &mut problems);
    if providers.is_empty() && problems.is_empty() && !sandbox.enabled {
        problems.add_general("no [[provider]] and no [sandbox]: nobody could sign in");
    }
    let config = Config {
        listen,
        public_url,
        trusted_proxies: networks(&top, "trusted_proxies", &mut problems),
        tls,
        session,
        egress,
        sandbox,
        limits: Arc::new(limits),
        providers: providers.into_iter().map(Arc::new).collect(),
    };
    if problems.is_empty() { Ok(config) } else { Err(problems.into_sorted()) }
}

fn listen(top: &Section<'_, '_>, problems: &mut Problems<'_>) -> SocketAddr {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let Some(text) = top.text("listen") else { return usual };
    text.value.parse().unwrap_or_else(|_| {
        let message =
            format!("`{}` is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080", text.value);
        problems.add(&text.place, message);
        usual
    })
}

fn public_url(top: &Section<'_, '_>, listen: SocketAddr, tls: bool, problems: &mut Problems<'_>) -> String {
    let Some(text) = top.text("public_url") else {
        if !listen.ip().is_loopback() {
            problems.add(&top.place, "`public_url` is needed: what people type into the browser");
        }
        return format!("http{}://{listen}", if tls { "s" } else { "" });
    };
    let url = text.value.strip_suffix('/').unwrap_or(text.value);
    let mut wrong = |message: &str| problems.add(&text.place, message);
    let Some((scheme, authority)) = url.split_once("://") else {
        wrong("`public_url` begins with https:// (or http:// on this machine)");
        return url.into();
    };
    let parsed = url.parse::<http::Uri>().ok();
    let host = parsed.as_ref().and_then(http::Uri::host).unwrap_or_default();
    if host.is_empty() || authority.contains(['/', '?', '#', '@']) {
        wrong("`public_url` is a scheme and a host, with a port if it isn't the usual one, and nothing else");
    } else if scheme != scheme.to_lowercase() || authority != authority.to_lowercase() {
        wrong("`public_url` must be in small letters, as browsers send it");
    }
    let local = is_localhost(host) || literal(host).is_some_and(|ip| ip.is_loopback());
    match scheme {
        "https" => {}
        "http" if tls => wrong("with [tls], `public_url` begins with https://"),
        "http" if !local => {
            wrong("`http` is for this machine only: without encryption anybody on the way reads the password")
        }
        "http" if !listen.ip().is_loopback() => {
            wrong("`http` on a port that others can reach: listen on 127.0.0.1, or use https");
        }
        "http" => {}
        _ => wrong("`public_url` begins with https:// (or http:// on this machine)"),
    }
    if url.ends_with(":443") && scheme == "https" || url.ends_with(":80") && scheme == "http" {
        wrong("leave out the usual port: browsers do");
    }
    url.into()
}

fn server_tls(top: &Section<'_, '_>, folder: &Path, problems: &mut Problems<'_>) -> Option<ServerTls> {
    let section = top.section("tls", "[tls]", TLS, problems)?;
    let (cert, key) = (section.text("cert")?, section.text("key")?);
    let (cert_file, key_file) = (folder.join(cert.value), folder.join(key.value));
    let chain = certificates(&cert_file, &cert.place, problems);
    let private = match PrivateKeyDer::from_pem_file(&key_file) {
        Ok(private) => Some(private),
        Err(error) => {
            problems.add(&key.place, format!("no private key in {}: {error}", key_file.display()));
            None
        }
    };
    if let (false, Some(private)) = (chain.is_empty(), private) {
        let crypto = rustls::crypto::ring::default_provider();
        if let Err(error) = rustls::sign::CertifiedKey::from_der(chain, private, &crypto) {
            problems.add(&key.place, format!("certificate and key don't go together: {error}"));
        }
    }
    Some(ServerTls { cert: cert_file, key: key_file })
}

/// Every certificate of a PEM file; empty, and reported, if there is none.
pub fn certificates(file: &Path, place: &Place, problems: &mut Problems<'_>) -> Vec<CertificateDer<'static>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(list) if list.is_empty() => {
            problems.add(place, format!("no certificate (PEM) in {}", file.display()));
            list
        }
        Ok(list) => list,
        Err(error) => {
            problems.add(place, format!("can't read certificates from {}: {error}", file.display()));
            Vec::new()
        }
    }
}

fn session(top: &Section<'_, '_>, folder: &Path, problems: &mut Problems<'_>) -> SessionConfig {
    let usual = SessionConfig::default();
    let Some(section) = top.section("session", "[session]", SESSION, problems) else { return usual };
    let small = |key: &str, usual: u32| {
        section.number(key).and_then(|n| u32::try_from(n.value).ok()).unwrap_or(usual)
    };
    let key_file = section.text("key_file").map(|text| {
        let file = folder.join(text.value);
        if let Some(message) = unusable_key_file(&file) {
            problems.add(&text.place, message);
        }
        file
    });
    SessionConfig {
        key_file,
        idle_minutes: small("idle_minutes", usual.idle_minutes),
        max_days: small("max_days", usual.max_days),
    }
}

fn unusable_key_file(file: &PathBuf) -> Option<String> {
    if file.exists() {
        return fs::File::open(file).err().map(|e| format!("can't read {}: {e}", file.display()));
    }
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty())?;
    (!folder.is_dir())
        .then(|| format!("{} can't be made: there is no folder {}", file.display(), folder.display()))
}

fn egress(top: &Section<'_, '_>, problems: &mut Problems<'_>) -> EgressConfig {
    let usual = EgressConfig::default();
    let Some(section) = top.section("egress", "[egress]", EGRESS, problems) else { return usual };
    EgressConfig {
        allow_private: networks(&section, "allow_private", problems),
        allow_any_host: section.flag("allow_any_host").unwrap_or_default(),
        ports: section.ports("ports").unwrap_or_default(),
        images_private: networks(&section, "images_private", problems),
        image_ports: section.ports("image_ports").unwrap_or(usual.image_ports),
    }
}

fn networks(section: &Section<'_, '_>, key: &str, problems: &mut Problems<'_>) -> Vec<IpNet> {
    let mut list = Vec::new();
    for text in section.texts(key) {
        let network = text.value.parse::<IpNet>().ok();
        match network.or_else(|| text.value.parse::<IpAddr>().ok().map(IpNet::from)) {
            Some(network) => list.push(network),
            None => {
                problems.add(&text.place, format!("`{}` is not a network, such as 10.0.0.0/8", text.value))
            }
        }
    }
    list
}

fn limits(top: &Section<'_, '_>, problems: &mut Problems<'_>) -> Limits {
    let mut limits = Limits::default();
    // Its keys are in their own table, so the section is opened without one and judged here.
    let mut quiet = Problems::new("");
    let Some(section) = top.section("limits", "[limits]", &[], &mut quiet) else {
        if let Some((.., place)) = top.entries().find(|(name, ..)| *name == "limits") {
            problems.add(&place, "`limits` must be a section: [limits]");
        }
        return limits;
    };
    for (name, value, key_place, place) in section.entries() {
        match value {
            Some(n) if n > 0 => {
                if !limits.set(name, n) {
                    let known = Limits::TABLE.iter().map(|(known, ..)| *known);
                    let hint = did_you_mean(name, known)
                        .map(|k| format!("; did you mean `{k}`?"))
                        .unwrap_or_default();
                    problems.add(&key_place, format!("`{name}` is not a limit{hint}"));
                }
            }
            _ => problems.add(&place, format!("`{name}` must be a whole number above 0")),
        }
    }
    if limits.idle_renew_minutes > 29 {
        problems
            .add(&section.place, "`idle_renew_minutes` must be below 30: servers end IDLE then (RFC 2177)");
    }
    if limits.ws_frame_bytes > limits.ws_message_bytes {
        problems.add(&section.place, "`ws_frame_bytes` is above `ws_message_bytes`");
    }
    if limits.upload_bytes > limits.spool_bytes {
        problems.add(&section.place, "`upload_bytes` is above `spool_bytes`: no file of that size would fit");
    }
    limits
}

#[cfg(test)]
mod tests;
