//! A report card for the terminal, in plain words.
use pyeonji_shared::call::device::Expire;
use pyeonji_shared::lab::card::{Card, Encryption, Finding, Limit, Service, SignIn};
use pyeonji_shared::lab::report::{Direction, Proto};
use std::fmt::Write;

pub fn card(card: &Card) -> String {
    let mut out = format!("Report card of {}\n", card.name);
    for finding in &card.findings {
        let _ = writeln!(out, "  {} {}", mark(*finding), finding_words(*finding));
    }
    card.services.iter().for_each(|one| service(one, &mut out));
    out
}

fn service(service: &Service, out: &mut String) {
    let Service { host, port, .. } = service;
    let name = match service.protocol {
        Proto::Imap => "IMAP",
        Proto::Pop3 => "POP3",
        Proto::Smtp => "SMTP",
    };
    let encryption = match service.encryption {
        Encryption::Implicit => "TLS from the beginning",
        Encryption::StartTls => "STARTTLS",
        Encryption::None => "unencrypted",
    };
    let _ = writeln!(out, "\n{name}  {host}:{port}, {encryption}");
    if let Some(error) = &service.error {
        let _ = writeln!(out, "  ! {error}");
    }
    if !service.greeting.is_empty() {
        let _ = writeln!(out, "  greeting     {}", service.greeting);
    }
    if let Some(tls) = &service.tls {
        let _ = writeln!(out, "  encryption   {}, {}", tls.version, tls.cipher);
        if let Some(shown) = &tls.certificate {
            let names = shown.names.join(", ");
            let _ = writeln!(out, "  certificate  for {names}, from {}", shown.issuer);
            let _ = writeln!(out, "               {} days left, {}", shown.days_left, shown.pin);
        }
    }
    let _ = match &service.sign_in {
        SignIn::NotTried => Ok(()),
        SignIn::Accepted => writeln!(out, "  sign-in      accepted"),
        SignIn::Refused(error) => writeln!(out, "  sign-in      ! refused: {error}"),
    };
    for (title, offers) in [("offers", &service.before), ("signed in", &service.after)] {
        if !offers.is_empty() {
            let _ = writeln!(out, "  {title:<12} {}", offers.join(", "));
        }
    }
    for limit in &service.limits {
        let _ = writeln!(out, "  limit        {}", limit_words(*limit));
    }
    for finding in &service.findings {
        let _ = writeln!(out, "  {} {}", mark(*finding), finding_words(*finding));
    }
}

/// The lines that passed.
pub fn transcript(card: &Card) -> String {
    let mut out = String::new();
    for service in &card.services {
        let _ = writeln!(out, "\n{}:{}", service.host, service.port);
        for line in &service.transcript {
            let arrow = if line.direction == Direction::ToServer { '>' } else { '<' };
            let _ = writeln!(out, "  {:>6} ms {arrow} {}", line.at, line.text);
        }
    }
    out
}

fn mark(finding: Finding) -> char {
    if finding.is_serious() { '!' } else { '-' }
}

fn limit_words(limit: Limit) -> String {
    match limit {
        Limit::MessageOctets(octets) => format!("a message that is sent has at most {octets} octets"),
        Limit::AppendOctets(octets) => format!("a message that is stored has at most {octets} octets"),
        Limit::MessagesPerCommand(n) => format!("{n} messages at once"),
        Limit::SavedMessages(n) => format!("{n} messages of a saved search"),
        Limit::Expire(Expire::Never) => "mail is kept without end".into(),
        Limit::Expire(Expire::Days(days)) => format!("mail is kept for {days} days"),
        Limit::LoginDelay(seconds) => format!("{seconds} seconds between two sign-ins"),
    }
}

fn finding_words(finding: Finding) -> String {
    use Finding::*;
    let words = match finding {
        NoImap => "no IMAP: mail can't be seen on several devices at once, only fetched by POP3",
        NoPop3 => "no POP3: mail can't be kept on a device instead of the server",
        NoSmtp => "no server for sending: mail can be read, not written",
        ClearText => "unencrypted: whoever is on the way reads passwords and mail",
        OldTls => "TLS 1.2 is the newest it speaks: safe, one round trip slower to connect",
        CertificateSoon(days) => {
            return format!("its certificate ends in {days} days: nobody signs in afterwards");
        }
        SignInToSeeMore => "what it lacks can't be told without signing in: servers may name more afterwards",
        NoIdle { every_seconds } => {
            return format!("no IDLE: new mail is seen every {every_seconds} seconds, not at once");
        }
        NoMove => "no MOVE: moving is copying and deleting; if it is cut off, mail is in both folders",
        NoUidplus => {
            "no UIDPLUS: moving can't be undone, and deleting removes all that other programs marked too"
        }
        NoCondstore => "no CONDSTORE: what changed elsewhere is found by reading all flags again",
        NoSpecialUse => "no SPECIAL-USE: Sent, Drafts and Trash are guessed from their names",
        NoListStatus => "no LIST-STATUS: unread counts are asked for folder by folder",
        NoEsearch => "no ESEARCH: searches wait for each other",
        NoNamespace => "no NAMESPACE: folders that others share may not be found",
        NoKnownSignIn => "no way to sign in that is known here",
        NoCapa => "no CAPA: what it offers is found out by trying",
        NoUidl => {
            "no UIDL: which mail was fetched before is known by its content alone, after fetching some of it again"
        }
        NoTop => "no TOP: large mail can't be looked at before it is fetched",
        NoPipelining => {
            "no PIPELINING: each command waits for the answer before, so it takes longer on slow lines"
        }
        NoResponseCodes => "no RESP-CODES: why it refuses is guessed from its words",
        ExpireDays(0) => "EXPIRE 0: mail is deleted from the server once it was fetched, whatever the rule",
        ExpireDays(days) => {
            return format!("EXPIRE {days}: the server deletes mail after {days} days, fetched or not");
        }
        LoginDelay(seconds) => {
            return format!("LOGIN-DELAY {seconds}: new mail is looked for every {seconds} seconds at most");
        }
        VariesByAccount => "its limits differ between accounts: sign in to see yours",
        NoSize => "no SIZE: that a message is too large is said only after it was sent",
        No8BitMime => "no 8BITMIME: text beyond ASCII travels encoded, a third larger",
        NoSmtpUtf8 => "no SMTPUTF8: nobody with letters beyond ASCII in the address can be written to",
        NoAuth => "no AUTH: it knows by the address who may send",
    };
    words.to_owned()
}
