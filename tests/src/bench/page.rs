//! What a person waits for, in a real browser: from the event that the page gets to the moment when the result is painted.
use super::figures::{Figures, Side, Task};
use super::mailbox::Mailbox;
use crate::browser::{Browser, FIND};
use crate::chaos::Chaos;
use serde_json::{Value, json};
use std::time::Duration;

/// Time for what the page does by itself after an action (fetching neighbours ahead, marking read), so that the next figure
/// doesn't count it.
pub const SETTLE: Duration = Duration::from_millis(400);

/// Helpers in the page. Marks are set by the page after the paint (`docs/ARCHITECTURE.md`). What has no mark is looked at in the
/// task after each frame: what is there then has been painted by that frame.
pub const HELPERS: &str = r#"
const done = arguments[arguments.length - 1];
const painted = test => new Promise(r => {
  const look = () => test() ? r(performance.now()) : requestAnimationFrame(() => setTimeout(look));
  requestAnimationFrame(() => setTimeout(look));
});
const marked = (name, since, fits) => new Promise(r => new PerformanceObserver((list, me) => {
  const hit = list.getEntries().find(e => e.name === name && e.startTime >= since && fits(e.detail || {}));
  if (hit) { me.disconnect(); r(hit.startTime - since); }
}).observe({type: 'mark', buffered: true}));
const grid = () => document.querySelector('[role=grid]');
const until = test => new Promise(r => {
  const look = () => { if (test()) { watch.disconnect(); r(); } };
  const watch = new MutationObserver(look);
  watch.observe(document.documentElement, {subtree: true, childList: true, attributes: true});
  look();
});
const fail = e => done('failed: ' + e);
"#;

/// Fields of the sign-in form get their text; the button is pressed when the time begins.
const SIGN_IN: &str = r#"
const [address, password] = arguments;
pyeonjiFind('textbox', 'Email address').value = address;
pyeonjiFind('textbox', 'Password').value = password;
const button = pyeonjiFind('button', 'Sign in'), t = performance.now();
button.click();
marked('rows', t, d => d.folder === 'INBOX').then(done, fail);
"#;

const OPEN: &str = r#"
const uid = arguments[0];
until(() => document.querySelector(`[role=row][data-uid="${uid}"]`)).then(() => {
  const row = document.querySelector(`[role=row][data-uid="${uid}"]`), t = performance.now();
  row.click();
  return marked('body', t, d => d.count === uid);
}).then(done, fail);
"#;

const SWITCH: &str = r#"
const name = arguments[0], item = pyeonjiFind('treeitem', name), t = performance.now();
item.click();
marked('rows', t, d => d.folder === name).then(done, fail);
"#;

/// Rows in sight are all known, and reach from edge to edge.
const JUMP: &str = r#"
const full = () => {
  const box = grid().getBoundingClientRect();
  const inside = Array.from(grid().querySelectorAll('[role=row]:not([hidden])')).filter(row => {
    const r = row.getBoundingClientRect();
    return r.bottom > box.top + 1 && r.top < box.bottom - 1;
  });
  const height = inside.reduce((sum, row) => sum + row.getBoundingClientRect().height, 0);
  return height >= box.height - 1 && inside.every(row => row.dataset.uid)
    && inside.some(row => row.getAttribute('aria-rowindex') === grid().getAttribute('aria-rowcount'));
};
const t = performance.now();
grid().scrollTop = grid().scrollHeight;
painted(full).then(end => done(end - t), fail);
"#;

const SEND: &str = r#"
const button = pyeonjiFind('button', 'Send'), t = performance.now();
button.click();
marked('sent', t, () => true).then(done, fail);
"#;

/// Begins to watch for another newest row; the wall clock (ms since 1970) when it is painted.
const WATCH: &str = r#"
const first = () => document.querySelector('[role=row][aria-rowindex="1"]')?.dataset.uid, before = first();
window.benchArrival = painted(() => first() && first() !== before).then(t => performance.timeOrigin + t);
done(true);
"#;

const ARRIVED: &str = "window.benchArrival.then(done, fail);";

/// One browser at one gateway.
pub struct Page<'a> {
    pub browser: &'a Browser,
    pub url: &'a str,
    pub mailbox: &'a Mailbox,
}

