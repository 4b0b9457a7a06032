//! The sandbox: an embedded mail provider in memory, so that the demo and the tests need no mail server.
//!
//! Two domains, two accounts, IMAP, POP3 and SMTP on loopback, believable seeded mail. The protocol servers
//! ([`imap::session`], [`pop3::session`], [`smtp`]) are pure: bytes in, bytes out; [`serve`] joins them to sockets. One [`world::World`]
//! holds everything, bounded by [`limit::Bounds`]. Nothing is written to disk, nothing leaves the machine (R44).
pub mod clock;
pub mod date;
pub mod flags;
pub mod imap;
pub mod limit;
pub mod message;
pub mod mime;
pub mod pop3;
#[cfg(test)]
mod python_tests;
mod seed;
mod serve;
pub mod smtp;
pub mod store;
pub mod transit;
pub mod world;

use crate::config::{Endpoint, LoginName, Provider, TlsMode};
use clock::Clock;
use limit::Bounds;
pub use pop3::maildrop::Pop3Options;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
pub use world::{AccountOptions, World};

/// How a world is made.
#[derive(Clone)]
pub struct Options {
    pub accounts: Vec<AccountOptions>,
    pub bounds: Bounds,
    /// Seeded mail is dated relative to its time at start.
    pub clock: Clock,
    /// How long mail takes from one account to another.
    pub hop: Duration,
    /// Whether the accounts start with mail.
    pub seeded: bool,
    /// Messages of the large folder.
    pub large_folder: u32,
    /// Loopback ports; 0 takes a free one.
    pub imap_port: u16,
    pub pop3_port: u16,
    pub smtp_port: u16,
}

impl Default for Options {
    fn default() -> Self {
        let account = |name: &str, address: &str, password: &str| AccountOptions {
            name: name.into(),
            address: address.into(),
            password: password.into(),
        };
        Self {
            accounts: vec![
                account("Ada Kim", "ada@blue.test", "blue-lantern-42"),
                account("Bora Lee", "bora@green.test", "green-river-17"),
            ],
            bounds: Bounds::default(),
            clock: Clock::System,
            hop: Duration::from_millis(20),
            seeded: true,
            large_folder: 8_000,
            imap_port: 0,
            pop3_port: 0,
            smtp_port: 0,
        }
    }
}

/// Loopback ports; 0 takes a free one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    pub imap: u16,
    pub pop3: u16,
    pub smtp: u16,
}

/// The sandbox can't listen.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox can't listen on loopback: {0}")]
pub struct StartError(#[from] std::io::Error);

pub struct Sandbox;

impl Sandbox {
    /// Listens on loopback and serves until stopped or dropped.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let Options { imap_port: imap, pop3_port: pop3, smtp_port: smtp, .. } = options;
        let accounts = options.accounts.clone();
        let world = Arc::new(World::new(options.accounts, options.bounds, options.clock));
        if options.seeded {
            seed::fill(&world, options.large_folder);
        }
        Self::serve(world, accounts, options.hop, Ports { imap, pop3, smtp }).await
    }

    /// The same for a world that is there already, with accounts of these names.
    pub async fn serve(
        world: Arc<World>,
        accounts: Vec<AccountOptions>,
        hop: Duration,
        ports: Ports,
    ) -> Result<Running, StartError> {
        let listen = async |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let imap = listen(ports.imap).await?;
        let pop3 = listen(ports.pop3).await?;
        let smtp = listen(ports.smtp).await?;
        let [imap_addr, pop3_addr, smtp_addr] = [imap.local_addr()?, pop3.local_addr()?, smtp.local_addr()?];
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let transit = transit::start(world.clone(), hop, &stop, &tasks);
        serve::imap(imap, world.clone(), stop.clone(), tasks.clone());
        serve::pop3(pop3, world.clone(), stop.clone(), tasks.clone());
        serve::smtp(smtp, world.clone(), transit, stop.clone(), tasks.clone());
        Ok(Running { imap: imap_addr, pop3: pop3_addr, smtp: smtp_addr, accounts, world, stop, tasks })
    }
}

/// A sandbox that serves. Dropping it ends every connection.
pub struct Running {
    pub imap: SocketAddr,
    pub pop3: SocketAddr,
    pub smtp: SocketAddr,
    pub accounts: Vec<AccountOptions>,
    /// For tests that look behind the protocols.
    pub world: Arc<World>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// One provider for each domain, both on this sandbox, without TLS: it never leaves the machine.
    pub fn providers(&self) -> Vec<Provider> {
        let domain = |a: &AccountOptions| a.address.rsplit_once('@').map(|(_, d)| d.to_owned());
        let mut domains: Vec<String> = self.accounts.iter().filter_map(domain).collect();
        domains.dedup();
        let endpoint = |addr: SocketAddr| {
            Some(Endpoint { host: addr.ip().to_string(), port: addr.port(), tls: TlsMode::None })
        };
        let provider = |domain: String| Provider {
            name: domain.clone(),
            domains: vec![domain],
            login: LoginName::Address,
            extra_roots: Vec::new(),
            pins: Vec::new(),
            imap: endpoint(self.imap),
            pop3: endpoint(self.pop3),
            smtp: endpoint(self.smtp),
        };
        domains.into_iter().map(provider).collect()
    }

    /// Ends every connection and waits until they are gone.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
