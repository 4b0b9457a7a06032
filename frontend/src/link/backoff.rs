//! When to try again: doubling pauses with jitter, so that many pages don't return in one moment.

/// Longest pause in milliseconds.
pub const MAX_PAUSE_MS: u32 = 30_000;
const FIRST_PAUSE_MS: u32 = 400;

/// Pause before try number `attempt` (0 = the first after a cut). `random` picks within 50–100 % of the full pause.
pub fn pause(attempt: u32, random: u8) -> u32 {
    let full = FIRST_PAUSE_MS.saturating_mul(1 << attempt.min(10)).min(MAX_PAUSE_MS);
    full / 2 + (full / 2) * u32::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_bound_and_jitters() {
        assert_eq!((pause(0, 0), pause(0, 255)), (200, 400));
        assert_eq!((pause(3, 0), pause(3, 255)), (1_600, 3_200));
        for attempt in 0..100 {
            for random in [0, 77, 255] {
                assert!((200..=MAX_PAUSE_MS).contains(&pause(attempt, random)));
            }
        }
        assert_eq!(pause(u32::MAX, 255), MAX_PAUSE_MS);
    }
}
