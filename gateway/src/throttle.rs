//! How often who may fail to sign in. Pure: time is an argument, memory is bounded.
//!
//! Addresses are judged in three widths, so that a botnet's neighbours count together. An attempt counts as failed from
//! its beginning and is taken back when it succeeds: a hundred at once don't slip through. An account is only ever
//! delayed, never locked: whoever knows the password gets in after at most [`MAX_DELAY`].
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Address blocks remembered; past it the half that failed longest ago is forgotten.
pub const MAX_BLOCKS: usize = 50_000;
/// Accounts remembered; the same rule.
pub const MAX_ACCOUNTS: usize = 50_000;
/// The longest wait of one account.
pub const MAX_DELAY: Duration = Duration::from_secs(30);
/// An account without a failure for so long starts anew.
const ACCOUNT_MEMORY: Duration = Duration::from_secs(15 * 60);

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Prefix lengths of the three widths, and how many times the limits each may fail.
const WIDTHS_V4: [(u8, u64); 3] = [(32, 1), (24, 4), (16, 16)];
const WIDTHS_V6: [(u8, u64); 3] = [(64, 1), (56, 4), (48, 16)];

/// An account without its name: fixed size, nothing readable (R24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountKey([u8; 16]);

impl AccountKey {
    pub fn of(address: &str) -> Self {
        let digest = Sha256::digest(address.to_lowercase());
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(key)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try after this wait.
    Go { delay: Duration },
    /// Too many failures from there.
    /// `limit`: which bound it was, by its name in the configuration.
    Refused { again_in: Duration, limit: &'static str },
}

/// The leading bits of an address; v4 and v6 apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Block {
    V4(u32, u8),
    V6(u128, u8),
}

fn blocks(ip: IpAddr) -> [(Block, u64); 3] {
    match ip.to_canonical() {
        IpAddr::V4(ip) => WIDTHS_V4
            .map(|(len, times)| (Block::V4(ip.to_bits() & u32::MAX << (32 - u32::from(len)), len), times)),
        IpAddr::V6(ip) => WIDTHS_V6
            .map(|(len, times)| (Block::V6(ip.to_bits() & u128::MAX << (128 - u32::from(len)), len), times)),
    }
}

#[derive(Debug)]
struct Account {
    failures: u32,
    last: Instant,
}

#[derive(Debug)]
pub struct Throttle {
    per_minute: u64,
    per_day: u64,
    start: Instant,
    /// When the failures of the last day happened, in milliseconds since `start`; at most a day's limit each.
    blocks: HashMap<Block, VecDeque<u64>>,
    accounts: HashMap<AccountKey, Account>,
}

impl Throttle {
    pub fn new(per_minute: u64, per_day: u64, start: Instant) -> Self {
        Self { per_minute, per_day, start, blocks: HashMap::new(), accounts: HashMap::new() }
    }

    /// Judges an attempt and, unless refused, counts it as failed until told otherwise.
    pub fn begin(&mut self, ip: IpAddr, account: AccountKey, now: Instant) -> Verdict {
        let millis = self.millis(now);
        let wait = blocks(ip).iter().filter_map(|(block, times)| self.wait(block, *times, millis)).max();
        if let Some((again_in, limit)) = wait {
            return Verdict::Refused { again_in, limit };
        }
        self.make_room(now);
        for (block, _) in blocks(ip) {
            self.blocks.entry(block).or_default().push_back(millis);
        }
        let entry = self.accounts.entry(account).or_insert(Account { failures: 0, last: now });
        if now.duration_since(entry.last) >= ACCOUNT_MEMORY {
            entry.failures = 0;
        }
        let delay = delay_after(entry.failures);
        entry.failures = entry.failures.saturating_add(1);
        entry.last = now;
        Verdict::Go { delay }
    }

    /// The attempt begun at `begun` was right: it never failed, and the account starts anew.
    pub fn succeeded(&mut self, ip: IpAddr, account: AccountKey, begun: Instant) {
        self.take_back(ip, begun);
        self.accounts.remove(&account);
    }

    /// The attempt begun at `begun` was neither right nor wrong (the mail server was down).
    pub fn undecided(&mut self, ip: IpAddr, account: AccountKey, begun: Instant) {
        self.take_back(ip, begun);
        if let Some(entry) = self.accounts.get_mut(&account) {
            entry.failures = entry.failures.saturating_sub(1);
        }
    }

