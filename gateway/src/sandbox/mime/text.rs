//! Decoded text of headers and bodies, lower-cased, for SEARCH only.
use super::header::{Fields, unfold};
use super::{Kind, Part};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use std::borrow::Cow;

/// Bytes of one part's body that are looked through.
const MAX_BODY: usize = 4 << 20;

fn charset(bytes: &[u8], name: &str) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => match charset_decoder(name.as_bytes()) {
            Some(decode) => decode(bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        },
    }
}

/// A header value with its encoded words decoded (RFC 2047), lower-cased.
pub fn header(value: &[u8]) -> String {
    let value = unfold(value);
    let mut out = String::new();
    let mut rest: &[u8] = &value;
    let mut after_word = false;
    while let Some(at) = rest.windows(2).position(|w| w == b"=?") {
        let (plain, from) = rest.split_at(at);
        let Some((word, length)) = encoded_word(from) else {
            out.push_str(&charset(plain, "utf-8"));
            out.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            after_word = false;
            continue;
        };
        // RFC 2047 §6.2: space between two encoded words doesn't count.
        if !(after_word && plain.iter().all(u8::is_ascii_whitespace)) {
            out.push_str(&charset(plain, "utf-8"));
        }
        out.push_str(&word);
        rest = from.get(length..).unwrap_or_default();
        after_word = true;
    }
    out.push_str(&charset(rest, "euc-kr"));
    out.to_lowercase()
}

/// `=?charset?q?text?=` at the start of `from`: decoded, and its length.
fn encoded_word(from: &[u8]) -> Option<(String, usize)> {
    let mut parts = from.get(2..)?.splitn(4, |b| *b == b'?');
    let (set, how, text, tail) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if !tail.starts_with(b"=") {
        return None;
    }
    let bytes: Vec<u8> = match how {
        b"b" | b"B" => base64_decode(text)?,
        b"q" | b"Q" => {
            let spaced: Vec<u8> = text.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
            quoted_printable_decode(&spaced)?
        }
        _ => return None,
    };
    let length = 2 + set.len() + 1 + how.len() + 1 + text.len() + 2;
    let set = std::str::from_utf8(set).ok()?;
    let set = set.split_once('*').map_or(set, |(set, _)| set);
    // The charset wins over a guess: bytes of ISO-2022 are valid UTF-8 too.
    let word = charset_decoder(set.as_bytes()).map_or_else(|| charset(&bytes, set), |decode| decode(&bytes));
    Some((word, length))
}

/// Whether any text part of the message holds `needle` (lower-case).
pub fn body_contains(raw: &[u8], part: &Part, needle: &str) -> bool {
    match &part.kind {
        Kind::Multi(parts) => parts.iter().any(|p| body_contains(raw, p, needle)),
        Kind::Message(inner) => {
            let head = raw.get(inner.head.clone()).unwrap_or_default();
            headers_contain(head, needle) || body_contains(raw, inner, needle)
        }
        Kind::Leaf => leaf_contains(raw, part, needle),
    }
}

/// Whether any header field holds `needle`.
pub fn headers_contain(head: &[u8], needle: &str) -> bool {
    Fields(head).iter().any(|f| header(f.raw).contains(needle))
}

fn leaf_contains(raw: &[u8], part: &Part, needle: &str) -> bool {
    let fields = Fields(raw.get(part.head.clone()).unwrap_or_default());
    let media = fields.media(part.digest);
    if !media.is("text", None) {
        return false;
    }
    let body = raw.get(part.body.clone()).unwrap_or_default();
    let body = body.get(..body.len().min(MAX_BODY)).unwrap_or_default();
    let encoding = fields.first("Content-Transfer-Encoding").unwrap_or_default().to_ascii_lowercase();
    let bytes: Cow<'_, [u8]> = match encoding.as_slice() {
        b"base64" => base64_decode(body).map_or(Cow::Borrowed(body), Cow::Owned),
        b"quoted-printable" => quoted_printable_decode(body).map_or(Cow::Borrowed(body), Cow::Owned),
        _ => Cow::Borrowed(body),
    };
    let set = media.param("charset").unwrap_or("utf-8");
    let text = charset_decoder(set.as_bytes()).map_or_else(|| charset(&bytes, set), |decode| decode(&bytes));
    text.to_lowercase().contains(needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_searchable() {
        assert_eq!(header(b" =?UTF-8?B?7Y647KeA?= =?utf-8?q?_Kim?= x"), "편지 kim x");
        assert_eq!(header(b" =?EUC-KR?B?xu3B9g==?="), "편지");
        assert_eq!(header(b"broken =?utf-8?x? end"), "broken =?utf-8?x? end");
    }
}
