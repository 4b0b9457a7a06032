//! Nothing typed is lost.
use crate::{page, seeded};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_survives_a_killed_browser_and_a_killed_gateway() {
    let host = seeded();
    let mut program = Program::of(&host, Security::Implicit);
    let look = Look::default();
    let mut browser = Browser::start(&look).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("button", "Compose").await.click().await;
    browser.find("combobox", "To").await.fill("bora@green.test,").await;
    browser.find("textbox", "Subject").await.fill("unsent thoughts").await;
    browser.find("textbox", "Message body").await.fill("지워지면 안 되는 글").await;
    browser.wait("the draft is on the device", page::SAVED, vec![]).await;
    program.kill();
    browser.crash_and_restart(&look).await;
    program.resume();
    browser.goto(&program.url).await;
    browser
        .wait(
            "sign-in or mail",
            "return document.querySelector('[role=grid]') || document.getElementById('signin')?.offsetParent",
            vec![],
        )
        .await;
    if browser.has("textbox", "Password").await {
        browser.sign_in(&program.url, ADA.0, ADA.1).await;
    }
    browser.find("dialog", "New message").await;
    let text = browser.find("textbox", "Message body").await.text().await;
    assert!(text.contains("지워지면 안 되는 글"), "{text}");
    assert_eq!(browser.find("textbox", "Subject").await.text().await, "unsent thoughts");
    let to = browser.find("dialog", "New message").await.text().await;
    assert!(to.contains("bora@green.test"), "{to}");
}
