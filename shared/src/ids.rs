//! Newtyped ids, so that a bare number can't travel between folders, sessions or messages.
use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub $inner);
    };
}

number! {
    /// Unique identifier of a message within one folder and one validity (RFC 9051 §2.3.1.1). Never 0.
    Uid(u32)
}
number! {
    /// Changes when a folder's UIDs were renumbered; every cached UID is void then (RFC 9051 §2.3.1.1).
    UidValidity(u32)
}
number! {
    /// Modification sequence of a message or folder (RFC 7162 §3.1); 0 when the server has none.
    ModSeq(u64)
}
number! {
    /// Message sequence number, 1 = oldest (RFC 9051 §2.3.1.2). Valid only at one point of the event stream.
    Seq(u32)
}
number! {
    /// One request on one connection; chosen by the client, rising.
    RequestId(u32)
}
number! {
    /// Number of an event within a session, rising by one.
    EventSeq(u64)
}

macro_rules! random {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// Lower-case hexadecimal, 32 characters.
            pub fn hex(&self) -> String {
                self.0.iter().map(|b| format!("{b:02x}")).collect()
            }

            /// Reads what [`Self::hex`] wrote.
            pub fn from_hex(text: &str) -> Option<Self> {
                let mut out = [0; 16];
                if text.len() != 32 || !text.is_ascii() {
                    return None;
                }
                for (i, byte) in out.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
                }
                Some(Self(out))
            }
        }
    };
}

random! {
    /// Names one mutation across reconnects, so that a replay is answered from memory.
    OpId
}
random! {
    /// Names one session at the gateway, for resume and for HTTP downloads.
    SessionId
}
random! {
    /// Names an uploaded attachment that waits at the gateway to be sent.
    BlobId
}

/// A folder's name, decoded to Unicode, levels separated by the server's delimiter. `INBOX` is spelled so.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FolderName(pub String);

impl FolderName {
    pub fn inbox() -> Self {
        Self("INBOX".into())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// RFC 9051 §5.1: INBOX is case-insensitive.
    pub fn is_inbox(&self) -> bool {
        self.0.eq_ignore_ascii_case("INBOX")
    }
}

/// One message, wherever it travels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageRef {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub uid: Uid,
}

/// Several messages of one folder, at most [`crate::limits::MAX_UIDS_PER_CALL`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSet {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub uids: Vec<Uid>,
}
