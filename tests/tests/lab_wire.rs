//! The wire beside real mail: what a session says to its mail servers, linked to what the page asked for, and no secret in it.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::{Request, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use pyeonji_gateway::config::{Endpoint, TlsMode};
use pyeonji_shared::call::compose::Send;
use pyeonji_shared::call::device::Look;
use pyeonji_shared::call::list::Open;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::draft::Draft;
use pyeonji_shared::ids::{FolderName, MessageRef, SessionId};
use pyeonji_shared::lab::own::{Ask, Found};
use pyeonji_shared::lab::report::Proto;
use pyeonji_shared::lab::wire::WireLines;
use pyeonji_shared::message::Address;
use pyeonji_tests::client::{Browserless, Wire, body_bytes};
use pyeonji_tests::gateway::{self, provider_of};
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};
use pyeonji_tests::seed;
use std::sync::Arc;

/// What is looked at, collected over several questions.
#[derive(Default)]
struct Panel {
    seen: WireLines,
    bytes: Vec<u8>,
}

impl Panel {
    async fn look(&mut self, http: &Browserless, session: SessionId) -> StatusCode {
        let path = format!("/api/lab/wire?s={}&after={}", session.hex(), self.seen.next);
        let answer = http.get(&path).await;
        let status = answer.status();
        let bytes = body_bytes(answer).await;
        if status == StatusCode::OK {
            let more: WireLines = postcard::from_bytes(&bytes).expect("lines");
            self.seen.lines.extend(more.lines);
            self.seen.causes.extend(more.causes);
            (self.seen.next, self.seen.totals) = (more.next, more.totals);
        }
        self.bytes.extend(bytes);
        status
    }

    /// Waits until a line of this protocol that begins so (behind its tag) belongs to such a call.
    async fn line(
        &mut self,
        http: &Browserless,
        session: SessionId,
        call: &str,
        protocol: Proto,
        begin: &str,
    ) {
        while !self.has(call, protocol, begin) {
            let before = self.seen.next;
            assert_eq!(self.look(http, session).await, StatusCode::OK);
            // An answer without lines comes when the gateway has waited long enough.
            assert!(self.seen.next > before, "no {begin} of {call}: {:?}", self.seen);
        }
    }

    fn has(&self, call: &str, protocol: Proto, begin: &str) -> bool {
        let numbers: Vec<u32> =
            self.seen.causes.iter().filter(|c| c.call == call).map(|c| c.number).collect();
        self.seen.lines.iter().map(|seen| &seen.line).any(|line| {
            let untagged = line.text.split_once(' ').map_or("", |(_, rest)| rest);
            line.protocol == protocol
                && (call.is_empty() && line.cause == 0 || numbers.contains(&line.cause))
                && (line.text.starts_with(begin) || untagged.starts_with(begin))
        })
    }

    fn has_no(&self, (user, password): (&str, &str)) {
        let shown = format!("{:?}", self.seen);
        for secret in
            [password.to_owned(), STANDARD.encode(password), STANDARD.encode(format!("\0{user}\0{password}"))]
        {
            let held = self.bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!held && !shown.contains(&secret), "{secret} in {shown}");
        }
    }
}

async fn change(http: &Browserless, method: &str, session: &str) -> StatusCode {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}/api/lab/wire?s={session}", http.url))
        .header(header::ORIGIN, &http.url)
        .header("X-Pyeonji", "1")
        .header(header::COOKIE, &http.cookie)
        .body(Full::<bytes::Bytes>::default())
        .expect("request");
    let answer = Client::builder(TokioExecutor::new()).build_http().request(request).await;
    answer.expect("answer").status()
}

fn letter(to: &str) -> Draft {
    Draft {
        message_id: "<wire-1@blue.test>".into(),
        to: vec![Address { name: String::new(), email: to.into(), suspicious: false }],
        subject: "On the wire".into(),
        text: "canary-body-that-is-counted".into(),
        ..Draft::default()
    }
}

async fn open(wire: &mut Wire, folder: &str) -> Vec<MessageRef> {
    match wire.call(Call::Open(Open { folder: FolderName(folder.into()), rows: 50 })).await {
        Ok(Reply::Open(s)) => s
            .rows
            .iter()
            .map(|r| MessageRef { folder: s.folder.clone(), validity: s.validity, uid: r.summary.uid })
            .collect(),
        other => panic!("open {folder}: {other:?}"),
    }
}

