//! Mail that is encrypted where it lies: nothing of it can be read in the browser's database, and everything on the page. It
//! opens after the password was changed, and whatever ends in the middle leaves nothing unreadable.
use crate::{back, check, deliver, idle, row, rows, settings, sign_in, stage, stored};
use fantoccini::Locator;
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::mailhost::ADA;
use pyeonji_tests::{page, seed};
use serde_json::json;
use std::collections::BTreeSet;

/// A word of each letter, and of nothing else.
const WORD: &str = "halcyon";
/// Where the settings of this device are.
const DEVICE: u32 = 3;

fn letter(n: u32) -> Vec<u8> {
    seed::plain(
        n,
        "carol@green.test",
        ADA.0,
        &format!("{WORD} {n}"),
        &format!("The {WORD} of 돛줄 number {n}."),
    )
}

fn large(n: u32) -> Vec<u8> {
    let body = format!("{WORD} line of a long letter\r\n").repeat(120_000);
    seed::plain(n, "carol@green.test", ADA.0, &format!("{WORD} {n}"), &body)
}

/// What the account's database holds, as whoever gets at its files sees it: how many values are encrypted, how many aren't, and
/// how often the word is in any of them.
async fn looked_at(browser: &Browser) -> (u64, u64, u64) {
    let script = "const done = arguments[arguments.length - 1], word = arguments[1];\
        const open = indexedDB.open('pyeonji:' + arguments[0]);\
        open.onsuccess = () => { const db = open.result;\
          const shelves = ['messages', 'views', 'texts', 'sources', 'ledger', 'meta'], t = db.transaction(shelves);\
          const read = shelves.map(s => [s, t.objectStore(s).getAllKeys(), t.objectStore(s).getAll()]);\
          t.oncomplete = () => { db.close(); let sealed = 0, plain = 0, found = 0;\
            for (const [s, keys, values] of read) values.result.forEach((v, i) => {\
              if (s === 'meta' && ['lock', 'next-uid'].includes(keys.result[i])) return;\
              v instanceof ArrayBuffer ? sealed++ : plain++;\
              const text = new TextDecoder('latin1').decode(v);\
              if (text.includes(word)) found++; });\
            done([sealed, plain, found]) } }";
    let arguments = vec![json!(ADA.0), json!(WORD)];
    let found = browser.client.execute_async(script, arguments).await.expect("the database is read");
    let count = |i: usize| found[i].as_u64().unwrap_or_else(|| panic!("{found}"));
    (count(0), count(1), count(2))
}

async fn says(browser: &Browser, words: &str) {
    let script = "return Array.from(document.querySelectorAll('[role=status]')).some(e => e.innerText.includes(arguments[0]))";
    browser.wait(words, script, vec![json!(words)]).await;
}

/// Opens the settings of encryption; the page is loaded anew for them once.
async fn opened(browser: &Browser) {
    settings(browser, DEVICE).await;
    browser.find("button", "Set up encryption").await.click().await;
    let there = "document.getElementById('tab-3')?.click(); return !!document.querySelector('[aria-labelledby=vault] .button') && !!document.getElementById('export-what')";
    browser.wait("the settings of encryption", there, vec![]).await;
}

/// From the settings: the code is shown, kept, and encryption begun.
async fn encrypt(browser: &Browser) -> String {
    browser.find("button", "Encrypt…").await.click().await;
    let shown = "return document.querySelector('output.code')?.textContent";
    let code = browser.wait("the recovery code", shown, vec![]).await;
    assert!(!browser.has("button", "Encrypt").await, "nothing begins before the code is kept");
    browser.find("checkbox", "I have kept the code").await.click().await;
    browser.find("button", "Encrypt").await.click().await;
    code.as_str().expect("a code").to_owned()
}

async fn sign_out(browser: &Browser) {
    browser.run("document.getElementById('account').click()", vec![]).await;
    browser.find("button", "Sign out").await.click().await;
    browser.find("textbox", "Email address").await;
}

/// Signs in with this password where the mail may be locked, in any language.
async fn sign_in_with(browser: &Browser, password: &str) {
    browser.wait("the form", "return !!document.getElementById('address')?.checkVisibility()", vec![]).await;
    browser.run("const a = document.getElementById('address'); a.focus(); a.select()", vec![]).await;
    browser.keys(ADA.0).await;
    let kind = "const t = document.getElementById('type'); if (!t?.checkVisibility()) return false;\
        t.value = 'pop3'; t.dispatchEvent(new Event('change', {bubbles: true})); return true";
    browser.wait("the types of account", kind, vec![]).await;
    browser.run("document.querySelector('input[type=password]').focus()", vec![]).await;
    browser.keys(password).await;
    browser.run("document.getElementById('signin-button').click()", vec![]).await;
}

