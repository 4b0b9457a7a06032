//! Links in plain text, as ranges of it (R4: never HTML).
use pyeonji_shared::lower::{in_word, lower};

/// A stretch of text, perhaps a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span<'a> {
    pub text: &'a str,
    /// Where it leads: `https`, `http` or `mailto` only.
    pub href: Option<String>,
}

/// Longest link recognised, in bytes.
const MAX_LINK: usize = 2_048;

/// Splits `text` into spans; joined, their texts are `text` again.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut out = Vec::new();
    let (mut done, mut from) = (0, 0);
    while let Some((start, end, href)) = next(text, from) {
        if start > done {
            out.push(Span { text: text.get(done..start).unwrap_or_default(), href: None });
        }
        out.push(Span { text: text.get(start..end).unwrap_or_default(), href: Some(href) });
        (done, from) = (end, end);
    }
    if done < text.len() {
        out.push(Span { text: text.get(done..).unwrap_or_default(), href: None });
    }
    out
}

/// The next link at or after `from`.
fn next(text: &str, from: usize) -> Option<(usize, usize, String)> {
    let rest = text.get(from..)?;
    let mut at = 0;
    while let Some(found) = rest.get(at..)?.find([':', '@', '.']) {
        let here = at + found;
        at = here + 1;
        let candidate = match rest.as_bytes().get(here)? {
            b':' => url(rest, here),
            b'.' => www(rest, here),
            _ => address(rest, here),
        };
        if let Some((start, end, href)) = candidate {
            return Some((from + start, from + end, href));
        }
    }
    None
}

fn url(text: &str, colon: usize) -> Option<(usize, usize, String)> {
    let before = text.get(..colon)?;
    let scheme = ["https", "http"].into_iter().find(|s| {
        before.len() >= s.len()
            && before.get(before.len() - s.len()..).is_some_and(|b| b.eq_ignore_ascii_case(s))
    })?;
    let start = colon - scheme.len();
    if before.get(..start)?.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let after = text.get(colon..)?.strip_prefix("://")?;
    let length = extent(after);
    let host_starts = after.chars().next().is_some_and(in_word);
    (host_starts && length > 0).then(|| {
        let end = colon + 3 + length;
        (start, end, text.get(start..end).unwrap_or_default().to_owned())
    })
}

fn www(text: &str, dot: usize) -> Option<(usize, usize, String)> {
    let start = dot.checked_sub(3)?;
    if !text.get(start..dot)?.eq_ignore_ascii_case("www")
        || text.get(..start)?.chars().next_back().is_some_and(|c| in_word(c) || "/@.-_".contains(c))
    {
        return None;
    }
    let end = dot + 1 + extent(text.get(dot + 1..)?);
    let host = text.get(start..end)?;
    host.get(4..)?.contains('.').then(|| (start, end, format!("https://{host}")))
}

/// Bytes of a link that goes on from here: up to white space or a delimiter, without closing punctuation.
fn extent(text: &str) -> usize {
    let mut end = 0;
    for (i, c) in text.char_indices() {
        if i >= MAX_LINK || c.is_whitespace() || c.is_control() || "<>\"`{}|\\^「」『』".contains(c) {
            break;
        }
        end = i + c.len_utf8();
    }
    let mut link = text.get(..end).unwrap_or_default();
    while let Some(c) = link.chars().next_back() {
        let unmatched = |open, close| c == close && link.matches(open).count() < link.matches(close).count();
        if ".,;:!?'\"*_~…。、".contains(c) || unmatched('(', ')') || unmatched('[', ']') {
            link = link.get(..link.len() - c.len_utf8()).unwrap_or_default();
        } else {
            break;
        }
    }
    link.len()
}

fn address(text: &str, at: usize) -> Option<(usize, usize, String)> {
    let local = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let before = text.get(..at)?;
    let start = before.char_indices().rev().take_while(|(_, c)| local(*c)).last().map(|(i, _)| i)?;
    let start = start + before.get(start..)?.chars().take_while(|c| ".-%+".contains(*c)).count();
    let after = text.get(at + 1..)?;
    let length: usize = after
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c))
        .map(char::len_utf8)
        .sum();
    let domain = after.get(..length)?.trim_end_matches(['.', '-']);
    let sound = start < at
        && at - start <= 64
        && domain.len() <= 253
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    let end = at + 1 + domain.len();
    sound.then(|| (start, end, format!("mailto:{}", text.get(start..end).unwrap_or_default())))
}

