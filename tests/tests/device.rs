//! Mail for the device over the wire: the list, sources under credit, what they say, removal, and copies of what was sent. On the
//! sandbox and on Dovecot.
use pyeonji_gateway::config::Endpoint;
use pyeonji_shared::call::compose::Send;
use pyeonji_shared::call::device::{Built, Fetched, Listing, Look, MailPart, Remove, Retrieve, Wanted};
use pyeonji_shared::call::{Call, ChunkPart, Reply};
use pyeonji_shared::draft::{Draft, SentCopy};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::frame::{ClientFrame, ServerFrame};
use pyeonji_shared::ids::RequestId;
use pyeonji_shared::message::Address;
use pyeonji_tests::client::{Browserless, Wire, body_bytes, body_text};
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};
use pyeonji_tests::{gateway, seed};
use sha2::{Digest, Sha256};
use std::sync::Arc;

async fn sign_in(url: &str, who: (&str, &str)) -> (Browserless, Wire) {
    let mut http = Browserless::new(url);
    http.sign_in_as(who.0, who.1, Some("pop3")).await.expect("signed in");
    let wire = http.connect(None).await.expect("welcome");
    let snapshot = wire.welcome.snapshot.as_ref().expect("a snapshot");
    let abilities = snapshot.account.capabilities;
    assert!(abilities.device && !abilities.server_folders && !abilities.server_flags && !abilities.push);
    assert!(snapshot.folders.is_empty() && snapshot.open.is_none());
    (http, wire)
}

async fn look(wire: &mut Wire) -> Listing {
    match wire.call(Call::Look(Look { seen: None })).await {
        Ok(Reply::Listing(listing)) => *listing,
        other => panic!("{other:?}"),
    }
}

/// Sources and what they say, in the order asked for.
async fn retrieve(wire: &mut Wire, items: Vec<Wanted>) -> Vec<(Vec<u8>, Fetched)> {
    let call = Call::Retrieve(Retrieve { items });
    collect(wire, call).await
}

async fn collect(wire: &mut Wire, call: Call) -> Vec<(Vec<u8>, Fetched)> {
    wire.chunks.clear();
    assert_eq!(wire.call(call).await, Ok(Reply::Ok));
    let mut all = Vec::new();
    let mut source = Vec::new();
    for part in std::mem::take(&mut wire.chunks) {
        let ChunkPart::Mail(MailPart { item, bytes, end }) = part else { continue };
        assert_eq!(item as usize, all.len(), "one after the other");
        source.extend(bytes);
        if let Some(end) = end {
            all.push((std::mem::take(&mut source), *end.expect("a message")));
        }
    }
    assert!(source.is_empty(), "a message without an end");
    all
}

fn whole(listing: &Listing) -> Vec<Wanted> {
    listing.messages.iter().map(|m| Wanted { uidl: m.uidl.clone(), lines: None }).collect()
}

