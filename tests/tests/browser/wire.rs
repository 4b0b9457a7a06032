//! The wire beside one's mail: what a click makes the gateway say, in a window of its own, for as long as that is open.
use crate::{open_row, seeded};
use fantoccini::wd::WindowHandle;
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::json;

const LISTENING: &str =
    "return document.querySelector('.listen [role=status]')?.textContent.startsWith('Listening')";
/// The lines below the last heading that begins like this, as they are shown.
const UNDER: &str = "const rows = Array.from(document.querySelectorAll('.listen .wire-line'));\
    const at = rows.findLastIndex(r => r.matches('.cause') && r.innerText.startsWith(arguments[0]));\
    const rest = at < 0 ? [] : rows.slice(at + 1);\
    const end = rest.findIndex(r => r.matches('.cause'));\
    const lines = (end < 0 ? rest : rest.slice(0, end)).map(r => r.querySelector('code').textContent);";

async fn switch(browser: &Browser, to: &WindowHandle) {
    browser.client.switch_to_window(to.clone()).await.expect("the window");
}

/// Opens the wire by the account's menu, as a person does; its window is the one that wasn't there.
async fn open(browser: &Browser) -> (WindowHandle, WindowHandle) {
    let mail = browser.client.window().await.expect("a window");
    browser.find("button", "Account").await.click().await;
    let wire = browser.find("button", "Wire").await;
    assert!(browser.has("button", "Compare IMAP and POP3").await, "the lab is in the menu");
    wire.click().await;
    let all = browser.client.windows().await.expect("windows");
    let wire = all.into_iter().find(|one| *one != mail).expect("a second window");
    switch(browser, &wire).await;
    browser.wait("the recording", LISTENING, vec![]).await;
    (mail, wire)
}

/// Waits for a line below what caused it.
async fn line(browser: &Browser, cause: &str, text: &str) {
    let script = UNDER.to_owned() + "return lines.some(l => l.includes(arguments[1]))";
    browser.wait(&format!("{text} under {cause}"), &script, vec![json!(cause), json!(text)]).await;
}

/// How the gateway answers a question for lines of a session.
async fn status(browser: &Browser, session: &str) -> u64 {
    let script =
        "const done = arguments[1]; fetch('/api/lab/wire?s=' + arguments[0]).then(r => done(r.status))";
    let found = browser.client.execute_async(script, vec![json!(session)]).await;
    found.expect("an answer").as_u64().expect("a status")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_click_causes_is_seen_beside_the_mail_and_only_while_somebody_looks() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    let (mail, wire) = open(&browser).await;
    let session = browser.run("return location.hash.split('.')[1]", vec![]).await;
    let session = session.as_str().expect("a session").to_owned();
    switch(&browser, &mail).await;
    open_row(&browser, "Letter 95 about").await;
    switch(&browser, &wire).await;
    line(&browser, "Open a message", "UID FETCH").await;
    // Its totals, the whole session's, and no secret.
    let spent = "return Array.from(document.querySelectorAll('.cause .about')).some(a => /[1-9]\\d* commands?, .* up, .* down/.test(a.textContent))";
    browser.wait("the totals of a cause", spent, vec![]).await;
    let page = browser.run("return document.documentElement.outerHTML", vec![]).await;
    assert!(!page.as_str().expect("a page").contains(ADA.1), "the password is on the page");
    assert_eq!(browser.axe(&pyeonji_tests::page::axe()).await, Vec::<String>::new());
    // The filter leaves headings of what is left.
    browser.find("searchbox", "Filter lines").await.fill("uid fetch").await;
    let only = "const code = Array.from(document.querySelectorAll('.listen code'), c => c.textContent); return code.length && code.every(c => /uid fetch/i.test(c))";
    browser.wait("what fits the filter alone", only, vec![]).await;
    line(&browser, "Open a message", "UID FETCH").await;
    assert_eq!(status(&browser, &session).await, 200);
    // Stopped, nothing is recorded; and when it listens again, closing the window ends it.
    browser.find("button", "Stop").await.click().await;
    browser.find("button", "Listen again").await.click().await;
    browser.wait("the recording", LISTENING, vec![]).await;
    browser.client.close_window().await.expect("closed");
    switch(&browser, &mail).await;
    while status(&browser, &session).await != 404 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_said_and_a_cut_is_tried_again() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let (_program, chaos, url) = crate::through_chaos(program).await;
    let browser = Browser::start(&Look { width: 360, height: 740, dark: true, language: "ko" }).await;
    browser.goto(&format!("{url}/lab#wire.00000000000000000000000000000000")).await;
    let says = "return document.querySelector('.listen [role=status]')?.textContent.includes(arguments[0])";
    browser.wait("that it is over", says, vec![json!("세션이 끝났습니다")]).await;
    assert_eq!(browser.axe(&pyeonji_tests::page::axe()).await, Vec::<String>::new());
    chaos.set(pyeonji_tests::chaos::Mode::Cut);
    browser.find("button", "다시 듣기").await.click().await;
    browser.wait("that it tries again", says, vec![json!("다시 시도합니다")]).await;
    chaos.set(pyeonji_tests::chaos::Mode::Pass);
    browser.wait("the answer", says, vec![json!("세션이 끝났습니다")]).await;
}
