//! What time it is in a world: the system's, a fixed one for tests, or one that somebody sets.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Seconds since 1970.
    Fixed(i64),
    /// The same, set by whoever simulates the world.
    Simulated(Arc<AtomicI64>),
}

impl Clock {
    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        match self {
            Clock::Fixed(now) => *now,
            Clock::Simulated(now) => now.load(Ordering::Relaxed),
            Clock::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX)),
        }
    }
}
