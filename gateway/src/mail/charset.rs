//! Bytes in a named, wrongly named or unnamed charset to Unicode text.
//!
//! The tables are encoding_rs's; this layer adds the labels Korean and Japanese mailers really write, the
//! stateful ISO-2022-KR and UTF-7 (which encoding_rs has not), and a guess for bytes without a usable label.
mod guess;
mod iso2022kr;
mod utf7;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How a label's bytes are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset {
    Table(&'static Encoding),
    Iso2022Kr,
    Utf7,
    /// US-ASCII, or a label that says nothing: valid as it is when ASCII, else a guess.
    Unknown,
}

/// Decodes `bytes` by the label a message gives; `true` when the label was absent or didn't fit the bytes and
/// a guess or replacement characters had to be used.
pub fn decode(label: Option<&str>, bytes: &[u8]) -> (String, bool) {
    match label.map_or(Charset::Unknown, by_label) {
        Charset::Unknown => guess::decode(bytes),
        Charset::Iso2022Kr => iso2022kr::decode(bytes),
        Charset::Utf7 => utf7::decode(bytes),
        Charset::Table(table) => by_table(table, bytes),
    }
}

/// Whether a label names a charset, US-ASCII included.
pub fn is_known(label: &str) -> bool {
    by_label(label) != Charset::Unknown || label.eq_ignore_ascii_case("us-ascii")
}

/// Decodes bytes that came without any label, such as raw 8-bit header fields.
pub fn decode_unlabelled(bytes: &[u8]) -> String {
    guess::decode(bytes).0
}

fn by_table(table: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    // A byte order mark names the truth; `decode` also removes it.
    let (text, used, errors) = table.decode(bytes);
    if !errors {
        return (text.into_owned(), used != table);
    }
    // The commonest lie by far: UTF-8 under another name.
    if table != UTF_8 && table != UTF_16LE && table != UTF_16BE {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return (text.to_owned(), true);
        }
    } else if table == UTF_8 && std::str::from_utf8(bytes).is_err() {
        let (guessed, _) = guess::decode(bytes);
        return (guessed, true);
    }
    (text.into_owned(), true)
}

/// Reads a label as found in messages: any case, quoted, with an RFC 2231 language behind `*`.
fn by_label(label: &str) -> Charset {
    let label = label.split('*').next().unwrap_or_default();
    let label: String = label
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | ';'))
        .map(|c| c.to_ascii_lowercase())
        .take(64)
        .collect();
    // WHATWG maps US-ASCII to windows-1252, but 8-bit bytes under that name mean that the sender didn't know.
    let alias = match label.as_str() {
        "us-ascii" | "ascii" | "ansi_x3.4-1968" | "ansi_x3.4-1986" | "646" | "us" | "iso-ir-6"
        | "iso646-us" | "unknown-8bit" | "x-unknown" | "unknown" | "default" | "x-user-defined" | "8bit"
        | "7bit" | "" => return Charset::Unknown,
        "iso-2022-kr" | "iso2022kr" | "iso2022-kr" | "csiso2022kr" => return Charset::Iso2022Kr,
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" => return Charset::Utf7,
        "cp949" | "ms949" | "x-windows-949" | "windows949" | "win949" | "949" | "uhc" | "x-uhc"
        | "x-cp949" | "ks_c_5601" | "ksc_5601-1987" | "ksc5601-1987" | "ksc5601_1987" | "ks_c_5601_1987"
        | "ks_c-5601-1987" | "ks-c-5601-1987" | "ksc-5601" | "ksx1001" | "ks_x_1001" | "euc_kr" | "euckr"
        | "x-euc-kr" | "kr" => "euc-kr",
        "utf_8" | "utf8mb4" | "utf-8n" | "x-utf-8" | "unicode-1-1-utf8" => "utf-8",
        "utf16" | "ucs-2" => "utf-16le",
        "cp932" | "ms932" | "x-ms-cp932" | "sjis" | "shift-jis" | "shiftjis" => "shift_jis",
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-ms" | "iso-2022-jp-2004"
        | "iso2022jp" | "cp50220" | "cp50221" | "cp50222" | "jis" => "iso-2022-jp",
        "eucjp" | "euc_jp" | "eucjp-ms" | "cp51932" => "euc-jp",
        "cp936" | "ms936" | "windows-936" | "x-gbk" | "euc-cn" | "euccn" | "cn-gb" => "gbk",
        "gb18030-2000" | "gb18030-2005" | "cp54936" | "gb-18030" => "gb18030",
        "cp950" | "ms950" | "windows-950" | "big5hkscs" | "big-5" | "cn-big5" => "big5",
        "latin1" | "latin-1" | "iso_8859-1:1987" | "iso-8859-1-windows-3.1-latin-1" | "ansi" => {
            "windows-1252"
        }
        "latin-9" | "latin9" | "iso8859_15" => "iso-8859-15",
        other => match other.strip_prefix("cp-").or_else(|| other.strip_prefix("windows")) {
            // `cp-1252`, `windows1252`.
            Some(number) if number.chars().all(|c| c.is_ascii_digit()) => {
                return table(&format!("windows-{number}"));
            }
            _ => other,
        },
    };
    table(alias)
}

