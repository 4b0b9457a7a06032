//! A loopback proxy that cuts, stalls and trickles on command, and counts what passes.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Pass,
    /// Existing connections are closed, new ones refused at once.
    Cut,
    /// Nothing moves; connections stay.
    Stall,
    /// One byte at a time with this pause.
    Trickle(Duration),
    /// Every read is handed on this much later.
    Delay(Duration),
}

pub struct Chaos {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    /// Bytes from the dialling side, and from the target.
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
    connections: Arc<AtomicU64>,
    turns: Arc<Turns>,
}

/// Who spoke last, and how often the dialling side spoke after the target had: round trips, on connections that don't overlap.
#[derive(Debug, Default)]
struct Turns {
    near_spoke: AtomicBool,
    count: AtomicU64,
}

impl Turns {
    fn spoke(&self, near: bool) {
        if !self.near_spoke.swap(near, Ordering::Relaxed) && near {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Chaos {
    /// Listens on a free loopback port and forwards to `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (mode, watched) = watch::channel(Mode::Pass);
        let chaos = Self {
            address,
            mode,
            up: Arc::default(),
            down: Arc::default(),
            connections: Arc::default(),
            turns: Arc::default(),
        };
        let turns = chaos.turns.clone();
        let (up, down, connections) = (chaos.up.clone(), chaos.down.clone(), chaos.connections.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *watched.borrow() == Mode::Cut {
                    continue;
                }
                connections.fetch_add(1, Ordering::Relaxed);
                let (up, down, watched) = (up.clone(), down.clone(), watched.clone());
                let turns = turns.clone();
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(target).await else { return };
                    let _ = near.set_nodelay(true);
                    let _ = far.set_nodelay(true);
                    let (near_read, near_write) = near.into_split();
                    let (far_read, far_write) = far.into_split();
                    tokio::select! {
                        () = pipe(near_read, far_write, watched.clone(), up, || turns.spoke(true)) => {}
                        () = pipe(far_read, near_write, watched.clone(), down, || turns.spoke(false)) => {}
                        () = cut(watched) => {}
                    }
                });
            }
        });
        chaos
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// (bytes towards the target, bytes from it) so far.
    pub fn bytes(&self) -> (u64, u64) {
        (self.up.load(Ordering::Relaxed), self.down.load(Ordering::Relaxed))
    }

    /// How often the dialling side has spoken after the target had, so far.
    pub fn turns(&self) -> u64 {
        self.turns.count.load(Ordering::Relaxed)
    }

    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn cut(mut mode: watch::Receiver<Mode>) {
    if mode.wait_for(|m| *m == Mode::Cut).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn pipe(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    count: Arc<AtomicU64>,
    spoke: impl Fn(),
) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let Ok(n) = from.read(&mut buffer).await else { return };
        if n == 0 {
            let _ = to.shutdown().await;
            // The other direction may still be busy.
            std::future::pending::<()>().await;
        }
        spoke();
        if mode.wait_for(|m| *m != Mode::Stall).await.is_err() {
            return;
        }
        let now = *mode.borrow();
        let step = if matches!(now, Mode::Trickle(_)) { 1 } else { n };
        for piece in buffer[..n].chunks(step) {
            if let Mode::Trickle(pause) | Mode::Delay(pause) = now {
                tokio::time::sleep(pause).await;
            }
            // Before it is handed on: whoever has it finds it counted.
            count.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if to.write_all(piece).await.is_err() {
                return;
            }
        }
    }
}
