//! Copying a device's mail into an account by IMAP and back, on the sandbox and on Dovecot: nothing twice, nothing left out, dates
//! and flags as they were; Python's imaplib is the judge.
use hyper::StatusCode;
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::message::Flags;
use pyeonji_shared::rescue::{Asked, Begun, Remote, Stored};
use pyeonji_tests::client::{Browserless, body_bytes, body_text};
use pyeonji_tests::gateway;
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::process::Command;

const MESSAGES: u32 = 50;

/// One message of the device.
#[derive(Clone)]
struct Letter {
    source: Vec<u8>,
    id: Option<String>,
    folder: &'static str,
    special: &'static str,
    flags: Flags,
    keywords: &'static str,
    date: i64,
}

/// Odd dates, all flags, Korean folders, messages without ids, equal ones, bodies of every size.
fn letters() -> Vec<Letter> {
    let places = [("INBOX", "Inbox"), ("Sent", "Sent"), ("여행/2024", ""), ("Receipts & bills", "")];
    let dates = [0, 1, 951_782_399, 1_078_055_999, 1_700_000_000, 946_684_799, 1_600_000_000];
    (0..MESSAGES)
        .map(|n| {
            let (folder, special) = places[n as usize % places.len()];
            // Every tenth has no id; the last one of each folder is the one before once more.
            let number = if n >= MESSAGES - 4 { n - 4 } else { n };
            let id = (number % 10 != 7).then(|| format!("<rescue-{number}@device.test>"));
            let id_line = id.as_ref().map_or(String::new(), |id| format!("Message-ID: {id}\r\n"));
            let body =
                format!("Line {number}\r\n").repeat(1 + 700 * (number as usize % 5) * (number as usize % 3));
            let date = format!("Date: Thu, {} Feb 2024 12:00:{:02} +0900\r\n", 1 + number % 28, number);
            let source = format!(
                "From: ada@blue.test\r\nSubject: =?utf-8?B?7Y647KeA?= {number}\r\n{date}{id_line}\r\n{body}"
            );
            Letter {
                source: source.into_bytes(),
                id,
                folder,
                special,
                flags: Flags(u16::try_from(n * 7 % 256).expect("small")),
                keywords: if n % 4 == 0 { "$Label1 Later" } else { "" },
                date: dates[n as usize % dates.len()] + i64::from(n),
            }
        })
        .collect()
}

fn place(letter: &Letter, op: u32) -> String {
    let folder: String = letter.folder.bytes().map(|b| format!("%{b:02X}")).collect();
    let special = if letter.special.is_empty() { String::new() } else { format!("&use={}", letter.special) };
    format!("folder={folder}{special}&op={op:032x}")
}

async fn read<T: DeserializeOwned>(http: &Browserless, path: &str, kind: &str, body: Vec<u8>) -> T {
    let response = http.post(path, kind, body).await;
    let status = response.status();
    let bytes = body_bytes(response).await;
    assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&bytes));
    postcard::from_bytes(&bytes).expect("an answer of our own")
}

async fn begin(http: &Browserless, form: &str) -> Begun {
    read(http, "/api/rescue", "application/json", form.into()).await
}

/// One whole run, as the page does it: what is there is asked for first, folder by folder, by size and then by date. How many were stored.
async fn run(http: &Browserless, form: &str, letters: &[Letter]) -> u32 {
    begin(http, form).await;
    let (mut appended, mut op) = (0, 0);
    let mut folders: Vec<&str> = letters.iter().map(|l| l.folder).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let of: Vec<&Letter> = letters.iter().filter(|l| l.folder == folder).collect();
        let (with, without): (Vec<&Letter>, Vec<&Letter>) = of.into_iter().partition(|l| l.id.is_some());
        let mut missing = with;
        for rewritten in [false, true] {
            let asked = |l: &&Letter| Asked {
                message_id: l.id.clone().expect("an id"),
                size: l.source.len() as u64,
                date: l.date,
                rewritten,
            };
            let Some(first) = missing.first() else { break };
            op += 1;
            let path = format!("/api/rescue/have?{}", place(first, op));
            let question: Vec<Asked> = missing.iter().map(asked).collect();
            let question = postcard::to_allocvec(&question).expect("postcard");
            let have: Vec<bool> = read(http, &path, "application/octet-stream", question).await;
            missing = missing.iter().zip(have).filter(|(_, there)| !there).map(|(l, _)| *l).collect();
        }
        for letter in missing.into_iter().chain(without) {
            op += 1;
            let keywords = letter.keywords.replace(' ', "%20");
            let path = format!(
                "/api/rescue/append?{}&flags={}&keywords={keywords}&date={}",
                place(letter, op),
                letter.flags.0,
                letter.date
            );
            let stored: Stored = read(http, &path, "message/rfc822", letter.source.clone()).await;
            appended += u32::from(stored == Stored::Appended);
        }
    }
    appended
}

