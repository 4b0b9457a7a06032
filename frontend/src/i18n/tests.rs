//! Every text in every language, and the same texts in the files that are there before the module.
use super::*;
use crate::state::mail::TAKEOUT;
use pyeonji_shared::error::ErrorKind;

const LOCALES: [Locale; 2] = [Locale::English, Locale::Korean];

fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn hangul(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

#[test]
fn every_text_is_there_in_both_languages() {
    // A build has no texts about what isn't in it; the native one has all.
    for key in T::ALL.iter().filter(|key| TAKEOUT || !key.texts().0.is_empty()) {
        let (english, korean) = key.texts();
        assert!(!english.trim().is_empty() && !korean.trim().is_empty(), "{key:?}");
        assert!(!hangul(english), "{key:?} is not English");
        assert!(hangul(korean) || placeholders(korean).len() == 2, "{key:?} is not Korean");
        assert_eq!(placeholders(english), placeholders(korean), "{key:?}");
        assert!(!korean.contains('|'), "{key:?}: Korean has one form");
        for form in english.split('|') {
            assert_eq!(placeholders(form), placeholders(english), "{key:?}");
        }
    }
}

#[test]
fn every_error_says_what_happened_and_what_to_do() {
    assert_eq!(error::ALL.len(), ErrorKind::Device as usize + 1, "a kind is missing from the list");
    for kind in error::ALL {
        for locale in LOCALES {
            let (what, remedy) = (what_happened(locale, *kind), remedy(locale, *kind));
            assert!(what.ends_with('.') && remedy.ends_with('.'), "{kind:?}");
            assert_eq!(hangul(what), locale == Locale::Korean, "{kind:?}");
            assert_eq!(hangul(remedy), locale == Locale::Korean, "{kind:?}");
        }
    }
}

#[test]
fn plurals_and_numbers() {
    assert_eq!(count(Locale::English, T::Archived, 1), "1 message archived");
    assert_eq!(count(Locale::English, T::Archived, 2), "2 messages archived");
    assert_eq!(count(Locale::Korean, T::Archived, 1), "메일 1개를 보관했습니다");
    assert_eq!(count(Locale::English, T::MessageCount, 1_234_567), "1,234,567 messages");
    assert_eq!((number(0), number(999), number(1_000)), ("0".into(), "999".into(), "1,000".into()));
}

#[test]
fn values_are_not_read_as_placeholders() {
    let name = "{n} <img src=x onerror=alert(1)> {name}";
    assert_eq!(
        count_with(Locale::English, T::Moved, 1, &[("name", name)]),
        format!("1 message moved to “{name}”")
    );
    assert_eq!(substitute("a {unclosed", &[]), "a unclosed");
}

/// The sign-in form is HTML and a small script; their words must be the table's.
#[test]
fn the_form_says_the_same() {
    let (html, boot) = (include_str!("../../index.html"), include_str!("../../boot.js"));
    let form = [
        ("signin.lead", T::SignInLead),
        ("signin.address", T::SignInAddress),
        ("signin.password", T::SignInPassword),
        ("signin.remember", T::SignInRemember),
        ("signin.type", T::SignInType),
        ("signin.button", T::SignInButton),
        ("signin.fine", T::SignInFine),
        ("signin.lab", T::Lab),
        ("signin.pop3", T::SignInPop3),
    ];
    for (name, key) in form {
        let (english, korean) = key.texts();
        assert!(html.contains(&format!("data-t=\"{name}\">{english}<")), "{name} in index.html");
        assert!(boot.contains(&format!("\"{name}\": \"{korean}\"")), "{name} in boot.js");
    }
    for (name, key) in [("signin.busy", T::SignInBusy), ("signin.broken", T::SignInBroken)] {
        let (english, korean) = key.texts();
        assert!(boot.contains(&format!("\"{name}\": \"{english}\"")), "{name} in boot.js");
        assert!(boot.contains(&format!("\"{name}\": \"{korean}\"")), "{name} in boot.js");
    }
    assert_eq!(html.matches("data-t=").count(), form.len(), "a text of the form is not in the table");
}

/// R27: nothing in the page runs but the two scripts, and no handler is written in HTML.
#[test]
fn r27_the_page_has_no_inline_script() {
    let html = include_str!("../../index.html").to_lowercase();
    for (at, _) in html.match_indices("<script") {
        let tag = html.get(at..).and_then(|rest| rest.split_once("</script>")).map_or("", |(tag, _)| tag);
        assert!(tag.contains(" src=\"/") && tag.ends_with('>'), "{tag}");
    }
    for handler in [" onclick", " onload", " onerror", " onsubmit", "javascript:", "http-equiv"] {
        assert!(!html.contains(handler), "{handler}");
    }
    assert!(!html.contains("href=\"http") && !html.contains("src=\"http"), "a third-party host");
}

/// `boot.js` reads language and theme from the first two bytes of the kept settings.
#[test]
fn boot_reads_the_settings_as_they_are_kept() {
    use crate::state::settings::{Language, Settings, Theme};
    let of = |language, theme| Settings { language, theme, ..Settings::default() }.to_bytes();
    assert_eq!(of(Language::Korean, Theme::Dark).get(..2), Some(&[2, 2][..]));
    assert_eq!(of(Language::English, Theme::Light).get(..2), Some(&[1, 1][..]));
    assert_eq!(of(Language::Auto, Theme::Auto).get(..2), Some(&[0, 0][..]));
    let boot = include_str!("../../boot.js");
    assert!(boot.contains("{ \"01\": \"light\", \"02\": \"dark\" }[settings.slice(2, 4)]"));
    assert!(boot.contains("{ \"01\": \"en\", \"02\": \"ko\" }[settings.slice(0, 2)]"));
    assert!(boot.contains("\"pyeonji.settings\"") && boot.contains("\"pyeonji.session\""));
}
