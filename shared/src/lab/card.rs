//! A report card: what a provider's servers offer, before and after signing in, and what their gaps mean for the person.
//! `POST /api/lab/card` with an [`Ask`].
use super::report::{Line, Proto};
use crate::call::device::Expire;
use crate::error::ApiError;
use serde::{Deserialize, Serialize};

/// Bytes of a question.
pub const MAX_ASK: usize = 4 << 10;
/// Names of a certificate, and words of a list of capabilities, that are told.
pub const MAX_WORDS: usize = 256;
/// A certificate that ends within so many days is a finding.
pub const SOON_DAYS: i64 = 21;

/// Whose servers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Those of the account that is signed in, with its password.
    Own,
    /// Those that the configuration names for an address or a domain. With a password the address is signed in.
    Provider { address: String, password: Option<String> },
    /// Any server; only where the configuration allows that.
    Host { host: String, user: Option<(String, String)> },
}

/// Never with a password.
impl core::fmt::Debug for Ask {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Ask::Own => "Own",
            Ask::Provider { .. } => "Provider(…)",
            Ask::Host { .. } => "Host(…)",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The provider's name, or the host.
    pub name: String,
    /// Seconds since 1970-01-01 UTC.
    pub made: i64,
    /// IMAP, POP3, SMTP: those that are configured.
    pub services: Vec<Service>,
    /// Of the provider as a whole.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub protocol: Proto,
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// Why it couldn't be reached, or asked.
    pub error: Option<ApiError>,
    pub sign_in: SignIn,
    /// What it said first.
    pub greeting: String,
    pub tls: Option<Tls>,
    /// What it offers, in its own words.
    pub before: Vec<String>,
    /// The same once signed in; empty if it wasn't, or wasn't asked.
    pub after: Vec<String>,
    pub limits: Vec<Limit>,
    pub findings: Vec<Finding>,
    /// All that passed, with secrets taken out.
    pub transcript: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    Implicit,
    StartTls,
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    NotTried,
    Accepted,
    Refused(ApiError),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    pub version: String,
    pub cipher: String,
    pub certificate: Option<Certificate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// DNS names and addresses that it is for.
    pub names: Vec<String>,
    pub subject: String,
    pub issuer: String,
    /// Seconds since 1970-01-01 UTC.
    pub not_after: i64,
    pub days_left: i64,
    /// The form in which the configuration pins its key.
    pub pin: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// SMTP SIZE (RFC 1870), in octets.
    MessageOctets(u64),
    /// IMAP APPENDLIMIT (RFC 7889), in octets.
    AppendOctets(u64),
    /// IMAP MESSAGELIMIT (RFC 9738): messages of one command.
    MessagesPerCommand(u64),
    /// IMAP SAVELIMIT (RFC 9738): messages of one saved search.
    SavedMessages(u64),
    /// POP3 EXPIRE (RFC 2449).
    Expire(Expire),
    /// POP3 LOGIN-DELAY (RFC 2449), in seconds.
    LoginDelay(u32),
}

/// What is missing, or in the way; what degrades by it is for the page to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The provider has no server of this kind.
    NoImap,
    NoPop3,
    NoSmtp,
    /// Passwords and mail travel unencrypted.
    ClearText,
    /// TLS 1.2 is the newest that it speaks.
    OldTls,
    /// Days until the certificate ends.
    CertificateSoon(i64),
    /// Servers may name part of what they offer only after sign-in: what is missing can't be judged without.
    SignInToSeeMore,
    /// IDLE: new mail is seen when it is looked for, every so many seconds.
    NoIdle {
        every_seconds: u32,
    },
    NoMove,
    NoUidplus,
    NoCondstore,
    NoSpecialUse,
    NoListStatus,
    NoEsearch,
    NoNamespace,
    /// IMAP LOGIN isn't possible, and neither is a mechanism that we know.
    NoKnownSignIn,
    /// CAPA isn't understood: what it offers is found out by trying.
    NoCapa,
    NoUidl,
    NoTop,
    NoPipelining,
    NoResponseCodes,
    /// Mail is deleted by the server after so many days; 0: once it was fetched.
    ExpireDays(u32),
    LoginDelay(u32),
    /// EXPIRE or LOGIN-DELAY is another for each account.
    VariesByAccount,
    NoSize,
    No8BitMime,
    NoSmtpUtf8,
    /// It asks nobody for a password.
    NoAuth,
}

impl Finding {
    /// The person has less mail, or less safety, by it; the others cost time or comfort.
    pub fn is_serious(self) -> bool {
        matches!(
            self,
            Self::NoImap
                | Self::NoSmtp
                | Self::ClearText
                | Self::CertificateSoon(_)
                | Self::NoKnownSignIn
                | Self::NoUidl
                | Self::ExpireDays(_)
        )
    }
}
