//! One letter, from reading to its answer's arrival, with the network cut in between.
use crate::{SEEDED, UNREAD, page, seeded, through_chaos};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::chaos::Mode;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, BORA, Security};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_reads_replies_and_survives_a_cut() {
    let host = seeded();
    let (_program, chaos, url) = through_chaos(Program::of(&host, Security::Implicit)).await;
    let ada = Browser::start(&Look::default()).await;
    ada.sign_in(&url, ADA.0, ADA.1).await;
    ada.wait("all messages counted", page::ROWS, vec![json!(SEEDED.to_string())]).await;
    ada.find("treeitem", &format!("Inbox, {UNREAD} unread")).await;

    // Reading: the newest is rich mail; it is shown sealed, without its script.
    ada.keys("j").await;
    ada.keys("o").await;
    ada.find("article", "보고서 109").await;
    let sandbox = ada
        .wait(
            "the body frame",
            "return document.querySelector('iframe[title=\"Message body\"]')?.getAttribute('sandbox')",
            vec![],
        )
        .await;
    assert_eq!(sandbox, json!("allow-same-origin allow-popups allow-popups-to-escape-sandbox"));
    ada.wait("the text of the body", page::BODY, vec![json!("Figures inside")]).await;
    assert_ne!(ada.client.title().await.expect("title"), "x", "the message's script did not run");

    // Replying, with the network cut while the text is being typed.
    ada.find("button", "Reply").await.click().await;
    ada.find("dialog", "New message").await;
    ada.find("textbox", "Message body").await.fill("네, 확인했습니다. Thanks!\n").await;
    chaos.set(Mode::Cut);
    ada.wait("the page says that it is offline", page::OFFLINE, vec![]).await;
    ada.find("status", "The connection was lost. You can keep reading").await;
    let banner = "return document.querySelector('header.banner')?.innerText.includes('Reconnecting')";
    ada.wait("the banner says that it is reconnecting", banner, vec![]).await;
    assert!(ada.has("article", "보고서 109").await, "the page stays readable");
    assert!(ada.has("row", "").await, "the list is not blanked");
    chaos.set(Mode::Pass);
    ada.wait("the page is online again", page::ONLINE, vec![]).await;
    assert!(!ada.has("status", "The connection was lost").await, "and says nothing else any more");
    let text = ada.find("textbox", "Message body").await.text().await;
    assert!(text.contains("확인했습니다"), "what was typed is still there: {text}");
    ada.find("button", "Send").await.click().await;
    ada.find("status", "Message sent").await;
    ada.find("treeitem", "Sent").await.click().await;
    ada.wait("the copy in Sent", page::ROW, vec![json!("보고서 109")]).await;
    drop(ada);

    // It arrives at the other account through Postfix; then an answer comes back into an open page by itself.
    let bora = Browser::start(&Look::default()).await;
    bora.sign_in(&url, BORA.0, BORA.1).await;
    bora.wait("the reply", page::ROW, vec![json!("보고서 109")]).await;
    bora.wait("one message", page::ROWS, vec![json!("1")]).await;
    bora.run("document.querySelector('[role=row][data-uid]').click()", vec![]).await;
    bora.wait("its text", page::BODY, vec![json!("확인했습니다")]).await;
    let letter = pyeonji_tests::seed::plain(7_001, ADA.0, BORA.0, "A second letter", "Hello again");
    host.dovecot.put(BORA.0, "", [(letter.as_slice(), "")]);
    bora.wait("new mail by itself", page::ROW, vec![json!("A second letter")]).await;
    bora.find("treeitem", "Inbox, 1 unread").await;
}

/// The send is on its way when the network goes: it is confirmed after the cut, and it arrives once.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_sent_into_a_cut_arrives_once() {
    let host = seeded();
    let (_program, chaos, url) = through_chaos(Program::of(&host, Security::Implicit)).await;
    let ada = Browser::start(&Look::default()).await;
    ada.sign_in(&url, ADA.0, ADA.1).await;
    ada.find("button", "Compose").await.click().await;
    ada.find("combobox", "To").await.fill("bora@green.test,").await;
    ada.find("textbox", "Subject").await.fill("once and only once").await;
    ada.find("textbox", "Message body").await.fill("한 번만").await;
    chaos.set(Mode::Stall);
    ada.find("button", "Send").await.click().await;
    ada.wait(
        "sending",
        "return Array.from(document.querySelectorAll('[role=dialog] button')).some(b => b.innerText.startsWith('Sending'))",
        vec![],
    )
    .await;
    assert!(!ada.has("status", "Message sent").await, "nothing is said before the server has said it");
    chaos.set(Mode::Cut);
    ada.wait("the page says that it is offline", page::OFFLINE, vec![]).await;
    chaos.set(Mode::Pass);
    ada.find("status", "Message sent").await;
    drop(ada);
    let bora = Browser::start(&Look::default()).await;
    bora.sign_in(&url, BORA.0, BORA.1).await;
    bora.wait("the letter", page::ROW, vec![json!("once and only once")]).await;
    // Another letter after it: had there been a second copy, it would have come before.
    let later = pyeonji_tests::seed::plain(7_002, ADA.0, BORA.0, "the one after", "Hello");
    host.dovecot.arrive(BORA.0, &later);
    bora.wait("the one after", page::ROW, vec![json!("the one after")]).await;
    bora.wait("two messages in all", page::ROWS, vec![json!("2")]).await;
}
