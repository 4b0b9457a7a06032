//! Every scripted hostile SMTP server of the corpus against the whole submission (R16): behind STARTTLS, inside TLS, and
//! in clear. Skipped, and said so, where the corpus isn't there.
use super::dialogue::{Dialogue, Options};
use super::{Envelope, SendFailure};
use crate::hostile::{Case, cases};
use crate::net::starttls::Step;
use crate::net::starttls::corpus::play;
use crate::net::{NetError, Proto};
use crate::secret::{Credentials, Secret};
use pyeonji_shared::error::ErrorKind;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

const BODY: &str = "Subject: hi\r\n\r\n.dot\r\n";
const STUFFED: &str = "Subject: hi\r\n\r\n..dot\r\n.\r\n";
/// base64 of NUL ada@blue.test NUL red-lamp-42, and of each alone.
const PLAIN: &str = "AGFkYUBibHVlLnRlc3QAcmVkLWxhbXAtNDI=";
const LOGIN: &str = "YWRhQGJsdWUudGVzdA==";
const PASSWORD: &str = "cmVkLWxhbXAtNDI=";
/// Turns of one conversation; no case comes near.
const MAX_TURNS: usize = 50;

/// How the server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    StartTls,
    Implicit,
    /// Unencrypted although that isn't what was configured: nothing secret may be written.
    Clear,
}

/// What the server does beyond its script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extra {
    Nothing,
    /// Behind each reply comes one that was not asked for.
    Reply,
}

/// The server's side of one conversation.
struct Server<'a> {
    case: &'a Case,
    offers: Vec<String>,
    extra: Extra,
    body: bool,
}

impl Server<'_> {
    /// The answer to one line, and whether the server hangs up afterwards.
    fn answer(&mut self, line: &str) -> (String, bool) {
        let verb = line.split([' ', ':', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        let said = if self.body {
            self.body = false;
            Some("250 queued\r\n".to_owned())
        } else if self.case.hides(&verb.to_ascii_lowercase()) {
            Some("500 unknown command\r\n".to_owned())
        } else {
            let overridden = |key: &str| self.case.string(&format!("\"{key}\""));
            overridden(&verb).or_else(|| overridden(&verb.to_ascii_lowercase()))
        };
        let said = said.unwrap_or_else(|| match verb.as_str() {
            "EHLO" => {
                let mut lines = vec!["me".to_owned()];
                lines.extend(self.offers.iter().cloned());
                let (last, before) = lines.split_last().unwrap();
                before.iter().map(|line| format!("250-{line}\r\n")).collect::<String>()
                    + &format!("250 {last}\r\n")
            }
            "AUTH" if line.contains("LOGIN") => "334 VXNlcm5hbWU6\r\n".into(),
            "AUTH" => "235 in\r\n".into(),
            "DATA" => "354 go\r\n".into(),
            "QUIT" => "221 bye\r\n".into(),
            _ if line.trim_end() == LOGIN => "334 UGFzc3dvcmQ6\r\n".into(),
            _ if line.trim_end() == PASSWORD => "235 in\r\n".into(),
            _ => "250 ok\r\n".into(),
        });
        self.body = said.starts_with("354") && verb == "DATA";
        let extra = if self.extra == Extra::Reply { "250 2.0.0 injected\r\n" } else { "" };
        (said.clone() + extra, verb == "QUIT" || said.starts_with("421"))
    }
}

/// The extensions that the case lists under a key, as EHLO would say them.
fn offers(case: &Case, key: &str) -> Vec<String> {
    let Some(rest) = case.after(key).and_then(|rest| rest.strip_prefix('[')) else { return Vec::new() };
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += match c {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        depth == 0
    });
    let list = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let mut found = Vec::new();
    if list.contains("StartTLS") {
        found.push("STARTTLS".to_owned());
    }
    if let Some((_, names)) = list.split_once("Auth([") {
        let names = names.split([',', ']']).map(|name| name.trim().trim_start_matches("Other("));
        let names: Vec<String> = names
            .map(|name| name.trim_matches(['"', ')']).to_ascii_uppercase())
            .filter(|n| !n.is_empty())
            .collect();
        found.push(format!("AUTH {}", names.join(" ")));
    }
    found
}

fn dialogue(way: Way, now: Instant) -> Dialogue {
    let to = vec!["b@c.test".to_owned()];
    let options = Options {
        envelope: Envelope { from: "ada@blue.test".into(), to, size: BODY.len() as u64, needs_utf8: false },
        credentials: Credentials {
            address: "ada@blue.test".into(),
            login: "ada@blue.test".into(),
            password: Secret::new("red-lamp-42".into()),
            protocol: crate::secret::Protocol::Imap,
        },
        may_auth: way != Way::Clear,
        greeting_seen: way == Way::StartTls,
        own_name: "[127.0.0.1]".into(),
        greeting_time: Duration::from_secs(15),
        command_time: Duration::from_secs(60),
        probe: false,
    };
    Dialogue::new(options, now)
}

type Outcome = Result<(), SendFailure>;

