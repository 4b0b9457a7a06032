//! Every message of the foreign collections in a real mailbox: listed and opened through an account, over the wire.
use pyeonji_shared::account::UpstreamState;
use pyeonji_shared::call::list::{FolderSnapshot, Open, Window};
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::event::Event;
use pyeonji_shared::ids::{FolderName, MessageRef};
use pyeonji_shared::limits::MAX_WINDOW;
use pyeonji_shared::message::{Row, ViewNote};
use pyeonji_tests::client::{Browserless, Wire};
use pyeonji_tests::gateway;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Folder of the collection, and the ends of the names that are messages (`""`: all).
const MESSAGES: &[(&str, &[&str])] = &[
    ("mime4j", &[".msg"]),
    ("mimekit", &[".eml", ".txt"]),
    ("mikel-mail", &[""]),
    ("mail-parser-rfc", &[".eml"]),
    ("mail-parser-malformed", &[".eml"]),
    ("mail-parser-thirdparty", &[".eml"]),
    ("sisimai", &[""]),
];
/// Files that hold many messages one after another (RFC 4155).
const MBOXES: &[(&str, &[&str])] = &[("mimekit-mbox", &[".mbox.txt"])];

/// A name to print, and the bytes.
type Case = (String, Vec<u8>);

fn files(folder: &Path, list: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, list) } else { list.push(path) }
    }
}

fn cases(root: &Path, collection: &str, ends: &[&str]) -> Vec<Case> {
    let mut list = Vec::new();
    files(&root.join(collection), &mut list);
    list.sort();
    let named = |path: &PathBuf| ends.iter().any(|end| path.to_string_lossy().ends_with(end));
    let name = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    list.iter()
        .filter(|path| named(path))
        .map(|path| (name(path), std::fs::read(path).expect("a file")))
        .collect()
}

/// The messages of a mailbox file: each begins behind a line `From …` that follows an empty one.
fn split((name, bytes): &Case) -> Vec<Case> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut empty = true;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if empty && line.starts_with(b"From ") {
            found.push(Vec::new());
        } else if let Some(last) = found.last_mut() {
            last.extend_from_slice(line);
        }
        empty = line.trim_ascii().is_empty();
    }
    found.into_iter().enumerate().map(|(n, bytes)| (format!("{name}, message {}", n + 1), bytes)).collect()
}

/// Messages of our own that are as bad, so that there is something to open without the collections.
fn own() -> Vec<Case> {
    let embedded = |n: usize| {
        let open = "Content-Type: message/rfc822\r\n\r\n".repeat(n);
        format!("Subject: poison\r\n{open}Subject: inner\r\n\r\nend\r\n").into_bytes()
    };
    let nested = |n: usize| {
        let open: String = (0..n)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}x\r\n\r\n--b{n}x\r\n"))
            .collect();
        format!("Subject: deep\r\n{open}Content-Type: text/plain\r\n\r\nend\r\n").into_bytes()
    };
    let parts = "--b\r\nContent-Type: image/png\r\n\r\nx\r\n".repeat(1_100);
    let wide = format!("Subject: wide\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n");
    let html = |body: String| format!("Subject: h\r\nContent-Type: text/html\r\n\r\n{body}\r\n").into_bytes();
    let cases = [
        ("11 messages within one another", embedded(11)),
        ("2,000 messages within one another", embedded(2_000)),
        ("21 multiparts within one another", nested(21)),
        ("200 multiparts within one another", nested(200)),
        ("1,100 parts", wide.into_bytes()),
        ("a subject of 2 MiB", format!("Subject: {}\r\n\r\nend\r\n", "가".repeat(700_000)).into_bytes()),
        ("2,000 header fields", ["X-Field: a\r\n".repeat(2_000).as_bytes(), b"\r\nend\r\n"].concat()),
        ("no header", b"only text\r\n".to_vec()),
        ("no end of the header", b"Subject: cut".to_vec()),
        ("NUL and bytes above 127", b"Subject: a\0b\xff\r\n\r\n\0\xff\xfe\r\n".to_vec()),
        ("HTML 400 deep", html("<div>deep".repeat(400))),
        ("HTML of 2 MiB", html("<p>long</p>".repeat(200_000))),
    ];
    cases.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

/// What became of the messages of one collection.
#[derive(Debug, Default)]
struct Counts {
    cases: usize,
    stubs: usize,
    rendered: usize,
    raw: usize,
    refused: usize,
    reasons: BTreeMap<String, usize>,
}

impl Counts {
    fn because(&mut self, case: &Case, what: &str, reason: &str) {
        println!("  {what}: {}: {reason}", case.0);
        *self.reasons.entry(format!("{what}: {reason}")).or_default() += 1;
    }
}

