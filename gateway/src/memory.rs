//! How much memory the process holds (proc(5)), and when that is so much that nobody new may come in.
use std::time::{Duration, Instant};

/// Of the configured total; past it new sessions are told to wait.
const FULL_PERCENT: u128 = 85;
/// `/proc` is read at most so often.
const EVERY: Duration = Duration::from_secs(1);
/// Linux pages on every architecture that we build for.
const PAGE: u64 = 4096;

/// Bytes in memory; `None` where there is no `/proc`.
pub fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

/// What was read last.
#[derive(Debug)]
pub struct Memory {
    read: fn() -> Option<u64>,
    seen: Option<(Instant, u64)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { read: resident, seen: None }
    }
}

impl Memory {
    /// Whether the process holds 85 % of `total` bytes. Where that can't be known it never does.
    pub fn is_full(&mut self, total: u64, now: Instant) -> bool {
        let resident = match self.seen {
            Some((at, bytes)) if now.saturating_duration_since(at) < EVERY => bytes,
            _ => {
                let bytes = (self.read)().unwrap_or(0);
                self.seen = Some((now, bytes));
                bytes
            }
        };
        u128::from(resident) * 100 >= u128::from(total) * FULL_PERCENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    static READS: AtomicU64 = AtomicU64::new(0);

    #[test]
    fn memory_is_full_at_85_percent_and_looked_at_once_a_second() {
        let read = || {
            READS.fetch_add(1, Ordering::Relaxed);
            Some(850)
        };
        let start = Instant::now();
        let mut memory = Memory { read, seen: None };
        assert!(memory.is_full(1_000, start));
        assert!(!memory.is_full(1_001, start) && memory.is_full(999, start) && memory.is_full(0, start));
        memory.is_full(1_000, start + EVERY - Duration::from_nanos(1));
        assert_eq!(READS.load(Ordering::Relaxed), 1);
        memory.is_full(1_000, start + EVERY);
        assert_eq!(READS.load(Ordering::Relaxed), 2);
        let mut unknown = Memory { read: || None, seen: None };
        assert!(!unknown.is_full(1, start));
    }

    #[test]
    fn the_process_has_a_size() {
        assert!(resident().is_some_and(|bytes| bytes > 1 << 20));
    }
}
