//! From configuration to a listening server and gently back, with and without TLS.
use super::bench::{NOW, Script};
use crate::app::{Gateway, Running, StartError};
use crate::config::{Config, ServerTls};
use crate::http::Clock;
use crate::http::assets::Assets;
use crate::spool::Spools;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

async fn start(config: Config) -> Result<Running, StartError> {
    let spools = Spools::start(&config.limits);
    let assets = Assets::from_files([("index.html".to_owned(), "page".into())]);
    let clock = Clock::from_fn(|| NOW);
    Gateway::start_with(config.into(), assets, spools, Arc::new(Arc::new(Script::default())), clock).await
}

/// A browser's connection, not one of ours: egress has no say in it.
async fn dial(addr: SocketAddr) -> std::io::Result<TcpStream> {
    TcpSocket::new_v4()?.connect(addr).await
}

async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, host: &str) -> String {
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn certificate(dir: &Path) -> (ServerTls, rustls::pki_types::CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["mail.example.org".into()]).unwrap();
    let tls = ServerTls { cert: dir.join("cert.pem"), key: dir.join("key.pem") };
    std::fs::write(&tls.cert, made.cert.pem()).unwrap();
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    (tls, made.cert.der().clone())
}

#[tokio::test]
async fn starts_answers_and_stops() {
    let gateway = start(Config::for_tests(Vec::new())).await.unwrap();
    let addr = gateway.addr;
    assert_eq!(gateway.url, format!("http://127.0.0.1:{}", addr.port()), "the bound port in the place of 0");
    let answer = get(dial(addr).await.unwrap(), &addr.to_string()).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("page"), "{answer}");
    // A connection that is open and silent doesn't hold the end up.
    let mut idle = dial(addr).await.unwrap();
    gateway.stop().await;
    assert!(idle.read_u8().await.is_err());
    assert!(dial(addr).await.is_err());
}

#[tokio::test]
async fn serves_tls_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (tls, root) = certificate(dir.path());
    let mut config = Config::for_tests(Vec::new());
    config.public_url = "https://mail.example.org".into();
    config.tls = Some(tls);
    let gateway = start(config).await.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = dial(gateway.addr).await.unwrap();
    let name = "mail.example.org".try_into().unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, tcp).await.unwrap();
    let answer = get(stream, "mail.example.org").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security"), "{answer}");
    // Plain text at a TLS port gets nothing.
    let mut plain = dial(gateway.addr).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: mail.example.org\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).await.ok();
    assert!(!answer.starts_with(b"HTTP/"));
}

#[tokio::test]
async fn a_start_that_fails_says_why_and_leaves_nothing_listening() {
    let dir = tempfile::tempdir().unwrap();
    let change = |f: fn(&mut Config, &Path)| {
        let mut config = Config::for_tests(Vec::new());
        f(&mut config, dir.path());
        config
    };
    let missing = start(change(|config, dir| {
        config.tls = Some(ServerTls { cert: dir.join("none.pem"), key: dir.join("none.pem") });
    }));
    assert!(matches!(missing.await, Err(StartError::Tls(_))));
    let key = start(change(|config, dir| config.session.key_file = Some(dir.join("no/such/folder"))));
    assert!(matches!(key.await, Err(StartError::Key(_))));
    for url in
        ["ftp://mail.example.org", "mail.example.org", "https://mail.example.org/webmail", "https://a@b"]
    {
        let mut config = Config::for_tests(Vec::new());
        config.public_url = url.into();
        assert!(matches!(start(config).await, Err(StartError::Site(_))), "{url}");
    }
    let first = start(Config::for_tests(Vec::new())).await.unwrap();
    let mut second = Config::for_tests(Vec::new());
    second.listen = first.addr;
    assert!(matches!(start(second).await, Err(StartError::Listen(..))));
}
