//! Sending by the gateway's own SMTP, on Postfix by all three kinds of security, and on the sandbox.
use bytes::Bytes;
use pyeonji_gateway::config::{Config, Endpoint, LoginName, Provider, TlsMode};
use pyeonji_gateway::net::{Net, Proto};
use pyeonji_gateway::sandbox::{self, Sandbox};
use pyeonji_gateway::secret::{Credentials, Protocol, Secret};
use pyeonji_gateway::smtp::{self, Envelope, SendFailure};
use pyeonji_shared::draft::RecipientResult;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_tests::arrival;
use pyeonji_tests::chaos::{Chaos, Mode};
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

const TEXT: &str = "From: ada@blue.test\r\nSubject: hello\r\n\r\n.dot\r\nbye\r\n";

fn provider(imap: (u16, TlsMode), smtp: (u16, TlsMode), ca: Option<&Path>) -> Arc<Provider> {
    let endpoint = |(port, tls): (u16, TlsMode)| Some(Endpoint { host: "localhost".into(), port, tls });
    Arc::new(Provider {
        name: "Test".into(),
        domains: vec!["blue.test".into()],
        login: LoginName::Address,
        extra_roots: ca.map_or(Vec::new(), |file| vec![CertificateDer::from_pem_file(file).expect("CA")]),
        pins: Vec::new(),
        imap: endpoint(imap),
        pop3: None,
        smtp: endpoint(smtp),
    })
}

fn credentials((address, password): (&str, &str)) -> Credentials {
    let password = Secret::new(password.into());
    Credentials { address: address.into(), login: address.into(), password, protocol: Protocol::Imap }
}

async fn send(
    provider: &Arc<Provider>,
    who: (&str, &str),
    to: &[&str],
    text: &str,
) -> Result<Vec<RecipientResult>, SendFailure> {
    let chunk = Bytes::copy_from_slice(text.as_bytes());
    send_chunks(provider, who, to, vec![chunk]).await
}

async fn send_chunks(
    provider: &Arc<Provider>,
    who: (&str, &str),
    to: &[&str],
    chunks: Vec<Bytes>,
) -> Result<Vec<RecipientResult>, SendFailure> {
    let net = Net::new(&Config::for_tests(vec![provider.clone()]));
    let envelope = Envelope {
        from: who.0.into(),
        to: to.iter().map(|t| (*t).to_string()).collect(),
        size: chunks.iter().map(|c| c.len() as u64).sum(),
        needs_utf8: false,
    };
    let (feed, body) = mpsc::channel(1);
    let feeder = async move {
        for chunk in chunks {
            if feed.send(Ok::<_, ApiError>(chunk)).await.is_err() {
                return;
            }
        }
    };
    let credentials = credentials(who);
    let (outcome, ()) =
        tokio::join!(smtp::submit(&net, provider, &credentials, &envelope, body, &|_| {}), feeder);
    outcome
}

/// Waits until so many messages lie in the user's inbox, and reads them.
async fn delivered(host: &MailHost, user: (&str, &str), count: usize) -> Vec<String> {
    arrival::wait(host.imap_port(Security::Plain), user, count).await;
    let mut found = Vec::new();
    for folder in ["new", "cur"] {
        let entries = std::fs::read_dir(host.dovecot.maildir(user.0).join(folder)).into_iter().flatten();
        found.extend(entries.flatten().map(|e| std::fs::read(e.path()).expect("message")));
    }
    found.iter().map(|m| String::from_utf8_lossy(m).replace("\r\n", "\n")).collect()
}

#[tokio::test]
async fn postfix_takes_mail_by_every_kind_of_security() {
    let host = MailHost::start();
    let ca = host.ca_file();
    for (security, tls) in [
        (Security::Plain, TlsMode::None),
        (Security::StartTls, TlsMode::StartTls),
        (Security::Implicit, TlsMode::Implicit),
    ] {
        let imap_tls = if security == Security::Plain { TlsMode::StartTls } else { tls };
        let imap = (
            host.imap_port(if security == Security::Implicit { security } else { Security::StartTls }),
            imap_tls,
        );
        let provider = provider(imap, (host.smtp_port(security), tls), Some(&ca));
        let net = Net::new(&Config::for_tests(vec![provider.clone()]));
        let endpoint = provider.imap.clone().expect("IMAP");
        let connected = net.connect(&endpoint, &provider, Proto::Imap).await.expect("Dovecot");
        assert!(connected.secure);
        let recipients = send(&provider, ADA, &[BORA.0], TEXT).await.expect("sent");
        assert!(recipients.len() == 1 && recipients[0].accepted, "{recipients:?}");
        let size = smtp::size_limit(&net, &provider).await.expect("EHLO");
        assert_eq!(size, Some(36_700_160));

        let failure = send(&provider, (ADA.0, "wrong"), &[BORA.0], TEXT).await.expect_err("refused");
        assert_eq!(failure.error.kind, ErrorKind::WrongPassword, "{failure:?}");
        let to = [BORA.0, "nobody@green.test"];
        let failure = send(&provider, ADA, &to, TEXT).await.expect_err("refused");
        assert_eq!(failure.error.kind, ErrorKind::RecipientRefused, "{failure:?}");
        assert!(failure.error.detail.starts_with("nobody@green.test: 5"), "{failure:?}");
    }
    let mail = delivered(&host, BORA, 3).await;
    assert_eq!(mail.len(), 3, "nothing of the refused ones arrived");
    for message in mail {
        assert!(message.ends_with("\n\n.dot\nbye\n"), "{message}");
        // R15: EHLO says nothing about the reader's machine.
        assert!(message.contains("Received: from [127.0.0.1]"), "{message}");
    }
}

