//! What can go wrong between here and a mail server, and how that is told to a person.
use pyeonji_shared::error::{ApiError, ErrorKind};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// No such host, no route, refused. Also, in open mode, whatever the egress policy forbids: one text for
    /// all causes, so that nobody can map a private network by it (R18).
    #[error("the server can't be reached")]
    Unreachable,
    #[error("no connection in time")]
    ConnectTimeout,
    #[error("no TLS handshake in time")]
    TlsTimeout,
    #[error("no greeting in time")]
    GreetingTimeout,
    /// `names`: those that the certificate is for.
    #[error("the certificate is for {names}, not for {host}")]
    CertificateName { host: String, names: String },
    #[error("the certificate has expired or isn't valid yet")]
    CertificateExpired,
    /// `pin`: what the operator can put into `pins`, once the key is known to be the right one.
    #[error("the certificate is signed by nobody we trust; its key has the pin {pin}")]
    CertificateUntrusted { pin: String },
    #[error("the certificate is a certificate authority's, not a server's; its key has the pin {pin}")]
    CertificateIsCa { pin: String },
    #[error("TLS: {0}")]
    Tls(String),
    /// Encryption was demanded, and the server doesn't offer it or did what it must not (R16).
    #[error("{0}")]
    Insecure(String),
    #[error("{0}")]
    Protocol(String),
    /// The server turned us away; its words.
    #[error("{0}")]
    Refused(String),
    #[error("the server closed the connection")]
    Closed,
    /// Only of [`super::Net::get`].
    #[error("larger than allowed")]
    TooBig,
}

impl NetError {
    /// The limit that was reached on the way to a mail server, by its name in the configuration.
    pub fn limit(&self) -> Option<&'static str> {
        Some(match self {
            NetError::ConnectTimeout => "connect_seconds",
            NetError::TlsTimeout => "tls_seconds",
            NetError::GreetingTimeout => "greeting_seconds",
            _ => return None,
        })
    }
}

impl From<NetError> for ApiError {
    fn from(error: NetError) -> Self {
        let kind = match error {
            NetError::Unreachable | NetError::Closed => ErrorKind::ServerDown,
            NetError::ConnectTimeout | NetError::TlsTimeout | NetError::GreetingTimeout => {
                ErrorKind::ServerTimeout
            }
            NetError::CertificateName { .. } => ErrorKind::CertificateName,
            NetError::CertificateExpired => ErrorKind::CertificateExpired,
            NetError::CertificateUntrusted { .. } => ErrorKind::CertificateUntrusted,
            NetError::CertificateIsCa { .. } => ErrorKind::CertificateIsCa,
            NetError::Tls(_) => ErrorKind::Tls,
            NetError::Insecure(_) => ErrorKind::InsecureServer,
            NetError::Protocol(_) => ErrorKind::Protocol,
            NetError::Refused(_) => ErrorKind::Refused,
            NetError::TooBig => ErrorKind::TooBig,
        };
        ApiError::new(kind).with_detail(&error.to_string())
    }
}
