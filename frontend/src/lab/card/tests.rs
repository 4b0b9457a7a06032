//! Report cards without a browser.
use super::state::{Msg, Shown, reduce};
use super::words::error;
use super::{findings, text};
use crate::i18n::Locale::{English, Korean};
use crate::i18n::what_happened;
use pyeonji_shared::call::device::Expire;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::card::{Ask, Card, Certificate, Encryption, Finding, Limit, Service, SignIn, Tls};
use pyeonji_shared::lab::report::{Direction, Line, Proto};

fn make(address: &str, password: &str) -> Msg {
    Msg::Make { address: address.into(), password: password.into() }
}

fn card() -> Card {
    let certificate = Certificate {
        names: vec!["mail.example".into(), "imap.example".into()],
        subject: String::new(),
        issuer: "CN=Some CA".into(),
        not_after: 0,
        days_left: 1,
        pin: "sha256/x".into(),
    };
    let line = |direction, text: &str| Line {
        protocol: Proto::Imap,
        direction,
        text: text.into(),
        bytes: 0,
        at: 7,
        cause: 0,
        round_trip: 0,
    };
    let imap = Service {
        protocol: Proto::Imap,
        host: "mail.example".into(),
        port: 993,
        encryption: Encryption::Implicit,
        error: None,
        sign_in: SignIn::Refused(ApiError::new(ErrorKind::WrongPassword).with_detail("no such user")),
        greeting: "* OK".into(),
        tls: Some(Tls { version: "TLS 1.3".into(), cipher: "X".into(), certificate: Some(certificate) }),
        before: vec!["IDLE".into()],
        after: Vec::new(),
        limits: vec![Limit::AppendOctets(36_700_160), Limit::Expire(Expire::Days(1))],
        findings: vec![Finding::OldTls, Finding::NoIdle { every_seconds: 120 }, Finding::CertificateSoon(1)],
        transcript: vec![line(Direction::FromServer, "* OK"), line(Direction::ToServer, "a1 CAPABILITY")],
    };
    Card { name: "Mail & more/7".into(), made: 0, services: vec![imap], findings: vec![Finding::NoPop3] }
}

#[test]
fn one_question_at_a_time_and_no_password_to_a_mere_domain() {
    let mut shown = Shown::default();
    for (address, password) in
        [("", ""), (" ", "x"), ("example.org", "x"), ("@example.org", "x"), ("ada@", "")]
    {
        assert!(reduce(&mut shown, make(address, password)).is_none());
        assert_eq!(shown, Shown::Failed(ApiError::new(ErrorKind::BadAddress)), "{address}");
    }
    let asked = reduce(&mut shown, make(" example.org ", ""));
    assert_eq!(asked, Some(Ask::Provider { address: "example.org".into(), password: None }));
    assert_eq!(shown, Shown::Busy);
    assert!(reduce(&mut shown, Msg::Own).is_none() && reduce(&mut shown, make("a@b.c", "")).is_none());
    assert!(reduce(&mut shown, Msg::Answered(Err(ApiError::new(ErrorKind::Busy)))).is_none());
    assert_eq!(shown, Shown::Failed(ApiError::new(ErrorKind::Busy)));
    assert_eq!(reduce(&mut shown, Msg::Own), Some(Ask::Own));
    let _ = reduce(&mut shown, Msg::Answered(Ok(card())));
    assert!(matches!(&shown, Shown::Card(made) if **made == card()));
    let asked = reduce(&mut shown, make("ada@example.org", "canary"));
    let whole = Ask::Provider { address: "ada@example.org".into(), password: Some("canary".into()) };
    assert_eq!(asked, Some(whole));
    assert!(!format!("{shown:?}").contains("canary"), "it is in the question alone");
}

