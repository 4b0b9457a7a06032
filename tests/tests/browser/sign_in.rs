//! Signing in, and what is said when it can't be done.
use crate::{page, seeded, through_chaos};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::chaos::Mode;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use std::time::Duration;

async fn try_to_sign_in(browser: &Browser, url: &str, password: &str) -> String {
    browser.goto(url).await;
    browser.find("textbox", "Email address").await.fill(ADA.0).await;
    browser.find("textbox", "Password").await.fill(password).await;
    browser.find("button", "Sign in").await.click().await;
    let words = browser.wait("an alert", page::ALERT, vec![]).await;
    assert!(browser.has("button", "Sign in").await, "the form can be used again");
    words.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_the_form_stays() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    let words = try_to_sign_in(&browser, &program.url, "wrong").await;
    assert!(words.to_lowercase().contains("password"), "{words}");
    // And the right one is taken after it, without a reload.
    browser.find("textbox", "Password").await.fill(ADA.1).await;
    browser.find("button", "Sign in").await.click().await;
    browser.find("grid", "Messages").await;
}

/// The form is plain HTML: it can be sent off before the module has come down a slow line.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_before_the_module_is_there_signs_in() {
    let host = seeded();
    let (_program, chaos, url) = through_chaos(Program::of(&host, Security::Implicit)).await;
    let browser = Browser::start(&Look::default()).await;
    chaos.set(Mode::Delay(Duration::from_millis(250)));
    browser.goto(&url).await;
    let script = "const f = document.getElementById('signin-form'); f.address.value = arguments[0]; f.password.value = arguments[1];\
                  f.requestSubmit(); return !window.pyeonjiReady && !!window.pyeonjiLogin";
    let early = browser.run(script, vec![ADA.0.into(), ADA.1.into()]).await;
    assert_eq!(early, true, "the module was not there yet");
    chaos.set(Mode::Pass);
    browser.find("grid", "Messages").await;
    browser.find("row", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_and_a_certificate_nobody_vouches_for_are_named() {
    let host = seeded();
    let browser = Browser::start(&Look::default()).await;
    let [nobody] = pyeonji_tests::ports::free();
    let down = Program::start(nobody, nobody, Security::Implicit, &host.authority.pem);
    let words = try_to_sign_in(&browser, &down.url, ADA.1).await;
    assert!(words.to_lowercase().contains("server") && !words.to_lowercase().contains("password"), "{words}");
    let stranger = pyeonji_tests::certs::Authority::new();
    let security = Security::Implicit;
    let unknown = Program::start(host.imap_port(security), host.smtp_port(security), security, &stranger.pem);
    let words = try_to_sign_in(&browser, &unknown.url, ADA.1).await;
    assert!(words.to_lowercase().contains("certificate"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_takes_the_mail_off_the_screen() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("row", "").await;
    browser.run("document.querySelector('#account')?.click()", vec![]).await;
    browser.find("button", "Sign out").await.click().await;
    browser.find("textbox", "Password").await;
    let left = browser
        .run("return /보고서|invoices|bora@green/.test(document.documentElement.outerHTML)", vec![])
        .await;
    assert_eq!(left, false, "no mail is left on the screen");
    browser.goto(&program.url).await;
    browser.find("textbox", "Password").await;
}
