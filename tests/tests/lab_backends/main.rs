//! Every experiment on every backend: the sandbox in simulated time, the sandbox over sockets, and Dovecot's imapd and pop3d on one mailbox.
mod answers;

use pyeonji_gateway::lab::experiments;
use pyeonji_gateway::lab::verdict::sum_up;
use pyeonji_shared::lab::places::{Places, State};
use pyeonji_shared::lab::report::{Direction, Line, Report, Run, Verdict};
use pyeonji_shared::lab::scenario::{Scenario, Variant};
use pyeonji_tests::gateway::binary;
use pyeonji_tests::mailhost::{ADA, MailHost};
use pyeonji_tests::{dovecot, seed};
use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// KB that the accounts on Dovecot may hold: what the experiment about a quota asks for.
const QUOTA: u64 = 2_000;
/// Runs at the same time on Dovecot.
const AT_ONCE: usize = 8;

/// What can be otherwise than in simulated time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Verdict,
    /// Who holds which messages when all is done.
    Held,
    /// Which of them count as read then.
    Read,
}

const POP3_READS: &str =
    "pop3d marks what it gave as read on the server (Dovecot's default), and IMAP devices show that";

/// All that is otherwise, and why: experiment, backend, what, reason.
const OTHERWISE: &[(&str, &str, What, &str)] = &[
    ("E2", "dovecot", What::Read, POP3_READS),
    ("E3", "dovecot", What::Read, POP3_READS),
    ("E4", "dovecot", What::Read, POP3_READS),
    ("E5", "dovecot", What::Read, POP3_READS),
    ("E6", "dovecot", What::Read, POP3_READS),
    ("E7", "dovecot", What::Read, POP3_READS),
    ("E9", "dovecot", What::Read, POP3_READS),
];

fn lab(arguments: &[String]) -> Output {
    Command::new(binary()).args(["lab", "run"]).args(arguments).output().expect("the program runs")
}

fn reports(arguments: &[String]) -> Vec<Report> {
    let out = lab(&[arguments, &["--json".to_owned()]].concat());
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

/// A Dovecot whose accounts have the quota that the experiments ask for, and a configuration that names it.
struct Server {
    host: MailHost,
    config: String,
    password: String,
}

impl Server {
    /// With so many pairs of people, of one password.
    fn start(pairs: usize) -> Self {
        Self::with(pairs, "")
    }

    /// With further lines in Dovecot's configuration.
    fn with(pairs: usize, extra: &str) -> Self {
        let options = dovecot::Options { quota: Some(QUOTA * 1_000), extra: extra.to_owned() };
        let people: Vec<String> = (0..pairs).flat_map(pair).collect();
        let users: Vec<(&str, &str)> = people.iter().map(|user| (user.as_str(), ADA.1)).collect();
        let host = MailHost::with_users(&users, &options, 36_700_160);
        let server =
            |port: u16, tls: &str| format!("{{ host = \"localhost\", port = {port}, tls = \"{tls}\" }}");
        let (config, password) = (host.path().join("lab.toml"), host.path().join("password"));
        let text = format!(
            "listen = \"127.0.0.1:8080\"\npublic_url = \"http://127.0.0.1:8080\"\n[session]\nkey_file = \"{}\"\n\
             [egress]\nallow_private = [\"127.0.0.0/8\", \"::1/128\"]\n\
             [[provider]]\nname = \"Dovecot\"\ndomains = [\"blue.test\"]\nca_file = \"{}\"\nimap = {}\npop3 = {}\nsmtp = {}\n",
            host.path().join("session.key").display(),
            host.ca_file().display(),
            // Both ways to encrypt.
            server(host.dovecot.imap, "starttls"),
            server(host.dovecot.pop3s, "implicit"),
            server(host.postfix.implicit, "implicit"),
        );
        std::fs::write(&config, text).expect("configuration");
        std::fs::write(&password, format!("{}\n", ADA.1)).expect("password");
        Self { host, config: config.display().to_string(), password: password.display().to_string() }
    }

    /// The n-th pair's.
    fn against(&self, n: usize, more: &[&str]) -> Vec<String> {
        let [ada, bora] = pair(n);
        let (config, password) = (&self.config, &self.password);
        let first = ["--against", config, "--user", &ada, "--password-file", password];
        let second = ["--second-user", &bora, "--second-password-file", password];
        first.iter().chain(&second).chain(more).map(|option| (*option).to_owned()).collect()
    }

    /// Each condition of each experiment on accounts of its own, several at a time: Dovecot tells news half a second after they came.
    fn all(&self, pieces: &[Scenario]) -> Vec<Report> {
        let (next, quota) = (AtomicUsize::new(0), QUOTA.to_string());
        let work = || {
            let mut found = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(piece) = pieces.get(n) else { return found };
                let file = self.host.path().join(format!("piece-{n}.json"));
                std::fs::write(&file, serde_json::to_string(piece).expect("JSON")).expect("a scenario");
                let options = self.against(n, &["--quota-kilobytes", &quota, &file.display().to_string()]);
                found.push((n, reports(&options).remove(0)));
            }
        };
        let mut found = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
            workers.into_iter().flat_map(|worker| worker.join().expect("its pieces")).collect::<Vec<_>>()
        });
        found.sort_by_key(|(n, _)| *n);
        let mut all: Vec<Report> = Vec::new();
        for (_, report) in found {
            match all.last_mut().filter(|last| last.id == report.id) {
                Some(last) => last.runs.extend(report.runs),
                None => all.push(report),
            }
        }
        for report in &mut all {
            report.verdict = report.verdict.map(|_| sum_up(report.runs.iter().map(|run| run.held)));
        }
        all
    }
}

