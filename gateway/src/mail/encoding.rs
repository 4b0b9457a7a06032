//! Incremental decoders of Content-Transfer-Encoding (RFC 2045 §6), for downloads that are never held whole.
//!
//! Decoding never fails: what isn't valid is skipped (base64) or kept as it came (quoted-printable), as
//! RFC 2045 §6.7 and §6.8 advise robust receivers to do.

/// Decodes a stream of encoded bytes cut at any places.
#[derive(Clone, Debug)]
pub struct Decoder(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// 7bit, 8bit, binary, and everything unknown.
    Identity,
    Base64 {
        bits: u32,
        have: u8,
        ended: bool,
    },
    QuotedPrintable {
        state: Qp,
        blanks: Vec<u8>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Qp {
    Text,
    /// After `=`.
    Escape,
    /// After `=` and one hexadecimal digit.
    Half(u8),
    /// After `=` and blanks or CR: a soft line break whose LF is still to come.
    Soft,
}

/// Blanks held back because they may be trailing ones; more than this are passed on as they are.
const MAX_BLANKS: usize = 998;

impl Decoder {
    /// A decoder for the value of a Content-Transfer-Encoding field, in any case.
    pub fn new(encoding: &str) -> Self {
        let name = encoding.trim();
        Self(if name.eq_ignore_ascii_case("base64") {
            Kind::Base64 { bits: 0, have: 0, ended: false }
        } else if name.eq_ignore_ascii_case("quoted-printable") {
            Kind::QuotedPrintable { state: Qp::Text, blanks: Vec::new() }
        } else {
            Kind::Identity
        })
    }

    /// Takes the next encoded bytes and returns what they decode to; at most as many bytes plus a few held back.
    pub fn feed(&mut self, input: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(input.len());
        match &mut self.0 {
            Kind::Identity => out.extend_from_slice(input),
            Kind::Base64 { bits, have, ended } => {
                for &byte in input {
                    feed_base64(byte, bits, have, ended, &mut out);
                }
            }
            Kind::QuotedPrintable { state, blanks } => {
                for &byte in input {
                    feed_qp(byte, state, blanks, &mut out);
                }
            }
        }
        out
    }

    /// The end of the input: returns what was held back.
    pub fn finish(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        match &mut self.0 {
            Kind::Identity => {}
            Kind::Base64 { bits, have, .. } => {
                end_quantum(*bits, *have, &mut out);
                *have = 0;
            }
            Kind::QuotedPrintable { state, blanks } => {
                match *state {
                    Qp::Escape => out.push(b'='),
                    Qp::Half(digit) => out.extend([b'=', digit]),
                    Qp::Text | Qp::Soft => {}
                }
                *state = Qp::Text;
                blanks.clear();
            }
        }
        out
    }

    /// Decodes a whole body.
    pub fn decode(encoding: &str, input: &[u8]) -> Vec<u8> {
        let mut decoder = Self::new(encoding);
        let mut out = decoder.feed(input);
        out.extend(decoder.finish());
        out
    }
}

/// Resolves `%XX` (RFC 3986 §2.1); what isn't one stays as it is.
pub(super) fn percent_decode(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        rest = match rest {
            [b'%', a, b, tail @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let digit = |d: u8| (d as char).to_digit(16).unwrap_or(0) as u8;
                out.push(digit(*a) << 4 | digit(*b));
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

fn feed_base64(byte: u8, bits: &mut u32, have: &mut u8, ended: &mut bool, out: &mut Vec<u8>) {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        b'=' => {
            // Padding ends a quantum; some senders then go on with another one.
            if !*ended {
                end_quantum(*bits, *have, out);
                (*bits, *have, *ended) = (0, 0, true);
            }
            return;
        }
        _ => return,
    };
    *ended = false;
    *bits = *bits << 6 | u32::from(value);
    *have += 1;
    if *have == 4 {
        out.extend([(*bits >> 16) as u8, (*bits >> 8) as u8, *bits as u8]);
        (*bits, *have) = (0, 0);
    }
}

/// The bytes of an incomplete quantum.
fn end_quantum(bits: u32, have: u8, out: &mut Vec<u8>) {
    match have {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
}

fn feed_qp(byte: u8, state: &mut Qp, blanks: &mut Vec<u8>, out: &mut Vec<u8>) {
    match *state {
        Qp::Text => match byte {
            b'=' => {
                out.append(blanks);
                *state = Qp::Escape;
            }
            // RFC 2045 §6.7 (3): blanks at the end of a line were added in transport and are dropped.
            b' ' | b'\t' if blanks.len() < MAX_BLANKS => blanks.push(byte),
            b'\r' | b'\n' => {
                blanks.clear();
                out.push(byte);
            }
            _ => {
                out.append(blanks);
                out.push(byte);
            }
        },
        Qp::Escape => match byte {
            b'0'..=b'9' | b'A'..=b'F' | b'a'..=b'f' => *state = Qp::Half(byte),
            b'\n' => *state = Qp::Text,
            b'\r' | b' ' | b'\t' => *state = Qp::Soft,
            _ => {
                out.push(b'=');
                *state = Qp::Text;
                feed_qp(byte, state, blanks, out);
            }
        },
        Qp::Half(first) => match (hex(first), hex(byte)) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                *state = Qp::Text;
            }
            _ => {
                out.extend([b'=', first]);
                *state = Qp::Text;
                feed_qp(byte, state, blanks, out);
            }
        },
        Qp::Soft => match byte {
            b'\n' => *state = Qp::Text,
            b'\r' | b' ' | b'\t' => {}
            _ => {
                *state = Qp::Text;
                feed_qp(byte, state, blanks, out);
            }
        },
    }
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(encoding: &str, input: &str) -> String {
        String::from_utf8_lossy(&Decoder::decode(encoding, input.as_bytes())).into_owned()
    }

    #[test]
    fn base64_of_odd_senders() {
        assert_eq!(text("BASE64", "aGVsbG8g\r\nd29ybGQ=\r\n"), "hello world");
        assert_eq!(text("base64", "aGVsbG8"), "hello");
        assert_eq!(text("base64", "aGk=aGk="), "hihi");
        assert_eq!(text("base64", "aG!k*="), "hi");
        assert_eq!(text("base64", "===="), "");
        assert_eq!(text("base64", "a"), "");
    }

    #[test]
    fn quoted_printable_of_odd_senders() {
        assert_eq!(text("quoted-printable", "a=3Db=\r\nc  \r\nd=C3=A9"), "a=bc\r\ndé");
        assert_eq!(text("Quoted-Printable ", "soft=  \t\r\nbreak"), "softbreak");
        assert_eq!(text("quoted-printable", "100 =% =zz =4z ="), "100 =% =zz =4z =");
        assert_eq!(text("quoted-printable", "==3D"), "==");
    }

    #[test]
    fn unknown_encodings_pass() {
        assert_eq!(text("8bit", "a=3D"), "a=3D");
        assert_eq!(text("x-unknown", "aGk="), "aGk=");
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(input in proptest::collection::vec(any::<u8>(), 0..300), cut in 0usize..300, which in 0usize..3) {
            let encoding = ["base64", "quoted-printable", "7bit"][which];
            let cut = cut.min(input.len());
            let mut decoder = Decoder::new(encoding);
            let mut out = decoder.feed(&input[..cut]);
            out.extend(decoder.feed(&input[cut..]));
            out.extend(decoder.finish());
            prop_assert_eq!(out, Decoder::decode(encoding, &input));
        }

        #[test]
        fn base64_round_trip(input in proptest::collection::vec(any::<u8>(), 0..300)) {
            use base64::Engine as _;
            let encoded = base64::engine::general_purpose::STANDARD.encode(&input);
            prop_assert_eq!(Decoder::decode("base64", encoded.as_bytes()), input);
        }
    }
}
