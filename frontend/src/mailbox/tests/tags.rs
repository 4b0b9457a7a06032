//! Tags of messages: what is one, how they are put on, taken off, and put back.
use super::*;
use crate::mailbox::record::MAX_KEYWORDS;
use crate::mailbox::tags::{self, MAX_CHARS, MAX_IN_USE, MAX_TAGS};
use crate::mailbox::{Retag, TagError};
use proptest::prelude::*;

/// A desk with a message for each of these lists of keywords; UIDs count from 1.
fn desk(all: &[Vec<String>]) -> Desk {
    let mut desk = Desk::new();
    for keywords in all {
        let place = desk.mailbox.next_place();
        let record = Record { keywords: keywords.clone(), ..record("INBOX", place, "s", Flags::default()) };
        let uid = desk.store.add(&record);
        let events = desk.mailbox.arrived(vec![(uid, record)]);
        desk.picture.apply(events);
    }
    desk.open("INBOX");
    desk
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|k| (*k).to_owned()).collect()
}

fn uids(n: u32) -> Vec<Uid> {
    (1..=n).map(Uid).collect()
}

fn carry_out(desk: &mut Desk, retags: &[Retag]) {
    let changes = desk.mailbox.tagged(retags);
    desk.follow(changes);
}

fn put(desk: &mut Desk, uids: &[Uid], tag: &str, on: bool) -> Result<Vec<Retag>, TagError> {
    let planned = desk.mailbox.retag(uids, tag, on)?;
    carry_out(desk, &planned);
    Ok(planned)
}

fn keywords(desk: &Desk, uid: u32) -> Vec<String> {
    desk.mailbox.record(Uid(uid)).unwrap().keywords.clone()
}

#[test]
fn a_name_is_trimmed_and_bounded_and_seen() {
    assert_eq!(tags::name("\u{3000} 가족 일 \u{a0}"), Ok("가족 일".into()));
    assert_eq!(tags::name(&"편".repeat(MAX_CHARS)), Ok("편".repeat(MAX_CHARS)));
    let long = "x".repeat(MAX_CHARS + 1);
    for bad in ["", " \u{3000} ", &long, "$work", "\\Seen", "a\u{0}b", "a\u{7f}", "a\u{202e}b", "\u{2066}a"] {
        assert_eq!(tags::name(bad), Err(TagError::Name), "{bad:?}");
    }
}

#[test]
fn what_programs_write_for_each_other_is_no_tag_and_stays() {
    let mut desk = desk(&[words(&["$Forwarded", "Work", "\\Odd", "work", ""])]);
    assert_eq!(tags::shown(&keywords(&desk, 1)), ["Work"]);
    assert_eq!(desk.mailbox.tags(&[]).into_iter().collect::<Vec<_>>(), [("work".into(), ("Work".into(), 0))]);
    put(&mut desk, &uids(1), "WORK", false).unwrap();
    assert_eq!(keywords(&desk, 1), ["$Forwarded", "\\Odd", ""]);
}

#[test]
fn a_tag_is_written_as_it_is_in_use_and_put_on_once() {
    let mut desk = desk(&[words(&["Straße"]), words(&["$NotJunk"]), words(&[])]);
    let writes = desk.store.writes;
    let done = put(&mut desk, &uids(3), "STRASSE", true).unwrap();
    assert_eq!(done.len(), 3, "ß and SS are letters of their own");
    let done = put(&mut desk, &uids(9), "straße", true).unwrap();
    assert_eq!(done.iter().map(|r| r.uid.0).collect::<Vec<_>>(), [2, 3], "and no message that isn't there");
    assert_eq!(keywords(&desk, 2), ["$NotJunk", "STRASSE", "Straße"]);
    assert_eq!(desk.store.writes - writes, 5, "those that change, once each");
    let known: Vec<_> = desk.mailbox.tags(&uids(2)).into_iter().map(|(_, known)| known).collect();
    assert_eq!(known, [("STRASSE".into(), 2), ("Straße".into(), 2)]);
    // The page heard of it, and another start finds it.
    let row = desk.picture.open.as_ref().unwrap().by_uid(Uid(2)).unwrap();
    assert_eq!(row.keywords, keywords(&desk, 2));
    assert_eq!(desk.store.load().record(Uid(2)).unwrap().keywords, keywords(&desk, 2));
}

