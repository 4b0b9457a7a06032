//! Selectors and media conditions simple enough to be harmless.
use super::values::is_word;
use cssparser::{Parser, ToCss, Token};

/// Compound selectors in one list.
const MAX_LENGTH: usize = 1_000;
const PSEUDO: &[&str] = &["link", "visited", "hover", "active", "focus", "first-child", "last-child"];
const MEDIA_WORDS: &[&str] = &[
    "only",
    "not",
    "and",
    "or",
    "all",
    "screen",
    "print",
    "min-width",
    "max-width",
    "min-device-width",
    "max-device-width",
    "orientation",
    "portrait",
    "landscape",
    "prefers-color-scheme",
    "dark",
    "light",
];

/// A selector list without its unusable members; `None` when none is left.
pub(super) fn list(parser: &mut Parser<'_>) -> Option<String> {
    let selectors: Vec<String> = parser
        .parse_comma_separated::<_, _, ()>(|parser| {
            let selector = one(parser);
            while parser.next().is_ok() {}
            Ok(selector)
        })
        .ok()?
        .into_iter()
        .flatten()
        .collect();
    let text = selectors.join(",");
    (!text.is_empty() && text.len() <= MAX_LENGTH).then_some(text)
}

/// Types, classes, a few pseudo-classes and combinators. No ids, attributes, functions or pseudo-elements.
fn one(parser: &mut Parser<'_>) -> Option<String> {
    let mut out = String::new();
    // A combinator or white space was just written, or nothing yet.
    let mut fresh = true;
    let mut space = false;
    while let Ok(token) = parser.next_including_whitespace().cloned() {
        let combinator = match token {
            Token::WhiteSpace(_) => {
                space = true;
                continue;
            }
            Token::Delim(c @ ('>' | '+' | '~')) => Some(c),
            _ => None,
        };
        if let Some(c) = combinator {
            if fresh {
                return None;
            }
            out.push(c);
            (fresh, space) = (true, false);
            continue;
        }
        if std::mem::take(&mut space) && !fresh {
            out.push(' ');
            fresh = true;
        }
        match token {
            Token::Ident(name) if fresh && is_word(&name) => out.push_str(&written(&name)),
            Token::Delim('*') if fresh => out.push('*'),
            Token::Delim('.') => {
                let name = parser.next_including_whitespace().cloned();
                let Ok(Token::Ident(name)) = name else { return None };
                if !is_word(&name) {
                    return None;
                }
                out.push('.');
                out.push_str(&written(&name));
            }
            Token::Colon => {
                let name = parser.next_including_whitespace().cloned();
                let Ok(Token::Ident(name)) = name else { return None };
                let name = name.to_ascii_lowercase();
                if !PSEUDO.contains(&name.as_str()) {
                    return None;
                }
                out.push(':');
                out.push_str(&name);
            }
            _ => return None,
        }
        fresh = false;
    }
    (!fresh).then_some(out)
}

/// An identifier with the escapes it needs to be read back (a class may begin with a digit).
fn written(name: &str) -> String {
    let mut out = String::new();
    let _ = cssparser::serialize_identifier(name, &mut out);
    out
}

/// Conditions on width, orientation and colour scheme.
pub(super) fn media(parser: &mut Parser<'_>) -> Option<String> {
    let mut out = String::new();
    conditions(parser, 0, &mut out).then_some(out).filter(|text| !text.is_empty() && text.len() <= MAX_LENGTH)
}

fn conditions(parser: &mut Parser<'_>, nesting: usize, out: &mut String) -> bool {
    while let Ok(token) = parser.next().cloned() {
        let tight = out.is_empty() || out.ends_with(['(', ':', ' ']);
        match token {
            Token::Ident(name) => {
                let name = name.to_ascii_lowercase();
                if !MEDIA_WORDS.contains(&name.as_str()) {
                    return false;
                }
                if !tight {
                    out.push(' ');
                }
                out.push_str(&name);
            }
            Token::Dimension { ref unit, .. } if is_word(unit) && out.ends_with(':') => {
                let _ = token.to_css(out);
            }
            Token::Colon if nesting > 0 => out.push(':'),
            Token::Comma if nesting == 0 => out.push(','),
            Token::ParenthesisBlock if nesting < 3 => {
                if !tight {
                    out.push(' ');
                }
                out.push('(');
                let inner = parser.parse_nested_block::<_, _, ()>(|p| Ok(conditions(p, nesting + 1, out)));
                out.push(')');
                if !matches!(inner, Ok(true)) {
                    return false;
                }
            }
            _ => return false,
        }
    }
    true
}
