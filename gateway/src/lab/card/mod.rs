//! The report card of a provider: its servers are met as the product meets them (its egress guard, TLS and engines), asked what they
//! offer before and after sign-in, and judged by what of that the product would use.
mod certificate;
mod imap;
mod judge;
mod pop3;
mod smtp;
pub mod text;

use crate::config::{Endpoint, LoginName, Provider, TlsMode};
use crate::net::record::HIDDEN;
use crate::net::wire::Wire;
use crate::net::{Net, Proto};
use crate::secret::Credentials;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::card::{Card, Encryption, Finding, Service, SignIn};
use pyeonji_shared::lab::report::{Direction, Line};
use pyeonji_shared::lab::wire::WireLine;
use std::time::Duration;
use tokio::time::timeout;

/// For one service, whatever the limits of each step; a server that drips isn't waited for longer.
const TIME: Duration = Duration::from_secs(60);
/// Lines of a service's transcript.
const MAX_LINES: usize = 500;
/// For a polite end.
const FAREWELL: Duration = Duration::from_secs(2);

/// Meets all services at once. With `credentials` it signs in, once for each.
pub async fn make(net: &Net, provider: &Provider, credentials: Option<&Credentials>, made: i64) -> Card {
    let of = |proto, endpoint: &Option<Endpoint>| {
        let tries = tries(provider, endpoint);
        async move {
            let mut met = None;
            for endpoint in tries {
                let service = meet(net, provider, proto, &endpoint, credentials).await;
                let reached = is_reached(&service);
                met = Some(service);
                if reached {
                    break;
                }
            }
            met
        }
    };
    let (imap, pop3, smtp) = tokio::join!(
        of(Proto::Imap, &provider.imap),
        of(Proto::Pop3, &provider.pop3),
        of(Proto::Smtp, &provider.smtp)
    );
    let mut findings = Vec::new();
    for (service, missing) in [(&imap, Finding::NoImap), (&pop3, Finding::NoPop3), (&smtp, Finding::NoSmtp)] {
        if service.is_none() {
            findings.push(missing);
        }
    }
    let services = [imap, pop3, smtp].into_iter().flatten().collect();
    Card { name: provider.name.clone(), made, services, findings }
}

/// The servers of a host that nobody configured: at the usual ports, encrypted at once or else after STARTTLS.
pub fn any_host(host: &str) -> Option<Provider> {
    let host = crate::config::host_name(host)?;
    let at = |port| Some(Endpoint { host: host.clone(), port, tls: TlsMode::Implicit });
    Some(Provider {
        name: host.clone(),
        // Nobody's: this is how such a provider is known.
        domains: Vec::new(),
        login: LoginName::Address,
        extra_roots: Vec::new(),
        pins: Vec::new(),
        imap: at(993),
        pop3: at(995),
        smtp: at(465),
    })
}

/// Where a service is looked for, the likelier place first.
fn tries(provider: &Provider, endpoint: &Option<Endpoint>) -> Vec<Endpoint> {
    let Some(first) = endpoint else { return Vec::new() };
    let mut all = vec![first.clone()];
    if provider.domains.is_empty() {
        let clear = match first.port {
            993 => 143,
            995 => 110,
            _ => 587,
        };
        all.push(Endpoint { host: first.host.clone(), port: clear, tls: TlsMode::StartTls });
    }
    all
}

/// Something answered there, even if it wasn't what was hoped for.
fn is_reached(service: &Service) -> bool {
    let kind = service.error.as_ref().map(|error| error.kind);
    !matches!(kind, Some(ErrorKind::ServerDown | ErrorKind::ServerTimeout))
}

/// What meeting a server needs, and what is found.
struct Meeting<'a> {
    net: Net,
    wire: Wire,
    provider: &'a Provider,
    endpoint: &'a Endpoint,
    credentials: Option<&'a Credentials>,
    found: Service,
}

async fn meet(
    net: &Net,
    provider: &Provider,
    protocol: Proto,
    endpoint: &Endpoint,
    credentials: Option<&Credentials>,
) -> Service {
    let wire = Wire::always_on();
    // The endpoint that is tried stands in the provider's place of it.
    let mut provider = provider.clone();
    match protocol {
        Proto::Imap => provider.imap = Some(endpoint.clone()),
        Proto::Pop3 => provider.pop3 = Some(endpoint.clone()),
        Proto::Smtp => provider.smtp = Some(endpoint.clone()),
    }
    let mut meeting = Meeting {
        net: net.recorded(&wire),
        wire,
        provider: &provider,
        endpoint,
        credentials,
        found: Service {
            protocol,
            host: endpoint.host.clone(),
            port: endpoint.port,
            encryption: match endpoint.tls {
                TlsMode::Implicit => Encryption::Implicit,
                TlsMode::StartTls => Encryption::StartTls,
                TlsMode::None => Encryption::None,
            },
            error: None,
            sign_in: SignIn::NotTried,
            greeting: String::new(),
            tls: None,
            before: Vec::new(),
            after: Vec::new(),
            limits: Vec::new(),
            findings: Vec::new(),
            transcript: Vec::new(),
        },
    };
    let met = async {
        match protocol {
            Proto::Imap => imap::meet(&mut meeting).await,
            Proto::Pop3 => pop3::meet(&mut meeting).await,
            Proto::Smtp => smtp::meet(&mut meeting).await,
        }
    };
    let met = timeout(TIME, met).await.unwrap_or_else(|_| Err(ApiError::new(ErrorKind::ServerTimeout)));
    let Meeting { mut found, wire, .. } = meeting;
    found.error = met.err().map(|error| ApiError { detail: clean(&error.detail), ..error });
    found.transcript = transcript(&wire);
    found.transcript.truncate(MAX_LINES);
    let first = found.transcript.iter().find(|line| line.direction == Direction::FromServer);
    found.greeting = first.map(|line| line.text.clone()).unwrap_or_default();
    judge::common(&mut found);
    found
}

/// All that has passed so far.
fn transcript(wire: &Wire) -> Vec<Line> {
    let lines = wire.lines(0).unwrap_or_default().lines.into_iter();
    let shown = lines.map(|WireLine { line, .. }| {
        // A card is shown to others: how long a password is can't be read off the length of its line.
        let secret = line.text.contains(HIDDEN);
        Line { text: clean(&line.text), bytes: if secret { 0 } else { line.bytes }, ..line }
    });
    shown.collect()
}

/// A server's words, without what could move a terminal's cursor.
fn clean(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What came of signing in; only a refusal is the server's answer to it.
fn outcome(result: Result<(), ApiError>) -> Result<SignIn, ApiError> {
    match result {
        Ok(()) => Ok(SignIn::Accepted),
        Err(error) if matches!(error.kind, ErrorKind::ServerDown | ErrorKind::Disconnected) => Err(error),
        Err(error) => Ok(SignIn::Refused(ApiError { detail: clean(&error.detail), ..error })),
    }
}
