//! The focus of somebody who works without a mouse.
use crate::{page, seeded};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use pyeonji_tests::seed;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_stays_where_it_was_when_what_it_is_on_is_drawn_anew() {
    let host = seeded();
    let few = seed::many(3, ADA.0);
    host.dovecot.put(ADA.0, "Projects", few.iter().map(|(bytes, flags)| (bytes.as_slice(), *flags)));
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("treeitem", "Projects").await;
    let item =
        "[...document.querySelectorAll('[role=treeitem]')].find(i => i.innerText.includes('Projects'))";
    browser.run(&format!("{item}.focus()"), vec![]).await;
    browser.keys("\u{e007}").await;
    browser.wait("the folder is open", page::ROWS, vec![json!("3")]).await;
    let selected = format!("return {item}.getAttribute('aria-selected') === 'true'");
    browser.wait("the folder is selected", &selected, vec![]).await;
    // The line of the tree says now that it is selected; whether or not it is the same element, it has the focus.
    assert_eq!(browser.run(&format!("return document.activeElement === {item}"), vec![]).await, json!(true));
}
