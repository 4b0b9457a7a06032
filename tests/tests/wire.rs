//! The whole way from the wire to a mail server and back: one suite, run on the sandbox and on Dovecot + Postfix.
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::compose::{FindSent, Send};
use pyeonji_shared::call::list::{FolderSnapshot, Open, Window};
use pyeonji_shared::call::organise::{Destination, Move, SetFlags};
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::search::Search;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::draft::{Attachment, AttachmentSource, Draft, SentCopy};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::event::Event;
use pyeonji_shared::folder::FolderDelta;
use pyeonji_shared::ids::{BlobId, FolderName, MessageRef, MessageSet};
use pyeonji_shared::message::{Address, Flags};
use pyeonji_shared::query::Query;
use pyeonji_tests::client::{Browserless, Wire, body_bytes};
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};
use pyeonji_tests::{gateway, seed};

/// A gateway in front of some backend, with both users able to sign in.
struct Stage {
    url: String,
    ada: (String, String),
    bora: (String, String),
}

impl Stage {
    async fn sign_in(&self, who: &(String, String)) -> (Browserless, Wire) {
        let mut http = Browserless::new(&self.url);
        http.sign_in(&who.0, &who.1).await.expect("signed in");
        let wire = http.connect(None).await.expect("welcome");
        (http, wire)
    }
}

fn snapshot(wire: &Wire) -> &FolderSnapshot {
    wire.welcome.snapshot.as_ref().and_then(|s| s.open.as_ref()).expect("the open folder in the snapshot")
}

fn person(email: &str) -> Address {
    Address { name: String::new(), email: email.into(), suspicious: false }
}

async fn open(wire: &mut Wire, folder: &str) -> FolderSnapshot {
    match wire.call(Call::Open(Open { folder: FolderName(folder.into()), rows: 50 })).await {
        Ok(Reply::Open(snapshot)) => snapshot,
        other => panic!("open {folder}: {other:?}"),
    }
}

/// Everything a person does in a short visit. Returns how many steps ran.
async fn suite(stage: &Stage) {
    let (http, mut ada) = stage.sign_in(&stage.ada).await;
    reads(&http, &mut ada).await;
    organises(&mut ada).await;
    searches(&mut ada).await;
    let (_, mut bora) = stage.sign_in(&stage.bora).await;
    sends(&http, &mut ada, &mut bora, &stage.bora.0).await;
    refuses(&mut ada).await;
    resumes(&http, ada).await;
}

async fn reads(http: &Browserless, ada: &mut Wire) {
    let inbox = snapshot(ada).clone();
    assert!(inbox.exists >= 60, "a seeded inbox has {} messages", inbox.exists);
    assert_eq!(inbox.rows.len(), 50);
    assert!(inbox.rows.iter().all(|r| r.seq.0 > inbox.exists - 50), "the newest fifty");
    let folders = &ada.welcome.snapshot.as_ref().expect("snapshot").folders;
    for special in [SpecialUse::Inbox, SpecialUse::Sent, SpecialUse::Trash, SpecialUse::Drafts] {
        assert!(folders.iter().any(|f| f.special == Some(special)), "{special:?} is known");
    }
    let oldest =
        Window { folder: inbox.folder.clone(), validity: inbox.validity, offset: inbox.exists - 10, len: 10 };
    match ada.call(Call::Window(oldest)).await {
        Ok(Reply::Window(window)) => {
            let mut seqs: Vec<u32> = window.rows.iter().map(|r| r.seq.0).collect();
            seqs.sort_unstable();
            assert_eq!(seqs, (1..=10).collect::<Vec<_>>());
        }
        other => panic!("{other:?}"),
    }
    let row = inbox.rows.iter().find(|r| r.summary.attachment).expect("one with an attachment");
    let at = MessageRef { folder: inbox.folder.clone(), validity: inbox.validity, uid: row.summary.uid };
    let Ok(Reply::Read(view)) = ada.call(Call::Read(Read { at: at.clone(), background: false })).await else {
        panic!("read")
    };
    assert_eq!(view.subject, row.summary.subject);
    let html = view.html.as_ref().map_or("", |h| h.0.as_str());
    assert!(!html.contains("<script") && !html.contains("onclick"), "{html}");
    let part = view.parts.iter().find(|p| !p.inline).expect("a listed attachment");
    let path = format!(
        "/api/part?s={}&folder={}&validity={}&uid={}&section={}",
        ada.session().hex(),
        at.folder.0,
        at.validity.0,
        at.uid.0,
        part.section
    );
    let response = http.get(&path).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-disposition"].to_str().expect("text").starts_with("attachment"));
    assert!(!body_bytes(response).await.is_empty());
    let raw = http
        .get(&path.replace("/api/part", "/api/raw").replace(&format!("&section={}", part.section), ""))
        .await;
    assert_eq!(raw.status(), 200);
    let source = body_bytes(raw).await;
    assert!(source.windows(8).any(|w| w.eq_ignore_ascii_case(b"subject:")), "the source has headers");
}

