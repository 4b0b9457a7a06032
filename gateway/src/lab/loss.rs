//! Lost packets in simulated time. What one side says at once goes out in segments; each is lost with the network's probability, by a
//! generator that begins with the scenario's seed. What is lost is sent again, and whoever waits gets it late:
//!
//! - one round trip later, where three segments at least followed in the same flight: their duplicate ACKs tell the sender (fast
//!   retransmit, RFC 5681 §3.2);
//! - else when the retransmission timer ends: SRTT + 4 · RTTVAR with RTTVAR = RTT / 2 (RFC 6298 §2.2), so three round trips, and a
//!   second at least (§2.4);
//! - a copy that is lost, too, waits for the timer, which doubles each time (§5.5).
//!
//! Losses of one flight are repaired one after the other. Lost ACKs, the congestion window and lost handshakes aren't simulated.
use pyeonji_shared::lab::scenario::Network;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Octets of a segment: an Ethernet frame's 1,500 without the headers of IPv4 and TCP.
const SEGMENT: usize = 1_460;
/// Segments behind a lost one that tell of it in time.
const DUPLICATES: usize = 3;
/// The retransmission timer's bounds, ms (RFC 6298 §2.4, §2.5).
const LEAST: u64 = 1_000;
const MOST: u64 = 60_000;
/// A segment is lost so often in a row at most.
const TRIES: u32 = 8;

/// What decides about each segment; all lines of a world draw from the same, in the order in which things happen.
#[derive(Clone, Debug)]
pub struct Luck(Arc<AtomicU64>);

impl Luck {
    pub fn new(seed: u32) -> Self {
        Self(Arc::new(AtomicU64::new(seed.into())))
    }

    /// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn loses(&self, percent: u32) -> bool {
        self.next() % 100 < u64::from(percent)
    }

    /// Milliseconds by which so many octets, said at once, come later than without losses.
    pub fn delay(&self, network: Network, octets: usize) -> u64 {
        if network.loss_percent == 0 {
            return 0;
        }
        let segments = octets.div_ceil(SEGMENT);
        let trip = 2 * u64::from(network.latency_ms);
        let timer = (3 * trip).clamp(LEAST, MOST);
        let mut delay = 0;
        for behind in (0..segments).rev() {
            if !self.loses(network.loss_percent) {
                continue;
            }
            let mut wait = timer;
            if behind >= DUPLICATES {
                delay += trip;
            } else {
                delay += wait;
                wait = (2 * wait).min(MOST);
            }
            for _ in 1..TRIES {
                if !self.loses(network.loss_percent) {
                    break;
                }
                delay += wait;
                wait = (2 * wait).min(MOST);
            }
        }
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(latency_ms: u32, loss_percent: u32) -> Network {
        Network { latency_ms, loss_percent, ..Network::default() }
    }

    /// Each of so many flights.
    fn delays(network: Network, octets: usize) -> Vec<u64> {
        let luck = Luck::new(7);
        (0..10_000).map(|_| luck.delay(network, octets)).collect()
    }

    #[test]
    fn without_loss_nothing_is_late() {
        assert!(delays(network(20, 0), 1 << 20).iter().all(|delay| *delay == 0));
    }

    #[test]
    fn a_lone_segment_waits_for_the_timer_and_twice_as_long_for_the_next_copy() {
        let found = delays(network(20, 10), 100);
        let late = |delay| found.iter().filter(|found| **found == delay).count();
        // One in ten, one in a hundred, one in a thousand.
        assert!((8_700..9_300).contains(&late(0)), "{}", late(0));
        assert!((700..1_000).contains(&late(1_000)), "{}", late(1_000));
        assert!((50..130).contains(&late(3_000)), "{}", late(3_000));
        assert!(late(7_000) < 40);
        // A timer is three round trips where that is more than a second.
        assert!(delays(network(500, 10), 100).iter().all(|delay| delay % 3_000 == 0));
    }

    #[test]
    fn what_others_follow_is_repaired_in_a_round_trip() {
        let found = delays(network(20, 1), 20 * SEGMENT);
        let fast = found.iter().filter(|delay| **delay == 40).count();
        let slow = found.iter().filter(|delay| **delay == 1_000).count();
        // Seventeen of twenty segments have three behind them.
        assert!(fast > 4 * slow && slow > 0, "{fast} {slow}");
        // Of three none has.
        assert!(delays(network(20, 1), 3 * SEGMENT).iter().all(|delay| *delay == 0 || *delay >= 1_000));
    }

    #[test]
    fn all_is_lost_and_comes_nevertheless() {
        let luck = Luck::new(1);
        assert_eq!(
            luck.delay(network(20, 100), 1),
            1_000 + 2_000 + 4_000 + 8_000 + 16_000 + 32_000 + 2 * MOST
        );
    }

    #[test]
    fn the_same_seed_loses_the_same() {
        let of = |seed| {
            let luck = Luck::new(seed);
            (0..100).map(|_| luck.delay(network(20, 20), 9_000)).collect::<Vec<u64>>()
        };
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
