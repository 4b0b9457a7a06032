//! Unstructured text with encoded words (RFC 2047), as senders really write it.
use super::MAX_FIELD;
use crate::mail::charset;
use crate::mail::encoding::Decoder;

/// Octets of one encoded word's text. RFC 2047 §2 allows 75 in all; some mailers never split.
const MAX_WORD: usize = 4 << 10;

/// Decodes an unstructured field (subject, description): encoded words, words split within a character, raw
/// 8-bit text in UTF-8 or a guessed charset. Control characters and bidi overrides are gone, folding is undone.
pub fn decode_text(raw: &[u8]) -> String {
    clean(&decode_words(raw))
}

/// Like [`decode_text`], before the cleaning.
pub(super) fn decode_words(raw: &[u8]) -> String {
    let raw = raw.get(..MAX_FIELD).unwrap_or(raw);
    let mut out = String::with_capacity(raw.len());
    // Bytes of adjacent words in one charset are joined before they are decoded: many mailers cut a
    // multibyte character in two although RFC 2047 §5 (3) forbids it.
    let mut open: Option<Word> = None;
    let mut plain = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        if let Some((word, tail)) = take_word(rest) {
            rest = tail;
            match &mut open {
                // RFC 2047 §6.2: white space between adjacent words isn't shown.
                Some(before) if is_blank(&plain) => {
                    plain.clear();
                    if before.charset.eq_ignore_ascii_case(&word.charset) {
                        before.bytes.extend(word.bytes);
                    } else {
                        before.push_to(&mut out);
                        open = Some(word);
                    }
                }
                _ => {
                    flush(&mut open, &mut plain, &mut out);
                    open = Some(word);
                }
            }
            continue;
        }
        if let Some((&byte, tail)) = rest.split_first() {
            plain.push(byte);
            rest = tail;
        }
    }
    flush(&mut open, &mut plain, &mut out);
    out
}

fn flush(open: &mut Option<Word>, plain: &mut Vec<u8>, out: &mut String) {
    if let Some(word) = open.take() {
        word.push_to(out);
    }
    out.push_str(&charset::decode_unlabelled(&std::mem::take(plain)));
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

struct Word {
    charset: String,
    bytes: Vec<u8>,
}

impl Word {
    fn push_to(&self, out: &mut String) {
        out.push_str(&charset::decode(Some(&self.charset), &self.bytes).0);
    }
}

/// Splits an encoded word `=?charset?B|Q?text?=` off the start.
fn take_word(input: &[u8]) -> Option<(Word, &[u8])> {
    let rest = input.strip_prefix(b"=?")?;
    let at = rest.iter().take(80).position(|b| *b == b'?' || b.is_ascii_whitespace())?;
    let (name, rest) = rest.split_at(at);
    let rest = rest.strip_prefix(b"?")?;
    let (&kind, rest) = rest.split_first()?;
    let rest = rest.strip_prefix(b"?")?;
    let end = rest.get(..MAX_WORD).unwrap_or(rest).windows(2).position(|pair| pair == b"?=")?;
    let (text, rest) = (rest.get(..end)?, rest.get(end + 2..)?);
    // A missing end must not swallow a following word.
    if name.is_empty() || text.windows(2).any(|pair| pair == b"=?") {
        return None;
    }
    let bytes = match kind {
        b'B' | b'b' => Decoder::decode("base64", text),
        b'Q' | b'q' => decode_q(text),
        _ => return None,
    };
    let charset = String::from_utf8_lossy(name);
    // RFC 2231 §5: a language may follow.
    let charset = charset.split('*').next().unwrap_or_default().to_owned();
    Some((Word { charset, bytes }, rest))
}

/// Octets of the encoded word at the start of `input`, for tokenisers that must keep it whole.
pub(super) fn word_len(input: &[u8]) -> Option<usize> {
    take_word(input).map(|(_, rest)| input.len() - rest.len())
}

/// The "Q" encoding (RFC 2047 §4.2).
fn decode_q(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [b'=', a, b, tail @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let digit = |d: u8| (d as char).to_digit(16).unwrap_or(0) as u8;
                out.push(digit(*a) << 4 | digit(*b));
                tail
            }
            [b'_', tail @ ..] => {
                out.push(b' ');
                tail
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
            [] => return out,
        };
    }
}

