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

/// Who signs in upstream.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The address as typed, `local@domain`.
    pub address: String,
    /// What the provider wants as user name (address or local part).
    pub login: String,
    pub password: Secret,
}
