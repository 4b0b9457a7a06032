//! Ready-made configurations: the demo on this machine, and tests.
use super::{Config, EgressConfig, Provider, SandboxConfig, SessionConfig};
use ipnet::IpNet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

impl Config {
    /// Loopback only, a key for this run only, the embedded sandbox as the mail server. Whoever starts the
    /// sandbox adds its providers to `providers`.
    pub fn demo(port: u16) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            public_url: format!("http://127.0.0.1:{port}"),
            trusted_proxies: Vec::new(),
            tls: None,
            session: SessionConfig::default(),
            egress: EgressConfig { allow_private: loopback(), ..EgressConfig::default() },
            sandbox: SandboxConfig { enabled: true },
            limits: Arc::default(),
            providers: Vec::new(),
        }
    }

    /// A free loopback port (`public_url` carries port 0 as well: the gateway puts the bound one in its place),
    /// the given providers, images from loopback on any port.
    pub fn for_tests(providers: Vec<Arc<Provider>>) -> Self {
        let mut config = Self::demo(0);
        config.sandbox.enabled = false;
        config.providers = providers;
        config.egress.images_private = loopback();
        config.egress.image_ports = vec![0];
        config
    }
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self { key_file: None, idle_minutes: 12 * 60, max_days: 7 }
    }
}

impl Default for EgressConfig {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            allow_any_host: false,
            ports: Vec::new(),
            images_private: Vec::new(),
            image_ports: vec![80, 443],
        }
    }
}

fn loopback() -> Vec<IpNet> {
    let v4 = IpNet::new_assert(Ipv4Addr::new(127, 0, 0, 0).into(), 8);
    let v6 = IpNet::new_assert(Ipv6Addr::LOCALHOST.into(), 128);
    vec![v4, v6]
}