/// Everything a device asks for. `url` is of a gateway that offers both types for these two.
async fn suite(url: &str, ada: (&str, &str), bora: (&str, &str)) {
    let types = Browserless::new(url);
    let domain = ada.0.rsplit_once('@').map_or("", |(_, d)| d);
    let offered = body_text(types.get(&format!("/api/account-types?domain={domain}")).await).await;
    assert_eq!(offered, r#"{"types":["imap","pop3"]}"#);

    let (http, mut wire) = sign_in(url, ada).await;
    let listing = look(&mut wire).await;
    assert!(listing.messages.len() >= 20 && listing.heads, "{} messages", listing.messages.len());
    let some: Vec<Wanted> = whole(&listing).into_iter().take(20).collect();
    let mail = retrieve(&mut wire, some.clone()).await;
    assert_eq!(mail.len(), 20);
    for (source, fetched) in &mail {
        assert_eq!(fetched.size, source.len() as u64);
        assert_eq!(fetched.digest, <[u8; 32]>::from(Sha256::digest(source)));
        for span in &fetched.spans {
            assert!(span.start <= span.end && span.end <= fetched.size, "{span:?}");
        }
        // Read again from its source, it says the same.
        let again = http.post("/api/render", "application/octet-stream", source.clone()).await;
        let again: Fetched = postcard::from_bytes(&body_bytes(again).await).expect("a Fetched");
        assert_eq!(&again, fetched);
    }

    // A head is shorter than the whole, and says who wrote what.
    let head = retrieve(&mut wire, vec![Wanted { lines: Some(0), ..some[0].clone() }]).await;
    assert!(head[0].0.len() < mail[0].0.len());
    assert_eq!(head[0].1.view.subject, mail[0].1.view.subject);

    credit(&mut wire, &some).await;
    removes(&mut wire, &listing).await;
    sends(&http, &mut wire, bora.0).await;
}

/// Without credit nothing comes, and with one as much as one.
async fn credit(wire: &mut Wire, some: &[Wanted]) {
    let id = RequestId(10_000);
    let call = Call::Retrieve(Retrieve { items: some[..3].to_vec() });
    wire.send(&ClientFrame::Request { id, op: None, call }).await;
    let mut chunks = 0;
    for given in 1..=4 {
        wire.send(&ClientFrame::Credit { id, n: 1 }).await;
        // Frames are in order: what a credit lets go comes before the refusal of another request made after it.
        match wire.read().await.expect("a frame") {
            ServerFrame::Chunk { part: ChunkPart::Mail(_), .. } => chunks += 1,
            ServerFrame::Done { result, .. } => {
                assert_eq!((result, given), (Ok(Reply::Ok), 4));
                assert_eq!(chunks, 3);
                return;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("{chunks} chunks and no end");
}

async fn removes(wire: &mut Wire, listing: &Listing) {
    let gone = listing.messages[0].uidl.clone();
    let call = Call::Remove(Remove { uidls: vec![gone.clone()] });
    // The numbers of this connection went up by hand.
    let op = Some(pyeonji_shared::ids::OpId([9; 16]));
    let id = RequestId(10_001);
    wire.send(&ClientFrame::Request { id, op, call: call.clone() }).await;
    loop {
        match wire.read().await.expect("a frame") {
            ServerFrame::Done { id: of, result } if of == id => {
                assert!(
                    matches!(result, Ok(Reply::Removed(r)) if r.removed == [gone.clone()] && r.missing.is_empty())
                );
                break;
            }
            ServerFrame::Bye { reason } => panic!("{reason:?}"),
            _ => {}
        }
    }
    // Asked again under the same name it is answered from memory, and nothing is done twice.
    let id = RequestId(10_002);
    wire.send(&ClientFrame::Request { id, op, call }).await;
    let ServerFrame::Done { result: Ok(Reply::Removed(again)), .. } = wire.read().await.expect("a frame")
    else {
        panic!("no memory of the removal")
    };
    assert_eq!(again.removed, [gone]);
}

/// What is sent has its copy on the device, the same octets but for Bcc.
async fn sends(http: &Browserless, old: &mut Wire, to: &str) {
    let _ = old;
    let mut wire = http.connect(None).await.expect("welcome");
    let draft = Draft {
        message_id: "<device-copy@blue.test>".into(),
        to: vec![Address { email: to.into(), ..Address::default() }],
        subject: "From the device / 기기에서".into(),
        text: "Only here.".into(),
        ..Draft::default()
    };
    let send = |again| Call::Send(Send { draft: draft.clone(), again, replaces: None });
    let Ok(Reply::Sent(sent)) = wire.call(send(false)).await else { panic!("not sent") };
    assert_eq!((sent.copy, sent.already), (SentCopy::OnDevice, false));
    let copy = collect(&mut wire, Call::Built(Built { draft: draft.clone(), date: Some(sent.date) })).await;
    assert_eq!(copy.len(), 1);
    let view = &copy[0].1.view;
    assert_eq!((view.subject.as_str(), view.sent), ("From the device / 기기에서", Some(sent.date)));
    assert_eq!(view.message_id.as_deref(), Some("<device-copy@blue.test>"));
    // There is no Sent to look into: a try whose outcome isn't known is not repeated behind anybody's back.
    let again = wire.call(send(true)).await.expect_err("nobody knows");
    assert_eq!(again.kind, ErrorKind::SendUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_gives_its_mail_to_the_device() {
    let (running, sandbox) = gateway::start_with_sandbox().await;
    let who = |n: usize| (sandbox.accounts[n].address.as_str(), sandbox.accounts[n].password.as_str());
    suite(&running.url, who(0), who(1)).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dovecot_gives_its_mail_to_the_device() {
    let host = MailHost::start();
    let mail = seed::many(80, ADA.0);
    host.dovecot.put(ADA.0, "", mail.iter().map(|(m, f)| (m.as_slice(), *f)));
    let mut provider = (*gateway::provider_of(&host, Security::Implicit)).clone();
    let imap = provider.imap.clone().expect("IMAP");
    provider.pop3 = Some(Endpoint { port: host.dovecot.pop3s, ..imap });
    let running = gateway::start(vec![Arc::new(provider)]).await;
    suite(&running.url, ADA, BORA).await;
    running.stop().await;
}