fn table(label: &str) -> Charset {
    // `no_replacement`: the "replacement" encoding of the web would show a single U+FFFD for a whole mail.
    Encoding::for_label_no_replacement(label.as_bytes()).map_or(Charset::Unknown, Charset::Table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{EUC_KR, GB18030, ISO_2022_JP, SHIFT_JIS};

    #[test]
    fn korean_by_every_name() {
        let (bytes, _, _) = EUC_KR.encode("안녕하세요 똠방각하 펲시콜라");
        for label in [
            "euc-kr",
            "EUC-KR",
            "\"euc-kr\"",
            "cp949",
            "CP949",
            "ms949",
            "x-windows-949",
            "windows-949",
            "uhc",
            "ks_c_5601-1987",
            "KS_C_5601",
            "ksc5601",
            "korean",
            "euc-kr*ko",
        ] {
            assert_eq!(
                decode(Some(label), &bytes),
                ("안녕하세요 똠방각하 펲시콜라".into(), false),
                "{label}"
            );
        }
    }

    #[test]
    fn other_east_asian_charsets() {
        for (table, label, text) in [
            (ISO_2022_JP, "ISO-2022-JP", "日本語のメール"),
            (SHIFT_JIS, "cp932", "日本語のメール"),
            (GB18030, "gb18030", "简体中文邮件𠀀"),
            (encoding_rs::GBK, "gb2312", "简体中文邮件"),
            (encoding_rs::BIG5, "Big5", "繁體中文郵件"),
            (encoding_rs::EUC_JP, "eucjp", "日本語"),
            (encoding_rs::WINDOWS_1252, "iso-8859-1", "Größe €"),
            (encoding_rs::KOI8_R, "koi8-r", "Привет"),
            (encoding_rs::WINDOWS_1251, "windows1251", "Привет"),
            (encoding_rs::WINDOWS_1252, "cp-1252", "naïve"),
        ] {
            assert_eq!(decode(Some(label), &table.encode(text).0), (text.into(), false), "{label}");
        }
    }

    #[test]
    fn a_wrong_label_is_noticed() {
        assert_eq!(decode(Some("euc-kr"), "한글 메일입니다".as_bytes()), ("한글 메일입니다".into(), true));
        let (bytes, _, _) = EUC_KR.encode("가나다 메일입니다");
        assert_eq!(decode(Some("utf-8"), &bytes), ("가나다 메일입니다".into(), true));
        assert_eq!(decode(Some("us-ascii"), &bytes), ("가나다 메일입니다".into(), true));
        assert_eq!(decode(Some("x-no-such"), b"plain"), ("plain".into(), false));
        assert_eq!(decode(None, "plain é".as_bytes()), ("plain é".into(), false));
        let (text, guessed) = decode(Some("utf-8"), b"broken \xff end");
        assert!(guessed && text.starts_with("broken ") && text.ends_with(" end"));
    }
}
