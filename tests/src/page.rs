//! Scripts about the page that several suites wait for.

pub const ONLINE: &str = "return document.documentElement.dataset.link === 'online'";
pub const OFFLINE: &str = "return document.documentElement.dataset.link !== 'online'";
/// Whether the list has as many rows as the argument says.
pub const ROWS: &str =
    "return document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === arguments[0]";
/// Whether the name of a row contains the argument.
pub const ROW: &str = "return Array.from(document.querySelectorAll('[role=row]')).some(r => !r.hidden && (r.getAttribute('aria-label') || '').includes(arguments[0]))";
/// The row whose name contains the argument, as `r`.
pub const THE_ROW: &str = "const r = Array.from(document.querySelectorAll('[role=row]')).find(r => !r.hidden && (r.getAttribute('aria-label') || '').includes(arguments[0]))";
/// Whether the shown body contains the argument.
pub const BODY: &str = "return document.querySelector('iframe[title=\"Message body\"]')?.contentDocument?.body?.innerText.includes(arguments[0])";
/// Whether what was typed is on the device.
pub const SAVED: &str = "return document.querySelector('[role=dialog]')?.dataset.saved === 'true'";
/// The first alert with words.
pub const ALERT: &str =
    "return Array.from(document.querySelectorAll('[role=alert]')).map(a => a.innerText.trim()).find(t => t)";
/// What the line about the check of a POP3 account says.
pub const STRIP: &str = "return document.querySelector('.check-strip')?.innerText || ''";
/// Whether a check could be begun: none runs, and no answer of the person is waited for.
pub const IDLE: &str = "return Array.from(document.querySelectorAll('.check-strip button')).some(b => b.innerText === 'Check now')";
/// The other way round: a check runs, or waits for the person.
pub const BUSY: &str = "const all = Array.from(document.querySelectorAll('.check-strip button')); return all.length && !all.some(b => b.innerText === 'Check now')";
/// As [`IDLE`]; and the last check went well.
pub const CHECKED: &str = "return !document.querySelector('.check-strip [role=alert]') && Array.from(document.querySelectorAll('.check-strip button')).some(b => b.innerText === 'Check now')";
/// Whether heading and attachments of the shown message look as the style sheets want, whichever came first.
pub const DRESSED: &str = "const style = s => getComputedStyle(document.querySelector(s)); return style('article > h1').fontSize === '21px' && style('.attachments li > :first-child').display === 'flex' && style('.attachments li > :first-child').paddingInlineStart === '12px'";

/// The source of axe-core, fetched by `cargo xtask test`.
pub fn axe() -> String {
    let path = std::env::var("PYEONJI_AXE").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../target/npm/node_modules/axe-core/axe.min.js").into()
    });
    std::fs::read_to_string(path).expect("axe-core")
}
