//! Each verdict, and what flips it.
use super::*;
use pyeonji_shared::ids::{FolderName, Uid, UidValidity};
use pyeonji_shared::lab::scenario::Words;

const NOW: i64 = 1_800_000_000;

fn looked() -> Looked {
    let totals = |received, round_trips| Totals { sent: 300, received, round_trips, connections: 1 };
    let row = |n: u32| Row {
        seq: n,
        uid: Uid(10 + n),
        validity: UidValidity(7),
        size: 10_000,
        received: NOW - i64::from(11 - n) * DAY,
        read: true,
        subject: format!("Subject {n}"),
        message_id: Some(format!("<{n}@blue.test>")),
    };
    Looked {
        imap: Some(Folders {
            counts: vec![(FolderName::inbox(), Some(10)), (FolderName("Sent".into()), Some(4))],
            beyond: 0,
            rows: 10,
            inbox: 10,
        }),
        pop3: Some(Maildrop { messages: 10, octets: 100_000, listed: true, names: true }),
        imap_cost: totals(9_000, 5),
        pop3_cost: totals(900, 6),
        rows: (1..=10).map(row).collect(),
        quota: Some(QuotaItem { used: 100, limit: 10_000 }),
    }
}

fn verdicts(seen: &Looked) -> Vec<Option<Verdict>> {
    claims(seen, NOW).into_iter().map(|claim| claim.verdict).collect()
}

const HELD: Option<Verdict> = Some(Verdict::Held);
const NOT: Option<Verdict> = Some(Verdict::DidNotHold);

#[test]
fn each_verdict_has_what_flips_it() {
    let base = looked();
    // 9,986 KiB at 10,000 octets a day last for 1,013 days.
    assert_eq!(verdicts(&base), [HELD, HELD, NOT, HELD]);
    let mut long_list = base.clone();
    long_list.pop3_cost.received = 20_000;
    assert_eq!(verdicts(&long_list)[0], NOT);
    let mut little = base.clone();
    little.pop3 = Some(Maildrop { octets: 2_000, ..base.pop3.expect("there") });
    assert_eq!(verdicts(&little)[1], NOT);
    let mut nothing_elsewhere = base.clone();
    nothing_elsewhere.imap.as_mut().expect("there").counts.pop();
    assert_eq!(verdicts(&nothing_elsewhere)[2], HELD);
    let full = Looked { quota: Some(QuotaItem { used: 9_000, limit: 10_000 }), ..base.clone() };
    assert_eq!(verdicts(&full)[3], NOT);
}

#[test]
fn what_cant_be_told_has_no_verdict() {
    let base = looked();
    let none = Looked { quota: None, ..base.clone() };
    assert_eq!(verdicts(&none)[3], None);
    let today = Looked { rows: base.rows.iter().skip(9).cloned().collect(), ..base.clone() };
    assert_eq!(claims(&today, NOW - DAY / 2)[3].verdict, None);
    let empty = Looked { rows: Vec::new(), ..base.clone() };
    assert_eq!(verdicts(&empty)[3], None);
    // Of one protocol alone nothing is compared.
    assert_eq!(verdicts(&Looked { pop3: None, ..base.clone() }), [HELD]);
    assert!(verdicts(&Looked { imap: None, rows: Vec::new(), quota: None, ..base }).is_empty());
}

#[test]
fn other_messages_than_those_of_the_inbox_are_named() {
    let mut seen = looked();
    let said = |seen: &Looked| Words::clone(&claims(seen, NOW)[2].found);
    assert!(!said(&seen).en.contains("settings for POP3"));
    seen.pop3 = Some(Maildrop { messages: 3, ..seen.pop3.expect("there") });
    assert!(said(&seen).en.contains("POP3: 3 messages") && said(&seen).en.contains("settings for POP3"));
    assert!(said(&seen).ko.contains("메일 3통"));
}

#[test]
fn the_newest_unread_message_is_offered() {
    let mut rows = looked().rows;
    assert_eq!(offered(&rows).map(|o| (o.uid, o.newer)), Some((Uid(20), 0)));
    rows[6].read = false;
    assert_eq!(offered(&rows).map(|o| (o.uid, o.newer)), Some((Uid(17), 3)));
    // Without a Message-ID it can't be told from others.
    rows[6].message_id = None;
    assert_eq!(offered(&rows).map(|o| o.uid), Some(Uid(20)));
    rows.iter_mut().for_each(|row| row.message_id = None);
    assert_eq!(offered(&rows), None);
}

#[test]
fn what_fetching_did() {
    let verdict = |before, after| fetched(before, after, 1, "x").verdict;
    assert_eq!(verdict(false, Some(Some(false))), HELD);
    assert_eq!(verdict(false, Some(Some(true))), NOT);
    assert_eq!(verdict(false, Some(None)), NOT);
    assert_eq!(verdict(true, Some(None)), NOT);
    // It was marked already, or nothing could be seen.
    assert_eq!(verdict(true, Some(Some(true))), None);
    assert_eq!(verdict(false, None), None);
}

#[test]
fn a_subject_in_a_sentence() {
    assert_eq!(words::subject("  "), "—");
    assert_eq!(words::subject("a"), "\u{2068}a\u{2069}");
    let long = words::subject(&"글".repeat(200));
    assert!(long.chars().count() < 90 && long.contains('…'));
}
