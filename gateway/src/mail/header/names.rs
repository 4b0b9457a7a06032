//! Names of people and files made safe to show (R9) and to save (R12).
use super::params::decode_value;
use super::words::clean;
use unicode_normalization::UnicodeNormalization;

/// Characters of a display name.
const MAX_NAME: usize = 200;
/// Bytes of a file name; 255 is what file systems take.
const MAX_FILE_NAME: usize = 200;

/// Characters that turn, hide or fake text: controls, bidi marks, zero-width and tag characters.
fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text without the characters of [`is_trick`].
pub(super) fn without_tricks(text: &str) -> String {
    text.chars().filter(|c| !is_trick(*c)).collect()
}

/// A decoded name as it is shown.
pub(super) fn display(name: &str) -> String {
    let name = without_tricks(&clean(name));
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let unquoted = name
        .strip_prefix('\'')
        .and_then(|name| name.strip_suffix('\''))
        .or_else(|| name.strip_prefix('"').and_then(|name| name.strip_suffix('"')))
        .unwrap_or(&name);
    unquoted.trim().chars().take(MAX_NAME).collect()
}

/// Whether a name contains another address than `email` (R9), full-width signs included.
pub(super) fn claims_another(name: &str, email: &str) -> bool {
    let name: String = name.nfkc().collect::<String>().to_lowercase();
    let email: String = email.nfkc().collect::<String>().to_lowercase();
    let breaks = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | '\'' | ',' | ';' | '[' | ']')
    };
    // `ceo @ bank.test` reads like an address too.
    let name = name.replace(" @ ", "@");
    name.split(breaks).any(|word| {
        let word = word.trim_matches(|c: char| matches!(c, '.' | ':' | '!' | '?'));
        match word.rsplit_once('@') {
            Some((local, host)) => !local.is_empty() && host.contains('.') && word != email,
            None => false,
        }
    })
}

/// A name fit for saving an attachment: decoded, NFC, no path, no control or bidi characters, not hidden, not
/// a name that Windows reserves; at most 200 bytes with its extension kept. Empty when nothing is left.
pub fn file_name(raw: &str) -> String {
    let decoded = decode_value(raw.get(..raw.floor_char_boundary(4_000)).unwrap_or(raw).as_bytes());
    // macOS sends decomposed Hangul; everybody else expects NFC.
    let name: String = without_tricks(&decoded).nfc().collect();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    shorten(&if is_reserved(name) { format!("_{name}") } else { name.to_owned() })
}

/// Device names of Windows, with any extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|c: char| c.is_ascii_digit()))
}

fn shorten(name: &str) -> String {
    if name.len() <= MAX_FILE_NAME {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let end = stem.floor_char_boundary(MAX_FILE_NAME - extension.len());
    format!("{}{extension}", stem.get(..end).unwrap_or(stem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r12_file_names_are_safe_to_save() {
        for (raw, name) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\b.doc", "b.doc"),
            ("=?euc-kr?B?yLjAxy5wZGY=?=", "회의.pdf"),
            ("UTF-8''%ED%9A%8C%EC%9D%98.pdf", "회의.pdf"),
            ("euc-kr'ko'%C8%B8%C0%C7.pdf", "회의.pdf"),
            ("''%C8%B8%C0%C7.pdf", "회의.pdf"),
            ("Ada's 'best' 100%.pdf", "Ada's 'best' 100%.pdf"),
            ("it's'so.pdf", "it's'so.pdf"),
            ("\u{1112}\u{116c}\u{110b}\u{1174}.hwp", "회의.hwp"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\r\nb\0.txt", "ab.txt"),
            (".htaccess", "htaccess"),
            ("con.txt", "_con.txt"),
            ("LPT1", "_LPT1"),
            ("a<b>|c?.txt", "a_b__c_.txt"),
            ("...", ""),
            ("dir/", ""),
        ] {
            assert_eq!(file_name(raw), name, "{raw:?}");
        }
        let long = format!("{}.tar", "가".repeat(500));
        let short = file_name(&long);
        assert!(short.len() <= MAX_FILE_NAME && short.ends_with("가.tar"));
    }

    #[test]
    fn r09_what_counts_as_a_claim() {
        assert!(claims_another("Bank <help@bank.test>", "x@evil.test"));
        assert!(claims_another("help @ bank.test", "x@evil.test"));
        assert!(claims_another("help@bank.test via x@evil.test", "x@evil.test"));
        assert!(!claims_another("x@evil.test", "x@evil.test"));
        assert!(!claims_another("Me @home", "x@evil.test"));
        assert!(!claims_another("user@local", "x@evil.test"));
    }

    proptest! {
        #[test]
        fn file_names_never_leave_their_folder(raw in "\\PC{0,80}") {
            let name = file_name(&raw);
            prop_assert!(!name.contains(['/', '\\', '\0', '\n']) && !name.starts_with('.'));
            prop_assert!(name.len() <= MAX_FILE_NAME + 1);
        }
    }
}
