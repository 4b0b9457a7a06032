//! `cargo xtask bench`: the page and the gateway measured on Dovecot and Postfix, beside a bare IMAP client; writes
//! docs/benchmarks.md. Every figure comes from this run; what others need is quoted as such.
mod cost;
mod device;
mod device_report;
mod figures;
mod floor;
mod imap;
mod lab;
mod letters;
mod lmtp;
mod machine;
mod mailbox;
mod mpop;
mod page;
mod pop3;
mod process;
mod report;
mod stats;
mod windows;

use crate::browser::{Browser, Look};
use crate::chaos::Chaos;
use crate::dovecot;
use crate::gateway::Program;
use crate::mailhost::{MailHost, Security};
pub use device::Scale as DeviceScale;
use figures::{Figures, Side, Task};
use imap::Bare;
pub use lab::{Scale as LabScale, run as run_lab};
use mailbox::Mailbox;
use page::Page;
use process::Process;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Bounds of the gateway that one machine measuring a thousand people would meet.
const LIMITS: &str = "[limits]\nsessions_per_account = 5000\nlinks_per_account = 5000\nsockets_per_ip = 5000\nsends_per_hour = 1000\nsends_per_day = 1000\n";
/// Bytes of the largest message that Postfix takes.
const MESSAGE: u64 = 36_700_160;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Messages in the Inboxes, rising.
    sizes: Vec<u32>,
    /// Lives of a page, and rounds of the bare client, for each size.
    repeats: u32,
    /// Messages sent, and messages delivered.
    letters: u32,
    /// Sign-ins of one round of processor time.
    sign_ins: u32,
    /// Idle sessions at which memory is read, and the size of their Inbox.
    sessions: Vec<u32>,
    idle_size: u32,
    /// The result, from the project's root.
    file: &'static str,
    command: &'static str,
}

impl Scale {
    pub fn full() -> Self {
        Self {
            sizes: vec![200, 10_000, 100_000],
            repeats: 12,
            letters: 10,
            sign_ins: 40,
            sessions: vec![1, 100, 1_000],
            idle_size: 10_000,
            file: "docs/benchmarks.md",
            command: "cargo xtask bench",
        }
    }

    /// A look at whether anything changed; leaves the document alone.
    pub fn quick() -> Self {
        Self {
            sizes: vec![200],
            repeats: 5,
            letters: 3,
            sign_ins: 20,
            sessions: vec![1, 30],
            idle_size: 200,
            file: "target/benchmarks-quick.md",
            command: "cargo xtask bench --quick",
        }
    }
}

/// Measures everything and writes the document; returns its path.
pub async fn run(scale: &Scale) -> PathBuf {
    let load = machine::load();
    let mailboxes: Vec<Mailbox> = scale.sizes.iter().map(|n| Mailbox::new(*n)).collect();
    let users: Vec<(&str, &str)> = mailboxes.iter().map(|m| (m.user.as_str(), m.password.as_str())).collect();
    let host = MailHost::with_users(&users, &dovecot::Options::default(), MESSAGE);
    let (imap, ca) = (host.dovecot.imaps, host.authority.pem.as_str());
    let mut figures = Figures::default();
    for mailbox in &mailboxes {
        say(&format!("{} messages: filling and indexing", mailbox.messages));
        mailbox.fill(&host.dovecot);
        floor::warm(imap, ca, mailbox).await;
        say("the bare client");
        floor::measure(imap, ca, mailbox, scale.repeats, &mut figures).await;
    }
    in_the_browser(&host, &mailboxes, scale, &mut figures).await;
    on_the_gateway(&host, &mailboxes, scale, &mut figures).await;
    let run = report::Run {
        command: scale.command.into(),
        machine: machine::facts(),
        load: (load, machine::load()),
        repeats: scale.repeats,
        cpu_repeats: scale.sign_ins,
    };
    write(scale.file, &report::page(&figures, &run))
}

/// Measures mail kept on the device and writes its document; returns its path.
pub async fn run_device(scale: &DeviceScale) -> PathBuf {
    let load = machine::load();
    let figures = device::measure(scale).await;
    let run = report::Run {
        command: scale.command.into(),
        machine: machine::facts(),
        load: (load, machine::load()),
        repeats: scale.repeats,
        cpu_repeats: 0,
    };
    write(scale.file, &device_report::page(&figures, &run))
}

