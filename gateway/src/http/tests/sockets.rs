//! The WebSocket's door and its limits (R19), over a pipe that hyper serves like any connection.
use super::bench::Bench;
use crate::http::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_util::sync::CancellationToken;

/// A connection to the gateway without a network.
fn connect(bench: &Bench) -> DuplexStream {
    let (near, far) = tokio::io::duplex(64 << 10);
    tokio::spawn(serve::connection(far, bench.peer, bench.router.clone(), CancellationToken::new()));
    near
}

async fn head(pipe: &mut DuplexStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(pipe.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

/// Asks for an upgrade with these lines beside the fixed ones; `None` values leave a line out.
async fn upgrade(bench: &Bench, lines: &[(&str, Option<&str>)]) -> (String, DuplexStream) {
    let mut pipe = connect(bench);
    let mut request = "GET /ws HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n".to_owned();
    request.push_str("sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    for (name, value) in lines {
        if let Some(value) = value {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    pipe.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
    (head(&mut pipe).await, pipe)
}

async fn open(bench: &Bench, cookie: &str) -> (String, DuplexStream) {
    let lines = [
        ("host", Some(bench.host.as_str())),
        ("origin", Some(bench.origin.as_str())),
        ("sec-websocket-protocol", Some("pyeonji.1")),
        ("cookie", Some(cookie)),
    ];
    upgrade(bench, &lines).await
}

/// A binary frame of the client, masked with zeros (RFC 6455 §5.2).
fn frame(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![u8::from(fin) << 7 | opcode];
    match payload.len() {
        len @ 0..=125 => out.push(0x80 | len as u8),
        len @ 126..=65_535 => {
            out.push(0x80 | 126);
            out.extend((len as u16).to_be_bytes());
        }
        len => {
            out.push(0x80 | 127);
            out.extend((len as u64).to_be_bytes());
        }
    }
    out.extend([0; 4]);
    out.extend(payload);
    out
}

#[tokio::test]
async fn r19_the_upgrade_needs_origin_cookie_and_subprotocol() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let own = (
        Some("mail.example.org"),
        Some("https://mail.example.org"),
        Some("pyeonji.1"),
        Some(cookie.as_str()),
    );
    let cases = [
        (own, "101"),
        ((Some("evil.example"), own.1, own.2, own.3), "421"),
        ((own.0, None, own.2, own.3), "403"),
        ((own.0, Some("https://evil.example"), own.2, own.3), "403"),
        ((own.0, Some("http://mail.example.org"), own.2, own.3), "403"),
        ((own.0, Some("https://mail.example.org.evil.example"), own.2, own.3), "403"),
        ((own.0, Some("null"), own.2, own.3), "403"),
        ((own.0, own.1, None, own.3), "400"),
        ((own.0, own.1, Some("pyeonji.2"), own.3), "400"),
        ((own.0, own.1, Some("chat, pyeonji.1"), own.3), "101"),
        ((own.0, own.1, own.2, None), "401"),
        ((own.0, own.1, own.2, Some("__Host-pyeonji=AAAA")), "401"),
        ((own.0, own.1, own.2, Some("pyeonji=AAAA")), "401"),
    ];
    let mut opened = 0;
    for ((host, origin, protocol, cookie), status) in cases {
        let lines =
            [("host", host), ("origin", origin), ("sec-websocket-protocol", protocol), ("cookie", cookie)];
        let (head, _pipe) = upgrade(&bench, &lines).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{lines:?}: {head}");
        assert!(head.contains("content-security-policy: default-src 'none'"), "R26: {head}");
        if status == "101" {
            assert!(head.contains("sec-websocket-protocol: pyeonji.1\r\n"), "{head}");
            assert!(!head.contains("sec-websocket-extensions"), "no compression: {head}");
            opened += 1;
        }
    }
    assert_eq!(opened, 2);
}

#[tokio::test]
async fn frames_and_messages_are_bounded_to_the_byte() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let (frame_limit, message_limit) = (256 << 10, 1 << 20);
    let quarter = vec![1; frame_limit];
    let four = |last: usize| {
        let mut out = frame(false, 2, &quarter);
        out.extend(frame(false, 0, &quarter));
        out.extend(frame(false, 0, &quarter));
        out.extend(frame(true, 0, &vec![1; last]));
        out
    };
    for (sent, echoed) in [
        (frame(true, 2, &vec![1; frame_limit]), Some(frame_limit)),
        (frame(true, 2, &vec![1; frame_limit + 1]), None),
        (four(frame_limit), Some(message_limit)),
        // 1 MiB and one byte, in frames that are each allowed.
        ([frame(false, 2, b"1"), four(frame_limit)[14..].to_vec()].concat(), None),
    ] {
        let (head, pipe) = open(&bench, &cookie).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        let (mut read, mut write) = tokio::io::split(pipe);
        let (len, sent_len) = (echoed, sent.len());
        // The gateway may hang up before all is written.
        let writer = tokio::spawn(async move { write.write_all(&sent).await.is_ok() });
        match len {
            Some(len) => {
                let mut start = [0; 10];
                read.read_exact(&mut start).await.unwrap();
                assert_eq!(start[..2], [0x82, 127], "one whole binary frame back");
                assert_eq!(u64::from_be_bytes(start[2..].try_into().unwrap()), len as u64);
            }
            None => {
                let mut answer = Vec::new();
                read.read_to_end(&mut answer).await.ok();
                assert!(answer.len() < 200, "{sent_len}: closed, not echoed ({} bytes)", answer.len());
            }
        }
        writer.abort();
    }
}

#[tokio::test]
async fn sockets_of_one_address_are_counted() {
    let mut bench = Bench::with("https://mail.example.org", |config| {
        let mut limits = (*config.limits).clone();
        limits.sockets_per_ip = 2;
        config.limits = limits.into();
    });
    let cookie = bench.cookie().await;
    let (first, one) = open(&bench, &cookie).await;
    let (second, _two) = open(&bench, &cookie).await;
    assert!(first.starts_with("HTTP/1.1 101") && second.starts_with("HTTP/1.1 101"));
    assert!(open(&bench, &cookie).await.0.starts_with("HTTP/1.1 429"));
    let elsewhere = std::mem::replace(&mut bench.peer, "198.51.100.9:1".parse().unwrap());
    assert!(open(&bench, &cookie).await.0.starts_with("HTTP/1.1 101"), "another address has its own count");
    bench.peer = elsewhere;
    drop(one);
    // The place is given back once the gateway has seen the end.
    loop {
        if open(&bench, &cookie).await.0.starts_with("HTTP/1.1 101") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_used_cookie_is_sealed_anew_with_the_same_end() {
    let bench = Bench::with("https://mail.example.org", |config| config.session.idle_minutes = 60);
    let cookie = bench.cookie().await;
    assert!(!open(&bench, &cookie).await.0.contains("set-cookie"), "fresh enough");
    bench.advance(3_000);
    let (head, _pipe) = open(&bench, &cookie).await;
    let line = head.lines().find(|l| l.starts_with("set-cookie: ")).expect("sealed anew");
    let renewed = line["set-cookie: ".len()..].split(';').next().unwrap().to_owned();
    bench.advance(3_000);
    assert!(open(&bench, &cookie).await.0.starts_with("HTTP/1.1 401"), "the old one lay idle too long");
    assert!(open(&bench, &renewed).await.0.starts_with("HTTP/1.1 101"));
    bench.advance(12 * 3600 - 6_000 - 1);
    let ask = |cookie: String| async { bench.send(bench.get("/ws").header("cookie", cookie)).await.status };
    assert_eq!(ask(renewed.clone()).await, 401, "idle again; renewing never moves the absolute end");
}

#[tokio::test]
async fn a_draining_gateway_takes_no_new_sockets() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    bench.app.draining.cancel();
    assert!(open(&bench, &cookie).await.0.starts_with("HTTP/1.1 503"));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_is_given_up() {
    let bench = Bench::new();
    let mut pipe = connect(&bench);
    pipe.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    let mut rest = Vec::new();
    // Ends only because the gateway closes; the clock runs by itself while everything waits.
    pipe.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{rest:?}");
}
