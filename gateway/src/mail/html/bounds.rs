//! Counts what a tree would cost before one is built (R30): tags, depth, attributes, the copies that unclosed
//! formatting elements make of themselves, what is moved out of tables, and what writing it down again looks at.
use super::lexer::Tag;
use super::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS, TooBig};

/// Nodes that the tree may hold, copies included; honest mail stays below 50,000.
const MAX_NODES: usize = 200_000;
/// Bytes that copied formatting elements may add.
const MAX_COPIED: usize = 8 << 20;
/// Texts and elements in a table but in no cell. Each is moved before the table (HTML standard §13.2.6.1), for which
/// all its new neighbours are counted; broken newsletters have a few dozen.
const MAX_FOSTERED: usize = 2_000;
/// Bytes that the serialiser looks at: at each `&` and each character of U+0080..U+00BF it searches what is left of
/// the text or value for `<`. Some 50 ms in a release build.
const MAX_LOOKED_AT: u64 = 1 << 30;

/// Elements whose content belongs into cells.
const TABLE: &[&str] = &["table", "tbody", "thead", "tfoot", "tr", "colgroup"];
/// Elements that belong directly into those.
const IN_TABLE: &[&str] =
    &["caption", "colgroup", "col", "tbody", "thead", "tfoot", "tr", "td", "th", "table"];

/// Elements that a parser opens again after the block around them was closed (HTML standard §13.2.4.3).
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
pub(super) const VOID: &[&str] = &["area", "br", "col", "hr", "img", "wbr"];
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
    fostered: usize,
    run: Run,
    /// Text moved out of tables becomes one text, whatever tags lay between.
    fostered_run: Run,
    looked_at: u64,
}

/// A text or value without `<` and `>`, as far as it has been read.
#[derive(Debug, Default)]
struct Run {
    escapes: u64,
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
        self.foster(name)?;
        self.run = Run::default();
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
        // Some end tags make an element (`</br>`, `</p>`).
        self.foster(name)?;
        self.run = Run::default();
        if FORMATTING.contains(&name) {
            self.close_formatting(name);
        } else if let Some(at) = self.open.iter().rposition(|open| open == name) {
            self.open.truncate(at);
        } else if TABLE.contains(&name)
            && let Some(at) = self.open.iter().rposition(|open| open == "table")
        {
            // It ends the row around an open cell, even one that was only implied.
            self.open.truncate(at + 1);
        }
        Ok(())
    }

    fn close_formatting(&mut self, name: &str) {
        if let Some(at) = self.formatting.iter().rposition(|(open, _)| open == name) {
            self.formatting_bytes -= self.formatting.remove(at).1;
        }
    }

    /// Text between tags.
    pub(super) fn text(&mut self, text: &str) -> Result<(), TooBig> {
        self.cost()?;
        if self.in_table() && !text.trim().is_empty() {
            self.foster("#text")?;
            self.looked_at += self.fostered_run.read(text);
        } else {
            self.looked_at += self.run.read(text);
        }
        self.judge()
    }

    /// The value of an attribute that is kept.
    pub(super) fn value(&mut self, value: &str) -> Result<(), TooBig> {
        self.looked_at += Run::default().read(value);
        self.judge()
    }

    fn judge(&self) -> Result<(), TooBig> {
        if self.looked_at > MAX_LOOKED_AT { Err(TooBig("escapes")) } else { Ok(()) }
    }

    fn in_table(&self) -> bool {
        self.open.last().is_some_and(|top| TABLE.contains(&top.as_str()))
    }

    fn foster(&mut self, name: &str) -> Result<(), TooBig> {
        if self.in_table() && !IN_TABLE.contains(&name) {
            self.fostered += 1;
        }
        if self.fostered > MAX_FOSTERED { Err(TooBig("fostered")) } else { Ok(()) }
    }

    /// Every tag and text may open all unclosed formatting elements again.
    fn cost(&mut self) -> Result<(), TooBig> {
        self.nodes += 1 + self.formatting.len();
        self.copied += self.formatting_bytes;
        if self.nodes > MAX_NODES || self.copied > MAX_COPIED {
            return Err(TooBig("nodes"));
        }
        Ok(())
    }
}

impl Run {
    /// Reads on; how many bytes all escapes so far look at in these.
    fn read(&mut self, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let mut looked = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let reference = || bytes.get(at..at + 4).is_some_and(|name| matches!(name, b"&lt;" | b"&gt;"));
            match *byte {
                b'<' | b'>' => self.escapes = 0,
                b'&' if reference() => self.escapes = 0,
                // 0xC2 leads U+0080..U+00BF, among them the no-break space.
                b'&' | 0xc2 => self.escapes += 1,
                _ => {}
            }
            looked += self.escapes;
        }
        looked
    }
}

/// Whether a start tag closes the element that is open right above it.
pub(super) fn closes(name: &str, top: &str) -> bool {
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
