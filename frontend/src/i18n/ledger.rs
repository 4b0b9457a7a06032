//! What becomes of mail on the server, in words.
use super::{Locale, T, count, count_with, fill, size, t};
use crate::state::mail::ledger::{Copy, Line};
use pyeonji_shared::device::duplicates;
use pyeonji_shared::device::entry::{Left, OnServer};
use pyeonji_shared::device::plan::{Keep, Leaving, State, Why};

/// Why a message leaves the server.
pub fn leaves(l: Locale, why: Why) -> String {
    match why {
        Why::Downloaded => t(l, T::WhyDownloaded).into(),
        Why::Days(days) => count(l, T::WhyDays, days.into()),
        Why::DeletedHere => t(l, T::WhyDeletedHere).into(),
        Why::Asked => t(l, T::WhyAsked).into(),
    }
}

/// What leaves the server under a rule. `day` writes a date.
pub fn leaving(l: Locale, leaving: &Leaving, day: &dyn Fn(i64) -> String) -> String {
    let Leaving { next, later, first } = leaving;
    let mut words = Vec::new();
    if next.messages > 0 {
        words.push(count_with(l, T::RuleNext, next.messages, &[("size", &size(next.bytes))]));
    }
    if let Some(first) = first {
        let values = [("size", size(later.bytes)), ("date", day(*first))];
        words.push(count_with(
            l,
            T::RuleLater,
            later.messages,
            &values.each_ref().map(|(k, v)| (*k, v.as_str())),
        ));
    }
    if words.is_empty() { t(l, T::RuleNothing).into() } else { words.join(" ") }
}

pub fn on_device(l: Locale, here: Copy, day: &dyn Fn(i64) -> String) -> String {
    let (key, at) = match here {
        Copy::Nothing => (T::HereNothing, None),
        Copy::Maybe => (T::HereMaybe, None),
        Copy::Whole(None) | Copy::Head(None) => (T::HereUncounted, None),
        Copy::Head(at) => (T::HereHead, at),
        Copy::Whole(at) => (T::HereWhole, at),
        Copy::Deleted(at) => (T::HereDeleted, Some(at)),
    };
    fill(l, key, &[("date", &at.map(day).unwrap_or_default())])
}

pub fn on_server(l: Locale, line: &Line, day: &dyn Fn(i64) -> String) -> String {
    match (line.server, line.state) {
        (OnServer::Gone { since, last_seen, .. }, _) => {
            fill(l, T::ThereGone, &[("date", &day(since)), ("seen", &day(last_seen))])
        }
        (OnServer::There { since }, State::Keep(Keep::Until(until))) => {
            fill(l, T::ThereUntil, &[("date", &day(since)), ("until", &day(until))])
        }
        (OnServer::There { since }, State::Delete(_)) => fill(l, T::ThereLeaving, &[("date", &day(since))]),
        (OnServer::There { since }, _) => fill(l, T::ThereSince, &[("date", &day(since))]),
    }
}

/// What the next check does with a message, and why.
pub fn reason(l: Locale, state: State) -> String {
    let key = match state {
        State::Delete(why) => return fill(l, T::SayLeaves, &[("why", &leaves(l, why))]),
        State::Whole => T::SayFetch,
        State::Head => T::SayFetchHead,
        State::Compare => T::SayCompare,
        State::Keep(keep) => match keep {
            Keep::Copy => T::SayCopy,
            Keep::Until(_) => T::SayUntil,
            Keep::ClockBehind => T::SayClock,
            Keep::UntilDeleted => T::SayUntilDeleted,
            Keep::DeletedBefore => T::SayDeletedBefore,
            Keep::HeadOnly => T::SayHeadOnly,
            Keep::TooBig => T::SayTooBig,
            Keep::Doubtful => T::SayDoubtful,
            Keep::SameName => T::SaySameName,
            Keep::WontGo => T::SayWontGo,
        },
        State::Gone(Left::Removed) => T::SayRemoved,
        State::Gone(Left::Unconfirmed) => T::SayUnconfirmed,
        State::Gone(Left::Missing) => T::SayMissing,
    };
    t(l, key).into()
}

/// How a message came to be here twice.
pub fn duplicate(why: duplicates::Why) -> T {
    match why {
        duplicates::Why::LedgerLost => T::TwinsLedgerLost,
        duplicates::Why::UidlChanged => T::TwinsUidlChanged,
        duplicates::Why::TwoClients => T::TwinsTwoClients,
        duplicates::Why::AppendedTwice => T::TwinsAppended,
        duplicates::Why::SameMessageTwice => T::TwinsSent,
        duplicates::Why::ImportedTwice => T::TwinsImported,
    }
}
