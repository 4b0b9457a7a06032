//! From the wire to a mail server that misbehaves: full mailboxes, refusals, lost connections, restarts, hostile mail.
use pyeonji_gateway::app::Running;
use pyeonji_gateway::sandbox::clock::Clock;
use pyeonji_gateway::sandbox::flags::Flags as Marks;
use pyeonji_gateway::sandbox::limit::Bounds;
use pyeonji_gateway::sandbox::{self, Options, Sandbox};
use pyeonji_shared::account::UpstreamState;
use pyeonji_shared::call::compose::{FindSent, SaveDraft, Send};
use pyeonji_shared::call::list::{FolderSnapshot, Open, Window};
use pyeonji_shared::call::organise::Delete;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::draft::{Draft, SentCopy};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use pyeonji_shared::folder::FolderDelta;
use pyeonji_shared::ids::{FolderName, MessageRef, MessageSet};
use pyeonji_shared::message::{Address, MessageView, ViewNote};
use pyeonji_tests::client::{Browserless, Wire};
use pyeonji_tests::gateway;
use std::sync::Arc;

async fn stage(options: Options) -> (Running, sandbox::Running) {
    let sandbox = Sandbox::start(options).await.expect("the sandbox starts");
    let running = gateway::start(sandbox.providers().into_iter().map(Arc::new).collect()).await;
    (running, sandbox)
}

async fn sign_in(gateway: &Running, sandbox: &sandbox::Running, who: usize) -> Wire {
    let account = &sandbox.accounts[who];
    let mut http = Browserless::new(&gateway.url);
    http.sign_in(&account.address, &account.password).await.expect("signed in");
    http.connect(None).await.expect("welcome")
}

async fn open(wire: &mut Wire, folder: &str) -> FolderSnapshot {
    match wire.call(Call::Open(Open { folder: FolderName(folder.into()), rows: 50 })).await {
        Ok(Reply::Open(snapshot)) => snapshot,
        other => panic!("open {folder}: {other:?}"),
    }
}

async fn read(wire: &mut Wire, at: MessageRef) -> MessageView {
    match wire.call(Call::Read(Read { at: at.clone(), background: false })).await {
        Ok(Reply::Read(view)) => *view,
        other => panic!("read {at:?}: {other:?}"),
    }
}

fn letter(number: u32, to: &str) -> Draft {
    Draft {
        message_id: format!("<trouble-{number}@blue.test>"),
        to: vec![Address { name: String::new(), email: to.into(), suspicious: false }],
        subject: format!("Trouble {number}"),
        text: "Some words.".into(),
        ..Draft::default()
    }
}

async fn send(wire: &mut Wire, draft: Draft) -> Result<Reply, ApiError> {
    wire.call(Call::Send(Send { draft, again: false, replaces: None })).await
}

