//! Experiments on one's own mailbox, on the sandbox and on Dovecot: a plain IMAP client finds everything as it was, unless the person
//! has agreed to what one of them may change.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use pyeonji_gateway::config::{Endpoint, Provider, TlsMode};
use pyeonji_shared::lab::own::{Ask, Consent, Found};
use pyeonji_shared::lab::report::{Direction, Verdict};
use pyeonji_tests::client::{Browserless, body_bytes};
use pyeonji_tests::gateway::{self, provider_of};
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use pyeonji_tests::{dovecot, seed};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// What a look says to servers, and nothing else.
const HARMLESS: &[&str] = &[
    "CAPABILITY",
    "AUTHENTICATE",
    "LOGIN",
    "LIST",
    "STATUS",
    "EXAMINE",
    "FETCH",
    "GETQUOTAROOT",
    "LOGOUT",
    "CAPA",
    "AUTH",
    "USER",
    "PASS",
    "APOP",
    "STAT",
    "UIDL",
    "QUIT",
];

/// A plain IMAP client, in clear: one command, and the lines of its answer.
struct Plain(BufReader<TcpStream>);

impl Plain {
    fn sign_in(port: u16, (user, password): (&str, &str)) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("IMAP");
        let mut plain = Self(BufReader::new(stream));
        plain.0.read_line(&mut String::new()).expect("a greeting");
        plain.ask(&format!("LOGIN \"{user}\" \"{password}\""));
        plain
    }

    fn ask(&mut self, command: &str) -> Vec<String> {
        self.0.get_mut().write_all(format!("a {command}\r\n").as_bytes()).expect("sent");
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("an answer");
            if line.starts_with("a ") {
                assert!(line.starts_with("a OK"), "{command}: {line}");
                return lines;
            }
            lines.push(line.trim_end().to_owned());
        }
    }
}

/// Every folder: its counts, and UID, size and flags of each message. `\Recent` isn't a flag of a message (RFC 9051 Appendix E).
fn everything(port: u16, who: (&str, &str)) -> BTreeMap<String, Vec<String>> {
    let mut plain = Plain::sign_in(port, who);
    let listed = plain.ask("LIST \"\" \"*\"");
    let name = |line: &String| line.rsplit(' ').next().unwrap_or_default().trim_matches('"').to_owned();
    let mut all = BTreeMap::new();
    for folder in listed.iter().filter(|line| !line.to_lowercase().contains("\\noselect")).map(name) {
        let mut held = plain.ask(&format!("STATUS \"{folder}\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)"));
        let opened = plain.ask(&format!("EXAMINE \"{folder}\""));
        if !opened.iter().any(|line| line == "* 0 EXISTS") {
            held.extend(
                plain.ask("FETCH 1:* (UID FLAGS RFC822.SIZE)").into_iter().filter(|l| l.contains("FETCH")),
            );
        }
        for line in &mut held {
            *line = line.replace(" \\Recent", "").replace("\\Recent", "");
        }
        all.insert(folder, held);
    }
    all
}

/// Lines that are otherwise than before.
fn otherwise(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    assert!(before.keys().eq(after.keys()), "the same folders");
    let pairs = before.values().flatten().zip(after.values().flatten());
    assert_eq!(before.values().flatten().count(), after.values().flatten().count(), "the same messages");
    pairs.filter(|(before, after)| before != after).map(|(_, after)| after.clone()).collect()
}

async fn ask(http: &Browserless, ask: &Ask) -> (StatusCode, Vec<u8>) {
    let body = postcard::to_allocvec(ask).expect("bytes");
    let response = http.post("/api/lab/own", "application/octet-stream", body).await;
    (response.status(), body_bytes(response).await)
}

async fn found(http: &Browserless, question: Ask, (user, password): (&str, &str)) -> Found {
    let (status, bytes) = ask(http, &question).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&bytes));
    for secret in
        [password.to_owned(), STANDARD.encode(password), STANDARD.encode(format!("\0{user}\0{password}"))]
    {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "the password is in it");
    }
    postcard::from_bytes(&bytes).expect("what was found")
}

