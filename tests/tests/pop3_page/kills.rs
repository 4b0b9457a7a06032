//! The kill matrix: everything that can go away, at every point of a check that downloads and deletes. No message is lost, none
//! that was stored is fetched again, and none leaves the server that isn't stored here.
use crate::{Stage, deliver, hook, idle, on_device, on_server, page, set_options, sign_in, stage};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::chaos::Mode;
use pyeonji_tests::mailhost::ADA;
use pyeonji_tests::pop3::Stop;
use pyeonji_tests::seed;
use serde_json::json;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Messages of one cell.
const MESSAGES: u32 = 6;
/// RETR that is cut in the middle.
const CUT_IN: usize = 4;
/// Longest way from a kill to an empty mailbox.
const PATIENCE: Duration = Duration::from_secs(60);
/// Download and delete without asking, of any size; checks only by hand: `Options` of the page's state, as postcard.
const OPTIONS: [u8; 7] = [0; 7];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kill {
    Tab,
    Network,
    Gateway,
    Storage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Listing,
    Retr,
    Commit,
    CommitToDele,
    DeleToQuit,
    AfterQuit,
}

const POINTS: [Point; 6] =
    [Point::Listing, Point::Retr, Point::Commit, Point::CommitToDele, Point::DeleToQuit, Point::AfterQuit];

