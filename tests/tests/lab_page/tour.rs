//! The guided tour from its first stop to its last, and the advisor after it.
use crate::{axe, phone, program};
use pyeonji_tests::browser::{Browser, Look};
use serde_json::json;

/// Moves the focus with Tab to what says this, and presses Enter.
pub async fn keyboard(browser: &Browser, name: &str) {
    let says =
        "const a = document.activeElement; return (a.innerText || '').trim() === arguments[0] && !a.disabled";
    for _ in 0..80 {
        if browser.run(says, vec![json!(name)]).await == json!(true) {
            return browser.keys("\u{e007}").await;
        }
        browser.keys("\u{e004}").await;
    }
    panic!("Tab never came to {name}");
}

/// What a tour says, by language.
struct Said {
    show: &'static str,
    next: &'static str,
    ask: &'static str,
    stop: &'static str,
    advise: &'static str,
    advice: &'static str,
}

const ENGLISH: Said = Said {
    show: "Show me",
    next: "Next stop",
    ask: "Ask the advisor",
    stop: "Stop {n} of 12",
    advise: "Advise me",
    advice: "Use IMAP.",
};
const KOREAN: Said = Said {
    show: "보여 주기",
    next: "다음",
    ask: "추천 받기",
    stop: "12곳 중 {n}번째",
    advise: "추천 받기",
    advice: "IMAP을 쓰세요.",
};

/// Every stop runs for real and is over when what it shows has been shown; not even a step is taken by the pointer.
async fn take(look: Look, said: Said) {
    let program = program();
    let browser = Browser::start(&look).await;
    browser.goto(&format!("{}/lab#tour", program.url)).await;
    for n in 1..=12 {
        let here = said.stop.replace("{n}", &n.to_string());
        let ready = "const t = document.querySelector('.tour .stop');\
                     return t?.innerText.includes(arguments[0]) && !t.querySelector('button').disabled";
        browser.wait(&here, ready, vec![json!(here)]).await;
        if [1, 6, 12].contains(&n) {
            axe(&browser).await;
        }
        keyboard(&browser, said.show).await;
        // The way on becomes the button that stands out.
        let shown = "return document.querySelector('.tour .stop a.primary') && document.querySelector('.tour .now').innerText";
        let now = browser.wait("what it shows", shown, vec![]).await;
        println!("{n}: {now}");
        if n < 12 {
            keyboard(&browser, said.next).await;
        }
    }
    keyboard(&browser, said.ask).await;
    browser.wait("the advisor", "return document.querySelector('.advisor form')", vec![]).await;
    axe(&browser).await;
    keyboard(&browser, said.advise).await;
    let advice = "return document.querySelector('.advice h3')?.innerText";
    assert_eq!(browser.wait("advice", advice, vec![]).await, json!(said.advice));
    axe(&browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_english_by_keyboard() {
    take(Look::default(), ENGLISH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_korean_by_keyboard_on_a_phone() {
    take(phone("ko"), KOREAN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_english_by_keyboard_on_a_phone() {
    take(phone("en"), ENGLISH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_korean_by_keyboard() {
    take(Look { language: "ko", ..Look::default() }, KOREAN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_with_a_small_mailbox_is_told_to_use_pop3_and_sees_why() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    browser.goto(&format!("{}/lab#advisor", program.url)).await;
    let set = "const f = Array.from(document.querySelectorAll('.advisor .field')).find(f => f.innerText.startsWith(arguments[0]))\
               ?.querySelector('input'); if (!f) return false; f.value = arguments[1]; f.dispatchEvent(new Event('change', {bubbles: true})); return true";
    for (label, value) in [("Devices", "1"), ("Mailbox size", "50"), ("Years", "5")] {
        browser.wait(label, set, vec![json!(label), json!(value)]).await;
    }
    let backups = "const c = Array.from(document.querySelectorAll('.advisor .check')).find(c => c.innerText.includes('backed up')); c.click(); return true";
    browser.run(backups, vec![]).await;
    browser.find("button", "Advise me").await.click().await;
    let advice = "return document.querySelector('.advice h3')?.innerText";
    let words = browser.wait("advice", advice, vec![]).await;
    assert!(words.as_str().is_some_and(|w| w.starts_with("Use POP3")), "{words}");
    let see = "const row = Array.from(document.querySelectorAll('.advice tr')).find(r => r.innerText.startsWith('Letters refused')); row.querySelector('button').click(); return true";
    browser.run(see, vec![]).await;
    let bench = "return document.querySelector('.stage[aria-busy=false] .scrub')?.value > 0";
    browser.wait("the bench", bench, vec![]).await;
}
