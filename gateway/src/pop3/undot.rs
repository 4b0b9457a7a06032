//! A message on its way in: dot-stuffing taken out, and its end found (RFC 1939 §3), in pieces of any size.
//!
//! Only CRLF ends a line. A server that takes LF for text sends it as it is, and a stranger's message could then hold an
//! end of its own (LF `.` CRLF) with forged answers behind it. A server whose own status lines end in LF is another matter: it
//! has no CRLF, and that isn't up to whoever wrote the message.
use bytes::BytesMut;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    /// Behind a dot at the line's start.
    Dot,
    /// Behind a dot and a CR at the line's start.
    DotCr,
    Text,
    /// Behind a CR in a line.
    Cr,
}

#[derive(Debug)]
pub struct Undot {
    at: At,
    /// Lines end in LF here; they are passed on with CRLF.
    bare: bool,
}

impl Undot {
    /// `bare`: how the status line before the message ended.
    pub fn new(bare: bool) -> Self {
        Self { at: At::LineStart, bare }
    }

    /// Takes of `input` what belongs to the message; how much that was, and whether the message is complete.
    pub fn push(&mut self, input: &[u8], out: &mut BytesMut) -> (usize, bool) {
        let mut taken = 0;
        while let Some((&byte, _)) = input.get(taken..).and_then(<[u8]>::split_first) {
            match (self.at, byte) {
                (At::LineStart, b'.') => (self.at, taken) = (At::Dot, taken + 1),
                (At::Dot, b'\r') => (self.at, taken) = (At::DotCr, taken + 1),
                (At::Dot, b'\n') if self.bare => return (taken + 1, true),
                (At::DotCr, b'\n') => return (taken + 1, true),
                (At::DotCr, _) => {
                    // A dot that wasn't doubled, before a CR that ends nothing.
                    out.extend_from_slice(b"\r");
                    self.at = At::Cr;
                }
                (At::LineStart | At::Dot, _) => self.at = At::Text,
                (At::Cr, b'\n') => {
                    out.extend_from_slice(b"\n");
                    (self.at, taken) = (At::LineStart, taken + 1);
                }
                (At::Cr, _) => self.at = At::Text,
                (At::Text, _) => taken += self.text(input.get(taken..).unwrap_or_default(), out),
            }
        }
        (taken, false)
    }

    /// Up to the end of the line, or of what there is.
    fn text(&mut self, input: &[u8], out: &mut BytesMut) -> usize {
        let Some(n) = input.iter().position(|b| *b == b'\n') else {
            out.extend_from_slice(input);
            if input.last() == Some(&b'\r') {
                self.at = At::Cr;
            }
            return input.len();
        };
        let line = input.get(..n).unwrap_or_default();
        out.extend_from_slice(line);
        let crlf = line.last() == Some(&b'\r');
        if self.bare && !crlf {
            out.extend_from_slice(b"\r");
        }
        out.extend_from_slice(b"\n");
        if crlf || self.bare {
            self.at = At::LineStart;
        }
        n + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The message, and what was left over.
    fn undot(input: &[u8], piece: usize, bare: bool) -> (Vec<u8>, Option<Vec<u8>>) {
        let (mut undot, mut out) = (Undot::new(bare), BytesMut::new());
        let mut seen = 0;
        for part in input.chunks(piece) {
            let (taken, ended) = undot.push(part, &mut out);
            seen += taken;
            if ended {
                return (out.to_vec(), Some(input[seen..].to_vec()));
            }
            assert_eq!(taken, part.len());
        }
        (out.to_vec(), None)
    }

    #[test]
    fn dots_and_ends() {
        for (input, message, rest) in [
            (&b".\r\n+OK"[..], &b""[..], Some(&b"+OK"[..])),
            (b"a\r\n.\r\n", b"a\r\n", Some(b"")),
            (b"..\r\n..a\r\n...\r\n.\r\nx", b".\r\n.a\r\n..\r\n", Some(b"x")),
            // Dots that were not doubled.
            (b".a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n", Some(b"")),
            (b".\r\r\n.\r\n", b"\r\r\n", Some(b"")),
            (b"a.\r\n\r\n.\r\n", b"a.\r\n\r\n", Some(b"")),
            // What only looks like the end.
            (b"a\n.\r\n.b\n.\nc\r\n.\r\n", b"a\n.\r\nb\n.\nc\r\n", Some(b"")),
            (b"a\r.\r\n.\r\n", b"a\r.\r\n", Some(b"")),
            (b"a\r\n.\n.\r\n", b"a\r\n\n.\r\n", None),
            (b"a\r\r\n.\r\n", b"a\r\r\n", Some(b"")),
            (b"half\r", b"half\r", None),
            (b"half\r\n.", b"half\r\n", None),
        ] {
            for piece in 1..=input.len() {
                let (got, left) = undot(input, piece, false);
                let shown = String::from_utf8_lossy(input);
                assert_eq!((&got[..], left.as_deref()), (message, rest), "{shown:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_server_without_crlf_is_read_and_put_right() {
        for piece in 1..20 {
            let (got, left) = undot(b"a\n..b\n\nc\r\n.\n+OK", piece, true);
            assert_eq!((&got[..], left.as_deref()), (&b"a\r\n.b\r\n\r\nc\r\n"[..], Some(&b"+OK"[..])));
        }
    }

    proptest! {
        /// Whatever a message holds, what a server makes of it by RFC 1939 is made undone, and what follows is left alone.
        #[test]
        fn any_message_comes_back(
            bytes in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), any::<u8>()], 0..200),
            piece in 1usize..40,
        ) {
            let message = [&bytes[..], b"\r\n"].concat();
            let text: String = message.iter().map(|b| char::from(*b)).collect();
            let stuffed = format!("\r\n{text}").replace("\r\n.", "\r\n..");
            let sent: Vec<u8> = format!("{}.\r\n+OK next", &stuffed[2..]).chars().map(|c| c as u8).collect();
            let (got, left) = undot(&sent, piece, false);
            prop_assert_eq!(got, message);
            prop_assert_eq!(left, Some(b"+OK next".to_vec()));
        }
    }
}
