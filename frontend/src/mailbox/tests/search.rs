//! Search against a naive scan, in Korean and English.
use super::*;
use crate::mailbox::fold::fold;
use crate::mailbox::search::{MAX_LOOK, MAX_TEXTS};
use crate::mailbox::{Next, Search};
use proptest::prelude::*;
use pyeonji_shared::call::organise::{Delete, Move};
use pyeonji_shared::call::search::{Found, Search as Ask};
use pyeonji_shared::message::Part;
use pyeonji_shared::query::{PlainTerm, Query, Term};
use std::time::Instant;

/// Messages with what is stored beside their records.
struct Shelves {
    mailbox: Mailbox,
    views: BTreeMap<Uid, MessageView>,
    texts: BTreeMap<Uid, String>,
}

fn part(name: &str) -> Part {
    Part {
        section: "2".into(),
        mime: "application/pdf".into(),
        name: name.into(),
        size: 9,
        content_id: None,
        inline: false,
        preview: false,
    }
}

fn shelves(views: Vec<(MessageView, Flags)>) -> Shelves {
    let (mut records, mut all, mut texts) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for (n, (view, flags)) in (1..).zip(views) {
        let keywords =
            TAGS.iter().skip(usize::from(flags.0 % 4)).step_by(2).map(|k| (*k).to_owned()).collect();
        let added = Added { folder: name("INBOX"), place: Place(n), flags, keywords, ..Added::default() };
        let (record, text) = recorded(view.clone(), added);
        records.push((Uid(n), record));
        all.insert(Uid(n), view);
        texts.insert(Uid(n), text);
    }
    Shelves { mailbox: Mailbox::load(records, vec![]), views: all, texts }
}

fn ask(query: Query, rows: u32) -> Ask {
    Ask { folder: name("INBOX"), validity: VALIDITY, query, rows }
}

/// What a whole search comes to, and how much of the store it read.
#[derive(Default)]
struct Ran {
    rows: Vec<Uid>,
    found: Option<Found>,
    read: usize,
    steps: usize,
    first: Option<usize>,
}

fn run(s: &Shelves, query: Query, rows: u32) -> Ran {
    let mut search = Search::new(&s.mailbox, &ask(query, rows)).unwrap();
    let (mut ran, mut texts) = (Ran::default(), Vec::new());
    loop {
        let step = search.step(&s.mailbox, &texts);
        ran.steps += 1;
        ran.rows.extend(step.rows.iter().map(|r| r.uid));
        if !step.rows.is_empty() {
            ran.first.get_or_insert(ran.read);
        }
        texts.clear();
        match step.next {
            Next::Texts(uids) => {
                assert!(!uids.is_empty() && uids.len() <= MAX_TEXTS);
                ran.read += uids.len();
                texts.extend(uids.into_iter().map(|u| (u, s.texts[&u].clone())));
            }
            Next::Again => {}
            Next::Done(found) => {
                ran.found = Some(found);
                return ran;
            }
        }
    }
}

/// The same by looking at everything.
fn scan(s: &Shelves, query: &Query) -> Vec<Uid> {
    let hit = |uid: &Uid| {
        let (view, record) = (&s.views[uid], s.mailbox.record(*uid).unwrap());
        query.terms.iter().all(|term| holds(term, view, record))
    };
    s.mailbox.uids(&name("INBOX")).into_iter().rev().filter(hit).collect()
}

fn people_have(lists: &[&Vec<Address>], word: &str) -> bool {
    let line = |list: &Vec<Address>| {
        list.iter().map(|a| format!("{} <{}>", a.name, a.email)).collect::<Vec<_>>().join(", ")
    };
    fold(&lists.iter().map(|l| line(l)).collect::<Vec<_>>().join(" ")).contains(&fold(word))
}

fn holds(term: &Term, view: &MessageView, record: &Record) -> bool {
    let subject = |word: &str| fold(&view.subject).contains(&fold(word));
    let from = |word: &str| people_have(&[&view.from], word);
    let to = |word: &str| people_have(&[&view.to, &view.cc, &view.bcc], word);
    let body = |word: &str| {
        let names: Vec<&str> = view.parts.iter().map(|p| p.name.as_str()).collect();
        let rest = format!("{} {}", names.join(" "), view.text);
        people_have(&[&view.reply_to], word) || fold(&rest).contains(&fold(word))
    };
    let text = |word: &str| subject(word) || from(word) || to(word) || body(word);
    match term {
        Term::Text(word) => text(word),
        Term::From(word) => from(word),
        Term::To(word) => to(word),
        Term::Subject(word) => subject(word),
        Term::Not(PlainTerm::Text(word)) => !text(word),
        Term::Not(PlainTerm::From(word)) => !from(word),
        Term::Not(PlainTerm::To(word)) => !to(word),
        Term::Not(PlainTerm::Subject(word)) => !subject(word),
        Term::Tag(word) => tagged(record, word),
        Term::Not(PlainTerm::Tag(word)) => !tagged(record, word),
        Term::HasAttachment => !view.parts.is_empty(),
        Term::Before(days) => view.received < i64::from(*days) * 86_400,
        Term::Since(days) => view.received >= i64::from(*days) * 86_400,
        Term::Unread => !record.flags.contains(Flags::SEEN),
        Term::Read => record.flags.contains(Flags::SEEN),
        Term::Starred => record.flags.contains(Flags::FLAGGED),
        Term::Larger(bytes) => record.size > u64::from(*bytes),
    }
}

