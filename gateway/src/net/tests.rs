//! Connections to real listeners on loopback: TLS, its errors, pins, STARTTLS, and image fetches.
use super::*;
use crate::config::LoginName;
use pyeonji_shared::error::{ApiError, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

struct Identity {
    certificate: CertificateDer<'static>,
    acceptor: TlsAcceptor,
}

fn identity(params: &CertificateParams, ca: Option<&Issuer<'_, KeyPair>>) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = match ca {
        Some(ca) => params.signed_by(&key, ca).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let certificate = certificate.der().clone();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], private)
        .unwrap();
    Identity { certificate, acceptor: TlsAcceptor::from(Arc::new(config)) }
}

fn leaf(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_string()]).unwrap()
}

fn authority() -> (Issuer<'static, KeyPair>, CertificateDer<'static>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap().der().clone();
    (Issuer::new(params, key), root)
}

/// A TLS server on loopback that greets and then echoes; tells whether each handshake was a resumed one.
async fn serve(acceptor: TlsAcceptor) -> (u16, mpsc::Receiver<Option<rustls::HandshakeKind>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, tell) = (acceptor.clone(), tell.clone());
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(tcp).await else { return };
                let _ = tell.send(tls.get_ref().1.handshake_kind()).await;
                let _ = tls.write_all(b"hello").await;
                let mut rest = [0; 64];
                while matches!(tls.read(&mut rest).await, Ok(n) if n > 0) {}
            });
        }
    });
    (port, told)
}

fn provider(port: u16, tls: TlsMode, host: &str) -> Provider {
    Provider {
        name: "Test".into(),
        domains: vec!["test".into()],
        login: LoginName::Address,
        extra_roots: Vec::new(),
        pins: Vec::new(),
        imap: Some(Endpoint { host: host.into(), port, tls }),
        pop3: None,
        smtp: None,
    }
}

async fn connect(provider: Provider) -> Result<Connected, NetError> {
    let provider = Arc::new(provider);
    let net = Net::new(&Config::for_tests(vec![provider.clone()]));
    net.connect(provider.imap.as_ref().unwrap(), &provider, Proto::Imap).await
}

fn kind(error: NetError) -> ErrorKind {
    ApiError::from(error).kind
}

#[tokio::test]
async fn r17_names_and_chains_are_verified() {
    let (ca, root) = authority();
    let (port, _told) = serve(identity(&leaf("localhost"), Some(&ca)).acceptor).await;
    let with_ca =
        |host: &str| Provider { extra_roots: vec![root.clone()], ..provider(port, TlsMode::Implicit, host) };
    let mut connected = connect(with_ca("localhost")).await.unwrap();
    assert!(connected.secure && !connected.greeting_seen);
    let mut hello = [0; 5];
    connected.stream.read_exact(&mut hello).await.unwrap();
    assert_eq!(&hello, b"hello");
    let error = connect(with_ca("127.0.0.1")).await.unwrap_err();
    let NetError::CertificateName { host, names } = &error else { panic!("{error:?}") };
    assert_eq!((host.as_str(), names.as_str()), ("127.0.0.1", "localhost"));
    let error = connect(provider(port, TlsMode::Implicit, "localhost")).await.unwrap_err();
    assert_eq!(kind(error), ErrorKind::CertificateUntrusted);
}

#[tokio::test]
async fn r17_expired_certificates() {
    let (ca, root) = authority();
    for (from, to) in [(2000, 2001), (2400, 2401)] {
        let mut params = leaf("localhost");
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let (port, _told) = serve(identity(&params, Some(&ca)).acceptor).await;
        let provider =
            Provider { extra_roots: vec![root.clone()], ..provider(port, TlsMode::Implicit, "localhost") };
        assert_eq!(kind(connect(provider).await.unwrap_err()), ErrorKind::CertificateExpired);
    }
}

