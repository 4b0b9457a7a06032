//! One mailbox, by IMAP in one browser and by POP3 in another: what each sees after each step. What POP3 can't carry (flags,
//! folders) stays where it was done.
use crate::{Stage, check, deliver, idle, on_server, page, rows, sign_in, stage, stage_with};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::mailhost::ADA;
use pyeonji_tests::seed;
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Imap,
    Pop3,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Mail is delivered; its number.
    New(u32),
    Read(u32),
    Star(u32),
    Delete(u32),
}

/// What one browser shows of its Inbox: messages, and the numbers of those that are unread and starred.
struct Sees {
    here: &'static [u32],
    unread: &'static [u32],
    starred: &'static [u32],
}

struct Step {
    who: Who,
    act: Act,
    imap: Sees,
    pop3: Sees,
    /// In the Inbox on the server.
    server: usize,
}

const STEPS: [Step; 7] = [
    Step {
        who: Who::Imap,
        act: Act::Read(1),
        imap: Sees { here: &[0, 1, 2], unread: &[0, 2], starred: &[] },
        pop3: Sees { here: &[0, 1, 2], unread: &[0, 1, 2], starred: &[] },
        server: 3,
    },
    Step {
        who: Who::Pop3,
        act: Act::Read(2),
        imap: Sees { here: &[0, 1, 2], unread: &[0, 2], starred: &[] },
        pop3: Sees { here: &[0, 1, 2], unread: &[0, 1], starred: &[] },
        server: 3,
    },
    Step {
        who: Who::Imap,
        act: Act::Star(0),
        imap: Sees { here: &[0, 1, 2], unread: &[0, 2], starred: &[0] },
        pop3: Sees { here: &[0, 1, 2], unread: &[0, 1], starred: &[] },
        server: 3,
    },
    Step {
        who: Who::Pop3,
        act: Act::Star(1),
        imap: Sees { here: &[0, 1, 2], unread: &[0, 2], starred: &[0] },
        pop3: Sees { here: &[0, 1, 2], unread: &[0, 1], starred: &[1] },
        server: 3,
    },
    // What is deleted on the server stays on the device.
    Step {
        who: Who::Imap,
        act: Act::Delete(1),
        imap: Sees { here: &[0, 2], unread: &[0, 2], starred: &[0] },
        pop3: Sees { here: &[0, 1, 2], unread: &[0, 1], starred: &[1] },
        server: 2,
    },
    // And the other way round: the rule is to leave a copy.
    Step {
        who: Who::Pop3,
        act: Act::Delete(0),
        imap: Sees { here: &[0, 2], unread: &[0, 2], starred: &[0] },
        pop3: Sees { here: &[1, 2], unread: &[1], starred: &[1] },
        server: 2,
    },
    Step {
        who: Who::Imap,
        act: Act::New(3),
        imap: Sees { here: &[0, 2, 3], unread: &[0, 2, 3], starred: &[0] },
        pop3: Sees { here: &[1, 2, 3], unread: &[1, 3], starred: &[1] },
        server: 3,
    },
];

/// Rows as (number, unread, starred), compared in the page until they are as they should be.
const SHOWN: &str = "const rows = Array.from(document.querySelectorAll('[role=row][data-uid]')).filter(r => !r.hidden);\
    const of = word => rows.filter(r => !word || r.getAttribute('aria-label').includes(word))\
      .map(r => Number(/Letter (\\d+)\\./.exec(r.getAttribute('aria-label'))[1])).sort((a, b) => a - b);\
    const now = JSON.stringify([of(''), of('Unread'), of('Starred')]);\
    window.pyeonjiShown = now; return now === arguments[0]";

/// Dovecot marks what POP3 fetches as read for everybody, unless it is told not to.
const NO_FLAGS: &str = "protocol pop3 {\n  pop3_no_flag_updates = yes\n}\n";

async fn both(stage: &Stage) -> (Browser, Browser) {
    let letters: Vec<Vec<u8>> = (0..3).map(letter).collect();
    deliver(&stage.host, &letters);
    let imap = Browser::start(&Look::default()).await;
    imap.sign_in(&stage.url, ADA.0, ADA.1).await;
    rows(&imap, 3).await;
    let pop3 = Browser::start(&Look::default()).await;
    sign_in(&pop3, &stage.url, ADA).await;
    rows(&pop3, 3).await;
    idle(&pop3).await;
    (imap, pop3)
}

async fn shows(browser: &Browser, sees: &Sees, what: &str) {
    let wanted = json!([sees.here, sees.unread, sees.starred]).to_string();
    browser.wait(&format!("{what} shows {wanted}"), SHOWN, vec![json!(wanted)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_pop3_has_fetched_is_read_for_imap() {
    let stage = stage().await;
    let (imap, pop3) = both(&stage).await;
    // The connection that fetched ends when the next check begins; only then Dovecot writes its flags.
    check(&stage, &pop3).await;
    shows(&imap, &Sees { here: &[0, 1, 2], unread: &[], starred: &[] }, "IMAP").await;
    shows(&pop3, &Sees { here: &[0, 1, 2], unread: &[0, 1, 2], starred: &[] }, "POP3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sees_what_its_protocol_can_tell() {
    let stage = stage_with(NO_FLAGS).await;
    let (imap, pop3) = both(&stage).await;
    for (n, step) in STEPS.iter().enumerate() {
        let browser = if step.who == Who::Imap { &imap } else { &pop3 };
        act(&stage.host, browser, step.act).await;
        // A check that still brings nothing of flags and folders is what this shows.
        check(&stage, &pop3).await;
        let done = format!("step {n} ({:?} by {:?})", step.act, step.who);
        shows(&imap, &step.imap, &format!("{done}: IMAP")).await;
        shows(&pop3, &step.pop3, &format!("{done}: POP3")).await;
        assert_eq!(on_server(&stage.host).len(), step.server, "step {n}: {:?} by {:?}", step.act, step.who);
    }
    println!("counts: one mailbox by IMAP and by POP3: {} steps", STEPS.len());
}

fn letter(n: u32) -> Vec<u8> {
    seed::plain(n, "carol@green.test", ADA.0, &format!("Letter {n}."), &format!("Text of {n}."))
}

async fn act(host: &pyeonji_tests::mailhost::MailHost, browser: &Browser, act: Act) {
    match act {
        Act::New(n) => deliver(host, [&letter(n)]),
        Act::Read(n) => {
            row(browser, n, "row.click()").await;
            browser.wait("its text", page::BODY, vec![json!(format!("Text of {n}."))]).await;
            // Marked read, and back in the list.
            browser.keys("\u{e00c}").await;
        }
        Act::Star(n) => row(browser, n, "row.querySelector('.quick [title=Star]').click()").await,
        Act::Delete(n) => row(browser, n, "row.querySelector('.quick [title=Delete]').click()").await,
    }
}

/// Does something with the row of a letter.
async fn row(browser: &Browser, n: u32, action: &str) {
    let script = format!(
        "const row = Array.from(document.querySelectorAll('[role=row][data-uid]')).find(r => !r.hidden && \
         r.getAttribute('aria-label').includes(arguments[0])); if (!row) return false; {action}; return true"
    );
    browser.wait("the letter's row", &script, vec![json!(format!("Letter {n}."))]).await;
}
