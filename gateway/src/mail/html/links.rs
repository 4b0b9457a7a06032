//! Links that say one place and lead to another (R11).
use super::lexer::{Lexer, Token};
use ammonia::Url;
use linkify::{LinkFinder, LinkKind};
use std::borrow::Cow;

/// Bytes of a link's text that are looked at.
const MAX_TEXT: usize = 2_000;
/// Bytes of a character reference from `&` to `;` that are looked at.
const MAX_REFERENCE: usize = 11;

/// The host that the text of a link names, when the link leads to another one. `source` begins behind the start tag.
pub(super) fn claimed_host(href: &str, source: &str) -> Option<String> {
    let text = text_of(source);
    if !text.contains('.') {
        return None;
    }
    let target = host_of(&resolve(href));
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url, LinkKind::Email]).url_must_have_scheme(false);
    finder.links(text.trim()).find_map(|link| {
        let named = match link.kind() {
            LinkKind::Email => link.as_str().rsplit_once('@').map(|(_, host)| host.to_ascii_lowercase())?,
            _ if link.as_str().contains("://") => host_of(link.as_str())?,
            _ => host_of(&format!("https://{}", link.as_str()))?,
        };
        match &target {
            Some(target) if related(&named, target) => None,
            _ => Some(named),
        }
    })
}

/// The text up to the link's end, without markup.
fn text_of(source: &str) -> String {
    let mut text = String::new();
    for token in Lexer::new(source) {
        match token {
            Token::Text(part) => {
                text.push_str(&resolve(part.get(..part.floor_char_boundary(MAX_TEXT + 1)).unwrap_or(part)));
            }
            Token::End(name) if name == "a" => break,
            Token::Start(tag) if tag.name == "a" => break,
            _ => {}
        }
        if text.len() > MAX_TEXT {
            // What looks for links in it takes the square of its length.
            text.truncate(text.floor_char_boundary(MAX_TEXT));
            break;
        }
    }
    text
}

/// The host of an `http`, `https` or `mailto` address, without `www.`.
fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok()?;
    let host = match url.scheme() {
        "mailto" => url.path().rsplit_once('@')?.1.to_ascii_lowercase(),
        _ => url.host_str()?.to_ascii_lowercase(),
    };
    Some(host.strip_prefix("www.").unwrap_or(&host).trim_end_matches('.').to_owned())
}

/// Equal, or one within the other.
fn related(a: &str, b: &str) -> bool {
    let within = |inner: &str, outer: &str| inner.strip_suffix(outer).is_some_and(|head| head.ends_with('.'));
    // A bare top-level domain is nobody's own.
    a == b || (within(a, b) && b.contains('.')) || (within(b, a) && a.contains('.'))
}

/// Resolves the character references that hide an address: numeric ones and a few names.
pub(super) fn resolve(source: &str) -> Cow<'_, str> {
    if !source.contains('&') {
        return Cow::Borrowed(source);
    }
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let end = tail.bytes().take(MAX_REFERENCE).position(|b| b == b';');
        let found = end.and_then(|end| reference(tail.get(1..end)?).map(|c| (c, end)));
        match found {
            Some((c, end)) => {
                out.push(c);
                rest = tail.get(end + 1..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = tail.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "period" => '.',
        "colon" => ':',
        "sol" => '/',
        "commat" => '@',
        "nbsp" => ' ',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r30_little_of_a_long_text_is_looked_at() {
        assert_eq!(text_of(&"a.".repeat(100_000)).len(), MAX_TEXT);
        assert!(text_of(&"가<b>".repeat(100_000)).len() <= MAX_TEXT);
        assert_eq!(resolve("&#0000000065;&#00000065;"), "&#0000000065;A", "references are short");
    }

    #[test]
    fn r11_text_that_names_another_host() {
        for (href, text, claim) in [
            ("https://evil.test/", "https://bank.test/login</a>", Some("bank.test")),
            ("https://evil.test/", "www.bank.test</a>", Some("bank.test")),
            ("https://evil.test/", "<b>www.</b>bank.test</a>", Some("bank.test")),
            ("https://evil.test/", "https://bank&#x2e;test/login</a>", Some("bank.test")),
            ("https://bank.test.evil.test/", "https://bank.test/</a>", Some("bank.test")),
            ("https://bank.test@evil.test/", "https://bank.test/</a>", Some("bank.test")),
            ("https://evil.test/", "help@bank.test</a>", Some("bank.test")),
            ("mailto:help@bank.test", "help@bank.test</a>", None),
            ("https://bank.test/x", "https://bank.test/</a>", None),
            ("https://www.bank.test/x", "bank.test</a>", None),
            ("https://login.bank.test/x", "https://bank.test</a>", None),
            ("https://evil.test/", "Click here.</a> https://bank.test", None),
        ] {
            let found = claimed_host(href, text);
            assert_eq!(found.as_deref(), claim, "{href} {text}");
        }
    }
}
