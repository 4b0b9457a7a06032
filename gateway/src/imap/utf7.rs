//! Folder names in modified UTF-7 (RFC 3501 §5.1.3), both ways.
use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Unicode → what travels.
pub fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    let mut shifted: Vec<u8> = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut out, &mut shifted);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0u16; 2];
            shifted.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut out, &mut shifted);
    out
}

fn flush(out: &mut String, shifted: &mut Vec<u8>) {
    if !shifted.is_empty() {
        out.push('&');
        BASE64.encode_string(&*shifted, out);
        out.push('-');
        shifted.clear();
    }
}

/// What travelled → Unicode. `None` when [`encode`] would not give the same back: such a name must be kept as it is, else
/// the folder can't be opened.
pub fn decode(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let (code, after) = after.split_once('-')?;
        if code.is_empty() {
            out.push('&');
        } else {
            let bytes = BASE64.decode(code).ok()?;
            let units = bytes.chunks(2).map(|pair| match pair {
                [high, low] => Some(u16::from_be_bytes([*high, *low])),
                _ => None,
            });
            let units: Option<Vec<u16>> = units.collect();
            out.push_str(&String::from_utf16(&units?).ok()?);
        }
        rest = after;
    }
    out.push_str(rest);
    (encode(&out) == name).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_names() {
        for (unicode, wire) in [
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("보낸편지함", "&vPSwuNO4ycDVaA-"),
            ("R&D", "R&-D"),
            ("📬", "&2D3cvA-".replace("2D3cvA", "2D3c7A").as_str()),
        ] {
            assert_eq!(encode(unicode), wire);
            assert_eq!(decode(wire).as_deref(), Some(unicode));
        }
    }

    #[test]
    fn what_would_not_come_back_is_refused() {
        for wire in ["&", "a&b", "&AGE-", "&U,BTFw-&ZeVnLIqe-", "&2D0-", "&!!-", "&Jjo", "보낸"] {
            assert_eq!(decode(wire), None, "{wire}");
        }
    }

    proptest! {
        #[test]
        fn any_name_comes_back(name in ".{0,40}") {
            let wire = encode(&name);
            prop_assert!(wire.bytes().all(|b| (0x20..0x7f).contains(&b)));
            prop_assert_eq!(decode(&wire), Some(name));
        }

        #[test]
        fn decoding_never_panics(wire in "[&,a-zA-Z0-9+ -]{0,40}") {
            if let Some(name) = decode(&wire) {
                prop_assert_eq!(encode(&name), wire);
            }
        }
    }
}
