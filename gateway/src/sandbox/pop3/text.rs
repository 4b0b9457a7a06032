//! A message on its way out: lines end with CRLF, a dot at a line's start is doubled, a dot alone ends it (RFC 1939 §3).
use bytes::Bytes;

/// Most bytes of a line that are looked at at once; a longer line goes out in pieces.
pub const PIECE: usize = 16 << 10;

/// The octets of a message as POP3 counts them: each line ends with CRLF, dots not doubled (RFC 1939 §11).
pub fn size(raw: &[u8]) -> usize {
    let mut previous = b'\n';
    let mut missing = 0;
    for byte in raw {
        missing += usize::from(*byte == b'\n' && previous != b'\r');
        previous = *byte;
    }
    // The last line gets its end, so that the dot stands on a line of its own.
    raw.len() + missing + if previous == b'\n' { 0 } else { 2 }
}

/// The head of a message, the empty line behind it, and so many lines of the body (RFC 1939 §7, TOP).
pub fn top(raw: &Bytes, lines: u32) -> Bytes {
    let (mut end, mut left) = (0, None);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        match &mut left {
            Some(0) => break,
            Some(left) => *left -= 1,
            None if matches!(line, b"\r\n" | b"\n") => left = Some(lines),
            None => {}
        }
        end += line.len();
    }
    raw.slice(..end)
}

/// A message under way.
pub struct Text {
    raw: Bytes,
    at: usize,
    line_start: bool,
}

impl Text {
    pub fn new(raw: Bytes) -> Self {
        Self { raw, at: 0, line_start: true }
    }

    /// Writes on until `most` bytes wait (at most one piece more), or to the end with its dot: then `true`.
    pub fn write(&mut self, out: &mut Vec<u8>, most: usize) -> bool {
        while out.len() < most {
            let rest = self.raw.get(self.at..).unwrap_or_default();
            let window = rest.get(..PIECE).unwrap_or(rest);
            if self.line_start && window.first() == Some(&b'.') {
                out.push(b'.');
            }
            if let Some(end) = window.iter().position(|byte| *byte == b'\n') {
                let line = window.get(..end).unwrap_or_default();
                out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                out.extend_from_slice(b"\r\n");
                self.at += end + 1;
                self.line_start = true;
                continue;
            }
            if window.len() == rest.len() {
                out.extend_from_slice(rest);
                self.at = self.raw.len();
                let end: &[u8] = if rest.is_empty() && self.line_start { b".\r\n" } else { b"\r\n.\r\n" };
                out.extend_from_slice(end);
                return true;
            }
            // A CR at the end of the piece may belong to a line's end that is still to come.
            let piece = window.strip_suffix(b"\r").unwrap_or(window);
            out.extend_from_slice(piece);
            self.at += piece.len();
            self.line_start = false;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a client makes of the lines.
    fn undotted(wire: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        let body = wire.strip_suffix(b".\r\n").expect("ends with a dot");
        assert!(body.is_empty() || body.ends_with(b"\r\n"));
        for line in body.split_inclusive(|byte| *byte == b'\n') {
            assert!(line.ends_with(b"\r\n") && line != b".\r\n", "{line:?}");
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        message
    }

    fn write(raw: &[u8], most: usize) -> Vec<u8> {
        let (mut text, mut all) = (Text::new(Bytes::copy_from_slice(raw)), Vec::new());
        loop {
            let mut out = Vec::new();
            let finished = text.write(&mut out, most);
            assert!(out.len() <= most + PIECE + 8, "{}", out.len());
            all.extend(out);
            if finished {
                return all;
            }
        }
    }

    #[test]
    fn lines_are_ended_and_dots_doubled() {
        for (raw, wire) in [
            (&b""[..], &b".\r\n"[..]),
            (b"a", b"a\r\n.\r\n"),
            (b"a\r\n", b"a\r\n.\r\n"),
            (b".", b"..\r\n.\r\n"),
            (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"..\r\n\r\n", b"...\r\n\r\n.\r\n"),
            (b"a\r", b"a\r\r\n.\r\n"),
        ] {
            assert_eq!(write(raw, 1), wire, "{raw:?}");
            assert_eq!(undotted(wire).len(), size(raw), "{raw:?}");
        }
    }

    #[test]
    fn a_line_longer_than_a_piece_is_one_line() {
        for length in PIECE - 2..PIECE + 3 {
            let raw = [vec![b'.'; length], b"\r\n.\n".to_vec(), vec![b'x'; length]].concat();
            let wire = write(&raw, 1);
            let message = undotted(&wire);
            assert_eq!((message.len(), wire.len()), (size(&raw), size(&raw) + 5), "{length}");
            assert_eq!(message.iter().filter(|byte| **byte == b'\n').count(), 3);
        }
    }

    #[test]
    fn top_counts_lines_of_the_body() {
        let raw = Bytes::from_static(b"A: b\r\n c\r\n\r\none\r\n\r\nthree\r\n");
        for (lines, length) in [(0, 12), (1, 17), (2, 19), (3, 26), (9, 26)] {
            assert_eq!(top(&raw, lines).len(), length, "{lines}");
        }
        assert_eq!(top(&Bytes::from_static(b"A: b\n\none\ntwo"), 1), "A: b\n\none\n");
        assert_eq!(top(&Bytes::from_static(b"no body"), 0), "no body");
        assert_eq!(top(&Bytes::from_static(b"\r\nbody"), 0), "\r\n");
    }

    proptest! {
        #[test]
        fn a_client_gets_the_lines_that_are_there(raw in "[.\r\na]{0,40}", most in 1..20usize) {
            let message = undotted(&write(raw.as_bytes(), most));
            prop_assert_eq!(message.len(), size(raw.as_bytes()));
            let lines = |bytes: &[u8]| {
                let text = String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n");
                text.strip_suffix('\n').unwrap_or(&text).to_owned()
            };
            prop_assert_eq!(lines(&message), lines(raw.as_bytes()));
        }
    }
}