/// Everything that was written to the server, and the outcome.
fn converse(case: &Case, way: Way, extra: Extra) -> (String, Outcome) {
    let now = Instant::now();
    let key = if way == Way::Clear { "capabilities" } else { "capabilities_tls" };
    let mut server = Server { case, offers: offers(case, key), extra, body: false };
    let mut dialogue = dialogue(way, now);
    let mut written = String::new();
    if way != Way::StartTls {
        let greeting = case.string("greeting").unwrap_or("220 hi\r\n".into());
        dialogue.handle_input(greeting.as_bytes(), now);
    }
    for _ in 0..MAX_TURNS {
        if dialogue.wants_body() {
            dialogue.feed_body(BODY.as_bytes(), now);
            dialogue.end_body(now);
        }
        let bytes = dialogue.poll_transmit();
        let text = bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).unwrap_or_default();
        written.push_str(&text);
        if let Some(outcome) = dialogue.take_outcome() {
            return (written, outcome.map(|_| ()));
        }
        let line = text.lines().next().unwrap_or_default();
        let (answer, closes) = server.answer(&format!("{line}\r\n"));
        dialogue.handle_input(answer.as_bytes(), now);
        if closes {
            dialogue.handle_eof();
        }
    }
    panic!("no end");
}

/// Only what a submission consists of, in an order that makes sense; nothing of the server's words comes back.
fn assert_own_words(name: &str, written: &str) {
    let mut rest = written.replace(STUFFED, "");
    for line in [
        "EHLO [127.0.0.1]",
        &format!("AUTH PLAIN {PLAIN}"),
        "AUTH LOGIN",
        LOGIN,
        PASSWORD,
        "MAIL FROM:<ada@blue.test>",
        "RCPT TO:<b@c.test>",
        "DATA",
        "RSET",
        "QUIT",
    ] {
        let once = rest.replacen(&format!("{line}\r\n"), "", 1);
        assert!(!once.contains(&format!("{line}\r\n")), "{name}: {line:?} twice in {written:?}");
        rest = once;
    }
    assert_eq!(rest, "", "{name} made us write it, of {written:?}");
}

fn gave_password(written: &str) -> bool {
    [PLAIN, LOGIN, PASSWORD, "red-lamp-42"].iter().any(|secret| written.contains(secret))
}

/// A kind that tells a person something, and that nothing was sent.
fn assert_clear(name: &str, failure: &SendFailure) {
    let unclear = [ErrorKind::Internal, ErrorKind::SendUnknown, ErrorKind::BadRequest];
    assert!(!unclear.contains(&failure.error.kind) && !failure.maybe_sent, "{name}: {failure:?}");
}

fn short(outcome: &Outcome) -> String {
    outcome.as_ref().map_or_else(|failure| format!("{:?}", failure.error.kind), |()| "sent".into())
}

#[test]
fn r16_hostile_servers_meet_the_whole_submission() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/hostile-servers/smtp");
    if !corpus.is_dir() {
        println!("counts: hostile SMTP servers: skipped, no corpus at {}", corpus.display());
        return;
    }
    let paths = cases(&corpus);
    for way in [Way::StartTls, Way::Implicit, Way::Clear] {
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        let mut signed_in = 0;
        for path in &paths {
            let case = Case::read(path);
            let name = format!("{} ({way:?})", path.strip_prefix(&corpus).unwrap().display());
            if way == Way::StartTls {
                let (before, end) = play(&case, Proto::Smtp);
                assert!(!gave_password(&before.concat()), "{name}: a credential before encryption");
                if end != Ok(Step::Encrypt) {
                    // The preamble's own test says why each of these is right.
                    let error = match end {
                        Err(NetError::Insecure(_)) => "insecure",
                        Err(_) => "refused",
                        Ok(_) => "silence",
                    };
                    *ends.entry(format!("{error} before encryption")).or_default() += 1;
                    continue;
                }
            }
            let (written, outcome) = converse(&case, way, Extra::Nothing);
            assert_own_words(&name, &written);
            let offered = offers(&case, "capabilities_tls").iter().any(|offer| offer.starts_with("AUTH"));
            assert!(!gave_password(&written) || way != Way::Clear && offered, "{name}: {written:?}");
            signed_in += usize::from(gave_password(&written));
            match &outcome {
                // Also an open relay that asks for no password takes mail.
                Ok(()) => assert!(written.contains(STUFFED), "{name}"),
                Err(failure) => {
                    assert!(!written.contains(STUFFED), "{name}: {failure:?}");
                    assert_clear(&name, failure);
                }
            }
            *ends.entry(short(&outcome)).or_default() += 1;
            // The same server, with somebody on the way who adds answers to questions that were not asked yet.
            let (written, outcome) = converse(&case, way, Extra::Reply);
            assert_own_words(&name, &written);
            assert!(!written.contains("AUTH") && !written.contains("MAIL"), "{name}: {written:?}");
            assert_clear(&name, &outcome.expect_err(&name));
        }
        let cases = paths.len();
        assert_eq!(ends.values().sum::<usize>(), cases);
        println!("counts: hostile SMTP servers, {way:?}: {cases} cases, {signed_in} signed in to: {ends:?}");
        assert!(cases > 10 && (signed_in > 0) == (way != Way::Clear), "{way:?}");
        assert!(ends.contains_key("sent") || way == Way::Clear, "{way:?}");
    }
}
