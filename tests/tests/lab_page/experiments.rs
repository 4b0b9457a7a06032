//! Experiments from the list to their verdicts.
use crate::{axe, enter, holds, phone, press, program, rows, until};
use pyeonji_tests::browser::{Browser, Look};
use serde_json::json;

/// Tab, until what has the focus says this; then Enter.
async fn tab_to(browser: &Browser, name: &str) {
    let says = "const a = document.activeElement; return (a.innerText || a.getAttribute('aria-label') || '').trim() === arguments[0]";
    for _ in 0..60 {
        browser.keys("\u{e004}").await;
        if browser.run(says, vec![json!(name)]).await == json!(true) {
            return browser.keys("\u{e007}").await;
        }
    }
    panic!("Tab never came to {name}");
}

async fn by_keyboard(look: Look, run: &str, step_back: &str, verdict: &str, server: &str, rent: &str) {
    let program = program();
    let browser = Browser::start(&look).await;
    enter(&browser, &program.url, "#E2").await;
    axe(&browser).await;
    tab_to(&browser, run).await;
    let found = rows(&browser, 1).await;
    assert_eq!(found[0][1], verdict, "{found:?}");
    assert!(holds(&browser, server).await.is_empty(), "downloaded and deleted");
    tab_to(&browser, step_back).await;
    let back = "const s = document.querySelector('.scrub'); return Number(s.value) === Number(s.max) - 1";
    browser.wait("a step back", back, vec![]).await;
    until(&browser, server, rent, false).await;
    axe(&browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_run_by_keyboard_alone() {
    let (server, rent) = ("Mail server", "Rent");
    by_keyboard(Look::default(), "Run", "Back", "depends on", server, rent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_run_on_a_phone_in_korean() {
    by_keyboard(phone("ko"), "실행", "뒤로", "조건에 따라 다름", "메일 서버", "월세").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_the_page_holds() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "").await;
    browser.find("heading", "IMAP and POP3, side by side").await;
    for region in ["IMAP device A", "IMAP device B", "POP3 device A", "POP3 device B", "Mail server"] {
        browser.find("region", region).await;
    }
    browser.find("list", "Experiments").await;
    browser.find("button", "Run").await.click().await;
    browser.find("table", "Verdicts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_them_have_a_verdict_and_it_leads_to_the_step_that_shows_it() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "").await;
    let listed = "return document.querySelectorAll('.lab-list li').length - 1";
    let all = browser.wait("experiments", listed, vec![]).await.as_u64().expect("a number");
    browser.find("button", "All at once").await.click().await;
    let found = rows(&browser, usize::try_from(all).expect("few")).await;
    for row in &found {
        println!("{} | {}", row[0].lines().next().unwrap_or_default(), row[1]);
    }
    let verdict = |id: &str| found.iter().find(|r| r[0].starts_with(id)).map(|r| r[1].clone());
    assert_eq!(verdict("E1").as_deref(), Some("held"));
    assert_eq!(verdict("E3").as_deref(), Some("didn’t hold"));
    assert_eq!(verdict("E7").as_deref(), Some("depends on"));
    // "Leaving a copy" fails where B doesn't hear that A has read the letter.
    let open = "const row = Array.from(document.querySelectorAll('.verdicts [role=row]')).find(r => r.innerText.startsWith('E3'));\
                const link = row?.querySelector('.evidence button'); link?.click(); return link?.innerText";
    let words = browser.run(open, vec![]).await;
    assert!(words.as_str().is_some_and(|w| w.starts_with("didn’t hold") && w.ends_with("step 4")), "{words}");
    browser.wait("step 4", "return document.querySelector('.scrub').value === '4'", vec![]).await;
    until(&browser, "POP3 device A", "Rent, read", true).await;
    until(&browser, "POP3 device B", "Rent, unread", true).await;
    axe(&browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_condition_is_another_verdict() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "#E2").await;
    browser.find("button", "Run").await.click().await;
    assert_eq!(rows(&browser, 1).await[0][1], "depends on");
    let choose = "document.querySelector('.conditions').open = true;\
                  const s = document.querySelector('.conditions select'); s.value = arguments[0];\
                  s.dispatchEvent(new Event('change', {bubbles: true})); return true";
    browser.run(choose, vec![json!("0")]).await;
    let found = rows(&browser, 2).await;
    assert!(found[1][0].contains("your conditions"), "{found:?}");
    assert_eq!(found[1][1], "held", "with \"download and delete\" everywhere");
    browser.find("button", "Undo").await.click().await;
    press(&browser, "POP3 device B", "Check mail").await;
}
