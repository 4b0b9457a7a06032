//! A visitor in the lab: real Chromium on the release page, without an account and without any mail server.
mod by_hand;
mod card;
mod delta;
mod experiments;
mod limits;
mod mine;
mod tour;
mod wire;

use pyeonji_tests::browser::{Browser, FIND, Look};
use pyeonji_tests::certs::Authority;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::Security;
use serde_json::json;

/// Nothing is dialled in the lab; the provider is there because a configuration has one.
fn program() -> Program {
    Program::start(9, 9, Security::Plain, &Authority::new().pem)
}

fn phone(language: &'static str) -> Look {
    Look { width: 360, height: 740, dark: true, language }
}

/// Opens the lab and waits for what its address names to be on the bench.
async fn enter(browser: &Browser, url: &str, hash: &str) {
    browser.goto(&format!("{url}/lab{hash}")).await;
    browser.wait("the bench", "return document.querySelector('.stage[aria-busy=false] h2')", vec![]).await;
}

/// Clicks a button within a region once it can be used; waits until its answer is on the bench.
async fn press(browser: &Browser, region: &str, button: &str) {
    let script = FIND.to_owned()
        + "const r = pyeonjiFind('region', arguments[0]);\
           const b = r && Array.from(r.querySelectorAll('button')).find(b => pyeonjiName(b).startsWith(arguments[1]));\
           if (!b || b.disabled || document.querySelector('.stage[aria-busy=true]')) return false; b.click(); return true";
    browser.wait(&format!("{button} of {region}"), &script, vec![json!(region), json!(button)]).await;
    browser.wait("the answer", "return document.querySelector('.stage[aria-busy=false]')", vec![]).await;
}

/// What a place holds: accessible names of its messages.
async fn holds(browser: &Browser, region: &str) -> Vec<String> {
    let script = FIND.to_owned()
        + "const r = pyeonjiFind('region', arguments[0]);\
           return r ? Array.from(r.querySelectorAll('.chip')).map(c => c.getAttribute('aria-label') || c.title) : ['no such place']";
    let found = browser.run(&script, vec![json!(region)]).await;
    found.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// Waits until a place holds a message whose name begins like this, or none.
async fn until(browser: &Browser, region: &str, message: &str, there: bool) {
    let script = FIND.to_owned()
        + "const r = pyeonjiFind('region', arguments[0]);\
           const has = r && Array.from(r.querySelectorAll('.chip')).some(c => (c.getAttribute('aria-label') || c.title).startsWith(arguments[1]));\
           return !!r && has === arguments[2]";
    let what = format!("{message} at {region}: {there}");
    browser.wait(&what, &script, vec![json!(region), json!(message), json!(there)]).await;
}

/// Rows of the table of verdicts: what stands in their cells.
async fn verdicts(browser: &Browser) -> Vec<Vec<String>> {
    let script = "return Array.from(document.querySelectorAll('.verdicts [role=row]:not(.heads)'))\
                  .map(r => Array.from(r.querySelectorAll('[role=cell]')).map(c => c.innerText.trim()))";
    let rows = browser.run(script, vec![]).await;
    serde_json::from_value(rows).expect("cells")
}

/// Waits for so many rows, and gives them.
async fn rows(browser: &Browser, n: usize) -> Vec<Vec<String>> {
    let script =
        "return document.querySelectorAll('.verdicts [role=row]:not(.heads)').length === arguments[0]";
    browser.wait(&format!("{n} verdicts"), script, vec![json!(n)]).await;
    verdicts(browser).await
}

async fn axe(browser: &Browser) {
    assert_eq!(browser.axe(&pyeonji_tests::page::axe()).await, Vec::<String>::new());
}

/// On narrow phones nothing of the lab is wider than the screen.
async fn fits_phones(browser: &Browser) {
    for width in [360, 320] {
        let size = json!({ "width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let wide =
            "return document.querySelector('.lab').scrollWidth - document.querySelector('.lab').clientWidth";
        assert_eq!(browser.run(wide, vec![]).await, json!(0), "nothing is wider than {width} pixels");
    }
}
