//! The rate at which one session downloads (R34). Past it its downloads wait, and the mail server with them; what a
//! person does meanwhile goes by another link and isn't held up.
use crate::config::limits::Limits;
use crate::metrics;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Shared by all downloads of one session.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    /// Bytes a second; also what may come at once after a pause.
    rate: u64,
    /// Bytes that may still come at once; below 0 they came already and are waited for.
    left: i128,
    at: Instant,
}

impl Pace {
    pub fn new(limits: &Limits) -> Self {
        let rate = limits.bulk_bytes_per_second.max(1);
        Self(Arc::new(Mutex::new(Bucket { rate, left: rate.into(), at: Instant::now() })))
    }

    /// Counts bytes that came, and waits until they may have.
    pub async fn count(&self, bytes: usize) {
        let wait = self.0.lock().unwrap_or_else(PoisonError::into_inner).take(bytes, Instant::now());
        if !wait.is_zero() {
            metrics::limit_hit("bulk_bytes_per_second");
            tokio::time::sleep(wait).await;
        }
    }
}

impl Bucket {
    /// How long to wait before going on.
    fn take(&mut self, bytes: usize, now: Instant) -> Duration {
        let nanos = now.saturating_duration_since(self.at).as_nanos();
        let refill = nanos.saturating_mul(self.rate.into()) / 1_000_000_000;
        let refill = i128::try_from(refill).unwrap_or(i128::MAX);
        self.at = now;
        self.left = self.left.saturating_add(refill).min(self.rate.into());
        self.left -= bytes as i128;
        let owed = u128::try_from(-self.left).unwrap_or(0);
        let nanos = owed.saturating_mul(1_000_000_000) / u128::from(self.rate);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r34_a_second_at_once_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket { rate: 1_000, left: 1_000, at: start };
        assert_eq!(bucket.take(1_000, start), Duration::ZERO);
        assert_eq!(bucket.take(1, start), Duration::from_millis(1));
        assert_eq!(bucket.take(499, start), Duration::from_millis(500));
        let later = start + Duration::from_millis(500);
        assert_eq!(bucket.take(0, later), Duration::ZERO);
        assert_eq!(bucket.take(1, later), Duration::from_millis(1));
        // A long pause gives no more than one second's worth.
        let much_later = start + Duration::from_secs(3_600);
        assert_eq!(bucket.take(1_000, much_later), Duration::ZERO);
        assert_eq!(bucket.take(1, much_later), Duration::from_millis(1));
    }

    #[tokio::test(start_paused = true)]
    async fn r34_downloads_of_a_session_share_one_rate() {
        let pace = Pace::new(&Limits { bulk_bytes_per_second: 1 << 20, ..Limits::default() });
        let (start, before) = (Instant::now(), metrics::hits("bulk_bytes_per_second"));
        let download = |pace: Pace| async move {
            for _ in 0..32 {
                pace.count(256 << 10).await;
            }
        };
        tokio::join!(download(pace.clone()), download(pace.clone()));
        // 16 MiB in all, the first of them at once.
        assert_eq!(start.elapsed().as_secs(), 15);
        assert!(metrics::hits("bulk_bytes_per_second") > before);
    }
}