impl Page<'_> {
    /// The sign-in page as on a first visit: nothing cached, nobody signed in. Milliseconds until the form can be used.
    pub async fn visit(&self) -> f64 {
        self.browser.goto("about:blank").await;
        self.browser.cdp("Network.clearBrowserCache", json!({})).await;
        self.browser.cdp("Network.clearBrowserCookies", json!({})).await;
        let all = json!({"origin": self.url, "storageTypes": "all"});
        self.browser.cdp("Storage.clearDataForOrigin", all).await;
        self.browser.goto(self.url).await;
        let script = "const paint = performance.getEntriesByName('first-contentful-paint')[0];\
             const page = performance.getEntriesByType('navigation')[0];\
             return paint && page.domContentLoadedEventEnd && Math.max(paint.startTime, page.domContentLoadedEventEnd)";
        let usable = self.browser.wait("the form", script, vec![]).await;
        self.browser.wait("the module", "return window.pyeonjiReady === true", vec![]).await;
        self.settle().await;
        usable.as_f64().expect("milliseconds")
    }

    /// Signs in; milliseconds until the first rows are painted.
    pub async fn sign_in(&self) -> f64 {
        self.ms(SIGN_IN, vec![json!(self.mailbox.user), json!(self.mailbox.password)]).await
    }

    /// One life of a page: each figure once, with nothing in memory from an earlier one.
    pub async fn life(&self, n: u32, figures: &mut Figures) {
        let mut add = |task, value| figures.add(task, self.mailbox.messages, Side::Ours, value);
        add(Task::PageUsable, self.visit().await);
        add(Task::FirstRows, self.sign_in().await);
        self.settle().await;
        add(Task::OpenPlain, self.ms(OPEN, vec![json!(self.mailbox.plain())]).await);
        self.settle().await;
        add(Task::Neighbour, self.ms(OPEN, vec![json!(self.mailbox.neighbour())]).await);
        self.settle().await;
        add(Task::OpenHtml, self.ms(OPEN, vec![json!(self.mailbox.html())]).await);
        self.settle().await;
        add(Task::Jump, self.ms(JUMP, vec![]).await);
        self.settle().await;
        add(Task::Folder, self.ms(SWITCH, vec![json!(self.mailbox.folder(n))]).await);
        self.sign_out().await;
    }

    pub async fn sign_out(&self) {
        let script = "fetch('/api/logout', {method: 'POST', headers: {'X-Pyeonji': '1'}}).then(r => done(r.status), fail)";
        let status = self.asynchronous(script, vec![]).await;
        assert_eq!(status, json!(200), "sign-out");
    }

    /// Writes to `to` and sends; milliseconds from the button to the painted confirmation.
    pub async fn send(&self, to: &str) -> f64 {
        self.browser.find("button", "Compose").await.click().await;
        self.browser.find("combobox", "To").await.fill(&format!("{to},")).await;
        self.browser.find("textbox", "Subject").await.fill("From the bench").await;
        self.browser.find("textbox", "Message body").await.fill("The ferry left at noon.").await;
        self.settle().await;
        self.ms(SEND, vec![]).await
    }

    pub async fn watch_arrivals(&self) {
        self.asynchronous(WATCH, vec![]).await;
    }

    /// The wall clock when the awaited row was painted, ms since 1970.
    pub async fn arrived(&self) -> f64 {
        self.ms(ARRIVED, vec![]).await
    }

    pub async fn settle(&self) {
        tokio::time::sleep(SETTLE).await;
    }

    async fn ms(&self, script: &str, arguments: Vec<Value>) -> f64 {
        let value = self.asynchronous(script, arguments).await;
        value.as_f64().unwrap_or_else(|| panic!("{value} from\n{script}"))
    }

    async fn asynchronous(&self, script: &str, arguments: Vec<Value>) -> Value {
        let script = format!("{FIND}{HELPERS}{script}");
        match self.browser.client.execute_async(&script, arguments).await {
            Ok(value) => value,
            Err(error) => {
                let text = self.browser.run("return document.body.innerText.slice(0, 2000)", vec![]).await;
                panic!("{error}\nfrom {script}\nThe page says:\n{}", text.as_str().unwrap_or_default());
            }
        }
    }
}

/// Bytes from the gateway (answers, headers, WebSocket) until the first rows are painted.
pub async fn bytes(page: &Page<'_>, network: &Chaos, figures: &mut Figures) {
    let before = network.bytes();
    page.visit().await;
    page.sign_in().await;
    let after = network.bytes();
    figures.add(Task::Bytes, page.mailbox.messages, Side::Ours, (after.1 - before.1) as f64 / 1000.0);
    page.sign_out().await;
}
