//! A POP3 account whose mail is kept on the device: real Chromium, a gateway, and Dovecot's pop3d behind a proxy that stops
//! where it is told.
mod account;
mod carry;
mod earlier;
mod hook;
mod kills;
mod quirks;
mod room;
mod tags;
mod two_ways;
mod vault;

use base64::Engine;
use pyeonji_tests::browser::Browser;
use pyeonji_tests::chaos::Chaos;
use pyeonji_tests::dovecot;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use pyeonji_tests::page;
use pyeonji_tests::pop3::{Gate, Stop};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Everything between a person and the mail server.
struct Stage {
    host: MailHost,
    /// Between gateway and server.
    gate: Gate,
    program: Program,
    /// Between page and gateway.
    chaos: Chaos,
    url: String,
}

async fn stage() -> Stage {
    stage_with("").await
}

/// `extra`: lines at the end of Dovecot's configuration.
async fn stage_with(extra: &str) -> Stage {
    let options = dovecot::Options { extra: extra.into(), ..dovecot::Options::default() };
    let host = MailHost::with(&options, 36_700_160);
    let port = host.dovecot.pop3;
    stage_at(host, port).await
}

/// `pop3`: where mail is fetched from; the rest is the host's.
async fn stage_at(host: MailHost, pop3: u16) -> Stage {
    let gate = Gate::start(pop3).await;
    let program = Program::of(&host, Security::Plain).collecting(gate.port);
    let chaos = Chaos::start(SocketAddr::from(([127, 0, 0, 1], program.port))).await;
    let program = program.behind(chaos.address.port());
    let url = format!("http://127.0.0.1:{}", chaos.address.port());
    Stage { host, gate, program, chaos, url }
}

/// Puts messages into Ada's Inbox.
fn deliver<'a>(host: &MailHost, messages: impl IntoIterator<Item = &'a Vec<u8>>) {
    host.dovecot.put(ADA.0, "", messages.into_iter().map(|bytes| (bytes.as_slice(), "")));
}

/// What lies in Ada's Inbox on the server, as bytes.
fn on_server(host: &MailHost) -> Vec<Vec<u8>> {
    let maildir = host.dovecot.maildir(ADA.0);
    let files =
        ["cur", "new"].into_iter().filter_map(|part| std::fs::read_dir(maildir.join(part)).ok()).flatten();
    // A file may go, or move from `new` to `cur`, while this looks: then it is looked for under its new name.
    files.filter_map(|file| std::fs::read(file.ok()?.path()).ok()).collect()
}

/// Sources of the messages on the device, as bytes, and with a record each.
async fn on_device(browser: &Browser) -> Vec<Vec<u8>> {
    stored(browser, ADA.0).await.into_iter().map(|(_, source)| source).collect()
}

/// Records and sources of the messages on the device, as bytes.
async fn stored(browser: &Browser, account: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let script = "const done = arguments[arguments.length - 1];\
        const open = indexedDB.open('pyeonji:' + arguments[0]);\
        open.onerror = () => done('no database');\
        open.onsuccess = () => { const db = open.result; const t = db.transaction(['messages', 'sources']);\
          const uids = t.objectStore('messages').getAllKeys(), records = t.objectStore('messages').getAll(),\
            keys = t.objectStore('sources').getAllKeys(), values = t.objectStore('sources').getAll();\
          t.onabort = () => done('aborted');\
          const text = bytes => Array.from(bytes, b => String.fromCharCode(b)).join('');\
          t.oncomplete = () => { db.close(); const whole = new Map(uids.result.map(u => [u, '']));\
            keys.result.forEach(([uid, n], i) => { if (whole.has(uid)) whole.set(uid, whole.get(uid) + text(values.result[i])) });\
            done(uids.result.map((u, i) => [btoa(text(records.result[i])), btoa(whole.get(u))])) } }";
    let found =
        browser.client.execute_async(script, vec![json!(account)]).await.expect("the database is read");
    let found = found.as_array().unwrap_or_else(|| panic!("the device's mail: {found}"));
    let decode = |v: &Value| base64::engine::general_purpose::STANDARD.decode(v.as_str()?).ok();
    found.iter().map(|v| (decode(&v[0]).expect("base64"), decode(&v[1]).expect("base64"))).collect()
}

