//! What was agreed on with a server, and the certificate that it showed.
use super::clean;
use crate::net::Stream;
use crate::net::tls::{pin_of, pin_text};
use pyeonji_shared::lab::card::{Certificate, MAX_WORDS, Tls};
use rustls::ProtocolVersion;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

const DAY: i64 = 24 * 3600;

pub fn of(stream: &Stream) -> Option<Tls> {
    let connection = stream.tls()?;
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = connection.negotiated_cipher_suite();
    let cipher = cipher.map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
    let shown = connection.peer_certificates().and_then(<[_]>::first);
    Some(Tls { version, cipher, certificate: shown.and_then(|der| read(der)) })
}

fn read(der: &[u8]) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let names = parsed.subject_alternative_name().ok().flatten();
    let names = names.iter().flat_map(|extension| &extension.value.general_names).filter_map(name);
    let not_after = parsed.validity().not_after.timestamp();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().cast_signed());
    Some(Certificate {
        names: names.take(MAX_WORDS).collect(),
        subject: clean(&parsed.subject().to_string()),
        issuer: clean(&parsed.issuer().to_string()),
        not_after,
        days_left: not_after.saturating_sub(now).div_euclid(DAY),
        pin: pin_of(der).map(|pin| pin_text(&pin)).unwrap_or_default(),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean(name)),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).ok().map(IpAddr::from);
            let six = || <[u8; 16]>::try_from(*bytes).ok().map(IpAddr::from);
            four.or_else(six).map(|ip| ip.to_string())
        }
        _ => None,
    }
}
