//! Waits for mail to arrive by being told: a bare IMAP link in IDLE (RFC 2177) on the user's inbox.
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Longest wait for a delivery; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns when at least `count` messages lie in the inbox. `port` speaks IMAP in clear on this machine.
pub async fn wait(port: u16, (user, password): (&str, &str), count: usize) {
    let waited = tokio::time::timeout(PATIENCE, idle(port, user, password, count)).await;
    waited.unwrap_or_else(|_| panic!("{user} did not get {count} messages")).expect("IMAP");
}

async fn idle(port: u16, user: &str, password: &str, count: usize) -> std::io::Result<()> {
    let mut link = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
    // A literal carries any password; the server asks for it with `+`.
    let login = format!("1 LOGIN \"{user}\" {{{}}}\r\n", password.len());
    link.write_all(login.as_bytes()).await?;
    while !next(&mut link).await?.starts_with('+') {}
    link.write_all(format!("{password}\r\n2 SELECT INBOX\r\n3 IDLE\r\n").as_bytes()).await?;
    loop {
        let line = next(&mut link).await?;
        let told = line.strip_prefix("* ").and_then(|rest| rest.strip_suffix(" EXISTS"));
        if told.and_then(|n| n.parse::<usize>().ok()).is_some_and(|n| n >= count) {
            return Ok(());
        }
        assert!(!line.starts_with("1 NO") && !line.starts_with("2 NO") && !line.contains(" BAD "), "{line}");
    }
}

async fn next(link: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    match link.read_line(&mut line).await? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}
