//! Putting mail in its place with the toolbar, the dialogs and every key of the usual table.
use crate::{SEEDED, UNREAD, folder, mark, open_row, page, rows, seeded, tool};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::json;

/// Whether a dialog for writing has this subject.
const SUBJECT: &str = "return Array.from(document.querySelectorAll('[role=dialog] input[id^=subject]')).some(i => i.value === arguments[0])";
const NO_COMPOSER: &str = "return !document.querySelector('[role=dialog]')";
const SELECTED: &str =
    "return document.querySelectorAll('[role=row][aria-selected=true]').length === arguments[0]";

async fn opened(browser: &Browser) {
    browser.wait("the text of the body", page::BODY, vec![json!("Figures inside")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_of_the_usual_table_acts() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;
    assert_eq!(mark(&browser, "rows").await, json!({"folder": "INBOX", "count": SEEDED}));

    // Selecting, and marking what is selected: only one of the two was read.
    browser.keys("jxjx").await;
    browser.wait("two are selected", SELECTED, vec![json!(2)]).await;
    browser.keys("U").await;
    browser.find("status", "1 message marked unread").await;
    browser.find("treeitem", &format!("Inbox, {} unread", UNREAD + 1)).await;
    browser.keys("I").await;
    browser.find("status", "2 messages marked read").await;
    browser.find("treeitem", &format!("Inbox, {} unread", UNREAD - 1)).await;
    browser.keys("z").await;
    browser.find("treeitem", &format!("Inbox, {} unread", UNREAD + 1)).await;
    browser.keys("xkx").await;
    browser.wait("none is selected", SELECTED, vec![json!(0)]).await;

    // Reading and back.
    browser.keys("o").await;
    opened(&browser).await;
    let body = mark(&browser, "body").await;
    let uid = browser
        .run("return Number(document.querySelector('[role=row][aria-current=true]').dataset.uid)", vec![])
        .await;
    assert_eq!(body, json!({"folder": "INBOX", "count": uid}), "the mark tells folder and message");
    browser.keys("u").await;
    browser
        .wait("the list has the letter back", "return document.querySelector('article').hidden", vec![])
        .await;

    // Searching.
    browser.keys("/").await;
    browser
        .wait("the search box has the focus", "return document.activeElement.id === 'search'", vec![])
        .await;
    browser.keys("Letter 77 about").await;
    rows(&browser, 1).await;
    assert_eq!(mark(&browser, "search").await, json!({"folder": "INBOX", "count": 1}));
    browser.keys("\u{e00c}").await;
    rows(&browser, SEEDED).await;

    // Answering everybody, and forwarding.
    browser.keys("ja").await;
    browser.wait("an answer", SUBJECT, vec![json!("Re: 보고서 109")]).await;
    browser.find("button", "Discard").await.click().await;
    browser.wait("the answer is away", NO_COMPOSER, vec![]).await;
    browser.keys("f").await;
    browser.wait("a message to forward", SUBJECT, vec![json!("Fwd: 보고서 109")]).await;
    let dialog = browser.find("dialog", "New message").await.text().await;
    assert!(dialog.contains("report.pdf"), "its file comes along: {dialog}");
    browser.find("button", "Discard").await.click().await;
    browser.wait("the message is away", NO_COMPOSER, vec![]).await;

    // Moving by the dialog; back by the key.
    browser.keys("v").await;
    browser.find("dialog", "Move to").await;
    browser.keys("arch\u{e007}").await;
    browser.find("status", "1 message moved to “Archive”").await;
    rows(&browser, SEEDED - 1).await;
    browser.keys("z").await;
    rows(&browser, SEEDED).await;

    // Junk, and home by keys.
    browser.keys("j!").await;
    browser.find("status", "1 message moved to Junk").await;
    rows(&browser, SEEDED - 1).await;
    folder(&browser, "Junk").await;
    rows(&browser, 1).await;
    browser.keys("gi").await;
    rows(&browser, SEEDED - 1).await;
    browser.keys("gt").await;
    rows(&browser, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_toolbar_moves_marks_and_asks_before_deleting_for_ever() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;

    // The open letter: unread again, its source, then to another folder.
    open_row(&browser, "보고서 109").await;
    opened(&browser).await;
    browser.find("treeitem", &format!("Inbox, {UNREAD} unread")).await;
    tool(&browser, "Mark unread").await;
    browser.find("treeitem", &format!("Inbox, {} unread", UNREAD + 1)).await;
    tool(&browser, "More").await;
    let source = "const done = arguments[arguments.length - 1];\
        const a = Array.from(document.querySelectorAll('.menu a')).find(a => a.innerText === 'Show source');\
        fetch(a.href).then(r => r.text()).then(done, e => done('failed: ' + e))";
    let source = browser.client.execute_async(source, vec![]).await.expect("the source");
    assert!(source.as_str().is_some_and(|s| s.contains("Message-ID: <r109@seed.test>")), "{source}");
    let items = "return Array.from(document.querySelectorAll('.menu .item')).filter(i => i.checkVisibility()).map(i => i.innerText)";
    let items = browser.run(items, vec![]).await;
    assert_eq!(items, json!(["Show source", "Download the message", "Print"]));
    tool(&browser, "More").await;
    browser.wait("the menu is closed", "return !document.querySelector('.menu')", vec![]).await;
    tool(&browser, "Move").await;
    browser.find("dialog", "Move to").await;
    browser.find("combobox", "Find a folder").await.fill("trash").await;
    browser.find("option", "Trash").await.click().await;
    browser.find("status", "1 message moved to “Trash”").await;
    rows(&browser, SEEDED - 1).await;

    // Junk and not junk.
    open_row(&browser, "Letter 108 about").await;
    tool(&browser, "Junk").await;
    rows(&browser, SEEDED - 2).await;
    folder(&browser, "Junk").await;
    open_row(&browser, "Letter 108 about").await;
    tool(&browser, "Not junk").await;
    browser.find("status", "1 message moved to the Inbox").await;
    rows(&browser, 0).await;
    folder(&browser, "Inbox").await;
    rows(&browser, SEEDED - 1).await;

    // From Trash it goes for ever, and not without a question.
    folder(&browser, "Trash").await;
    rows(&browser, 1).await;
    open_row(&browser, "보고서 109").await;
    opened(&browser).await;
    tool(&browser, "Delete").await;
    let question = browser.find("dialog", "Delete for ever").await.text().await;
    assert!(question.contains("Delete 1 message for ever?"), "{question}");
    browser.find("button", "Cancel").await.click().await;
    browser.wait("the question is away", "return !document.querySelector('dialog')", vec![]).await;
    rows(&browser, 1).await;
    browser.keys("#").await;
    browser.find("dialog", "Delete for ever").await;
    browser.find("button", "Delete for ever").await.click().await;
    browser.find("status", "1 message deleted for ever").await;
    rows(&browser, 0).await;
    browser.goto(&program.url).await;
    rows(&browser, SEEDED - 1).await;
}
