//! What a person meets when signing in goes wrong: each cause has its own kind, on a real server.
use pyeonji_tests::certs::{self, Authority, Leaf};
use pyeonji_tests::client::Browserless;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};
use pyeonji_tests::{dovecot, gateway, ports};

async fn kind(url: &str, address: &str, password: &str) -> String {
    let (_, body) = Browserless::new(url).sign_in(address, password).await.expect_err("refused");
    let value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    value["kind"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_password_and_unknown_user_look_the_same() {
    let host = MailHost::start();
    let running = gateway::start(vec![gateway::provider_of(&host, Security::Implicit)]).await;
    assert_eq!(kind(&running.url, ADA.0, "wrong").await, "WrongPassword");
    assert_eq!(kind(&running.url, "nobody@blue.test", "wrong").await, "WrongPassword");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_says_so() {
    let [imap, smtp] = ports::free();
    let provider = gateway::provider(imap, smtp, Security::Plain, "");
    let running = gateway::start(vec![provider]).await;
    assert_eq!(kind(&running.url, ADA.0, ADA.1).await, "ServerDown");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_certificate_has_its_own_words() {
    let authority = Authority::new();
    let cases: [(&str, Leaf); 4] = [
        ("CertificateName", authority.leaf_for(&["elsewhere.test"])),
        ("CertificateExpired", authority.expired()),
        ("CertificateUntrusted", certs::self_signed()),
        ("CertificateIsCa", certs::self_signed_ca()),
    ];
    for (wanted, leaf) in cases {
        let folder = tempfile::TempDir::with_prefix("pyeonji-cert-").expect("folder");
        let auth = folder.path().join("auth");
        let server =
            dovecot::Dovecot::start(folder.path(), &[ADA], &leaf, &auth, &dovecot::Options::default());
        let provider = gateway::provider(server.imaps, server.imaps, Security::Implicit, &authority.pem);
        let running = gateway::start(vec![provider]).await;
        assert_eq!(kind(&running.url, ADA.0, ADA.1).await, wanted);
        running.stop().await;
    }
}

/// Each browser of one person holds a link; those that nobody looks at give way to a new one.
#[tokio::test(flavor = "multi_thread")]
async fn the_twelfth_browser_of_one_person_gets_in() {
    let host = MailHost::start();
    let running = gateway::start(vec![gateway::provider_of(&host, Security::Implicit)]).await;
    for n in 1..=12 {
        let signed_in = Browserless::new(&running.url).sign_in(ADA.0, ADA.1).await;
        assert!(signed_in.is_ok(), "sign-in {n}: {signed_in:?}");
    }
    running.stop().await;
}
