//! What the release program writes into its log at the lowest level, while people use it and others misuse it.
use pyeonji_shared::call::compose::Send;
use pyeonji_shared::call::list::Open;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::search::Search;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::draft::Draft;
use pyeonji_shared::frame::ClientFrame;
use pyeonji_shared::ids::{FolderName, MessageRef, RequestId};
use pyeonji_shared::lab::card::Ask;
use pyeonji_shared::message::Address;
use pyeonji_shared::query::Query;
use pyeonji_tests::client::{Browserless, body_bytes};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};

/// Of every kind of thing that must stay out of the log, one with a word that stands nowhere else.
const CANARIES: &[&str] = &[
    "canary-subject",
    "canary-sender",
    "canary-body",
    "canary-file",
    "canary-folder",
    "canary-search",
    "canary-recipient",
    "canary-sent",
    "canary-upload",
    "canary-wrong-password",
    "canary-unknown-user",
    "canary-garbage",
    ADA.0,
    ADA.1,
    BORA.0,
];

fn letter() -> Vec<u8> {
    "From: canary-sender <canary-sender@blue.test>\r\nTo: ada@blue.test\r\nSubject: canary-subject\r\n\
     Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>canary-body</p>\r\n\
     --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=canary-file.pdf\r\n\r\n\
     canary-body\r\n--b--\r\n"
        .into()
}

fn person(email: &str) -> Address {
    Address { name: String::new(), email: email.into(), suspicious: false }
}

/// A poison mail makes its reader fail, which is logged.
fn poison() -> Vec<u8> {
    let open = "Content-Type: message/rfc822\r\n\r\n".repeat(2_000);
    format!("Subject: canary-subject\r\n{open}canary-body\r\n").into_bytes()
}

async fn used(program: &Program) {
    let mut http = Browserless::new(&program.url);
    http.sign_in(ADA.0, "canary-wrong-password").await.expect_err("refused");
    http.sign_in("canary-unknown-user@blue.test", ADA.1).await.expect_err("refused");
    http.sign_in(ADA.0, ADA.1).await.expect("signed in");
    let mut wire = http.connect(None).await.expect("welcome");
    let recording = format!("/api/lab/wire?s={}", wire.session().hex());
    assert!(http.post(&recording, "", Vec::new()).await.status().is_success());
    let wrong = ("canary-unknown-user@blue.test".to_owned(), "canary-wrong-password".to_owned());
    for ask in [Ask::Own, Ask::Provider { address: wrong.0, password: Some(wrong.1) }] {
        let ask = postcard::to_allocvec(&ask).expect("bytes");
        let card = http.post("/api/lab/card", "application/octet-stream", ask).await;
        assert!(card.status().is_success() && !body_bytes(card).await.is_empty());
    }
    for folder in ["canary-folder", "canary-folder-that-is-not-there", "INBOX"] {
        let open = wire.call(Call::Open(Open { folder: FolderName(folder.into()), rows: 50 })).await;
        let Ok(Reply::Open(snapshot)) = open else { continue };
        for row in snapshot.rows {
            let (folder, validity) = (snapshot.folder.clone(), snapshot.validity);
            let at = MessageRef { folder: folder.clone(), validity, uid: row.summary.uid };
            let read = wire.call(Call::Read(Read { at: at.clone(), background: false })).await;
            assert!(matches!(read, Ok(Reply::Read(_))), "{read:?}");
            let query = Query::parse("canary-search \"canary-subject\"").expect("a query");
            wire.call(Call::Search(Search { folder, validity, query, rows: 50 })).await.expect("searched");
            for what in ["part", "raw"] {
                let path = format!(
                    "/api/{what}?s={}&folder={}&validity={}&uid={}&section=2",
                    wire.session().hex(),
                    at.folder.0,
                    at.validity.0,
                    at.uid.0
                );
                body_bytes(http.get(&path).await).await;
            }
        }
    }
    let upload = "/api/upload?name=canary-upload.bin&type=text/plain";
    body_bytes(http.post(upload, "application/octet-stream", b"canary-upload".to_vec()).await).await;
    for (n, to) in [(1, BORA.0), (2, "canary-recipient@green.test")] {
        let draft = Draft {
            message_id: format!("<canary-sent-{n}@blue.test>"),
            to: vec![person(to)],
            subject: "canary-sent".into(),
            text: "canary-sent".into(),
            ..Draft::default()
        };
        let sent = wire.call(Call::Send(Send { draft, again: false, replaces: None })).await;
        assert_eq!(sent.is_ok(), n == 1, "{sent:?}");
    }
    // What ends in an error or breaks the protocol is logged all the more readily.
    let image = format!("/api/image?s={}&u=http://canary-garbage.test/canary-garbage", wire.session().hex());
    body_bytes(http.get(&image).await).await;
    for path in ["/api/part?s=canary-garbage", "/canary-garbage?canary-garbage", "/ws?canary-garbage"] {
        body_bytes(http.get(path).await).await;
    }
    let mut stranger = http.clone();
    stranger.cookie = format!("{}canary-garbage", stranger.cookie);
    body_bytes(stranger.get("/ws").await).await;
    body_bytes(http.post("/api/login", "application/json", b"{\"canary-garbage\"".to_vec()).await).await;
    let id = RequestId(1);
    wire.send(&ClientFrame::Request { id, op: None, call: Call::Refresh }).await;
    wire.send_raw([&[1, 200, 200, 200][..], b"canary-garbage"].concat()).await;
    while wire.read().await.is_some() {}
    body_bytes(http.post("/api/logout", "application/json", b"{}".to_vec()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_the_log_holds_nothing_that_people_write_or_type() {
    let host = MailHost::start();
    let (letter, poison) = (letter(), poison());
    let both = || [(letter.as_slice(), ""), (poison.as_slice(), "")];
    host.dovecot.put(ADA.0, "", both());
    host.dovecot.put(ADA.0, "canary-folder", both());
    let program = Program::of(&host, Security::Implicit).loud();
    used(&program).await;
    let log = program.log();
    println!(
        "counts: log at the lowest level: {} lines, {} canaries, none in it",
        log.lines().count(),
        CANARIES.len()
    );
    for word in ["listening", "DEBUG", "cookie not accepted", "a page broke the protocol"] {
        assert!(log.contains(word), "the log is read, and says {word:?}: {log}");
    }
    for canary in CANARIES {
        let line = log.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary}");
    }
}