/// Messages of an account's folder, as the server has them.
fn count(sandbox: &sandbox::Running, address: &str, folder: &str) -> usize {
    let account = sandbox.world.account(address).expect("account");
    account.with(|store| store.folder(folder).expect("folder").messages.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_seeded_message_opens() {
    let (gateway, sandbox) = stage(Options { large_folder: 60, ..Options::default() }).await;
    let (mut opened, mut hostile) = (0, 0);
    for who in 0..2 {
        let mut wire = sign_in(&gateway, &sandbox, who).await;
        let folders = wire.welcome.snapshot.as_ref().expect("snapshot").folders.clone();
        for folder in folders.iter().filter(|f| f.selectable) {
            let snapshot = open(&mut wire, &folder.name.0).await;
            for offset in (0..snapshot.exists).step_by(50) {
                let window =
                    Window { folder: folder.name.clone(), validity: snapshot.validity, offset, len: 50 };
                let Ok(Reply::Window(window)) = wire.call(Call::Window(window)).await else {
                    panic!("window of {}", folder.name.0)
                };
                assert_eq!(window.rows.len() as u32, (snapshot.exists - offset).min(50));
                for row in window.rows {
                    let summary = row.summary;
                    assert!(!summary.broken, "{}", summary.subject);
                    let at = MessageRef {
                        folder: folder.name.clone(),
                        validity: snapshot.validity,
                        uid: summary.uid,
                    };
                    let view = read(&mut wire, at).await;
                    assert_eq!(view.subject, summary.subject);
                    assert!(!view.notes.contains(&ViewNote::ShownRaw), "{}", view.subject);
                    assert!(!view.text.trim().is_empty(), "{}", view.subject);
                    opened += 1;
                    if view.subject.starts_with("You won!") {
                        hostile += 1;
                        let html = view.html.expect("HTML").0.to_lowercase();
                        for word in
                            ["<script", "onerror", "onload", "<form", "<iframe", "javascript:", "http-equiv"]
                        {
                            assert!(!html.contains(word), "{word} in {html}");
                        }
                    }
                    if view.subject == "반납일 안내 (똠방각하)" {
                        assert!(view.text.contains("똠방각하, 뷁"), "{}", view.text);
                    }
                }
            }
        }
    }
    println!("counts: seeded messages: {opened} opened, {hostile} of them hostile");
    assert!(opened > 400 && hostile == 4, "{opened} {hostile}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jumps_anywhere_in_a_large_folder() {
    let (gateway, sandbox) = stage(Options::default()).await;
    let mut wire = sign_in(&gateway, &sandbox, 0).await;
    let snapshot = open(&mut wire, "Reports").await;
    assert_eq!(snapshot.exists, 8_000);
    for offset in [7_950, 4_000, 0, 1_234] {
        let window = Window { folder: snapshot.folder.clone(), validity: snapshot.validity, offset, len: 50 };
        let Ok(Reply::Window(window)) = wire.call(Call::Window(window)).await else { panic!("window") };
        let mut seqs: Vec<u32> = window.rows.iter().map(|r| r.seq.0).collect();
        seqs.sort_unstable();
        let newest = 8_000 - offset;
        assert_eq!(seqs, (newest - 49..=newest).collect::<Vec<_>>());
    }
    // The server was asked for the rows of those windows, one of which the opening had, and for no others.
    let account = sandbox.world.account(&sandbox.accounts[0].address).expect("an account");
    let messages = account.with(|store| store.folder("Reports").expect("the folder").messages.clone());
    let looked_at = messages.iter().filter(|message| message.content.is_looked_at()).count();
    assert_eq!((messages.len(), looked_at), (8_000, 200));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_lost_answers_are_told_as_what_they_are() {
    let (gateway, sandbox) = stage(Options { seeded: false, ..Options::default() }).await;
    let mut wire = sign_in(&gateway, &sandbox, 0).await;
    for (number, (tag, kind, words)) in [
        ("550", ErrorKind::RecipientRefused, "takes no mail"),
        ("451", ErrorKind::RecipientRefused, "try again later"),
        ("drop", ErrorKind::SendUnknown, ""),
        ("dropsent", ErrorKind::SendUnknown, ""),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u32;
        let error = send(&mut wire, letter(number, &format!("bora+{tag}@green.test"))).await.expect_err(tag);
        assert_eq!(error.kind, kind, "{tag}: {error}");
        assert!(error.detail.contains(words), "{tag}: {error}");
        let find = FindSent { message_id: format!("<trouble-{number}@blue.test>") };
        assert_eq!(wire.call(Call::FindSent(find)).await, Ok(Reply::FoundSent(None)), "{tag}");
    }
    let elsewhere = send(&mut wire, letter(9, "somebody@elsewhere.example")).await.expect_err("no relay");
    assert_eq!(elsewhere.kind, ErrorKind::RecipientRefused);
    assert!(elsewhere.detail.contains("own domains"), "{elsewhere}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_mailbox_is_said_and_nothing_is_lost() {
    let bounds = Bounds { quota_bytes: 6_000, ..Bounds::default() };
    let (gateway, sandbox) = stage(Options { seeded: false, bounds, ..Options::default() }).await;
    let ada = sandbox.world.account("ada@blue.test").expect("ada").clone();
    for name in ["Drafts", "Sent", "Trash"] {
        ada.with(|store| store.create(name, None)).expect("folder");
    }
    let raw = bytes::Bytes::from(vec![b'x'; 5_500]);
    sandbox.world.deliver(&ada, "INBOX", Marks::default(), raw).expect("room");
    let mut wire = sign_in(&gateway, &sandbox, 0).await;
    let draft = Draft { text: "x".repeat(1_000), ..letter(1, "bora@green.test") };
    let save = Call::SaveDraft(SaveDraft { draft: draft.clone(), replaces: None });
    let error = wire.call(save).await.expect_err("no room");
    assert_eq!(error.kind, ErrorKind::OverQuota, "{error}");
    // Sent all the same; only the copy could not be kept, and that is said.
    match send(&mut wire, draft).await {
        Ok(Reply::Sent(sent)) => assert!(
            matches!(&sent.copy, SentCopy::Failed { error } if error.kind == ErrorKind::OverQuota),
            "{:?}",
            sent.copy
        ),
        other => panic!("{other:?}"),
    }
    let error = send(&mut wire, Draft { text: "x".repeat(7_000), ..letter(2, "bora@green.test") }).await;
    assert_eq!(error.expect_err("bora's mailbox is too small").kind, ErrorKind::OverQuota);
    let error = send(&mut wire, letter(3, "bora+552@green.test")).await.expect_err("full");
    assert!(matches!(error.kind, ErrorKind::OverQuota | ErrorKind::RecipientRefused), "{error}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_past_size_is_refused_before_it_travels() {
    let bounds = Bounds { message_bytes: 20_000, ..Bounds::default() };
    let (gateway, sandbox) = stage(Options { seeded: false, bounds, ..Options::default() }).await;
    let mut wire = sign_in(&gateway, &sandbox, 0).await;
    let error = send(&mut wire, Draft { text: "x".repeat(30_000), ..letter(1, "bora@green.test") }).await;
    assert_eq!(error.expect_err("too big").kind, ErrorKind::TooBig);
    assert_eq!(count(&sandbox, "bora@green.test", "INBOX"), 0);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_programs_do_is_pushed() {
    let (gateway, sandbox) = stage(Options { seeded: false, ..Options::default() }).await;
    let ada = sandbox.world.account("ada@blue.test").expect("ada").clone();
    let mut wire = sign_in(&gateway, &sandbox, 0).await;
    let raw = "From: a@b.test\r\nSubject: =?UTF-8?B?7IOIIO2OuOyngA==?=\r\n\r\nnew\r\n";
    let uid = sandbox.world.deliver(&ada, "INBOX", Marks::default(), raw.into()).expect("delivered");
    let subject = wire
        .event(|event| match event {
            Event::Folder { delta: FolderDelta::Arrived { rows, .. }, .. } => {
                rows.first().map(|r| r.summary.subject.clone())
            }
            _ => None,
        })
        .await;
    assert_eq!(subject, "새 편지");
    let validity = ada.with(|store| {
        let folder = store.folder_mut("INBOX").expect("INBOX");
        let mut marks = Marks::default();
        marks.set(sandbox::flags::FLAGGED);
        folder.set_flags(uid, marks);
        let validity = folder.validity;
        store.version += 1;
        validity
    });
    wire.event(|event| match event {
        Event::Folder { delta: FolderDelta::Flags { changes, .. }, .. } => {
            changes.iter().any(|c| c.uid.0 == uid).then_some(())
        }
        _ => None,
    })
    .await;
    ada.with(|store| store.expunge(validity, &[uid]));
    wire.event(|event| match event {
        Event::Folder { delta: FolderDelta::Expunged { seqs, .. }, .. } => (seqs.len() == 1).then_some(()),
        _ => None,
    })
    .await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_is_gone_on_the_server() {
    let (gateway, sandbox) = stage(Options { large_folder: 0, ..Options::default() }).await;
    let mut wire = sign_in(&gateway, &sandbox, 0).await;
    let trash = open(&mut wire, "Trash").await;
    let uids = vec![trash.rows[0].summary.uid];
    let set = MessageSet { folder: trash.folder.clone(), validity: trash.validity, uids };
    assert_eq!(wire.call(Call::Delete(Delete { set })).await, Ok(Reply::Ok));
    assert_eq!(count(&sandbox, "ada@blue.test", "Trash") as u32, trash.exists - 1);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_mail_server_is_found_again() {
    let options = Options { large_folder: 0, clock: Clock::Fixed(1_790_000_000), ..Options::default() };
    let (gateway, sandbox) = stage(options.clone()).await;
    let mut wire = sign_in(&gateway, &sandbox, 0).await;
    let before = open(&mut wire, "INBOX").await;
    let (imap_port, smtp_port) = (sandbox.imap.port(), sandbox.smtp.port());
    sandbox.stop().await;
    wire.event(|event| match event {
        Event::Upstream(UpstreamState::Waiting { .. } | UpstreamState::Connecting) => Some(()),
        _ => None,
    })
    .await;
    // Another world in its place: the folders have other UIDVALIDITYs.
    let clock = Clock::Fixed(1_790_100_000);
    let sandbox = Sandbox::start(Options { imap_port, smtp_port, clock, ..options }).await.expect("again");
    wire.event(|event| match event {
        Event::Snapshot(snapshot) => (snapshot.upstream == UpstreamState::Online).then_some(()),
        Event::Upstream(UpstreamState::Online) => Some(()),
        _ => None,
    })
    .await;
    let after = open(&mut wire, "INBOX").await;
    assert!(after.validity != before.validity && after.rows.len() == 50);
    let old =
        MessageRef { folder: before.folder, validity: before.validity, uid: before.rows[0].summary.uid };
    let error = wire.call(Call::Read(Read { at: old, background: false })).await.expect_err("renumbered");
    assert!(matches!(error.kind, ErrorKind::ValidityChanged | ErrorKind::Gone), "{error}");
    gateway.stop().await;
    sandbox.stop().await;
}
