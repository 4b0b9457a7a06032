//! Connections to mail servers: egress policy, TLS, and the strict STARTTLS preamble, in that order.
//!
//! Whoever gets a [`Connected`] gets a stream on which credentials may be written if `secure` is set, or if the
//! operator configured that very server as unencrypted.
mod error;
mod fetch;
pub mod record;
pub mod starttls;
mod stream;
pub mod tap;
pub mod tls;
pub mod wire;

use crate::config::limits::Limits;
use crate::config::{Config, Endpoint, Provider, TlsMode};
use crate::egress::special::is_special;
use crate::egress::{Egress, Purpose};
use crate::metrics;
pub use error::NetError;
pub use fetch::Fetched;
/// Which protocol is spoken; decides what the STARTTLS preamble looks like.
pub use pyeonji_shared::lab::report::Proto;
use starttls::Preamble;
use std::sync::Arc;
use std::time::Duration;
pub use stream::Stream;
use tap::{Shown, Tap};
use tls::TlsClients;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Wire;

/// A connection ready for its protocol engine.
#[derive(Debug)]
pub struct Connected {
    pub stream: Stream,
    /// The greeting was read before TLS and won't come again (STARTTLS).
    pub greeting_seen: bool,
    /// Encrypted, with the server's identity verified.
    pub secure: bool,
    /// Whoever passes bytes shows them here too.
    pub tap: Tap,
}

impl Connected {
    /// A stream that shows by itself what passes, for whoever needs no more than that.
    pub fn shown(self) -> Shown {
        Shown::new(self.stream, self.tap)
    }
}

/// Everything needed to connect; cheap to clone.
#[derive(Clone, Debug)]
pub struct Net {
    inner: Arc<Inner>,
    /// Where connections are recorded, and what those that are made from now on belong to.
    wire: Option<Wire>,
    cause: u32,
}

#[derive(Debug)]
struct Inner {
    egress: Egress,
    tls: TlsClients,
    limits: Arc<Limits>,
    own_name: String,
}

impl Net {
    /// Must run inside a tokio runtime when this machine has DNS configured.
    pub fn new(config: &Config) -> Self {
        let inner = Inner {
            egress: Egress::new(config),
            tls: TlsClients::new(config.providers.iter().map(Arc::as_ref)),
            limits: config.limits.clone(),
            own_name: own_name(&config.public_url),
        };
        Self { inner: Arc::new(inner), wire: None, cause: 0 }
    }

    /// The same, and what passes on its connections can be recorded.
    #[must_use]
    pub fn recorded(&self, wire: &Wire) -> Self {
        Self { wire: Some(wire.clone()), ..self.clone() }
    }

    /// Where its connections are recorded.
    pub fn wire(&self) -> Wire {
        self.wire.clone().unwrap_or_default()
    }

    /// The same, and its connections are made for this.
    #[must_use]
    pub fn caused_by(&self, cause: u32) -> Self {
        Self { cause, ..self.clone() }
    }

    /// The same for a request to the account.
    #[must_use]
    pub fn caused_by_ticket(&self, ticket: u64) -> Self {
        self.caused_by(self.wire.as_ref().map_or(0, |wire| wire.cause_of(ticket)))
    }

    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// What we call ourselves in EHLO: the host of `public_url`. Nothing about the reader (R15).
    pub fn own_name(&self) -> &str {
        &self.inner.own_name
    }

    /// Connects to one of the provider's servers, up to the point where credentials may be sent.
    ///
    /// # Errors
    /// Within the limits of `connect_seconds`, `tls_seconds` and `greeting_seconds`.
    pub async fn connect(
        &self,
        endpoint: &Endpoint,
        provider: &Provider,
        proto: Proto,
    ) -> Result<Connected, NetError> {
        let connected = self.try_connect(endpoint, provider, proto).await;
        if let Some(limit) = connected.as_ref().err().and_then(NetError::limit) {
            metrics::limit_hit(limit);
        }
        connected
    }

    async fn try_connect(
        &self,
        endpoint: &Endpoint,
        provider: &Provider,
        proto: Proto,
    ) -> Result<Connected, NetError> {
        let host = &endpoint.host;
        let mut tap = self.wire.as_ref().map_or_else(Tap::default, |w| Tap::fresh(w, proto, self.cause));
        let mut tcp = self.inner.egress.connect(host, endpoint.port, Purpose::Mail).await?;
        match endpoint.tls {
            TlsMode::None => {
                // `check` says so too, but a name can come to point elsewhere.
                let peer = tcp.peer_addr().map_err(|_| NetError::Closed)?;
                if !is_special(peer.ip()) {
                    let words = "unencrypted mail servers must be on this machine or in a private network";
                    return Err(NetError::Insecure(words.into()));
                }
                Ok(Connected { stream: Stream::Plain(tcp), greeting_seen: false, secure: false, tap })
            }
            TlsMode::Implicit => self.encrypt(provider, host, tcp, (false, tap)).await,
            TlsMode::StartTls => {
                let limits = &self.inner.limits;
                let line = usize::try_from(limits.imap_preauth_line_bytes).unwrap_or(usize::MAX);
                let total = usize::try_from(limits.imap_preauth_bytes).unwrap_or(usize::MAX);
                let preamble = Preamble::new(proto, &self.inner.own_name, line, total);
                let time = Duration::from_secs(limits.greeting_seconds);
                timeout(time, starttls::run(&mut tcp, preamble, &mut tap))
                    .await
                    .map_err(|_| NetError::GreetingTimeout)??;
                self.encrypt(provider, host, tcp, (true, tap)).await
            }
        }
    }

    async fn encrypt(
        &self,
        provider: &Provider,
        host: &str,
        tcp: TcpStream,
        (greeting_seen, tap): (bool, Tap),
    ) -> Result<Connected, NetError> {
        let time = Duration::from_secs(self.inner.limits.tls_seconds);
        let stream = self.inner.tls.connect(Some(provider), host, tcp, time).await?;
        Ok(Connected { stream: Stream::Tls(Box::new(stream)), greeting_seen, secure: true, tap })
    }
}

/// The host of an URL if it is a domain, else the address literal that names nobody (RFC 5321 §4.1.3).
fn own_name(public_url: &str) -> String {
    let authority = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let domain = host.contains('.')
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && crate::egress::literal(host).is_none();
    if domain { host.to_ascii_lowercase() } else { "[127.0.0.1]".into() }
}

#[cfg(test)]
mod tests;