/// The verbs that a device said.
fn said(found: &Found) -> Vec<String> {
    let lines = found.answer.report.runs.iter().flat_map(|run| &run.devices).flat_map(|device| &device.lines);
    let verb = |text: &str| {
        let mut words = text.split(' ');
        let first = words.next().unwrap_or_default();
        let tagged =
            first.strip_prefix('P').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        if tagged { words.next().unwrap_or_default().to_owned() } else { first.to_owned() }
    };
    let up = lines.filter(|line| line.direction == Direction::ToServer && !line.text.contains("••••"));
    up.map(|line| verb(&line.text)).collect()
}

fn show(found: &Found) {
    for claim in &found.claims {
        println!(
            "{} {:?} {}\n    {}\n    {}",
            claim.id, claim.verdict, claim.claim.en, claim.found.en, claim.found.ko
        );
    }
    for note in &found.notes {
        println!("note: {} / {}", note.en, note.ko);
    }
    for device in &found.answer.report.runs[0].devices {
        println!("{}: {:?}, {} lines", device.device, device.totals, device.lines.len());
    }
}

fn verdicts(found: &Found) -> Vec<(&str, Option<Verdict>)> {
    found.claims.iter().map(|claim| (claim.id.as_str(), claim.verdict)).collect()
}

/// A look changes nothing and offers a message; nothing is fetched by whoever hasn't the number of the offer.
async fn looks(http: &Browserless, other: &Browserless, port: u16, who: (&str, &str)) -> (Found, Consent) {
    let before = everything(port, who);
    let looked = found(http, Ask::Look, who).await;
    show(&looked);
    assert!(looked.troubles.is_empty(), "{:?}", looked.troubles);
    let verbs = said(&looked);
    assert!(verbs.iter().all(|verb| HARMLESS.contains(&verb.as_str())), "{verbs:?}");
    for verb in ["EXAMINE", "FETCH", "STAT", "LIST", "UIDL", "QUIT"] {
        assert!(verbs.iter().any(|own| own == verb), "{verb} in {verbs:?}");
    }
    let run = &looked.answer.report.runs[0];
    assert!(run.devices.iter().all(|device| device.totals.connections == 1 && device.totals.received > 100));
    let told: u64 = run.devices.iter().flat_map(|d| &d.lines).map(|line| line.bytes).sum();
    let counted: u64 = run.devices.iter().map(|d| d.totals.sent + d.totals.received).sum();
    assert_eq!(told, counted, "each octet has its line");
    let consent = looked.offer.as_ref().expect("an offer").consent;
    assert_eq!(otherwise(&before, &everything(port, who)), [""; 0], "nothing is otherwise");
    // Forged, somebody else's, and nobody's.
    assert_eq!(ask(http, &Ask::Fetch(Consent([0; 16]))).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(other, &Ask::Fetch(consent)).await.0, StatusCode::NOT_FOUND);
    let nobody = Browserless::new(&http.url);
    for question in [Ask::Look, Ask::Fetch(consent)] {
        assert_eq!(ask(&nobody, &question).await.0, StatusCode::UNAUTHORIZED);
    }
    let bare = http.post("/api/lab/own", "application/octet-stream", vec![1]).await;
    assert_eq!(bare.status(), StatusCode::BAD_REQUEST, "without a number");
    assert_eq!(otherwise(&before, &everything(port, who)), [""; 0], "still nothing");
    (looked, consent)
}

