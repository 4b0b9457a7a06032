//! The page's texts in every language: one table, so that no key can lack a language.
//!
//! Placeholders are `{n}`, `{name}` and so on; `one|other` are the English plural forms (Korean has one form).
mod date;
pub mod error;
mod folder;
mod ledger;
mod notice;
mod size;
mod table;
mod takeout;

pub use crate::state::settings::Locale;
pub use date::{Civil, full_date, short_date};
pub use error::{remedy, what_happened};
pub use folder::{folder_label, folder_words};
pub use ledger::{duplicate, leaves, leaving, on_device, on_server, reason};
pub use notice::{notice, quotation};
pub use size::size;
pub use table::T;
pub use takeout::{outcome, progress, stayed};

/// The text of `key`.
pub fn t(locale: Locale, key: T) -> &'static str {
    let (english, korean) = key.texts();
    match locale {
        Locale::English => english,
        Locale::Korean => korean,
    }
}

/// The text with its placeholders filled. Values are inserted as they are and not looked at again.
pub fn fill(locale: Locale, key: T, values: &[(&str, &str)]) -> String {
    substitute(t(locale, key), values)
}

/// The text in the plural form for `n`, with `{n}` written with thousands separators.
pub fn count(locale: Locale, key: T, n: u32) -> String {
    count_with(locale, key, n, &[])
}

/// As [`count`], with further placeholders.
pub fn count_with(locale: Locale, key: T, n: u32, values: &[(&str, &str)]) -> String {
    let text = t(locale, key);
    let form = match (text.split_once('|'), n) {
        (Some((one, _)), 1) => one,
        (Some((_, other)), _) => other,
        (None, _) => text,
    };
    let number = number(n);
    let mut all = vec![("n", number.as_str())];
    all.extend_from_slice(values);
    substitute(form, &all)
}

/// `12,345`, the same in both languages.
pub fn number(n: u32) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn substitute(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            rest = after;
            break;
        };
        out.push_str(values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value));
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
