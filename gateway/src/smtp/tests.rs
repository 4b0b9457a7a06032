//! Whole submissions against scripted servers, in memory and in virtual time.
use super::*;
use crate::secret::{Protocol, Secret};
use std::sync::Mutex;
use tokio::io::DuplexStream;

const BODY: &str = "Subject: hi\r\n\r\n.dot\r\nbye\r\n";

fn envelope(to: &[&str]) -> Envelope {
    let to = to.iter().map(|t| t.to_string()).collect();
    Envelope { from: "ada@blue.test".into(), to, size: BODY.len() as u64, needs_utf8: false }
}

fn options(envelope: Envelope) -> Options {
    Options {
        envelope,
        credentials: Credentials {
            address: "ada@blue.test".into(),
            login: "ada@blue.test".into(),
            password: Secret::new("pa\u{df} word".into()),
            protocol: Protocol::Imap,
        },
        may_auth: true,
        greeting_seen: false,
        own_name: "web.test".into(),
        greeting_time: Duration::from_secs(15),
        command_time: Duration::from_secs(60),
        probe: false,
    }
}

/// One turn: what the client must have sent (exactly), and what the server then says.
type Turn<'a> = (&'a str, &'a str);

/// Plays the turns, then closes. Returns the outcome and what the client sent after the last turn.
async fn play(options: Options, turns: &[Turn<'_>]) -> (Result<Vec<RecipientResult>, SendFailure>, String) {
    play_body(options, turns, vec![Ok(Bytes::from_static(BODY.as_bytes()))]).await
}

async fn play_body(
    options: Options,
    turns: &[Turn<'_>],
    chunks: Vec<Result<Bytes, ApiError>>,
) -> (Result<Vec<RecipientResult>, SendFailure>, String) {
    let (client, mut server) = tokio::io::duplex(1 << 16);
    let (feed, body) = mpsc::channel(1);
    let feeder = async move {
        for chunk in chunks {
            if feed.send(chunk).await.is_err() {
                return;
            }
        }
    };
    let script = async move {
        for (expected, answer) in turns {
            expect(&mut server, expected).await;
            server.write_all(answer.as_bytes()).await.unwrap();
        }
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(1), server.read_to_end(&mut rest)).await;
        String::from_utf8(rest).unwrap()
    };
    let dialogue = Dialogue::new(options, Instant::now());
    let ((_, outcome), rest, ()) = tokio::join!(converse(client, dialogue, body, &|_| {}), script, feeder);
    (outcome, rest)
}

async fn expect(server: &mut DuplexStream, expected: &str) {
    let mut got = vec![0; expected.len()];
    server.read_exact(&mut got).await.unwrap_or_else(|_| panic!("closed before {expected:?}"));
    assert_eq!(String::from_utf8_lossy(&got), expected);
}

const AUTH: &str = "AUTH PLAIN AGFkYUBibHVlLnRlc3QAcGHDnyB3b3Jk\r\n";
const STUFFED: &str = "Subject: hi\r\n\r\n..dot\r\nbye\r\n.\r\n";

#[tokio::test]
async fn a_message_is_sent_in_five_round_trips() {
    let mail = format!(
        "MAIL FROM:<ada@blue.test> SIZE={}\r\nRCPT TO:<b@c.test>\r\nRCPT TO:<d@e.test>\r\n",
        BODY.len()
    );
    let (outcome, rest) = play(
        options(envelope(&["b@c.test", "d@e.test"])),
        &[
            ("", "220-hello\r\n220 there\r\n"),
            ("EHLO web.test\r\n", "250-me\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n"),
            (AUTH, "235 2.7.0 welcome\r\n"),
            (&mail, "250 ok\r\n250 2.1.5 b\r\n251 2.1.5 d\r\n"),
            ("DATA\r\n", "354 go\r\n"),
            (STUFFED, "250 2.0.0 queued\r\n"),
        ],
    )
    .await;
    let recipients = outcome.unwrap();
    assert_eq!(recipients.len(), 2);
    assert!(recipients.iter().all(|r| r.accepted));
    assert_eq!((recipients[1].code, recipients[1].words.as_str()), (251, "2.1.5 d"));
    assert_eq!(rest, "QUIT\r\n");
}

#[tokio::test]
async fn without_pipelining_and_with_login() {
    let (outcome, _) = play(
        options(envelope(&["b@c.test"])),
        &[
            ("", "220 hi\r\n"),
            ("EHLO web.test\r\n", "250-me\r\n250 AUTH LOGIN CRAM-MD5\r\n"),
            ("AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n"),
            ("YWRhQGJsdWUudGVzdA==\r\n", "334 UGFzc3dvcmQ6\r\n"),
            ("cGHDnyB3b3Jk\r\n", "235 ok\r\n"),
            ("MAIL FROM:<ada@blue.test>\r\n", "250 ok\r\n"),
            ("RCPT TO:<b@c.test>\r\n", "250 ok\r\n"),
            ("DATA\r\n", "354 go\r\n"),
            (STUFFED, "250 ok\r\n"),
        ],
    )
    .await;
    assert!(outcome.is_ok());
}

const HELLO: [Turn; 2] = [
    ("", "220 hi\r\n"),
    ("EHLO web.test\r\n", "250-me\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n"),
];

async fn after_auth(to: &[&str], turns: &[Turn<'_>]) -> (Result<Vec<RecipientResult>, SendFailure>, String) {
    let mut all = HELLO.to_vec();
    all.push((AUTH, "235 ok\r\n"));
    all.extend_from_slice(turns);
    play(options(envelope(to)), &all).await
}

fn mail(to: &[&str]) -> String {
    let rcpt: String = to.iter().map(|to| format!("RCPT TO:<{to}>\r\n")).collect();
    format!("MAIL FROM:<ada@blue.test> SIZE={}\r\n{rcpt}", BODY.len())
}

#[tokio::test]
async fn one_refused_recipient_stops_all() {
    let to = ["b@c.test", "no@c.test", "d@e.test"];
    let answer = "250 ok\r\n250 ok\r\n550 5.1.1 nobody here\r\n250 ok\r\n";
    let (outcome, rest) = after_auth(&to, &[(&mail(&to), answer)]).await;
    let failure = outcome.unwrap_err();
    assert_eq!(failure.error.kind, ErrorKind::RecipientRefused);
    assert_eq!(failure.error.detail, "no@c.test: 550 5.1.1 nobody here");
    assert!(!failure.maybe_sent);
    let accepted: Vec<bool> = failure.recipients.iter().map(|r| r.accepted).collect();
    assert_eq!(accepted, [true, false, true]);
    assert_eq!(rest, "RSET\r\nQUIT\r\n");
}

#[tokio::test]
async fn refusals_are_told_by_kind() {
    let to = ["b@c.test"];
    let mail = mail(&to);
    for (answer, kind) in [
        ("553 not yours\r\n503 no\r\n", ErrorKind::SenderRefused),
        ("552 5.3.4 too big\r\n503 no\r\n", ErrorKind::TooBig),
        ("250 ok\r\n552 5.2.2 mailbox full\r\n", ErrorKind::OverQuota),
        ("250 ok\r\n452 4.2.2 mailbox full\r\n", ErrorKind::OverQuota),
        ("421 going down\r\n", ErrorKind::Disconnected),
        ("250 ok\r\n250 ok\r\n354 surprise\r\n", ErrorKind::Protocol),
    ] {
        let (outcome, _) = after_auth(&to, &[(&mail, answer)]).await;
        let failure = outcome.unwrap_err();
        assert_eq!((failure.error.kind, failure.maybe_sent), (kind, false), "{answer:?}");
    }
    for (answer, kind) in [
        ("554 5.7.1 spam\r\n", ErrorKind::MessageRefused),
        ("552 5.2.2 full\r\n", ErrorKind::OverQuota),
        ("452 4.3.1 no space\r\n", ErrorKind::OverQuota),
    ] {
        let turns = [(mail.as_str(), "250 ok\r\n250 ok\r\n"), ("DATA\r\n", "354 go\r\n"), (STUFFED, answer)];
        let failure = after_auth(&to, &turns).await.0.unwrap_err();
        assert_eq!((failure.error.kind, failure.maybe_sent), (kind, false), "{answer:?}");
    }
}

#[tokio::test]
async fn a_message_over_size_is_refused_before_the_password_is_sent() {
    let mut big = options(envelope(&["b@c.test"]));
    big.envelope.size = 1001;
    let (outcome, rest) = play(big, &HELLO).await;
    let failure = outcome.unwrap_err();
    assert_eq!(failure.error.kind, ErrorKind::TooBig);
    assert!(failure.error.detail.contains("1000"));
    assert_eq!(rest, "QUIT\r\n");
}

#[tokio::test]
async fn wrong_password() {
    let (outcome, _) =
        play(options(envelope(&["b@c.test"])), &[HELLO[0], HELLO[1], (AUTH, "535 no\r\n")]).await;
    assert_eq!(outcome.unwrap_err().error.kind, ErrorKind::WrongPassword);
}

#[tokio::test]
async fn r16_no_password_in_clear() {
    let mut clear = options(envelope(&["b@c.test"]));
    clear.may_auth = false;
    let (outcome, rest) = play(clear, &HELLO).await;
    assert_eq!(outcome.unwrap_err().error.kind, ErrorKind::InsecureServer);
    assert_eq!(rest, "QUIT\r\n");
}

#[tokio::test]
async fn r16_replies_ahead_of_commands_are_refused() {
    let early = "250-me\r\n250 AUTH PLAIN\r\n235 ok\r\n";
    for turns in
        [vec![("", "220 hi\r\n250 AUTH PLAIN\r\n")], vec![("", "220 hi\r\n"), ("EHLO web.test\r\n", early)]]
    {
        let (outcome, rest) = play(options(envelope(&["b@c.test"])), &turns).await;
        assert_eq!(outcome.unwrap_err().error.kind, ErrorKind::Protocol);
        assert!(!rest.contains("AUTH"), "{rest}");
    }
}

#[tokio::test]
async fn a_cut_after_the_final_dot_leaves_it_open_whether_it_was_sent() {
    let to = ["b@c.test"];
    let mail = mail(&to);
    let head = [(mail.as_str(), "250 ok\r\n250 ok\r\n"), ("DATA\r\n", "354 go\r\n")];
    for answer in ["", "25", "nonsense\r\n", "354 again\r\n"] {
        let turns = [head[0], head[1], (STUFFED, answer)];
        let failure = after_auth(&to, &turns).await.0.unwrap_err();
        assert_eq!((failure.error.kind, failure.maybe_sent), (ErrorKind::SendUnknown, true), "{answer:?}");
    }
    // Before it, nothing was sent.
    let failure = after_auth(&to, &[head[0], ("DATA\r\n", "")]).await.0.unwrap_err();
    assert_eq!((failure.error.kind, failure.maybe_sent), (ErrorKind::Disconnected, false));
}

#[tokio::test]
async fn an_incomplete_message_is_never_ended() {
    let to = ["b@c.test"];
    let mail = mail(&to);
    let mut turns = HELLO.to_vec();
    turns.extend([(AUTH, "235 ok\r\n"), (mail.as_str(), "250 ok\r\n250 ok\r\n"), ("DATA\r\n", "354 go\r\n")]);
    let short = Bytes::from_static(b"Subject: h");
    let gone = ApiError::new(ErrorKind::UploadGone);
    for (chunks, kind) in [
        (vec![Ok(short.clone())], ErrorKind::Internal),
        (vec![Ok(short.clone()), Err(gone)], ErrorKind::UploadGone),
        (vec![Ok(short), Ok(Bytes::from_static(BODY.as_bytes()))], ErrorKind::Internal),
    ] {
        let (outcome, rest) = play_body(options(envelope(&to)), &turns, chunks).await;
        let failure = outcome.unwrap_err();
        assert_eq!((failure.error.kind, failure.maybe_sent), (kind, false));
        assert!(!rest.contains("\r\n.\r\n") && !rest.contains("QUIT"), "{rest:?}");
    }
}

#[tokio::test]
async fn a_server_that_stops_reading_in_the_middle_is_heard() {
    let to = ["b@c.test"];
    let size = 4 << 20;
    let mut options = options(envelope(&to));
    options.envelope.size = size;
    let (client, mut server) = tokio::io::duplex(4096);
    let (feed, body) = mpsc::channel(1);
    let script = async move {
        for (expected, answer) in [
            ("", "220 hi\r\n"),
            ("EHLO web.test\r\n", "250 me\r\n"),
            ("MAIL FROM:<ada@blue.test>\r\n", "250 ok\r\n"),
            ("RCPT TO:<b@c.test>\r\n", "250 ok\r\n"),
            ("DATA\r\n", "354 go\r\n"),
        ] {
            expect(&mut server, expected).await;
            server.write_all(answer.as_bytes()).await.unwrap();
        }
        let mut some = vec![0; 100_000];
        server.read_exact(&mut some).await.unwrap();
        server.write_all(b"552 5.3.4 too big after all\r\n").await.unwrap();
    };
    let feeder = async move {
        for _ in 0..64 {
            if feed.send(Ok(Bytes::from(vec![b'a'; 64 << 10]))).await.is_err() {
                return;
            }
        }
    };
    let told = Mutex::new(0);
    let progress = |n: u64| *told.lock().unwrap() = n;
    let dialogue = Dialogue::new(options, Instant::now());
    let ((_, outcome), (), ()) = tokio::join!(converse(client, dialogue, body, &progress), script, feeder);
    let failure = outcome.unwrap_err();
    assert_eq!((failure.error.kind, failure.maybe_sent), (ErrorKind::TooBig, false));
    assert!((1..size).contains(&told.into_inner().unwrap()));
}

#[test]
fn silence_ends_in_time() {
    let start = Instant::now();
    let mut dialogue = Dialogue::new(options(envelope(&["b@c.test"])), start);
    assert_eq!(dialogue.poll_timeout(), start + Duration::from_secs(15));
    dialogue.handle_timeout(start + Duration::from_secs(14));
    assert!(dialogue.take_outcome().is_none());
    dialogue.handle_timeout(start + Duration::from_secs(15));
    let failure = dialogue.take_outcome().unwrap().unwrap_err();
    assert_eq!((failure.error.kind, failure.maybe_sent), (ErrorKind::ServerTimeout, false));
}

#[tokio::test]
async fn addresses_beyond_ascii_need_smtputf8() {
    let to = ["편지@메일.test"];
    let (outcome, _) = play(options(envelope(&to)), &HELLO).await;
    assert_eq!(outcome.unwrap_err().error.kind, ErrorKind::Unsupported);
    let offers = "250-me\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";
    let (outcome, _) = play(
        options(envelope(&to)),
        &[
            ("", "220 hi\r\n"),
            ("EHLO web.test\r\n", offers),
            ("MAIL FROM:<ada@blue.test> BODY=8BITMIME SMTPUTF8\r\n", "250 ok\r\n"),
            ("RCPT TO:<편지@메일.test>\r\n", "250 ok\r\n"),
            ("DATA\r\n", "354 go\r\n"),
            (STUFFED, "250 ok\r\n"),
        ],
    )
    .await;
    assert!(outcome.is_ok());
}
