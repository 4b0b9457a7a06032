//! Cuts the server's bytes into bounded lines. Bodies don't come through here: they have no lines that could be bounded.
use super::error::EngineError;
use bytes::{Buf, Bytes, BytesMut};

/// Octets of one line with its end: a status line, or a line of CAPA, LIST or UIDL. RFC 1939 §3 allows 512; half as much again
/// has been seen where an error quotes what it doesn't understand. A longer one ends the connection.
pub const MAX_LINE: usize = 1_024;

#[derive(Debug, Default)]
pub struct Reader {
    buffer: BytesMut,
    /// Up to where `buffer` was searched for a line end.
    scanned: usize,
}

/// One line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub bytes: Bytes,
    /// It ended in a bare LF.
    pub bare: bool,
}

impl Reader {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Bytes kept at this moment.
    pub fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    pub fn next_line(&mut self) -> Result<Option<Line>, EngineError> {
        let rest = self.buffer.get(self.scanned..).unwrap_or_default();
        let found = rest.iter().take(MAX_LINE).position(|b| *b == b'\n');
        let end = found.map(|n| self.scanned + n + 1);
        self.scanned = end.unwrap_or(self.buffer.len());
        if self.scanned > MAX_LINE {
            return Err(EngineError::LineTooLong);
        }
        let Some(end) = end else { return Ok(None) };
        let mut bytes = self.buffer.split_to(end).freeze();
        self.scanned = 0;
        self.tidy();
        bytes.truncate(bytes.len().saturating_sub(1));
        let bare = bytes.last() != Some(&b'\r');
        if !bare {
            bytes.truncate(bytes.len().saturating_sub(1));
        }
        Ok(Some(Line { bytes, bare }))
    }

    /// What has arrived, for a body; [`Self::skip`] says how much of it that took.
    pub fn rest(&self) -> &[u8] {
        &self.buffer
    }

    pub fn skip(&mut self, n: usize) {
        self.buffer.advance(n.min(self.buffer.len()));
        self.scanned = 0;
        self.tidy();
    }

    /// A connection may rest: it keeps nothing of the last burst.
    fn tidy(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8], piece: usize) -> Result<Vec<(String, bool)>, EngineError> {
        let mut reader = Reader::default();
        let mut lines = Vec::new();
        for part in input.chunks(piece) {
            reader.push(part);
            while let Some(line) = reader.next_line()? {
                lines.push((String::from_utf8_lossy(&line.bytes).into_owned(), line.bare));
            }
        }
        Ok(lines)
    }

    #[test]
    fn lines_in_any_pieces() {
        let input = b"+OK\r\na b\n\r\n\nc\rd\r\nrest";
        let expected = [("+OK", false), ("a b", true), ("", false), ("", true), ("c\rd", false)];
        for piece in 1..input.len() {
            let got = lines(input, piece).unwrap();
            let got: Vec<(&str, bool)> = got.iter().map(|(text, bare)| (text.as_str(), *bare)).collect();
            assert_eq!(got, expected, "{piece}");
        }
    }

    #[test]
    fn r33_a_line_is_bounded_to_the_octet() {
        let line = |n: usize| [vec![b'x'; n - 2], b"\r\n".to_vec()].concat();
        for piece in [1, 7, 5_000] {
            assert_eq!(lines(&line(MAX_LINE), piece).map(|l| l.len()), Ok(1));
            assert_eq!(lines(&line(MAX_LINE + 1), piece), Err(EngineError::LineTooLong));
            assert_eq!(lines(&vec![b'x'; MAX_LINE + 1], piece), Err(EngineError::LineTooLong));
            assert_eq!(lines(&vec![b'x'; MAX_LINE], piece), Ok(Vec::new()));
        }
    }
}
