//! Servers with quirks in how they name and list their mail: Gmail, which lists nothing twice, and one that gives all its messages
//! other unique-ids.
use crate::{
    Stage, back, check, choose, folder, idle, on_device, page, row, rows, set_options, settings, sign_in,
    stage_at,
};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::maildrop::{Maildrop, Quirks};
use pyeonji_tests::mailhost::{ADA, MailHost};
use pyeonji_tests::seed;
use serde_json::json;

/// Options with no check but by hand, nothing asked, any size: download and delete; leave a copy; until deleted here.
const DELETE: [u8; 7] = [0; 7];
const COPY: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
const UNTIL: [u8; 7] = [3, 0, 0, 0, 0, 0, 0];

/// As Gmail names its messages, and as others do.
fn short(n: usize) -> String {
    format!("GmailId{n:016x}")
}
fn counted(n: usize) -> String {
    format!("{}-abc", n + 1)
}
fn dovecot(n: usize) -> String {
    format!("{:08x}5f3a91c2", n + 1)
}

fn letter(n: u32) -> Vec<u8> {
    seed::plain(n, "carol@green.test", ADA.0, &format!("Letter {n}."), &format!("Text of {n}.\r\n.dot\r\n끝"))
}

/// Nothing but a digest tells it from others.
fn nameless() -> Vec<u8> {
    b"Subject: Letter 9.\r\nFrom: old@fax.test\r\n\r\nNo Message-ID, no date.\r\n".to_vec()
}

/// A server with this mail, and a browser that has fetched it.
async fn start(quirks: Quirks, mail: &[Vec<u8>]) -> (Maildrop, Stage, Browser) {
    let server = Maildrop::start(ADA.1, quirks).await;
    mail.iter().for_each(|m| server.deliver(m));
    let stage = stage_at(MailHost::start(), server.port).await;
    let browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, ADA).await;
    rows(&browser, mail.len()).await;
    idle(&browser).await;
    (server, stage, browser)
}

/// How often (RETR, TOP, DELE) were asked for.
fn asked(stage: &Stage) -> (usize, usize, usize) {
    let seen = stage.gate.record();
    (seen.count("RETR"), seen.count("TOP"), seen.count("DELE"))
}

/// Waits until the page lists so many messages under "Where mail is", each with these words.
async fn places(browser: &Browser, filter: &str, n: usize, words: &str) {
    settings(browser, 4).await;
    choose(browser, "ledger-filter", filter).await;
    let script = "const all = Array.from(document.querySelectorAll('.ledger [role=row]:not(.heads)'));\
        return all.length === arguments[0] && all.every(r => r.innerText.includes(arguments[1]))";
    browser.wait(&format!("{n} × {filter}: {words}"), script, vec![json!(n), json!(words)]).await;
    back(browser).await;
}