/// `file`: from the project's root.
fn write(file: &str, text: &str) -> PathBuf {
    println!("{text}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).join(file);
    std::fs::write(&file, text).expect("the document");
    file
}

async fn in_the_browser(host: &MailHost, mailboxes: &[Mailbox], scale: &Scale, figures: &mut Figures) {
    let program = Program::of(host, Security::Implicit).with(LIMITS);
    let browser = Browser::start(&Look::default()).await;
    for mailbox in mailboxes {
        say(&format!("{} messages: the page", mailbox.messages));
        let page = Page { browser: &browser, url: &program.url, mailbox };
        page.visit().await;
        for n in 0..scale.repeats {
            page.life(n, figures).await;
        }
    }
    let Some(mailbox) = mailboxes.last() else { return };
    say("bytes");
    let counted = Program::of(host, Security::Implicit).with(LIMITS);
    let network = Chaos::start(SocketAddr::from(([127, 0, 0, 1], counted.port))).await;
    let counted = counted.behind(network.address.port());
    let url = format!("http://127.0.0.1:{}", network.address.port());
    for _ in 0..3 {
        page::bytes(&Page { browser: &browser, url: &url, mailbox }, &network, figures).await;
    }
    drop(counted);
    say("sending, and new mail");
    let page = Page { browser: &browser, url: &program.url, mailbox };
    page.visit().await;
    page.sign_in().await;
    let to = &mailboxes.first().unwrap_or(mailbox).user;
    for _ in 0..scale.letters {
        figures.add(Task::Send, mailbox.messages, Side::Ours, page.send(to).await);
        page.settle().await;
    }
    arrivals(host, mailbox, scale.letters, figures, &page).await;
    page.sign_out().await;
}

/// The same delivery seen by the page and by a bare client in IDLE.
async fn arrivals(host: &MailHost, mailbox: &Mailbox, n: u32, figures: &mut Figures, page: &Page<'_>) {
    page.visit().await;
    page.sign_in().await;
    let ca = host.authority.pem.as_str();
    let mut bare = Bare::sign_in(host.dovecot.imaps, ca, &mailbox.user, &mailbox.password).await;
    bare.run("SELECT INBOX").await;
    bare.idle().await;
    for n in 0..n {
        page.settle().await;
        page.watch_arrivals().await;
        let message = letters::arriving(n, "carol@green.test", &mailbox.user);
        let deliver = lmtp::deliver(host.dovecot.lmtp, "carol@green.test", &mailbox.user, &message);
        let seen = async {
            bare.exists().await;
            SystemTime::now()
        };
        let (taken, seen) = tokio::join!(deliver, seen);
        let painted = page.arrived().await;
        figures.add(Task::NewMail, mailbox.messages, Side::Bare, wall(seen) - wall(taken));
        figures.add(Task::NewMail, mailbox.messages, Side::Ours, painted - wall(taken));
    }
}

/// Milliseconds since 1970, as the browser counts them.
fn wall(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).map_or(0.0, floor::ms)
}

async fn on_the_gateway(host: &MailHost, mailboxes: &[Mailbox], scale: &Scale, figures: &mut Figures) {
    let program = Program::of(host, Security::Implicit).with(LIMITS);
    let process = Process(program.pid());
    for mailbox in mailboxes {
        say(&format!("{} messages: processor time", mailbox.messages));
        cost::cpu(&program.url, process, mailbox, scale.sign_ins, figures).await;
    }
    let Some(mailbox) = mailboxes.last() else { return };
    say("windows");
    let (imap, ca) = (host.dovecot.imaps, host.authority.pem.as_str());
    figures.windows = windows::measure(&program.url, imap, ca, mailbox, 4 * scale.repeats).await;
    drop(program);
    say("large files");
    let program = Program::of(host, Security::Implicit).with(LIMITS);
    cost::transfers(&program.url, Process(program.pid()), mailbox, figures).await;
    drop(program);
    say("idle sessions");
    let program = Program::of(host, Security::Implicit).with(LIMITS);
    let mailbox = mailboxes.iter().find(|m| m.messages == scale.idle_size).unwrap_or(mailbox);
    cost::memory(&program.url, Process(program.pid()), mailbox, &scale.sessions, figures).await;
}

fn say(words: &str) {
    eprintln!("    {words}");
}
