//! Mail is taken along: saved from one browser as files, and brought into another, where it is what it was.
use crate::{
    Stage, choose, deliver, folder, hook, idle, row, rows, set_options, settings, sign_in, stage, stored,
};
use fantoccini::Locator;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::message::{Address, Flags};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::mailhost::{ADA, BORA};
use pyeonji_tests::pop3::Stop;
use pyeonji_tests::seed;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Octets of the large attachment.
const LARGE: u32 = 3 << 20;
/// A folder of one's own.
const OWN: &str = "계획";
/// Options: leave a copy, any size, no check but by hand, nothing asked.
const BY_HAND: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Headers that all have; `n` makes them distinct.
fn head(n: u32, subject: &str) -> String {
    format!(
        "Date: {} Mar 2025 09:00:0{n} +0900\r\nFrom: carol@green.test\r\nTo: {}\r\nSubject: {subject}\r\nMessage-ID: <c{n}@seed.test>\r\n",
        n + 1,
        ADA.0
    )
}

/// As messages are, and as they shouldn't be.
fn mail() -> Vec<Vec<u8>> {
    use base64::Engine;
    let text = |n, subject: &str, body: &str| format!("{}\r\n{body}", head(n, subject)).into_bytes();
    let octets: Vec<u8> = (0..LARGE).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let base64 = base64::engine::general_purpose::STANDARD.encode(octets);
    let lines: Vec<&str> = base64.as_bytes().chunks(76).filter_map(|l| std::str::from_utf8(l).ok()).collect();
    let large = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--f\r\n\
         Content-Type: application/octet-stream; name=\"plan.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--f--\r\n",
        lines.join("\r\n")
    );
    // "회의" and "안녕" as EUC-KR has them.
    let mut korean = head(4, "=?EUC-KR?B?yLjAxw==?= korean").into_bytes();
    korean.extend(b"Content-Type: text/plain; charset=euc-kr\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xbe\xc8\xb3\xe7\r\n");
    let twice = seed::plain(40, "carol@green.test", ADA.0, "twice", "The same, octet for octet.");
    vec![
        seed::plain(41, "bora@green.test", ADA.0, "eight bits", "잘 지내시나요? ☃\r\n\u{a0}끝"),
        text(0, "dots", ".\r\n..\r\n.a line\r\n...\r\nnone\r\n"),
        text(
            1,
            "from lines",
            "From here\r\n>From there\r\n>> From\r\n\r\nFrom ada@blue.test Tue Nov 14 22:13:20 2023\r\nSubject: no message\r\n\r\n>>From x\r\n",
        ),
        text(2, "no end", "The last line goes on"),
        format!("{}{large}", head(3, "large")).into_bytes(),
        korean,
        text(5, "odd ends", &format!("{}\ra\rb\r\n\r\n\r\n\r\n", "long ".repeat(1_000))),
        b"Subject: bare\r\n\r\n".to_vec(),
        // Written by other programs, in another mailbox of long ago.
        [&b"Status: RO\r\nX-Status: DF\r\n"[..], &text(6, "kept before", "x\r\n")].concat(),
        format!("{}X-Mozilla-Status: 0009\r\nX-Gmail-Labels: Trash\r\nContent-Length: 9\r\n\r\nText\r\n", head(7, "deleted there"))
            .into_bytes(),
        b"Date: 1 Jan 2096 00:00:00 +0000\r\nFrom: \xa1@b\r\nSubject: \xb0\xa1 raw future\r\nMessage-ID: <z@z>\r\n\r\n\xff\xfe\r\n".to_vec(),
        seed::rich(42, "dave@blue.test", ADA.0),
        twice.clone(),
        twice,
    ]
}

/// As far as it is compared here; `Record` of the page's mailbox.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Record {
    version: u32,
    folder: FolderName,
    place: u32,
    flags: Flags,
    keywords: Vec<String>,
    received: i64,
    size: u64,
    head_only: bool,
    uidl: Option<Uidl>,
    origin: u8,
    from: Vec<Address>,
    to: Vec<Address>,
    subject: String,
}