async fn list(http: &Browserless, folder: &str) -> Vec<Remote> {
    let folder: String = folder.bytes().map(|b| format!("%{b:02X}")).collect();
    let response = http.get(&format!("/api/rescue/list?folder={folder}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = body_bytes(response).await;
    let (mut rest, mut rows) = (bytes.as_slice(), Vec::new());
    while !rest.is_empty() {
        let (row, tail) = postcard::take_from_bytes(rest).expect("a row");
        rows.push(row);
        rest = tail;
    }
    rows
}

/// A message's source, and what the gateway says that it says.
async fn message(http: &Browserless, folder: &str, uid: u32) -> (Vec<u8>, Fetched) {
    let folder: String = folder.bytes().map(|b| format!("%{b:02X}")).collect();
    let response = http.get(&format!("/api/rescue/message?folder={folder}&uid={uid}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut bytes = body_bytes(response).await;
    let length = bytes.split_off(bytes.len() - 4);
    let length = u32::from_le_bytes(length.try_into().expect("four")) as usize;
    let said = bytes.split_off(bytes.len() - length);
    (bytes, postcard::from_bytes(&said).expect("what it says"))
}

/// Everything about the letters comes back: the other way.
async fn comes_back(http: &Browserless, letters: &[Letter]) {
    for letter in letters {
        let rows = list(http, letter.folder).await;
        let alike: Vec<&Remote> = rows
            .iter()
            .filter(|r| r.received == letter.date && r.size as usize == letter.source.len())
            .collect();
        let [row] = alike[..] else { panic!("{} rows for {:?}", alike.len(), letter.id) };
        assert_eq!(row.message_id, letter.id);
        assert_eq!(row.flags, letter.flags.without(Flags::DELETED), "{:?}", letter.id);
        let mut keywords = row.keywords.clone();
        keywords.sort_unstable();
        assert_eq!(keywords.join(" "), letter.keywords);
        let (source, said) = message(http, letter.folder, row.uid.0).await;
        assert!(source == letter.source, "{:?} is another one now", letter.id);
        assert_eq!((said.size as usize, said.view.message_id), (source.len(), letter.id.clone()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_sandbox() {
    let (gateway, sandbox) = gateway::start_with_sandbox().await;
    let (ada, bora) = (&sandbox.accounts[0], &sandbox.accounts[1]);
    let mut http = Browserless::new(&gateway.url);
    http.sign_in(&ada.address, &ada.password).await.expect("signed in");
    let count = || {
        let account = sandbox.world.account(&bora.address).expect("account");
        account.with(|store| store.count())
    };
    let form = serde_json::json!({"address": bora.address, "password": bora.password}).to_string();
    let (letters, before) = (letters(), count());
    assert_eq!(run(&http, &form, &letters).await, MESSAGES);
    assert_eq!(run(&http, &form, &letters).await, 0, "the second run stores nothing");
    assert_eq!(count(), before + MESSAGES as usize);
    begin(&http, &form).await;
    comes_back(&http, &letters).await;
    // Signing out ends it, and with it the password.
    http.post("/api/logout", "application/json", b"{}".to_vec()).await;
    assert_eq!(http.get("/api/rescue/list?folder=INBOX").await.status(), StatusCode::UNAUTHORIZED);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_dovecot_judged_by_imaplib() {
    let host = MailHost::start();
    let provider = gateway::provider_of(&host, Security::Implicit);
    let gateway = gateway::start(vec![provider]).await;
    let mut http = Browserless::new(&gateway.url);
    http.sign_in(ADA.0, ADA.1).await.expect("signed in");
    let letters = letters();
    // One's own account, with the password of the sign-in.
    assert_eq!(run(&http, "{}", &letters).await, MESSAGES);
    let first = by_imaplib(&host, ADA);
    assert_eq!(run(&http, "{}", &letters).await, 0, "the second run stores nothing");
    assert_eq!(by_imaplib(&host, ADA), first);
    // To a server that rewrites what it stores, the device's messages are of another size than its own.
    let rewritten: Vec<Letter> = letters
        .iter()
        .map(|l| Letter { source: [b"X-Other: size\r\n", l.source.as_slice()].concat(), ..l.clone() })
        .collect();
    let nameless = u32::try_from(letters.iter().filter(|l| l.id.is_none()).count()).expect("few");
    assert_eq!(run(&http, "{}", &rewritten).await, nameless, "known by name and date");
    let moved = rewritten.iter().filter(|l| l.id.is_some()).take(8);
    let moved: Vec<Letter> = moved.map(|l| Letter { date: l.date + 86_400, ..l.clone() }).collect();
    assert_eq!(run(&http, "{}", &moved).await, 8, "with another date it is another one");
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for letter in &letters {
        expected.entry(letter.folder.to_owned()).or_default().push(line(letter));
    }
    expected.values_mut().for_each(|lines| lines.sort_unstable());
    assert_eq!(first, expected);
    begin(&http, "{}").await;
    comes_back(&http, &letters).await;
    // Another account, typed; a wrong password says so and nothing else.
    let form = serde_json::json!({"address": BORA.0, "password": BORA.1}).to_string();
    assert_eq!(run(&http, &form, &letters[..8]).await, 8);
    assert_eq!(by_imaplib(&host, BORA).values().map(Vec::len).sum::<usize>(), 8);
    let wrong = serde_json::json!({"address": BORA.0, "password": "wrong"}).to_string();
    let response = http.post("/api/rescue", "application/json", wrong.into()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(body_text(response).await.contains("WrongPassword"));
    assert_eq!(http.get("/api/rescue/list?folder=INBOX").await.status(), StatusCode::CONFLICT);
    gateway.stop().await;
}

/// As `by_imaplib` describes a message: date, flags and keywords, octets, digest.
fn line(letter: &Letter) -> String {
    let names = [
        (Flags::SEEN, "\\Seen"),
        (Flags::ANSWERED, "\\Answered"),
        (Flags::FLAGGED, "\\Flagged"),
        (Flags::DRAFT, "\\Draft"),
        (Flags::FORWARDED, "$Forwarded"),
        (Flags::JUNK, "$Junk"),
        (Flags::NOT_JUNK, "$NotJunk"),
    ];
    let mut words: Vec<&str> =
        names.iter().filter(|(flag, _)| letter.flags.contains(*flag)).map(|(_, name)| *name).collect();
    words.extend(letter.keywords.split(' ').filter(|k| !k.is_empty()));
    words.sort_unstable();
    let text = String::from_utf8_lossy(&letter.source);
    format!("{} ({}) {} {}", letter.date, words.join(" "), letter.source.len(), checksum(text.as_bytes()))
}

/// Adler-32 (RFC 1950 §8.2), which Python has too.
fn checksum(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

/// What Python finds in an account, by folder; folders without mail are left out.
fn by_imaplib(host: &MailHost, (user, password): (&str, &str)) -> BTreeMap<String, Vec<String>> {
    let output = Command::new("python3")
        .args(["-c", SCRIPT, &host.dovecot.imap.to_string(), user, password])
        .output()
        .expect("python3");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let (folder, rest) = line.split_once('\t').expect("two fields");
        all.entry(folder.to_owned()).or_default().push(rest.to_owned());
    }
    all.values_mut().for_each(|lines| lines.sort_unstable());
    all
}

const SCRIPT: &str = r#"
import base64, imaplib, re, sys, zlib
from datetime import datetime
port, user, password = sys.argv[1:]
box = imaplib.IMAP4("127.0.0.1", int(port))
box.authenticate("PLAIN", lambda _: ("\0%s\0%s" % (user, password)).encode())
def words(name):
    part = lambda m: base64.b64decode(m.group(1).replace(",", "/") + "===").decode("utf-16-be") if m.group(1) else "&"
    return re.sub("&([^-]*)-", part, name)
for entry in box.list()[1]:
    name = re.match(rb'\(.*?\) ".*?" (.*)', entry).group(1).decode().strip('"')
    if box.select('"%s"' % name, readonly=True)[0] != "OK":
        continue
    found = box.fetch("1:*", "(INTERNALDATE FLAGS BODY.PEEK[])")[1] if box.search(None, "ALL")[1][0] else []
    for item in found:
        if not isinstance(item, tuple):
            continue
        head, source = item[0].decode(), item[1]
        date = re.search('INTERNALDATE "(.*?)"', head).group(1).strip()
        date = int(datetime.strptime(date, "%d-%b-%Y %H:%M:%S %z").timestamp())
        flags = sorted(f for f in re.search(r"FLAGS \((.*?)\)", head).group(1).split() if f != "\\Recent")
        print("%s\t%d (%s) %d %d" % (words(name), date, " ".join(flags), len(source), zlib.adler32(source)))
box.logout()
"#;
