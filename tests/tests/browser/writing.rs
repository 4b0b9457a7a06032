//! Writing: to everybody, with copies seen and unseen, with the files of another message, put aside and taken up again.
use crate::{SEEDED, folder, mark, open_row, page, rows, seeded, tool};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, BORA, Security};
use serde_json::json;

const NO_COMPOSER: &str = "return !document.querySelector('[role=dialog]')";

/// Waits until the buttons in a recipient field are for these, in this order.
async fn chips(browser: &Browser, field: &str, wanted: &[&str]) {
    let script = "const t = Array.from(document.querySelector(`[role=dialog] input[role=combobox][aria-label=\"${arguments[0]}\"]`)\
        .closest('.tokens').querySelectorAll('.token'), (t) => t.getAttribute('aria-label').replace('Remove ', ''));\
        return JSON.stringify(t) === JSON.stringify(arguments[1])";
    browser.wait(&format!("{field}: {wanted:?}"), script, vec![json!(field), json!(wanted)]).await;
}

/// The source of the open letter.
async fn source(browser: &Browser) -> String {
    let script = "const done = arguments[arguments.length - 1];\
        const a = Array.from(document.querySelectorAll('article a')).find(a => a.innerText === 'Show source');\
        fetch(a.href).then(r => r.text()).then(done, e => done('failed: ' + e))";
    let source = browser.client.execute_async(script, vec![]).await.expect("the source");
    source.as_str().unwrap_or_default().to_owned()
}