/// A message on the device; `rest` of its record is what wasn't read, such as when it came here.
#[derive(Clone, Debug, PartialEq)]
struct Message {
    digest: [u8; 32],
    record: Record,
    rest: Vec<u8>,
}

/// All messages, in the order of their folders.
async fn messages(browser: &Browser, account: &str) -> Vec<Message> {
    let all = stored(browser, account).await.into_iter().map(|(record, source)| {
        let (record, rest) = postcard::take_from_bytes::<Record>(&record).expect("a record");
        assert_eq!(record.size, source.len() as u64, "{record:?}");
        Message { digest: Sha256::digest(&source).into(), record, rest: rest.to_vec() }
    });
    let mut all: Vec<Message> = all.collect();
    all.sort_by_key(|m| (m.record.folder.clone(), m.record.place));
    // Places are numbers of this store; only their order is the message's.
    all.iter_mut().for_each(|m| m.record.place = 0);
    all
}

/// What a mailbox file can carry.
fn carried(all: &[Message]) -> BTreeSet<([u8; 32], String, u16, String, i64, String)> {
    let of = |m: &Message| {
        let Record { folder, flags, keywords, received, subject, .. } = m.record.clone();
        (m.digest, folder.as_str().to_owned(), flags.0, keywords.join("\n"), received, subject)
    };
    all.iter().map(of).collect()
}

/// A browser with all of it: some read, some starred, some tagged, some filed.
async fn filled(stage: &Stage) -> (Browser, Vec<Message>) {
    let mail = mail();
    deliver(&stage.host, &mail);
    let browser = Browser::start(&Look::default()).await;
    hook::install(&browser).await;
    sign_in(&browser, &stage.url, ADA).await;
    rows(&browser, mail.len()).await;
    idle(&browser).await;
    for words in ["dots", "korean", "kept before"] {
        row(&browser, words, "r.querySelector('.quick [title=Star]').click()").await;
    }
    browser.find("button", "New folder").await.click().await;
    browser.find("textbox", "Name").await.fill(OWN).await;
    browser.find("button", "Create").await.click().await;
    browser.find("treeitem", OWN).await;
    for (n, words) in ["korean", "large", "deleted there"].into_iter().enumerate() {
        // Opened, and so read.
        row(&browser, words, "r.click()").await;
        browser.find("article", "").await;
        if words == "korean" {
            crate::tags::open(&browser).await;
            crate::tags::add(&browser, "할 일").await;
            crate::tags::add(&browser, "work").await;
            crate::tags::close(&browser).await;
        }
        let button = "const b = document.querySelector('[role=toolbar] button[aria-label=Move]:not(:disabled)'); b?.click(); return !!b";
        browser.wait("the button", button, vec![]).await;
        browser.find("combobox", "Find a folder").await.fill(OWN).await;
        browser.find("option", OWN).await.click().await;
        rows(&browser, mail.len() - n - 1).await;
    }
    row(&browser, "twice", "r.querySelector('.quick [title=Archive]').click()").await;
    row(&browser, "odd ends", "r.querySelector('.quick [title=Delete]').click()").await;
    rows(&browser, mail.len() - 5).await;
    let all = messages(&browser, ADA.0).await;
    assert_eq!(all.len(), mail.len());
    let count = |is: &dyn Fn(&Record) -> bool| all.iter().filter(|m| is(&m.record)).count();
    assert_eq!(count(&|r| r.folder.as_str() == OWN && r.flags.contains(Flags::SEEN)), 3);
    assert_eq!(count(&|r| r.flags.contains(Flags::FLAGGED)), 3);
    assert_eq!(count(&|r| r.keywords == ["할 일", "work"]), 1);
    (browser, all)
}

