//! Guesses the charset of bytes that came without a usable label.
use encoding_rs::{EUC_KR, ISO_2022_JP, SHIFT_JIS, WINDOWS_1252};

/// Text, and whether it was a guess (plain ASCII and valid UTF-8 are certain).
pub(super) fn decode(bytes: &[u8]) -> (String, bool) {
    if let Some(text) = escaped(bytes) {
        return (text, true);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(), false);
    }
    if let Some(text) = mostly_utf8(bytes) {
        return (text, true);
    }
    for (table, likely) in [(EUC_KR, is_hangul as fn(char) -> bool), (SHIFT_JIS, is_kana)] {
        if let Some(text) = table.decode_without_bom_handling_and_without_replacement(bytes) {
            let foreign = text.chars().filter(|c| !c.is_ascii()).count();
            let fitting = text.chars().filter(|c| likely(*c)).count();
            // Half is enough: Hanja, symbols and full-width forms mix with Hangul, while Latin-1 pairs that
            // happen to be valid fall among the Hanja.
            if fitting * 2 >= foreign {
                return (text.into_owned(), true);
            }
        }
    }
    (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), true)
}

/// The 7-bit charsets give themselves away by their escape sequences (RFC 1468, RFC 1557).
fn escaped(bytes: &[u8]) -> Option<String> {
    let has = |sequence: &[u8]| bytes.windows(sequence.len()).any(|window| window == sequence);
    if !bytes.contains(&0x1b) {
        return None;
    }
    if has(b"\x1b$)C") {
        return Some(super::iso2022kr::decode(bytes).0);
    }
    if has(b"\x1b$B") || has(b"\x1b$@") || has(b"\x1b(J") || has(b"\x1b(I") {
        return Some(ISO_2022_JP.decode_without_bom_handling(bytes).0.into_owned());
    }
    None
}

/// UTF-8 that was cut within a character or damaged in a few places is still UTF-8.
fn mostly_utf8(bytes: &[u8]) -> Option<String> {
    let mut good = 0;
    let mut bad = 0;
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (good > 4 * bad).then(|| String::from_utf8_lossy(bytes).into_owned())
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{3131}'..='\u{318e}')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_bytes_of_four_kinds() {
        assert_eq!(decode("회의 자료 2026년".as_bytes()), ("회의 자료 2026년".into(), false));
        assert_eq!(decode(&EUC_KR.encode("회의 자료 2026년").0).0, "회의 자료 2026년");
        assert_eq!(decode(&SHIFT_JIS.encode("お知らせのメール").0).0, "お知らせのメール");
        assert_eq!(decode(b"Gr\xf6\xdfe und Caf\xe9").0, "Größe und Café");
        assert_eq!(decode(b"caf\xe9 au lait").0, "café au lait");
        assert_eq!(decode(b"\x1b$BF|K\\8l\x1b(B").0, "日本語");
        assert_eq!(decode(b"\x1b$)C\x0eGQ1[\x0f").0, "한글");
        assert_eq!(decode("가나다라마바사".as_bytes().get(..20).unwrap()).0, "가나다라마바\u{fffd}");
    }
}
