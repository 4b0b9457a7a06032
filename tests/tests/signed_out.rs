//! Signing out and in again without a reload: the mail page that stands ready behind the form holds nothing of the mail before.
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};
use pyeonji_tests::seed;

const TEXT: &str = "document.getElementById('app').textContent.includes('about invoices')";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_mail_is_left_behind_the_form() {
    let host = MailHost::start();
    let mail = seed::many(20, ADA.0);
    host.dovecot.put(ADA.0, "", mail.iter().map(|(bytes, flags)| (bytes.as_slice(), *flags)));
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.wait("the letters", &format!("return {TEXT}"), vec![]).await;
    browser.run("document.getElementById('account').click()", vec![]).await;
    browser.find("button", "Sign out").await.click().await;
    browser.wait("the form", "return document.documentElement.dataset.page === 'signin'", vec![]).await;
    browser.wait("an empty page", &format!("return !{TEXT}"), vec![]).await;
    assert!(!browser.has("grid", "Messages").await, "out of sight, and of reach");
    assert!(!browser.has("button", "Compose").await);

    // The next person at this screen.
    browser.find("textbox", "Email address").await.fill(BORA.0).await;
    browser.find("textbox", "Password").await.fill(BORA.1).await;
    browser.find("button", "Sign in").await.click().await;
    browser.find("grid", "Messages").await;
    browser.find("treeitem", "Inbox").await;
    let text = browser.run(&format!("return {TEXT}"), vec![]).await;
    assert_eq!(text, serde_json::json!(false));
}