    fn take_back(&mut self, ip: IpAddr, begun: Instant) {
        let millis = self.millis(begun);
        for (block, _) in blocks(ip) {
            let Some(times) = self.blocks.get_mut(&block) else { continue };
            if let Some(at) = times.iter().rposition(|t| *t == millis) {
                times.remove(at);
            }
            if times.is_empty() {
                self.blocks.remove(&block);
            }
        }
    }

    /// How long this block must wait, and for which limit; drops what is older than a day.
    fn wait(&mut self, block: &Block, times: u64, now: u64) -> Option<(Duration, &'static str)> {
        let failures = self.blocks.get_mut(block)?;
        let day = u64::try_from(DAY.as_millis()).unwrap_or(u64::MAX);
        while failures.front().is_some_and(|t| now.saturating_sub(*t) >= day) {
            failures.pop_front();
        }
        let until_free = |limit: u64, span: Duration| {
            let limit = usize::try_from(limit.saturating_mul(times)).unwrap_or(usize::MAX);
            let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            // The oldest of the last `limit` failures: once it is older than the span, one more fits.
            let index = failures.len().checked_sub(limit)?;
            let oldest = failures.get(index).copied().unwrap_or(now);
            (oldest + span).checked_sub(now).filter(|left| *left > 0).map(Duration::from_millis)
        };
        let minute = until_free(self.per_minute, MINUTE).map(|wait| (wait, "login_failures_per_minute"));
        minute.max(until_free(self.per_day, DAY).map(|wait| (wait, "login_failures_per_day")))
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX)
    }

    fn make_room(&mut self, now: Instant) {
        if self.blocks.len() + 3 > MAX_BLOCKS {
            let mut lasts: Vec<u64> = self.blocks.values().filter_map(|t| t.back().copied()).collect();
            let middle = lasts.len() / 2;
            let cut = *lasts.select_nth_unstable(middle).1;
            self.blocks.retain(|_, times| times.back().is_some_and(|last| *last > cut));
        }
        if self.accounts.len() + 1 > MAX_ACCOUNTS {
            self.accounts.retain(|_, a| now.duration_since(a.last) < ACCOUNT_MEMORY);
        }
        if self.accounts.len() + 1 > MAX_ACCOUNTS {
            let mut lasts: Vec<Instant> = self.accounts.values().map(|a| a.last).collect();
            let middle = lasts.len() / 2;
            let cut = *lasts.select_nth_unstable(middle).1;
            self.accounts.retain(|_, a| a.last > cut);
        }
    }
}