async fn sent(browser: &Browser) {
    browser.find("status", "Message sent").await;
    browser.wait("the composer is away", NO_COMPOSER, vec![]).await;
    browser
        .run("document.querySelectorAll('.toast [aria-label=Dismiss]').forEach(b => b.click())", vec![])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_forwards_and_copies_arrive_as_they_were_addressed() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;
    let round = "Date: 2 Jan 2026 10:00:00 +0900\r\nFrom: Bora <bora@green.test>\r\nTo: ada@blue.test, dave@blue.test\r\n\
        Cc: carol@green.test\r\nSubject: round table\r\nMessage-ID: <round@seed.test>\r\n\r\nWho comes?\r\n";
    host.dovecot.put(ADA.0, "", [(round.as_bytes(), "")]);
    rows(&browser, SEEDED + 1).await;

    // Everybody but oneself; those who are not wanted are taken out, one by their button, one by Backspace.
    open_row(&browser, "round table").await;
    browser.wait("its text", page::BODY, vec![json!("Who comes?")]).await;
    tool(&browser, "Reply all").await;
    browser.find("dialog", "New message").await;
    chips(&browser, "To", &["\"Bora\" <bora@green.test>"]).await;
    chips(&browser, "Cc", &["dave@blue.test", "carol@green.test"]).await;
    browser.find("button", "Remove dave@blue.test").await.click().await;
    browser.find("combobox", "Cc").await.fill("\u{e003}").await;
    chips(&browser, "Cc", &[]).await;
    browser.find("combobox", "Cc").await.fill("ada@blue.test,").await;
    browser.find("textbox", "Message body").await.fill("I do.\n").await;
    // Ctrl+Enter sends.
    browser.keys("\u{e009}\u{e007}").await;
    sent(&browser).await;
    assert_eq!(mark(&browser, "sent").await, json!({"folder": "", "count": 1}));
    open_row(&browser, "Re: round table").await;
    browser.wait("what was written", page::BODY, vec![json!("I do.")]).await;
    let answer = source(&browser).await;
    assert!(answer.contains("In-Reply-To: <round@seed.test>"), "{answer}");
    assert!(answer.contains("Cc: <ada@blue.test>") && !answer.contains("carol@"), "{answer}");

    // A hidden copy: nobody who sees the letter learns of it.
    browser.find("button", "Compose").await.click().await;
    browser.find("combobox", "To").await.fill("ada@blue.test,").await;
    browser.find("combobox", "Bcc").await.fill("bora@green.test,").await;
    browser.find("textbox", "Subject").await.fill("a quiet copy").await;
    browser.find("button", "Send").await.click().await;
    sent(&browser).await;
    open_row(&browser, "a quiet copy").await;
    let copy = "return document.querySelector('article')?.getAttribute('aria-label') === 'a quiet copy'";
    browser.wait("the letter", copy, vec![]).await;
    let quiet = source(&browser).await;
    assert!(quiet.contains("Subject: a quiet copy") && !quiet.contains("bora@"), "{quiet}");

    // Forwarded, its file comes along and is what it was.
    open_row(&browser, "보고서 109").await;
    browser.wait("the text of the body", page::BODY, vec![json!("Figures inside")]).await;
    tool(&browser, "Forward").await;
    browser.find("dialog", "New message").await;
    browser.find("combobox", "To").await.fill("bora@green.test,").await;
    browser.find("button", "Send").await.click().await;
    sent(&browser).await;

    browser.run("document.getElementById('account').click()", vec![]).await;
    browser.find("button", "Sign out").await.click().await;
    browser.sign_in(&program.url, BORA.0, BORA.1).await;
    rows(&browser, 3).await;
    for subject in ["Re: round table", "a quiet copy", "Fwd: 보고서 109"] {
        browser.wait(subject, page::ROW, vec![json!(subject)]).await;
    }
    open_row(&browser, "Fwd: 보고서 109").await;
    browser.wait("the text below the mark", page::BODY, vec![json!("Forwarded message")]).await;
    browser.find("list", "Attachments").await;
    let file = "const done = arguments[arguments.length - 1]; const a = document.querySelector('[aria-label=Attachments] a[download]');\
        fetch(a.href).then(r => r.text()).then(t => done([a.download, t]), e => done('failed: ' + e))";
    let file = browser.client.execute_async(file, vec![]).await.expect("the file");
    assert_eq!(file, json!(["report.pdf", "%PDF-1.4\n%EOF\n"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_put_aside_taken_up_again_and_discarded_with_a_way_back() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("button", "Compose").await.click().await;
    browser.find("combobox", "To").await.fill("bora@green.test,").await;
    browser.find("combobox", "Bcc").await.fill("carol@green.test,").await;
    browser.find("textbox", "Subject").await.fill("for later").await;
    browser.find("textbox", "Message body").await.fill("첫 줄").await;
    browser.find("button", "Save draft").await.click().await;
    browser.find("status", "Draft saved").await;
    browser.run("document.querySelector('[role=dialog] header [aria-label=Close]').click()", vec![]).await;
    browser.wait("the composer is away", NO_COMPOSER, vec![]).await;

    // Another session knows it by the server alone.
    folder(&browser, "Drafts").await;
    rows(&browser, 1).await;
    open_row(&browser, "for later").await;
    browser.find("dialog", "New message").await;
    assert_eq!(browser.find("textbox", "Subject").await.text().await, "for later");
    assert_eq!(browser.find("textbox", "Message body").await.text().await.trim(), "첫 줄");
    chips(&browser, "To", &["bora@green.test"]).await;
    chips(&browser, "Bcc", &["carol@green.test"]).await;
    // Saved again, there is one still.
    browser.find("textbox", "Subject").await.fill("for much later").await;
    browser.find("button", "Save draft").await.click().await;
    browser.wait("the draft as it is now", page::ROW, vec![json!("for much later")]).await;
    rows(&browser, 1).await;

    browser.find("button", "Discard").await.click().await;
    browser.wait("the composer is away", NO_COMPOSER, vec![]).await;
    browser.find("status", "Message discarded").await;
    browser.find("button", "Undo").await.click().await;
    browser.find("dialog", "New message").await;
    assert_eq!(browser.find("textbox", "Subject").await.text().await, "for much later");
    assert_eq!(browser.find("textbox", "Message body").await.text().await.trim(), "첫 줄");
    rows(&browser, 1).await;
}
