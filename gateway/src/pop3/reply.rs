//! Status lines: `+OK words`, `-ERR [CODE] words` (RFC 1939 §3), and the `+ ` of AUTH (RFC 5034 §4).
use super::code::Code;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Ok,
    Err,
    /// The server wants more of a sign-in.
    GoAhead,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub sign: Sign,
    pub code: Option<Code>,
    /// The server's words; not ours to understand, in whatever charset it thinks it speaks.
    pub text: String,
}

impl Status {
    /// `None` if the line is no status line.
    pub fn of(line: &[u8]) -> Option<Self> {
        let (sign, rest) = if let Some(rest) = after(line, b"+OK") {
            (Sign::Ok, rest)
        } else if let Some(rest) = after(line, b"-ERR") {
            (Sign::Err, rest)
        } else {
            let rest = line.strip_prefix(b"+").filter(|rest| rest.first().is_none_or(|b| *b == b' '))?;
            (Sign::GoAhead, rest)
        };
        let text = String::from_utf8_lossy(rest);
        let (code, text) = Code::split(text.trim());
        Some(Self { sign, code, text: text.to_owned() })
    }
}

/// What follows the word. RFC 1939 §3 wants it in capitals; some servers write it small, some put no blank behind it.
fn after<'a>(line: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = line.split_at_checked(word.len())?;
    let ends = rest.first().is_none_or(|b| !b.is_ascii_alphanumeric());
    (ends && head.eq_ignore_ascii_case(word)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines() {
        for (line, sign, code, text) in [
            ("+OK", Sign::Ok, None, ""),
            ("+OK 2 320", Sign::Ok, None, "2 320"),
            ("+ok\tready", Sign::Ok, None, "ready"),
            ("+OK, hello", Sign::Ok, None, ", hello"),
            ("-ERR [IN-USE] locked", Sign::Err, Some(Code::InUse), "locked"),
            ("-err", Sign::Err, None, ""),
            ("+", Sign::GoAhead, None, ""),
            ("+ ", Sign::GoAhead, None, ""),
            ("+ bm8=", Sign::GoAhead, None, "bm8="),
        ] {
            let expected = Status { sign, code, text: text.into() };
            assert_eq!(Status::of(line.as_bytes()), Some(expected), "{line}");
        }
        for line in ["", "OK", "+OKAY", "-ERROR x", "* OK IMAP", "220 smtp", "++OK", "+PLAIN", " +OK"] {
            assert_eq!(Status::of(line.as_bytes()), None, "{line}");
        }
        // Korean words in EUC-KR don't stop anything.
        assert_eq!(Status::of(b"-ERR [AUTH] \xc6\xed\xc1\xf6").and_then(|s| s.code), Some(Code::Auth));
    }
}
