//! Tags of mail on this device: put on, shown, searched for, kept, and undone.
use crate::{Stage, deliver, idle, row, rows, sign_in, stage};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::mailhost::{ADA, BORA};
use pyeonji_tests::{page, seed};
use serde_json::json;

/// Opens the tags of what is chosen.
pub async fn open(browser: &Browser) {
    let more = "const b = document.querySelector('[role=toolbar] button[aria-label=More]:not(:disabled)'); b?.click(); return !!b";
    browser.wait("what is needed seldom", more, vec![]).await;
    browser.find("button", "Tags…").await.click().await;
    browser.find("dialog", "Tags").await;
}

/// Adds one in the dialog.
pub async fn add(browser: &Browser, tag: &str) {
    browser.find("textbox", "New tag").await.fill(tag).await;
    browser.find("button", "Add").await.click().await;
    checked(browser, tag, "true").await;
}

async fn checked(browser: &Browser, tag: &str, state: &str) {
    let script = "return Array.from(document.querySelectorAll('dialog [role=checkbox]')).find(b => b.textContent === arguments[0])?.getAttribute('aria-checked') === arguments[1]";
    browser.wait(&format!("{tag}: {state}"), script, vec![json!(tag), json!(state)]).await;
}

/// Escape, and the focus is where it was.
pub async fn close(browser: &Browser) {
    browser.keys("\u{e00c}").await;
    let closed = "return !document.querySelector('dialog') && document.activeElement?.getAttribute('aria-label') === 'More'";
    browser.wait("the button to have the focus again", closed, vec![]).await;
}

async fn select(browser: &Browser, words: &str) {
    row(browser, words, "r.querySelector('input').click()").await;
}

/// Waits until the row of these words has these tags, by its name and as they are drawn.
async fn tagged(browser: &Browser, words: &str, name: &str, chips: &[&str]) {
    let script = format!(
        "{}; return r.getAttribute('aria-label').endsWith(arguments[1]) && r.querySelectorAll('.tag').length === arguments[2].length\
         && Array.from(r.querySelectorAll('.tag')).every((t, i) => t.textContent === arguments[2][i] && t.checkVisibility())",
        page::THE_ROW
    );
    browser.wait(name, &script, vec![json!(words), json!(name), json!(chips)]).await;
}

async fn search(browser: &Browser, text: &str, n: usize) {
    browser.find("searchbox", "Search mail").await.fill(text).await;
    rows(browser, n).await;
}

async fn at_home(stage: &Stage, look: &Look) -> Browser {
    let letters: Vec<Vec<u8>> = ["first", "second", "third"]
        .into_iter()
        .enumerate()
        .map(|(n, subject)| seed::plain(n as u32, BORA.0, ADA.0, subject, "Hello"))
        .collect();
    deliver(&stage.host, &letters);
    let browser = Browser::start(look).await;
    sign_in(&browser, &stage.url, ADA).await;
    rows(&browser, letters.len()).await;
    idle(&browser).await;
    browser
}

