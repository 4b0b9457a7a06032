//! Mail taken out and brought in, as far as the mailbox decides.
use super::{name, record, view};
use crate::mailbox::brought::{Along, Known, LineEnds, folder_of, is_mail};
use crate::mailbox::out::{Format, INDEX};
use crate::mailbox::{Changes, Mailbox, Origin, Place, Record, Write};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::device::{Fetched, Listed};
use pyeonji_shared::device::Uidl;
use pyeonji_shared::ids::Uid;
use pyeonji_shared::message::Flags;

fn fetched(id: &str, subject: &str, digest: u8) -> Fetched {
    let mut view = view("Ada <ada@blue.test>", subject, "text");
    (view.message_id, view.sent) = (Some(id.into()), Some(500));
    Fetched { size: 70, view, spans: Vec::new(), policy: 1, digest: [digest; 32] }
}

fn mailbox(records: Vec<Record>) -> Mailbox {
    Mailbox::load((1..).map(Uid).zip(records).collect(), vec![name("일/2024"), name("a:b"), name("A_B")])
}

fn some() -> Mailbox {
    let one = |folder: &str, place, subject: &str| Record {
        received: 1_000,
        size: 100 + u64::from(place),
        ..record(folder, Place(place), subject, Flags::SEEN)
    };
    mailbox(vec![
        Record {
            uidl: Some(Uidl("u\"1".into())),
            added_at: 7,
            keywords: vec!["$A".into(), "할 일".into()],
            ..one("INBOX", 2, "두 번째: a/b\u{7}")
        },
        one("INBOX", 1, "../..  "),
        Record { head_only: true, origin: Origin::Sent, ..one("일/2024", 3, "only the head") },
        Record { digest: Some([1; 32]), ..one("a:b", 4, "") },
        one("A_B", 5, "x"),
    ])
}