/// 0 · 1 · 2 · 4 · 8 · 16 · 30 · 30 … seconds.
fn delay_after(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        n => Duration::from_secs(1 << (n - 1).min(5)).min(MAX_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn go(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Go { .. })
    }

    struct Bench {
        throttle: Throttle,
        start: Instant,
        next: u32,
    }

    impl Bench {
        fn new() -> Self {
            let start = Instant::now();
            Self { throttle: Throttle::new(10, 50, start), start, next: 0 }
        }
        /// A failing attempt at another account each time.
        fn fail(&mut self, from: &str, millis: u64) -> bool {
            self.next += 1;
            let account = AccountKey::of(&format!("user{}@blue.test", self.next));
            go(self.throttle.begin(ip(from), account, self.start + Duration::from_millis(millis)))
        }
    }

    #[test]
    fn ten_a_minute_and_not_eleven() {
        let mut bench = Bench::new();
        for n in 0..10 {
            assert!(bench.fail("192.0.2.1", n * 100), "{n}");
        }
        assert!(!bench.fail("192.0.2.1", 1_000));
        assert!(!bench.fail("192.0.2.1", 59_999));
        assert!(bench.fail("192.0.2.2", 59_999), "a neighbour has its own count");
        assert!(bench.fail("192.0.2.1", 60_000));
        assert!(!bench.fail("192.0.2.1", 60_050), "the second failure is still within its minute");
    }

    #[test]
    fn fifty_a_day_and_not_fifty_one() {
        let mut bench = Bench::new();
        for n in 0..50 {
            assert!(bench.fail("192.0.2.1", n * 10_000), "{n}");
        }
        assert!(!bench.fail("192.0.2.1", 3_600_000));
        assert!(!bench.fail("192.0.2.1", 86_399_999));
        assert!(bench.fail("192.0.2.1", 86_400_000));
    }

    #[test]
    fn three_widths_count() {
        let mut bench = Bench::new();
        // 40 failures a minute from a /24, 10 an address: the 41st finds the /24 full.
        for host in 1..=4 {
            for _ in 0..10 {
                assert!(bench.fail(&format!("192.0.2.{host}"), 0));
            }
        }
        assert!(!bench.fail("192.0.2.9", 1));
        assert!(bench.fail("192.0.3.9", 1));
        // The same for v6, where a whole /64 is one household.
        for n in 0..10 {
            assert!(bench.fail(&format!("2001:db8:0:1::{n}"), 0));
        }
        assert!(!bench.fail("2001:db8:0:1:ffff::1", 1));
        assert!(bench.fail("2001:db8:0:2::1", 1));
        // And the widest: 160 a minute of a /48.
        let mut bench = Bench::new();
        let allowed = (0..=255).filter(|n| bench.fail(&format!("2001:db8:0:{n:x}00::1"), 0)).count();
        assert_eq!(allowed, 160);
    }

    #[test]
    fn a_mapped_address_is_its_v4_address() {
        let mut bench = Bench::new();
        for _ in 0..10 {
            assert!(bench.fail("::ffff:192.0.2.1", 0));
        }
        assert!(!bench.fail("192.0.2.1", 1));
    }

    #[test]
    fn refusal_says_when() {
        let mut bench = Bench::new();
        (0..10).for_each(|_| assert!(bench.fail("192.0.2.1", 0)));
        let verdict = bench.throttle.begin(
            ip("192.0.2.1"),
            AccountKey::of("a@b"),
            bench.start + Duration::from_secs(20),
        );
        let minute = "login_failures_per_minute";
        assert_eq!(verdict, Verdict::Refused { again_in: Duration::from_secs(40), limit: minute });
        let mut bench = Bench::new();
        (0..50).for_each(|n| assert!(bench.fail("192.0.2.1", n * 10_000)));
        let at = bench.start + Duration::from_secs(86_390);
        let verdict = bench.throttle.begin(ip("192.0.2.1"), AccountKey::of("a@b"), at);
        let day = "login_failures_per_day";
        assert_eq!(verdict, Verdict::Refused { again_in: Duration::from_secs(10), limit: day });
    }

    #[test]
    fn attempts_under_way_count_and_success_takes_them_back() {
        let mut bench = Bench::new();
        let (from, account) = (ip("192.0.2.1"), AccountKey::of("ada@blue.test"));
        for n in 0..200 {
            let at = bench.start + Duration::from_millis(n);
            assert!(go(bench.throttle.begin(from, account, at)), "{n}");
            bench.throttle.succeeded(from, account, at);
        }
        assert!(bench.throttle.blocks.is_empty() && bench.throttle.accounts.is_empty());
        assert_eq!((0..200).filter(|_| bench.fail("192.0.2.1", 300)).count(), 10);
    }

    #[test]
    fn an_account_is_delayed_from_1_to_30_seconds_and_never_locked() {
        let start = Instant::now();
        let mut throttle = Throttle::new(10, 50, start);
        let account = AccountKey::of("ada@blue.test");
        let mut waits = Vec::new();
        for n in 0..1_000_u32 {
            // From everywhere, as a botnet does.
            let from = IpAddr::from((n * 65_536 + 0x0101_0101).to_be_bytes());
            match throttle.begin(from, account, start) {
                Verdict::Go { delay } => waits.push(delay.as_secs()),
                Verdict::Refused { .. } => panic!("locked out at {n}"),
            }
        }
        assert_eq!(waits[..8], [0, 1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(waits.iter().max(), Some(&30));
        // Upper and lower case are one account, and time heals.
        assert_eq!(AccountKey::of("ADA@blue.test"), account);
        let later = start + ACCOUNT_MEMORY;
        assert_eq!(throttle.begin(ip("203.0.113.1"), account, later), Verdict::Go { delay: Duration::ZERO });
    }

    #[test]
    fn undecided_counts_for_nothing() {
        let mut bench = Bench::new();
        let (from, account) = (ip("192.0.2.1"), AccountKey::of("ada@blue.test"));
        for _ in 0..100 {
            let verdict = bench.throttle.begin(from, account, bench.start);
            assert_eq!(verdict, Verdict::Go { delay: Duration::ZERO });
            bench.throttle.undecided(from, account, bench.start);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut bench = Bench::new();
        for n in 0..120_000_u32 {
            bench.fail(&IpAddr::from(n.wrapping_mul(2_654_435_761).to_be_bytes()).to_string(), u64::from(n));
        }
        assert!(bench.throttle.blocks.len() <= MAX_BLOCKS);
        assert!(bench.throttle.accounts.len() <= MAX_ACCOUNTS);
        assert!(bench.throttle.blocks.values().all(|times| times.len() <= 800));
    }
}
