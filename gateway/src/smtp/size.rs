//! How large a message each server takes (SIZE, RFC 1870): asked once an hour, known before anything is uploaded.
use crate::config::Provider;
use crate::net::Net;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an answer is believed. What a server says while it takes a message counts in any case.
const FRESH: Duration = Duration::from_secs(3600);
/// Servers remembered; past it the one asked for longest ago is forgotten.
const MAX_SERVERS: usize = 256;

/// When a server was asked and what it said. Locked while it is being asked, so that many sign-ins ask once.
type Answer = Arc<tokio::sync::Mutex<Option<(Instant, Option<u64>)>>>;

/// What is known of all servers; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Sizes(Arc<Mutex<Vec<(String, Answer)>>>);

impl Sizes {
    /// Bytes of the largest message that the provider's server takes; `None` if it tells none or can't be asked.
    pub async fn ask(self, net: Net, provider: Arc<Provider>) -> Option<u64> {
        let answer = self.answer(&provider)?;
        let mut known = answer.lock().await;
        if let Some((_, size)) = known.filter(|(at, _)| at.elapsed() < FRESH) {
            return size;
        }
        match super::size_limit(&net, &provider).await {
            Ok(size) => {
                // RFC 1870 §4: zero stands for "no fixed maximum".
                let size = size.filter(|size| *size > 0);
                *known = Some((Instant::now(), size));
                size
            }
            Err(error) => {
                tracing::debug!(%error, "the sending server's SIZE is not known");
                None
            }
        }
    }

    fn answer(&self, provider: &Provider) -> Option<Answer> {
        let endpoint = provider.smtp.as_ref()?;
        let name = format!("{}:{}", endpoint.host, endpoint.port);
        let mut servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match servers.iter().position(|(known, _)| *known == name) {
            Some(at) => servers.remove(at),
            None => {
                servers.truncate(MAX_SERVERS - 1);
                (name, Answer::default())
            }
        };
        servers.insert(0, entry.clone());
        Some(entry.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Endpoint, LoginName, TlsMode};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    fn provider(port: u16) -> Arc<Provider> {
        Arc::new(Provider {
            name: "t".into(),
            domains: vec!["t".into()],
            login: LoginName::Address,
            extra_roots: Vec::new(),
            pins: Vec::new(),
            imap: None,
            pop3: None,
            smtp: Some(Endpoint { host: "127.0.0.1".into(), port, tls: TlsMode::None }),
        })
    }

    /// Serves one connection and is then gone.
    async fn one_server(size: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            drop(listener);
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 t\r\n").await.unwrap();
            let mut line = String::new();
            while stream.read_line(&mut line).await.is_ok_and(|n| n > 0) {
                let said = if line.starts_with("EHLO") {
                    format!("250-t\r\n250 {size}\r\n")
                } else {
                    "221 bye\r\n".into()
                };
                stream.write_all(said.as_bytes()).await.unwrap();
                line.clear();
            }
        });
        port
    }

    #[tokio::test]
    async fn a_server_is_asked_once_and_errors_are_not_remembered() {
        let sizes = Sizes::default();
        let provider = provider(one_server("SIZE 1000000").await);
        let ask = |provider: &Arc<Provider>| {
            sizes.clone().ask(Net::new(&Config::for_tests(vec![provider.clone()])), provider.clone())
        };
        let (one, two) = tokio::join!(ask(&provider), ask(&provider));
        assert_eq!((one, two), (Some(1_000_000), Some(1_000_000)));
        assert_eq!(ask(&provider).await, Some(1_000_000), "the server is gone, the answer stays");
        let none = self::provider(one_server("SIZE 0").await);
        assert_eq!(ask(&none).await, None);
        let gone = self::provider(1);
        assert_eq!(ask(&gone).await, None);
        assert!(sizes.answer(&gone).unwrap().lock().await.is_none());
        for port in 0..1_000 {
            sizes.answer(&self::provider(port));
        }
        assert_eq!(sizes.0.lock().unwrap().len(), MAX_SERVERS);
    }
}
