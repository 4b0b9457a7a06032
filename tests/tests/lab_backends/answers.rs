//! The two of the lab's answers that aren't scenarios, as rows of the same table: the report card (E10) and the advisor (E11).
use crate::word;
use pyeonji_gateway::config::{Config, Endpoint, Provider, TlsMode};
use pyeonji_gateway::lab::advise::advise_on;
use pyeonji_gateway::lab::backend::{Backend, Mailbox, Target};
use pyeonji_gateway::lab::card::make;
use pyeonji_gateway::lab::verdict::sum_up;
use pyeonji_gateway::net::Net;
use pyeonji_gateway::sandbox::Sandbox;
use pyeonji_gateway::secret::{Credentials, Protocol as Account, Secret};
use pyeonji_shared::lab::advice::{Advice, Habits};
use pyeonji_shared::lab::card::{Card, Finding, SignIn};
use pyeonji_shared::lab::report::Verdict;
use pyeonji_shared::lab::scenario::Protocol;
use pyeonji_tests::dovecot;
use pyeonji_tests::gateway::provider_of;
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};
use std::sync::Arc;

fn with_pop3(host: &MailHost) -> Arc<Provider> {
    let pop3 = Some(Endpoint { host: "localhost".into(), port: host.dovecot.pop3s, tls: TlsMode::Implicit });
    Arc::new(Provider { pop3, ..(*provider_of(host, Security::Implicit)).clone() })
}

/// "A provider offers both protocols", from its report card.
fn both(card: &Card) -> Verdict {
    let lacks = card.findings.iter().any(|f| matches!(f, Finding::NoImap | Finding::NoPop3));
    let accepted = card.services.iter().all(|service| service.sign_in == SignIn::Accepted);
    sum_up([!lacks && accepted])
}

async fn card(provider: Arc<Provider>, (address, password): (&str, &str)) -> Verdict {
    let who = Credentials {
        address: address.to_owned(),
        login: address.to_owned(),
        password: Secret::new(password.to_owned()),
        protocol: Account::Imap,
    };
    let net = Net::new(&Config::for_tests(vec![provider.clone()]));
    both(&make(&net, &provider, Some(&who), 1_800_000_000).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn e10_a_provider_offers_both_protocols() {
    let sandbox = Sandbox::start(Default::default()).await.expect("a sandbox");
    let account = &sandbox.accounts[0];
    let provider = sandbox.providers().into_iter().next().map(Arc::new).expect("a provider");
    let sockets = card(provider, (&account.address, &account.password)).await;
    let host = MailHost::start();
    let dovecot = card(with_pop3(&host), ADA).await;
    // In simulated time there is no server whose TLS, ports and sign-in could be met.
    println!("E10  {:14}{:14}{:14}", word(None), word(Some(sockets)), word(Some(dovecot)));
    assert_eq!((sockets, dovecot), (Verdict::Held, Verdict::Held));
    // What flips it.
    assert_eq!(card(provider_of(&host, Security::Implicit), ADA).await, Verdict::DidNotHold);
}

/// Large letters, so that there are few, and room for them; then somebody whose mailbox can't hold what is kept.
fn habits() -> [Habits; 2] {
    let most = Habits { kb_per_mail: 1_000, quota_mb: 30_000, ..Habits::default() };
    [most, Habits { devices: 1, backups: true, quota_mb: 100, keep_years: 5, ..most }]
}

/// "IMAP is what one should use".
fn imap(advice: &[Advice]) -> Verdict {
    sum_up(advice.iter().map(|a| a.choice.is_some_and(|choice| choice.protocol == Protocol::Imap)))
}

/// A Dovecot whose accounts have the quota that the advisor asks for.
fn on_dovecot(habits: &Habits, quota_kilobytes: u32) -> Advice {
    let quota = Some(u64::from(quota_kilobytes) * 1_000);
    let host = MailHost::with(&dovecot::Options { quota, ..Default::default() }, 36_700_160);
    let provider = with_pop3(&host);
    let mailbox = |(user, password): (&str, &str)| Mailbox {
        devices: provider.clone(),
        observer: provider.clone(),
        user: user.to_owned(),
        password: Secret::new(password.to_owned()),
    };
    let config = Config::for_tests(vec![provider.clone()]);
    let (ada, bora) = (mailbox(ADA), Some(mailbox(BORA)));
    let target = Target { name: "Dovecot".into(), config, ada, bora, quota_kilobytes: Some(quota_kilobytes) };
    let (backend, _) = Backend::open(target, false).expect("an empty mailbox");
    advise_on(habits, &backend).expect("advice")
}

#[test]
fn e11_the_same_habits_get_the_same_advice_on_every_backend() {
    let on = |backend: &Backend| habits().map(|habits| advise_on(&habits, backend).expect("advice"));
    let (simulated, sockets) = (on(&Backend::Simulated), on(&Backend::Sockets));
    let quotas = simulated.each_ref().map(|advice| advice.scale.quota_kilobytes);
    let dovecot = [0, 1].map(|n| on_dovecot(&habits()[n], quotas[n]));
    let row = [&simulated, &sockets, &dovecot].map(|all| format!("{:14}", word(Some(imap(all)))));
    println!("E11  {}", row.concat());
    for other in [&sockets, &dovecot] {
        for (one, other) in simulated.iter().zip(other) {
            assert_eq!(one.choice, other.choice);
            // Each point speaks for the same protocol; octets differ by a few hundredths on Dovecot.
            for (reason, same) in one.reasons.iter().zip(&other.reasons) {
                println!("{:?}: {} {}, {} {}", reason.what, reason.imap, reason.pop3, same.imap, same.pop3);
                assert_eq!((reason.what, reason.better), (same.what, same.better));
            }
        }
    }
    assert_eq!(imap(&simulated), Verdict::Depends, "IMAP for most, and not for all");
}
