//! A device with little room: Chromium's own quota, made small by its tools. What doesn't fit stays on the server, and the page says so.
use crate::{check, deliver, idle, on_device, on_server, set_options, sign_in, stage};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::mailhost::ADA;
use pyeonji_tests::pop3::Stop;
use pyeonji_tests::{page, seed};
use serde_json::json;

/// Download and delete without asking, of any size; checks only by hand: `Options` of the page's state, as postcard.
const OPTIONS: [u8; 7] = [0; 7];
const MEGABYTE: u64 = 1 << 20;

/// Octets that Chromium grants this site; `None`: as it would by itself.
async fn grant(browser: &Browser, url: &str, octets: Option<u64>) {
    let mut parameters = json!({"origin": url});
    if let Some(octets) = octets {
        parameters["quotaSize"] = json!(octets);
    }
    browser.devtools("Storage.overrideQuotaForOrigin", parameters).await;
}

fn letter(n: u32, lines: usize) -> Vec<u8> {
    let body = "A line of a letter that takes some room.\r\n".repeat(lines);
    seed::plain(n, "carol@green.test", ADA.0, &format!("Letter {n}"), &body)
}

/// The page says this in the strip of the check.
async fn says(browser: &Browser, words: &str) {
    let script = "return Array.from(document.querySelectorAll('.check-strip')).some(e => e.innerText.includes(arguments[0]))";
    browser.wait(words, script, vec![json!(words)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_room_stays_on_the_server_and_is_told() {
    let stage = stage().await;
    let mail: Vec<Vec<u8>> = (0..6).map(|n| letter(n, 40)).collect();
    deliver(&stage.host, &mail);
    let browser = Browser::start(&Look::default()).await;
    browser.goto(&stage.url).await;
    grant(&browser, &stage.url, Some(MEGABYTE)).await;
    sign_in(&browser, &stage.url, ADA).await;
    idle(&browser).await;
    set_options(&browser, OPTIONS).await;
    browser.goto(&stage.url).await;
    check(&stage, &browser).await;
    let seen = stage.gate.record();
    assert_eq!((seen.count("RETR"), seen.count("DELE")), (0, 0), "{:?}", seen.commands);
    assert_eq!((on_device(&browser).await.len(), on_server(&stage.host).len()), (0, mail.len()));
    says(&browser, "6 messages").await;
    says(&browser, "no room on this device").await;
    let axe = browser.axe(&page::axe()).await;
    assert!(axe.is_empty(), "{axe:#?}");
    grant(&browser, &stage.url, None).await;
    browser.goto(&stage.url).await;
    check(&stage, &browser).await;
    let device = on_device(&browser).await;
    assert!(mail.iter().all(|m| device.contains(m)) && on_server(&stage.host).is_empty());
    let strip = browser.run(page::STRIP, vec![]).await;
    assert!(!strip.as_str().unwrap_or_default().contains("no room"), "{strip}");
}

/// The browser itself refuses what is being fetched, although there seemed to be room for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_browser_refuses_in_the_middle_is_neither_lost_nor_removed() {
    let stage = stage().await;
    let browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, ADA).await;
    idle(&browser).await;
    set_options(&browser, OPTIONS).await;
    browser.goto(&stage.url).await;
    idle(&browser).await;
    let mail = [letter(0, 40), letter(1, 300_000)];
    deliver(&stage.host, &mail);
    stage.gate.stop(Stop::InRetr(1));
    browser.find("button", "Check now").await.click().await;
    stage.gate.held().await;
    let used =
        "const done = arguments[arguments.length - 1]; navigator.storage.estimate().then(e => done(e.usage))";
    let used = browser.client.execute_async(used, vec![]).await.expect("an estimate").as_u64();
    grant(&browser, &stage.url, used.map(|used| used + 2 * MEGABYTE)).await;
    stage.gate.release();
    let alert = "return document.querySelector('.check-strip [role=alert]')?.innerText.includes('is full')";
    browser.wait("that the device is full", alert, vec![]).await;
    assert_eq!(stage.gate.record().count("DELE"), 0);
    let (device, server) = (on_device(&browser).await, on_server(&stage.host));
    assert!(server.contains(&mail[0]) && server.contains(&mail[1]) && !device.contains(&mail[1]));
    grant(&browser, &stage.url, None).await;
    check(&stage, &browser).await;
    let device = on_device(&browser).await;
    assert!(mail.iter().all(|m| device.iter().filter(|d| *d == m).count() == 1));
    assert!(on_server(&stage.host).is_empty());
}
