//! Hangul is composed syllable by syllable: nothing acts on half of one.
use crate::{page, seeded};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::json;

async fn composing(browser: &Browser, text: &str) {
    let n = text.encode_utf16().count();
    let composition = json!({"text": text, "selectionStart": n, "selectionEnd": n});
    browser.devtools("Input.imeSetComposition", composition).await;
}

/// A key as an input method passes it on while it composes: number 229.
async fn key_while_composing(browser: &Browser, key: &str, code: &str) {
    for kind in ["rawKeyDown", "keyUp"] {
        let event = json!({"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": 229});
        browser.devtools("Input.dispatchKeyEvent", event).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_hangul_becomes_one_chip_and_shortcuts_stay_quiet() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("button", "Compose").await.click().await;
    browser.find("combobox", "To").await.fill("").await;
    composing(&browser, "ㄱ").await;
    composing(&browser, "기").await;
    composing(&browser, "김").await;
    // Space and comma belong to the input method as long as it composes.
    key_while_composing(&browser, " ", "Space").await;
    key_while_composing(&browser, ",", "Comma").await;
    let chips = "return document.querySelectorAll('[role=dialog] .token, [role=dialog] [data-token]').length";
    assert_eq!(browser.run(chips, vec![]).await, 0, "no chip out of half a name");
    browser.devtools("Input.insertText", json!({"text": "김"})).await;
    browser.keys(" <kim@green.test>\u{e007}").await;
    let to = browser.wait("a chip", "const d = document.querySelector('[role=dialog]'); return d.innerText.includes('김') && d.innerText", vec![]).await;
    assert_eq!(to.as_str().unwrap_or_default().matches('김').count(), 1, "once, and whole: {to}");
    assert_eq!(browser.find("textbox", "Message body").await.text().await.trim(), "");

    // Letters of shortcuts, typed in Hangul into the text, are text.
    browser.find("textbox", "Message body").await.fill("").await;
    for step in ["ㄷ", "데", "덱"] {
        composing(&browser, step).await;
    }
    browser.devtools("Input.insertText", json!({"text": "덱"})).await;
    assert_eq!(browser.find("textbox", "Message body").await.text().await, "덱");
    browser.wait("nothing was archived", page::ROWS, vec![json!(crate::SEEDED.to_string())]).await;
}

/// With a Hangul layout, the key `J` says "ㅓ": the shortcut goes by its place on the keyboard.
#[tokio::test(flavor = "multi_thread")]
async fn shortcuts_work_with_a_hangul_layout() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("row", "").await;
    for (key, code, number) in [("ㅓ", "KeyJ", 74), ("ㅐ", "KeyO", 79)] {
        let event = json!({"type": "rawKeyDown", "key": key, "code": code, "windowsVirtualKeyCode": number});
        browser.devtools("Input.dispatchKeyEvent", event).await;
    }
    browser.find("article", "보고서 109").await;
}