#[tokio::test]
async fn r15_smuggled_messages_arrive_as_one() {
    let host = MailHost::start();
    let smtp = (host.smtp_port(Security::Plain), TlsMode::None);
    let provider = provider((1, TlsMode::Implicit), smtp, None);
    let ends = [
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\r.\n",
        "\n.\r",
        "\r\n.\r\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
    ];
    for end in ends {
        let inner = "MAIL FROM:<root@blue.test>\r\nRCPT TO:<bora@green.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";
        let text = format!("Subject: outer\r\n\r\nhello{end}{inner}");
        send(&provider, ADA, &[BORA.0], &text).await.unwrap_or_else(|f| panic!("{end:?}: {f:?}"));
    }
    // One more behind them, so that a smuggled one would have been delivered before it.
    send(&provider, ADA, &[BORA.0], TEXT).await.expect("sent");
    let mail = delivered(&host, BORA, ends.len() + 1).await;
    assert_eq!(mail.len(), ends.len() + 1);
    assert!(mail.iter().all(|m| !m.split("\n\n").next().unwrap_or_default().contains("Subject: smuggled")));
    println!("counts: {} end-of-data sequences, each one message", ends.len());
}

#[tokio::test]
async fn over_size_is_refused_before_the_body_and_a_large_one_streams() {
    let host = MailHost::with(&Default::default(), 10_000_000);
    let smtp = (host.smtp_port(Security::Plain), TlsMode::None);
    let provider = provider((1, TlsMode::Implicit), smtp, None);
    let line = Bytes::from(format!("{}\r\n", "a".repeat(510)).repeat(128));
    let head = Bytes::from_static(b"Subject: large\r\n\r\n");
    let chunks =
        |n: usize| std::iter::once(head.clone()).chain(std::iter::repeat_n(line.clone(), n)).collect();
    let failure = send_chunks(&provider, ADA, &[BORA.0], chunks(200)).await.expect_err("too big");
    assert_eq!((failure.error.kind, failure.maybe_sent), (ErrorKind::TooBig, false));
    send_chunks(&provider, ADA, &[BORA.0], chunks(140)).await.expect("sent");
    let mail = delivered(&host, BORA, 1).await;
    assert_eq!(mail[0].matches(&"a".repeat(510)).count(), 140 * 128);
}

#[tokio::test]
async fn a_cut_before_the_end_sends_nothing() {
    let host = MailHost::start();
    let target = ([127, 0, 0, 1], host.smtp_port(Security::Plain)).into();
    let chaos = Chaos::start(target).await;
    let provider = provider((1, TlsMode::Implicit), (chaos.address.port(), TlsMode::None), None);
    let net = Net::new(&Config::for_tests(vec![provider.clone()]));
    let envelope =
        Envelope { from: ADA.0.into(), to: vec![BORA.0.into()], size: TEXT.len() as u64, needs_utf8: false };
    let (feed, body) = mpsc::channel(1);
    let cutter = async {
        // The body is asked for, half of it leaves, then the network goes.
        feed.send(Ok(Bytes::from_static(&TEXT.as_bytes()[..20]))).await.expect("asked");
        feed.reserve().await.expect("taken");
        chaos.set(Mode::Cut);
        std::future::pending::<()>().await;
    };
    let credentials = credentials(ADA);
    let failure = tokio::select! {
        outcome = smtp::submit(&net, &provider, &credentials, &envelope, body, &|_| {}) => outcome.expect_err("cut"),
        () = cutter => unreachable!(),
    };
    assert_eq!((failure.error.kind, failure.maybe_sent), (ErrorKind::Disconnected, false), "{failure:?}");
    chaos.set(Mode::Pass);
    send(&provider, ADA, &[BORA.0], TEXT).await.expect("sent");
    let mail = delivered(&host, BORA, 1).await;
    assert_eq!(mail.len(), 1);
}

#[tokio::test]
async fn the_sandbox_takes_mail_too() {
    let running =
        Sandbox::start(sandbox::Options { seeded: false, ..Default::default() }).await.expect("sandbox");
    let (ada, bora) = (running.accounts[0].clone(), running.accounts[1].clone());
    let mut providers = running.providers().into_iter().map(Arc::new);
    let provider = providers.next().expect("blue");
    let who = (ada.address.as_str(), ada.password.as_str());
    let recipients = send(&provider, who, &[&bora.address], TEXT).await.expect("sent");
    assert!(recipients[0].accepted);
    let failure = send(&provider, (who.0, "wrong"), &[&bora.address], TEXT).await.expect_err("refused");
    assert_eq!(failure.error.kind, ErrorKind::WrongPassword);
    let to = [bora.address.as_str(), "nobody@green.test"];
    let failure = send(&provider, who, &to, TEXT).await.expect_err("refused");
    assert_eq!(failure.error.kind, ErrorKind::RecipientRefused);
    running.stop().await;
}
