//! Delivers a message straight to the mail server (LMTP, RFC 2033), so that the moment of its arrival is known.
use std::time::SystemTime;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Hands in a message without lines that begin with a dot; the moment when the server took it.
pub async fn deliver(port: u16, from: &str, to: &str, message: &str) -> SystemTime {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.expect("LMTP port"));
    expect(&mut stream, "220").await;
    let envelope = [
        ("LHLO bench", "250"),
        (&format!("MAIL FROM:<{from}>"), "250"),
        (&format!("RCPT TO:<{to}>"), "250"),
        ("DATA", "354"),
    ];
    for (command, code) in envelope {
        stream.write_all(format!("{command}\r\n").as_bytes()).await.expect("written");
        expect(&mut stream, code).await;
    }
    stream.write_all(format!("{message}.\r\n").as_bytes()).await.expect("written");
    expect(&mut stream, "250").await;
    SystemTime::now()
}

async fn expect(stream: &mut BufReader<TcpStream>, code: &str) {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await.expect("read");
        if line.as_bytes().get(3) != Some(&b'-') {
            break;
        }
    }
    assert!(line.starts_with(code), "LMTP: {line}");
}
