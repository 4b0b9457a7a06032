//! One's own mailbox in the lab: looked at by keyboard, and changed by nobody who hasn't agreed to that.
use crate::tour::keyboard;
use crate::{axe, phone};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use pyeonji_tests::{ports, seed};
use serde_json::json;

/// What the page says, by language.
struct Said {
    look: &'static str,
    claim: &'static str,
    found: &'static str,
    risk: &'static str,
    fetch: &'static str,
    marked: &'static str,
}

const ENGLISH: Said = Said {
    look: "Look at my mailbox",
    claim: "POP3 shows all my mail",
    found: "POP3: 12 messages",
    risk: "may be marked as read, archived or deleted",
    fetch: "Fetch “\u{2068}Letter 11 about invoices\u{2069}” by POP3",
    marked: "It is marked as read now",
};
const KOREAN: Said = Said {
    look: "내 메일함 살펴보기",
    claim: "POP3로도 내 메일이 다 보인다",
    found: "POP3: 메일 12통",
    risk: "보관되거나 지워질 수 있음에 동의합니다",
    fetch: "“\u{2068}Letter 11 about invoices\u{2069}” POP3로 받기",
    marked: "읽음으로 표시됩니다",
};

fn host() -> MailHost {
    let host = MailHost::start();
    let mail = seed::many(12, ADA.0);
    let last = mail.len() - 1;
    let inbox =
        mail.iter().enumerate().map(|(n, (source, _))| (source.as_slice(), if n == last { "" } else { "S" }));
    host.dovecot.put(ADA.0, "", inbox);
    host.dovecot.put(ADA.0, "Sent", mail.iter().take(2).map(|(source, _)| (source.as_slice(), "S")));
    host
}

/// Waits until the run is over; what the page says then.
async fn over(browser: &Browser, words: &str) -> String {
    let done = "const s = document.querySelector('.mine[aria-busy=false]'); return s?.innerText.includes(arguments[0]) && s.innerText";
    browser.wait(words, done, vec![json!(words)]).await.as_str().unwrap_or_default().to_owned()
}

/// How many letters of the Inbox aren't read, as files on the server's disk say.
fn unread(host: &MailHost) -> usize {
    let folder = host.dovecot.maildir(ADA.0);
    let names =
        ["cur", "new"].into_iter().filter_map(|part| std::fs::read_dir(folder.join(part)).ok()).flatten();
    names.filter(|name| name.as_ref().is_ok_and(|n| !n.file_name().to_string_lossy().ends_with('S'))).count()
}

async fn take(look: Look, said: Said) {
    let host = host();
    let program = Program::of(&host, Security::Implicit).collecting(host.dovecot.pop3);
    let browser = Browser::start(&look).await;
    browser.goto(&program.url).await;
    browser.wait("the form", "return document.getElementById('signin-form')", vec![]).await;
    let sign_in = "const f = document.getElementById('signin-form'); f.address.value = arguments[0];\
                   f.password.value = arguments[1]; f.requestSubmit(); return true";
    browser.run(sign_in, vec![json!(ADA.0), json!(ADA.1)]).await;
    browser.wait("the list", "return document.querySelector('[role=grid]')", vec![]).await;
    browser.goto(&format!("{}/lab#mine", program.url)).await;
    browser.wait("the part", "return document.querySelector('.mine button')", vec![]).await;
    axe(&browser).await;
    keyboard(&browser, said.look).await;
    let words = over(&browser, said.claim).await;
    assert!(words.contains(said.found) && words.contains(said.risk), "{words}");
    axe(&browser).await;
    // What was found can be given to whoever helps.
    let saved = "const done = arguments[arguments.length - 1], make = URL.createObjectURL;\
        URL.createObjectURL = b => { URL.createObjectURL = make; b.text().then(done); return make.call(URL, b) };\
        document.querySelector('.mine .card-head button').click()";
    let saved = browser.client.execute_async(saved, vec![]).await.expect("a file");
    let saved = saved.as_str().expect("text");
    assert!(saved.contains(said.claim) && saved.contains("EXAMINE") && saved.contains("STAT"), "{saved}");
    assert!(!saved.contains(ADA.1), "{saved}");
    // The wire is there from its first line on, and the password isn't in it.
    let top =
        "const w = document.getElementById('lab-wire'); w.scrollTop = 0; return w.innerText.includes('••••')";
    browser.wait("what is hidden", top, vec![]).await;
    let page = browser.run("return document.documentElement.outerHTML", vec![]).await;
    assert!(page.as_str().is_some_and(|page| page.contains("EXAMINE") && !page.contains(ADA.1)));
    // Both devices passed something, and it is counted.
    let rows = "return Array.from(document.querySelectorAll('.meters > .scroll tbody tr'), r => r.innerText)";
    let rows = browser.run(rows, vec![]).await;
    assert_eq!(rows.as_array().map(Vec::len), Some(2), "{rows}");
    crate::fits_phones(&browser).await;
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    assert_eq!(unread(&host), 1, "nothing has changed");
    // Without agreeing the button does nothing, not even by script.
    let button = "document.querySelector('.offer button').click(); const m = document.querySelector('.mine');\
                  return !document.querySelector('.offer').checkValidity() && m.ariaBusy === 'false'";
    assert_eq!(browser.run(button, vec![]).await, json!(true));
    assert_eq!(unread(&host), 1);
    let on_box = "return document.activeElement.type === 'checkbox'";
    for _ in 0..80 {
        if browser.run(on_box, vec![]).await == json!(true) {
            break;
        }
        browser.keys("\u{e004}").await;
    }
    browser.keys(" ").await;
    keyboard(&browser, said.fetch).await;
    let words = over(&browser, said.marked).await;
    assert!(!words.contains(said.risk), "the offer is used up: {words}");
    assert_eq!(unread(&host), 0);
    axe(&browser).await;
    // Somewhere else in the lab nothing of it is left.
    browser.run("location.hash = 'E1'; return true", vec![]).await;
    browser
        .wait(
            "the bench",
            "return document.querySelector('.stage[aria-busy=false] h2') && !document.querySelector('.mine')",
            vec![],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_english_by_keyboard() {
    take(Look::default(), ENGLISH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_korean_by_keyboard_on_a_phone() {
    take(phone("ko"), KOREAN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_isnt_signed_in_is_led_to_the_sign_in() {
    let [imap, smtp] = ports::free();
    let program = Program::start(imap, smtp, Security::Plain, &pyeonji_tests::certs::Authority::new().pem);
    let browser = Browser::start(&Look::default()).await;
    browser.goto(&format!("{}/lab#mine", program.url)).await;
    browser.wait("the part", "return document.querySelector('.mine button')", vec![]).await;
    browser.find("button", "Look at my mailbox").await.click().await;
    let words = over(&browser, "You aren’t signed in.").await;
    assert!(words.contains("Sign in, then come back here."), "{words}");
    let link = "return document.querySelector('.mine [role=alert] a').getAttribute('href')";
    assert_eq!(browser.run(link, vec![]).await, json!("/"));
    axe(&browser).await;
}
