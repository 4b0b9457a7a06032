//! A credential that never prints and is wiped when dropped (R23).
use zeroize::Zeroizing;

#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
    /// The text itself; only codecs and the cookie seal call this.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How an account's mail is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    #[default]
    Imap,
    /// The mail is kept on the device.
    Pop3,
}

/// Who signs in upstream.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The address as typed, `local@domain`.
    pub address: String,
    /// What the provider wants as user name (address or local part).
    pub login: String,
    pub password: Secret,
    pub protocol: Protocol,
}

impl Credentials {
    /// The account's mail, the sent mail too, is kept on the device.
    pub fn on_device(&self) -> bool {
        self.protocol == Protocol::Pop3
    }
}

/// Names one sign-in. Lives inside the sealed cookie; made anew at every login (R21).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LoginTicket(pub [u8; 16]);

impl LoginTicket {
    pub fn random() -> Self {
        Self(rand::random())
    }
}

/// Only the first two bytes: enough to follow one sign-in through a log, not enough to be it.
impl std::fmt::Debug for LoginTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [first, second, ..] = self.0;
        write!(f, "LoginTicket({first:02x}{second:02x}…)")
    }
}
