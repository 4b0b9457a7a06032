//! Sockets to requests: accept, TLS, hyper, and a gentle end.
use super::guard::Peer;
use crate::config::ServerTls;
use crate::config::limits::Limits;
use crate::metrics;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Connections at once, idle ones and WebSockets included; past it new ones wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 20_000;
/// Time for the head of a request, the wait for the next one on an open connection included.
const HEAD_TIME: Duration = Duration::from_secs(20);
/// Bytes of a request's head, and of hyper's buffer.
const HEAD_BYTES: usize = 32 << 10;
const HEAD_LINES: usize = 64;
/// Pause after a failed accept (out of file descriptors), so that it doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Error)]
pub enum TlsError {
    #[error("{0}: {1}")]
    Read(PathBuf, rustls::pki_types::pem::Error),
    #[error("certificate and key can't be used: {0}")]
    Pair(rustls::Error),
}

/// Certificate chain and key of the configuration, as a TLS 1.2/1.3 server that speaks HTTP/1.1.
pub fn acceptor(tls: &ServerTls) -> Result<TlsAcceptor, TlsError> {
    let cert = |e| TlsError::Read(tls.cert.clone(), e);
    let chain = CertificateDer::pem_file_iter(&tls.cert).map_err(cert)?.collect::<Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|e| TlsError::Read(tls.key.clone(), e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain.map_err(|e| rustls::Error::General(e.to_string()))?, key)
        })
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The accept loop and everything it started.
pub struct Server {
    accept: CancellationToken,
    wind_down: CancellationToken,
    abort: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    pub fn start(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, limits: &Limits) -> Self {
        let server = Self {
            accept: CancellationToken::new(),
            wind_down: CancellationToken::new(),
            abort: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let handshake = Limits::seconds(limits.tls_seconds);
        let acceptor = Acceptor {
            tls: tls.map(|tls| (tls, handshake)),
            router,
            wind_down: server.wind_down.clone(),
            abort: server.abort.clone(),
            tasks: server.tasks.clone(),
        };
        server.tasks.spawn(acceptor.run(listener, server.accept.clone()));
        server
    }

    /// The port is closed; open connections go on.
    pub fn stop_accepting(&self) {
        self.accept.cancel();
    }

    /// Lets answers under way finish, at most so long.
    pub async fn finish(&self, time: Duration) {
        self.accept.cancel();
        self.wind_down.cancel();
        self.tasks.close();
        if tokio::time::timeout(time, self.tasks.wait()).await.is_err() {
            self.abort.cancel();
            self.tasks.wait().await;
        }
    }
}

/// A gateway that is dropped doesn't go on serving.
impl Drop for Server {
    fn drop(&mut self) {
        self.accept.cancel();
        self.abort.cancel();
    }
}

#[derive(Clone)]
struct Acceptor {
    tls: Option<(TlsAcceptor, Duration)>,
    router: Router,
    wind_down: CancellationToken,
    abort: CancellationToken,
    tasks: TaskTracker,
}

impl Acceptor {
    async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let accepted = async {
                // The semaphore is never closed.
                let permit = room.clone().acquire_owned().await.ok();
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                _ = stop.cancelled() => return,
                accepted = accepted => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            // Answers are written whole; waiting to fill a segment only delays them.
            stream.set_nodelay(true).ok();
            let this = self.clone();
            self.tasks.spawn(async move {
                let open = ::metrics::gauge!(metrics::CONNECTIONS);
                open.increment(1.0);
                tokio::select! {
                    _ = this.abort.cancelled() => {}
                    _ = this.connection(stream, peer) => {}
                }
                open.decrement(1.0);
                drop(permit);
            });
        }
    }

    async fn connection(&self, stream: tokio::net::TcpStream, peer: SocketAddr) {
        let Some((tls, time)) = &self.tls else {
            return connection(stream, peer, self.router.clone(), self.wind_down.clone()).await;
        };
        match tokio::time::timeout(*time, tls.accept(stream)).await {
            Ok(Ok(stream)) => connection(stream, peer, self.router.clone(), self.wind_down.clone()).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        }
    }
}

/// Serves one connection until it ends or, between requests, until it is told to wind down.
pub async fn connection<IO>(io: IO, peer: SocketAddr, router: Router, wind_down: CancellationToken)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    builder.max_headers(HEAD_LINES).half_close(false);
    let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(io), service).with_upgrades());
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        _ = wind_down.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection");
    }
}
