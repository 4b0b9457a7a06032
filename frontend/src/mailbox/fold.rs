//! Text as the search compares it: small letters, one form of letters with marks, one space between words.
use pyeonji_shared::lower::lower;

/// ASCII letters under the marks of U+00E0 … U+0233 (canonical decomposition); `.` where there is none.
const LATIN: &[u8] =
    b"aaaaaa.ceeeeiiii.nooooo..uuuuy.yaaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll.\
    ...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.................................\
    oo.............uu............................aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa....\
    aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy";
/// The same of U+1E00 … U+1EF9.
const LATIN_MORE: &[u8] =
    b"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr\
    ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy......aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee\
    eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy";

/// `text` so that what a person types is found however it was written: Unicode's composed and decomposed forms are one
/// (Latin, Greek, Cyrillic, Hangul, Kana), marks on Latin, Greek and Cyrillic letters don't count, and every run of
/// spaces, line ends and control characters is one space. Folding what was folded changes nothing.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Appends `fold(text)`.
pub fn fold_into(text: &str, out: &mut String) {
    let (mut last, mut space) = (None, false);
    for c in lower(text).chars() {
        if c.is_whitespace() || c.is_control() {
            space = last.is_some();
            continue;
        }
        let Some(c) = plain(c) else { continue };
        if let Some(joined) = last.filter(|_| !space).and_then(|last| join(last, c)) {
            out.pop();
            out.push(joined);
            last = Some(joined);
            continue;
        }
        if space {
            out.push(' ');
            space = false;
        }
        out.push(c);
        last = Some(c);
    }
}

/// The letter without its marks; `None` for a mark by itself and for what isn't seen (soft hyphen, joiners).
fn plain(c: char) -> Option<char> {
    let n = u32::from(c);
    let from = |table: &[u8], first: u32| {
        let at = usize::try_from(n.checked_sub(first)?).ok()?;
        table.get(at).filter(|b| **b != b'.').map(|b| char::from(*b))
    };
    let letter = match c {
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => return None,
        '\u{fe00}'..='\u{fe0f}' => return None,
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'й' | 'ѝ' | 'ӣ' | 'ӥ' => 'и',
        'ё' | 'ѐ' | 'ӗ' => 'е',
        'ѓ' => 'г',
        'ї' => 'і',
        'ќ' => 'к',
        'ў' | 'ӯ' | 'ӱ' | 'ӳ' => 'у',
        'ӂ' | 'ӝ' => 'ж',
        'ӑ' | 'ӓ' => 'а',
        'ӟ' => 'з',
        'ӧ' => 'о',
        'ӵ' => 'ч',
        'ӹ' => 'ы',
        'ӭ' => 'э',
        'ӛ' => 'ә',
        'ӫ' => 'ө',
        'ѷ' => 'ѵ',
        'ǣ' | 'ǽ' | 'Ǣ' | 'Ǽ' => 'æ',
        'ǿ' | 'Ǿ' => 'ø',
        'ǯ' | 'Ǯ' | 'Ʒ' => 'ʒ',
        'ẛ' => 'ſ',
        _ => from(LATIN, 0xe0).or_else(|| from(LATIN_MORE, 0x1e00)).unwrap_or(c),
    };
    Some(letter)
}

/// The one character that two are: Hangul jamo (The Unicode Standard §3.12) and Kana with a voicing mark.
fn join(first: char, second: char) -> Option<char> {
    let (a, b) = (u32::from(first), u32::from(second));
    let joined = match (a, b) {
        (0x1100..=0x1112, 0x1161..=0x1175) => 0xac00 + ((a - 0x1100) * 21 + (b - 0x1161)) * 28,
        (0xac00..=0xd7a3, 0x11a8..=0x11c2) if (a - 0xac00) % 28 == 0 => a + (b - 0x11a7),
        (0x3046 | 0x30a6, 0x3099) => a + 0x4e,
        (0x30ef..=0x30f2, 0x3099) => a + 8,
        (0x3041..=0x30ff, 0x3099 | 0x309a) => {
            let hiragana = if a >= 0x30a1 { a - 0x60 } else { a };
            match (hiragana, b) {
                (0x304b..=0x3061, 0x3099) if hiragana % 2 == 1 => a + 1,
                (0x3064 | 0x3066 | 0x3068 | 0x309d, 0x3099) => a + 1,
                (0x306f..=0x307b, _) if hiragana % 3 == 0 => a + (b - 0x3098),
                _ => return None,
            }
        }
        _ => return None,
    };
    char::from_u32(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_forms_of_unicode_are_one() {
        let pairs = [
            ("Résumé", "Re\u{301}sume\u{301}"),
            ("ÅNGSTRÖM", "A\u{30a}NGSTRO\u{308}M"),
            ("Nguyễn Thị Ơn", "Nguye\u{302}\u{303}n Thi\u{323} O\u{31b}n"),
            ("Žluťoučký kůň", "Z\u{30c}lut\u{30c}ouc\u{30c}ky\u{301} ku\u{30a}n\u{30c}"),
            (
                "회의록 한글",
                "\u{1112}\u{116c}\u{110b}\u{1174}\u{1105}\u{1169}\u{11a8} \u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
            ),
            ("がぱヴプゔヺ", "か\u{3099}は\u{309a}ウ\u{3099}フ\u{309a}う\u{3099}ヲ\u{3099}"),
            ("Ёлкий", "Е\u{308}лкии\u{306}"),
            ("Ελλάδα ϊ", "Ελλα\u{301}δα ι\u{308}"),
            ("İzmir", "I\u{307}zmir"),
        ];
        for (composed, decomposed) in pairs {
            assert_eq!(fold(composed), fold(decomposed), "{composed}");
        }
        assert_eq!(fold("Résumé Straße ĐỘC ŁÓDŹ ŉ"), "resume straße đoc łodz ŉ");
    }

    #[test]
    fn spaces_and_what_is_not_seen() {
        assert_eq!(fold("  Ada\r\n\tL.\u{a0}\u{1}B  "), "ada l. b");
        assert_eq!(fold("news\u{ad}let\u{200b}ter\u{feff}"), "newsletter");
        assert_eq!(fold("\u{301} \u{301}x"), "x");
        // A jamo after a space begins a word of its own.
        assert_eq!(fold("가 \u{11a8}"), "가 \u{11a8}");
    }

    proptest! {
        #[test]
        fn what_was_folded_stays_and_parts_are_found(a in "\\PC{0,12}", b in "[\\PC\\s]{0,12}", c in "\\PC{0,12}") {
            let text = format!("{a} {b} {c}");
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded.clone());
            prop_assert!(folded.contains(&fold(&b)), "{folded:?} {b:?}");
        }
    }
}
