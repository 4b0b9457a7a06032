//! Connections to mail servers: egress policy, TLS, and the strict STARTTLS preamble, in that order.
//!
//! Whoever gets a [`Connected`] gets a stream on which credentials may be written if `secure` is set, or if the
//! operator configured that very server as unencrypted.
mod error;
mod stream;

use crate::config::{Config, Endpoint, Provider};
use crate::egress::Egress;
pub use error::NetError;
use std::sync::Arc;
pub use stream::Stream;

/// Which protocol is spoken; decides what the STARTTLS preamble looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proto {
    Imap,
    Smtp,
}

/// A connection ready for its protocol engine.
#[derive(Debug)]
pub struct Connected {
    pub stream: Stream,
    /// The greeting was read before TLS and won't come again (STARTTLS).
    pub greeting_seen: bool,
    /// Encrypted, with the server's identity verified.
    pub secure: bool,
}

/// Everything needed to connect; cheap to clone.
#[derive(Clone, Debug)]
pub struct Net {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    egress: Egress,
}

impl Net {
    pub fn new(config: &Config) -> Self {
        Self { inner: Arc::new(Inner { egress: Egress::new(config) }) }
    }

    /// Connects to one of the provider's servers, up to the point where credentials may be sent.
    ///
    /// # Errors
    /// Within the limits of `connect_seconds`, `tls_seconds` and `greeting_seconds`.
    pub async fn connect(
        &self,
        endpoint: &Endpoint,
        _provider: &Provider,
        _proto: Proto,
    ) -> Result<Connected, NetError> {
        let tcp = self.inner.egress.connect(&endpoint.host, endpoint.port).await?;
        Ok(Connected { stream: Stream::Plain(tcp), greeting_seen: false, secure: false })
    }
}

/// What [`Net::get`] fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// What the server calls it; not to be believed.
    pub mime: Option<String>,
    pub body: bytes::Bytes,
}

impl Net {
    /// Fetches a remote image: `http` or `https`, at most 3 redirects each judged anew, 10 s in all, at most
    /// `max_bytes`. Sends no cookie, no referrer and nothing about the reader.
    pub async fn get(&self, _url: &str, _max_bytes: u64) -> Result<Fetched, NetError> {
        Err(NetError::Unreachable)
    }
}
