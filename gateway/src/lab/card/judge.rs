//! From what a server offers to what its gaps mean.
use crate::pop3::Capabilities;
use pyeonji_shared::call::device::Expire;
use pyeonji_shared::lab::card::{Encryption, Finding, Limit, SOON_DAYS, Service, SignIn};

/// Of every service: how safely it is reached.
pub fn common(service: &mut Service) {
    let findings = &mut service.findings;
    if service.encryption == Encryption::None && service.error.is_none() {
        findings.push(Finding::ClearText);
    }
    if let Some(tls) = &service.tls {
        if tls.version == "TLS 1.2" {
            findings.push(Finding::OldTls);
        }
        let left = tls.certificate.as_ref().map(|certificate| certificate.days_left);
        if let Some(days) = left.filter(|days| *days < SOON_DAYS) {
            findings.push(Finding::CertificateSoon(days));
        }
    }
    findings.sort_unstable();
    findings.dedup();
}

pub fn imap(service: &mut Service, every: u64) {
    let signed_in = service.sign_in == SignIn::Accepted;
    let offered = if signed_in { &service.after } else { &service.before };
    let has = |name: &str| offered.iter().any(|word| word == name);
    // RFC 9051 appendix E: these are part of the second revision.
    let rev2 = has("IMAP4REV2");
    for word in offered {
        let (name, number) = word.split_once('=').unwrap_or((word, ""));
        let Ok(number) = number.parse() else { continue };
        match name {
            "APPENDLIMIT" => service.limits.push(Limit::AppendOctets(number)),
            "MESSAGELIMIT" => service.limits.push(Limit::MessagesPerCommand(number)),
            "SAVELIMIT" => service.limits.push(Limit::SavedMessages(number)),
            _ => {}
        }
    }
    let every_seconds = u32::try_from(every).unwrap_or(u32::MAX);
    let wanted = [
        ("IDLE", true, Finding::NoIdle { every_seconds }),
        ("MOVE", true, Finding::NoMove),
        ("UIDPLUS", true, Finding::NoUidplus),
        ("CONDSTORE", false, Finding::NoCondstore),
        ("SPECIAL-USE", true, Finding::NoSpecialUse),
        ("LIST-STATUS", true, Finding::NoListStatus),
        ("ESEARCH", true, Finding::NoEsearch),
        ("NAMESPACE", true, Finding::NoNamespace),
    ];
    let missing: Vec<Finding> = wanted
        .into_iter()
        .filter(|(name, in_rev2, _)| !(has(name) || rev2 && *in_rev2))
        .map(|w| w.2)
        .collect();
    match signed_in {
        true => service.findings.extend(missing),
        // RFC 9051 §6.1.1: a server may name others after sign-in.
        false if !missing.is_empty() => service.findings.push(Finding::SignInToSeeMore),
        false => {}
    }
}

/// By what is offered before sign-in; afterwards it needn't be named any more.
pub fn pop3_sign_in(service: &mut Service, known: &Capabilities) {
    // Some lists forget USER where it can be used.
    let offers = known.user || known.has_mechanism("PLAIN") || known.mechanisms.is_empty();
    if known.known && !offers {
        service.findings.push(Finding::NoKnownSignIn);
    }
}

pub fn pop3(service: &mut Service, known: &Capabilities) {
    let mut found = Vec::new();
    if !known.known {
        found.push(Finding::NoCapa);
    } else {
        for (there, finding) in [
            (known.uidl, Finding::NoUidl),
            (known.top, Finding::NoTop),
            (known.pipelining, Finding::NoPipelining),
            (known.response_codes, Finding::NoResponseCodes),
            (!known.varies || service.sign_in == SignIn::Accepted, Finding::VariesByAccount),
        ] {
            if !there {
                found.push(finding);
            }
        }
    }
    if let Some(expire) = known.expire {
        service.limits.push(Limit::Expire(expire));
        if let Expire::Days(days) = expire {
            found.push(Finding::ExpireDays(days));
        }
    }
    if let Some(seconds) = known.login_delay {
        service.limits.push(Limit::LoginDelay(seconds));
        if seconds > 0 {
            found.push(Finding::LoginDelay(seconds));
        }
    }
    service.findings.extend(found);
}

