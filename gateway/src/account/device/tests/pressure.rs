//! A reader that doesn't take what comes: the server waits, and isn't blamed for it. In simulated time.
use super::server::Server;
use super::*;
use crate::account::connect::Dialer;
use crate::account::device::Kept;
use crate::account::device::link::Link;
use crate::account::device::retrieve::Retrieval;
use crate::account::pace::Pace;
use crate::config::limits::Limits;
use crate::net::{Connected, Stream};
use crate::pop3::{Command, Proof};
use crate::secret::Secret;
use pyeonji_shared::limits::MAX_PIECE;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

/// Bytes that the pipe between both holds.
const PIPE: usize = 64 << 10;
const LINE: usize = 1_000;
const LINES: usize = 4_000;

/// A server of two messages with 4 MB each, signed in to; and how many bytes of them it has sent.
async fn two_large(dialer: &Dialer) -> (Link, Arc<AtomicUsize>) {
    let (near, far) = tokio::io::duplex(PIPE);
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    tokio::spawn(async move {
        let (read, mut write) = tokio::io::split(far);
        let mut lines = BufReader::new(read).lines();
        let body = format!("{}\r\n", "x".repeat(LINE - 2));
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match line.as_str() {
                "CAPA" => "+OK\r\nSASL PLAIN\r\nUIDL\r\nPIPELINING\r\n.\r\n",
                "STAT" => "+OK 2 8000000\r\n",
                "LIST" => "+OK\r\n1 4000000\r\n2 4000000\r\n.\r\n",
                "UIDL" => "+OK\r\n1 a\r\n2 b\r\n.\r\n",
                _ => "+OK\r\n",
            };
            write.write_all(answer.as_bytes()).await.expect("written");
            if line.starts_with("RETR") {
                for _ in 0..LINES {
                    write.write_all(body.as_bytes()).await.expect("written");
                    counted.fetch_add(LINE, Ordering::Relaxed);
                }
                write.write_all(b".\r\n").await.expect("written");
            }
        }
    });
    let permit = dialer.links.take().await.expect("a place");
    let connected = Connected {
        stream: Stream::Memory(near),
        greeting_seen: true,
        secure: true,
        tap: Default::default(),
    };
    let mut link = Link::new(connected, dialer.limits.clone(), permit);
    let proof = Proof::Password(Secret::new("p".into()));
    link.run(Command::SignIn { user: "u".into(), proof }).await.expect("signs in");
    (link, sent)
}

#[tokio::test(start_paused = true)]
async fn r36_nothing_is_read_while_nobody_takes_it() {
    let dialer = Server::start(&[]).await.dialer();
    let (link, sent) = two_large(&dialer).await;
    let (out, mut events) = mpsc::channel(1);
    let kept = Some(Kept { link, names: None });
    let retrieval = Retrieval::new(vec![whole("a"), whole("b")], out);
    let done = tokio::spawn(async move { retrieval.run(&dialer, kept).await.map(|(answer, _)| answer) });
    // Longer than any patience; the clock jumps only when nothing can move any more.
    for taken in 1..=3 {
        tokio::time::sleep(Duration::from_secs(7_200)).await;
        // One piece in the channel, one waiting for room there, a piece in the engine, a read, and the pipe.
        let most = (taken + 2) * MAX_PIECE + PIPE + (64 << 10);
        assert!(
            sent.load(Ordering::Relaxed) <= most,
            "{} bytes, {taken} pieces taken",
            sent.load(Ordering::Relaxed)
        );
        assert!(matches!(events.recv().await, Some(RetrieveEvent::Piece { item: 0, .. })));
    }
    let mut size = 3 * MAX_PIECE;
    let mut ends = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            RetrieveEvent::Piece { bytes, .. } => {
                assert!(bytes.len() <= MAX_PIECE);
                size += bytes.len();
            }
            RetrieveEvent::End { result, .. } => ends.push(result),
        }
    }
    assert_eq!(ends, [Ok(4_000_000), Ok(4_000_000)]);
    assert_eq!(size, 8_000_000);
    assert!(matches!(done.await, Ok(Ok(Answer::Ok))));
}

#[tokio::test(start_paused = true)]
async fn r34_a_session_downloads_at_its_rate() {
    const RATE: u64 = 100_000;
    let mut dialer = Server::start(&[]).await.dialer();
    dialer.pace = Pace::new(&Limits { bulk_bytes_per_second: RATE, ..Limits::default() });
    let (link, _) = two_large(&dialer).await;
    let (out, mut events) = mpsc::channel(1);
    let retrieval = Retrieval::new(vec![whole("a"), whole("b")], out);
    let kept = Some(Kept { link, names: None });
    let start = tokio::time::Instant::now();
    let done = tokio::spawn(async move { retrieval.run(&dialer, kept).await.map(|(answer, _)| answer) });
    let mut ends = 0;
    while let Some(event) = events.recv().await {
        ends += u32::from(matches!(event, RetrieveEvent::End { result: Ok(4_000_000), .. }));
    }
    assert!(ends == 2 && matches!(done.await, Ok(Ok(Answer::Ok))));
    // What comes in the first second may come at once.
    let least = Duration::from_secs(8_000_000 / RATE - 1);
    assert!((least..least * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
}
