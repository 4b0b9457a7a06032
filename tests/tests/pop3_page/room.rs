//! A device with little room: what doesn't fit stays on the server, and the page says so. Chromium tells every site of the same large
//! quota, so that what a page is told is set here; what it really grants is made small by its own tools.
use crate::{check, deliver, idle, on_device, on_server, set_options, sign_in, stage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::mailhost::ADA;
use pyeonji_tests::{page, seed};
use serde_json::json;

/// Download and delete without asking, of any size; checks only by hand: `Options` of the page's state, as postcard.
const OPTIONS: [u8; 7] = [0; 7];
const MEGABYTE: u64 = 1 << 20;

/// What the page is told of its room, from the next document on.
async fn tell(browser: &Browser, octets: u64) {
    let script =
        format!("StorageManager.prototype.estimate = () => Promise.resolve({{usage: 0, quota: {octets}}})");
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
}

/// Octets that Chromium grants this site; `None`: as many as by itself.
async fn grant(browser: &Browser, url: &str, octets: Option<u64>) {
    let mut parameters = json!({"origin": url});
    if let Some(octets) = octets {
        parameters["quotaSize"] = json!(octets);
    }
    browser.devtools("Storage.overrideQuotaForOrigin", parameters).await;
}

/// Lines that no database makes smaller.
fn letter(n: u32, lines: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32 ^ n;
    let mut line = || {
        let octets = std::array::from_fn::<u8, 54, _>(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        });
        STANDARD.encode(octets) + "\r\n"
    };
    let body: String = (0..lines).map(|_| line()).collect();
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
    tell(&browser, MEGABYTE).await;
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
    tell(&browser, 1_000 * MEGABYTE).await;
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
    browser.goto(&stage.url).await;
    grant(&browser, &stage.url, Some(6 * MEGABYTE)).await;
    sign_in(&browser, &stage.url, ADA).await;
    idle(&browser).await;
    set_options(&browser, OPTIONS).await;
    browser.goto(&stage.url).await;
    idle(&browser).await;
    let mail = [letter(0, 40), letter(1, 170_000)];
    deliver(&stage.host, &mail);
    browser.find("button", "Check now").await.click().await;
    let alert =
        "return document.querySelector('.check-strip [role=alert]')?.innerText.includes('no room for more')";
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
