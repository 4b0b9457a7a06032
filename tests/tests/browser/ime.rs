//! Hangul is composed syllable by syllable: nothing acts on half of one.
use crate::{page, rows, seeded};
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

/// Enter goes down while a composition is open; the input method then ends it with `text`, and the key comes up.
async fn enter_ends_the_composition(browser: &Browser, text: &str) {
    let event =
        |kind: &str| json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229});
    browser.devtools("Input.dispatchKeyEvent", event("rawKeyDown")).await;
    browser.devtools("Input.insertText", json!({"text": text})).await;
    browser.devtools("Input.dispatchKeyEvent", event("keyUp")).await;
}

/// Some systems pass on the same Enter a second time, after the composition has ended.
async fn enter_comes_again(browser: &Browser) {
    let event = json!({"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13});
    browser.devtools("Input.dispatchKeyEvent", event).await;
}

/// The last syllable is in the field only after the composition: what Enter acts on is the live value, and it acts once.
#[tokio::test(flavor = "multi_thread")]
async fn enter_acts_once_after_the_composition_from_the_live_value() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, crate::SEEDED).await;

    // The search box: nothing is searched for while composing, and then once, for the whole word.
    browser.find("searchbox", "Search mail").await.fill("").await;
    for step in ["ㅂ", "보"] {
        composing(&browser, step).await;
    }
    browser.devtools("Input.insertText", json!({"text": "보"})).await;
    // What was found for the first syllable comes in while the next is being composed, and leaves it alone.
    for step in ["ㄱ", "고"] {
        composing(&browser, step).await;
    }
    rows(&browser, 44).await;
    let value = "return document.getElementById('search').value";
    assert_eq!(browser.run(value, vec![]).await, "보고");
    let marks = "return performance.getEntriesByName('search').length";
    let title = "return document.querySelector('.list-head h2').textContent";
    key_while_composing(&browser, "ㄱ", "KeyR").await;
    enter_ends_the_composition(&browser, "고서").await;
    browser.wait("what was found for the whole word", page::ROWS, vec![json!("22")]).await;
    let shown = browser.wait("its name", title, vec![]).await;
    assert!(shown.as_str().is_some_and(|t| t.contains("보고서")), "{shown}");
    browser
        .wait("two searches are done, one for each pause or Enter", &format!("{marks} === 2"), vec![])
        .await;
    let value = browser.run("return document.getElementById('search').value", vec![]).await;
    assert_eq!(value, "보고서", "and the word is there once");
    browser.keys("\u{e00c}").await;
    rows(&browser, crate::SEEDED).await;

    // A chip: Enter while composing makes one of the whole name and address, and the one that comes again makes none.
    browser.find("button", "Compose").await.click().await;
    browser.find("combobox", "To").await.fill("kim@green.test, lee@green.tes").await;
    composing(&browser, "ㅅ").await;
    let chips = "return document.querySelectorAll('[role=dialog] .token').length";
    assert_eq!(browser.run(chips, vec![]).await, 1);
    let event = json!({"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229});
    browser.devtools("Input.dispatchKeyEvent", event).await;
    assert_eq!(browser.run(chips, vec![]).await, 1, "not before the composition has ended");
    browser.devtools("Input.insertText", json!({"text": "t"})).await;
    enter_comes_again(&browser).await;
    browser
        .devtools(
            "Input.dispatchKeyEvent",
            json!({"type": "keyUp", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}),
        )
        .await;
    let names = "const t = Array.from(document.querySelectorAll('[role=dialog] .token'), (t) => t.getAttribute('aria-label')); return t.length > 1 && t";
    let names = browser.wait("the second chip", names, vec![]).await;
    assert_eq!(names, json!(["Remove kim@green.test", "Remove lee@green.test"]));
    let left = browser.run("return document.activeElement.value", vec![]).await;
    assert_eq!(left, "", "nothing is left beside the chips, and the focus is where it was");
    assert!(!browser.has("status", "Message sent").await && browser.has("dialog", "New message").await);
    assert_eq!(browser.run(marks, vec![]).await, 2, "and there was never another search");
}
