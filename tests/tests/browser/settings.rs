//! The settings do what they say: language, keys of other programs, keys off.
use crate::{SEEDED, page, rows, seeded};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::json;

/// Chooses in a list, by its id: names are in the language of the page.
async fn choose(browser: &Browser, id: &str, index: u32) {
    let script = "const s = document.getElementById(arguments[0]); if (!s) return false; s.value = arguments[1];\
                  s.dispatchEvent(new Event('change', {bubbles: true})); return true";
    browser.wait(id, script, vec![json!(id), json!(index.to_string())]).await;
}

/// Opens the tab of the settings by its place.
async fn tab(browser: &Browser, place: u32) {
    let script = "const t = document.getElementById(arguments[0]); t?.click(); return t?.getAttribute('aria-selected') === 'true'";
    browser.wait("the tab", script, vec![json!(format!("tab-{place}"))]).await;
}

/// Leaves the settings and waits for the list.
async fn mail(browser: &Browser) {
    browser.run("document.querySelector('.settings-head button').click()", vec![]).await;
    rows(browser, SEEDED).await;
}

async fn settings(browser: &Browser) {
    browser.run("document.getElementById('account').click()", vec![]).await;
    browser.wait("the menu", "const b = document.querySelector('.menu use[href=\"#i-gear\"]')?.closest('button'); b?.click(); return !!b", vec![]).await;
    browser.wait("the settings", "return document.getElementById('tab-0')", vec![]).await;
}

/// Where the cursor of the list is.
const CURSOR: &str = "return document.querySelector('[role=grid]')?.getAttribute('aria-activedescendant')";

#[tokio::test(flavor = "multi_thread")]
async fn language_presets_and_the_off_switch() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;

    // Korean, at once and after a reload; and back.
    settings(&browser).await;
    choose(&browser, "language", 2).await;
    browser.wait("the page is Korean", "return document.documentElement.lang === 'ko'", vec![]).await;
    browser.find("heading", "설정").await;
    browser.goto(&program.url).await;
    browser.find("treeitem", "받은 메일함").await;
    browser.find("searchbox", "메일 검색").await;
    settings(&browser).await;
    choose(&browser, "language", 1).await;
    browser.wait("the page is English", "return document.documentElement.lang === 'en'", vec![]).await;
    browser.find("heading", "Settings").await;
    mail(&browser).await;
    browser.find("treeitem", "Inbox").await;

    // Roundcube's keys instead of Gmail's.
    settings(&browser).await;
    tab(&browser, 2).await;
    choose(&browser, "preset", 2).await;
    mail(&browser).await;
    browser.keys("j").await;
    browser.keys("n").await;
    let first = browser.wait("a cursor", CURSOR, vec![]).await;
    let newest =
        browser.run("return document.querySelector('[role=row][aria-rowindex=\"1\"]').id", vec![]).await;
    assert_eq!(first, newest, "`n` is next, `j` is nothing");
    // mox's: `d` deletes.
    settings(&browser).await;
    tab(&browser, 2).await;
    choose(&browser, "preset", 1).await;
    mail(&browser).await;
    browser.keys("j").await;
    browser.keys("m").await;
    browser.keys("?").await;
    let sheet = browser.find("dialog", "Keyboard shortcuts").await.text().await;
    assert!(sheet.contains("Shift+r") || sheet.contains("Shift+R"), "the sheet tells mox's keys: {sheet}");

    // Off, in the sheet itself; then no letter acts, and the choice survives a reload.
    browser.find("checkbox", "Use keyboard shortcuts").await.click().await;
    browser.find("button", "Close").await.click().await;
    browser.wait("the sheet is away", "return !document.querySelector('dialog')", vec![]).await;
    browser.goto(&program.url).await;
    rows(&browser, SEEDED).await;
    browser.keys("j").await;
    browser.keys("c").await;
    browser.keys("?").await;
    let drawn = "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => done(1)))";
    browser.client.execute_async(drawn, vec![]).await.expect("drawn");
    let quiet = "return !document.querySelector('[role=dialog], dialog[open]') && !document.querySelector('[role=grid]').hasAttribute('aria-activedescendant')";
    assert_eq!(browser.run(quiet, vec![]).await, true, "no key acts");
    settings(&browser).await;
    tab(&browser, 2).await;
    browser.find("checkbox", "Use keyboard shortcuts").await.click().await;
    choose(&browser, "preset", 0).await;
    mail(&browser).await;
    browser.keys("c").await;
    browser.find("dialog", "New message").await;
    browser.wait("nothing has left", page::ROWS, vec![json!(SEEDED.to_string())]).await;
}
