//! Sockets for the pure protocol servers: accept, read, write, wake, give up on silence.
use super::imap::session::Session as Imap;
use super::pop3::session::Session as Pop3;
use super::smtp::role::Role;
use super::smtp::{Next, Session as Smtp};
use super::transit::Transit;
use super::world::World;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Bytes read at once.
const READ_BYTES: usize = 16 << 10;
/// Longest wait for a client that doesn't take its answers.
const WRITE_SECONDS: u64 = 60;

pub fn imap(listener: TcpListener, world: Arc<World>, stop: CancellationToken, tasks: TaskTracker) {
    let silent = Duration::from_secs(world.bounds.silent_seconds);
    let serve = move |stream, world| serve_imap(stream, Imap::new(world), silent);
    listen(listener, world, Imap::BUSY, serve, stop, tasks);
}

pub fn pop3(listener: TcpListener, world: Arc<World>, stop: CancellationToken, tasks: TaskTracker) {
    let serve = |stream, world| serve_pop3(stream, Pop3::new(world, now()));
    listen(listener, world, Pop3::BUSY, serve, stop, tasks);
}

pub fn smtp(
    listener: TcpListener,
    world: Arc<World>,
    transit: Transit,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let silent = Duration::from_secs(world.bounds.silent_seconds);
    let serve =
        move |stream, world| serve_smtp(stream, Smtp::new(world, transit.clone(), Role::default()), silent);
    listen(listener, world, Smtp::BUSY, serve, stop, tasks);
}

/// Gives each connection a place in the world and a task; one too many is told that the server is busy.
fn listen<F>(
    listener: TcpListener,
    world: Arc<World>,
    busy: &'static [u8],
    serve: impl Fn(TcpStream, Arc<World>) -> F + Send + 'static,
    stop: CancellationToken,
    tasks: TaskTracker,
) where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let own = tasks.clone();
    tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
        while let Some(mut stream) = accept(&listener).await {
            let Some(place) = world.admit() else {
                let _ = stream.try_write(busy);
                let _ = stream.shutdown().await;
                continue;
            };
            let served = serve(stream, world.clone());
            own.spawn(stop.clone().run_until_cancelled_owned(async move {
                let _place = place;
                if let Err(error) = served.await {
                    tracing::debug!(%error, "sandbox connection ended");
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

async fn serve_imap(mut stream: TcpStream, mut session: Imap, silent: Duration) -> io::Result<()> {
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

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The session goes before the stream: whoever sees the connection end finds the mailbox free.
async fn serve_pop3(mut stream: TcpStream, mut session: Pop3) -> io::Result<()> {
    let mut buffer = vec![0u8; READ_BYTES];
    loop {
        while session.advance(now()) {
            write(&mut stream, &session.output()).await?;
        }
        write(&mut stream, &session.output()).await?;
        if session.is_closed() {
            return stream.shutdown().await;
        }
        tokio::select! {
            read = stream.read(&mut buffer) => match read? {
                0 => return Ok(()),
                count => session.input(buffer.get(..count).unwrap_or_default()),
            },
            () = tokio::time::sleep_until(session.poll_timeout().into()) => session.handle_timeout(now()),
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

#[cfg(test)]
mod tests {
    use crate::sandbox::limit::Bounds;
    use crate::sandbox::{Options, Running, Sandbox};
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpSocket;

    async fn start(bounds: Bounds) -> Running {
        Sandbox::start(Options { bounds, seeded: false, ..Options::default() }).await.unwrap()
    }

    async fn everything(server: std::net::SocketAddr) -> String {
        let mut said = String::new();
        let mut stream = TcpSocket::new_v4().unwrap().connect(server).await.unwrap();
        stream.read_to_string(&mut said).await.unwrap();
        said
    }

    #[tokio::test]
    async fn one_too_many_is_told_so() {
        let running = start(Bounds { connections: 0, ..Bounds::default() }).await;
        assert!(everything(running.imap).await.starts_with("* BYE Too many connections"));
        assert!(everything(running.pop3).await.starts_with("-ERR [SYS/TEMP] Too many connections"));
        assert!(everything(running.smtp).await.starts_with("421 4.3.2 Too many connections"));
        running.stop().await;
    }

    #[tokio::test]
    async fn a_silent_pop3_connection_ends_without_a_word() {
        let running = start(Bounds { pop3_silent_seconds: 0, ..Bounds::default() }).await;
        let said = everything(running.pop3).await;
        assert!(said.starts_with("+OK Sandbox ready <") && said.lines().count() == 1, "{said}");
        running.stop().await;
    }
}
