//! How much one account may send in an hour and in a day.
use crate::config::limits::Limits;
use pyeonji_shared::error::{ApiError, ErrorKind, Retry};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Accounts remembered; past it those that sent longest ago are forgotten.
const MAX_ACCOUNTS: usize = 20_000;

/// When each account sent, over the last day. Owned by one task; time is an argument.
#[derive(Debug)]
pub struct SendRate {
    per_hour: usize,
    per_day: usize,
    sent: HashMap<String, VecDeque<Instant>>,
}

impl SendRate {
    pub fn new(limits: &Limits) -> Self {
        let bound = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Self {
            per_hour: bound(limits.sends_per_hour),
            per_day: bound(limits.sends_per_day),
            sent: HashMap::new(),
        }
    }

    /// Counts one message of this account.
    ///
    /// # Errors
    /// `RateLimited`, with the seconds until the next one is allowed; then nothing is counted.
    pub fn take(&mut self, account: &str, now: Instant) -> Result<(), ApiError> {
        if self.sent.len() >= MAX_ACCOUNTS && !self.sent.contains_key(account) {
            self.forget(now);
        }
        let times = self.sent.entry(account.to_lowercase()).or_default();
        while times.front().is_some_and(|&t| now.duration_since(t) >= DAY) {
            times.pop_front();
        }
        let hour = times.iter().rev().take_while(|&&t| now.duration_since(t) < HOUR).count();
        let wait = if times.len() >= self.per_day {
            times.front().map(|&t| DAY.saturating_sub(now.duration_since(t)))
        } else if hour >= self.per_hour {
            let oldest = times.len().checked_sub(self.per_hour).and_then(|at| times.get(at));
            oldest.map(|&t| HOUR.saturating_sub(now.duration_since(t)))
        } else {
            None
        };
        match wait {
            None => {
                times.push_back(now);
                Ok(())
            }
            Some(wait) => {
                let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1);
                let words = format!("{} messages an hour and {} a day", self.per_hour, self.per_day);
                let error = ApiError::new(ErrorKind::RateLimited).with_detail(&words);
                // Said for the person; the page must not send by itself a day later.
                Err(ApiError {
                    retry: Retry::ByHand,
                    detail: format!("{}; next in {seconds} s", error.detail),
                    ..error
                })
            }
        }
    }

    /// Gives back one that was counted but not sent.
    pub fn give_back(&mut self, account: &str) {
        if let Some(times) = self.sent.get_mut(&account.to_lowercase()) {
            times.pop_back();
        }
    }

    fn forget(&mut self, now: Instant) {
        self.sent.retain(|_, times| times.back().is_some_and(|&t| now.duration_since(t) < DAY));
        if self.sent.len() >= MAX_ACCOUNTS {
            let oldest = self.sent.iter().min_by_key(|(_, times)| times.back().copied());
            if let Some(account) = oldest.map(|(account, _)| account.clone()) {
                self.sent.remove(&account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(hour: u64, day: u64) -> SendRate {
        SendRate::new(&Limits { sends_per_hour: hour, sends_per_day: day, ..Limits::default() })
    }

    #[test]
    fn hours_and_days_slide() {
        let mut rate = rate(2, 3);
        let start = Instant::now();
        let mut at = |minutes: u64| rate.take("Ada@blue.test", start + Duration::from_secs(minutes * 60));
        assert!(at(0).is_ok() && at(30).is_ok());
        assert_eq!(at(59).unwrap_err().kind, ErrorKind::RateLimited);
        assert!(at(60).is_ok());
        let error = at(121).unwrap_err();
        assert!(error.detail.ends_with(&format!("next in {} s", (24 * 60 - 121) * 60)), "{}", error.detail);
        assert!(at(24 * 60).is_ok());
        assert!(at(24 * 60 + 1).is_err());
    }

    #[test]
    fn accounts_are_apart_and_unsent_ones_come_back() {
        let mut rate = rate(1, 9);
        let now = Instant::now();
        assert!(rate.take("a@b", now).is_ok() && rate.take("c@b", now).is_ok());
        assert!(rate.take("A@B", now).is_err());
        rate.give_back("a@b");
        assert!(rate.take("a@b", now).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let mut rate = rate(1, 1);
        let now = Instant::now();
        for n in 0..MAX_ACCOUNTS + 5 {
            assert!(rate.take(&format!("{n}@b"), now).is_ok());
        }
        assert!(rate.sent.len() <= MAX_ACCOUNTS);
    }
}
