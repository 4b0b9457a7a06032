//! A search as typed, parsed once into terms. Operators: `from: to: subject: has:attachment before: after: is: larger: tag:`.
use crate::calendar;
use serde::{Deserialize, Serialize};

/// All terms must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    pub terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Term {
    /// Anywhere in headers or body.
    Text(String),
    From(String),
    To(String),
    Subject(String),
    HasAttachment,
    /// Days since 1970-01-01, exclusive.
    Before(i32),
    /// Days since 1970-01-01, inclusive.
    Since(i32),
    Unread,
    Read,
    Starred,
    /// Bytes.
    Larger(u32),
    Not(PlainTerm),
    /// Has a tag of this name.
    Tag(String),
}

/// A negated simple term (no recursion on the wire: DESIGN, STACK).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlainTerm {
    Text(String),
    From(String),
    To(String),
    Subject(String),
    Tag(String),
}

/// Why a search can't be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryError {
    Empty,
    TooLong,
}

impl Query {
    /// Reads what a person typed. Unknown operators and unreadable dates are searched as text.
    pub fn parse(typed: &str) -> Result<Query, QueryError> {
        if typed.chars().count() > crate::limits::MAX_QUERY_CHARS {
            return Err(QueryError::TooLong);
        }
        let terms: Vec<Term> = words(typed).into_iter().filter_map(|w| term(&w)).collect();
        if terms.is_empty() { Err(QueryError::Empty) } else { Ok(Query { terms }) }
    }
}

/// Splits at white space outside double quotes; `from:"Ada L"` stays one word.
fn words(typed: &str) -> Vec<String> {
    let (mut out, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in typed.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => out.push(std::mem::take(&mut word)),
            c if c.is_control() => {}
            c => word.push(c),
        }
    }
    out.push(word);
    out.retain(|w| !w.is_empty());
    out
}

fn term(word: &str) -> Option<Term> {
    let text = || Some(Term::Text(word.to_owned()));
    if let Some(rest) = word.strip_prefix('-').filter(|r| !r.is_empty()) {
        return match term(rest)? {
            Term::Text(t) => Some(Term::Not(PlainTerm::Text(t))),
            Term::From(t) => Some(Term::Not(PlainTerm::From(t))),
            Term::To(t) => Some(Term::Not(PlainTerm::To(t))),
            Term::Subject(t) => Some(Term::Not(PlainTerm::Subject(t))),
            Term::Tag(t) => Some(Term::Not(PlainTerm::Tag(t))),
            _ => text(),
        };
    }
    let Some((operator, value)) = word.split_once(':') else { return text() };
    if value.is_empty() {
        return None;
    }
    let value_owned = value.to_owned();
    match operator.to_ascii_lowercase().as_str() {
        "from" => Some(Term::From(value_owned)),
        "to" => Some(Term::To(value_owned)),
        "subject" => Some(Term::Subject(value_owned)),
        "tag" => Some(Term::Tag(value_owned)),
        "has" if value.eq_ignore_ascii_case("attachment") => Some(Term::HasAttachment),
        "is" => match value.to_ascii_lowercase().as_str() {
            "unread" => Some(Term::Unread),
            "read" => Some(Term::Read),
            "starred" => Some(Term::Starred),
            _ => text(),
        },
        "before" => days(value).map(Term::Before).or_else(text),
        "after" | "since" => days(value).map(Term::Since).or_else(text),
        "larger" => bytes(value).map(Term::Larger).or_else(text),
        _ => text(),
    }
}

/// `2026-11-23` as days since 1970-01-01.
fn days(text: &str) -> Option<i32> {
    let mut fields = text.split(['-', '/', '.']);
    let year: i64 = fields.next()?.parse().ok().filter(|y| (1970..=9999).contains(y))?;
    let month: i64 = fields.next()?.parse().ok().filter(|m| (1..=12).contains(m))?;
    let day: i64 = fields.next()?.parse().ok().filter(|d| (1..=31).contains(d))?;
    if fields.next().is_some() {
        return None;
    }
    i32::try_from(calendar::days(year, month, day)).ok()
}

/// `500`, `200k`, `5M` as bytes.
fn bytes(text: &str) -> Option<u32> {
    let (digits, factor) = match text.chars().last()? {
        'k' | 'K' => (&text[..text.len() - 1], 1024),
        'm' | 'M' => (&text[..text.len() - 1], 1024 * 1024),
        _ => (text, 1),
    };
    digits.parse::<u32>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_quotes() {
        let q = Query::parse(r#"from:"Ada L" 회의록 is:unread -subject:spam before:2024-02-29 larger:5M"#)
            .unwrap();
        assert_eq!(
            q.terms,
            vec![
                Term::From("Ada L".into()),
                Term::Text("회의록".into()),
                Term::Unread,
                Term::Not(PlainTerm::Subject("spam".into())),
                Term::Before(19_782),
                Term::Larger(5 << 20),
            ]
        );
    }

    #[test]
    fn tags_in_any_script_and_of_several_words() {
        let tag = |name: &str| Term::Tag(name.into());
        assert_eq!(
            Query::parse(r#"tag:work TAG:"가족 일" tag:a:b tag: -tag:old"#).unwrap().terms,
            [tag("work"), tag("가족 일"), tag("a:b"), Term::Not(PlainTerm::Tag("old".into()))]
        );
    }

    #[test]
    fn unreadable_operators_are_text() {
        assert_eq!(
            Query::parse("before:yesterday").unwrap().terms,
            vec![Term::Text("before:yesterday".into())]
        );
        assert_eq!(Query::parse("http://x.test").unwrap().terms, vec![Term::Text("http://x.test".into())]);
        assert_eq!(Query::parse("  "), Err(QueryError::Empty));
        assert_eq!(Query::parse(&"x".repeat(1001)), Err(QueryError::TooLong));
    }
}
