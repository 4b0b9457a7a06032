//! Content-transfer-encodings (RFC 2045 §6) undone piece by piece, for files that are taken out of stored messages.

/// What is left over between two pieces is at most a line's end or a unit of base64.
#[derive(Debug)]
pub struct Decoder {
    kind: Kind,
    /// base64: bits that don't make an octet yet. quoted-printable: an escape or white space whose end isn't known.
    held: Vec<u8>,
    bits: u32,
    count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Identity,
    Base64,
    QuotedPrintable,
}

/// White space before a line's end that may be padding (RFC 2045 §6.7 rule 3); more is text.
const MAX_SPACE: usize = 1_000;

impl Decoder {
    /// `encoding` in lower case; an unknown one is left as it is.
    pub fn new(encoding: &str) -> Self {
        let kind = match encoding {
            "base64" => Kind::Base64,
            "quoted-printable" => Kind::QuotedPrintable,
            _ => Kind::Identity,
        };
        Self { kind, held: Vec::new(), bits: 0, count: 0 }
    }

    pub fn feed(&mut self, input: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(input.len());
        match self.kind {
            Kind::Identity => out.extend_from_slice(input),
            Kind::Base64 => input.iter().for_each(|b| self.base64(*b, &mut out)),
            Kind::QuotedPrintable => input.iter().for_each(|b| self.quoted(*b, &mut out)),
        }
        out
    }

    /// What an unfinished end comes to.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.kind == Kind::QuotedPrintable {
            // White space at the very end is padding; a broken escape stays as it is.
            if self.held.first() == Some(&b'=') {
                out.append(&mut self.held);
            }
        }
        out
    }

    fn base64(&mut self, byte: u8, out: &mut Vec<u8>) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            // Some programs join several encodings; what follows the padding begins anew.
            b'=' => {
                (self.bits, self.count) = (0, 0);
                return;
            }
            _ => return,
        };
        self.bits = (self.bits << 6) | u32::from(value);
        self.count += 6;
        if self.count >= 8 {
            self.count -= 8;
            out.push((self.bits >> self.count) as u8);
            self.bits &= (1 << self.count) - 1;
        }
    }

    fn quoted(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.held.first() == Some(&b'=') {
            return self.escape(byte, out);
        }
        match byte {
            b'=' => {
                out.append(&mut self.held);
                self.held.push(b'=');
            }
            b' ' | b'\t' => {
                self.held.push(byte);
                if self.held.len() > MAX_SPACE {
                    out.append(&mut self.held);
                }
            }
            // White space before a line's end is padding.
            b'\r' | b'\n' => {
                self.held.clear();
                out.push(byte);
            }
            _ => {
                out.append(&mut self.held);
                out.push(byte);
            }
        }
    }

    /// After `=`: two hexadecimal digits, or a soft line break with white space before it.
    fn escape(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte == b'\n' {
            self.held.clear();
            return;
        }
        self.held.push(byte);
        match *self.held.as_slice() {
            [b'=', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                out.push((hex(a) << 4) | hex(b));
                self.held.clear();
            }
            [b'=', a] if a.is_ascii_hexdigit() || matches!(a, b'\r' | b' ' | b'\t') => {}
            [b'=', ref rest @ ..]
                if rest.len() < MAX_SPACE && rest.iter().all(|b| matches!(b, b'\r' | b' ' | b'\t')) => {}
            _ => out.append(&mut self.held),
        }
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(encoding: &str, pieces: &[&[u8]]) -> Vec<u8> {
        let mut decoder = Decoder::new(encoding);
        let mut out: Vec<u8> = pieces.iter().flat_map(|p| decoder.feed(p)).collect();
        out.extend(decoder.finish());
        out
    }

    #[test]
    fn encodings_are_undone() {
        assert_eq!(decode("base64", &[b"7Y64\r\n7KeA"]), "편지".as_bytes());
        assert_eq!(decode("base64", &[b"YQ==", b"Yg=="]), b"ab");
        assert_eq!(decode("quoted-printable", &[b"a=3Db =\r\nc  \r\nd=ED=8E=B8"]), "a=b c\r\nd편".as_bytes());
        assert_eq!(decode("quoted-printable", &[b"1 =ZZ 2=4"]), b"1 =ZZ 2=4");
        assert_eq!(decode("8bit", &[b"\xff=3D"]), b"\xff=3D");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(input in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..200) {
            let (a, b) = input.split_at(cut.min(input.len()));
            for encoding in ["base64", "quoted-printable"] {
                prop_assert_eq!(decode(encoding, &[&input]), decode(encoding, &[a, b]));
            }
        }
    }
}