/// Serious findings of axe, once nothing moves.
async fn clean(browser: &Browser, place: &str) {
    let path = std::env::var("PYEONJI_AXE").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../target/npm/node_modules/axe-core/axe.min.js").into()
    });
    let axe = std::fs::read_to_string(path).expect("axe-core, fetched by `cargo xtask test`");
    let drawn = "return document.getAnimations().every(a => a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)";
    browser.wait("the end of what moves", drawn, vec![]).await;
    assert_eq!(browser.axe(&axe).await, Vec::<String>::new(), "{place}");
    let wide = "return [document.documentElement.scrollWidth, window.innerWidth]";
    let wide = browser.run(wide, vec![]).await;
    assert!(wide[0].as_u64() <= wide[1].as_u64(), "{place} is wider than the screen: {wide}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_messages_are_tagged_found_and_kept_and_it_can_be_undone() {
    let stage = stage().await;
    let browser = at_home(&stage, &Look::default()).await;
    select(&browser, "first").await;
    select(&browser, "second").await;
    open(&browser).await;
    // Enter while a syllable is being composed adds once, after its end; in the composed form, whatever was typed.
    let compose = "const i = document.querySelector('dialog input'); i.focus(); i.dispatchEvent(new CompositionEvent('compositionstart'));\
        i.value = ' \u{1100}\u{1161}\u{110c}\u{1169}\u{11a8} ';\
        i.dispatchEvent(new KeyboardEvent('keydown', {key: 'Process', code: 'Enter', isComposing: true, bubbles: true}));\
        const before = document.querySelectorAll('dialog [role=checkbox]').length;\
        i.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true})); return before";
    assert_eq!(browser.run(compose, vec![]).await, 0);
    checked(&browser, "가족", "true").await;
    assert_eq!(browser.find("textbox", "New tag").await.text().await, "");
    clean(&browser, "the dialog").await;
    close(&browser).await;
    tagged(&browser, "first", ", Tags: 가족", &["가족"]).await;
    tagged(&browser, "second", ", Tags: 가족", &["가족"]).await;
    tagged(&browser, "third", "", &[]).await;
    browser.find("status", "Tags of 2 messages changed").await;

    // One of them has more; together they are mixed, and a click makes both have it.
    browser.run("document.querySelector('[aria-label=\"Clear the selection\"]').click()", vec![]).await;
    row(&browser, "first", "r.click()").await;
    browser.find("article", "first").await;
    open(&browser).await;
    for tag in ["할 일", "work", "x"] {
        add(&browser, tag).await;
    }
    for bad in ["$work", &"x".repeat(41)] {
        browser.find("textbox", "New tag").await.fill(bad).await;
        browser.find("button", "Add").await.click().await;
        browser.find("alert", "A tag has 1 to 40 characters").await;
    }
    close(&browser).await;
    tagged(&browser, "first", ", Tags: 가족, 할 일, work, x", &["가족", "할 일", "work", "+1"]).await;
    clean(&browser, "tags in list and reader").await;
    select(&browser, "first").await;
    select(&browser, "second").await;
    open(&browser).await;
    checked(&browser, "work", "mixed").await;
    checked(&browser, "가족", "true").await;
    browser.find("checkbox", "work").await.click().await;
    checked(&browser, "work", "true").await;
    close(&browser).await;
    tagged(&browser, "second", ", Tags: 가족, work", &["가족", "work"]).await;
    browser.find("status", "Tags of 1 message changed").await;
    browser.find("button", "Undo").await.click().await;
    browser.find("status", "Undone").await;
    tagged(&browser, "second", ", Tags: 가족", &["가족"]).await;

    // Searched for by the word, and by a click on one in the reader.
    search(&browser, "tag:가족", 2).await;
    search(&browser, "tag:WORK", 1).await;
    search(&browser, "-tag:work", 2).await;
    browser.keys("\u{e00c}").await;
    rows(&browser, 3).await;
    row(&browser, "first", "r.click()").await;
    browser.find("button", "할 일").await.click().await;
    rows(&browser, 1).await;
    assert_eq!(browser.find("searchbox", "Search mail").await.text().await, "tag:\"할 일\"");

    browser.goto(&stage.url).await;
    rows(&browser, 3).await;
    tagged(&browser, "first", ", Tags: 가족, 할 일, work, x", &["가족", "할 일", "work", "+1"]).await;
    search(&browser, "tag:가족", 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_in_the_dark() {
    let stage = stage().await;
    let look = Look { width: 360, height: 740, dark: true, language: "en" };
    let browser = at_home(&stage, &look).await;
    row(&browser, "first", "r.click()").await;
    browser.find("article", "first").await;
    open(&browser).await;
    for tag in ["a rather long name of a tag, 40 letters.", "할 일", "work", "x"] {
        add(&browser, tag).await;
    }
    clean(&browser, "the dialog on a phone").await;
    close(&browser).await;
    clean(&browser, "the reader on a phone").await;
    // The number opens them, too.
    browser.find("button", "+1").await.click().await;
    browser.find("checkbox", "x").await.click().await;
    checked(&browser, "x", "false").await;
    browser.keys("\u{e00c}").await;
    browser.find("button", "work").await.click().await;
    rows(&browser, 1).await;
    browser.wait("the list instead of the reader", page::ROW, vec![json!("work")]).await;
    clean(&browser, "the list on a phone").await;
}