fn pair(n: usize) -> [String; 2] {
    [format!("ada{n}@blue.test"), format!("bora{n}@blue.test")]
}

/// Each experiment under one of its conditions.
fn pieces() -> Vec<Scenario> {
    let all =
        experiments::ALL.iter().map(|(id, _)| experiments::get(id).expect("known").expect("a scenario"));
    let under = |scenario: Scenario| {
        let one = |variant: &Variant| Scenario { variants: vec![variant.clone()], ..scenario.clone() };
        if scenario.variants.is_empty() {
            vec![scenario]
        } else {
            scenario.variants.iter().map(one).collect()
        }
    };
    all.flat_map(under).collect()
}

/// A place and a folder of it, a message, and its copies.
type Entry = (String, String, String, Vec<State>);

fn end(run: &Run, read: bool) -> Vec<Entry> {
    let mut places = Places::default();
    run.steps.iter().flat_map(|done| &done.changes).for_each(|change| places.apply(change));
    let names: Vec<String> = places.names().map(str::to_owned).collect();
    let seen = |state: &State| State { read: state.read && read, ..*state };
    let entries = |name: &String| {
        let at = places.at(name).map(|(folder, message, copies)| {
            (name.clone(), folder.to_owned(), message.to_owned(), copies.iter().map(seen).collect())
        });
        at.collect::<Vec<Entry>>()
    };
    names.iter().flat_map(entries).collect()
}

fn otherwise(simulated: &Report, other: &Report) -> Vec<What> {
    let runs = || simulated.runs.iter().zip(&other.runs);
    assert_eq!(simulated.runs.len(), other.runs.len());
    let verdicts = simulated.verdict == other.verdict && runs().all(|(a, b)| a.held == b.held);
    let held = runs().all(|(a, b)| end(a, false) == end(b, false));
    // The question makes no sense of other messages.
    let read = !held || runs().all(|(a, b)| end(a, true) == end(b, true));
    let all = [(verdicts, What::Verdict), (held, What::Held), (read, What::Read)];
    all.into_iter().filter(|(same, _)| !same).map(|(_, what)| what).collect()
}

fn word(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Held) => "held",
        Some(Verdict::DidNotHold) => "didn't hold",
        Some(Verdict::Depends) => "depends",
        None => "—",
    }
}

#[test]
fn every_experiment_on_every_backend() {
    let pieces = pieces();
    let server = Server::start(pieces.len());
    let backends = [
        ("simulated", reports(&[])),
        ("sockets", reports(&["--sockets".to_owned()])),
        ("dovecot", server.all(&pieces)),
    ];
    let mut found: BTreeMap<&str, Vec<&Report>> = BTreeMap::new();
    for report in backends.iter().flat_map(|(_, reports)| reports) {
        found.entry(&report.id).or_default().push(report);
    }
    println!("     {:14}{:14}{:14}", backends[0].0, backends[1].0, backends[2].0);
    let mut different = Vec::new();
    for (id, reports) in &found {
        let row: Vec<String> = reports.iter().map(|report| format!("{:14}", word(report.verdict))).collect();
        println!("{id:4} {}", row.concat().trim_end());
        for (report, (backend, _)) in reports.iter().zip(&backends).skip(1) {
            let of = |what| (*id, *backend, what);
            different.extend(otherwise(reports[0], report).into_iter().map(of));
            // Whoever waits for news got them.
            let late = report.runs.iter().flat_map(|run| &run.notes).find(|note| note.contains("in time"));
            assert_eq!(late, None, "{id} on {backend}");
        }
    }
    for (id, backend, what, why) in OTHERWISE {
        println!("{id} on {backend}, {what:?}: {why}.");
    }
    let mut known: Vec<_> = OTHERWISE.iter().map(|(id, backend, what, _)| (*id, *backend, *what)).collect();
    known.sort_unstable();
    different.sort_unstable();
    assert_eq!(different, known, "found, and explained above");
}

