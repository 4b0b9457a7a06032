//! Writes the source anew in plain syntax with only the tags that the policy knows, while it is being counted.
//!
//! What it does is comfort, not safety: remote images become inert, links are compared with their text, styles
//! are gathered, `body` becomes a `div`. The policy afterwards would drop the same without it. Since elements
//! that are not kept never reach the tree builder, the cleaned tree is one that its own text parses to.
use super::bounds::Bounds;
use super::lexer::{Lexer, Tag, Token};
use super::{CLAIM, MAX_CSS, REMOTE, TooBig, links, policy};
use std::collections::HashSet;

#[derive(Debug, Default)]
pub(super) struct Rewritten {
    pub html: String,
    /// The text of all `style` elements.
    pub css: String,
}

/// Elements that are dropped with everything in them, when they are closed at all.
const DROPPED: &[&str] = &[
    "svg", "math", "object", "applet", "audio", "video", "canvas", "select", "datalist", "template",
    "frameset", "map",
];

pub(super) fn rewrite(source: &str) -> Result<Rewritten, TooBig> {
    let mut state = State::default();
    let mut lexer = Lexer::new(source);
    while let Some(token) = lexer.next() {
        match token {
            Token::Text(text) => state.text(text)?,
            Token::Ignored => {}
            Token::Raw(name, text) if name == "style" => state.css(text)?,
            Token::Raw(..) => {}
            Token::Start(tag) => {
                state.bounds.tag(tag.attributes.len())?;
                if DROPPED.contains(&tag.name.as_str()) {
                    // An unclosed one must not swallow the mail; and the search for its end is made once.
                    if !state.unclosed.contains(&tag.name) && !lexer.skip_past_end(&tag.name) {
                        state.unclosed.insert(tag.name);
                    }
                } else {
                    state.start(&tag, lexer.rest())?;
                }
            }
            Token::End(name) => {
                state.bounds.tag(0)?;
                state.end(&name)?;
            }
        }
    }
    Ok(state.out)
}

#[derive(Debug, Default)]
struct State {
    out: Rewritten,
    bounds: Bounds,
    css_bytes: usize,
    unclosed: HashSet<String>,
}

impl State {
    fn text(&mut self, text: &str) -> Result<(), TooBig> {
        self.bounds.text(text)?;
        for c in text.chars() {
            match c {
                '<' => self.out.html.push_str("&lt;"),
                '\0' => {}
                c => self.out.html.push(c),
            }
        }
        Ok(())
    }

    fn css(&mut self, text: &str) -> Result<(), TooBig> {
        self.count_css(text.len())?;
        self.out.css.push_str(text);
        self.out.css.push('\n');
        Ok(())
    }

    fn count_css(&mut self, len: usize) -> Result<(), TooBig> {
        self.css_bytes += len;
        if self.css_bytes > MAX_CSS { Err(TooBig("css")) } else { Ok(()) }
    }

    fn start(&mut self, tag: &Tag<'_>, rest: &str) -> Result<(), TooBig> {
        let name = if tag.name == "body" { "div" } else { tag.name.as_str() };
        if !policy::keeps_tag(name) {
            return Ok(());
        }
        self.bounds.start(tag)?;
        self.out.html.push('<');
        self.out.html.push_str(name);
        if name == "a"
            && let Some(host) = tag.attribute("href").and_then(|href| links::claimed_host(href, rest))
        {
            self.attribute(CLAIM, &host);
        }
        let has_source = tag.attribute("src").is_some();
        for (attribute, value) in &tag.attributes {
            let attribute = match attribute.as_str() {
                "src" if !is_inline(value) => REMOTE,
                // The mail's own, beside a real source, would only confuse.
                REMOTE if has_source => continue,
                other if policy::keeps_attribute(name, other) => other,
                _ => continue,
            };
            if attribute == CLAIM {
                continue;
            }
            if attribute == "style" {
                self.count_css(value.len())?;
            }
            self.bounds.value(value)?;
            self.attribute(attribute, value);
        }
        self.out.html.push('>');
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), TooBig> {
        // `body` stays open to the end: text behind its end tag belongs to it too.
        if policy::keeps_tag(name) {
            self.bounds.end(name)?;
            self.out.html.push_str("</");
            self.out.html.push_str(name);
            self.out.html.push('>');
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.html.push(' ');
        self.out.html.push_str(name);
        self.out.html.push_str("=\"");
        for c in value.chars() {
            match c {
                '"' => self.out.html.push_str("&quot;"),
                c => self.out.html.push(c),
            }
        }
        self.out.html.push('"');
    }
}

/// A source within the message.
fn is_inline(value: &str) -> bool {
    let value = value.trim_start();
    value.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:"))
}