#[test]
fn past_a_limit_nothing_is_changed() {
    let many = |n: usize| (0..n).map(|i| format!("t{i}")).collect::<Vec<_>>();
    let mut system = many(1);
    system.extend((0..MAX_KEYWORDS - 1).map(|i| format!("$k{i}")));
    let mut desk = desk(&[words(&[]), many(MAX_TAGS), many(MAX_TAGS - 1), system]);
    for full in [2, 4] {
        assert_eq!(put(&mut desk, &[Uid(1), Uid(full)], "new", true), Err(TagError::Full));
    }
    assert_eq!(keywords(&desk, 1), words(&[]));
    put(&mut desk, &[Uid(3)], "new", true).unwrap();
    assert_eq!(put(&mut desk, &[Uid(3)], "newer", true), Err(TagError::Full));
    // What is on already, and taking off, have no limit.
    put(&mut desk, &[Uid(2)], "t1", true).unwrap();
    put(&mut desk, &[Uid(2)], "t1", false).unwrap();
}

#[test]
fn a_mailbox_has_so_many_tags() {
    let all: Vec<Vec<String>> = (0..MAX_IN_USE).map(|i| vec![format!("t{i:03}")]).collect();
    let mut desk = desk(&all);
    assert_eq!(put(&mut desk, &uids(1), "new", true), Err(TagError::TooMany));
    put(&mut desk, &uids(1), "T199", true).unwrap();
    assert_eq!(keywords(&desk, 1), ["t000", "t199"]);
    put(&mut desk, &uids(1), "t000", false).unwrap();
    put(&mut desk, &uids(1), "new", true).unwrap();
    // Brought in from elsewhere there may be more: those of the chosen messages are among what is shown.
    let all: Vec<Vec<String>> = (0..MAX_IN_USE + 9).map(|i| vec![format!("t{i:03}")]).collect();
    let desk = super::tags::desk(&all);
    let last = Uid(MAX_IN_USE as u32 + 9);
    let shown = desk.mailbox.tags(&[last]);
    assert!(shown.len() == MAX_IN_USE && shown.contains_key(&"t208".to_owned()));
}

#[test]
fn the_longest_name_is_kept_when_it_is_brought_in() {
    let tag = "𠀀".repeat(MAX_CHARS);
    let added = Added { keywords: vec![tag.clone()], ..Added::default() };
    assert_eq!(recorded(view("a@b", "s", ""), added).0.keywords, [tag]);
}

fn some() -> impl Strategy<Value = Vec<Vec<String>>> {
    let word = prop::sample::select(vec!["work", "Work", "가족", "$Forwarded", "\\x", "b", "c"]);
    prop::collection::vec(prop::collection::vec(word.prop_map(str::to_owned), 0..6), 1..5)
}

fn tag() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["work", "WORK", "가족", "new"]).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn undone_it_is_as_it_was(all in some(), tag in tag(), on in any::<bool>(), later in tag(), between in any::<bool>()) {
        let mut desk = desk(&all);
        let before: Vec<Record> = desk.mailbox.records().map(|(_, r)| r.clone()).collect();
        let everyone = uids(all.len() as u32);
        let done = put(&mut desk, &everyone, &tag, on).unwrap();
        for uid in 1..=all.len() as u32 {
            prop_assert_eq!(tags::has(&keywords(&desk, uid), &tag), on);
        }
        // Meanwhile another tab may change another one.
        let other = if between && !tags::has(std::slice::from_ref(&later), &tag) { put(&mut desk, &everyone, &later, true).unwrap() } else { Vec::new() };
        let back = desk.mailbox.tags_back(&done);
        carry_out(&mut desk, &back);
        let others: Vec<Uid> = other.iter().map(|r| r.uid).collect();
        for (uid, was) in everyone.iter().zip(&before) {
            let now = desk.mailbox.record(*uid).unwrap();
            if others.contains(uid) {
                prop_assert!(tags::has(&now.keywords, &later), "what others did stays");
                prop_assert_eq!(tags::has(&now.keywords, &tag), tags::has(&was.keywords, &tag));
            } else {
                prop_assert_eq!(now, was);
            }
        }
        prop_assert!(desk.mailbox.tags_back(&done).is_empty() || !done.is_empty());
        let stored = desk.store.load();
        prop_assert!(stored.records().eq(desk.mailbox.records()));
    }
}

#[test]
fn a_chips_search_finds_its_tag() {
    use pyeonji_shared::query::{Query, Term};
    for (tag, typed) in [("work", "tag:work"), ("가족 일", "tag:\"가족 일\""), ("a\"b c", "tag:\"ab c\"")]
    {
        assert_eq!(tags::search(tag), typed);
        let Query { terms } = Query::parse(typed).unwrap();
        let [Term::Tag(word)] = &terms[..] else { panic!("{terms:?}") };
        assert_eq!(tags::searched(word), tags::searched(tag));
    }
}
