//! What the operator decides: one TOML file, read once. Shapes only; reading and checking are in the files beside.
mod document;
mod keys;
pub mod limits;
mod presets;
mod provider;
mod read;
mod reference;

pub use document::Problem;
use ipnet::IpNet;
use limits::Limits;
pub(crate) use provider::host_name;
pub use read::{load, parse};
pub use reference::reference;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    /// Scheme and authority that the WebSocket's `Origin` must equal, without trailing slash.
    pub public_url: String,
    pub trusted_proxies: Vec<IpNet>,
    pub tls: Option<ServerTls>,
    pub session: SessionConfig,
    pub egress: EgressConfig,
    pub sandbox: SandboxConfig,
    pub limits: Arc<Limits>,
    pub providers: Vec<Arc<Provider>>,
}

#[derive(Clone, Debug)]
pub struct ServerTls {
    pub cert: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// `None`: a key for this run only (sandbox, tests).
    pub key_file: Option<PathBuf>,
    /// A sign-in unused for so long ends; also the absolute life of one on a shared computer.
    pub idle_minutes: u32,
    /// The absolute life of a sign-in on "my device".
    pub max_days: u32,
}

#[derive(Clone, Debug)]
pub struct EgressConfig {
    /// Special-purpose networks where mail servers may be dialled all the same.
    pub allow_private: Vec<IpNet>,
    /// Mail servers that no provider names may be dialled too (public addresses, mail ports).
    pub allow_any_host: bool,
    /// Ports that may be dialled in that case beside the usual ones of mail.
    pub ports: Vec<u16>,
    /// Special-purpose networks from which remote images may be fetched. Apart from `allow_private`, because
    /// image addresses are written by strangers.
    pub images_private: Vec<IpNet>,
    /// Ports from which remote images may be fetched; 0 stands for any.
    pub image_ports: Vec<u16>,
}

#[derive(Clone, Debug, Default)]
pub struct SandboxConfig {
    pub enabled: bool,
}

/// One mail provider: which domains, which servers.
#[derive(Clone, Debug)]
pub struct Provider {
    pub name: String,
    /// Lower-case; the part after `@` picks the provider. `*` matches any.
    pub domains: Vec<String>,
    pub login: LoginName,
    /// Extra root certificates, DER, read at start.
    pub extra_roots: Vec<rustls::pki_types::CertificateDer<'static>>,
    /// SHA-256 of a SubjectPublicKeyInfo that is accepted in place of a chain.
    pub pins: Vec<[u8; 32]>,
    pub imap: Option<Endpoint>,
    pub pop3: Option<Endpoint>,
    pub smtp: Option<Endpoint>,
}

impl Provider {
    /// What it wants as user name of an address.
    pub fn login_name(&self, address: &str) -> String {
        match self.login {
            LoginName::Address => address.to_owned(),
            LoginName::LocalPart => address.rsplit_once('@').map_or("", |(local, _)| local).to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginName {
    Address,
    LocalPart,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    Implicit,
    StartTls,
    /// Only for servers on this machine.
    None,
}

impl Config {
    /// The provider for an address, by the part after the last `@`.
    pub fn provider_for(&self, address: &str) -> Option<&Arc<Provider>> {
        let domain = address.rsplit_once('@')?.1.to_lowercase();
        let named = self.providers.iter().find(|p| p.domains.contains(&domain));
        named.or_else(|| self.providers.iter().find(|p| p.domains.iter().any(|d| d == "*")))
    }
}
