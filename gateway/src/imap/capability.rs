//! What a server offers (RFC 9051 §7.2.2).
use std::collections::BTreeSet;

/// Capability names, upper-case; at most [`Capabilities::MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    names: BTreeSet<String>,
}

impl Capabilities {
    /// Past it the rest is ignored.
    pub const MAX: usize = 256;

    pub fn new(names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { names: names.into_iter().take(Self::MAX).map(|n| n.as_ref().to_ascii_uppercase()).collect() }
    }

    /// Whether the server offers `name` (upper-case), itself or as part of IMAP4rev2 (RFC 9051 appendix E).
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name) || (REV2.contains(&name) && self.names.contains("IMAP4REV2"))
    }

    /// As the server names them, in upper case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn disable_login(&mut self) {
        self.names.insert("LOGINDISABLED".to_owned());
    }

    pub fn login_disabled(&self) -> bool {
        self.names.contains("LOGINDISABLED")
    }
}

/// Extensions that IMAP4rev2 includes and that we use.
const REV2: &[&str] = &[
    "NAMESPACE",
    "UNSELECT",
    "UIDPLUS",
    "ESEARCH",
    "ENABLE",
    "IDLE",
    "SASL-IR",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "MOVE",
    "LITERAL-",
    "SPECIAL-USE",
    "BINARY",
];
