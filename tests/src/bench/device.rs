//! Mail kept on the device: a first download beside other POP3 clients, a check that finds nothing new, a search in all texts.
use super::page::{HELPERS, SETTLE};
use super::pop3::{self, Collected};
use super::process::Process;
use super::{letters, mpop};
use crate::browser::{Browser, FIND, Look};
use crate::chaos::Chaos;
use crate::dovecot::{self, Dovecot};
use crate::gateway::Program;
use crate::mailhost::{MailHost, Security};
use crate::page as scripts;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Time for a connection that serves no check any more to end, and to spare.
const REST: Duration = Duration::from_secs(6);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

const CHOOSE: &str = "const t = document.getElementById('type'); t.value = 'pop3'; t.dispatchEvent(new Event('change', {bubbles: true}))";
const WATCH: &str = "window.benchTasks = []; new PerformanceObserver(list => list.getEntries().forEach(e => window.benchTasks.push(e.duration))).observe({type: 'longtask'})";
/// The word stands in the box, and Enter is pressed when the time begins.
const SEARCH: &str = r#"
const box = pyeonjiFind('searchbox', 'Search mail');
box.value = arguments[0];
const t = performance.now();
box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
marked('search', t, d => d.count > 0).then(done, fail);
"#;
/// So many values of so many bytes into a database of this browser, 32 in a strictly durable transaction, two transactions at a time;
/// milliseconds.
const STORE: &str = r#"
const [count, bytes, done] = arguments;
const open = indexedDB.open('bench-floor');
open.onupgradeneeded = () => open.result.createObjectStore('s');
open.onerror = () => done('failed');
open.onsuccess = () => {
  const db = open.result, t = performance.now();
  const value = () => { const v = new Uint8Array(bytes); crypto.getRandomValues(v.subarray(0, 60000)); return v; };
  let next = 0, flying = 0;
  const go = () => {
    while (flying < 2 && next < count) {
      const tx = db.transaction('s', 'readwrite', {durability: 'strict'});
      for (let n = 0; n < 32 && next < count; n++) tx.objectStore('s').put(value(), next++);
      flying++;
      tx.onerror = () => done('failed');
      tx.oncomplete = () => { flying--; go(); };
    }
    if (flying === 0 && next >= count) {
      const took = performance.now() - t;
      db.close();
      indexedDB.deleteDatabase('bench-floor').onsuccess = () => done(took);
    }
  };
  go();
};
"#;
const PASSWORD: &str = "grey-boat-7";
/// Longest wait for a download.
const LONG: Duration = Duration::from_secs(900);
/// Words of the search, each in the text of one message far from the newest.
const WORDS: [&str; 2] = ["halyard", "돛줄"];

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Messages of the first download, and bytes of the file in each, before base64.
    pub messages: u32,
    pub bytes: usize,
    /// Messages of the mailbox in which nothing is new.
    pub many: u32,
    pub repeats: u32,
    /// The result, from the project's root.
    pub file: &'static str,
    pub command: &'static str,
}

impl Scale {
    pub fn full() -> Self {
        Self {
            messages: 5_000,
            bytes: 43_000,
            many: 20_000,
            repeats: 7,
            file: "docs/benchmarks-pop3.md",
            command: "cargo xtask bench --pop3",
        }
    }

    pub fn quick() -> Self {
        Self {
            messages: 200,
            many: 500,
            repeats: 3,
            file: "target/benchmarks-pop3-quick.md",
            command: "cargo xtask bench --pop3 --quick",
            ..Self::full()
        }
    }
}

/// One mailbox fetched for the first time, by other clients and by the page.
#[derive(Clone, Debug, Default)]
pub struct Download {
    pub messages: u32,
    /// Octets of all sources.
    pub octets: u64,
    /// By mpop, into a Maildir.
    pub client: Duration,
    /// By a program that does nothing else ([`pop3::collect`]).
    pub floor: Duration,
    pub ours: Duration,
    /// The same bytes put into this browser's database by a script that does nothing else.
    pub store: Duration,
    /// By how much the gateway's highest resident memory rose, bytes.
    pub raised: u64,
    /// Tasks of the page over 50 ms, and the longest, ms (Long Tasks API).
    pub long_tasks: u32,
    pub longest: f64,
}

/// A check with nothing new.
#[derive(Clone, Debug, Default)]
pub struct Quiet {
    pub messages: u32,
    pub connections: u64,
    /// Times that the gateway spoke after the server had, by a proxy's count.
    pub turns: u64,
    /// Bytes from the server by a proxy's count, and those of the answer to UIDL alone.
    pub bytes: u64,
    pub uidl: u64,
    /// Bytes from the gateway to the page, by a proxy's count.
    pub page: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub download: Download,
    pub quiet: Quiet,
    /// What was searched for, and milliseconds until the first hits were painted.
    pub search: Vec<(&'static str, Vec<f64>)>,
}

fn host(user: &str) -> MailHost {
    MailHost::with_users(&[(user, PASSWORD)], &dovecot::Options::default(), 1 << 20)
}

struct Stage {
    host: MailHost,
    /// Between gateway and server, and between page and gateway: they count.
    server: Chaos,
    front: Chaos,
    _program: Program,
    url: String,
}

impl Stage {
    async fn new(user: &str) -> Self {
        let host = host(user);
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let server = Chaos::start(local(host.dovecot.pop3)).await;
        let program = Program::of(&host, Security::Plain).collecting(server.address.port());
        let front = Chaos::start(local(program.port)).await;
        let program = program.behind(front.address.port());
        let url = format!("http://127.0.0.1:{}", front.address.port());
        Self { host, server, front, _program: program, url }
    }
}

pub async fn measure(scale: &Scale) -> Figures {
    let mut figures = Figures { download: download(scale).await, ..Figures::default() };
    let user = "many@blue.test";
    super::say(&format!("{} messages on the device", scale.many));
    let stage = Stage::new(user).await;
    fill_many(&stage.host.dovecot, user, scale.many);
    let browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, user).await;
    fetched(&browser, scale.many).await;
    figures.quiet = quiet(&stage, &browser, user, scale.many).await;
    super::say("search");
    for word in WORDS {
        let mut all = Vec::new();
        for _ in 0..scale.repeats {
            all.push(search(&browser, word).await);
        }
        figures.search.push((word, all));
    }
    figures
}

