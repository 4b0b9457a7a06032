//! Small letters, for comparing what people type, and what words are made of. The tables of `str::to_lowercase` are 12 KB of the
//! page and those of `char::is_alphanumeric` 2 KB; the scripts in which names and folders differ by case follow a few rules.

/// `text` in small letters: Latin, Greek, Cyrillic, Armenian and fullwidth letters; others stay as they are. The sigma at
/// the end of a word is a common one, so that a word's beginning is found before its end is typed.
pub fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == 'İ' {
            out.push_str("i\u{307}");
        } else {
            out.push(letter(c));
        }
    }
    out
}

fn letter(c: char) -> char {
    let n = u32::from(c);
    let even = n & 1 == 0;
    let small = match n {
        0x41..=0x5a
        | 0xc0..=0xd6
        | 0xd8..=0xde
        | 0x391..=0x3a1
        | 0x3a3..=0x3ab
        | 0x410..=0x42f
        | 0xff21..=0xff3a => n + 32,
        0x100..=0x12f | 0x132..=0x137 | 0x14a..=0x177 | 0x460..=0x481 | 0x48a..=0x4bf | 0x4d0..=0x52f
            if even =>
        {
            n + 1
        }
        0x1e00..=0x1e95 | 0x1ea0..=0x1eff if even => n + 1,
        0x139..=0x148 | 0x179..=0x17e | 0x4c1..=0x4ce if !even => n + 1,
        0x178 => 0xff,
        0x386 => 0x3ac,
        0x388..=0x38a => n + 37,
        0x38c => 0x3cc,
        0x38e | 0x38f => n + 63,
        0x400..=0x40f => n + 80,
        0x4c0 => 0x4cf,
        0x531..=0x556 => n + 48,
        0x1e9e => 0xdf,
        _ => n,
    };
    char::from_u32(small).unwrap_or(c)
}

/// A letter, a digit, or a mark on one: in ASCII what is one, beyond it what isn't in a block of signs.
pub fn in_word(c: char) -> bool {
    match u32::from(c) {
        0..0x80 => c.is_ascii_alphanumeric(),
        // Latin-1: the signs around ª, µ, º and the fractions.
        0x80..=0xa9 | 0xab..=0xb1 | 0xb4 | 0xb6..=0xb8 | 0xbb | 0xbf | 0xd7 | 0xf7 => false,
        // Punctuation, currencies, arrows, mathematics, boxes, dingbats; more punctuation; ideographic punctuation.
        0x2000..=0x2bff | 0x2e00..=0x2e7f | 0x3000..=0x3004 | 0x3008..=0x3020 | 0x3030 | 0x303d..=0x303f => {
            false
        }
        // Private use; forms of punctuation, small and wide; specials.
        0xe000..=0xf8ff | 0xfe10..=0xfe1f | 0xfe30..=0xfe6f | 0xff00..=0xff0f | 0xff1a..=0xff20 => false,
        0xff3b..=0xff40 | 0xff5b..=0xff65 | 0xffe0..=0xffff => false,
        // Pictures; what has no letters.
        0x1f000..=0x1faff | 0xe0000..=0x10ffff => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_says_in_these_scripts() {
        let blocks = [0..0x180, 0x370..0x3d0, 0x400..0x590, 0x1e00..0x1f00, 0xff00..0xfff0];
        for c in blocks.into_iter().flatten().filter_map(char::from_u32) {
            // Archaic Greek letters; the rest of their block is there.
            if matches!(c, '\u{370}' | '\u{372}' | '\u{376}' | '\u{37f}' | '\u{3cf}') {
                continue;
            }
            assert_eq!(
                lower(&format!("{c}a")),
                format!("{c}a").to_lowercase(),
                "{c:?} U+{:04X}",
                u32::from(c)
            );
        }
    }

    #[test]
    fn a_word_begins_the_same_however_it_ends() {
        assert!(lower("ΟΔΟΣ").starts_with(&lower("Οδοσ")));
        assert_eq!(lower("Straße İzmir 편지"), "straße i\u{307}zmir 편지");
    }

    #[test]
    fn words_are_made_of_what_the_standard_library_calls_letters_and_digits() {
        for c in (0..0x2b0).filter_map(char::from_u32) {
            assert_eq!(in_word(c), c.is_alphanumeric(), "{c:?} U+{:04X}", u32::from(c));
        }
        // The signs that the standard library counts as letters: circled, raised, or for physicists.
        let signs =
            |n: &u32| !(0x2000..0x2c00).contains(n) && !(0x1f100..0x1f200).contains(n) && *n != 0x2e2f;
        for c in (0x2b0..0x110000_u32).filter(signs).filter_map(char::from_u32) {
            assert!(in_word(c) || !c.is_alphanumeric(), "{c:?} U+{:04X}", u32::from(c));
        }
        for c in "\u{2014}\u{2026}\u{2022}\u{20ac}\u{2605}\u{3001}\u{300c}\u{ff0e}\u{ff20}\u{1f600}\u{fffd} \u{3000}\n".chars() {
            assert!(!in_word(c), "{c:?}");
        }
    }
}