#[test]
fn another_server_is_asked_by_its_name_and_a_password_goes_with_a_user_alone() {
    let mut shown = Shown::default();
    let host = |host: &str, login: &str, password: &str| Msg::Host {
        host: host.into(),
        login: login.into(),
        password: password.into(),
    };
    for msg in [host(" ", "", ""), host("mail.example", "ada", ""), host("mail.example", " ", "x")] {
        assert!(reduce(&mut shown, msg).is_none());
        assert_eq!(shown, Shown::Failed(ApiError::new(ErrorKind::BadAddress)));
    }
    let asked = reduce(&mut shown, host(" mail.example ", "ada", "canary"));
    let whole = Ask::Host { host: "mail.example".into(), user: Some(("ada".into(), "canary".into())) };
    assert_eq!((asked, &shown), (Some(whole), &Shown::Busy));
    shown = Shown::Nothing;
    let asked = reduce(&mut shown, host("mail.example", "", ""));
    assert_eq!(asked, Some(Ask::Host { host: "mail.example".into(), user: None }));
}

#[test]
fn what_is_serious_comes_first_and_says_how_much() {
    let card = card();
    let found = card.services.first().map(|imap| findings::ordered(&imap.findings)).unwrap_or_default();
    assert_eq!(found, [Finding::CertificateSoon(1), Finding::OldTls, Finding::NoIdle { every_seconds: 120 }]);
    let said = |finding| findings::words(English, finding).1;
    assert!(said(Finding::CertificateSoon(1)).contains("In 1 day "));
    assert!(!said(Finding::CertificateSoon(-3)).contains("-3"));
    assert!(said(Finding::NoIdle { every_seconds: 120 }).contains("2 min"));
    assert!(said(Finding::ExpireDays(30)).contains("30 days") && !said(Finding::ExpireDays(0)).contains('0'));
    assert!(findings::words(Korean, Finding::LoginDelay(900)).1.contains("15분"));
}

#[test]
fn every_finding_has_words_in_both_languages_with_nothing_left_to_fill() {
    use Finding::*;
    let all = [
        NoImap,
        NoPop3,
        NoSmtp,
        ClearText,
        OldTls,
        CertificateSoon(5),
        CertificateSoon(0),
        SignInToSeeMore,
        NoIdle { every_seconds: 60 },
        NoMove,
        NoUidplus,
        NoCondstore,
        NoSpecialUse,
        NoListStatus,
        NoEsearch,
        NoNamespace,
        NoKnownSignIn,
        NoCapa,
        NoUidl,
        NoTop,
        NoPipelining,
        NoResponseCodes,
        ExpireDays(0),
        ExpireDays(3),
        LoginDelay(60),
        VariesByAccount,
        NoSize,
        No8BitMime,
        NoSmtpUtf8,
        NoAuth,
    ];
    for finding in all {
        let ((name, meaning), (korean, korean_meaning)) =
            (findings::words(English, finding), findings::words(Korean, finding));
        assert_ne!(meaning, korean_meaning);
        for text in [name, &meaning, korean, &korean_meaning] {
            assert!(!text.is_empty() && !text.contains('{'), "{finding:?}: {text}");
        }
        assert!(korean_meaning.ends_with("니다.") || korean_meaning.ends_with("세요."), "{korean_meaning}");
    }
}

#[test]
fn errors_say_what_to_do_here() {
    for kind in [
        ErrorKind::WrongPassword,
        ErrorKind::CertificateExpired,
        ErrorKind::ServerDown,
        ErrorKind::UnknownProvider,
    ] {
        assert_eq!(error(English, kind).0, what_happened(English, kind));
        assert!(!error(Korean, kind).1.is_empty());
    }
    assert!(error(English, ErrorKind::SignedOut).1.contains("Sign in"));
    assert!(!error(English, ErrorKind::Disconnected).1.contains("keep reading"));
}

#[test]
fn support_gets_all_of_it_as_text() {
    let said = text::document(English, &card());
    for words in [
        "Report card of Mail & more/7",
        "- No POP3:",
        "! The address or the password is wrong.",
        "no such user",
        "Server: mail.example:993",
        "TLS: TLS 1.3, X",
        "Certificate for: mail.example, imap.example",
        "Valid for: 1 day\n",
        "up to 36.7 MB",
        "Mail is kept for 1 day.",
        "Offered before sign-in: IDLE",
        "     7 ms > a1 CAPABILITY",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert!(!said.contains("Offered after"), "{said}");
    assert!(text::document(Korean, &card()).contains("1일 동안"));
    assert_eq!(text::file_name(&card()), "report-card-Mail---more-7.txt");
}