/// Writes options (`Options` of the page's state, as postcard) where the page reads them when it begins.
async fn set_options(browser: &Browser, options: [u8; 7]) {
    let script = "const done = arguments[arguments.length - 1];\
        const open = indexedDB.open('pyeonji:' + arguments[0]);\
        open.onsuccess = () => { const t = open.result.transaction('meta', 'readwrite');\
          t.objectStore('meta').put(new Uint8Array(arguments[1]), 'options');\
          t.oncomplete = () => { open.result.close(); done('written') } }";
    let arguments = vec![json!(ADA.0), json!(options)];
    let done = browser.client.execute_async(script, arguments).await.expect("the database is written");
    assert_eq!(done, "written");
}

/// Opens a tab of the settings, by its place.
async fn settings(browser: &Browser, tab: u32) {
    browser.run("document.getElementById('account').click()", vec![]).await;
    let gear = "const b = document.querySelector('.menu use[href=\"#i-gear\"]')?.closest('button'); b?.click(); return !!b";
    browser.wait("the menu", gear, vec![]).await;
    let script = "const t = document.getElementById(arguments[0]); t?.click(); return t?.getAttribute('aria-selected') === 'true'";
    browser.wait("the tab", script, vec![json!(format!("tab-{tab}"))]).await;
}

/// Leaves the settings.
async fn back(browser: &Browser) {
    browser.find("button", "Back to mail").await.click().await;
    browser.find("grid", "Messages").await;
}

/// Chooses in a list, by its id and the words of the choice.
async fn choose(browser: &Browser, id: &str, words: &str) {
    let script = "const s = document.getElementById(arguments[0]);\
        const o = Array.from(s?.options || []).find(o => o.text.startsWith(arguments[1])); if (!o) return false;\
        s.value = o.value; s.dispatchEvent(new Event('change', {bubbles: true})); return true";
    browser.wait(id, script, vec![json!(id), json!(words)]).await;
}

/// Does something with the row whose name contains these words, as `r`.
async fn row(browser: &Browser, words: &str, action: &str) {
    browser
        .wait(
            words,
            &format!("{}; if (!r) return false; {action}; return true", page::THE_ROW),
            vec![json!(words)],
        )
        .await;
}

/// Opens a folder by the tree.
async fn folder(browser: &Browser, name: &str, n: usize) {
    browser.find("treeitem", name).await.click().await;
    rows(browser, n).await;
}

/// Signs in choosing POP3. The first time the page loads its other module by itself.
async fn sign_in(browser: &Browser, url: &str, (address, password): (&str, &str)) {
    browser.goto(url).await;
    browser.find("textbox", "Email address").await.fill(address).await;
    browser.find("combobox", "Account type").await;
    browser
        .run(
            "const t = document.getElementById('type'); t.value = 'pop3';\
             t.dispatchEvent(new Event('change', {bubbles: true}))",
            vec![],
        )
        .await;
    browser.find("textbox", "Password").await.fill(password).await;
    browser.find("button", "Sign in").await.click().await;
    browser.find("group", "Check mail").await;
    browser.find("grid", "Messages").await;
}

/// Waits until no check is running and none of the person's answers is waited for.
async fn idle(browser: &Browser) {
    browser.wait("the end of a check", page::IDLE, vec![]).await;
}

/// A check from the person's click to its end.
async fn check(stage: &Stage, browser: &Browser) {
    idle(browser).await;
    stage.gate.stop(Stop::BeforeStat);
    browser.find("button", "Check now").await.click().await;
    stage.gate.held().await;
    // What is asked for is on its way before it is painted.
    browser.wait("the check to be seen", page::BUSY, vec![]).await;
    stage.gate.release();
    browser.wait("the end of a check", page::CHECKED, vec![]).await;
}

async fn rows(browser: &Browser, n: usize) {
    browser.wait(&format!("{n} rows"), page::ROWS, vec![json!(n.to_string())]).await;
}