/// All rows of the folder, oldest first.
async fn list(wire: &mut Wire, folder: &FolderName) -> (FolderSnapshot, Vec<Row>) {
    let opened = wire.call(Call::Open(Open { folder: folder.clone(), rows: 50 })).await;
    let Ok(Reply::Open(snapshot)) = opened else { panic!("{folder:?} is not listed: {opened:?}") };
    let mut rows: Vec<Row> = Vec::new();
    while (rows.len() as u32) < snapshot.exists {
        let (offset, len) = (rows.len() as u32, MAX_WINDOW);
        let window = Window { folder: folder.clone(), validity: snapshot.validity, offset, len };
        let answer = wire.call(Call::Window(window)).await;
        let Ok(Reply::Window(window)) = answer else { panic!("{folder:?} from {offset}: {answer:?}") };
        assert!(!window.rows.is_empty(), "{folder:?} lists {offset} of {} messages", snapshot.exists);
        rows.extend(window.rows);
    }
    rows.sort_by_key(|row| row.seq);
    (snapshot, rows)
}

async fn run(wire: &mut Wire, collection: &str, cases: &[Case]) -> Counts {
    let folder = FolderName(collection.into());
    let (snapshot, rows) = list(wire, &folder).await;
    assert_eq!(rows.len(), cases.len(), "{collection}: each message has a row");
    let mut counts = Counts { cases: cases.len(), ..Counts::default() };
    for (row, case) in rows.iter().zip(cases) {
        counts.stubs += usize::from(row.summary.broken);
        let at = MessageRef { folder: folder.clone(), validity: snapshot.validity, uid: row.summary.uid };
        match wire.call(Call::Read(Read { at: at.clone(), background: false })).await {
            Ok(Reply::Read(view)) => {
                assert_eq!(view.at, at, "{}", case.0);
                if view.notes.contains(&ViewNote::ShownRaw) {
                    counts.raw += 1;
                    assert!(!view.text.trim().is_empty() || case.1.trim_ascii().is_empty(), "{}", case.0);
                    let reason = if row.summary.broken {
                        "the server's description can't be read, nor can the source"
                    } else {
                        "the source can't be read as parts"
                    };
                    counts.because(case, "shown raw", reason);
                } else if view.notes.contains(&ViewNote::TooBigToShow) {
                    counts.refused += 1;
                    counts.because(case, "refused", "larger than what is shown");
                } else {
                    counts.rendered += 1;
                }
            }
            Err(error) => {
                counts.refused += 1;
                // Not reasons, but faults of ours, or the end of the link.
                let faults =
                    [ErrorKind::Internal, ErrorKind::Disconnected, ErrorKind::Protocol, ErrorKind::Gone];
                assert!(!faults.contains(&error.kind), "{}: {error}", case.0);
                counts.because(case, "refused", &error.to_string());
            }
            other => panic!("{}: {other:?}", case.0),
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_the_corpora_is_listed_and_opened() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let mut collections: Vec<(&str, Vec<Case>)> = vec![("own", own())];
    for (collection, ends) in MESSAGES.iter().chain(MBOXES) {
        if !root.join(collection).is_dir() {
            println!("counts: {collection} through an account: skipped, nothing at {}", root.display());
            continue;
        }
        let found = cases(&root, collection, ends);
        assert!(!found.is_empty(), "{collection} has no messages");
        let many = MBOXES.iter().any(|(name, _)| name == collection);
        collections.push((collection, if many { found.iter().flat_map(split).collect() } else { found }));
    }
    let host = MailHost::start();
    for (collection, cases) in &collections {
        host.dovecot.put(ADA.0, collection, cases.iter().map(|(_, bytes)| (bytes.as_slice(), "")));
    }
    let running = gateway::start(vec![gateway::provider_of(&host, Security::Implicit)]).await;
    let mut http = Browserless::new(&running.url);
    http.sign_in(ADA.0, ADA.1).await.expect("signed in");
    let mut wire = http.connect(None).await.expect("welcome");
    let session = wire.session();
    for (collection, cases) in &collections {
        let Counts { cases, stubs, rendered, raw, refused, reasons } =
            run(&mut wire, collection, cases).await;
        println!(
            "counts: {collection} through an account: {cases} messages listed ({stubs} as stubs), {rendered} rendered, \
             {raw} shown raw, {refused} refused {reasons:?}"
        );
        assert_eq!(rendered + raw + refused, cases);
        assert_eq!(reasons.values().sum::<usize>(), raw + refused, "each has a reason");
    }
    // Neither the link to the server nor the session ended on the way.
    assert_eq!(wire.call(Call::Refresh).await, Ok(Reply::Ok));
    for event in &wire.events {
        let lost =
            matches!(event, Event::Upstream(UpstreamState::Waiting { .. } | UpstreamState::Denied { .. }));
        assert!(!lost && !matches!(event, Event::Snapshot(_)), "{event:?}");
    }
    let resume = wire.cut();
    let again = http.connect(Some(resume)).await.expect("welcome back");
    assert!(again.welcome.resumed && again.session() == session, "the same session to the end");
    running.stop().await;
}
