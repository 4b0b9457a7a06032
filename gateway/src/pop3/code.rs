//! Response codes (RFC 2449 §8, RFC 3206, RFC 6856). They are read whether or not RESP-CODES was offered.

/// Characters of the longest code that is read; a longer one is text.
const MAX_CODE: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The mailbox is locked by another connection.
    InUse,
    /// Too soon after the last sign-in.
    LoginDelay,
    /// A fault that passes.
    SysTemp,
    /// A fault that needs somebody.
    SysPerm,
    /// The credentials are wrong.
    Auth,
    /// The message needs UTF8 to be sent as it is.
    Utf8,
    Other(String),
}

impl Code {
    /// A code at the beginning of `text`, and what follows it.
    pub fn split(text: &str) -> (Option<Self>, &str) {
        let inside = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        match inside {
            Some((name, rest)) if fits(name) => (Some(Self::named(name)), rest.trim_start()),
            _ => (None, text),
        }
    }

    /// RFC 2449 §8: codes are hierarchical, and an unknown level means what the levels before it mean.
    fn named(name: &str) -> Self {
        let upper = name.to_ascii_uppercase();
        let mut levels = upper.split('/');
        match (levels.next(), levels.next()) {
            (Some("IN-USE"), _) => Self::InUse,
            (Some("LOGIN-DELAY"), _) => Self::LoginDelay,
            (Some("SYS"), Some("TEMP")) => Self::SysTemp,
            (Some("SYS"), Some("PERM")) => Self::SysPerm,
            (Some("AUTH"), _) => Self::Auth,
            (Some("UTF8"), _) => Self::Utf8,
            _ => Self::Other(upper),
        }
    }
}

fn fits(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_CODE && name.bytes().all(|b| b.is_ascii_graphic() && b != b'[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (text, code, rest) in [
            (
                "[IN-USE] Do you have another POP session?",
                Some(Code::InUse),
                "Do you have another POP session?",
            ),
            ("[login-delay] wait", Some(Code::LoginDelay), "wait"),
            ("[SYS/TEMP]", Some(Code::SysTemp), ""),
            ("[sys/perm/quota] no", Some(Code::SysPerm), "no"),
            ("[AUTH]no", Some(Code::Auth), "no"),
            ("[SYS] no", Some(Code::Other("SYS".into())), "no"),
            ("[X-ODD] no", Some(Code::Other("X-ODD".into())), "no"),
            ("words [AUTH] later", None, "words [AUTH] later"),
            ("[two words] no", None, "[two words] no"),
            ("[] no", None, "[] no"),
            ("[AUTH", None, "[AUTH"),
        ] {
            assert_eq!(Code::split(text), (code, rest), "{text}");
        }
        let long = format!("[{}] x", "A".repeat(MAX_CODE + 1));
        assert_eq!(Code::split(&long).0, None);
    }
}
