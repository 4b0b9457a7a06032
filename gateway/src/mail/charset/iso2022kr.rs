//! ISO-2022-KR (RFC 1557), which encoding_rs leaves out: KS X 1001 in seven bits between SO and SI.
use encoding_rs::EUC_KR;

const SO: u8 = 0x0e;
const SI: u8 = 0x0f;
const HEADER: &[u8] = b"\x1b$)C";

/// Text, and whether something didn't fit.
pub(super) fn decode(bytes: &[u8]) -> (String, bool) {
    // Setting the top bit of each shifted octet gives EUC-KR.
    let mut euc = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        if let Some(tail) = rest.strip_prefix(HEADER) {
            rest = tail;
            continue;
        }
        rest = tail;
        match byte {
            SO => shifted = true,
            SI => shifted = false,
            // A line begins in ASCII again (RFC 1557 §2).
            b'\n' => {
                shifted = false;
                euc.push(byte);
            }
            0x21..=0x7e if shifted => euc.push(byte | 0x80),
            _ => euc.push(byte),
        }
    }
    let (text, errors) = EUC_KR.decode_without_bom_handling(&euc);
    (text.into_owned(), errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_between_ascii_and_hangul() {
        assert_eq!(decode(b"\x1b$)Chi \x0e>H3g\x0f there"), ("hi 안녕 there".into(), false));
        assert_eq!(decode(b"\x1b$)C\x0eGQ1[\nascii"), ("한글\nascii".into(), false));
        assert_eq!(decode(b"\x1b$)C\x0eG Q").0, "\u{fffd} \u{fffd}");
        assert!(decode(b"\x0eG").1);
    }
}
