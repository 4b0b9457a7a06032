//! The body on its way out: CRLF line ends only, dots doubled (RFC 5321 §4.5.2), in pieces of any size.
//!
//! A server that takes a bare LF or CR for a line end would see the end of the message where we see text, and the
//! rest as commands (SMTP smuggling). So neither ever leaves: every CR, LF or CRLF becomes CRLF, and NUL, which
//! some servers drop, is dropped here.

#[derive(Debug)]
pub struct DotStuffer {
    at_line_start: bool,
    /// The last byte was a CR that already went out as CRLF; an LF right behind it belongs to it.
    after_cr: bool,
}

impl Default for DotStuffer {
    fn default() -> Self {
        Self { at_line_start: true, after_cr: false }
    }
}

impl DotStuffer {
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) {
        out.reserve(input.len() + input.len() / 64);
        for &byte in input {
            match byte {
                0 => continue,
                b'\n' if self.after_cr => {
                    self.after_cr = false;
                    continue;
                }
                b'\r' | b'\n' => {
                    out.extend_from_slice(b"\r\n");
                    self.at_line_start = true;
                }
                b'.' if self.at_line_start => {
                    out.extend_from_slice(b"..");
                    self.at_line_start = false;
                }
                other => {
                    out.push(other);
                    self.at_line_start = false;
                }
            }
            self.after_cr = byte == b'\r';
        }
    }

    /// The end-of-data mark, on a line of its own.
    pub fn finish(self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.at_line_start { b".\r\n" } else { b"\r\n.\r\n" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stuff(input: &[u8], piece: usize) -> Vec<u8> {
        let mut stuffer = DotStuffer::default();
        let mut out = Vec::new();
        input.chunks(piece.max(1)).for_each(|part| stuffer.push(part, &mut out));
        stuffer.finish(&mut out);
        out
    }

    /// What the most credulous server makes of it: any of CR, LF, CRLF ends a line, NUL is nothing; and a strict
    /// one: only CRLF. Both must see exactly one end, at the end.
    fn ends(output: &[u8]) -> (usize, usize) {
        let text = output.iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect::<String>();
        let lenient = text.replace("\r\n", "\n").replace('\r', "\n");
        (
            lenient.split('\n').filter(|line| *line == ".").count(),
            format!("\r\n{text}").matches("\r\n.\r\n").count(),
        )
    }

    #[test]
    fn r15_eleven_smuggling_sequences_arrive_as_one_message() {
        let sequences = [
            "\n.\n",
            "\n.\r\n",
            "\r.\r",
            "\r.\r\n",
            "\r\n.\n",
            "\r\n.\r",
            "\r.\n",
            "\n.\r",
            "\r\n.\r\n",
            "\r\n\0.\r\n",
            "\r\n.\0\r\n",
        ];
        for sequence in sequences {
            let body = format!("Subject: x\r\n\r\nhello{sequence}MAIL FROM:<admin@evil.test>\r\n");
            for piece in 1..body.len() {
                let out = stuff(body.as_bytes(), piece);
                assert_eq!(ends(&out), (1, 1), "{sequence:?} in pieces of {piece}");
                assert!(out.ends_with(b"\r\n.\r\n"));
            }
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        assert_eq!(stuff(b"a\r\n.b\r\n..\r\n", 3), b"a\r\n..b\r\n...\r\n.\r\n");
        assert_eq!(stuff(b"no end", 2), b"no end\r\n.\r\n");
        assert_eq!(stuff(b"", 1), b".\r\n");
        assert_eq!(stuff(b"\r\r\n\n", 1), b"\r\n\r\n\r\n.\r\n");
    }

    proptest! {
        #[test]
        fn any_bytes_end_once(body in proptest::collection::vec(prop_oneof![
            Just(b'\r'), Just(b'\n'), Just(b'.'), Just(0u8), any::<u8>()], 0..200), piece in 1usize..20) {
            let out = stuff(&body, piece);
            prop_assert_eq!(ends(&out), (1, 1));
            let bare = out.windows(2).any(|w| w[0] == b'\r' && w[1] != b'\n' || w[0] != b'\r' && w[1] == b'\n');
            prop_assert!(!bare);
            prop_assert_eq!(stuff(&body, 1), out);
        }
    }
}