async fn organises(ada: &mut Wire) {
    let inbox = open(ada, "INBOX").await;
    let row = inbox
        .rows
        .iter()
        .find(|r| !r.summary.flags.contains(Flags::FLAGGED))
        .expect("an unstarred one")
        .clone();
    let set =
        MessageSet { folder: inbox.folder.clone(), validity: inbox.validity, uids: vec![row.summary.uid] };
    let star = SetFlags { set: set.clone(), add: Flags::FLAGGED, remove: Flags::default() };
    assert_eq!(ada.call(Call::SetFlags(star)).await, Ok(Reply::Ok));
    let again = open(ada, "INBOX").await;
    let starred = again.rows.iter().find(|r| r.summary.uid == row.summary.uid).expect("still there");
    assert!(starred.summary.flags.contains(Flags::FLAGGED));

    let archive = Move { set: set.clone(), to: Destination::Special(SpecialUse::Archive) };
    let Ok(Reply::Moved(moved)) = ada.call(Call::Move(archive)).await else { panic!("archive") };
    assert_eq!(open(ada, "INBOX").await.exists, inbox.exists - 1);
    let copied = moved.copied.expect("UIDPLUS says where it went");
    let back = Move {
        set: MessageSet {
            folder: moved.to,
            validity: copied.validity,
            uids: copied.uids.iter().map(|u| u.1).collect(),
        },
        to: Destination::Folder(inbox.folder.clone()),
    };
    assert!(matches!(ada.call(Call::Move(back)).await, Ok(Reply::Moved(_))));
    let restored = open(ada, "INBOX").await;
    assert_eq!(restored.exists, inbox.exists);
    assert!(
        restored
            .rows
            .iter()
            .any(|r| r.summary.subject == row.summary.subject && r.summary.flags.contains(Flags::FLAGGED))
    );
}

async fn searches(ada: &mut Wire) {
    let inbox = open(ada, "INBOX").await;
    let wanted = &inbox.rows.last().expect("rows").summary.subject;
    let word = wanted.split_whitespace().max_by_key(|w| w.len()).expect("a word");
    let query = Query::parse(&format!("subject:\"{word}\"")).expect("a query");
    let search = Search { folder: inbox.folder.clone(), validity: inbox.validity, query, rows: 50 };
    let Ok(Reply::Search(found)) = ada.call(Call::Search(search)).await else { panic!("search") };
    assert!(!found.uids.is_empty(), "{word} is found");
    assert!(found.uids.windows(2).all(|w| w[0] > w[1]), "newest first");
}

