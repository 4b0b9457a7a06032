//! Message flags between IMAP's words and our bits (RFC 9051 §2.3.2, and the registered keywords).
use crate::imap::event::FlagList;
use pyeonji_shared::message::Flags;

const NAMES: &[(Flags, &str)] = &[
    (Flags::SEEN, "\\Seen"),
    (Flags::ANSWERED, "\\Answered"),
    (Flags::FLAGGED, "\\Flagged"),
    (Flags::DELETED, "\\Deleted"),
    (Flags::DRAFT, "\\Draft"),
    (Flags::FORWARDED, "$Forwarded"),
    (Flags::JUNK, "$Junk"),
    (Flags::NOT_JUNK, "$NotJunk"),
];
/// Keywords of one message that are kept, and the longest one.
const MAX_KEYWORDS: usize = 64;
const MAX_KEYWORD: usize = 128;

/// Adds one flag word. `\Recent` and other system flags that mean nothing to us are left out.
pub fn add(list: &mut FlagList, word: &[u8]) {
    let known = NAMES.iter().find(|(_, name)| name.as_bytes().eq_ignore_ascii_case(word));
    if let Some((flag, _)) = known {
        list.flags = list.flags.with(*flag);
    } else if !word.starts_with(b"\\") && word.len() <= MAX_KEYWORD && list.keywords.len() < MAX_KEYWORDS {
        list.keywords.push(String::from_utf8_lossy(word).into_owned());
    }
}

/// As [`words`], with keywords; those that can't be written as an atom (RFC 9051 §9) are left out.
pub fn with_keywords(flags: Flags, keywords: &[String]) -> String {
    let mut all = words(flags);
    for word in keywords.iter().filter(|word| is_keyword(word)).take(MAX_KEYWORDS) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(word);
    }
    all
}

/// Whether a keyword of this name can be written (an atom, RFC 9051 §9).
pub fn is_keyword(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= MAX_KEYWORD
        && word.bytes().all(|b| b.is_ascii_graphic() && !b"(){%*\"\\]".contains(&b))
}

/// `\Seen $Junk`, as STORE and APPEND want it inside parentheses.
pub fn words(flags: Flags) -> String {
    let names: Vec<&str> = NAMES.iter().filter(|(f, _)| flags.contains(*f)).map(|(_, name)| *name).collect();
    names.join(" ")
}
