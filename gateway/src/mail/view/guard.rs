//! Counts a raw message before a parser sees it (R30): mail-parser aborts on deeply embedded messages.

/// Mentions of an embedded message or digest; an upper bound of how deep they can lie.
const MAX_EMBEDDED: usize = 100;
/// Lines that may separate parts.
const MAX_SEPARATORS: usize = 20_000;
/// Bytes of a line's start that are looked at.
const LINE_START: usize = 2;

/// Whether the source may be given to the parser.
pub(super) fn fits(source: &[u8]) -> bool {
    let mut embedded = 0;
    for at in memchr_slash(source) {
        let before = source.get(at.saturating_sub(9)..at).unwrap_or_default();
        let after = source.get(at + 1..at + 7).unwrap_or_default();
        if ends_with(before, b"message")
            || (ends_with(before, b"multipart") && after.eq_ignore_ascii_case(b"digest"))
        {
            embedded += 1;
            if embedded > MAX_EMBEDDED {
                return false;
            }
        }
    }
    let separators = source
        .split(|b| *b == b'\n')
        .filter(|line| line.get(..LINE_START) == Some(b"--"))
        .take(MAX_SEPARATORS + 1)
        .count();
    separators <= MAX_SEPARATORS
}

fn memchr_slash(source: &[u8]) -> impl Iterator<Item = usize> + '_ {
    source.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at)
}

fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len() >= end.len()
        && text.get(text.len() - end.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r30_counts_before_parsing() {
        let nested = |n: usize| b"Content-Type: message/rfc822\r\n\r\n".repeat(n);
        assert!(fits(&nested(MAX_EMBEDDED)));
        assert!(!fits(&nested(MAX_EMBEDDED + 1)));
        assert!(!fits(&b"content-type: MULTIPART/DIGEST\n\n".repeat(MAX_EMBEDDED + 1)));
        assert!(fits(&b"--x\n".repeat(MAX_SEPARATORS)));
        assert!(!fits(&b"--x\n".repeat(MAX_SEPARATORS + 1)));
        assert!(fits(b""));
    }
}
