//! Sockets for the pure protocol servers: accept, read, write, wake, give up on silence.
use super::imap::session::Session as Imap;
use super::smtp::{Next, Session as Smtp};
use super::transit::Transit;
use super::world::World;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Bytes read at once.
const READ_BYTES: usize = 16 << 10;
/// Longest wait for a client that doesn't take its answers.
const WRITE_SECONDS: u64 = 60;

pub fn imap(listener: TcpListener, world: Arc<World>, stop: CancellationToken, tasks: TaskTracker) {
    let own = tasks.clone();
    tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
        while let Some(mut stream) = accept(&listener).await {
            let Some(place) = world.admit() else {
                let _ = stream.try_write(Imap::BUSY);
                let _ = stream.shutdown().await;
                continue;
            };
            let world = world.clone();
            own.spawn(stop.clone().run_until_cancelled_owned(async move {
                let _place = place;
                if let Err(error) = serve_imap(stream, world).await {
                    tracing::debug!(%error, "sandbox imap connection ended");
                }
            }));
        }
    }));
}

pub fn smtp(
    listener: TcpListener,
    world: Arc<World>,
    transit: Transit,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let own = tasks.clone();
    tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
        while let Some(mut stream) = accept(&listener).await {
            let Some(place) = world.admit() else {
                let _ = stream.try_write(Smtp::BUSY);
                let _ = stream.shutdown().await;
                continue;
            };
            let session = Smtp::new(world.clone(), transit.clone());
            let silent = Duration::from_secs(world.bounds.silent_seconds);
            own.spawn(stop.clone().run_until_cancelled_owned(async move {
                let _place = place;
                if let Err(error) = serve_smtp(stream, session, silent).await {
                    tracing::debug!(%error, "sandbox smtp connection ended");
                }
            }));
        }
    }));
}

async fn accept(listener: &TcpListener) -> Option<TcpStream> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                return Some(stream);
            }
            // One client's trouble (RFC: none; accept(2) ECONNABORTED, EMFILE) isn't the listener's end.
            Err(error) => {
                tracing::warn!(%error, "sandbox can't accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    tokio::time::timeout(Duration::from_secs(WRITE_SECONDS), stream.write_all(bytes)).await?
}

async fn serve_imap(mut stream: TcpStream, world: Arc<World>) -> io::Result<()> {
    let silent = Duration::from_secs(world.bounds.silent_seconds);
    let mut session = Imap::new(world);
    let mut buffer = vec![0u8; READ_BYTES];
    loop {
        while session.advance() {
            write(&mut stream, &session.output()).await?;
        }
        write(&mut stream, &session.output()).await?;
        if session.is_closed() {
            return stream.shutdown().await;
        }
        let changed = async {
            match session.watch() {
                Some(watch) => watch.changed().await.is_ok(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            read = stream.read(&mut buffer) => match read? {
                0 => return Ok(()),
                count => session.input(buffer.get(..count).unwrap_or_default()),
            },
            _ = changed => session.wake(),
            () = tokio::time::sleep(silent) => session.bye("Silent for too long"),
        }
    }
}

async fn serve_smtp(mut stream: TcpStream, mut session: Smtp, silent: Duration) -> io::Result<()> {
    let mut buffer = vec![0u8; READ_BYTES];
    loop {
        let next = session.advance();
        write(&mut stream, &session.output()).await?;
        match next {
            Next::Read => {}
            Next::Close => return stream.shutdown().await,
            // `+timeout@`: the line stays open and nothing is said.
            Next::Silence => {
                let drain = async { while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {} };
                let _ = tokio::time::timeout(silent, drain).await;
                return Ok(());
            }
        }
        match tokio::time::timeout(silent, stream.read(&mut buffer)).await?? {
            0 => return Ok(()),
            count => session.input(buffer.get(..count).unwrap_or_default()),
        }
    }
}
