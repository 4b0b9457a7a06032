//! Every page in light and dark, wide and narrow, English and Korean: nothing serious for axe; a phone can do it all.
use crate::{SEEDED, open_row, page, seeded};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::json;

const PHONE: Look = Look { width: 360, height: 740, dark: false, language: "en" };

/// A link whose text names another site.
const MISLEADING: &[u8] = b"From: shop@lists.test\r\nTo: ada@blue.test\r\nSubject: spring news\r\nMessage-ID: <s@seed.test>\r\n\
    MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>News <img src=https://shop.test/a.png>\
    <a href=https://shop.test/>https://bank.test/</a></p>\r\n";
const LETTER: &str = "return document.querySelector('article iframe')?.contentDocument?.body?.innerText";
const MODAL: &str = "return document.querySelector('dialog[open]')";
const NO_MODAL: &str = "return !document.querySelector('dialog')";
const COMPOSER: &str = "return document.querySelector('[role=dialog]')";

/// A key wherever the focus is; WebDriver would want an element that stays the same until the key is down.
async fn press(browser: &Browser, key: &str) {
    let script = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true, cancelable: true}))";
    browser.run(script, vec![json!(key)]).await;
}

/// Everything is found by what doesn't depend on the language.
async fn axe_in(look: Look) {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let source = pyeonji_tests::page::axe();
    let browser = Browser::start(&look).await;
    let clean = async |place: &str| {
        // What is still fading in has not its colours yet.
        let drawn = "return document.getAnimations().every(a => a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)";
        browser.wait("the end of what moves", drawn, vec![]).await;
        assert_eq!(browser.axe(&source).await, Vec::<String>::new(), "{place}, {look:?}");
        let wide = "return [document.documentElement.scrollWidth, window.innerWidth]";
        let wide = browser.run(wide, vec![]).await;
        assert!(wide[0].as_u64() <= wide[1].as_u64(), "{place} is wider than the screen: {wide}, {look:?}");
    };
    let sign_in = "const f = document.getElementById('signin-form'); f.address.value = arguments[0]; f.password.value = arguments[1]; f.requestSubmit()";
    let row = "return document.querySelector('[role=row][data-uid]')";
    browser.goto(&program.url).await;
    browser.wait("the form", "return document.getElementById('signin-form')", vec![]).await;
    clean("sign-in").await;
    browser.run(sign_in, vec![json!(ADA.0), json!("wrong")]).await;
    browser.wait("an alert", page::ALERT, vec![]).await;
    clean("sign-in, refused").await;
    browser.run(sign_in, vec![json!(ADA.0), json!(ADA.1)]).await;
    browser.wait("rows", row, vec![]).await;
    clean("list").await;

    host.dovecot.put(ADA.0, "", [(MISLEADING, "")]);
    open_row(&browser, "spring news").await;
    browser.wait("a letter", LETTER, vec![]).await;
    clean("reader").await;
    let link = "document.querySelector('article iframe').contentDocument.querySelector('a').click()";
    browser.run(link, vec![]).await;
    browser.wait("the question about the link", MODAL, vec![]).await;
    clean("link").await;
    browser.run("document.querySelector('dialog[open] .buttons button').click()", vec![]).await;
    browser.wait("the question is away", NO_MODAL, vec![]).await;
    press(&browser, "v").await;
    browser.wait("where to move", MODAL, vec![]).await;
    clean("move").await;
    browser.run("document.querySelector('dialog[open] header button').click()", vec![]).await;
    browser.wait("the dialog is away", NO_MODAL, vec![]).await;

    // What is deleted from Trash is asked about.
    press(&browser, "#").await;
    browser.wait("one message less", page::ROWS, vec![json!(SEEDED.to_string())]).await;
    browser
        .wait(
            "the way back",
            "return document.querySelector('[role=status] button:not([aria-label])')",
            vec![],
        )
        .await;
    clean("a status with a way back").await;
    browser.run("document.querySelector('[role=treeitem] use[href=\"#i-trash\"]').closest('[role=treeitem]').click()", vec![]).await;
    browser.wait("Trash", page::ROWS, vec![json!("1")]).await;
    browser.wait("its row", row, vec![]).await;
    for key in ["j", "#"] {
        press(&browser, key).await;
    }
    browser.wait("the question about deleting", MODAL, vec![]).await;
    clean("delete for ever").await;

    browser.goto(&format!("{}/settings", program.url)).await;
    for place in ["tab-0", "tab-1", "tab-2"] {
        let tab = "const t = document.getElementById(arguments[0]); t?.click(); return t?.getAttribute('aria-selected') === 'true'";
        browser.wait(place, tab, vec![json!(place)]).await;
        clean(place).await;
    }
    browser.goto(&program.url).await;
    browser.wait("rows", row, vec![]).await;
    press(&browser, "c").await;
    browser.wait("a composer", COMPOSER, vec![]).await;
    clean("compose").await;
    // An address that is none and nobody in the other fields, sent: the problem is said.
    let copies = "const i = document.querySelectorAll('[role=dialog] input[role=combobox]'); if (i.length < 3) return false; i[1].focus(); return true";
    browser.wait("the field for copies", copies, vec![]).await;
    browser.keys("nobody\u{e007}").await;
    browser.run("document.querySelector('[role=dialog] footer .primary').click()", vec![]).await;
    browser.wait("the problem", page::ALERT, vec![]).await;
    clean("compose with copies and a problem").await;
    browser.goto(&program.url).await;
    browser.wait("rows", row, vec![]).await;
    press(&browser, "?").await;
    browser.wait("the help sheet", MODAL, vec![]).await;
    clean("help").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_wide_and_light() {
    axe_in(Look::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_wide_dark_and_korean() {
    axe_in(Look { dark: true, language: "ko", ..Look::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_a_phone() {
    axe_in(PHONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_a_dark_korean_phone() {
    axe_in(Look { dark: true, language: "ko", ..PHONE }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_the_narrowest_screen() {
    axe_in(Look { width: 320, height: 640, ..PHONE }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_the_widest_screen() {
    axe_in(Look { width: 3840, height: 2160, dark: true, language: "en" }).await;
}

/// One column: the list, then the letter, and back by the back gesture; nothing is wider than the screen.
#[tokio::test(flavor = "multi_thread")]
async fn a_phone_reads_goes_back_and_swipes() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&PHONE).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("row", "").await;
    let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
    assert_eq!(browser.run(fits, vec![]).await, true, "the list fits");
    browser.run("document.querySelector('[role=row][data-uid]').click()", vec![]).await;
    browser.find("article", "보고서 109").await;
    browser.wait("the list is away", "const g = document.querySelector('[role=grid]'); return !g?.checkVisibility({visibilityProperty: true})", vec![]).await;
    assert_eq!(browser.run(fits, vec![]).await, true, "the letter fits");
    let small = "return Array.from(document.querySelectorAll('[role=toolbar] button')).filter(b => b.getClientRects().length).map(b => b.getBoundingClientRect()).filter(r => r.width < 44 || r.height < 44).length";
    assert_eq!(browser.run(small, vec![]).await, 0, "every button can be hit by a thumb");
    browser.client.back().await.expect("back");
    browser.find("grid", "Messages").await;
    browser
        .wait(
            "the letter is away",
            "return !document.querySelector('article')?.checkVisibility({visibilityProperty: true})",
            vec![],
        )
        .await;

    // A swipe to the right archives, and says so while it is done.
    let place = browser.run("const r = document.querySelector('[role=row][data-uid]').getBoundingClientRect(); return [r.left + 60, r.top + r.height / 2]", vec![]).await;
    let (x, y) = (place[0].as_f64().unwrap_or(0.0), place[1].as_f64().unwrap_or(0.0));
    let touch = async |kind: &str, dx: f64| {
        let points = if kind == "touchEnd" { json!([]) } else { json!([{"x": x + dx, "y": y}]) };
        browser.devtools("Input.dispatchTouchEvent", json!({"type": kind, "touchPoints": points})).await;
    };
    touch("touchStart", 0.0).await;
    for dx in [20.0, 60.0, 100.0, 140.0] {
        touch("touchMove", dx).await;
    }
    browser
        .wait(
            "the action is named",
            "return document.querySelector('.swipe')?.innerText.includes('Archive')",
            vec![],
        )
        .await;
    touch("touchEnd", 140.0).await;
    browser.find("status", "1 message archived").await;
    browser.wait("one row less", page::ROWS, vec![json!((crate::SEEDED - 1).to_string())]).await;
}
