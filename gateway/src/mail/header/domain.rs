//! How a domain is shown: Unicode when it can't be mistaken for another one, else punycode (R10).
//!
//! The rules are those browsers use, in short: one script, or the mixtures that Korean, Japanese and Chinese
//! write in; only letters of everyday Latin; and no word made only of Cyrillic or Greek letters that look Latin.

/// A domain as it may be shown; ASCII is lower-cased, an unusable one is returned as it came.
pub(super) fn shown(raw: &str) -> String {
    let raw = raw.trim_end_matches('.');
    if raw.is_ascii() && !raw.to_ascii_lowercase().contains("xn--") {
        return raw.to_ascii_lowercase();
    }
    let (unicode, result) = idna::domain_to_unicode(raw);
    if result.is_ok() && unicode.split('.').all(is_clear_label) {
        return unicode;
    }
    match idna::domain_to_ascii(raw) {
        Ok(ascii) => ascii,
        // Not a domain name at all: escape what isn't ASCII, so that it can't look like one.
        Err(_) => raw.chars().flat_map(|c| c.escape_default()).collect::<String>().to_ascii_lowercase(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    /// Digits, hyphen.
    Common,
    Latin,
    Greek,
    Cyrillic,
    Hangul,
    Han,
    Kana,
    Bopomofo,
    /// Another script of which one alone is fine; the number tells them apart.
    Other(u8),
    /// Never shown.
    Suspicious,
}

fn script(c: char) -> Script {
    match c {
        '0'..='9' | '-' => Script::Common,
        'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ' => Script::Latin,
        // Latin Extended-A without the long s, dotless i, kra and the eng, which are easily misread.
        'ı' | 'ĸ' | 'ŋ' | 'ſ' | 'ŉ' => Script::Suspicious,
        '\u{100}'..='\u{17f}'
        | 'ơ'
        | 'ư'
        | '\u{218}'..='\u{21b}'
        | '\u{1e80}'..='\u{1e85}'
        | '\u{1ea0}'..='\u{1ef9}' => Script::Latin,
        'ͱ'..='Ͽ' if c != '\u{37e}' => Script::Greek,
        '\u{400}'..='\u{45f}' | '\u{490}'..='\u{491}' => Script::Cyrillic,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{3005}' => Script::Han,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' => Script::Kana,
        '\u{3105}'..='\u{312f}' => Script::Bopomofo,
        '\u{531}'..='\u{587}' => Script::Other(1),
        '\u{5d0}'..='\u{5ea}' => Script::Other(2),
        '\u{620}'..='\u{669}' | '\u{66e}'..='\u{6d3}' => Script::Other(3),
        '\u{900}'..='\u{97f}' => Script::Other(4),
        '\u{980}'..='\u{9ff}' => Script::Other(5),
        '\u{b80}'..='\u{bff}' => Script::Other(6),
        '\u{e01}'..='\u{e4e}' => Script::Other(7),
        '\u{10d0}'..='\u{10fa}' => Script::Other(8),
        _ => Script::Suspicious,
    }
}

/// Letters of Cyrillic and Greek that look like Latin ones.
const LOOK_LATIN: &str = "асԁеһіјӏорԛѕԝхуүѵь\u{433}ґпкмнтвίιοαρυνκτχγηωύόάήώ";

fn is_clear_label(label: &str) -> bool {
    if label.is_ascii() {
        // `xn--` that didn't decode isn't clear; it is ASCII, so it is shown as it is anyway.
        return true;
    }
    let mut scripts = Vec::new();
    for c in label.chars() {
        let script = script(c);
        match script {
            Script::Suspicious => return false,
            Script::Common => {}
            _ if !scripts.contains(&script) => scripts.push(script),
            _ => {}
        }
    }
    let only = |allowed: &[Script]| scripts.iter().all(|script| allowed.contains(script));
    // The kana that look like a slash, a hyphen or a one stand alone in no Japanese word next to Latin letters.
    let fake_kana = label.contains(['ノ', 'ー', 'ニ', 'ハ', 'エ', 'ロ', '〇', '一', '丨', '丶', 'ㅡ', 'ㅣ'])
        && scripts.contains(&Script::Latin);
    match scripts.as_slice() {
        [Script::Cyrillic | Script::Greek] => !label.chars().all(|c| LOOK_LATIN.contains(c) || c.is_ascii()),
        [_] => true,
        _ if fake_kana => false,
        _ => {
            only(&[Script::Latin, Script::Han, Script::Hangul])
                || only(&[Script::Latin, Script::Han, Script::Kana])
                || only(&[Script::Latin, Script::Han, Script::Bopomofo])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_clear_domains_stay_readable() {
        for (raw, text) in [
            ("Blue.Test.", "blue.test"),
            ("xn--bcher-kva.example", "bücher.example"),
            ("한국.kr", "한국.kr"),
            ("xn--3e0b707e.kr", "한국.kr"),
            ("naver한국.kr", "naver한국.kr"),
            ("日本語.jp", "日本語.jp"),
            ("пример.рф", "пример.рф"),
            ("xn--not-punycode-.test", "xn--not-punycode-.test"),
        ] {
            assert_eq!(shown(raw), text, "{raw}");
        }
    }

    #[test]
    fn r10_mixed_and_confusable_domains_are_punycode() {
        for raw in [
            "аpple.com",       // Cyrillic а
            "аррӏе.com",       // wholly Cyrillic
            "gооgle.com",      // Cyrillic о
            "paypaӏ.com",      // Cyrillic palochka
            "ɡoogle.com",      // IPA g
            "οοο.com",         // Greek omicron
            "bankノlogin.com", // kana like a slash
            "googlе.com",      // Cyrillic е
            "tωitter.com",     // Greek in Latin
        ] {
            let found = shown(raw);
            assert!(found.is_ascii() && found.starts_with("xn--"), "{raw} -> {found}");
            // The same from punycode.
            assert_eq!(shown(&found), found);
        }
    }

    #[test]
    fn what_is_no_domain_becomes_ascii() {
        let found = shown("a\u{2024}com b");
        assert!(found.is_ascii(), "{found}");
    }
}
