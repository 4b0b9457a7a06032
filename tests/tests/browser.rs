//! A person at the page: real Chromium on the release bundle, Dovecot and Postfix behind the release gateway.
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::chaos::{Chaos, Mode};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use pyeonji_tests::seed;
use serde_json::json;
use std::net::SocketAddr;

fn seeded() -> MailHost {
    let host = MailHost::start();
    let mail = seed::many(120, ADA.0);
    host.dovecot.put(ADA.0, "", mail.iter().map(|(bytes, flags)| (bytes.as_slice(), *flags)));
    host
}

fn axe() -> String {
    let path = std::env::var("PYEONJI_AXE").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../target/npm/node_modules/axe-core/axe.min.js").into()
    });
    std::fs::read_to_string(path).expect("axe-core, fetched by `cargo xtask test`")
}

/// A browser reaches the gateway through a network that can be cut.
async fn through_chaos(program: &Program) -> Chaos {
    Chaos::start(SocketAddr::from(([127, 0, 0, 1], program.port))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_reads_writes_and_survives_a_cut() {
    let host = seeded();
    // The address that the browser sees is the proxy's; the gateway is told to expect it.
    let program = Program::of(&host, Security::Implicit);
    let chaos = through_chaos(&program).await;
    let program = program.behind(chaos.address.port());
    let url = format!("http://127.0.0.1:{}", chaos.address.port());
    let ada = Browser::start(&Look::default()).await;
    ada.sign_in(&url, ADA.0, ADA.1).await;
    ada.find("row", "").await;
    let count = ada.find("grid", "Messages").await.attribute("aria-rowcount").await;
    assert_eq!(count, "120");
    ada.find("treeitem", "Inbox, 40 unread").await;

    // Reading: the newest is rich mail; it is shown sealed, without its script.
    ada.keys("j").await;
    ada.keys("o").await;
    ada.find("article", "보고서 119").await;
    let sandbox = ada
        .wait(
            "the body frame",
            "return document.querySelector('iframe[title=\"Message body\"]')?.getAttribute('sandbox')",
            vec![],
        )
        .await;
    assert_eq!(sandbox, json!("allow-same-origin allow-popups allow-popups-to-escape-sandbox"));
    ada.wait("the text of the body", "return document.querySelector('iframe[title=\"Message body\"]')?.contentDocument?.body?.innerText.includes('Figures inside')", vec![]).await;
    assert_ne!(ada.client.title().await.expect("title"), "x", "the message's script did not run");

    // Replying, with the network cut while the text is being typed.
    ada.find("button", "Reply").await.click().await;
    ada.find("dialog", "New message").await;
    ada.find("textbox", "Message body").await.fill("네, 확인했습니다. Thanks!\n").await;
    chaos.set(Mode::Cut);
    ada.wait(
        "the page says that it is offline",
        "return document.documentElement.dataset.link !== 'online'",
        vec![],
    )
    .await;
    assert!(ada.has("article", "보고서 119").await, "the page stays readable");
    assert!(ada.has("row", "").await, "the list is not blanked");
    chaos.set(Mode::Pass);
    ada.wait("the page is online again", "return document.documentElement.dataset.link === 'online'", vec![])
        .await;
    let text = ada.find("textbox", "Message body").await.text().await;
    assert!(text.contains("확인했습니다"), "what was typed is still there: {text}");
    drop(program);
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_at_sign_in() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let source = axe();
    let looks = [
        Look::default(),
        Look { dark: true, ..Look::default() },
        Look { width: 360, height: 740, ..Look::default() },
        Look { width: 360, height: 740, dark: true, language: "ko" },
    ];
    for look in looks {
        let browser = Browser::start(&look).await;
        browser.goto(&program.url).await;
        browser.wait("the form", "return !!document.querySelector('input[type=password]')", vec![]).await;
        assert_eq!(browser.axe(&source).await, Vec::<String>::new(), "sign-in, {look:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_the_form_stays() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.goto(&program.url).await;
    browser.find("textbox", "Email address").await.fill(ADA.0).await;
    browser.find("textbox", "Password").await.fill("wrong").await;
    browser.find("button", "Sign in").await.click().await;
    let words = browser.wait("an alert", "return Array.from(document.querySelectorAll('[role=alert]')).map(a => a.textContent.trim()).find(t => t)", vec![]).await;
    assert!(words.as_str().is_some_and(|w| w.to_lowercase().contains("password")), "{words}");
    assert!(browser.has("textbox", "Email address").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_message_comes_back_by_undo() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("row", "").await;
    let rows = "return document.querySelector('[role=grid]').getAttribute('aria-rowcount')";
    browser.keys("j").await;
    browser.keys("e").await;
    browser.wait("one row less", &format!("{} === '119'", rows), vec![]).await;
    browser.find("status", "1 message archived").await;
    browser.find("button", "Undo").await.click().await;
    browser.wait("the row is back", &format!("{} === '120'", rows), vec![]).await;
    // The server agrees after a reload.
    browser.goto(&program.url).await;
    browser
        .wait(
            "the row is really back",
            &format!("{} === '120'", rows.replace("[role=grid]')", "[role=grid]')?")),
            vec![],
        )
        .await;
}
