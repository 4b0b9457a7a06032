//! Report cards of the sandbox, of Dovecot and Postfix, and of servers that can't be had: over HTTP, and from a terminal.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use pyeonji_gateway::app::Gateway;
use pyeonji_gateway::config::{Config, Endpoint, Provider, TlsMode};
use pyeonji_gateway::lab::card::make;
use pyeonji_gateway::net::Net;
use pyeonji_gateway::secret::{Credentials, Protocol, Secret};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::card::{Ask, Card, Encryption, Finding, Limit, Service, SignIn};
use pyeonji_shared::lab::report::Proto;
use pyeonji_tests::certs;
use pyeonji_tests::client::{Browserless, body_bytes};
use pyeonji_tests::dovecot::{self, Dovecot};
use pyeonji_tests::gateway::{self, binary, provider, provider_of};
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use pyeonji_tests::ports;
use std::process::{Command, Output};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

async fn of(provider: &Arc<Provider>, who: Option<(&str, &str)>) -> Card {
    let who = who.map(|(address, password)| Credentials {
        address: address.to_owned(),
        login: address.to_owned(),
        password: Secret::new(password.to_owned()),
        protocol: Protocol::Imap,
    });
    let net = Net::new(&Config::for_tests(vec![provider.clone()]));
    let card = make(&net, provider, who.as_ref(), 1_800_000_000).await;
    println!("{}", pyeonji_gateway::lab::card::text::card(&card));
    card
}

fn service(card: &Card, protocol: Proto) -> &Service {
    card.services.iter().find(|service| service.protocol == protocol).expect("the service")
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|w| w == secret.as_bytes())
}

/// As it is typed, and as SASL PLAIN and LOGIN carry it.
fn no_secret(bytes: &[u8], (user, password): (&str, &str)) {
    for secret in
        [password.to_owned(), STANDARD.encode(password), STANDARD.encode(format!("\0{user}\0{password}"))]
    {
        assert!(!holds(bytes, &secret), "{secret} in {}", String::from_utf8_lossy(bytes));
    }
}

fn with_pop3(host: &MailHost, security: Security) -> Arc<Provider> {
    let mut provider = (*provider_of(host, security)).clone();
    let (port, tls) = match security {
        Security::Implicit => (host.dovecot.pop3s, TlsMode::Implicit),
        _ => (host.dovecot.pop3, TlsMode::StartTls),
    };
    provider.pop3 = Some(Endpoint { host: "localhost".into(), port, tls });
    Arc::new(provider)
}

