//! The report card: made without a password and with one, refused, and nowhere a password.
use crate::{axe, phone};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::certs;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use pyeonji_tests::ports;
use serde_json::json;

async fn open(browser: &Browser, program: &Program) {
    browser.goto(&format!("{}/lab#card", program.url)).await;
    browser.wait("the form", "return document.getElementById('card-address')", vec![]).await;
}

/// Fills the form in, asks, and gives what the page says then.
async fn make(browser: &Browser, address: &str, password: &str) -> String {
    let script = "const fill = (id, v) => { const i = document.getElementById(id); i.value = v;\
                    i.dispatchEvent(new Event('input', {bubbles: true})) };\
                  fill('card-address', arguments[0]); fill('card-password', arguments[1]);\
                  document.querySelector('.card-form button[type=submit]').click(); return true";
    browser.run(script, vec![json!(address), json!(password)]).await;
    answer(browser).await
}

async fn answer(browser: &Browser) -> String {
    let done = "const c = document.querySelector('.report-card[aria-busy=false]');\
                return c && c.querySelector('[role=alert], .card-head') && c.innerText";
    browser.wait("an answer", done, vec![]).await.as_str().unwrap_or_default().to_owned()
}

/// Neither in what is seen, nor in attributes, fields, the address, or what the browser keeps.
async fn nowhere(browser: &Browser, password: &str) {
    let all = "return [document.documentElement.outerHTML, location.href, JSON.stringify({...sessionStorage}),\
               JSON.stringify({...localStorage}), ...Array.from(document.querySelectorAll('input'), i => i.value)].join()";
    let all = browser.run(all, vec![]).await;
    let all = all.as_str().expect("text");
    assert!(all.contains("card-password") && !all.contains(password), "the password is in the page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_of_dovecot_and_postfix_without_and_with_a_password() {
    let host = MailHost::start();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    open(&browser, &program).await;
    let said = make(&browser, "blue.test", "").await;
    for words in ["Report card of Test", "No POP3", "Judged without sign-in", "TLS 1.3", "CN=Pyeonji test CA"]
    {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert!(said.contains("up to 36.7 MB") && !said.contains("Offered after"), "{said}");
    axe(&browser).await;
    // With it there is more, and what passed is there to be read, without it.
    let said = make(&browser, ADA.0, ADA.1).await;
    assert!(said.contains("Offered after") && said.contains("accepted"), "{said}");
    assert!(!said.contains("Judged without sign-in"), "{said}");
    let fresh = "document.querySelectorAll('.card-service details').forEach(d => d.open = true);\
                 return Array.from(document.querySelectorAll('[aria-label=IMAP] .card-offer.new'), c => c.innerText)";
    let fresh = browser.run(fresh, vec![]).await;
    assert!(fresh.as_array().is_some_and(|all| all.contains(&json!("MOVE"))), "{fresh}");
    let passed = "return document.querySelector('[aria-label=IMAP] pre').innerText";
    let passed = browser.run(passed, vec![]).await;
    assert!(passed.as_str().is_some_and(|text| text.contains("••••")), "{passed}");
    nowhere(&browser, ADA.1).await;
    axe(&browser).await;
    // A card stays while the person looks at something else in the lab.
    browser.run("location.hash = 'tour'; return true", vec![]).await;
    browser.wait("another part", "return !document.querySelector('.report-card')", vec![]).await;
    browser.run("location.hash = 'card'; return true", vec![]).await;
    assert!(answer(&browser).await.contains("Offered after"));
    nowhere(&browser, ADA.1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_korean_on_a_phone() {
    let host = MailHost::start();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&phone("ko-KR")).await;
    open(&browser, &program).await;
    let said = make(&browser, ADA.0, ADA.1).await;
    for words in ["Test 성적표", "POP3 없음", "로그인 후에 제공하는 기능", "부족한 것이 없습니다."]
    {
        assert!(said.contains(words), "{words} in {said}");
    }
    axe(&browser).await;
    browser
        .run("document.querySelectorAll('details').forEach(d => d.open = true); return true", vec![])
        .await;
    axe(&browser).await;
    crate::fits_phones(&browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_other_refusals_are_told_in_words() {
    let host = MailHost::start();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    open(&browser, &program).await;
    // It isn't sent to servers whose account isn't named.
    assert!(make(&browser, "blue.test", "canary-of-a-card").await.contains("not a usable address"));
    nowhere(&browser, "canary-of-a-card").await;
    assert!(make(&browser, "ada@nowhere.example", "").await.contains("No mail server is set up"));
    let said = make(&browser, ADA.0, "canary-of-a-card").await;
    assert!(said.contains("The address or the password is wrong.") && said.contains("refused"), "{said}");
    nowhere(&browser, "canary-of-a-card").await;
    axe(&browser).await;
    // One's own account is one that is signed in.
    browser.find("button", "My own account").await.click().await;
    let asked = "return document.querySelector('.report-card [role=alert]')?.innerText.includes('signed in')";
    browser.wait("a word about signing in", asked, vec![]).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    open(&browser, &program).await;
    browser.find("button", "My own account").await.click().await;
    assert!(answer(&browser).await.contains("accepted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_not_there_or_not_trusted_are_told_apart() {
    let host = MailHost::start();
    let [nobody] = ports::free();
    let other = certs::self_signed_ca();
    let program = Program::start(host.imap_port(Security::Implicit), nobody, Security::Implicit, &other.cert);
    let browser = Browser::start(&Look::default()).await;
    open(&browser, &program).await;
    let said = make(&browser, ADA.0, ADA.1).await;
    assert!(said.contains("signed by nobody we trust") && said.contains("can’t be reached"), "{said}");
    assert_eq!(said.matches("Not usable").count(), 2, "{said}");
    nowhere(&browser, ADA.1).await;
    axe(&browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_configured_where_the_operator_allows_it() {
    let host = MailHost::start();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&phone("en")).await;
    open(&browser, &program).await;
    make(&browser, "blue.test", "").await;
    assert!(!browser.has("textbox", "Name of the server").await, "it isn't offered where it isn't allowed");
    let program = program.asking_any_host();
    // The same address again isn't loaded anew.
    browser.goto(&program.url).await;
    open(&browser, &program).await;
    let unfold = "const d = document.querySelector('.card-other'); if (d) d.open = true; return !!d";
    browser.wait("the other form", unfold, vec![]).await;
    axe(&browser).await;
    browser.find("textbox", "Name of the server").await.fill("localhost").await;
    browser.find("button", "Ask this server").await.click().await;
    let said = answer(&browser).await;
    // Nobody listens at the usual ports of this machine: each is told.
    assert!(said.contains("Report card of localhost"), "{said}");
    assert_eq!(said.matches("Not usable").count(), 3, "{said}");
    browser.find("textbox", "User name").await.fill("ada").await;
    let password = "document.getElementById('card-host-password').value = 'canary-elsewhere'";
    browser.run(password, vec![]).await;
    browser.find("button", "Ask this server").await.click().await;
    assert!(answer(&browser).await.contains("Report card of localhost"));
    nowhere(&browser, "canary-elsewhere").await;
    crate::fits_phones(&browser).await;
}