async fn download(scale: &Scale) -> Download {
    let user = "first@blue.test";
    super::say(&format!("{} messages with {} bytes each: filling", scale.messages, scale.bytes));
    // Nothing stands between page, gateway and server, as nothing stands between the bare client and the server.
    let host = host(user);
    let program = Program::of(&host, Security::Plain).collecting(host.dovecot.pop3);
    let sources: Vec<Vec<u8>> =
        (0..scale.messages).map(|n| letters::with_file(n, user, scale.bytes).into_bytes()).collect();
    host.dovecot.put(user, "", sources.iter().map(|s| (s.as_slice(), "")));
    // Dovecot reads sizes and names once; neither side pays for that.
    pop3::names(host.dovecot.pop3, user, PASSWORD).await;
    super::say("the other clients");
    let folder = tempfile::TempDir::with_prefix("pyeonji-bench-").expect("folder");
    let port = host.dovecot.pop3;
    let Collected { messages, octets, took: floor } =
        pop3::collect(port, user, PASSWORD, folder.path()).await;
    assert_eq!((messages, octets), (scale.messages, sources.iter().map(|s| s.len() as u64).sum()));
    let client = mpop::collect(port, user, PASSWORD, scale.messages);
    drop((folder, sources));
    super::say("the page");
    let process = Process(program.pid());
    let browser = Browser::start(&Look::default()).await;
    browser.goto(&program.url).await;
    let each = octets / u64::from(messages.max(1));
    let store =
        browser.client.execute_async(STORE, vec![json!(messages), json!(each)]).await.expect("a database");
    let store = Duration::from_secs_f64(store.as_f64().unwrap_or_else(|| panic!("{store}")) / 1000.0);
    let before = process.resident();
    process.reset_peak();
    let start = sign_in(&browser, &program.url, user).await;
    fetched(&browser, scale.messages).await;
    let ours = start.elapsed();
    let tasks = browser.run("return window.benchTasks", vec![]).await;
    let tasks: Vec<f64> = tasks.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    Download {
        messages,
        octets,
        client,
        floor,
        ours,
        store,
        raised: process.peak().saturating_sub(before),
        long_tasks: tasks.len() as u32,
        longest: tasks.into_iter().fold(0.0, f64::max),
    }
}

/// Small letters; one of them holds the words.
fn fill_many(dovecot: &Dovecot, user: &str, many: u32) {
    letters::fill(dovecot, user, "", many);
    letters::append(dovecot, user, many / 3, &format!("The {} is frayed.\r\n", WORDS.join(" or the ")));
}

/// Signs in for POP3; the first check begins by itself, and the page counts its long tasks from there on. When the button was
/// pressed.
async fn sign_in(browser: &Browser, url: &str, user: &str) -> Instant {
    browser.goto(url).await;
    browser.find("textbox", "Email address").await.fill(user).await;
    browser.find("combobox", "Account type").await;
    browser.run(CHOOSE, vec![]).await;
    browser.find("textbox", "Password").await.fill(PASSWORD).await;
    let start = Instant::now();
    browser.find("button", "Sign in").await.click().await;
    browser.find("group", "Check mail").await;
    browser.run(WATCH, vec![]).await;
    start
}

/// Waits until no check runs and the list has so many rows.
async fn fetched(browser: &Browser, messages: u32) {
    let start = Instant::now();
    let there = format!(
        "return (() => {{ {} }})() && (count => {{ {} }})(arguments[0])",
        scripts::IDLE,
        scripts::ROWS.replace("arguments[0]", "count")
    );
    while browser.run(&there, vec![json!(messages.to_string())]).await != json!(true) {
        assert!(start.elapsed() < LONG, "{messages} messages in {LONG:?}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// One check by hand, when the connection of the one before is gone, and until its own is.
async fn quiet(stage: &Stage, browser: &Browser, user: &str, messages: u32) -> Quiet {
    tokio::time::sleep(REST).await;
    let uidl = pop3::names(stage.host.dovecot.pop3, user, PASSWORD).await;
    let before =
        (stage.server.bytes(), stage.server.connections(), stage.front.bytes(), stage.server.turns());
    browser.find("button", "Check now").await.click().await;
    browser.find("status", "No new mail").await;
    tokio::time::sleep(REST).await;
    let after = (stage.server.bytes(), stage.server.connections(), stage.front.bytes());
    Quiet {
        messages,
        connections: after.1 - before.1,
        turns: stage.server.turns() - before.3,
        bytes: after.0.1 - before.0.1,
        uidl,
        page: after.2.1 - before.2.1,
    }
}

/// Milliseconds from Enter until the first hits are painted.
async fn search(browser: &Browser, word: &str) -> f64 {
    let script = format!("{FIND}{HELPERS}{SEARCH}");
    let value = browser.client.execute_async(&script, vec![json!(word)]).await.expect("a search");
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} from a search"));
    browser.find("button", "Clear the search").await.click().await;
    tokio::time::sleep(SETTLE).await;
    value
}
