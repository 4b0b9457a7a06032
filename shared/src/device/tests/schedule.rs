//! When the next check is.
use super::NOW;
use crate::device::schedule::{
    Because, Cause, Checks, FIRST_WAIT, MAX_FAILED, MAX_WAIT, Next, Schedule, USUAL_DELAY,
};
use crate::error::{ApiError, ErrorKind, Retry};

const TEN: Schedule = Schedule { every: Some(10), at_start: true };
const BY_HAND: Schedule = Schedule { every: None, at_start: false };

fn next(checks: &Checks, schedule: &Schedule, cause: Cause, now: i64) -> Option<(i64, Because)> {
    checks.next(schedule, cause, NOW, now).map(|next| (next.at - NOW, next.because))
}

fn ended_well(delay: Option<u32>) -> Checks {
    let mut checks = Checks::default();
    checks.signed_in(NOW);
    checks.looked(delay);
    checks.done(NOW + 5);
    checks
}

fn failed(checks: &mut Checks, kind: ErrorKind, now: i64) {
    checks.failed(&ApiError::new(kind), now);
}

#[test]
fn at_start_by_interval_and_by_hand() {
    let new = Checks::default();
    assert_eq!(next(&new, &TEN, Cause::Start, NOW), Some((0, Because::Start)));
    assert_eq!(next(&new, &TEN, Cause::None, NOW + 60), Some((600, Because::Interval)));
    assert_eq!(next(&new, &BY_HAND, Cause::Start, NOW), None);
    assert_eq!(next(&new, &BY_HAND, Cause::Hand, NOW), Some((0, Because::ByHand)));
    let checks = ended_well(None);
    assert_eq!(next(&checks, &TEN, Cause::None, NOW + 60), Some((605, Because::Interval)));
    // The page was closed for a day.
    assert_eq!(next(&checks, &TEN, Cause::None, NOW + 90_000), Some((90_000, Because::Interval)));
    assert_eq!(Next { at: NOW + 252, because: Because::Interval }.wait(NOW), 252);
    assert_eq!(Next { at: NOW, because: Because::Interval }.wait(NOW + 9), 0);
}

#[test]
fn login_delay_holds_for_everyone() {
    let checks = ended_well(Some(900));
    for cause in [Cause::None, Cause::Start, Cause::Hand] {
        assert_eq!(next(&checks, &TEN, cause, NOW + 60), Some((900, Because::TooSoon)));
    }
    assert_eq!(next(&checks, &TEN, Cause::Hand, NOW + 900), Some((900, Because::ByHand)));
    assert_eq!(ended_well(Some(u32::MAX)).delay, MAX_WAIT);
}

#[test]
fn a_mailbox_in_use_is_tried_again_less_and_less_often() {
    let mut checks = Checks::default();
    let mut waits = Vec::new();
    for _ in 0..MAX_FAILED {
        failed(&mut checks, ErrorKind::InUse, NOW);
        let (wait, because) = next(&checks, &BY_HAND, Cause::None, NOW).unwrap();
        assert_eq!(because, Because::InUse);
        waits.push(wait);
    }
    assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
    // The person needn't wait.
    assert_eq!(next(&checks, &BY_HAND, Cause::Hand, NOW), Some((0, Because::ByHand)));
    // At the bound only the interval goes on.
    failed(&mut checks, ErrorKind::InUse, NOW);
    assert_eq!(next(&checks, &BY_HAND, Cause::None, NOW), None);
    assert_eq!(next(&checks, &TEN, Cause::None, NOW + 1), Some((600, Because::Interval)));
    checks.done(NOW);
    assert_eq!((checks.failed, checks.wait), (0, None));
}

#[test]
fn too_soon_waits_for_what_the_server_says() {
    let usual = i64::from(USUAL_DELAY);
    let mut unknown = Checks::default();
    failed(&mut unknown, ErrorKind::TooSoon, NOW);
    assert_eq!(next(&unknown, &TEN, Cause::None, NOW), Some((usual, Because::TooSoon)));
    assert_eq!(next(&unknown, &TEN, Cause::Hand, NOW), Some((usual, Because::TooSoon)));
    let mut said = Checks::default();
    said.failed(&ApiError { retry: Retry::After(77), ..ApiError::new(ErrorKind::TooSoon) }, NOW);
    assert_eq!(next(&said, &TEN, Cause::None, NOW), Some((77, Because::TooSoon)));
    let mut known = ended_well(Some(900));
    failed(&mut known, ErrorKind::TooSoon, NOW + 100);
    assert_eq!(next(&known, &TEN, Cause::None, NOW + 100), Some((1000, Because::TooSoon)));
}

#[test]
fn a_password_that_is_refused_is_not_tried_again() {
    let mut checks = ended_well(None);
    failed(&mut checks, ErrorKind::WrongPassword, NOW + 100);
    assert_eq!(next(&checks, &TEN, Cause::None, NOW + 9000), None);
    assert_eq!(next(&checks, &TEN, Cause::Start, NOW + 9000), None);
    assert_eq!(next(&checks, &TEN, Cause::Hand, NOW + 9000), Some((9000, Because::ByHand)));
    checks.signed_in(NOW + 9000);
    checks.done(NOW + 9000);
    assert_eq!(next(&checks, &TEN, Cause::None, NOW + 9000), Some((9600, Because::Interval)));
}

#[test]
fn other_failures_wait_or_take_the_interval() {
    let mut down = ended_well(None);
    failed(&mut down, ErrorKind::ServerDown, NOW + 100);
    assert_eq!(
        next(&down, &TEN, Cause::None, NOW + 100),
        Some((100 + i64::from(FIRST_WAIT), Because::Failed))
    );
    let mut refused = ended_well(None);
    failed(&mut refused, ErrorKind::Refused, NOW + 100);
    assert_eq!(next(&refused, &TEN, Cause::None, NOW + 100), Some((700, Because::Interval)));
}

#[test]
fn a_clock_that_was_set_back_makes_nobody_wait_longer() {
    let mut checks = ended_well(Some(900));
    let back = NOW - 1_000_000;
    assert_eq!(next(&checks, &TEN, Cause::None, back), Some((900 - 1_000_000, Because::TooSoon)));
    failed(&mut checks, ErrorKind::InUse, NOW);
    let (wait, _) = next(&checks, &TEN, Cause::None, back).unwrap();
    assert_eq!(wait, i64::from(MAX_WAIT) - 1_000_000);
}
