//! Acting on messages: at once on the screen, then as the server says.
use crate::{SEEDED, page, rows, seeded};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_message_comes_back_by_undo() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;
    browser.keys("j").await;
    browser.keys("e").await;
    rows(&browser, SEEDED - 1).await;
    browser.find("status", "1 message archived").await;
    browser.find("button", "Undo").await.click().await;
    rows(&browser, SEEDED).await;
    // The server agrees after a reload.
    browser.goto(&program.url).await;
    rows(&browser, SEEDED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn star_delete_search_and_folders() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;
    browser.keys("j").await;
    browser.keys("s").await;
    browser.wait("a star on the row", page::ROW, vec![json!("Starred")]).await;
    browser.keys("j").await;
    browser.keys("#").await;
    rows(&browser, SEEDED - 1).await;
    browser.find("treeitem", "Trash").await.click().await;
    rows(&browser, 1).await;
    browser.wait("the deleted message", page::ROW, vec![json!("Letter 108 about invoices")]).await;
    browser.find("treeitem", "Inbox").await.click().await;
    rows(&browser, SEEDED - 1).await;
    browser.wait("the star, after the folder was read anew", page::ROW, vec![json!("Starred")]).await;
    // Words in the search box: the server finds them, the list shows them, newest first.
    browser.find("searchbox", "Search mail").await.fill("Letter 77 about").await;
    rows(&browser, 1).await;
    browser.wait("the message found", page::ROW, vec![json!("Letter 77 about invoices")]).await;
    browser.find("searchbox", "Search mail").await.fill("no such words anywhere").await;
    rows(&browser, 0).await;
    browser.keys("\u{e00c}").await;
    rows(&browser, SEEDED - 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_long_folder_is_one_jump_away() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;
    browser.run("const g = document.querySelector('[role=grid]'); const s = [g, ...g.querySelectorAll('*'), g.parentElement].find(e => e.scrollHeight > e.clientHeight + 200); s.scrollTop = s.scrollHeight", vec![]).await;
    browser.wait("the oldest message", page::ROW, vec![json!("Letter 0 about invoices")]).await;
    let last = "return Array.from(document.querySelectorAll('[role=row]')).some(r => !r.hidden && r.getAttribute('aria-rowindex') === arguments[0] && r.getAttribute('aria-label').includes('Letter 0 about'))";
    browser.wait("it is the last row", last, vec![json!(SEEDED.to_string())]).await;
}