/// The host that a link leads to, without port or user; `None` for anything but `http(s)`.
pub fn host(href: &str) -> Option<&str> {
    let (scheme, rest) = href.trim().split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty()).then_some(host)
}

/// Where a link leads, in a word: its host, or the address of a `mailto:`.
pub fn leads_to(href: &str) -> Option<&str> {
    let mail = || {
        let (scheme, rest) = href.trim().split_once(':')?;
        let address = rest.split('?').next()?;
        (scheme.eq_ignore_ascii_case("mailto") && !address.is_empty()).then_some(address)
    };
    host(href).or_else(mail)
}

/// R11: the text of a link names another site than the one it leads to. Answers the site it names.
pub fn misleading<'a>(text: &'a str, href: &str) -> Option<&'a str> {
    let leads = host(href)?.trim_start_matches("www.");
    let text = text.trim();
    if text.len() > MAX_LINK || text.contains(char::is_whitespace) {
        return None;
    }
    let names = match host(text) {
        Some(host) => host,
        None => text.split(['/', '?', '#', ':']).next().filter(|h| looks_like_host(h))?,
    };
    let plain = names.trim_start_matches("www.");
    let same = plain.eq_ignore_ascii_case(leads)
        || below(&lower(leads), &lower(plain))
        || below(&lower(plain), &lower(leads));
    (!same).then_some(names)
}

fn below(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

fn looks_like_host(text: &str) -> bool {
    let Some((name, top)) = text.rsplit_once('.') else { return false };
    !name.is_empty()
        && (2..=24).contains(&top.len())
        && top.chars().all(|c| in_word(c) && !c.is_ascii_digit())
        && name.chars().all(|c| in_word(c) || ".-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<(String, String)> {
        spans(text).into_iter().filter_map(|s| Some((s.text.to_owned(), s.href?))).collect()
    }

    #[test]
    fn links_end_where_a_reader_would_end_them() {
        for (text, want) in [
            ("see https://a.test/x?y=1#z.", "https://a.test/x?y=1#z"),
            ("(https://a.test/wiki/A_(b))", "https://a.test/wiki/A_(b)"),
            ("<HTTP://a.test>", "HTTP://a.test"),
            ("주소는 https://예시.test/가 입니다", "https://예시.test/가"),
            ("「https://a.test」", "https://a.test"),
        ] {
            assert_eq!(found(text), [(want.to_owned(), want.to_owned())], "{text}");
        }
        assert_eq!(found("www.a.test, ok"), [("www.a.test".into(), "https://www.a.test".into())]);
        assert_eq!(found("to ada@blue.test."), [("ada@blue.test".into(), "mailto:ada@blue.test".into())]);
    }

    #[test]
    fn no_other_scheme_is_a_link() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "xhttps://a.test",
            "a.b",
            "12:30",
            "ftp://a.test",
            "https://",
            "file:///etc",
            "vbscript:x",
            "@handle",
            "a@b",
            "https://\"onclick=",
            "http://<img>",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn links_that_name_another_site() {
        assert_eq!(misleading("https://bank.test/login", "https://evil.test/"), Some("bank.test"));
        assert_eq!(misleading("bank.test", "http://bank.test.evil.test/"), Some("bank.test"));
        assert_eq!(misleading("www.bank.test", "https://bank.test@evil.test/"), Some("www.bank.test"));
        assert_eq!(misleading("bank.test", "https://www.bank.test/x"), None);
        assert_eq!(misleading("bank.test", "https://login.bank.test/x"), None);
        assert_eq!(misleading("Click here", "https://evil.test"), None);
        assert_eq!(misleading("report.pdf", "mailto:x@y.test"), None);
    }

    #[test]
    fn where_a_link_leads() {
        for (href, want) in [
            ("https://bank.test@evil.test:8443/x", Some("evil.test")),
            ("HTTP://a.test?b", Some("a.test")),
            ("MAILTO:ada@blue.test?subject=x", Some("ada@blue.test")),
            ("mailto:?to=x", None),
            ("tel:+82", None),
            ("#top", None),
        ] {
            assert_eq!(leads_to(href), want, "{href}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_invented(text in "\\PC{0,80}|(https?://|www\\.|[a-z@.:/()가]){0,30}") {
            let joined: String = spans(&text).iter().map(|s| s.text).collect();
            prop_assert_eq!(&joined, &text);
            for span in spans(&text) {
                if let Some(href) = span.href {
                    let scheme = href.split(':').next().unwrap_or_default().to_lowercase();
                    prop_assert!(["https", "http", "mailto"].contains(&scheme.as_str()), "{}", href);
                }
            }
        }
    }
}
