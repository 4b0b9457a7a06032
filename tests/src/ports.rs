//! Free loopback ports, and waiting for a server that was just started.
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A port that was free a moment ago. All of one call are distinct.
pub fn free<const N: usize>() -> [u16; N] {
    let held: Vec<TcpListener> =
        (0..N).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")).collect();
    std::array::from_fn(|i| held[i].local_addr().expect("bound").port())
}

/// Waits until something accepts connections on the port; `false` after `limit`.
pub fn wait(port: u16, limit: Duration) -> bool {
    let start = Instant::now();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while start.elapsed() < limit {
        if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            return true;
        }
        // A server that is starting can't be awaited in another way: it has no event for us.
        std::thread::park_timeout(Duration::from_millis(20));
    }
    false
}