/// What IMAP has over POP3 on a mailbox with folders; the quota is judged by what the server says.
fn costs_more_and_sees_more(looked: &Found) {
    assert_eq!(
        verdicts(looked),
        [
            ("E6", Some(Verdict::Held)),
            ("E6", Some(Verdict::Held)),
            ("E2", Some(Verdict::DidNotHold)),
            ("E5", looked.claims[3].verdict)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_sandbox_nothing_changes() {
    let (gateway, sandbox) = gateway::start_with_sandbox().await;
    let who = |n: usize| (sandbox.accounts[n].address.as_str(), sandbox.accounts[n].password.as_str());
    let (mut ada, mut bora) = (Browserless::new(&gateway.url), Browserless::new(&gateway.url));
    ada.sign_in(who(0).0, who(0).1).await.expect("signed in");
    bora.sign_in(who(1).0, who(1).1).await.expect("signed in");
    let port = sandbox.imap.port();
    let (looked, consent) = looks(&ada, &bora, port, who(0)).await;
    costs_more_and_sees_more(&looked);
    let before = everything(port, who(0));
    let fetched = found(&ada, Ask::Fetch(consent), who(0)).await;
    show(&fetched);
    // The sandbox's POP3 marks nothing.
    assert_eq!((fetched.claims[0].verdict, &fetched.offer), (Some(Verdict::Held), &None));
    assert_eq!(otherwise(&before, &everything(port, who(0))), [""; 0]);
    let retr = said(&fetched).iter().filter(|verb| *verb == "RETR").count();
    assert_eq!(retr, 1, "one message, once");
    assert_eq!(ask(&ada, &Ask::Fetch(consent)).await.0, StatusCode::NOT_FOUND, "an offer is good once");
}

fn with_pop3(host: &MailHost) -> Arc<Provider> {
    let pop3 = Some(Endpoint { host: "localhost".into(), port: host.dovecot.pop3s, tls: TlsMode::Implicit });
    Arc::new(Provider { pop3, ..(*provider_of(host, Security::Implicit)).clone() })
}

const MAIL: u32 = 70;

fn filled() -> MailHost {
    let extra = "protocol imap {\n mail_plugins = quota imap_quota\n}\n".to_owned();
    let host = MailHost::with(&dovecot::Options { quota: Some(64 << 20), extra }, 36_700_160);
    let mail = seed::many(MAIL, ADA.0);
    // The newest but two isn't read.
    let inbox = mail
        .iter()
        .enumerate()
        .map(|(n, (source, _))| (source.as_slice(), if n + 3 == mail.len() { "" } else { "S" }));
    host.dovecot.put(ADA.0, "", inbox);
    host.dovecot.put(ADA.0, "Sent", mail.iter().take(5).map(|(source, _)| (source.as_slice(), "S")));
    host
}

#[tokio::test(flavor = "multi_thread")]
async fn on_dovecot_only_the_message_that_was_agreed_on_changes() {
    let host = filled();
    let gateway = gateway::start(vec![with_pop3(&host)]).await;
    let (mut http, mut other) = (Browserless::new(&gateway.url), Browserless::new(&gateway.url));
    http.sign_in(ADA.0, ADA.1).await.expect("signed in");
    other.sign_in(ADA.0, ADA.1).await.expect("signed in");
    let (looked, consent) = looks(&http, &other, host.dovecot.imap, ADA).await;
    costs_more_and_sees_more(&looked);
    assert!(looked.claims[2].found.en.contains("POP3: 70 messages"), "{}", looked.claims[2].found.en);
    // 64 MiB, as the lab counts.
    assert!(looked.claims[3].found.en.contains("of 67.1 MB are used."), "{}", looked.claims[3].found.en);
    let before = everything(host.dovecot.imap, ADA);
    let fetched = found(&http, Ask::Fetch(consent), ADA).await;
    show(&fetched);
    // pop3d marks what it gave, and nothing else is otherwise than that.
    assert_eq!(fetched.claims[0].verdict, Some(Verdict::DidNotHold));
    let changed = otherwise(&before, &everything(host.dovecot.imap, ADA));
    let messages: Vec<&String> = changed.iter().filter(|line| line.contains("FETCH")).collect();
    assert_eq!(messages.len(), 1, "{changed:?}");
    assert!(
        messages[0].contains(&format!("UID {} ", MAIL - 2)) && messages[0].contains("\\Seen"),
        "{changed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_pop3_there_is_imaps_half_and_no_offer() {
    let host = filled();
    let gateway = gateway::start(vec![provider_of(&host, Security::Implicit)]).await;
    let mut http = Browserless::new(&gateway.url);
    http.sign_in(ADA.0, ADA.1).await.expect("signed in");
    let looked = found(&http, Ask::Look, ADA).await;
    show(&looked);
    assert_eq!(looked.claims.iter().map(|claim| claim.id.as_str()).collect::<Vec<_>>(), ["E5"]);
    assert!(
        looked.notes.iter().any(|note| note.en.starts_with("No POP3 server is set up here")),
        "{:?}",
        looked.notes
    );
    assert_eq!(looked.offer, None);
    assert!(!said(&looked).iter().any(|verb| ["STAT", "UIDL", "RETR", "TOP"].contains(&verb.as_str())));
}