#[test]
fn a_mailbox_with_mail_is_left_alone_unless_it_may_be_erased() {
    let server = Server::start(1);
    let [ada, _] = pair(0);
    let mail = seed::many(5, &ada);
    let letters = |n: usize| mail.iter().take(n).map(|(source, flags)| (source.as_slice(), *flags));
    server.host.dovecot.put(&ada, "", letters(3));
    server.host.dovecot.put(&ada, "Trash", letters(5));
    let kept = || {
        let folder = server.host.dovecot.maildir(&ada);
        let count = |part: &str| std::fs::read_dir(folder.join(part)).map_or(0, Iterator::count);
        (count("cur") + count("new"), count(".Trash/cur") + count(".Trash/new"))
    };
    let out = lab(&server.against(0, &["E2"]));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("3 in INBOX") && said.contains("5 in Trash"), "{said}");
    assert!(said.contains("--erase") && kept() == (3, 5), "{said} {:?}", kept());
    // Nor does anything else than the option do it.
    assert!(!lab(&server.against(0, &["E2", "--json", "--quota-kilobytes", "9"])).status.success());
    assert_eq!(kept(), (3, 5));

    let out = lab(&server.against(0, &["E1", "E5", "--erase"]));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.starts_with("Erased: ") && said.contains("3 in INBOX"), "{said}");
    // The lab leaves nothing.
    assert_eq!(kept(), (0, 0));
    // Nobody said which quota the account has.
    let table = String::from_utf8_lossy(&out.stdout);
    assert!(table.contains("E1   held") && table.contains("E5   not arranged"), "{table}");
    assert!(table.contains("E5: not arranged here: a quota of 2000 KB"), "{table}");
}

#[test]
fn what_is_missing_for_an_account_is_said() {
    let config = tempfile::tempdir().expect("folder");
    let file = |name: &str| config.path().join(name).display().to_string();
    let run = |options: &[&str]| {
        let out = lab(&options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>());
        assert!(!out.status.success(), "{options:?}");
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    assert!(run(&["--against", "x.toml"]).contains("--password-file"));
    assert!(run(&["--erase"]).contains("--against"));
    let text = "listen = \"127.0.0.1:8080\"\npublic_url = \"http://127.0.0.1:8080\"\n[session]\nkey_file = \"k\"\n\
                [[provider]]\nname = \"Half\"\ndomains = [\"half.test\"]\nimap = { host = \"mail.half.test\" }\n\
                smtp = { host = \"mail.half.test\" }\n";
    std::fs::write(config.path().join("half.toml"), text).expect("configuration");
    std::fs::write(config.path().join("password"), "secret\n").expect("password");
    let (toml, password) = (file("half.toml"), file("password"));
    let half = |user| run(&["--against", &toml, "--user", user, "--password-file", &password]);
    assert!(
        half("ada@half.test").contains("\"Half\" must have `imap` and `pop3`"),
        "{}",
        half("ada@half.test")
    );
    assert!(half("ada@other.test").contains("ada@other.test"));
}

/// Dovecot tells news by itself only in IDLE (RFC 2177); without it a device asks now and then.
#[test]
fn a_server_without_idle_is_asked_for_news() {
    let server = Server::with(
        1,
        "protocol imap {\n imap_capability = IMAP4rev1 SASL-IR ENABLE CONDSTORE ESEARCH UIDPLUS MOVE NAMESPACE LIST-EXTENDED SPECIAL-USE\n}\n",
    );
    let report = reports(&server.against(0, &["E1"])).remove(0);
    assert_eq!(report.verdict, Some(Verdict::Held));
    assert!(report.runs[0].notes.is_empty(), "{:?}", report.runs[0].notes);
    let asked = |line: &Line| line.direction == Direction::ToServer && line.text.ends_with(" NOOP");
    assert!(report.runs[0].devices.iter().any(|device| device.lines.iter().any(asked)));
}
