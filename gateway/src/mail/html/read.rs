//! Reading HTML without a tree: its text, and the pictures it takes from the message.
use super::lexer::{Lexer, Token};
use super::links::resolve;
use crate::mail::encoding::percent_decode;
use std::collections::HashSet;

const BREAKS: &[&str] = &[
    "br",
    "p",
    "div",
    "tr",
    "li",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "hr",
    "dt",
    "dd",
    "section",
    "article",
    "header",
    "footer",
    "ul",
    "ol",
];

/// The text of HTML, however large or broken, in one linear pass; blocks begin on a line of their own.
pub fn text_only(source: &str) -> String {
    let mut out = String::new();
    let mut pending = String::new();
    for token in Lexer::new(source) {
        match token {
            Token::Text(text) => pending.push_str(&resolve(text)),
            Token::Start(tag) if BREAKS.contains(&tag.name.as_str()) => line(&mut pending, &mut out),
            Token::End(name) if BREAKS.contains(&name.as_str()) => line(&mut pending, &mut out),
            Token::Start(tag) if matches!(tag.name.as_str(), "td" | "th") => pending.push(' '),
            _ => {}
        }
    }
    line(&mut pending, &mut out);
    out
}

fn line(pending: &mut String, out: &mut String) {
    let mut words = pending.split_whitespace().peekable();
    if words.peek().is_some() {
        let mut first = true;
        for word in words {
            if !std::mem::take(&mut first) {
                out.push(' ');
            }
            out.push_str(word);
        }
        out.push('\n');
    }
    pending.clear();
}

/// The content ids that sanitised HTML shows as pictures (RFC 2392).
pub fn content_ids(safe: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for token in Lexer::new(safe) {
        if let Token::Start(tag) = token
            && let Some(source) = tag.attribute("src")
            && let Some(id) = resolve(source.trim()).get(4..)
        {
            found.insert(percent_decoded(id));
        }
    }
    found
}

pub(super) fn percent_decoded(id: &str) -> String {
    String::from_utf8_lossy(&percent_decode(id.as_bytes())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_pictures() {
        let html = "<title>no</title><p>a &amp; b<br>c</p><style>no</style><td>d<td>e &#44620;";
        assert_eq!(text_only(html), "a & b\nc\nd e 까\n");
        let found = content_ids("<img src=\"cid:a%40b\"><img src=\"cid:c&amp;d\"><img alt=\"x\">");
        assert_eq!(found, HashSet::from(["a@b".to_owned(), "c&d".to_owned()]));
    }
}
