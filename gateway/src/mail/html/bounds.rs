//! Counts what a tree would cost before one is built (R30): tags, depth, attributes, and the copies that
//! unclosed formatting elements make of themselves.
use super::lexer::Tag;
use super::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS, TooBig};

/// Nodes that the tree may hold, copies included; honest mail stays below 50,000.
const MAX_NODES: usize = 200_000;
/// Bytes that copied formatting elements may add.
const MAX_COPIED: usize = 8 << 20;

/// Elements that a parser opens again after the block around them was closed (HTML standard §13.2.4.3).
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
const VOID: &[&str] = &["area", "br", "col", "hr", "img", "wbr"];
/// Elements that close an open `p` just above them.
const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dir",
    "div",
    "dl",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "dd",
    "dt",
];

/// An upper bound of the open elements at each point of the source.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    tags: usize,
    open: Vec<String>,
    /// Name and bytes of each formatting element that hasn't met its own end tag.
    formatting: Vec<(String, usize)>,
    formatting_bytes: usize,
    nodes: usize,
    copied: usize,
}

impl Bounds {
    /// Counts any tag, whether it is kept or not.
    pub(super) fn tag(&mut self, attributes: usize) -> Result<(), TooBig> {
        self.tags += 1;
        if self.tags > MAX_TAGS {
            return Err(TooBig("tags"));
        }
        if attributes > MAX_ATTRIBUTES {
            return Err(TooBig("attributes"));
        }
        Ok(())
    }

    /// A kept start tag.
    pub(super) fn start(&mut self, tag: &Tag<'_>) -> Result<(), TooBig> {
        let name = tag.name.as_str();
        self.cost()?;
        if VOID.contains(&name) {
            return Ok(());
        }
        while self.open.last().is_some_and(|top| closes(name, top)) {
            self.open.pop();
        }
        if FORMATTING.contains(&name) {
            let bytes =
                tag.attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() + 16;
            if name == "a" {
                // A link ends where another one begins; anchors are often left open.
                self.close_formatting("a");
            }
            self.formatting_bytes += bytes;
            self.formatting.push((name.to_owned(), bytes));
        } else {
            self.open.push(name.to_owned());
        }
        if self.open.len() + self.formatting.len() > MAX_DEPTH {
            return Err(TooBig("depth"));
        }
        Ok(())
    }

    /// A kept end tag. A stray one closes nothing, so it must not lower the count.
    pub(super) fn end(&mut self, name: &str) -> Result<(), TooBig> {
        self.cost()?;
        if FORMATTING.contains(&name) {
            self.close_formatting(name);
        } else if let Some(at) = self.open.iter().rposition(|open| open == name) {
            self.open.truncate(at);
        }
        Ok(())
    }

    fn close_formatting(&mut self, name: &str) {
        if let Some(at) = self.formatting.iter().rposition(|(open, _)| open == name) {
            self.formatting_bytes -= self.formatting.remove(at).1;
        }
    }

    /// Every tag and text may open all unclosed formatting elements again.
    pub(super) fn cost(&mut self) -> Result<(), TooBig> {
        self.nodes += 1 + self.formatting.len();
        self.copied += self.formatting_bytes;
        if self.nodes > MAX_NODES || self.copied > MAX_COPIED {
            return Err(TooBig("nodes"));
        }
        Ok(())
    }
}

/// Whether a start tag closes the element that is open right above it.
fn closes(name: &str, top: &str) -> bool {
    match top {
        "p" => BLOCK.contains(&name),
        "li" => name == "li",
        "dd" | "dt" => matches!(name, "dd" | "dt"),
        "td" | "th" => matches!(name, "td" | "th" | "tr" | "tbody" | "thead" | "tfoot"),
        "tr" => matches!(name, "tr" | "tbody" | "thead" | "tfoot"),
        "tbody" | "thead" | "tfoot" => matches!(name, "tbody" | "thead" | "tfoot"),
        "rt" | "rp" => matches!(name, "rt" | "rp"),
        "colgroup" => name != "col",
        _ => false,
    }
}