#[tokio::test(flavor = "multi_thread")]
async fn dovecot_and_postfix_show_what_they_have_before_and_after_sign_in() {
    let host = MailHost::start();
    for security in [Security::Implicit, Security::StartTls] {
        let provider = with_pop3(&host, security);
        let card = of(&provider, Some(ADA)).await;
        assert!(card.findings.is_empty() && card.services.len() == 3, "{card:?}");
        for service in &card.services {
            assert_eq!((&service.error, &service.sign_in), (&None, &SignIn::Accepted), "{service:?}");
            assert_ne!(service.encryption, Encryption::None);
            let tls = service.tls.as_ref().expect("TLS");
            assert_eq!(tls.version, "TLS 1.3");
            let shown = tls.certificate.as_ref().expect("a certificate");
            assert_eq!(shown.names, ["localhost", "127.0.0.1"]);
            assert_eq!(shown.issuer, "CN=Pyeonji test CA");
            assert!(shown.days_left > 100 && shown.pin.starts_with("sha256/"), "{shown:?}");
            assert!(!service.greeting.is_empty() && service.transcript.len() > 4, "{service:?}");
            assert!(service.findings.iter().all(|finding| !finding.is_serious()), "{service:?}");
        }
        let imap = service(&card, Proto::Imap);
        // Dovecot names this only after sign-in.
        assert!(!imap.before.contains(&"MOVE".to_owned()) && imap.after.contains(&"MOVE".to_owned()));
        assert!(imap.findings.is_empty(), "{:?}", imap.findings);
        let mut secret = imap.transcript.iter().filter(|line| line.text.contains("••••"));
        assert_eq!(secret.next().map(|line| line.bytes), Some(0), "{:?}", imap.transcript);
        let pop3 = service(&card, Proto::Pop3);
        for list in [&pop3.before, &pop3.after] {
            assert!(
                ["UIDL", "TOP", "PIPELINING"].iter().all(|w| list.contains(&(*w).to_owned())),
                "{list:?}"
            );
        }
        let smtp = service(&card, Proto::Smtp);
        assert_eq!(smtp.limits, [Limit::MessageOctets(36_700_160)]);
        assert!(smtp.before.iter().any(|line| line.starts_with("AUTH ")), "{:?}", smtp.before);
        no_secret(format!("{card:?}").as_bytes(), ADA);
        no_secret(&serde_json::to_vec(&card).expect("JSON"), ADA);
    }
    // Without a password nothing is said of what only comes with it, and with a wrong one the servers' words are there.
    let provider = with_pop3(&host, Security::Implicit);
    let card = of(&provider, None).await;
    assert!(card.services.iter().all(|s| s.error.is_none() && s.sign_in == SignIn::NotTried));
    assert_eq!(service(&card, Proto::Imap).findings, [Finding::SignInToSeeMore]);
    assert!(service(&card, Proto::Imap).after.is_empty());
    let wrong = (ADA.0, "canary-wrong-password");
    let card = of(&provider, Some(wrong)).await;
    for service in &card.services {
        let SignIn::Refused(error) = &service.sign_in else { panic!("{service:?}") };
        assert_eq!((error.kind, &service.error), (ErrorKind::WrongPassword, &None), "{service:?}");
    }
    no_secret(format!("{card:?}").as_bytes(), wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_not_trusted_or_not_there_are_told_as_such() {
    let host = MailHost::start();
    let folder = tempfile::TempDir::with_prefix("pyeonji-card-").expect("folder");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).expect("permissions");
    let (leaf, auth) = (certs::self_signed(), folder.path().join("auth"));
    let dovecot = Dovecot::start(folder.path(), &[ADA], &leaf, &auth, &dovecot::Options::default());
    // Nobody we know signed this.
    let smtp = host.smtp_port(Security::StartTls);
    let untrusted = provider(dovecot.imaps, smtp, Security::Implicit, "");
    let card = of(&untrusted, Some(ADA)).await;
    let imap = service(&card, Proto::Imap);
    let error = imap.error.as_ref().expect("an error");
    assert_eq!(error.kind, ErrorKind::CertificateUntrusted);
    assert!(error.detail.contains("sha256/"), "{error}");
    // The password wasn't offered to it.
    assert_eq!((&imap.sign_in, imap.transcript.len()), (&SignIn::NotTried, 0));
    // TLS where none is spoken.
    assert_eq!(service(&card, Proto::Smtp).error.as_ref().map(|e| e.kind), Some(ErrorKind::Tls));
    assert_eq!(card.findings, [Finding::NoPop3]);
    let [imap, smtp] = ports::free();
    let card = of(&provider(imap, smtp, Security::StartTls, ""), None).await;
    assert!(card.services.iter().all(|s| s.error.as_ref().is_some_and(|e| e.kind == ErrorKind::ServerDown)));
}

async fn ask(http: &Browserless, ask: &Ask) -> (StatusCode, Vec<u8>) {
    let body = postcard::to_allocvec(ask).expect("bytes");
    let response = http.post("/api/lab/card", "application/octet-stream", body).await;
    (response.status(), body_bytes(response).await)
}

fn card(bytes: &[u8]) -> Card {
    postcard::from_bytes(bytes).expect("a card")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_asks_for_its_own_account_for_another_and_without_a_password() {
    let (gateway, sandbox) = gateway::start_with_sandbox().await;
    let account = &sandbox.accounts[0];
    let who = (account.address.as_str(), account.password.as_str());
    let mut http = Browserless::new(&gateway.url);
    assert_eq!(ask(&http, &Ask::Own).await.0, StatusCode::UNAUTHORIZED);
    let provider = |password: Option<&str>| Ask::Provider {
        address: account.address.clone(),
        password: password.map(str::to_owned),
    };
    let (status, bytes) = ask(&http, &provider(None)).await;
    assert_eq!(status, StatusCode::OK);
    let open = card(&bytes);
    assert!(open.services.len() == 3 && open.services.iter().all(|s| s.sign_in == SignIn::NotTried));
    assert!(open.services.iter().all(|s| s.findings.contains(&Finding::ClearText)), "{open:?}");
    let (status, bytes) = ask(&http, &provider(Some(who.1))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(card(&bytes).services.iter().all(|s| s.sign_in == SignIn::Accepted));
    no_secret(&bytes, who);
    let wrong = (who.0, "canary-wrong-password");
    let (status, bytes) = ask(&http, &provider(Some(wrong.1))).await;
    let refused = card(&bytes);
    assert!(
        status == StatusCode::OK && matches!(refused.services[0].sign_in, SignIn::Refused(_)),
        "{refused:?}"
    );
    no_secret(&bytes, wrong);
    http.sign_in(who.0, who.1).await.expect("signed in");
    let (status, bytes) = ask(&http, &Ask::Own).await;
    assert_eq!(status, StatusCode::OK);
    let own = card(&bytes);
    assert!(own.services.iter().all(|s| s.error.is_none() && s.sign_in == SignIn::Accepted), "{own:?}");
    no_secret(&bytes, who);
    // Not ours, not one, not allowed.
    let unknown = Ask::Provider { address: "nobody@nowhere.example".into(), password: None };
    assert_eq!(ask(&http, &unknown).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let any = Ask::Host { host: "mail.example".into(), user: None };
    assert_eq!(ask(&http, &any).await.0, StatusCode::NOT_IMPLEMENTED);
    let nonsense = http.post("/api/lab/card", "application/octet-stream", vec![9; 40]).await;
    assert_eq!(nonsense.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_makes_ten_cards_a_minute_and_not_eleven() {
    let [imap, smtp] = ports::free();
    let gateway = gateway::start(vec![provider(imap, smtp, Security::Implicit, "")]).await;
    let http = Browserless::new(&gateway.url);
    let mut statuses = Vec::new();
    for n in 0..11 {
        let address = format!("domain-{n}.example");
        statuses.push(ask(&http, &Ask::Provider { address, password: None }).await.0);
    }
    assert!(statuses[..10].iter().all(|status| *status == StatusCode::OK), "{statuses:?}");
    assert_eq!(statuses[10], StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_host_is_asked_where_the_operator_allows_it_and_a_forbidden_one_looks_like_none() {
    let mut config = Config::for_tests(Vec::new());
    config.egress.allow_any_host = true;
    let gateway = Gateway::start(config).await.expect("the gateway starts");
    let http = Browserless::new(&gateway.url);
    let mut errors = Vec::new();
    // Nobody listens there; a private network; what isn't a host.
    for host in ["localhost", "10.0.0.1"] {
        let (status, bytes) = ask(&http, &Ask::Host { host: host.into(), user: None }).await;
        assert_eq!(status, StatusCode::OK);
        let card = card(&bytes);
        // After the usual ports those of STARTTLS were tried.
        let ports: Vec<_> = card.services.iter().map(|service| service.port).collect();
        assert_eq!((card.name.as_str(), ports), (host, vec![143, 110, 587]));
        errors.extend(card.services.into_iter().map(|service| service.error));
    }
    errors.dedup();
    assert!(
        errors.len() == 1 && errors[0].as_ref().is_some_and(|e| e.kind == ErrorKind::ServerDown),
        "{errors:?}"
    );
    let nonsense = Ask::Host { host: "http://mail.example/".into(), user: None };
    assert_eq!(ask(&http, &nonsense).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

/// A POP3 server of the oldest kind: no CAPA, no UIDL, and a greeting that plays with terminals.
async fn old_pop3() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("address").port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let mut stream = BufReader::new(tcp);
            stream.write_all(b"+OK \x1b[2Jready\r\n").await.expect("written");
            let mut line = String::new();
            while stream.read_line(&mut line).await.is_ok_and(|n| n > 0) {
                let known = ["USER", "PASS", "QUIT"].iter().any(|verb| line.starts_with(verb));
                let answer: &[u8] = if known { b"+OK\r\n" } else { b"-ERR what\r\n" };
                stream.write_all(answer).await.expect("written");
                line.clear();
            }
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_tells_nothing_is_found_out_by_trying() {
    let mut old = (*provider(1, 1, Security::Plain, "")).clone();
    let port = old_pop3().await;
    (old.imap, old.smtp) = (None, None);
    old.pop3 = Some(Endpoint { host: "localhost".into(), port, tls: TlsMode::None });
    let card = of(&Arc::new(old), Some(ADA)).await;
    assert_eq!(card.findings, [Finding::NoImap, Finding::NoSmtp]);
    let pop3 = service(&card, Proto::Pop3);
    assert_eq!((&pop3.error, &pop3.sign_in), (&None, &SignIn::Accepted), "{pop3:?}");
    assert_eq!(pop3.findings, [Finding::ClearText, Finding::NoCapa, Finding::NoUidl]);
    assert_eq!(pop3.greeting, "+OK \u{fffd}[2Jready");
    assert!(pop3.before.is_empty() && pop3.after.is_empty(), "{pop3:?}");
    no_secret(format!("{card:?}").as_bytes(), ADA);
}

fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).args(["lab", "card"]).args(arguments).output().expect("the program runs")
}

#[test]
fn a_terminal_shows_it_in_plain_words_and_as_json() {
    let host = MailHost::start();
    let folder = tempfile::tempdir().expect("folder");
    let config = folder.path().join("pyeonji.toml");
    let text = format!(
        "listen = \"127.0.0.1:1\"\npublic_url = \"http://127.0.0.1:1\"\n\
         [session]\nkey_file = \"{key}\"\n\
         [egress]\nallow_private = [\"127.0.0.0/8\", \"::1/128\"]\n\
         [[provider]]\nname = \"Test\"\ndomains = [\"blue.test\"]\nca_file = \"{ca}\"\n\
         imap = {{ host = \"localhost\", port = {imap} }}\nsmtp = {{ host = \"localhost\", port = {smtp} }}\n",
        key = folder.path().join("session.key").display(),
        ca = host.ca_file().display(),
        imap = host.imap_port(Security::Implicit),
        smtp = host.smtp_port(Security::Implicit),
    );
    std::fs::write(&config, text).expect("configuration");
    let password = folder.path().join("password");
    std::fs::write(&password, format!("{}\n", ADA.1)).expect("a password");
    let (config, password) = (config.display().to_string(), password.display().to_string());
    let arguments = ["--config", &config, "--user", ADA.0, "--password-file", &password];
    let out = run(&[&arguments[..], &["--transcript"]].concat());
    let text = String::from_utf8(out.stdout.clone()).expect("text");
    println!("{text}{}", String::from_utf8_lossy(&out.stderr));
    assert!(
        out.status.success() && text.contains("sign-in      accepted") && text.contains("TLS 1.3"),
        "{text}"
    );
    assert!(text.contains("! no server") || text.contains("- no POP3"), "{text}");
    assert!(text.contains("••••"), "{text}");
    let json = run(&[&arguments[..], &["--json", "--provider", "test"]].concat());
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(value["services"][0]["sign_in"], "accepted");
    for out in [&out, &json] {
        no_secret(&out.stdout, ADA);
        no_secret(&out.stderr, ADA);
    }
    for (arguments, words) in [
        (vec!["--config", &config, "--host", "mail.example"], "allow_any_host"),
        (vec!["--config", &config, "--provider", "Other"], "there are: Test"),
        (vec!["--config", &config, "--user", ADA.0], "--password-file"),
    ] {
        let out = run(&arguments);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains(words), "{said}");
    }
}
