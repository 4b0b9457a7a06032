//! A person at the page: real Chromium on the release bundle, Dovecot and Postfix behind the release gateway.
mod actions;
mod attachments;
mod drafts;
mod focus;
mod ime;
mod letter;
mod looks;
mod sealed;
mod sign_in;

use pyeonji_tests::chaos::Chaos;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, MailHost};
use pyeonji_tests::seed;
use std::net::SocketAddr;

/// Messages of Ada's Inbox; the newest is rich and from Bora.
const SEEDED: u32 = 110;
/// How many of them are unread: every third.
const UNREAD: u32 = 37;

fn seeded() -> MailHost {
    let host = MailHost::start();
    let mail = seed::many(SEEDED, ADA.0);
    host.dovecot.put(ADA.0, "", mail.iter().map(|(bytes, flags)| (bytes.as_slice(), *flags)));
    host
}

/// A browser reaches the gateway through a network that can be cut, at the URL that is returned.
async fn through_chaos(program: Program) -> (Program, Chaos, String) {
    let chaos = Chaos::start(SocketAddr::from(([127, 0, 0, 1], program.port))).await;
    // The address that the browser sees is the proxy's; the gateway is told to expect it.
    let program = program.behind(chaos.address.port());
    let url = format!("http://127.0.0.1:{}", chaos.address.port());
    (program, chaos, url)
}

/// Scripts that several tests wait for.
mod page {
    pub const ONLINE: &str = "return document.documentElement.dataset.link === 'online'";
    pub const OFFLINE: &str = "return document.documentElement.dataset.link !== 'online'";
    /// Whether the list has as many rows as the argument says.
    pub const ROWS: &str =
        "return document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === arguments[0]";
    /// Whether the name of a row contains the argument.
    pub const ROW: &str = "return Array.from(document.querySelectorAll('[role=row]')).some(r => !r.hidden && (r.getAttribute('aria-label') || '').includes(arguments[0]))";
    /// Whether the shown body contains the argument.
    pub const BODY: &str = "return document.querySelector('iframe[title=\"Message body\"]')?.contentDocument?.body?.innerText.includes(arguments[0])";
    /// Whether what was typed is on the device.
    pub const SAVED: &str = "return document.querySelector('[role=dialog]')?.dataset.saved === 'true'";
    /// The first alert with words.
    pub const ALERT: &str = "return Array.from(document.querySelectorAll('[role=alert]')).map(a => a.innerText.trim()).find(t => t)";
}
