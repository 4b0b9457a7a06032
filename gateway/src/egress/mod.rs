//! The only place that opens TCP connections, and the policy by which it does (R18, invariant 6).
//!
//! A name is resolved once, every address it has is judged, and the connection goes to a judged address: no
//! second look-up in between, so a name that changes its mind (DNS rebinding) gains nothing.
mod policy;
mod resolve;
pub mod special;

use crate::config::Config;
use crate::net::NetError;
use futures_util::stream::{FuturesUnordered, StreamExt};
use policy::Policy;
pub use policy::{MAIL_PORTS, Purpose};
use resolve::Resolver;
pub use resolve::{is_localhost, literal};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Head start of each address over the next one (RFC 8305 §5).
const STAGGER: Duration = Duration::from_millis(250);
/// Addresses tried of one name.
const MAX_TRIED: usize = 6;

#[derive(Debug)]
pub struct Egress {
    policy: Policy,
    resolver: Resolver,
    time: Duration,
}

impl Egress {
    pub fn new(config: &Config) -> Self {
        let time = Duration::from_secs(config.limits.connect_seconds);
        Self { policy: Policy::new(config), resolver: Resolver::system(), time }
    }

    /// Opens a connection if the policy permits it; look-up and connection share `connect_seconds`.
    ///
    /// # Errors
    /// [`NetError::Unreachable`] for every cause but time, so that the policy can't be probed; for a configured
    /// server the cause is logged.
    pub async fn connect(&self, host: &str, port: u16, purpose: Purpose) -> Result<TcpStream, NetError> {
        if !self.policy.admits(host, port, purpose) {
            return Err(NetError::Unreachable);
        }
        match timeout(self.time, self.resolve_and_connect(host, port, purpose)).await {
            Ok(result) => result,
            Err(_) => Err(NetError::ConnectTimeout),
        }
    }

    async fn resolve_and_connect(
        &self,
        host: &str,
        port: u16,
        purpose: Purpose,
    ) -> Result<TcpStream, NetError> {
        let mut addresses = self.resolver.lookup(host, purpose).await;
        if is_localhost(host) {
            // Both families are this machine by definition; the operator may have allowed only one.
            addresses.retain(|&ip| self.policy.allows(ip, purpose));
        }
        let Some(judged) = self.policy.judge(&addresses, purpose) else {
            if self.policy.is_configured(host, port) {
                let found = addresses.len();
                tracing::warn!(
                    host,
                    port,
                    found,
                    "not dialled: no address, or one that [egress] doesn't allow"
                );
            }
            return Err(NetError::Unreachable);
        };
        let stream = race(interleave(judged), port).await.ok_or(NetError::Unreachable)?;
        // Commands are small and latency counts: no Nagle.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

/// IPv6 and IPv4 by turns (RFC 8305 §4).
fn interleave(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let (six, four): (Vec<IpAddr>, Vec<IpAddr>) = addresses.into_iter().partition(IpAddr::is_ipv6);
    let (mut six, mut four) = (six.into_iter(), four.into_iter());
    let mut mixed = Vec::new();
    loop {
        let pair = [six.next(), four.next()];
        if pair == [None, None] {
            mixed.truncate(MAX_TRIED);
            return mixed;
        }
        mixed.extend(pair.into_iter().flatten());
    }
}

/// The first address that answers; each starts a little after the one before it, or at once when that failed.
async fn race(addresses: Vec<IpAddr>, port: u16) -> Option<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    loop {
        if let Some(ip) = waiting.next() {
            running.push(TcpStream::connect(SocketAddr::new(ip, port)));
        } else if running.is_empty() {
            return None;
        }
        let more = waiting.len() > 0;
        tokio::select! {
            Some(result) = running.next() => {
                if let Ok(stream) = result {
                    return Some(stream);
                }
            }
            () = sleep(STAGGER), if more => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::net::Ipv4Addr;
    use tokio::net::TcpListener;

    fn open_mode(table: HashMap<&'static str, Vec<IpAddr>>, port: u16) -> Egress {
        let mut config = Config::for_tests(Vec::new());
        config.egress.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
        config.egress.allow_any_host = true;
        config.egress.ports = vec![port];
        Egress { resolver: Resolver::Table(table), ..Egress::new(&config) }
    }

    #[tokio::test]
    async fn r18_connects_to_the_judged_address_only() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let v4: IpAddr = Ipv4Addr::LOCALHOST.into();
        let table = HashMap::from([
            ("good.test", vec![v4]),
            ("mapped.test", vec!["::ffff:127.0.0.1".parse().unwrap()]),
            ("mixed.test", vec![v4, "10.0.0.1".parse().unwrap()]),
            ("metadata.test", vec!["169.254.169.254".parse().unwrap()]),
        ]);
        let egress = open_mode(table, port);
        for host in ["good.test", "mapped.test", "127.0.0.1", "localhost", "imap.localhost"] {
            let stream = egress.connect(host, port, Purpose::Mail).await;
            assert!(stream.is_ok(), "{host}: {stream:?}");
        }
        let mut texts = Vec::new();
        for host in ["mixed.test", "metadata.test", "nosuch.test", "[::1]", "10.0.0.1"] {
            let error = egress.connect(host, port, Purpose::Mail).await.unwrap_err();
            texts.push(error.to_string());
        }
        // A port that isn't allowed reads the same as a host that doesn't exist.
        texts.push(egress.connect("good.test", 22, Purpose::Mail).await.unwrap_err().to_string());
        texts.dedup();
        assert_eq!(texts, ["the server can't be reached"]);
    }

    #[tokio::test]
    async fn a_refused_address_gives_way_to_the_next() {
        let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let list = vec!["127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap()];
        let egress = open_mode(HashMap::from([("two.test", list)]), port);
        let stream = egress.connect("two.test", port, Purpose::Mail).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    }

    #[test]
    fn families_take_turns() {
        let list = ["1.1.1.1", "1.1.1.2", "2606::1", "2606::2", "2606::3"];
        let mixed = interleave(list.iter().map(|ip| ip.parse().unwrap()).collect());
        let text: Vec<String> = mixed.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["2606::1", "1.1.1.1", "2606::2", "1.1.1.2", "2606::3"]);
    }
}
