//! A POP3 account in daily use: everything arrives once, and from then on it is here, with or without a network.
use crate::{
    Stage, back, check, deliver, folder, hook, idle, on_device, on_server, page, rows, settings, sign_in,
    stage, stage_with,
};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::chaos::Mode;
use pyeonji_tests::mailhost::{ADA, BORA};
use pyeonji_tests::seed;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};

/// Messages of the first download.
const MESSAGES: u32 = 20;

/// What [`seed::many`] writes, and the newest: a letter whose attachment holds every octet.
fn mail() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = seed::many(MESSAGES - 1, ADA.0).into_iter().map(|(bytes, _)| bytes).collect();
    all.push(with_file());
    all
}

fn octets() -> Vec<u8> {
    (0..70_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn with_file() -> Vec<u8> {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(octets());
    let lines: Vec<&str> = base64.as_bytes().chunks(76).filter_map(|l| std::str::from_utf8(l).ok()).collect();
    format!(
        "Date: 7 Jun 2025 10:00:00 +0900\r\nFrom: carol@green.test\r\nTo: {}\r\nSubject: minutes\r\nMessage-ID: <f@seed.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         어제 저녁의 한국어 회의록입니다.\r\n--f\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename=\"minutes.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--f--\r\n",
        ADA.0,
        lines.join("\r\n")
    )
    .into_bytes()
}

async fn at_home(stage: &Stage, mail: &[Vec<u8>]) -> Browser {
    deliver(&stage.host, mail);
    let browser = Browser::start(&Look::default()).await;
    hook::install(&browser).await;
    sign_in(&browser, &stage.url, ADA).await;
    rows(&browser, mail.len()).await;
    idle(&browser).await;
    browser
}

async fn open(browser: &Browser, subject: &str) {
    let script = "const row = Array.from(document.querySelectorAll('[role=row][data-uid]')).find(r => !r.hidden && r.getAttribute('aria-label').includes(arguments[0])); row?.click(); return !!row";
    browser.wait("the row to open", script, vec![json!(subject)]).await;
    browser.find("article", subject).await;
}

/// A letter to Bora.
async fn send(browser: &Browser, subject: &str, text: &str) {
    browser.find("button", "Compose").await.click().await;
    browser.find("combobox", "To").await.fill("bora@green.test,").await;
    browser.find("textbox", "Subject").await.fill(subject).await;
    browser.find("textbox", "Message body").await.fill(text).await;
    browser.find("button", "Send").await.click().await;
    browser.find("status", "Message sent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_once_and_is_read_from_here() {
    let stage = stage().await;
    let mail = mail();
    let browser = at_home(&stage, &mail).await;
    // Told of once, though they were stored in several commits.
    browser.find("status", &format!("{} new messages", mail.len())).await;
    let device = on_device(&browser).await;
    assert_eq!(device.len(), mail.len());
    assert!(mail.iter().all(|m| device.contains(m)), "every source is here, byte for byte");
    assert_eq!(
        on_server(&stage.host).len(),
        mail.len(),
        "a copy stays on the server, unless one says otherwise"
    );

    open(&browser, "minutes").await;
    browser.wait("its text", page::BODY, vec![json!("한국어 회의록입니다")]).await;
    // With this module there is a second style sheet, in this loading from the beginning.
    browser.client.refresh().await.expect("again");
    idle(&browser).await;
    open(&browser, "minutes").await;
    browser.wait("its look", page::DRESSED, vec![]).await;
    browser.run("document.querySelector('[aria-label=Attachments] button.file').click()", vec![]).await;
    assert!(hook::file(&browser).await == octets(), "the attachment is what it was, octet for octet");

    browser.find("searchbox", "Search mail").await.fill("회의록").await;
    rows(&browser, 1).await;
    browser.wait("the message found", page::ROW, vec![json!("minutes")]).await;
    browser.find("searchbox", "Search mail").await.fill("없는 낱말").await;
    rows(&browser, 0).await;
    browser.keys("\u{e00c}").await;
    rows(&browser, mail.len()).await;

    // What is here is known: only what is new is fetched.
    let before = stage.gate.record();
    assert_eq!(before.count("RETR"), mail.len());
    check(&stage, &browser).await;
    let after = stage.gate.record();
    assert_eq!((after.count("RETR"), after.count("TOP")), (mail.len(), 0), "nothing is fetched twice");
    let letter = seed::plain(900, BORA.0, ADA.0, "The next letter", "Hello");
    deliver(&stage.host, [&letter]);
    check(&stage, &browser).await;
    rows(&browser, mail.len() + 1).await;
    assert_eq!(stage.gate.record().count("RETR"), mail.len() + 1);
    assert_eq!(stage.gate.record().count("DELE"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_and_folders_are_kept_without_a_network() {
    let stage = stage().await;
    let all = mail();
    let browser = at_home(&stage, &all).await;
    browser.keys("j").await;
    browser.keys("s").await;
    browser.wait("a star on the row", page::ROW, vec![json!("Starred")]).await;
    browser.keys("j").await;
    browser.keys("e").await;
    rows(&browser, all.len() - 1).await;
    browser.find("button", "Undo").await.click().await;
    rows(&browser, all.len()).await;
    browser.keys("#").await;
    rows(&browser, all.len() - 1).await;
    // Nothing of it is undone by a reload.
    browser.goto(&stage.url).await;
    rows(&browser, all.len() - 1).await;
    browser.wait("the star", page::ROW, vec![json!("Starred")]).await;
    browser.find("treeitem", "Trash").await.click().await;
    rows(&browser, 1).await;
    browser.find("treeitem", "Inbox").await.click().await;
    rows(&browser, all.len() - 1).await;
    idle(&browser).await;

    stage.chaos.set(Mode::Cut);
    browser.wait("the page says that it is offline", page::OFFLINE, vec![]).await;
    open(&browser, "minutes").await;
    browser.wait("its text", page::BODY, vec![json!("한국어 회의록입니다")]).await;
    open(&browser, "Letter 3 about").await;
    browser.wait("a letter that was never opened", page::BODY, vec![json!("Line one of 3")]).await;
    browser.find("searchbox", "Search mail").await.fill("Letter 7 about").await;
    rows(&browser, 1).await;
    stage.chaos.set(Mode::Pass);
    browser.wait("the page is online again", page::ONLINE, vec![]).await;
    assert_eq!(on_server(&stage.host).len(), all.len(), "the server keeps its copies");
}

/// Through Postfix and back: one message in Sent, which is on the server now, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_blind_copy_that_comes_back_is_the_one_in_sent() {
    let stage = stage().await;
    let browser = at_home(&stage, &mail()).await;
    settings(&browser, 3).await;
    browser.find("checkbox", "Send a blind copy to myself").await.click().await;
    back(&browser).await;
    send(&browser, "the boats", "항구에 있습니다.").await;
    let before = mail().len();
    pyeonji_tests::arrival::wait(stage.host.dovecot.imap, ADA, before + 1).await;
    check(&stage, &browser).await;
    assert_eq!(stage.gate.record().count("RETR"), before + 1, "it was fetched");
    folder(&browser, "Sent", 1).await;
    assert_eq!(on_device(&browser).await.len(), before + 1);
    open(&browser, "the boats").await;
    browser
        .wait(
            "where it is",
            "return document.querySelector('.place')?.innerText.includes('and on the server')",
            vec![],
        )
        .await;
    // Nothing is fetched again for it.
    check(&stage, &browser).await;
    assert_eq!(stage.gate.record().count("RETR"), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_kept_in_sent() {
    let stage = stage().await;
    let browser = at_home(&stage, &mail()).await;
    send(&browser, "from this device", "잘 지내시나요?").await;
    browser.find("treeitem", "Sent").await.click().await;
    rows(&browser, 1).await;
    browser.goto(&stage.url).await;
    browser.find("treeitem", "Sent").await.click().await;
    rows(&browser, 1).await;
    open(&browser, "from this device").await;
    browser.wait("its text", page::BODY, vec![json!("잘 지내시나요")]).await;
    pyeonji_tests::arrival::wait(stage.host.dovecot.imap, BORA, 1).await;
}

/// Somebody's mail program, which has the mailbox until it is dropped.
struct Other(std::net::TcpStream);

impl Other {
    fn signs_in(port: u16, (user, password): (&str, &str)) -> Self {
        let stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        let mut lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
        let mut answer = || lines.next().expect("an answer").expect("a line");
        answer();
        for (command, argument) in [("USER", user), ("PASS", password)] {
            (&stream).write_all(format!("{command} {argument}\r\n").as_bytes()).expect("written");
            let answer = answer();
            assert!(answer.starts_with("+OK"), "{answer}");
        }
        Self(stream)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.write_all(b"QUIT\r\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_another_program_has_is_signed_in_to_and_fetched_later() {
    let stage = stage_with("protocol pop3 {\n  pop3_lock_session = yes\n}\n").await;
    let mail = mail();
    deliver(&stage.host, &mail);
    let other = Other::signs_in(stage.host.dovecot.pop3, ADA);
    let browser = Browser::start(&Look::default()).await;
    hook::install(&browser).await;
    sign_in(&browser, &stage.url, ADA).await;
    let waits = "const s = document.querySelector('.check-strip')?.textContent ?? ''; return s.includes('Another program is using this mailbox') && s.includes('Next check in')";
    browser.wait("the reason why nothing comes", waits, vec![]).await;
    rows(&browser, 0).await;
    drop(other);
    browser.find("button", "Check now").await.click().await;
    rows(&browser, mail.len()).await;
    idle(&browser).await;
    assert_eq!(on_server(&stage.host).len(), mail.len());
}
