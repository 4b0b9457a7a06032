//! Cuts HTML into tags and text in one linear pass, so that it can be counted and rewritten before a tree is built.
//!
//! It follows the tokeniser of the HTML standard where mail needs it (quotes, raw text, comments) and is more
//! naive elsewhere. Nothing relies on it for safety: the tree is built and cleaned afterwards, by `policy`.

/// One piece of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Text(&'a str),
    Start(Tag<'a>),
    /// Lower-case name.
    End(String),
    /// The text of an element whose content isn't markup (`style`, `script`, `title`…), without its end tag.
    Raw(String, &'a str),
    /// Comment, doctype, processing instruction.
    Ignored,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Lower-case.
    pub name: String,
    /// Lower-case names, values as in the source (character references not resolved); the first of doubles counts.
    pub attributes: Vec<(String, &'a str)>,
}

impl<'a> Tag<'a> {
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
    }
}

/// Elements whose content is text to a browser.
pub(super) const RAW: &[&str] = &[
    "script",
    "style",
    "title",
    "textarea",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
];

#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    /// The raw element just opened.
    raw: Option<String>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { rest: source, raw: None }
    }

    /// What isn't read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Skips to just behind the next end tag of that name; `false`, and nothing is skipped, when there is none.
    pub(super) fn skip_past_end(&mut self, name: &str) -> bool {
        let Some(at) = end_tag(self.rest, name) else { return false };
        self.rest = self.rest.get(at..).unwrap_or_default();
        self.next();
        true
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.floor_char_boundary(len));
        self.rest = rest;
        taken
    }

    fn raw_text(&mut self, name: String) -> Token<'a> {
        let len = if name == "plaintext" { None } else { end_tag(self.rest, &name) };
        let text = self.take(len.unwrap_or(self.rest.len()));
        Token::Raw(name, text)
    }

    fn comment(&mut self) -> Token<'a> {
        let body = self.rest.get(4..).unwrap_or_default();
        let end = if body.starts_with('>') {
            Some(1)
        } else if body.starts_with("->") {
            Some(2)
        } else {
            // Only as far as the end itself: looking further for either of two ends costs the square of many comments.
            let ends = |at: &usize| {
                body.get(..*at).is_some_and(|text| text.ends_with("--") || text.ends_with("--!"))
            };
            body.match_indices('>').map(|(at, _)| at).find(ends).map(|at| at + 1)
        };
        self.take(end.map_or(self.rest.len(), |end| end + 4));
        Token::Ignored
    }

    fn bogus(&mut self) -> Token<'a> {
        self.take(self.rest.find('>').map_or(self.rest.len(), |at| at + 1));
        Token::Ignored
    }

    fn end(&mut self) -> Token<'a> {
        self.take(2);
        let name = self.tag_name();
        // Attributes of an end tag are skipped the way they are read, for their quotes.
        self.attributes();
        Token::End(name)
    }

    fn start(&mut self) -> Token<'a> {
        self.take(1);
        let name = self.tag_name();
        let attributes = self.attributes();
        if RAW.contains(&name.as_str()) {
            self.raw = Some(name.clone());
        }
        Token::Start(Tag { name, attributes })
    }

    fn tag_name(&mut self) -> String {
        let len = self.rest.find(|c: char| is_space(c) || matches!(c, '/' | '>')).unwrap_or(self.rest.len());
        self.take(len).to_ascii_lowercase()
    }

    fn attributes(&mut self) -> Vec<(String, &'a str)> {
        let mut list: Vec<(String, &'a str)> = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|c| is_space(c) || c == '/');
            match self.rest.chars().next() {
                None => return list,
                Some('>') => {
                    self.take(1);
                    return list;
                }
                Some(first) => {
                    // A name may begin with `=`.
                    let skip = first.len_utf8();
                    let tail = self.rest.get(skip..).unwrap_or_default();
                    let len =
                        tail.find(|c| is_space(c) || matches!(c, '/' | '>' | '=')).unwrap_or(tail.len());
                    let name = self.take(skip + len).to_ascii_lowercase();
                    let value = self.value();
                    // Past the limit of `bounds` the names are no longer compared, only counted.
                    if list.len() > super::MAX_ATTRIBUTES || !list.iter().any(|(found, _)| *found == name) {
                        list.push((name, value));
                    }
                }
            }
        }
    }

    fn value(&mut self) -> &'a str {
        let tail = self.rest.trim_start_matches(is_space);
        let Some(tail) = tail.strip_prefix('=') else { return "" };
        self.rest = tail.trim_start_matches(is_space);
        for quote in ['"', '\''] {
            if self.rest.starts_with(quote) {
                self.take(1);
                let len = self.rest.find(quote).unwrap_or(self.rest.len());
                let value = self.take(len);
                self.take(1);
                return value;
            }
        }
        let len = self.rest.find(|c| is_space(c) || c == '>').unwrap_or(self.rest.len());
        self.take(len)
    }

    fn text(&mut self) -> Token<'a> {
        // At least one character, so that a `<` that begins no tag is text.
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let tail = self.rest.get(first..).unwrap_or_default();
        let len = tail.find('<').unwrap_or(tail.len());
        Token::Text(self.take(first + len))
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_text(name));
        }
        if self.rest.is_empty() {
            return None;
        }
        let mut chars = self.rest.chars();
        let token = match (chars.next(), chars.next(), chars.next()) {
            (Some('<'), Some('!'), _) if self.rest.starts_with("<!--") => self.comment(),
            (Some('<'), Some('!' | '?'), _) => self.bogus(),
            (Some('<'), Some('/'), Some(c)) if c.is_ascii_alphabetic() => self.end(),
            (Some('<'), Some('/'), Some(_)) => self.bogus(),
            (Some('<'), Some(c), _) if c.is_ascii_alphabetic() => self.start(),
            _ => self.text(),
        };
        Some(token)
    }
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Where the next `</name` stands.
fn end_tag(source: &str, name: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut from = 0;
    while let Some(found) = bytes.get(from..)?.windows(2).position(|pair| pair == b"</") {
        let at = from + found;
        let tail = bytes.get(at + 2..)?;
        let names_it =
            tail.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
        let ends = tail.get(name.len()).is_some_and(|b| is_space(*b as char) || matches!(b, b'/' | b'>'));
        if names_it && ends {
            return Some(at);
        }
        from = at + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start<'a>(name: &str, attributes: &[(&str, &'a str)]) -> Token<'a> {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Token::Start(Tag { name: name.to_owned(), attributes })
    }

    #[test]
    fn tags_text_and_quotes() {
        let tokens: Vec<_> =
            Lexer::new("a<B x=1 y='2>' z=\"3\" w x=9>c</B ><!-- <i> --><br/>1 < 2").collect();
        assert_eq!(
            tokens,
            [
                Token::Text("a"),
                start("b", &[("x", "1"), ("y", "2>"), ("z", "3"), ("w", "")]),
                Token::Text("c"),
                Token::End("b".into()),
                Token::Ignored,
                start("br", &[]),
                Token::Text("1 "),
                Token::Text("< 2"),
            ]
        );
    }

    #[test]
    fn raw_text_ends_only_at_its_own_end_tag() {
        let tokens: Vec<_> = Lexer::new("<STYLE>a</b></sty>b</StyLe >c<script>x").collect();
        assert_eq!(
            tokens,
            [
                start("style", &[]),
                Token::Raw("style".into(), "a</b></sty>b"),
                Token::End("style".into()),
                Token::Text("c"),
                start("script", &[]),
                Token::Raw("script".into(), "x"),
            ]
        );
    }

    #[test]
    fn comments_end_at_the_first_of_their_ends() {
        for comment in
            ["<!---->", "<!-->", "<!--->", "<!--a-->", "<!--a--!>", "<!-- > -> --->", "<!--a--b--!>"]
        {
            let source = format!("{comment}x-->--!>");
            let read: Vec<_> = Lexer::new(&source).collect();
            assert_eq!(read, [Token::Ignored, Token::Text("x-->--!>")], "{comment}");
        }
        assert_eq!(Lexer::new("<!--a>b").collect::<Vec<_>>(), [Token::Ignored]);
    }

    proptest! {
        #[test]
        fn always_ends(source in "[<>/!a\\-\"'= &;é]{0,200}") {
            prop_assert!(Lexer::new(&source).count() <= source.len() + 1);
        }
    }
}
