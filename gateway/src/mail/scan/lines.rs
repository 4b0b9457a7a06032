//! Cuts a source that comes in pieces into lines: CRLF, and what senders and gateways make of it.

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Octets of a line, or of a stretch of it.
    Text(&'a [u8]),
    /// The line's end.
    Break(&'static [u8]),
}

/// The state between two pieces of the source.
///
/// A line ends with CRLF, with a bare LF, or with a bare CR. Of several CRs before an LF only the last belongs to the
/// line's end; the others are text. So mail whose line ends were doubled (CR CR LF) keeps its lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    /// CRs seen whose meaning depends on what follows: a number, so that a source of nothing else needs no room.
    crs: u64,
}

impl Lines {
    /// Takes the next piece off the front; `None` when more of the source is needed.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Piece<'a>> {
        while let Some((&first, tail)) = input.split_first() {
            match (first, self.crs) {
                (b'\r', _) => {
                    self.crs += 1;
                    *input = tail;
                }
                (b'\n', 0) => {
                    *input = tail;
                    return Some(Piece::Break(b"\n"));
                }
                (b'\n', 1) => {
                    (self.crs, *input) = (0, tail);
                    return Some(Piece::Break(b"\r\n"));
                }
                (b'\n', _) => {
                    self.crs -= 1;
                    return Some(Piece::Text(b"\r"));
                }
                (_, 0) => {
                    let end = input.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(input.len());
                    let (text, tail) = input.split_at(end);
                    *input = tail;
                    return Some(Piece::Text(text));
                }
                _ => {
                    self.crs -= 1;
                    return Some(Piece::Break(b"\r"));
                }
            }
        }
        None
    }

    /// The source ends: the CRs still held, each a line's end. Call until `None`.
    pub fn last(&mut self) -> Option<Piece<'static>> {
        self.crs = self.crs.checked_sub(1)?;
        Some(Piece::Break(b"\r"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines with the length of their end, from a source cut into pieces of that size.
    fn lines(source: &[u8], size: usize) -> Vec<(String, usize)> {
        let (mut lines, mut found, mut text) = (Lines::default(), Vec::new(), String::new());
        let mut take = |piece: Piece<'_>, text: &mut String| match piece {
            Piece::Text(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
            Piece::Break(end) => found.push((std::mem::take(text), end.len())),
        };
        for mut input in source.chunks(size) {
            while let Some(piece) = lines.next(&mut input) {
                take(piece, &mut text);
            }
        }
        while let Some(piece) = lines.last() {
            take(piece, &mut text);
        }
        found.push((text, 0));
        found
    }

    #[test]
    fn every_kind_of_line_end() {
        type Case = (&'static [u8], &'static [(&'static str, usize)]);
        let cases: &[Case] = &[
            (b"a\r\nb\nc\rd", &[("a", 2), ("b", 1), ("c", 1), ("d", 0)]),
            (b"a\r\r\nb\r\r\r\nc", &[("a\r", 2), ("b\r\r", 2), ("c", 0)]),
            (b"a\r\rb\n\r", &[("a", 1), ("", 1), ("b", 1), ("", 1), ("", 0)]),
            (b"\r\n\r\n", &[("", 2), ("", 2), ("", 0)]),
            (b"", &[("", 0)]),
        ];
        for (source, expected) in cases {
            for size in 1..=source.len().max(1) {
                let found = lines(source, size);
                let found: Vec<_> = found.iter().map(|(text, len)| (text.as_str(), *len)).collect();
                assert_eq!(found, *expected, "{source:?} in pieces of {size}");
            }
        }
    }
}