/// Lists, reads and sends; each click is found with the commands it caused.
async fn clicks(http: &Browserless, wire: &mut Wire, who: (&str, &str), to: &str) {
    let session = wire.session();
    let mut panel = Panel::default();
    // Nothing is recorded before somebody looks.
    open(wire, "INBOX").await;
    assert_eq!(panel.look(http, session).await, StatusCode::NOT_FOUND);
    assert_eq!(change(http, "POST", &session.hex()).await, StatusCode::NO_CONTENT);
    assert_eq!(change(http, "POST", &session.hex()).await, StatusCode::NO_CONTENT, "twice is once");
    wire.call(Call::Send(Send { draft: letter(to), again: false, replaces: None })).await.expect("sent");
    panel.line(http, session, "Send", Proto::Smtp, "MAIL FROM:").await;
    panel.line(http, session, "Send", Proto::Smtp, "QUIT").await;
    panel.line(http, session, "Send", Proto::Imap, "APPEND ").await;
    assert!(panel.has("Send", Proto::Smtp, "AUTH PLAIN ••••"), "{:?}", panel.seen);
    assert!(panel.has("Send", Proto::Smtp, "220 "), "{:?}", panel.seen);
    let sent = open(wire, "Sent").await.last().cloned().expect("the copy");
    panel.line(http, session, "Open", Proto::Imap, "SELECT ").await;
    panel.line(http, session, "Open", Proto::Imap, "FETCH ").await;
    wire.call(Call::Read(Read { at: sent.clone(), background: false })).await.expect("read");
    panel.line(http, session, "Read", Proto::Imap, "UID FETCH ").await;
    assert!(panel.has("Read", Proto::Imap, "(") && !panel.has("Read", Proto::Imap, "SELECT "));
    let raw = format!(
        "/api/raw?s={}&folder={}&validity={}&uid={}",
        session.hex(),
        sent.folder.0,
        sent.validity.0,
        sent.uid.0
    );
    assert_eq!(http.get(&raw).await.status(), StatusCode::OK);
    panel.line(http, session, "Fetch", Proto::Imap, "UID FETCH ").await;
    // The lines add up, are numbered without a gap, and hold neither the password nor a message.
    assert_eq!(panel.seen.next, panel.seen.lines.len() as u64);
    let octets: u64 = panel.seen.lines.iter().map(|seen| seen.line.bytes).sum();
    assert!(octets <= panel.seen.totals.sent + panel.seen.totals.received && octets > 1_000);
    assert!(panel.seen.totals.connections >= 2, "{:?}", panel.seen.totals);
    panel.has_no(who);
    assert!(!format!("{:?}", panel.seen).contains("canary-body-that-is-counted"));
    let requests: Vec<u32> =
        panel.seen.causes.iter().filter(|c| c.call == "Read").map(|c| c.request).collect();
    assert!(!requests.is_empty() && requests.iter().all(|request| *request > 0), "{requests:?}");
    // Ended, it is forgotten.
    assert_eq!(change(http, "DELETE", &session.hex()).await, StatusCode::NO_CONTENT);
    assert_eq!(panel.look(http, session).await, StatusCode::NOT_FOUND);
    assert_eq!(change(http, "POST", &session.hex()).await, StatusCode::NO_CONTENT);
    wire.call(Call::Refresh).await.expect("refreshed");
    let mut second = Panel::default();
    second.line(http, session, "Refresh", Proto::Imap, "NOOP").await;
    assert!(
        !second.has("Read", Proto::Imap, "") && !second.has("Send", Proto::Smtp, ""),
        "{:?}",
        second.seen
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_click_shows_its_commands_on_the_sandbox() {
    let (gateway, sandbox) = gateway::start_with_sandbox().await;
    let account = &sandbox.accounts[0];
    let who = (account.address.as_str(), account.password.as_str());
    let mut http = Browserless::new(&gateway.url);
    http.sign_in(who.0, who.1).await.expect("signed in");
    let mut wire = http.connect(None).await.expect("welcome");
    clicks(&http, &mut wire, who, &sandbox.accounts[1].address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_click_shows_its_commands_on_dovecot_and_postfix() {
    let host = MailHost::start();
    let gateway = gateway::start(vec![provider_of(&host, Security::StartTls)]).await;
    let mut http = Browserless::new(&gateway.url);
    http.sign_in(ADA.0, ADA.1).await.expect("signed in");
    let mut wire = http.connect(None).await.expect("welcome");
    clicks(&http, &mut wire, ADA, BORA.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_a_device_shows_its_commands() {
    let (gateway, sandbox) = gateway::start_with_sandbox().await;
    let account = &sandbox.accounts[0];
    let who = (account.address.as_str(), account.password.as_str());
    let mut http = Browserless::new(&gateway.url);
    http.sign_in_as(who.0, who.1, Some("pop3")).await.expect("signed in");
    let mut wire = http.connect(None).await.expect("welcome");
    let session = wire.session();
    assert_eq!(change(&http, "POST", &session.hex()).await, StatusCode::NO_CONTENT);
    wire.call(Call::Look(Look { seen: None })).await.expect("looked");
    let mut panel = Panel::default();
    panel.line(&http, session, "Look", Proto::Pop3, "UIDL").await;
    assert!(panel.has("Look", Proto::Pop3, "AUTH PLAIN ••••"), "{:?}", panel.seen);
    panel.has_no(who);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_own_session_is_shown() {
    let (gateway, sandbox) = gateway::start_with_sandbox().await;
    let (mut ada, mut bora) = (Browserless::new(&gateway.url), Browserless::new(&gateway.url));
    ada.sign_in(&sandbox.accounts[0].address, &sandbox.accounts[0].password).await.expect("signed in");
    bora.sign_in(&sandbox.accounts[1].address, &sandbox.accounts[1].password).await.expect("signed in");
    let wire = ada.connect(None).await.expect("welcome");
    let session = wire.session();
    assert_eq!(change(&ada, "POST", &session.hex()).await, StatusCode::NO_CONTENT);
    let nobody = Browserless::new(&gateway.url);
    for (other, expected) in [(&bora, StatusCode::UNAUTHORIZED), (&nobody, StatusCode::UNAUTHORIZED)] {
        assert_eq!(change(other, "POST", &session.hex()).await, expected);
        assert_eq!(change(other, "DELETE", &session.hex()).await, expected);
        assert_eq!(Panel::default().look(other, session).await, expected);
    }
    assert_eq!(change(&ada, "POST", "nonsense").await, StatusCode::BAD_REQUEST);
    // Whoever waits for lines when the session ends is told.
    let mut panel = Panel::default();
    let waiting = tokio::spawn({
        let ada = ada.clone();
        async move {
            loop {
                let status = panel.look(&ada, session).await;
                if status != StatusCode::OK {
                    return status;
                }
            }
        }
    });
    let out = ada.post("/api/logout", "application/json", Vec::new()).await;
    assert_eq!(out.status(), StatusCode::OK);
    let status = waiting.await.expect("an end");
    assert!(matches!(status, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED), "{status}");
}

/// Everything that experiments on one's own mailbox tell, and a recording of the session beside them.
async fn own_mailbox(http: &Browserless, wire: &mut Wire, who: (&str, &str)) {
    let session = wire.session();
    assert_eq!(change(http, "POST", &session.hex()).await, StatusCode::NO_CONTENT);
    let mut panel = Panel::default();
    let mut ask = Ask::Look;
    loop {
        let body = postcard::to_allocvec(&ask).expect("bytes");
        let answer = http.post("/api/lab/own", "application/octet-stream", body).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = body_bytes(answer).await;
        let found: Found = postcard::from_bytes(&bytes).expect("what was found");
        panel.bytes.extend(bytes);
        let lines = found.answer.report.runs.iter().flat_map(|run| &run.devices).flat_map(|d| &d.lines);
        let hidden: Vec<Proto> =
            lines.filter(|line| line.text.contains("••••")).map(|line| line.protocol).collect();
        assert!(hidden.contains(&Proto::Imap) && hidden.contains(&Proto::Pop3), "{hidden:?}");
        let Some(offer) = found.offer else { break };
        ask = Ask::Fetch(offer.consent);
    }
    panel.has_no(who);
    // These connections are no part of the session's own wire.
    wire.call(Call::Refresh).await.expect("refreshed");
    let lines = panel.look(http, session).await;
    assert!(lines == StatusCode::OK && panel.seen.lines.iter().all(|seen| seen.line.protocol != Proto::Pop3));
    panel.has_no(who);
}

#[tokio::test(flavor = "multi_thread")]
async fn experiments_on_ones_own_mailbox_show_no_password() {
    let (gateway, sandbox) = gateway::start_with_sandbox().await;
    let account = &sandbox.accounts[0];
    let who = (account.address.as_str(), account.password.as_str());
    let mut http = Browserless::new(&gateway.url);
    http.sign_in(who.0, who.1).await.expect("signed in");
    let mut wire = http.connect(None).await.expect("welcome");
    own_mailbox(&http, &mut wire, who).await;
    let host = MailHost::start();
    host.dovecot.put(
        ADA.0,
        "",
        seed::many(3, ADA.0).iter().map(|(source, flags)| (source.as_slice(), *flags)),
    );
    for security in [Security::Implicit, Security::StartTls] {
        let mut provider = (*provider_of(&host, security)).clone();
        let (port, tls) = match security {
            Security::Implicit => (host.dovecot.pop3s, TlsMode::Implicit),
            _ => (host.dovecot.pop3, TlsMode::StartTls),
        };
        provider.pop3 = Some(Endpoint { host: "localhost".into(), port, tls });
        let gateway = gateway::start(vec![Arc::new(provider)]).await;
        let mut http = Browserless::new(&gateway.url);
        http.sign_in(ADA.0, ADA.1).await.expect("signed in");
        let mut wire = http.connect(None).await.expect("welcome");
        own_mailbox(&http, &mut wire, ADA).await;
    }
}
