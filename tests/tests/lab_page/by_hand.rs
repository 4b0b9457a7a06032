//! One's own bench: what the visitor does, takes back, and shows to somebody else.
use crate::{enter, holds, press, program, until};
use pyeonji_tests::browser::{Browser, Look};
use serde_json::json;

/// Takes a message of a device in hand and does something with it.
async fn hold(browser: &Browser, device: &str, message: &str, act: &str) {
    press(browser, device, message).await;
    press(browser, device, act).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_delivered_read_archived_and_all_of_it_taken_back() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "#own").await;
    press(&browser, "Mail server", "Deliver a message").await;
    until(&browser, "Mail server", "Rent, unread", true).await;
    press(&browser, "IMAP device A", "Check mail").await;
    press(&browser, "IMAP device B", "Check mail").await;
    press(&browser, "POP3 device A", "Check mail").await;
    hold(&browser, "IMAP device A", "Rent", "Read").await;
    until(&browser, "IMAP device B", "Rent, read", true).await;
    until(&browser, "POP3 device A", "Rent, unread", true).await;
    hold(&browser, "IMAP device B", "Rent", "Archive").await;
    until(&browser, "IMAP device A", "Rent", false).await;
    until(&browser, "Mail server", "Rent, Archive", true).await;
    until(&browser, "POP3 device A", "Rent", true).await;
    browser.find("button", "Undo").await.click().await;
    until(&browser, "IMAP device A", "Rent, read", true).await;
    browser.find("button", "Reset").await.click().await;
    until(&browser, "Mail server", "Rent", false).await;
    browser.find("button", "Undo").await.click().await;
    until(&browser, "Mail server", "Rent, read", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_a_cut_and_a_lost_device() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "#own").await;
    press(&browser, "Mail server", "Deliver a message").await;
    let rule = "const s = document.querySelector('[aria-label=\"POP3 device A\"] select'); s.value = '0';\
                s.dispatchEvent(new Event('change', {bubbles: true})); return true";
    browser.run(rule, vec![]).await;
    press(&browser, "POP3 device A", "Check mail").await;
    until(&browser, "Mail server", "Rent", false).await;
    until(&browser, "POP3 device A", "Rent", true).await;
    press(&browser, "POP3 device B", "Cut the network").await;
    press(&browser, "POP3 device B", "Check mail").await;
    browser
        .wait("a refusal", "return document.querySelector('.now').innerText.includes('no network')", vec![])
        .await;
    press(&browser, "POP3 device B", "Restore the network").await;
    press(&browser, "POP3 device A", "Lose the device").await;
    press(&browser, "POP3 device A", "Check mail").await;
    assert!(holds(&browser, "POP3 device A").await.is_empty(), "it was on that device alone");
    press(&browser, "Mail server", "Fill the quota").await;
    press(&browser, "Mail server", "Wait a day").await;
    press(&browser, "IMAP device A", "Send").await;
    until(&browser, "The other provider", "", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_somebody_else_the_same_moment() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "#own").await;
    press(&browser, "Mail server", "Deliver a message").await;
    press(&browser, "POP3 device B", "Check mail").await;
    browser.run("document.querySelector('.export').open = true; return true", vec![]).await;
    browser.find("button", "Copy a link").await.click().await;
    let hash =
        browser.wait("a link", "return location.hash.startsWith('#s2.') && location.hash", vec![]).await;
    let other = Browser::start(&Look::default()).await;
    enter(&other, &program.url, hash.as_str().expect("text")).await;
    until(&other, "POP3 device B", "Rent, unread", true).await;
    // Cut short, it says so.
    other.run("location.hash = location.hash.slice(0, 30); return true", vec![]).await;
    other
        .wait(
            "a word",
            "return document.querySelector('.lab [role=alert]')?.innerText.includes('no scenario')",
            vec![],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_ones_own_runs_and_a_bad_one_says_where() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "").await;
    let open = "const t = new DataTransfer(); t.items.add(new File([arguments[0]], 'own.json'));\
                const i = document.querySelector('input[type=file]'); i.files = t.files;\
                i.dispatchEvent(new Event('change', {bubbles: true})); return true";
    let own = include_str!("../../../gateway/src/lab/experiments/e2.json");
    browser.run(open, vec![json!(own.replace("\"steps\"", "\"stops\""))]).await;
    browser.wait("the line", "return /^Line 1\\d, column \\d+: .*stops/.test(document.querySelector('.lab [role=alert]')?.innerText)", vec![]).await;
    browser
        .run(open, vec![json!(own.replace("\"en\": \"Download and delete\"", "\"en\": \"My own\""))])
        .await;
    browser.find("heading", "My own").await;
    let over = "return !document.querySelector('.lab [role=alert]')";
    assert_eq!(browser.run(over, vec![]).await, json!(true), "what was wrong is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_goes_and_comes_back_loses_nothing_that_was_done() {
    let mut program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "#own").await;
    press(&browser, "Mail server", "Deliver a message").await;
    program.kill();
    press(&browser, "Mail server", "Deliver a message").await;
    let told =
        "return document.querySelector('.lab [role=alert]')?.innerText.includes('Check your connection')";
    browser.wait("a word", told, vec![]).await;
    until(&browser, "Mail server", "Rent", true).await;
    program.resume();
    browser.find("button", "Try again").await.click().await;
    until(&browser, "Mail server", "Tickets", true).await;
}
