//! TLS to mail servers: rustls with ring, verified names, no switch that turns verification off (R17).
//!
//! Trust is per provider: the public roots, the operator's own CA, and keys pinned by their SPKI hash. A pin takes
//! the place of the chain, as DANE-EE does (RFC 7671 §5.1: name and dates of a pinned key are not looked at); the
//! server must still prove that it holds the key.
use super::NetError;
use crate::config::Provider;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

/// One client configuration per set of trusted keys. Each remembers its TLS sessions, so that the second link to a
/// server costs one round trip less and no signature.
#[derive(Debug)]
pub struct TlsClients {
    by_trust: HashMap<[u8; 32], Arc<ClientConfig>>,
    public: Arc<ClientConfig>,
}

impl TlsClients {
    pub fn new<'a>(providers: impl Iterator<Item = &'a Provider>) -> Self {
        let by_trust = providers
            .filter(|p| !is_plain_trust(p))
            .map(|p| (trust_key(p), client_config(&p.extra_roots, &p.pins)))
            .collect();
        Self { by_trust, public: client_config(&[], &[]) }
    }

    /// Completes a handshake within `time`.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        provider: Option<&Provider>,
        host: &str,
        stream: S,
        time: Duration,
    ) -> Result<TlsStream<S>, NetError> {
        let config = match provider {
            Some(p) if !is_plain_trust(p) => match self.by_trust.get(&trust_key(p)) {
                Some(config) => config.clone(),
                None => client_config(&p.extra_roots, &p.pins),
            },
            _ => self.public.clone(),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_string();
        let name = ServerName::try_from(bare).map_err(|_| NetError::Unreachable)?;
        match tokio::time::timeout(time, TlsConnector::from(config).connect(name, stream)).await {
            Ok(result) => result.map_err(|e| explain(&e, host)),
            Err(_) => Err(NetError::TlsTimeout),
        }
    }
}

fn is_plain_trust(provider: &Provider) -> bool {
    provider.extra_roots.is_empty() && provider.pins.is_empty()
}

/// Stands for the set of keys that this provider trusts beside the public roots.
fn trust_key(provider: &Provider) -> [u8; 32] {
    let mut hash = Sha256::new();
    for root in &provider.extra_roots {
        hash.update(Sha256::digest(root));
    }
    hash.update(b"pins");
    for pin in &provider.pins {
        hash.update(pin);
    }
    hash.finalize().into()
}

fn client_config(extra_roots: &[CertificateDer<'static>], pins: &[[u8; 32]]) -> Arc<ClientConfig> {
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for root in extra_roots {
        if let Err(error) = roots.add(root.clone()) {
            tracing::warn!(%error, "a certificate of ca_file can't be a root");
        }
    }
    let verifier = Verifier::new(Arc::new(roots), pins.to_vec(), &crypto);
    let builder = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .unwrap_or_else(|_| unreachable!("ring supports TLS 1.2 and 1.3"));
    let config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    Arc::new(config)
}

/// The ordinary verifier, with pins beside it and better errors.
#[derive(Debug)]
struct Verifier {
    chain: Arc<WebPkiServerVerifier>,
    pins: Vec<[u8; 32]>,
}

impl Verifier {
    fn new(roots: Arc<RootCertStore>, pins: Vec<[u8; 32]>, crypto: &Arc<CryptoProvider>) -> Arc<Self> {
        let chain = WebPkiServerVerifier::builder_with_provider(roots, crypto.clone()).build();
        let chain = chain.unwrap_or_else(|_| unreachable!("the public roots are never empty"));
        Arc::new(Self { chain, pins })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let pin = pin_of(end_entity);
        if pin.is_some_and(|pin| self.pins.contains(&pin)) {
            return Ok(ServerCertVerified::assertion());
        }
        let verdict =
            self.chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.map_err(|error| {
            let is_ca = match &error {
                // webpki's own error type isn't in rustls' public API; its name is.
                Error::InvalidCertificate(CertificateError::Other(other)) => {
                    format!("{:?}", other.0).contains("CaUsedAsEndEntity")
                }
                Error::InvalidCertificate(CertificateError::UnknownIssuer) => false,
                _ => return error,
            };
            let pin = pin.map(|pin| pin_text(&pin)).unwrap_or_default();
            let refusal = if is_ca { Distrust::IsCa { pin } } else { Distrust::Unknown { pin } };
            if matches!((&error, is_ca), (Error::InvalidCertificate(CertificateError::Other(_)), false)) {
                return error;
            }
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refusal))))
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Why a chain isn't trusted, with the pin that would make it so.
#[derive(Debug, thiserror::Error)]
enum Distrust {
    #[error("unknown issuer")]
    Unknown { pin: String },
    #[error("a CA certificate used as the server's own")]
    IsCa { pin: String },
}

/// SHA-256 of the certificate's SubjectPublicKeyInfo.
pub fn pin_of(certificate: &[u8]) -> Option<[u8; 32]> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(Sha256::digest(parsed.tbs_certificate.subject_pki.raw).into())
}

/// As it is written in the configuration: `sha256/` and base64 (the form of RFC 7469).
pub fn pin_text(pin: &[u8; 32]) -> String {
    format!("sha256/{}", STANDARD.encode(pin))
}

/// The inverse of [`pin_text`].
pub fn parse_pin(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.strip_prefix("sha256/")?).ok()?.try_into().ok()
}

/// From what the handshake failed with to what a person is told.
fn explain(error: &io::Error, host: &str) -> NetError {
    let Some(tls) = error.get_ref().and_then(|e| e.downcast_ref::<Error>()) else {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof => NetError::Tls("the server closed the connection".into()),
            _ => NetError::Closed,
        };
    };
    match tls {
        Error::InvalidCertificate(certificate) => explain_certificate(certificate, host),
        Error::InvalidMessage(_) => NetError::Tls("the server doesn't speak TLS on this port".into()),
        other => NetError::Tls(other.to_string()),
    }
}

fn explain_certificate(error: &CertificateError, host: &str) -> NetError {
    use CertificateError::*;
    match error {
        NotValidForName => NetError::CertificateName { host: host.into(), names: "other names".into() },
        NotValidForNameContext { presented, .. } => {
            let names = match presented.is_empty() {
                true => "no name at all".into(),
                false => presented.iter().map(|n| readable_name(n)).collect::<Vec<_>>().join(", "),
            };
            NetError::CertificateName { host: host.into(), names }
        }
        Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } => {
            NetError::CertificateExpired
        }
        UnknownIssuer => NetError::CertificateUntrusted { pin: String::new() },
        Other(other) => match other.0.downcast_ref::<Distrust>() {
            Some(Distrust::Unknown { pin }) => NetError::CertificateUntrusted { pin: pin.clone() },
            Some(Distrust::IsCa { pin }) => NetError::CertificateIsCa { pin: pin.clone() },
            None => NetError::Tls(format!("the certificate is invalid: {}", other.0)),
        },
        other => NetError::Tls(format!("the certificate is invalid: {other}")),
    }
}

/// `DnsName("mail.example")` → `mail.example`.
fn readable_name(presented: &str) -> String {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(presented);
    inner.trim_matches('"').to_string()
}