fn tagged(record: &Record, word: &str) -> bool {
    record.keywords.iter().any(|k| !k.starts_with('$') && fold(k) == fold(word))
}

/// Keywords by which search is tried; by a message's flags.
const TAGS: [&str; 5] = ["work", "가족 일", "Résumé", "$work", "x"];

/// Pieces of which messages and queries are made, so that they meet.
fn words(max: usize) -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "회의",
        "회의록",
        "계약",
        "계",
        "약서",
        "편지",
        "ㅂ니다",
        "안녕하세요",
        "Ada",
        "ada",
        "Résumé",
        "resume",
        "Re",
        "회",
        "the",
        "letter",
        "e",
        "x",
        " ",
        "\r\n",
        ", ",
        "@blue.test",
        "\u{1112}\u{116c}",
        "의",
        "İ",
        "Ελλάδα",
        "ελλαδα",
        "ß",
    ]);
    prop::collection::vec(piece, 0..max).prop_map(|pieces| pieces.concat())
}

fn address() -> impl Strategy<Value = Address> {
    (words(3), words(3)).prop_map(|(name, email)| Address { name, email, suspicious: false })
}

fn message() -> impl Strategy<Value = (MessageView, Flags)> {
    let people = || prop::collection::vec(address(), 0..7);
    let head = (words(6), people(), people(), people());
    let long = prop_oneof![4 => Just(1_usize), 1 => Just(200)];
    (head, words(12), long, 0..6i64, 0..8u16, any::<bool>()).prop_map(
        |((subject, from, to, cc), text, times, day, flags, file)| {
            let parts = if file { vec![part("계약서 final.pdf")] } else { Vec::new() };
            // The subject of a long message is longer than a row keeps, too.
            let subject = subject.repeat(times);
            let received = day * 86_400 + 5;
            let plain = view("", &subject, &text);
            (MessageView { from, to, cc, received, parts, ..plain }, Flags(flags))
        },
    )
}

fn tag() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "work",
        "WORK",
        "가족 일",
        "\u{1100}\u{1161}족 일",
        "가족",
        "resume",
        "$work",
        "wor",
        "X",
    ])
    .prop_map(str::to_owned)
}

