//! The floor: a bare POP3 client in clear that pipelines RETR, undoes the dots and writes each message to a file, which is on disk before the next.
use base64::Engine;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Commands sent before the first of them is answered (RFC 2449 §6.6).
const AHEAD: u32 = 32;
const READ: usize = 256 << 10;

pub struct Collected {
    pub messages: u32,
    /// Octets of all sources.
    pub octets: u64,
    pub took: Duration,
}

struct Bare {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl Bare {
    async fn sign_in(port: u16, user: &str, password: &str) -> Self {
        let tcp = TcpStream::connect(("127.0.0.1", port)).await.expect("POP3 port");
        tcp.set_nodelay(true).expect("nodelay");
        let (read, write) = tcp.into_split();
        let mut bare = Self { read: BufReader::with_capacity(READ, read), write };
        bare.ok().await;
        let secret = format!("\0{user}\0{password}");
        let secret = base64::engine::general_purpose::STANDARD.encode(secret);
        bare.send(&format!("AUTH PLAIN {secret}\r\n")).await;
        bare.ok().await;
        bare
    }

    async fn send(&mut self, text: &str) {
        self.write.write_all(text.as_bytes()).await.expect("written");
    }

    async fn ok(&mut self) -> Vec<u8> {
        let line = self.line().await;
        assert!(line.starts_with(b"+OK"), "{}", String::from_utf8_lossy(&line));
        line
    }

    async fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        let n = self.read.read_until(b'\n', &mut line).await.expect("read");
        assert!(n > 0, "the server closed");
        line
    }

    /// An answer of several lines without its dots (RFC 1939 §3), and how many octets it had on the wire.
    async fn long(&mut self, into: &mut Vec<u8>) -> u64 {
        let mut octets = self.ok().await.len() as u64;
        loop {
            let at = into.len();
            let n = self.read.read_until(b'\n', into).await.expect("read");
            assert!(n > 0, "the server closed");
            octets += n as u64;
            if into.get(at) == Some(&b'.') {
                if into.get(at..) == Some(b".\r\n") {
                    into.truncate(at);
                    return octets;
                }
                into.remove(at);
            }
        }
    }

    async fn quit(mut self) {
        self.send("QUIT\r\n").await;
        self.ok().await;
    }
}

/// Octets of the answer to UIDL.
pub async fn names(port: u16, user: &str, password: &str) -> u64 {
    let mut bare = Bare::sign_in(port, user, password).await;
    bare.send("LIST\r\nUIDL\r\n").await;
    let mut text = Vec::new();
    bare.long(&mut text).await;
    let octets = bare.long(&mut text).await;
    bare.quit().await;
    octets
}

/// Fetches everything into files of `folder`, each of them on disk before the next is taken up, from the connection's beginning to the server's farewell.
pub async fn collect(port: u16, user: &str, password: &str, folder: &Path) -> Collected {
    let start = Instant::now();
    let mut bare = Bare::sign_in(port, user, password).await;
    bare.send("UIDL\r\n").await;
    let mut names = Vec::new();
    bare.long(&mut names).await;
    let messages = names.iter().filter(|b| **b == b'\n').count() as u32;
    let (mut asked, mut octets) = (0, 0);
    let mut source = Vec::new();
    for n in 1..=messages {
        if asked < messages && asked < n + AHEAD / 2 {
            let until = messages.min(asked + AHEAD / 2);
            let retr: String = (asked + 1..=until).map(|n| format!("RETR {n}\r\n")).collect();
            bare.send(&retr).await;
            asked = until;
        }
        source.clear();
        bare.long(&mut source).await;
        octets += source.len() as u64;
        let mut file = std::fs::File::create(folder.join(format!("{n}.eml"))).expect("a file");
        file.write_all(&source).expect("written");
        file.sync_data().expect("on disk");
    }
    bare.quit().await;
    Collected { messages, octets, took: start.elapsed() }
}