/// Undoes folding, turns other white space into spaces and drops control and bidi override characters.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // RFC 5322 §2.2.3: unfolding removes the line break and keeps the white space behind it.
            '\r' | '\n' => {
                if !matches!(chars.peek(), Some(' ' | '\t' | '\r' | '\n') | None) && !out.is_empty() {
                    out.push(' ');
                }
            }
            '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::EUC_KR;
    use proptest::prelude::*;

    #[test]
    fn examples_of_rfc_2047() {
        for (raw, text) in [
            ("(=?ISO-8859-1?Q?a?=)", "(a)"),
            ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
            ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
            ("(=?ISO-8859-1?Q?a?=  \r\n    =?ISO-8859-1?Q?b?=)", "(ab)"),
            ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
            ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
            ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
        ] {
            assert_eq!(decode_text(raw.as_bytes()), text, "{raw}");
        }
    }

    #[test]
    fn a_character_split_over_two_words() {
        // U+D68C (회) = ED 9A 8C, cut after the first octet.
        assert_eq!(decode_text(b"=?utf-8?Q?=ED?= =?utf-8?Q?=9A=8C=EC=9D=98?="), "회의");
        assert_eq!(decode_text(b"=?UTF-8?B?7Q==?=\r\n =?utf-8?B?mow=?="), "회");
        let (bytes, _, _) = EUC_KR.encode("회의");
        let hex: Vec<String> = bytes.iter().map(|b| format!("={b:02X}")).collect();
        let raw = format!("=?euc-kr?Q?{}?= =?EUC-KR?Q?{}?=", hex[0], hex[1..].concat());
        assert_eq!(decode_text(raw.as_bytes()), "회의");
    }

    #[test]
    fn raw_eight_bit_subjects() {
        assert_eq!(decode_text("회의 안내".as_bytes()), "회의 안내");
        let (bytes, _, _) = EUC_KR.encode("[공지] 회의 안내");
        assert_eq!(decode_text(&bytes), "[공지] 회의 안내");
        assert_eq!(decode_text(b"\x1b$)C\x0eGQ1[\x0f"), "한글");
        assert_eq!(decode_text(b"=?iso-2022-kr?B?GyQpQw5HUTFbDw==?="), "한글");
        assert_eq!(decode_text(b"=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?="), "日本語");
    }

    #[test]
    fn broken_words_stay_readable() {
        for (raw, text) in [
            ("=?utf-8?Q?never ends", "=?utf-8?Q?never ends"),
            ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
            ("=?utf-8?Q?open =?utf-8?Q?good?=", "=?utf-8?Q?open good"),
            ("=?utf-8?Q?with space?= x", "with space x"),
            ("=?utf-8?B?aGk?=", "hi"),
            ("=?x-odd?Q?caf=C3=A9?=", "café"),
            ("=??Q?a?=", "=??Q?a?="),
            ("Re: =?utf-8?Q?a?=b", "Re: ab"),
        ] {
            assert_eq!(decode_text(raw.as_bytes()), text, "{raw}");
        }
    }

    #[test]
    fn r15_decoded_line_breaks_and_controls_are_gone() {
        assert_eq!(decode_text(b"=?utf-8?Q?a=0D=0ABcc:_x=00y?="), "a Bcc: xy");
        assert_eq!(decode_text("a\u{202e}b\u{2066}c".as_bytes()), "abc");
        assert_eq!(decode_text(b"folded\r\n text"), "folded text");
    }

    #[test]
    fn r30_a_huge_field_is_cut() {
        assert_eq!(decode_text(&vec![b'a'; MAX_FIELD + 1]).len(), MAX_FIELD);
        let many = b"=?utf-8?Q?a?= ".repeat(20_000);
        assert!(decode_text(&many).len() < MAX_FIELD);
        decode_text(&b"=?".repeat(60_000));
        decode_text(&b"=?a?q?".repeat(20_000));
    }

    proptest! {
        #[test]
        fn never_panics_and_never_yields_controls(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
            let text = decode_text(&raw);
            prop_assert!(!text.chars().any(char::is_control));
        }
    }
}