fn term() -> impl Strategy<Value = Term> {
    let word = || words(4);
    prop_oneof![
        4 => word().prop_map(Term::Text),
        2 => word().prop_map(Term::From),
        2 => word().prop_map(Term::To),
        2 => word().prop_map(Term::Subject),
        1 => word().prop_map(|w| Term::Not(PlainTerm::Text(w))),
        1 => word().prop_map(|w| Term::Not(PlainTerm::From(w))),
        1 => word().prop_map(|w| Term::Not(PlainTerm::To(w))),
        1 => word().prop_map(|w| Term::Not(PlainTerm::Subject(w))),
        2 => tag().prop_map(Term::Tag),
        1 => tag().prop_map(|t| Term::Not(PlainTerm::Tag(t))),
        1 => (0..6).prop_map(Term::Before),
        1 => (0..6).prop_map(Term::Since),
        1 => prop::sample::select(vec![Term::Unread, Term::Read, Term::Starred, Term::HasAttachment, Term::Larger(50)]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn what_is_found_is_what_a_scan_finds(
        messages in prop::collection::vec(message(), 0..80),
        terms in prop::collection::vec(term(), 1..3),
        rows in 0..9u32,
    ) {
        let s = shelves(messages);
        let query = Query { terms };
        let wanted = scan(&s, &query);
        let ran = run(&s, query, rows);
        let found = ran.found.unwrap();
        prop_assert_eq!(&found.uids, &wanted);
        prop_assert!(!found.truncated);
        let first: Vec<Uid> = wanted.into_iter().take(rows as usize).collect();
        prop_assert_eq!(ran.rows, first, "the newest rows, newest first");
    }
}

/// `n` letters of about 400 syllables and words; every 97th has a word of its own.
fn many(n: u32) -> Shelves {
    let mut seed = 7_u32;
    let mut random = move |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    let mut letters = Vec::new();
    for i in 0..n {
        let mut text = String::new();
        for _ in 0..120 {
            for _ in 0..2 + random(3) {
                // The common syllables lie within a few hundred of each other.
                text.extend(char::from_u32(0xac00 + 28 * random(150)));
            }
            text.push(' ');
        }
        if i % 97 == 0 {
            text.push_str("계약서를 검토해 주세요 quarterly");
        }
        let mut view = view("Ada <ada@blue.test>", &format!("letter {i}"), &text);
        view.received = i64::from(i) * 600;
        letters.push((view, Flags::SEEN));
    }
    shelves(letters)
}

fn typed(text: &str) -> Query {
    Query::parse(text).unwrap()
}

#[test]
fn twenty_thousand_messages() {
    let s = many(20_000);
    let bytes: usize = s.mailbox.records().map(|(_, r)| r.signature.bytes()).sum();
    println!("signatures of 20,000 messages: {bytes} bytes");
    for (query, hits) in [
        ("계약서", 207),
        ("quarterly", 207),
        ("검토", 207),
        ("nowhere", 0),
        ("subject:19999", 1),
        ("is:unread", 0),
    ] {
        let start = Instant::now();
        let ran = run(&s, typed(query), 50);
        let took = start.elapsed();
        let found = ran.found.unwrap();
        println!("{query}: {} hits of {} texts in {} steps, {took:?}", found.uids.len(), ran.read, ran.steps);
        assert_eq!(found.uids.len(), hits, "{query}");
        // Few texts are read in vain, and the first hits come after two batches at most.
        assert!(ran.read <= hits + 2_000, "{query}: {} texts", ran.read);
        assert!(ran.first.is_none_or(|read| read <= 2 * MAX_TEXTS), "{query}: {:?}", ran.first);
    }
    // One letter has no pairs: every text may have it.
    let ran = run(&s, typed("q"), 50);
    assert_eq!((ran.found.unwrap().uids.len(), ran.read), (207, 20_000));
    // What the index decides alone reads nothing.
    assert_eq!(run(&s, typed("from:ada before:1970-01-02"), 50).read, 0);
}

#[test]
fn a_step_is_short_and_a_search_ends_with_its_owner() {
    let s = many(2_500);
    let mut search = Search::new(&s.mailbox, &ask(typed("is:unread"), 50)).unwrap();
    let steps = (0..10).take_while(|_| search.step(&s.mailbox, &[]).next == Next::Again).count();
    assert_eq!(steps, 2_500 / MAX_LOOK);
    let mut search = Search::new(&s.mailbox, &ask(typed("계약서"), 50)).unwrap();
    assert!(matches!(search.step(&s.mailbox, &[]).next, Next::Texts(_)));
    drop(search);
}

#[test]
fn what_leaves_or_has_no_text_while_it_is_searched_is_no_hit() {
    let letters = (0..4).map(|_| (view("Ada <ada@blue.test>", "s", "회의록"), Flags::SEEN));
    let mut s = shelves(letters.collect());
    let mut search = Search::new(&s.mailbox, &ask(typed("회의록"), 50)).unwrap();
    let Next::Texts(uids) = search.step(&s.mailbox, &[]).next else { panic!() };
    assert_eq!(uids, [Uid(4), Uid(3), Uid(2), Uid(1)]);
    let to = pyeonji_shared::call::organise::Destination::Folder(name("Trash"));
    s.mailbox.answer(&Call::Move(Move { set: set("INBOX", &[4]), to }));
    s.mailbox.answer(&Call::Delete(Delete { set: set("INBOX", &[3]) }));
    let texts: Vec<(Uid, String)> = [4, 3, 2].map(|n| (Uid(n), s.texts[&Uid(n)].clone())).into();
    let step = search.step(&s.mailbox, &texts);
    let Next::Done(found) = step.next else { panic!() };
    assert_eq!((found.uids, step.rows.len()), (vec![Uid(2)], 1));
}

#[test]
fn searches_that_make_no_sense() {
    let s = many(1);
    let refused = |ask: Ask| Search::new(&s.mailbox, &ask).map(|_| ()).unwrap_err().kind;
    use pyeonji_shared::error::ErrorKind;
    assert_eq!(refused(ask(Query::default(), 1)), ErrorKind::BadRequest);
    let long = Query { terms: vec![Term::Text("회".repeat(600)), Term::From("회".repeat(401))] };
    assert_eq!(refused(ask(long, 1)), ErrorKind::BadRequest);
    assert_eq!(refused(Ask { folder: name("nowhere"), ..ask(typed("a"), 1) }), ErrorKind::Gone);
}