async fn search(browser: &Browser, words: &str, n: usize) {
    browser.find("searchbox", "Search mail").await.fill(&format!("{words}\n")).await;
    rows(browser, n).await;
    browser.keys("\u{e00c}").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_encrypted_where_it_lies_and_opens_for_its_owner_alone() {
    let stage = stage().await;
    deliver(&stage.host, &[letter(1), letter(2), large(3)]);
    let browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, ADA).await;
    idle(&browser).await;
    rows(&browser, 3).await;
    let before = stored(&browser, ADA.0).await;
    let (sealed, plain, found) = looked_at(&browser).await;
    assert!(sealed == 0 && plain > 12 && found >= 9, "readable at first: {sealed} {plain} {found}");

    opened(&browser).await;
    let code = encrypt(&browser).await;
    says(&browser, "Mail on this device is encrypted.").await;
    let axe = browser.axe(&page::axe()).await;
    assert!(axe.is_empty(), "{axe:#?}");
    let (sealed, open, found) = looked_at(&browser).await;
    assert_eq!((sealed, open, found), (plain, 0, 0), "everything is encrypted");
    back(&browser).await;
    search(&browser, WORD, 3).await;
    search(&browser, "number 2", 1).await;

    // A reload opens it by itself; what comes is encrypted as it comes.
    browser.goto(&stage.url).await;
    idle(&browser).await;
    rows(&browser, 3).await;
    deliver(&stage.host, &[letter(4)]);
    check(&stage, &browser).await;
    rows(&browser, 4).await;
    let (more, open, found) = looked_at(&browser).await;
    assert!(more > sealed && open == 0 && found == 0, "{more} {open} {found}");
    row(&browser, &format!("{WORD} 4"), "r.click()").await;
    let text =
        "return document.querySelector('iframe').contentDocument.body.innerText.includes(arguments[0])";
    browser.wait("the letter's text", text, vec![json!("돛줄 number 4")]).await;

    // Another password at the provider: the mail here is locked, and nothing is lost.
    stage.host.dovecot.change_password(ADA.0, "another-word-17");
    sign_out(&browser).await;
    sign_in_with(&browser, "another-word-17").await;
    let field = browser.find("textbox", "Recovery code or earlier password").await;
    assert!(!browser.has("row", WORD).await);
    field.fill("ABCD-EFGH\n").await;
    browser.find("alert", "This opens nothing.").await;
    browser.client.find(Locator::Id("unlock")).await.expect("the field").clear().await.expect("cleared");
    browser.find("textbox", "Recovery code").await.fill(&format!("{}\n", code.to_lowercase())).await;
    rows(&browser, 4).await;
    // From now on by the new password alone.
    browser.goto(&stage.url).await;
    rows(&browser, 4).await;
    idle(&browser).await;

    // And once more, with the earlier password in place of the code.
    stage.host.dovecot.change_password(ADA.0, "a-third-word-2323");
    sign_out(&browser).await;
    sign_in_with(&browser, "a-third-word-2323").await;
    browser.find("textbox", "Recovery code").await.fill("another-word-17\n").await;
    rows(&browser, 4).await;
    idle(&browser).await;

    opened(&browser).await;
    browser.find("button", "Decrypt").await.click().await;
    says(&browser, "Mail on this device is not encrypted").await;
    let (sealed, _, _) = looked_at(&browser).await;
    assert_eq!(sealed, 0);
    let after = stored(&browser, ADA.0).await;
    let sources = |all: &[(Vec<u8>, Vec<u8>)]| all.iter().map(|(_, s)| s.clone()).collect::<BTreeSet<_>>();
    assert!(sources(&before).is_subset(&sources(&after)), "the sources are what they were, octet for octet");
    assert_eq!(after.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_dies_in_the_middle_leaves_nothing_unreadable() {
    const MESSAGES: u32 = 150;
    let stage = stage().await;
    let mail: Vec<Vec<u8>> = (1..=MESSAGES).map(letter).collect();
    deliver(&stage.host, &mail);
    let mut browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, ADA).await;
    idle(&browser).await;
    rows(&browser, MESSAGES as usize).await;
    let before = stored(&browser, ADA.0).await;
    opened(&browser).await;
    encrypt(&browser).await;
    // Nothing is said in the middle but a number; the tab dies with it.
    let middle = "return /[1-9]\\d* entr(y|ies) to go/.test(document.body.innerText)";
    browser.wait("the middle of it", middle, vec![]).await;
    browser.crash_and_restart(&Look::default()).await;
    browser.goto(&format!("{}/healthz", stage.url)).await;
    let (sealed, open, _) = looked_at(&browser).await;
    println!("counts: encryption cut: {sealed} values encrypted, {open} not yet");
    assert!(sealed > 0 && open > 0, "it was cut in the middle: {sealed} {open}");
    browser.devtools("Network.clearBrowserCookies", json!({})).await;
    sign_in(&browser, &stage.url, ADA).await;
    rows(&browser, MESSAGES as usize).await;
    opened(&browser).await;
    says(&browser, "Mail on this device is encrypted.").await;
    let (_, open, found) = looked_at(&browser).await;
    assert_eq!((open, found), (0, 0));

    browser.find("button", "Decrypt").await.click().await;
    browser.wait("the middle of it", middle, vec![]).await;
    browser.crash_and_restart(&Look::default()).await;
    browser.devtools("Network.clearBrowserCookies", json!({})).await;
    sign_in(&browser, &stage.url, ADA).await;
    opened(&browser).await;
    says(&browser, "Mail on this device is not encrypted").await;
    assert!(stored(&browser, ADA.0).await == before, "records and sources are what they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_neither_code_nor_password_starts_without_that_mail() {
    let stage = stage().await;
    deliver(&stage.host, &[letter(1), letter(2)]);
    let browser = Browser::start(&Look { width: 360, height: 700, language: "ko", ..Look::default() }).await;
    browser.goto(&stage.url).await;
    sign_in_with(&browser, ADA.1).await;
    rows(&browser, 2).await;
    browser.goto(&format!("{}/settings", stage.url)).await;
    let tab = "const t = document.getElementById('tab-3'); t?.click(); return t?.getAttribute('aria-selected') === 'true'";
    browser.wait("the tab", tab, vec![]).await;
    browser.find("button", "암호화 설정").await.click().await;
    browser
        .wait(
            "the tab",
            &tab.replace("return t?.", "return !!document.getElementById('export-what') && t?."),
            vec![],
        )
        .await;
    browser.find("button", "암호화…").await.click().await;
    browser.find("checkbox", "코드를 보관했습니다").await.click().await;
    let axe = browser.axe(&page::axe()).await;
    assert!(axe.is_empty(), "{axe:#?}");
    browser.find("button", "암호화").await.click().await;
    says(&browser, "이 기기의 메일은 암호화되어 있습니다").await;
    stage.host.dovecot.change_password(ADA.0, "another-word-17");
    browser.devtools("Network.clearBrowserCookies", json!({})).await;
    browser.goto(&stage.url).await;
    sign_in_with(&browser, "another-word-17").await;
    browser.find("textbox", "복구 코드 또는 이전 비밀번호").await;
    let axe = browser.axe(&page::axe()).await;
    assert!(axe.is_empty(), "{axe:#?}");
    browser.find("button", "이 메일 없이 시작…").await.click().await;
    browser.find("alert", "잠긴 메일을").await;
    browser.find("button", "잠긴 메일 지우기").await.click().await;
    // The server's copies come again, and lie here as any mail does.
    let again = "const b = Array.from(document.querySelectorAll('.check-strip button')).find(b => b.innerText === '지금 확인'); b?.click(); return !!b";
    browser.wait("the button", again, vec![]).await;
    rows(&browser, 2).await;
    let (sealed, open, _) = looked_at(&browser).await;
    assert!(sealed == 0 && open > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_goes_on_reading_and_writing() {
    let stage = stage().await;
    deliver(&stage.host, &[letter(1), letter(2)]);
    let browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, ADA).await;
    idle(&browser).await;
    rows(&browser, 2).await;
    let first = browser.client.window().await.expect("a tab");
    let second = browser.client.new_window(true).await.expect("another tab").handle;
    browser.client.switch_to_window(second.clone()).await.expect("there");
    browser.goto(&stage.url).await;
    rows(&browser, 2).await;
    browser.client.switch_to_window(first.clone()).await.expect("back");
    opened(&browser).await;
    encrypt(&browser).await;
    says(&browser, "Mail on this device is encrypted.").await;
    browser.client.switch_to_window(second).await.expect("there");
    row(&browser, &format!("{WORD} 1"), "r.click()").await;
    let text =
        "return document.querySelector('iframe').contentDocument.body.innerText.includes(arguments[0])";
    browser.wait("the letter's text", text, vec![json!("number 1")]).await;
    // Reading has marked it; that was written encrypted.
    browser
        .wait(
            "it counts as read",
            &format!("{}; return r && !/Unread/.test(r.getAttribute('aria-label'))", page::THE_ROW),
            vec![json!(format!("{WORD} 1"))],
        )
        .await;
    browser.client.switch_to_window(first).await.expect("back");
    let (_, open, found) = looked_at(&browser).await;
    assert_eq!((open, found), (0, 0));
}
