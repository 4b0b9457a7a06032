//! Structured values with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231).
use super::MAX_FIELD;
use super::words::decode_words;
use crate::mail::charset;
use crate::mail::encoding::percent_decode;

/// Parameters read of one field.
const MAX_PARAMETERS: usize = 100;

/// `value; name=value; …`, with RFC 2231 continuations and charsets resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// Lower-case, such as `text/plain` or `attachment`.
    pub value: String,
    list: Vec<(String, String)>,
}

#[derive(Debug)]
struct Piece {
    name: String,
    /// Number of a continuation; 0 when there is none.
    section: u32,
    /// Percent-encoded (`name*=` or `name*0*=`).
    extended: bool,
    value: Vec<u8>,
}

impl Parameters {
    pub fn parse(raw: &[u8]) -> Self {
        let raw = raw.get(..MAX_FIELD).unwrap_or(raw);
        let mut parts = split(raw).into_iter();
        let value = parts.next().unwrap_or_default();
        let value = String::from_utf8_lossy(&strip_comments(&value)).trim().to_ascii_lowercase();
        let value = value.split_ascii_whitespace().collect::<String>();
        let mut pieces: Vec<Piece> = parts.take(MAX_PARAMETERS).filter_map(|part| piece(&part)).collect();
        // Continuations may come in any order (RFC 2231 §3); the sort is stable, so the first of doubles stays first.
        pieces.sort_by_key(|piece| piece.section);
        let mut list: Vec<(String, String)> = Vec::new();
        // RFC 6266 §4.3 and common sense: the extended form beats the plain one.
        for extended_first in [true, false] {
            for piece in pieces.iter().filter(|piece| piece.section == 0 && piece.extended == extended_first)
            {
                if !list.iter().any(|(name, _)| *name == piece.name) {
                    list.push((piece.name.clone(), join(&piece.name, &pieces, extended_first)));
                }
            }
        }
        Self { value, list }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Decodes a value that may be in RFC 2231 form (`charset'language'%XX`, as an IMAP server passes it on) or RFC 2047's.
pub(super) fn decode_value(raw: &[u8]) -> String {
    extended(raw).unwrap_or_else(|| decode_words(raw))
}

/// The RFC 2231 form; a file name that merely holds apostrophes isn't taken for it.
fn extended(raw: &[u8]) -> Option<String> {
    let mut quotes = raw.splitn(3, |b| *b == b'\'');
    let (label, language, text) = (quotes.next()?, quotes.next()?, quotes.next()?);
    let token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let plausible = label.iter().all(token)
        && language.iter().all(token)
        && text.iter().all(|b| !b.is_ascii_whitespace())
        && (!label.is_empty() || text.contains(&b'%'));
    let label = String::from_utf8_lossy(label);
    let known = label.is_empty() || charset::is_known(&label);
    let label = Some(label.as_ref()).filter(|label| !label.is_empty());
    (plausible && known).then(|| charset::decode(label, &percent_decode(text)).0)
}

/// Joins the sections of one parameter and decodes them.
fn join(name: &str, pieces: &[Piece], extended: bool) -> String {
    let mut bytes = Vec::new();
    let mut label = None;
    let mut next = 0;
    for piece in pieces.iter().filter(|piece| piece.name == name) {
        if piece.section != next || (next == 0 && piece.extended != extended) {
            continue;
        }
        let mut value = piece.value.as_slice();
        if piece.extended && next == 0 {
            // charset'language'text
            let mut quotes = value.splitn(3, |b| *b == b'\'');
            if let (Some(charset), Some(_), Some(text)) = (quotes.next(), quotes.next(), quotes.next()) {
                label = Some(String::from_utf8_lossy(charset).into_owned());
                value = text;
            }
        }
        if piece.extended {
            bytes.extend(percent_decode(value));
        } else {
            bytes.extend_from_slice(value);
        }
        next += 1;
    }
    match label {
        Some(label) => charset::decode(Some(&label).filter(|l| !l.is_empty()).map(String::as_str), &bytes).0,
        None => decode_words(&bytes),
    }
}

fn piece(part: &[u8]) -> Option<Piece> {
    let equals = part.iter().position(|b| *b == b'=')?;
    let name = String::from_utf8_lossy(&strip_comments(part.get(..equals)?)).trim().to_ascii_lowercase();
    let value = unquote(part.get(equals + 1..)?.trim_ascii());
    let (name, extended) = match name.strip_suffix('*') {
        Some(name) => (name.to_owned(), true),
        None => (name, false),
    };
    let (name, section) = match name.split_once('*') {
        Some((base, number)) => (base.to_owned(), number.parse().ok()?),
        None => (name, 0),
    };
    (!name.is_empty()).then_some(Piece { name, section, extended, value })
}

/// Cuts at semicolons outside quotes and comments. Senders that forget quotes around `=?…?=` are forgiven.
fn split(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    let (mut quoted, mut escaped, mut depth) = (false, false, 0usize);
    for &byte in raw {
        let last = parts.len() - 1;
        let Some(part) = parts.get_mut(last) else { break };
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted || depth > 0 => escaped = true,
            b'"' if depth == 0 => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b';' if !quoted && depth == 0 => {
                parts.push(Vec::new());
                continue;
            }
            b'\r' | b'\n' => continue,
            _ => {}
        }
        part.push(byte);
    }
    parts
}

fn strip_comments(raw: &[u8]) -> Vec<u8> {
    let mut depth = 0usize;
    let mut out = Vec::with_capacity(raw.len());
    for &byte in raw {
        match byte {
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(byte),
            _ => {}
        }
    }
    out
}

/// Removes quotes and backslashes; behind a token, also a comment.
fn unquote(raw: &[u8]) -> Vec<u8> {
    let Some(inner) = raw.strip_prefix(b"\"") else {
        return match raw.windows(2).position(|pair| pair == b" (") {
            Some(at) => raw.get(..at).unwrap_or(raw).to_vec(),
            None => raw.to_vec(),
        };
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    loop {
        rest = match rest {
            // Windows mailers put unescaped paths here; a backslash escapes only what needs it.
            [b'\\', byte @ (b'"' | b'\\'), tail @ ..] => {
                out.push(*byte);
                tail
            }
            [b'"', ..] | [] => return out,
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn get(raw: &str, name: &str) -> Option<String> {
        Parameters::parse(raw.as_bytes()).get(name).map(str::to_owned)
    }

    #[test]
    fn plain_values() {
        let found =
            Parameters::parse(b"Text/Plain (comment); charset=\"EUC-KR\" ; format=flowed;\r\n delsp=yes");
        assert_eq!(found.value, "text/plain");
        assert_eq!(found.get("charset"), Some("EUC-KR"));
        assert_eq!(found.get("format"), Some("flowed"));
        assert_eq!(found.get("delsp"), Some("yes"));
        assert_eq!(found.get("name"), None);
        assert_eq!(get("a; name=\"x;y\\\"z\"", "name").as_deref(), Some("x;y\"z"));
        assert_eq!(get("a; name=c.txt (old)", "name").as_deref(), Some("c.txt"));
    }

    #[test]
    fn rfc_2231_names() {
        assert_eq!(
            get("a; filename*=UTF-8''%ED%9A%8C%EC%9D%98.pdf", "filename").as_deref(),
            Some("회의.pdf")
        );
        assert_eq!(get("a; filename*=euc-kr'ko'%C8%B8%C0%C7.pdf", "filename").as_deref(), Some("회의.pdf"));
        // A character cut between sections, and sections out of order.
        assert_eq!(
            get("a; filename*1*=%8C.txt; filename*0*=UTF-8''%ED%9A", "filename").as_deref(),
            Some("회.txt")
        );
        assert_eq!(
            get("a; filename*0=\"long \"; filename*1=\"name.txt\"", "filename").as_deref(),
            Some("long name.txt")
        );
        assert_eq!(
            get("a; filename=plain.txt; filename*=UTF-8''better.txt", "filename").as_deref(),
            Some("better.txt")
        );
        assert_eq!(get("a; filename*0*=UTF-8''a; filename*2*=c", "filename").as_deref(), Some("a"));
    }

    #[test]
    fn encoded_words_where_they_must_not_be() {
        assert_eq!(get("a; name=\"=?euc-kr?B?yLjAxy5wZGY=?=\"", "name").as_deref(), Some("회의.pdf"));
        assert_eq!(get("a; name==?euc-kr?B?yLjAxy5wZGY=?=", "name").as_deref(), Some("회의.pdf"));
    }

    proptest! {
        #[test]
        fn never_panics(raw in "[ -~\\r\\n*'%=;\"\\\\()]{0,200}") {
            Parameters::parse(raw.as_bytes());
        }
    }
}