/// Opens "Take your mail with you"; the page is loaded anew for it once.
async fn takeout(browser: &Browser) {
    settings(browser, 3).await;
    browser.find("region", "Take your mail with you").await;
    browser.find("button", "Export, import, copy…").await.click().await;
    let there = "document.getElementById('tab-3')?.click(); return !!document.getElementById('export-what')";
    browser.wait("what can be taken along", there, vec![]).await;
}

/// Saves a copy of all folders, and gives back the file.
async fn save(browser: &Browser, format: &str, n: usize) -> Vec<u8> {
    takeout(browser).await;
    choose(browser, "export-what", "All folders").await;
    choose(browser, "export-format", format).await;
    browser.find("button", "Save a copy").await.click().await;
    browser.find("status", &format!("{n} saved.")).await;
    hook::file(browser).await
}

/// Brings a file in and waits until the page says what came of it.
async fn import(browser: &Browser, file: &std::path::Path, words: &str) {
    choose(browser, "import-into", "Inbox").await;
    let input = browser.client.find(Locator::Id("import-files")).await.expect("the input");
    input.send_keys(&file.display().to_string()).await.expect("a file");
    browser.find("status", words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_messages_brings_everything_back() {
    let stage = stage().await;
    let (browser, all) = filled(&stage).await;
    let n = all.len();
    let folder_of_files = tempfile::TempDir::with_prefix("pyeonji-files-").expect("folder");
    let file = folder_of_files.path().join("copy.zip");
    std::fs::write(&file, save(&browser, "Messages (.eml)", n).await).expect("file");
    drop(browser);

    // Another browser of the same person, which has fetched nothing so far.
    let browser = Browser::start(&Look::default()).await;
    stage.gate.stop(Stop::BeforeStat);
    sign_in(&browser, &stage.url, ADA).await;
    stage.gate.held().await;
    set_options(&browser, BY_HAND).await;
    stage.gate.abandon().await;
    takeout(&browser).await;
    assert_eq!(messages(&browser, ADA.0).await, []);
    import(&browser, &file, &format!("{n} imported.")).await;
    assert_eq!(messages(&browser, ADA.0).await, all);
    let before = stored(&browser, ADA.0).await;
    import(&browser, &file, &format!("{n} already here.")).await;
    assert!(stored(&browser, ADA.0).await == before, "nothing is written by it");

    // What the server has is known to be here by its head.
    let fetched = stage.gate.record().count("RETR");
    crate::back(&browser).await;
    rows(&browser, n - 5).await;
    crate::check(&stage, &browser).await;
    let seen = stage.gate.record();
    assert_eq!((seen.count("RETR") - fetched, seen.count("TOP"), seen.count("DELE")), (0, n, 0));
    assert_eq!(messages(&browser, ADA.0).await, all);
    folder(&browser, OWN, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mailbox_files_bring_sources_folders_flags_and_dates_back() {
    let stage = stage().await;
    let (browser, all) = filled(&stage).await;
    let n = all.len();
    let folder_of_files = tempfile::TempDir::with_prefix("pyeonji-files-").expect("folder");
    let file = folder_of_files.path().join("copy.mbox.zip");
    std::fs::write(&file, save(&browser, "Mailbox files (.mbox)", n).await).expect("file");
    drop(browser);

    // Another person's browser. What a mailbox file can't say by its nature: when a message came to the device, how, and its name
    // on the server; nor is it known whether an equal message is another one, so that of two one is brought.
    let browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, BORA).await;
    idle(&browser).await;
    takeout(&browser).await;
    import(&browser, &file, &format!("{} imported, 1 already here.", n - 1)).await;
    let came = messages(&browser, BORA.0).await;
    let second = |m: &Message| m.record.subject == "twice" && m.record.folder.as_str() == "Archive";
    let expected: Vec<Message> = all.into_iter().filter(|m| !second(m)).collect();
    assert_eq!(carried(&came).len(), n - 1);
    assert_eq!(carried(&came), carried(&expected));
    let before = stored(&browser, BORA.0).await;
    import(&browser, &file, &format!("{n} already here.")).await;
    assert!(stored(&browser, BORA.0).await == before, "nothing is written by it");
}