#[test]
fn an_export_has_each_message_once_oldest_first_under_names_any_system_takes() {
    let plan = some().export(None, Format::Eml, "ada@blue.test", 1_706_659_200);
    assert_eq!((plan.name.as_str(), plan.plain, plan.left_out), ("ada@blue.test-2024-01-31.zip", false, 0));
    assert_eq!((plan.of.messages, plan.of.bytes), (5, 515));
    let names: Vec<&str> =
        plan.folders.iter().flat_map(|(_, all)| all.iter().map(|l| l.name.as_str())).collect();
    assert_eq!(
        names,
        [
            "INBOX/000001 _.eml",
            "INBOX/000002 두 번째_ a_b_.eml",
            "일/2024/000003 only the head.eml",
            "a_b/000004 _.eml",
            "A_B (2)/000005 x.eml",
        ]
    );
    assert!(names.iter().all(|n| *n != INDEX));
    let index = plan.index.expect("an index");
    let lines: Vec<&str> = index.lines().collect();
    assert_eq!(lines[0], r#"{"version":1,"account":"ada@blue.test","entries":["#);
    assert!(lines.contains(&r#"{"folder":"Trash"},"#), "an empty folder too: {index}");
    assert!(lines.contains(
        &"{\"file\":\"INBOX/000002 두 번째_ a_b_.eml\",\"folder\":\"INBOX\",\"flags\":1,\"received\":1000,\"added\":7,\
          \"origin\":0,\"uidl\":\"u\\\"1\",\"keywords\":[\"$A\",\"할 일\"]},"
    ));
    let head = lines.iter().find(|l| l.contains("only the head")).expect("the head");
    assert!(head.contains("\"origin\":1,\"head_of\":103}"), "{head}");
    assert_eq!((lines[lines.len() - 1], index.matches("\"file\"").count()), ("]}", 5));
}

#[test]
fn a_mailbox_file_holds_what_is_whole() {
    let all = some().export(None, Format::Mbox, "ada@blue.test", 0);
    assert_eq!((all.left_out, all.of.messages, all.index.is_some()), (1, 4, false));
    assert_eq!((all.plain, all.name.as_str()), (false, "ada@blue.test-1970-01-01.mbox.zip"));
    let files: Vec<&str> = all.folders.iter().map(|(file, _)| file.as_str()).collect();
    assert!(files.contains(&"일/2024.mbox") && files.contains(&"A_B (2).mbox"), "{files:?}");
    let one = some().export(Some(&name("INBOX")), Format::Mbox, "ada@blue.test", 0);
    assert_eq!((one.plain, one.name.as_str(), one.of.messages), (true, "INBOX-1970-01-01.mbox", 2));
    assert_eq!(one.folders[0].1[0].sender, "ada@blue.test");
    assert_eq!(one.folders[0].1[1].keywords, ["$A", "할 일"]);
    let (sending, left_out) = some().sending();
    assert_eq!((sending.len(), left_out), (3, 1));
    assert_eq!((sending[0].special, sending[0].letters.len()), (Some(SpecialUse::Inbox), 2));
}

#[test]
fn what_is_here_is_known_once_each_for_an_exact_archive_and_always_for_others() {
    let mut twice = Vec::new();
    for digest in [9, 1, 9] {
        let along = Along::default();
        twice.push(
            mailbox(Vec::new()).record_of(&fetched("<a@b>", "s", digest), &along, name("INBOX"), 1_000).0,
        );
    }
    let mut known = Known::of(&mailbox(twice));
    assert!(known.has(&[9; 32], false) && known.has(&[9; 32], false) && known.has(&[9; 32], false));
    assert_eq!([9, 9, 9].map(|d| known.has(&[d; 32], true)), [true, true, false]);
    assert!(!known.has(&[2; 32], false));
    assert!(known.has_id("<a@b>", 70) && !known.has_id("<a@b>", 71) && !known.has_id("<b@b>", 70));
    let (other, exact) = (Along::default(), Along { exact: true, ..Along::default() });
    let head = Along { head_of: Some(900), ..Along::default() };
    let new = fetched("<c@b>", "s", 2);
    assert!([&other, &exact, &head].iter().all(|along| !known.has_all(&new, along)));
    known.add(&new, &exact);
    assert!(!known.has_all(&new, &exact), "what was there twice comes twice");
    known.add(&new, &head);
    assert!(known.has_all(&new, &head) && !known.has_all(&new, &other), "the whole is more than its head");
    known.add(&new, &other);
    assert!(known.has_all(&new, &other) && known.has_all(&fetched("<c@b>", "s", 7), &other));
}

#[test]
fn a_folder_is_found_by_any_of_its_names_or_made() {
    let mut mailbox = some();
    let otherwise = name("Archive");
    let mut home = |wish: &str| {
        let mut changes = Changes::default();
        let found = mailbox.home(wish, &otherwise, &mut changes);
        (found.0, changes.writes.len())
    };
    assert_eq!(home("Inbox"), ("INBOX".into(), 0));
    assert_eq!(home("Sent Items"), ("Sent".into(), 0));
    assert_eq!(home("보낸편지함"), ("Sent".into(), 0));
    assert_eq!(home(" "), ("Archive".into(), 0));
    assert_eq!(home("일/2024"), ("일/2024".into(), 0));
    assert_eq!(home("새/ 폴더 /"), ("새/폴더".into(), 1));
    assert_eq!(home("새/폴더"), ("새/폴더".into(), 0));
    assert_eq!(home("\u{1}"), ("Archive".into(), 0), "what can't be a name");
}

#[test]
fn a_label_may_be_a_folder() {
    let of = |labels: &[&str]| {
        let labels: Vec<String> = labels.iter().map(|l| (*l).to_owned()).collect();
        folder_of(&labels).cloned()
    };
    assert_eq!(of(&["Inbox", "Important", "Sent"]).as_deref(), Some("Sent"));
    assert_eq!(of(&["Opened", "받은편지함"]).as_deref(), Some("받은편지함"));
    assert_eq!(of(&["Archived", "Spam"]).as_deref(), Some("Spam"));
    assert_eq!(of(&["Work"]), None);
}

#[test]
fn a_record_is_what_the_archive_said() {
    let mut mailbox = some();
    let along = Along {
        flags: Flags::FLAGGED.with(Flags::DELETED),
        keywords: vec!["$A".into()],
        received: Some(42),
        origin: Origin::Sent,
        added: Some(43),
        uidl: Some(Uidl("u".into())),
        ..Along::default()
    };
    let (record, text) = mailbox.record_of(&fetched("<a@b>", "회의", 3), &along, name("INBOX"), 1_000);
    assert_eq!((record.flags, record.received, record.added_at), (Flags::FLAGGED, 42, 43));
    assert_eq!((record.origin, record.digest, record.size), (Origin::Sent, Some([3; 32]), 70));
    assert!(text.contains("회의") && record.uidl.is_some() && record.keywords == ["$A"]);
    // What nobody says is taken from the message, and a date to come from the clock.
    let plain = Along { origin: Origin::Imported, head_of: Some(900), ..Along::default() };
    let (record, _) = mailbox.record_of(&fetched("<a@b>", "s", 3), &plain, name("INBOX"), 1_000);
    assert_eq!((record.received, record.added_at, record.size), (500, 1_000, 900));
    assert!(record.head_only && record.digest.is_none());
    let (record, _) = mailbox.record_of(&fetched("<a@b>", "s", 3), &plain, name("INBOX"), 499);
    assert_eq!(record.received, 499);
    assert_eq!(Origin::from_number(Origin::Rescued as i64), Origin::Rescued);
    assert_eq!(Origin::from_number(99), Origin::Imported);
}

#[test]
fn by_its_head_a_message_is_known_by_its_name_or_by_what_it_calls_itself() {
    let one = |name: Option<&str>, id: Option<&str>, size| {
        let mut one = record("INBOX", Place(1), "s", Flags::default());
        (one.uidl, one.size) = (name.map(|name| Uidl(name.into())), size);
        one.head.message_id = id.map(str::to_owned);
        one
    };
    let mailbox = mailbox(vec![
        one(Some("a"), Some("<1@x>"), 90),
        one(Some("b"), Some("<1@x>"), 90),
        one(Some("c"), None, 70),
        one(None, None, 60),
        Record { head_only: true, ..one(Some("d"), Some("<2@x>"), 50) },
    ]);
    let known = |name: &str, id, size| {
        mailbox.known_by_head(&Listed { uidl: Uidl(name.into()), size }, id).map(|uid| uid.0)
    };
    // Of equal ones the one of that name.
    assert_eq!((known("b", Some("<1@x>"), 90), known("other", Some("<1@x>"), 90)), (Some(2), Some(1)));
    // Without a Message-ID by the name alone; the last line's end may not be counted.
    assert_eq!(
        (known("c", None, 70), known("c", None, 68), known("b", Some("<1@x>"), 88)),
        (Some(3), Some(3), Some(2))
    );
    // Another size, another message under the same name, nothing in common, and a head.
    assert_eq!([known("c", None, 71), known("c", Some("<3@x>"), 70), known("x", None, 60)], [None; 3]);
    assert_eq!([known("x", Some("<1@x>"), 88), known("d", Some("<2@x>"), 50)], [None; 2]);
}

#[test]
fn line_ends_are_those_of_mail_wherever_the_pieces_are_cut() {
    let whole = |ends: LineEnds, text: &str, cut: usize| {
        let mut ends = ends;
        let (a, b) = text.as_bytes().split_at(cut);
        let mut out = ends.push(a.to_vec());
        out.extend(ends.push(b.to_vec()));
        String::from_utf8(out).unwrap()
    };
    for (text, mended, always) in [
        ("a: b\nc\n", "a: b\r\nc\r\n", "a: b\r\nc\r\n"),
        ("a: b\r\nc\nd", "a: b\r\nc\nd", "a: b\r\nc\r\nd"),
        ("a\rb\n\r\n", "a\rb\r\n\r\n", "a\rb\r\n\r\n"),
        ("none", "none", "none"),
    ] {
        for cut in 0..=text.len() {
            assert_eq!(whole(LineEnds::default(), text, cut), mended, "{cut}");
            assert_eq!(whole(LineEnds::always(), text, cut), always, "{cut}");
        }
    }
}

#[test]
fn mail_begins_with_a_field() {
    for mail in ["Return-Path: <a@b>", "From a@b Thu", "\u{feff}Subject: x", "X-A : b", "Received:"] {
        assert!(is_mail(mail.as_bytes()), "{mail}");
    }
    for other in ["", "%PDF-1.4", "Hello\nworld", "<html>", ": x", "편지: x"] {
        assert!(!is_mail(other.as_bytes()), "{other}");
    }
}

#[test]
fn nothing_is_written_but_the_folder_that_was_made() {
    let mut changes = Changes::default();
    some().home("new", &name("INBOX"), &mut changes);
    assert!(matches!(changes.writes[..], [Write::Folders(_)]));
}
