//! The one error that reaches a person. `kind` is the key of the text shown; `detail` is the server's own words.
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    pub kind: ErrorKind,
    pub retry: Retry,
    /// What the other side said, verbatim but bounded to 500 characters and without control characters.
    /// Shown as a quotation, never as our own words. May be empty.
    pub detail: String,
}

/// Append only: the order is the wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ErrorKind {
    /// Address or password not accepted; the same for an unknown address.
    WrongPassword,
    /// Nobody configured a server for this address's domain.
    UnknownProvider,
    /// The mail server can't be reached (refused, no route, no such host).
    ServerDown,
    /// The mail server answered too late.
    ServerTimeout,
    /// TLS: the certificate is for another name.
    CertificateName,
    /// TLS: expired or not yet valid.
    CertificateExpired,
    /// TLS: signed by nobody we trust (self-signed included).
    CertificateUntrusted,
    /// TLS: a CA certificate used as the server's own (`openssl req -x509`).
    CertificateIsCa,
    /// TLS failed in another way.
    Tls,
    /// The server offers no encryption although the configuration demands it, or sent data it must not.
    InsecureServer,
    /// The server broke the protocol.
    Protocol,
    /// The server said NO.
    Refused,
    /// The server said BYE or closed the connection.
    Disconnected,
    /// The mailbox is full.
    OverQuota,
    /// The message is larger than the server's SIZE, or than our own limit.
    TooBig,
    /// At least one recipient was refused; nothing was sent.
    RecipientRefused,
    /// The sender address was refused.
    SenderRefused,
    /// The server refused the content after DATA.
    MessageRefused,
    /// It isn't known whether the message was sent.
    SendUnknown,
    /// Too many recipients, messages or requests in a time.
    RateLimited,
    /// Too many failed sign-ins from here.
    TooManyFailures,
    /// The message or folder is no longer there.
    Gone,
    /// The folder was renumbered; open it again.
    ValidityChanged,
    /// This server can't do that.
    Unsupported,
    /// A request that makes no sense (a bug in the page, or not our page).
    BadRequest,
    /// The session has ended; sign in again.
    SignedOut,
    /// Cancelled by the user.
    Cancelled,
    /// The gateway is out of memory or sessions.
    Busy,
    /// A fault in the gateway itself.
    Internal,
    /// The message can't be shown safely; its source can.
    Unshowable,
    /// An attachment is no longer at the gateway; send it again.
    UploadGone,
    /// The network between the page and the gateway.
    Offline,
    /// An address that can't be used (syntax).
    BadAddress,
    /// Another program has the mailbox open (IN-USE, RFC 2449 §8.1.2).
    InUse,
    /// The server wants more time between two sign-ins (LOGIN-DELAY); `retry` says how much where it is known.
    TooSoon,
    /// The browser allows no more mail on this device.
    DeviceFull,
    /// What is on this device can't be read or written.
    Device,
}

/// What makes sense next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Retry {
    /// The same again won't help.
    Never,
    /// The person may try again.
    ByHand,
    /// The page may try again by itself after this many seconds.
    After(u32),
}

impl ApiError {
    pub const MAX_DETAIL: usize = 500;

    pub fn new(kind: ErrorKind) -> Self {
        Self { kind, retry: kind.usual_retry(), detail: String::new() }
    }

    /// Adds the other side's words, bounded and without control characters.
    pub fn with_detail(mut self, words: &str) -> Self {
        self.detail =
            words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(Self::MAX_DETAIL).collect();
        self
    }
}

impl ErrorKind {
    /// By its name, as JSON has it. What serde makes for reading names is 3 KB of the page's code.
    pub fn named(name: &str) -> Option<Self> {
        let mut kinds = (0..0x80_u8).map_while(|n| postcard::from_bytes::<Self>(&[n]).ok());
        kinds.find(|kind| format!("{kind:?}") == name)
    }

    pub fn usual_retry(self) -> Retry {
        use ErrorKind::*;
        match self {
            ServerDown | ServerTimeout | Disconnected | Busy | Offline => Retry::After(5),
            InUse | TooSoon => Retry::After(60),
            WrongPassword | CertificateName | CertificateExpired | CertificateUntrusted | CertificateIsCa
            | Tls | Refused | OverQuota | TooBig | RecipientRefused | SenderRefused | MessageRefused
            | SendUnknown | RateLimited | TooManyFailures | Internal | UploadGone | ValidityChanged
            | BadAddress => Retry::ByHand,
            _ => Retry::Never,
        }
    }
}

impl core::fmt::Display for ApiError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.kind)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    #[test]
    fn a_kind_is_found_by_the_name_that_json_has_for_it() {
        let last = ErrorKind::Device as u8;
        for n in 0..=last {
            let kind: ErrorKind = postcard::from_bytes(&[n]).unwrap();
            let name = format!("{kind:?}");
            let json: StrDeserializer<'_, Error> = name.as_str().into_deserializer();
            assert_eq!(ErrorKind::deserialize(json), Ok(kind));
            assert_eq!(ErrorKind::named(&name), Some(kind));
        }
        assert!(postcard::from_bytes::<ErrorKind>(&[last + 1]).is_err(), "Device is the last");
        for name in ["", "device", "DeviceFul", "Nothing"] {
            assert_eq!(ErrorKind::named(name), None);
        }
    }
}