/// What a cell came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    /// On neither side at the end.
    lost: usize,
    /// Retrieved again after it had been stored, or stored twice.
    twice: usize,
    /// Not on the server, and not on the device either, when all was at rest after the kill.
    wrongly: usize,
    /// Stored when all was at rest, and still on the server then.
    stored: usize,
    left: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tab_is_killed() {
    row(Kill::Tab).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_is_cut() {
    row(Kill::Network).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_is_killed() {
    row(Kill::Gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_storage_is_refused() {
    row(Kill::Storage).await;
}

/// One kill at every point, one after the other in one browser.
async fn row(kill: Kill) {
    let mut stage = stage().await;
    let mut browser = Browser::start(&Look::default()).await;
    hook::install(&browser).await;
    sign_in(&browser, &stage.url, ADA).await;
    idle(&browser).await;
    set_options(&browser, OPTIONS).await;
    browser.goto(&stage.url).await;
    idle(&browser).await;
    let mut table = String::new();
    let mut cells = Vec::new();
    for (n, point) in POINTS.into_iter().enumerate() {
        let first = u32::try_from(n).unwrap_or(0) * MESSAGES;
        let cell = cell(&mut stage, &mut browser, kill, point, first).await;
        let Cell { lost, twice, wrongly, stored, left } = cell;
        let _ = writeln!(
            table,
            "{kill:?} × {point:?}: at rest {stored} stored, {left} on the server; lost {lost}, fetched twice {twice}, \
             wrongly deleted {wrongly}"
        );
        cells.push((point, cell));
    }
    println!("{table}");
    println!("counts: kill matrix, {kill:?}: {} points", cells.len());
    for (point, cell) in cells {
        let (stored, left) = expected(kill, point);
        let expected = Cell {
            stored: stored.unwrap_or(cell.stored),
            left: left.unwrap_or(cell.left),
            ..Cell::default()
        };
        assert_eq!(cell, expected, "{kill:?} × {point:?}\n{table}");
    }
}

/// How many messages are stored when all is at rest, and how many are on the server. `None`: as many as it happens to be.
fn expected(kill: Kill, point: Point) -> (Option<usize>, Option<usize>) {
    let all = MESSAGES as usize;
    match (point, kill) {
        (Point::Listing, _) => (Some(0), Some(all)),
        // As many as had come, or come while the gateway is still there.
        (Point::Retr, _) => (None, Some(all)),
        // The first batch is one message; the second is torn, or it is stored although nobody can be told.
        (Point::Commit, Kill::Tab | Kill::Storage) => (Some(1), Some(all)),
        (Point::Commit, _) => (None, Some(all)),
        // The server's part goes its way when only the page is gone.
        (Point::CommitToDele | Point::DeleToQuit, Kill::Tab | Kill::Network) => (Some(all), None),
        // RFC 1939 §6: without QUIT nothing is removed.
        (Point::CommitToDele, _) | (Point::DeleToQuit, Kill::Gateway) => (Some(all), Some(all)),
        (Point::DeleToQuit | Point::AfterQuit, _) => (Some(all), Some(0)),
    }
}

async fn cell(stage: &mut Stage, browser: &mut Browser, kill: Kill, point: Point, first: u32) -> Cell {
    let numbers = first..first + MESSAGES;
    let mail: Vec<Vec<u8>> = numbers.map(message).collect();
    deliver(&stage.host, &mail);
    get_there(stage, browser, kill, point).await;
    strike(stage, browser, kill).await;

    // The next check gets as far as the list and waits there: what is where?
    if kill != Kill::Gateway {
        stage.gate.stop(Stop::BeforeUidl);
    }
    let start = Instant::now();
    while !stage.gate.is_held() {
        assert!(start.elapsed() < PATIENCE, "{kill:?} × {point:?}: no check began; {}", strip(browser).await);
        click_check(browser).await;
    }
    let (stored, left) = (on_device(browser).await, on_server(&stage.host));
    let before = stage.gate.record().retrieved.len();
    stage.gate.release();

    // And on until nothing is left to do.
    let start = Instant::now();
    loop {
        browser.wait("the end of a check", page::IDLE, vec![]).await;
        let device = on_device(browser).await;
        if mail.iter().all(|m| device.contains(m)) && on_server(&stage.host).is_empty() {
            break;
        }
        let said = strip(browser).await;
        assert!(
            start.elapsed() < PATIENCE,
            "{kill:?} × {point:?}: the check doesn't end; {} of the device, {} of the server; {said}",
            device.len(),
            on_server(&stage.host).len()
        );
        click_check(browser).await;
    }
    let (device, server) = (on_device(browser).await, on_server(&stage.host));
    let again = stage.gate.record().retrieved.split_off(before);
    let copies = |m: &Vec<u8>| device.iter().filter(|d| *d == m).count();
    Cell {
        lost: mail.iter().filter(|m| !device.contains(m) && !server.contains(m)).count(),
        twice: again.iter().filter(|m| stored.contains(m)).count()
            + mail.iter().filter(|m| copies(m) > 1).count(),
        wrongly: mail.iter().filter(|m| !stored.contains(m) && !left.contains(m)).count(),
        stored: mail.iter().filter(|m| stored.contains(m)).count(),
        left: left.len(),
    }
}

fn message(n: u32) -> Vec<u8> {
    let text =
        format!("Line one of {n}.\r\n.a dot\r\n..two dots\r\n한글 줄\r\n{}", "filling\r\n".repeat(200));
    seed::plain(n, "carol@green.test", ADA.0, &format!("Letter {n}"), &text)
}

/// Begins a check and returns when it is at the point.
async fn get_there(stage: &Stage, browser: &Browser, kill: Kill, point: Point) {
    let page_side = match (point, kill) {
        (Point::Commit, _) => Some(json!({"hold": "batch", "skip": 1})),
        // Nothing may be asked of the server before it is written down.
        (Point::CommitToDele, Kill::Storage) => Some(json!({"hold": "note", "after": MESSAGES, "puts": 0})),
        _ => None,
    };
    if let Some(values) = page_side {
        hook::set(browser, values).await;
        browser.find("button", "Check now").await.click().await;
        return hook::held(browser).await;
    }
    stage.gate.stop(match point {
        Point::Listing => Stop::BeforeUidl,
        Point::Retr | Point::Commit => Stop::InRetr(CUT_IN),
        Point::CommitToDele => Stop::BeforeDele,
        Point::DeleToQuit => Stop::BeforeQuit,
        Point::AfterQuit => Stop::AfterQuit,
    });
    browser.find("button", "Check now").await.click().await;
    stage.gate.held().await;
}

/// Takes away what is to go; what is held goes on without it; then brings it back.
async fn strike(stage: &mut Stage, browser: &mut Browser, kill: Kill) {
    let pass = json!({"hold": ""});
    match kill {
        Kill::Tab => {
            browser.crash_and_restart(&Look::default()).await;
            stage.gate.release();
            hook::install(browser).await;
            // Whether the cookie had got to the disk is the browser's luck: it hadn't.
            browser.devtools("Network.clearBrowserCookies", json!({})).await;
            sign_in(browser, &stage.url, ADA).await;
        }
        Kill::Network => {
            stage.chaos.set(Mode::Cut);
            browser.wait("the page says that it is offline", page::OFFLINE, vec![]).await;
            stage.gate.release();
            hook::set(browser, pass).await;
            stage.chaos.set(Mode::Pass);
            browser.wait("the page is online again", page::ONLINE, vec![]).await;
        }
        Kill::Gateway => {
            stage.program.kill();
            if stage.gate.is_held() {
                stage.gate.abandon().await;
            }
            hook::set(browser, pass).await;
            // The page may ask again at once for what it hasn't heard of.
            stage.gate.stop(Stop::BeforeUidl);
            stage.program.resume();
            browser.wait("the page is online again", page::ONLINE, vec![]).await;
        }
        Kill::Storage => {
            hook::set(browser, json!({"full": true})).await;
            stage.gate.release();
            browser.wait("the page says that the device is full", FULL, vec![]).await;
            idle(browser).await;
            hook::set(browser, json!({"full": false, "hold": "", "held": false})).await;
        }
    }
}

/// The page has said why nothing more is stored.
const FULL: &str =
    "return Array.from(document.querySelectorAll('[role=alert]')).some(a => a.innerText.trim())";

async fn strip(browser: &Browser) -> String {
    browser.run(page::STRIP, vec![]).await.as_str().unwrap_or_default().to_owned()
}

/// Where there is something to click.
async fn click_check(browser: &Browser) {
    let script = "Array.from(document.querySelectorAll('.check-strip button')).find(b => b.innerText === 'Check now')?.click()";
    browser.run(script, vec![]).await;
}