async fn sends(http: &Browserless, ada: &mut Wire, bora: &mut Wire, to: &str) {
    let bytes: Vec<u8> = (0..100_000u32).map(|n| (n * 7 % 251) as u8).collect();
    let response = http
        .post(
            "/api/upload?name=%ED%91%9C.bin&type=application/octet-stream",
            "application/octet-stream",
            bytes.clone(),
        )
        .await;
    assert_eq!(response.status(), 200);
    let answer: serde_json::Value = serde_json::from_slice(&body_bytes(response).await).expect("JSON");
    let blob = BlobId::from_hex(answer["id"].as_str().expect("id")).expect("hex");
    let draft = Draft {
        message_id: "<wire-1@blue.test>".into(),
        to: vec![person(to)],
        subject: "점심 약속 — lunch".into(),
        text: "첫 줄\n.\n.. dots\nlast".into(),
        attachments: vec![Attachment {
            name: "표.bin".into(),
            mime: "application/octet-stream".into(),
            source: AttachmentSource::Upload(blob),
        }],
        ..Draft::default()
    };
    let send = Call::Send(Send { draft, again: false, replaces: None });
    let Ok(Reply::Sent(sent)) = ada.call(send).await else { panic!("send") };
    assert!(sent.recipients.iter().all(|r| r.accepted));
    assert!(matches!(sent.copy, SentCopy::Filed { .. } | SentCopy::FiledByServer { .. }), "{:?}", sent.copy);
    // A message from ada to bora arrives by itself.
    let (folder, validity, row) = bora
        .event(|event| match event {
            Event::Folder { folder, validity, delta: FolderDelta::Arrived { rows, .. } } => rows
                .iter()
                .find(|r| r.summary.subject == "점심 약속 — lunch")
                .map(|r| (folder.clone(), *validity, r.clone())),
            _ => None,
        })
        .await;
    let at = MessageRef { folder, validity, uid: row.summary.uid };
    let Ok(Reply::Read(view)) = bora.call(Call::Read(Read { at, background: false })).await else {
        panic!("read")
    };
    assert_eq!(view.text.trim_end(), "첫 줄\n.\n.. dots\nlast");
    assert_eq!(view.parts[0].name, "표.bin");
    let found = ada.call(Call::FindSent(FindSent { message_id: "<wire-1@blue.test>".into() })).await;
    assert!(matches!(found, Ok(Reply::FoundSent(Some(_)))), "{found:?}");
    let sent_folder = ada
        .welcome
        .snapshot
        .as_ref()
        .expect("snapshot")
        .folders
        .iter()
        .find(|f| f.special == Some(SpecialUse::Sent));
    let name = sent_folder.expect("Sent").name.0.clone();
    let copies = open(ada, &name).await;
    let same =
        copies.rows.iter().filter(|r| r.summary.message_id.as_deref() == Some("<wire-1@blue.test>")).count();
    assert_eq!(same, 1, "exactly one copy");
}

async fn refuses(ada: &mut Wire) {
    let draft = Draft {
        message_id: "<wire-2@blue.test>".into(),
        to: vec![person("nobody-of-that-name@green.test")],
        subject: "x".into(),
        text: "x".into(),
        ..Draft::default()
    };
    let error =
        ada.call(Call::Send(Send { draft, again: false, replaces: None })).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::RecipientRefused);
    assert!(error.detail.contains("nobody-of-that-name@green.test"), "{}", error.detail);
    let found = ada.call(Call::FindSent(FindSent { message_id: "<wire-2@blue.test>".into() })).await;
    assert_eq!(found, Ok(Reply::FoundSent(None)));
}

async fn resumes(http: &Browserless, ada: Wire) {
    let resume = ada.cut();
    let session = resume.session;
    let mut wire = http.connect(Some(resume)).await.expect("welcome back");
    assert!(wire.welcome.resumed && wire.session() == session, "the parked session goes on");
    assert!(matches!(wire.call(Call::Refresh).await, Ok(Reply::Ok)));
    assert_eq!(http.post("/api/logout", "application/json", b"{}".to_vec()).await.status(), 200);
    assert!(http.connect(None).await.is_err(), "signed out everywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn suite_on_the_sandbox() {
    let (running, sandbox) = gateway::start_with_sandbox().await;
    let who = |n: usize| (sandbox.accounts[n].address.clone(), sandbox.accounts[n].password.clone());
    let stage = Stage { url: running.url.clone(), ada: who(0), bora: who(1) };
    suite(&stage).await;
    running.stop().await;
}

async fn on_dovecot(security: Security) {
    let host = MailHost::start();
    let mail = seed::many(80, ADA.0);
    host.dovecot.put(ADA.0, "", mail.iter().map(|(bytes, flags)| (bytes.as_slice(), *flags)));
    let running = gateway::start(vec![gateway::provider_of(&host, security)]).await;
    let own = |who: (&str, &str)| (who.0.to_owned(), who.1.to_owned());
    suite(&Stage { url: running.url.clone(), ada: own(ADA), bora: own(BORA) }).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suite_on_dovecot_in_clear() {
    on_dovecot(Security::Plain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suite_on_dovecot_by_starttls() {
    on_dovecot(Security::StartTls).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suite_on_dovecot_inside_tls() {
    on_dovecot(Security::Implicit).await;
}