pub fn smtp(service: &mut Service) {
    if service.before.is_empty() {
        return;
    }
    let upper: Vec<String> = service.before.iter().map(|line| line.to_ascii_uppercase()).collect();
    let has = |name: &str| upper.iter().any(|l| l.split([' ', '=']).next() == Some(name));
    let mechanisms = upper.iter().filter(|l| l.starts_with("AUTH")).flat_map(|l| l.split([' ', '=']));
    if has("AUTH") && !mechanisms.clone().any(|word| matches!(word, "PLAIN" | "LOGIN")) {
        service.findings.push(Finding::NoKnownSignIn);
    }
    let size = upper.iter().find_map(|line| line.strip_prefix("SIZE ")?.trim().parse().ok());
    if let Some(octets) = size.filter(|octets| *octets > 0) {
        service.limits.push(Limit::MessageOctets(octets));
    }
    let found = [
        ("SIZE", Finding::NoSize),
        ("8BITMIME", Finding::No8BitMime),
        ("SMTPUTF8", Finding::NoSmtpUtf8),
        ("PIPELINING", Finding::NoPipelining),
        ("AUTH", Finding::NoAuth),
    ];
    service.findings.extend(found.into_iter().filter(|(name, _)| !has(name)).map(|f| f.1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyeonji_shared::lab::report::Proto;

    fn service(before: &[&str], after: &[&str]) -> Service {
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect();
        Service {
            protocol: Proto::Imap,
            host: "mail.example".into(),
            port: 1,
            encryption: Encryption::Implicit,
            error: None,
            sign_in: if after.is_empty() { SignIn::NotTried } else { SignIn::Accepted },
            greeting: String::new(),
            tls: None,
            before: words(before),
            after: words(after),
            limits: Vec::new(),
            findings: Vec::new(),
            transcript: Vec::new(),
        }
    }

    #[test]
    fn imap() {
        let mut bare = service(&["IMAP4REV1"], &["IMAP4REV1", "APPENDLIMIT=1000", "MESSAGELIMIT=50", "MOVE"]);
        super::imap(&mut bare, 120);
        assert_eq!(bare.limits, [Limit::AppendOctets(1000), Limit::MessagesPerCommand(50)]);
        assert!(bare.findings.contains(&Finding::NoIdle { every_seconds: 120 }), "{:?}", bare.findings);
        assert!(bare.findings.contains(&Finding::NoCondstore) && !bare.findings.contains(&Finding::NoMove));
        // The second revision has all but CONDSTORE in it.
        let mut second = service(&[], &["IMAP4REV2"]);
        super::imap(&mut second, 120);
        assert_eq!(second.findings, [Finding::NoCondstore]);
        let mut stranger = service(&["IMAP4REV1"], &[]);
        super::imap(&mut stranger, 120);
        assert_eq!(stranger.findings, [Finding::SignInToSeeMore]);
    }

    #[test]
    fn pop3() {
        let of = |lines: &[&str], signed_in: bool| {
            let mut known = Capabilities::listed();
            lines.iter().for_each(|line| known.add(line.as_bytes()));
            let mut service = service(&[], if signed_in { &["x"] } else { &[] });
            super::pop3_sign_in(&mut service, &known);
            super::pop3(&mut service, &known);
            (service.limits, service.findings)
        };
        let all = ["USER", "UIDL", "TOP", "PIPELINING", "RESP-CODES"];
        assert_eq!(of(&all, false), (vec![], vec![]));
        let (limits, findings) = of(&[&all[..], &["EXPIRE 30 USER", "LOGIN-DELAY 900"]].concat(), false);
        assert_eq!(limits, [Limit::Expire(Expire::Days(30)), Limit::LoginDelay(900)]);
        let expected = [Finding::VariesByAccount, Finding::ExpireDays(30), Finding::LoginDelay(900)];
        assert_eq!(findings, expected);
        let (limits, findings) = of(&["SASL GSSAPI", "EXPIRE NEVER"], true);
        assert_eq!(limits, [Limit::Expire(Expire::Never)]);
        let expected = [
            Finding::NoKnownSignIn,
            Finding::NoUidl,
            Finding::NoTop,
            Finding::NoPipelining,
            Finding::NoResponseCodes,
        ];
        assert_eq!(findings, expected);
    }

    #[test]
    fn smtp() {
        let mut full =
            service(&["size 1000", "8BITMIME", "SMTPUTF8", "PIPELINING", "AUTH=LOGIN", "XSIZE 3"], &[]);
        super::smtp(&mut full);
        assert_eq!((full.limits.as_slice(), full.findings.len()), (&[Limit::MessageOctets(1000)][..], 0));
        let mut bare = service(&["SIZE", "AUTH GSSAPI"], &[]);
        super::smtp(&mut bare);
        let expected =
            [Finding::NoKnownSignIn, Finding::No8BitMime, Finding::NoSmtpUtf8, Finding::NoPipelining];
        assert_eq!((bare.limits.len(), bare.findings.as_slice()), (0, &expected[..]));
    }

    #[test]
    fn certificates_and_encryption() {
        let tls = |version: &str, days_left| {
            let certificate = pyeonji_shared::lab::card::Certificate {
                names: Vec::new(),
                subject: String::new(),
                issuer: String::new(),
                not_after: 0,
                days_left,
                pin: String::new(),
            };
            let (version, cipher) = (version.to_owned(), String::new());
            Some(pyeonji_shared::lab::card::Tls { version, cipher, certificate: Some(certificate) })
        };
        let mut old = Service { tls: tls("TLS 1.2", SOON_DAYS - 1), ..service(&[], &[]) };
        common(&mut old);
        assert_eq!(old.findings, [Finding::OldTls, Finding::CertificateSoon(SOON_DAYS - 1)]);
        let mut good = Service { tls: tls("TLS 1.3", SOON_DAYS), ..service(&[], &[]) };
        common(&mut good);
        assert!(good.findings.is_empty());
        let mut clear = Service { encryption: Encryption::None, ..service(&[], &[]) };
        common(&mut clear);
        assert_eq!(clear.findings, [Finding::ClearText]);
    }
}
