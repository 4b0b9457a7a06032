//! The floor: a bare IMAP client over TLS that sends lines and reads until the tag, and keeps nothing.
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What the gateway asks for each row of a list.
pub const ROW: &str = "(UID FLAGS INTERNALDATE ENVELOPE BODYSTRUCTURE MODSEQ)";

/// Room for one read, bytes.
const READ: usize = 64 << 10;

pub struct Bare {
    stream: TlsStream<TcpStream>,
    /// Read and not yet looked at.
    buffer: Vec<u8>,
    tag: u32,
    /// Bytes of the protocol so far, both ways, before encryption.
    pub bytes: u64,
}

impl Bare {
    /// Connects to this TLS port of `localhost` and signs in, with the credentials in the first command (RFC 4959).
    pub async fn sign_in(port: u16, ca: &str, user: &str, password: &str) -> Self {
        let tcp = TcpStream::connect(("127.0.0.1", port)).await.expect("IMAP port");
        tcp.set_nodelay(true).expect("nodelay");
        let name = ServerName::try_from("localhost").expect("name");
        let stream = connector(ca).connect(name, tcp).await.expect("TLS");
        let mut bare = Self { stream, buffer: Vec::new(), tag: 0, bytes: 0 };
        bare.line().await;
        let secret = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("\0{user}\0{password}"),
        );
        bare.run(&format!("AUTHENTICATE PLAIN {secret}")).await;
        bare
    }

    /// Sends a command and returns everything up to and with its tagged OK.
    pub async fn run(&mut self, command: &str) -> Vec<u8> {
        self.run_all(&[command]).await
    }

    /// Sends commands in one write and reads until the last is answered.
    pub async fn run_all(&mut self, commands: &[&str]) -> Vec<u8> {
        let mut text = String::new();
        for command in commands {
            self.tag += 1;
            text.push_str(&format!("a{} {command}\r\n", self.tag));
        }
        self.write(&text).await;
        let last = format!("a{} ", self.tag);
        let mut all = Vec::new();
        loop {
            let line = self.line().await;
            all.extend_from_slice(&line);
            if line.starts_with(last.as_bytes()) {
                let said = String::from_utf8_lossy(&line);
                assert!(said.contains(" OK"), "{commands:?}: {said}");
                return all;
            }
        }
    }

    /// Enters IDLE; returns once the server waits (RFC 2177).
    pub async fn idle(&mut self) {
        self.tag += 1;
        self.write(&format!("a{} IDLE\r\n", self.tag)).await;
        self.line_with(b"+").await;
    }

    /// Reads until the server announces messages.
    pub async fn exists(&mut self) {
        loop {
            let line = self.line().await;
            if line.ends_with(b" EXISTS\r\n") {
                return;
            }
        }
    }

    async fn line_with(&mut self, start: &[u8]) {
        while !self.line().await.starts_with(start) {}
    }

    async fn write(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.stream.write_all(text.as_bytes()).await.expect("written");
        self.stream.flush().await.expect("written");
    }

    /// One line with the literals in it (RFC 9051 §4.3), up to and with its CRLF.
    async fn line(&mut self) -> Vec<u8> {
        let mut seen = 0;
        loop {
            if let Some(end) = line_end(&self.buffer, &mut seen) {
                self.bytes += end as u64;
                return self.buffer.drain(..end).collect();
            }
            self.buffer.reserve(READ);
            let n = self.stream.read_buf(&mut self.buffer).await.expect("read");
            assert!(n > 0, "the server closed: {}", String::from_utf8_lossy(&self.buffer));
        }
    }
}

/// End of the first whole line; `seen` is where its last physical line begins, so that literals are looked at once.
fn line_end(buffer: &[u8], seen: &mut usize) -> Option<usize> {
    loop {
        let rest = buffer.get(*seen..)?;
        let length = rest.windows(2).position(|w| w == b"\r\n")?;
        let line = rest.get(..length)?;
        match literal(line) {
            None => return Some(*seen + length + 2),
            Some(bytes) => *seen += length + 2 + bytes,
        }
    }
}

/// Octets of the literal that a line announces at its end.
fn literal(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}")?;
    let open = line.iter().rposition(|b| *b == b'{')?;
    std::str::from_utf8(line.get(open + 1..)?).ok()?.parse().ok()
}

fn connector(ca: &str) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    for cert in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots.add(cert.expect("a PEM certificate")).expect("a root");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_belong_to_their_line() {
        let whole = b"* 1 FETCH (BODY[] {4}\r\n\r\nx\r UID 7)\r\na1 OK\r\n";
        let first = whole.len() - b"a1 OK\r\n".len();
        for cut in 0..whole.len() {
            let mut seen = 0;
            let early = line_end(&whole[..cut], &mut seen);
            assert_eq!(early, (cut >= first).then_some(first), "cut at {cut}");
            assert_eq!(line_end(whole, &mut seen), Some(first), "going on after {cut}");
        }
        assert_eq!(literal(b"x {12}"), Some(12));
        assert_eq!(literal(b"x {a}"), None);
        assert_eq!(literal(b"{1} x"), None);
    }
}
