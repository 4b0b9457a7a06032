//! Taking mail out and bringing it in: how far it is, what came of it, and why not all of it did.
use super::{Locale, T, count, count_with, number, size, t, what_happened};
use crate::state::mail::takeout::{Kind, Report, Running, Why};

/// What is done, and how much of it in hundredths where that is known.
pub fn progress(l: Locale, running: &Running) -> (String, Option<u64>) {
    let Report { kind, made, there, failures, bytes, .. } = &running.report;
    let done = made.saturating_add(*there).saturating_add(*failures);
    let values = [("done", number(done)), ("size", size(*bytes)), ("all", size(running.of.bytes))];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let part = (running.of.bytes > 0).then(|| (bytes.saturating_mul(100) / running.of.bytes).min(100));
    let words = match kind {
        Kind::Reach => t(l, T::RescueReaching).to_owned(),
        Kind::Export => count_with(l, T::TakeoutSaving, running.of.messages, &values),
        Kind::Send => count_with(l, T::TakeoutSending, running.of.messages, &values),
        Kind::Import | Kind::Fetch => count_with(l, T::TakeoutBringing, done, &values),
    };
    (words, part)
}

/// "312 imported, 4 already here, 1 couldn’t be read."
pub fn outcome(l: Locale, report: &Report) -> String {
    let Report { kind, made, there, failures, left_out, stopped, .. } = report;
    let (done, had, failed, out) = match kind {
        Kind::Reach => return String::new(),
        Kind::Export => (T::TookSaved, T::TookHere, T::TookUnread, T::TookHeads),
        Kind::Send => (T::TookCopied, T::TookThere, T::TookRefused, T::TookHeads),
        Kind::Import | Kind::Fetch => (T::TookImported, T::TookHere, T::TookUnread, T::TookDeleted),
    };
    let parts = [(done, *made), (had, *there), (failed, *failures), (out, *left_out)];
    let mut words: Vec<String> =
        parts.iter().filter(|(_, n)| *n > 0).map(|(key, n)| count(l, *key, *n)).collect();
    if *stopped {
        words.push(t(l, T::TookStopped).to_owned());
    }
    if words.is_empty() { t(l, T::TookNothing).to_owned() } else { words.join(", ") + "." }
}

/// Why one message stayed where it was.
pub fn stayed(l: Locale, why: &Why) -> &'static str {
    match why {
        Why::NotMail => t(l, T::WhyNotMail),
        Why::Damaged => t(l, T::WhyDamaged),
        Why::TooBig => t(l, T::WhyTooBig),
        Why::Locked => t(l, T::WhyLocked),
        Why::Error(error) => what_happened(l, error.kind),
    }
}

#[cfg(all(test, any(feature = "takeout", not(feature = "ui"))))]
mod tests {
    use super::*;
    use pyeonji_shared::device::Sum;

    #[test]
    fn the_outcome_is_a_sentence() {
        let report = Report { kind: Kind::Import, made: 1_312, there: 4, failures: 1, ..Report::default() };
        assert_eq!(outcome(Locale::English, &report), "1,312 imported, 4 already here, 1 couldn’t be read.");
        assert_eq!(outcome(Locale::Korean, &report), "1,312통 가져옴, 4통은 이미 있음, 1통은 읽지 못함.");
        let none = Report { kind: Kind::Import, ..Report::default() };
        assert_eq!(outcome(Locale::English, &none), "Nothing was found.");
        let sent = Report { kind: Kind::Send, there: 7, left_out: 2, stopped: true, ..Report::default() };
        assert_eq!(
            outcome(Locale::English, &sent),
            "7 already there, 2 left out because only the beginning is here, stopped before the end."
        );
    }

    #[test]
    fn progress_is_of_what_there_is() {
        let report = Report { kind: Kind::Export, made: 3, bytes: 512 << 10, ..Report::default() };
        let running = Running { report, of: Sum { messages: 6, bytes: 1 << 20 }, ..Running::default() };
        let (words, part) = progress(Locale::English, &running);
        assert_eq!((words.as_str(), part), ("Saving 3 of 6 messages, 512 KB of 1.0 MB", Some(50)));
        let reaching =
            Running { report: Report { kind: Kind::Reach, ..Report::default() }, ..Running::default() };
        assert_eq!(progress(Locale::English, &reaching).1, None);
    }
}
