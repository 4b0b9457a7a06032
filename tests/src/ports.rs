//! Free loopback ports, and waiting for a server that was just started.
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Ports that no system gives out by itself: below what Linux takes for outgoing connections and for "port 0"
/// (32,768 and up), so that nothing can take one between its choice and the start of its server.
const OURS: Range<u32> = 12_000..32_000;

/// How many were handed out; no port is handed out twice in a process.
static TAKEN: AtomicU32 = AtomicU32::new(0);

/// Ports on which nothing listens. All are distinct, of one call and of all calls.
pub fn free<const N: usize>() -> [u16; N] {
    std::array::from_fn(|_| next())
}

/// Processes begin at different places: test programs may run beside each other.
fn next() -> u16 {
    let width = OURS.end - OURS.start;
    for _ in 0..width {
        let step = TAKEN.fetch_add(1, Ordering::Relaxed);
        let begin = std::process::id().wrapping_mul(97);
        let port = OURS.start + begin.wrapping_add(step) % width;
        let port = u16::try_from(port).expect("below 32,000");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port in {OURS:?}")
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_port_is_handed_out_twice_whoever_asks_at_once() {
        let ask = || (0..250).map(|_| free::<2>()).collect::<Vec<_>>();
        let asking: Vec<_> = (0..4).map(|_| std::thread::spawn(ask)).collect();
        let all: Vec<_> = asking.into_iter().flat_map(|t| t.join().expect("a thread")).collect();
        let distinct: HashSet<u16> = all.iter().flatten().copied().collect();
        assert_eq!(distinct.len(), 2_000);
        assert!(distinct.iter().all(|&port| OURS.contains(&u32::from(port))), "{distinct:?}");
    }
}