fn same(mut one: Vec<Vec<u8>>, mut other: Vec<Vec<u8>>) {
    one.sort();
    other.sort();
    assert!(one == other, "{} messages here, {} expected", one.len(), other.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gmail_no_longer_lists_is_here_and_comes_back_without_harm() {
    let mut mail: Vec<Vec<u8>> = (0..4).map(letter).collect();
    let quirks = Quirks { popped: true, top: true, unique_id: short };
    let (server, stage, browser) = start(quirks, &mail).await;
    assert_eq!(asked(&stage), (4, 0, 0));

    // Nothing is listed any more, and all of it is here.
    check(&stage, &browser).await;
    rows(&browser, 4).await;
    places(&browser, "Only here", 4, "It isn’t listed any more").await;
    row(&browser, "Letter 2.", "r.click()").await;
    browser.wait("its text", page::BODY, vec![json!("Text of 2.")]).await;
    let only = "return document.querySelector('.place')?.innerText.includes('gone from the server since')";
    browser.wait("where it is", only, vec![]).await;
    browser.keys("\u{e00c}").await;

    // New mail is listed alone, each time another message.
    for n in 4..6 {
        mail.push(letter(n));
        server.deliver(&letter(n));
        check(&stage, &browser).await;
        rows(&browser, mail.len()).await;
    }
    // Where all known names went while another came, its head is looked at first: it could be one of them.
    assert_eq!(asked(&stage), (6, 1, 0));
    same(on_device(&browser).await, mail.clone());

    // "recent:" lists all of it again.
    server.switch(|h| h.popped = false);
    check(&stage, &browser).await;
    set_options(&browser, COPY).await;
    browser.goto(&stage.url).await;
    idle(&browser).await;
    check(&stage, &browser).await;
    rows(&browser, 6).await;
    places(&browser, "On the server", 6, "The rule leaves a copy").await;
    assert_eq!(asked(&stage), (6, 1, 0), "what comes back is known");
    same(on_device(&browser).await, mail.clone());

    // What is deleted here leaves the list once it is listed, and no other message does.
    set_options(&browser, UNTIL).await;
    browser.goto(&stage.url).await;
    rows(&browser, 6).await;
    row(&browser, "Letter 3.", "r.querySelector('.quick [title=Delete]').click()").await;
    rows(&browser, 5).await;
    folder(&browser, "Trash", 1).await;
    row(&browser, "Letter 3.", "r.querySelector('.quick [title=Delete]').click()").await;
    browser.find("button", "Delete for ever").await.click().await;
    rows(&browser, 0).await;
    folder(&browser, "Inbox", 5).await;
    server.switch(|h| h.popped = true);
    check(&stage, &browser).await;
    assert_eq!((asked(&stage), server.archived()), ((6, 1, 0), vec![]), "what isn't listed can't be removed");
    server.switch(|h| h.popped = false);
    check(&stage, &browser).await;
    check(&stage, &browser).await;
    assert_eq!((asked(&stage), server.archived()), ((6, 1, 1), vec![3]));
    rows(&browser, 5).await;
    mail.remove(3);
    same(on_device(&browser).await, mail);
}

/// Waits until the page says this about what is here twice.
async fn twins(browser: &Browser, head: &str, why: &str, n: usize) {
    settings(browser, 5).await;
    browser.find("status", head).await;
    let script = "const all = Array.from(document.querySelectorAll('.twins'));\
        return all.length === arguments[0] && all.every(s => s.innerText.includes(arguments[1]))";
    browser.wait(why, script, vec![json!(n), json!(why)]).await;
}

const RENAMED: &str = "The server began to name its messages in another way";

#[tokio::test(flavor = "multi_thread")]
async fn other_unique_ids_for_the_same_messages_are_looked_through() {
    let mut mail: Vec<Vec<u8>> = (0..5).map(letter).collect();
    mail.push(nameless());
    let quirks = Quirks { popped: false, top: true, unique_id: counted };
    let (server, stage, browser) = start(quirks, &mail).await;
    server.switch(|h| h.unique_id = dovecot);
    check(&stage, &browser).await;
    // By its head each is found to be here, but for the one that has no Message-ID.
    assert_eq!(asked(&stage), (7, 6, 0));
    rows(&browser, 7).await;
    places(&browser, "Problems", 5, "The rule leaves a copy").await;
    twins(&browser, "1 message is here more than once.", RENAMED, 1).await;
    browser.find("button", "Merge").await.click().await;
    browser.wait("the question", MERGE, vec![]).await;
    browser.find("status", "1 duplicate merged").await;
    browser.find("status", "No message is here twice.").await;
    back(&browser).await;
    rows(&browser, 6).await;
    same(on_device(&browser).await, mail.clone());
    check(&stage, &browser).await;
    assert_eq!(asked(&stage), (7, 6, 0), "it is known from now on");

    // A rule that deletes takes what is known to be here to the last octet, and nothing else.
    set_options(&browser, DELETE).await;
    browser.goto(&stage.url).await;
    rows(&browser, 6).await;
    check(&stage, &browser).await;
    assert_eq!((asked(&stage), server.archived()), ((7, 6, 1), vec![5]));
    places(&browser, "Problems", 5, "It may be here under another name").await;
    same(on_device(&browser).await, mail);
}

/// The button of the question, not the one that asks it.
const MERGE: &str = "const b = document.querySelector('dialog .buttons .primary'); b?.click(); return !!b";

#[tokio::test(flavor = "multi_thread")]
async fn without_heads_they_are_fetched_once_more_and_merged() {
    let mail: Vec<Vec<u8>> = (0..5).map(letter).chain([nameless()]).collect();
    let quirks = Quirks { popped: false, top: false, unique_id: counted };
    let (server, stage, browser) = start(quirks, &mail).await;
    row(&browser, "Letter 1.", "r.querySelector('.quick [title=Star]').click()").await;
    browser.wait("a star", page::ROW, vec![json!("Starred")]).await;
    server.switch(|h| h.unique_id = dovecot);
    check(&stage, &browser).await;
    assert_eq!(asked(&stage), (12, 0, 0));
    rows(&browser, 12).await;
    twins(&browser, "6 messages are here more than once.", RENAMED, 6).await;
    browser.find("button", "Merge 6 with equal copies").await.click().await;
    browser.wait("the question", MERGE, vec![]).await;
    browser.find("status", "6 duplicates merged").await;
    browser.find("status", "No message is here twice.").await;
    back(&browser).await;
    rows(&browser, 6).await;
    browser.wait("the star", page::ROW, vec![json!("Starred")]).await;
    same(on_device(&browser).await, mail.clone());

    // Neither a check nor a reload brings anything back, and the names of both kinds are known.
    set_options(&browser, COPY).await;
    browser.goto(&stage.url).await;
    idle(&browser).await;
    check(&stage, &browser).await;
    server.switch(|h| h.unique_id = counted);
    check(&stage, &browser).await;
    rows(&browser, 6).await;
    assert_eq!((asked(&stage), server.archived()), ((12, 0, 0), vec![]));
    same(on_device(&browser).await, mail);
}
