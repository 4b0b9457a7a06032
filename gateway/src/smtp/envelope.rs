//! Who sends to whom, and which addresses may stand in a command at all (R15).
use pyeonji_shared::error::{ApiError, ErrorKind};

/// Bytes of one address. RFC 5321 §4.5.3.1: 64 + 1 + 255.
const MAX_ADDRESS: usize = 320;

/// Who sends to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub from: String,
    pub to: Vec<String>,
    /// Bytes of the message, CRLF line ends, before dot-stuffing.
    pub size: u64,
    /// Headers or addresses need RFC 6531.
    pub needs_utf8: bool,
}

impl Envelope {
    /// # Errors
    /// `BadAddress` naming the first address that can't be used; `RateLimited` for too many recipients.
    pub fn check(&self, max_recipients: u64) -> Result<(), ApiError> {
        let mut all = std::iter::once(&self.from).chain(&self.to);
        if let Some(bad) = all.find(|address| !is_usable(address)) {
            return Err(ApiError::new(ErrorKind::BadAddress).with_detail(bad));
        }
        if self.to.is_empty() {
            return Err(ApiError::new(ErrorKind::BadAddress).with_detail("no recipient"));
        }
        if self.to.len() as u64 > max_recipients {
            let words = format!("at most {max_recipients} recipients");
            return Err(ApiError::new(ErrorKind::RateLimited).with_detail(&words));
        }
        Ok(())
    }

    /// Some address isn't ASCII (RFC 6531 §3.3).
    pub fn needs_utf8(&self) -> bool {
        self.needs_utf8 || !self.from.is_ascii() || self.to.iter().any(|to| !to.is_ascii())
    }
}

/// Whether an address may be written between angle brackets: it can't end the path, the line or the command.
fn is_usable(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let text = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>');
    let local_ok = if quoted { is_quoted_string(local) } else { local.chars().all(|c| text(c) && c != '"') };
    address.len() <= MAX_ADDRESS
        && !local.is_empty()
        && !domain.is_empty()
        && local_ok
        && domain.chars().all(|c| text(c) && c != '"')
}

/// RFC 5321 §4.1.2 `Quoted-string`: printable ASCII, quotes and backslashes only behind a backslash.
fn is_quoted_string(local: &str) -> bool {
    let Some(inner) = local.strip_prefix('"').and_then(|l| l.strip_suffix('"')) else { return false };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let c = if c == '\\' { chars.next() } else { Some(c).filter(|c| *c != '"') };
        // Angle brackets are legal in here, but not every server knows that.
        if !c.is_some_and(|c| !c.is_control() && !matches!(c, '<' | '>')) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r15_addresses_cant_leave_their_brackets() {
        for good in ["a@b.test", "a+b.c@[127.0.0.1]", "\"a b\"@c.test", "\"a\\\"b\"@c.test", "편지@메일.test"]
        {
            assert!(is_usable(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b\r\nRCPT TO:<c@d>",
            "a\rb@c",
            "a\nb@c",
            "a\0b@c",
            "a@b\0",
            "a>b@c",
            "a@b> SIZE=1",
            "a b@c",
            "\"a\"b\"@c",
            "\"a\r\"@c",
            "\"a\\\"@c",
            "\"a@c",
            "a\u{85}b@c",
            "a\u{2028}@c",
        ] {
            assert!(!is_usable(bad), "{bad:?}");
        }
        assert!(!is_usable(&format!("{}@b", "a".repeat(MAX_ADDRESS))));
    }

    #[test]
    fn envelope_bounds() {
        let envelope = |n: usize| Envelope {
            from: "a@b.test".into(),
            to: vec!["c@d.test".into(); n],
            size: 1,
            needs_utf8: false,
        };
        assert!(envelope(1).check(100).is_ok());
        assert!(envelope(100).check(100).is_ok());
        assert_eq!(envelope(101).check(100).unwrap_err().kind, ErrorKind::RateLimited);
        assert_eq!(envelope(0).check(100).unwrap_err().kind, ErrorKind::BadAddress);
    }
}