#[tokio::test]
async fn r17_a_pin_takes_the_place_of_the_chain_but_only_for_that_key() {
    // What `openssl req -x509` makes: CA:TRUE, signed by itself.
    let mut params = leaf("elsewhere.test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let server = identity(&params, None);
    let (port, _told) = serve(server.acceptor.clone()).await;
    let plain = provider(port, TlsMode::Implicit, "localhost");
    let error = connect(plain.clone()).await.unwrap_err();
    let NetError::CertificateIsCa { pin } = &error else { panic!("{error:?}") };
    let told = tls::parse_pin(pin).unwrap();
    assert_eq!(Some(told), tls::pin_of(&server.certificate));
    assert!(ApiError::from(error.clone()).detail.contains(pin.as_str()));
    assert!(connect(Provider { pins: vec![told], ..plain.clone() }).await.is_ok());
    assert!(connect(Provider { pins: vec![[7; 32]], ..plain.clone() }).await.is_err());
    // Trusting it as a root doesn't make a CA a server.
    let as_root = Provider { extra_roots: vec![server.certificate], ..plain };
    assert_eq!(kind(connect(as_root).await.unwrap_err()), ErrorKind::CertificateIsCa);

    let leaf = identity(&leaf("localhost"), None);
    let (port, _told) = serve(leaf.acceptor).await;
    let error = connect(provider(port, TlsMode::Implicit, "localhost")).await.unwrap_err();
    let NetError::CertificateUntrusted { pin } = error else { panic!() };
    assert!(pin.starts_with("sha256/"));
}

#[tokio::test]
async fn the_second_handshake_is_resumed() {
    let (ca, root) = authority();
    let (port, mut told) = serve(identity(&leaf("localhost"), Some(&ca)).acceptor).await;
    let provider =
        Arc::new(Provider { extra_roots: vec![root], ..provider(port, TlsMode::Implicit, "localhost") });
    let net = Net::new(&Config::for_tests(vec![provider.clone()]));
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let endpoint = provider.imap.as_ref().unwrap();
        let mut connected = net.connect(endpoint, &provider, Proto::Imap).await.unwrap();
        // Tickets come with the first data.
        connected.stream.read_exact(&mut [0; 5]).await.unwrap();
        kinds.push(told.recv().await.unwrap());
    }
    assert_eq!(kinds, [Some(rustls::HandshakeKind::Full), Some(rustls::HandshakeKind::Resumed)]);
}

/// A server that greets, answers STARTTLS as scripted, and encrypts if it said OK.
async fn serve_starttls(acceptor: TlsAcceptor, go: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n").await.unwrap();
        let mut command = [0; 13];
        tcp.read_exact(&mut command).await.unwrap();
        assert_eq!(&command, b"S2 STARTTLS\r\n");
        tcp.write_all(go.as_bytes()).await.unwrap();
        if let Ok(mut tls) = acceptor.accept(tcp).await {
            let _ = tls.write_all(b"hello").await;
            let _ = tls.read(&mut [0; 1]).await;
        }
    });
    port
}

#[tokio::test]
async fn r16_starttls_end_to_end() {
    let (ca, root) = authority();
    let server = identity(&leaf("localhost"), Some(&ca));
    let trusted =
        |port| Provider { extra_roots: vec![root.clone()], ..provider(port, TlsMode::StartTls, "localhost") };
    let port = serve_starttls(server.acceptor.clone(), "S2 OK go\r\n").await;
    let mut connected = connect(trusted(port)).await.unwrap();
    assert!(connected.secure && connected.greeting_seen);
    let mut hello = [0; 5];
    connected.stream.read_exact(&mut hello).await.unwrap();
    assert_eq!(&hello, b"hello");
    for (go, expected) in [
        ("S2 OK go\r\n* OK [ALERT] pay here\r\n", ErrorKind::InsecureServer),
        ("S2 NO never\r\n", ErrorKind::InsecureServer),
        ("* BYE\r\n", ErrorKind::Refused),
    ] {
        let port = serve_starttls(server.acceptor.clone(), go).await;
        assert_eq!(kind(connect(trusted(port)).await.unwrap_err()), expected, "{go:?}");
    }
}

