//! A report card as facts, and as a text for whoever helps.
use super::findings;
use super::words::{self, say, say_with};
use crate::i18n::Locale;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::card::{Card, Finding, Service, SignIn};
use pyeonji_shared::lab::report::{Direction, Line};

/// What is known of a server: what it is, and its value. Values may be the server's own words.
pub fn facts(l: Locale, service: &Service) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut add = |name, value: String| {
        if !value.is_empty() {
            facts.push((say(l, name), value));
        }
    };
    add(words::SERVER, format!("{}:{}", service.host, service.port));
    add(words::ENCRYPTION, words::encryption(l, service.encryption).to_owned());
    if let Some(tls) = &service.tls {
        add(("TLS", "TLS"), format!("{}, {}", tls.version, tls.cipher));
        if let Some(certificate) = &tls.certificate {
            add(words::CERTIFICATE, certificate.names.join(", "));
            add(words::ISSUER, certificate.issuer.clone());
            add(words::VALID, words::days(l, certificate.days_left));
            add(words::PIN, certificate.pin.clone());
        }
    }
    let signed_in = match service.sign_in {
        SignIn::NotTried => words::NOT_TRIED,
        SignIn::Accepted => words::ACCEPTED,
        SignIn::Refused(_) => words::REFUSED,
    };
    add(words::SIGN_IN, say(l, signed_in).to_owned());
    add(words::GREETING, service.greeting.clone());
    facts
}

/// What went wrong with a server: reaching it, or signing in.
pub fn error(service: &Service) -> Option<&ApiError> {
    match &service.sign_in {
        SignIn::Refused(error) => Some(service.error.as_ref().unwrap_or(error)),
        _ => service.error.as_ref(),
    }
}

/// What passed, a line each.
pub fn transcript(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        let arrow = if line.direction == Direction::ToServer { " > " } else { " < " };
        out += &format!("{:>6} ms{arrow}{}\n", line.at, line.text);
    }
    out
}

pub fn document(l: Locale, card: &Card) -> String {
    let mut out = say_with(l, words::CARD_OF, &card.name) + "\n";
    list(l, &card.findings, &mut out);
    for service in &card.services {
        out += &format!("\n{}\n", words::protocol(service.protocol));
        if let Some(error) = error(service) {
            let (what, remedy) = words::error(l, error.kind);
            out += &format!("  ! {what} {remedy}\n    {}\n", error.detail);
        }
        for (name, value) in facts(l, service) {
            out += &format!("  {name}: {value}\n");
        }
        for (name, offers) in [(words::BEFORE, &service.before), (words::AFTER, &service.after)] {
            if !offers.is_empty() {
                out += &format!("  {}: {}\n", say(l, name), offers.join(", "));
            }
        }
        for limit in &service.limits {
            out += &format!("  {}\n", words::limit(l, *limit));
        }
        list(l, &service.findings, &mut out);
        out += &transcript(&service.transcript);
    }
    out
}

fn list(l: Locale, findings: &[Finding], out: &mut String) {
    for finding in findings::ordered(findings) {
        let mark = if finding.is_serious() { '!' } else { '-' };
        let (name, meaning) = findings::words(l, finding);
        *out += &format!("  {mark} {name}: {meaning}\n");
    }
}

/// A name for the file, of letters that every system takes.
pub fn file_name(card: &Card) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    format!("report-card-{}.txt", card.name.chars().map(plain).collect::<String>())
}
