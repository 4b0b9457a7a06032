//! The wire: lines of the step, in words, to be searched and copied.
use crate::{enter, press, program};
use pyeonji_tests::browser::{Browser, Look};

const LINES: &str = "Array.from(document.querySelectorAll('.wire-line'))";

#[tokio::test(flavor = "multi_thread")]
async fn every_line_has_its_meaning_and_no_secret() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "#own").await;
    press(&browser, "Mail server", "Deliver a message").await;
    press(&browser, "POP3 device B", "Check mail").await;
    browser.find("button", "POP3 device B").await.click().await;
    // Its own lines stand out, and a filter finds what is asked for.
    let fresh = format!("return {LINES}.some(l => l.classList.contains('fresh'))");
    browser.wait("lines of this step", &fresh, vec![]).await;
    let page = browser.run("return document.querySelector('.lab').innerText", vec![]).await;
    let page = page.as_str().expect("text");
    assert!(page.contains("••••") && !page.contains("lab-lantern"), "the password stays where it is");
    browser.find("searchbox", "Filter lines").await.fill("retr").await;
    let retr = format!("return {LINES}.map(l => l.innerText).find(t => t.includes('RETR 1'))");
    let said = browser.wait("RETR", &retr, vec![]).await;
    let said = said.as_str().expect("text");
    assert!(
        said.contains("fetches a whole message") && said.contains("RFC 1939 §5") && said.contains("step 2"),
        "{said}"
    );
    let only =
        format!("const l = {LINES}; return l.length > 0 && l.every(l => l.innerText.includes('RETR'))");
    browser.wait("lines with RETR alone", &only, vec![]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_transcript_only_what_is_in_sight_is_drawn() {
    let program = program();
    let browser = Browser::start(&Look::default()).await;
    enter(&browser, &program.url, "#E5").await;
    browser.find("button", "Run").await.click().await;
    let lines = "return parseInt(document.querySelector('.wire .totals').innerText)";
    let many = browser.wait("a transcript", lines, vec![]).await;
    assert!(many.as_u64().is_some_and(|n| n > 2_000), "{many}");
    let drawn = format!("return {LINES}.length");
    assert!(browser.run(&drawn, vec![]).await.as_u64().is_some_and(|n| n < 40));
    // Anywhere in it something stands.
    let seen = format!(
        "const box = document.getElementById('lab-wire'); box.scrollTop = box.scrollHeight * 0.4;\
         return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {{\
           const b = box.getBoundingClientRect();\
           done({LINES}.filter(l => {{ const r = l.getBoundingClientRect(); return r.bottom > b.top && r.top < b.bottom }}).length) }})))"
    );
    assert!(browser.run(&seen, vec![]).await.as_u64().is_some_and(|n| n >= 9));
}