#[tokio::test]
async fn servers_that_are_not_there_or_speak_something_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(b"* OK IMAP in clear\r\n").await.unwrap();
        let _ = tcp.read(&mut [0; 1024]).await;
    };
    let (result, ()) = tokio::join!(connect(provider(port, TlsMode::Implicit, "localhost")), answer);
    assert_eq!(result.unwrap_err(), NetError::Tls("the server doesn't speak TLS on this port".into()));
    drop(listener);
    let error = connect(provider(port, TlsMode::Implicit, "localhost")).await.unwrap_err();
    assert_eq!(kind(error), ErrorKind::ServerDown);
}

/// Answers each request with the next of the given responses; tells what was asked.
async fn serve_http(responses: Vec<String>) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, asked) = mpsc::channel(8);
    tokio::spawn(async move {
        for response in responses {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 2048];
            let n = tcp.read(&mut request).await.unwrap();
            tell.send(String::from_utf8_lossy(&request[..n]).into_owned()).await.unwrap();
            tcp.write_all(response.replace("PORT", &port.to_string()).as_bytes()).await.unwrap();
        }
    });
    (port, asked)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn images_are_fetched_without_saying_who_reads() {
    let moved =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:PORT/b\r\nContent-Length: 0\r\n\r\n".to_string();
    let (port, mut asked) = serve_http(vec![moved, ok("12345")]).await;
    let net = Net::new(&Config::for_tests(Vec::new()));
    let fetched = net.get(&format!("http://127.0.0.1:{port}/a?x=1"), 5).await.unwrap();
    assert_eq!((fetched.mime.as_deref(), &fetched.body[..]), (Some("image/png"), &b"12345"[..]));
    let first = asked.recv().await.unwrap().to_lowercase();
    assert!(first.starts_with("get /a?x=1 http/1.1\r\n"));
    for header in ["cookie", "referer", "authorization", "x-forwarded-for", "origin"] {
        assert!(!first.contains(header), "{first}");
    }
    assert!(asked.recv().await.unwrap().starts_with("GET /b "));
}

#[tokio::test]
async fn image_bounds() {
    let net = Net::new(&Config::for_tests(Vec::new()));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n0\r\n\r\n".to_string();
    for response in [ok("123456"), chunked] {
        let (port, _asked) = serve_http(vec![response]).await;
        let error = net.get(&format!("http://127.0.0.1:{port}/"), 5).await.unwrap_err();
        assert_eq!(error, NetError::TooBig);
    }
    let around = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_string();
    let (port, mut asked) = serve_http(vec![around; 6]).await;
    let error = net.get(&format!("http://127.0.0.1:{port}/"), 5).await.unwrap_err();
    assert!(matches!(error, NetError::Refused(_)));
    asked.close();
    let mut requests = 0;
    while asked.recv().await.is_some() {
        requests += 1;
    }
    assert_eq!(requests, 4);
}

#[tokio::test]
async fn r18_redirects_are_judged_again() {
    let inside = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let target = inside.local_addr().unwrap();
    let to = format!("HTTP/1.1 302 Found\r\nLocation: http://{target}/\r\nContent-Length: 0\r\n\r\n");
    let (port, _asked) = serve_http(vec![to]).await;
    let mut config = Config::for_tests(Vec::new());
    config.egress.images_private = vec!["127.0.0.1/32".parse().unwrap()];
    let error = Net::new(&config).get(&format!("http://127.0.0.1:{port}/"), 5).await.unwrap_err();
    assert_eq!(error, NetError::Unreachable);
    // Nobody knocked at the address inside.
    let knock = std::future::poll_fn(|cx| std::task::Poll::Ready(inside.poll_accept(cx).is_ready())).await;
    assert!(!knock);
}

#[test]
fn own_names() {
    for (url, expected) in [
        ("https://Mail.example.org", "mail.example.org"),
        ("https://mail.example.org:8443", "mail.example.org"),
        ("http://127.0.0.1:8080", "[127.0.0.1]"),
        ("http://[::1]:8080", "[127.0.0.1]"),
        ("http://localhost:8080", "[127.0.0.1]"),
    ] {
        assert_eq!(own_name(url), expected, "{url}");
    }
}
