//! The lab is bounded: who comes last is told to wait, and nothing of theirs is lost.
use crate::{enter, press, program, until};
use pyeonji_tests::browser::{Browser, Look};

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_when_it_is_full_is_told_how_long_to_wait() {
    let program = program().with("[limits]\nlab_visitors = 1\n");
    let first = Browser::start(&Look::default()).await;
    enter(&first, &program.url, "#own").await;
    press(&first, "Mail server", "Deliver a message").await;
    let second = Browser::start(&Look::default()).await;
    second.goto(&format!("{}/lab", program.url)).await;
    let told = "const t = document.querySelector('.lab [role=alert]')?.innerText; return t?.includes('The lab is full: 1 person') && t";
    let words = second.wait("a word", told, vec![]).await;
    assert!(words.as_str().is_some_and(|w| w.contains("A place may be free in")), "{words}");
    // Who is in goes on.
    press(&first, "POP3 device A", "Check mail").await;
    until(&first, "POP3 device A", "Rent", true).await;
}
