//! A person at the page: real Chromium on the release bundle, Dovecot and Postfix behind the release gateway.
mod actions;
mod attachments;
mod drafts;
mod focus;
mod ime;
mod letter;
mod looks;
mod organise;
mod sealed;
mod settings;
mod shown;
mod sign_in;
mod wire;
mod writing;

use pyeonji_tests::browser::Browser;
use pyeonji_tests::chaos::Chaos;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, MailHost};
use pyeonji_tests::page;
use pyeonji_tests::seed;
use serde_json::json;
use std::net::SocketAddr;

/// Messages of Ada's Inbox; the newest is rich and from Bora.
const SEEDED: u32 = 110;
/// How many of them are unread: every third.
const UNREAD: u32 = 37;

fn seeded() -> MailHost {
    let host = MailHost::start();
    let mail = seed::many(SEEDED, ADA.0);
    host.dovecot.put(ADA.0, "", mail.iter().map(|(bytes, flags)| (bytes.as_slice(), *flags)));
    host
}

/// A browser reaches the gateway through a network that can be cut, at the URL that is returned.
async fn through_chaos(program: Program) -> (Program, Chaos, String) {
    let chaos = Chaos::start(SocketAddr::from(([127, 0, 0, 1], program.port))).await;
    // The address that the browser sees is the proxy's; the gateway is told to expect it.
    let program = program.behind(chaos.address.port());
    let url = format!("http://127.0.0.1:{}", chaos.address.port());
    (program, chaos, url)
}

/// Waits until the list has so many rows.
async fn rows(browser: &Browser, n: u32) {
    browser.wait(&format!("{n} rows"), page::ROWS, vec![json!(n.to_string())]).await;
}

/// Clicks the row whose name contains these words, once it is there.
async fn open_row(browser: &Browser, words: &str) {
    browser.wait(words, &format!("{}; r?.click(); return !!r", page::THE_ROW), vec![json!(words)]).await;
}

/// Clicks a button of the toolbar, once it can be used.
async fn tool(browser: &Browser, name: &str) {
    let script = "const b = document.querySelector(`[role=toolbar] button[aria-label=\"${arguments[0]}\"]:not(:disabled)`); b?.click(); return !!b";
    browser.wait(name, script, vec![json!(name)]).await;
}

/// Opens a folder by the tree.
async fn folder(browser: &Browser, name: &str) {
    browser.find("treeitem", name).await.click().await;
    let selected = "return Array.from(document.querySelectorAll('[role=treeitem][aria-selected=true]')).some(i => i.getAttribute('aria-label').startsWith(arguments[0]))";
    browser.wait(name, selected, vec![json!(name)]).await;
}

/// `detail` of the newest User Timing mark of this name.
async fn mark(browser: &Browser, name: &str) -> serde_json::Value {
    let script = "return performance.getEntriesByName(arguments[0], 'mark').at(-1)?.detail";
    browser.wait(&format!("the mark {name}"), script, vec![json!(name)]).await
}
