//! A bounded reader of MIME structure: where headers, bodies and parts begin and end. No decoding, no copies.
pub mod address;
pub mod envelope;
pub mod header;
pub mod structure;
pub mod text;

use header::{Fields, narrow};
use std::ops::Range;

/// Nesting past which a part counts as a leaf.
const MAX_DEPTH: usize = 60;
/// Parts of one message; the rest stays inside the last one's body.
const MAX_PARTS: usize = 2_000;

/// One part, as ranges into the raw message.
#[derive(Debug)]
pub struct Part {
    /// The header with the empty line that ends it.
    pub head: Range<usize>,
    pub body: Range<usize>,
    pub kind: Kind,
    /// Type where the header names none: `message/rfc822` inside a digest (RFC 2046 §5.1.5).
    pub digest: bool,
}

#[derive(Debug)]
pub enum Kind {
    Leaf,
    Multi(Vec<Part>),
    Message(Box<Part>),
}

/// The header of a raw message, with its empty line.
pub fn head(raw: &[u8]) -> &[u8] {
    raw.get(..head_end(raw)).unwrap_or(raw)
}

/// Reads the structure of a whole message.
pub fn parse(raw: &[u8]) -> Part {
    Reader { raw, parts: 0 }.part(0..raw.len(), 0, false)
}

struct Reader<'a> {
    raw: &'a [u8],
    parts: usize,
}

impl<'a> Reader<'a> {
    fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.raw.get(range.clone()).unwrap_or_default()
    }

    fn part(&mut self, range: Range<usize>, depth: usize, digest: bool) -> Part {
        self.parts += 1;
        let split = range.start + head_end(self.slice(&range));
        let (head, body) = (range.start..split, split..range.end);
        let media = Fields(self.slice(&head)).media(digest);
        let kind = if depth >= MAX_DEPTH {
            Kind::Leaf
        } else if media.is("multipart", None) {
            match media.param("boundary") {
                Some(boundary) => {
                    let inner = media.is("multipart", Some("digest"));
                    Kind::Multi(self.children(&body, &narrow(boundary), depth, inner))
                }
                None => Kind::Leaf,
            }
        } else if media.is("message", Some("rfc822")) {
            Kind::Message(Box::new(self.part(body.clone(), depth + 1, false)))
        } else {
            Kind::Leaf
        };
        Part { head, body, kind, digest }
    }

    fn children(&mut self, body: &Range<usize>, boundary: &[u8], depth: usize, digest: bool) -> Vec<Part> {
        let mut found = Vec::new();
        let mut open: Option<usize> = None;
        let mut at = body.start;
        while at < body.end {
            let line_end = next_line(self.raw, at, body.end);
            if let Some(last) = delimiter(self.slice(&(at..line_end)), boundary) {
                // RFC 2046 §5.1.1: the line break before a delimiter belongs to the delimiter.
                if let Some(start) = open {
                    found.push(start..trim_break(self.raw, start, at));
                }
                open = (!last && self.parts + found.len() < MAX_PARTS).then_some(line_end);
                if last || open.is_none() {
                    open = None;
                    break;
                }
            }
            at = line_end;
        }
        if let Some(start) = open {
            found.push(start..body.end);
        }
        found.into_iter().map(|range| self.part(range, depth + 1, digest)).collect()
    }
}

fn next_line(raw: &[u8], from: usize, end: usize) -> usize {
    let rest = raw.get(from..end).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(end, |at| from + at + 1)
}

fn trim_break(raw: &[u8], start: usize, end: usize) -> usize {
    let bytes = raw.get(start..end).unwrap_or_default();
    let cut = if bytes.ends_with(b"\r\n") { 2 } else { usize::from(bytes.ends_with(b"\n")) };
    end.max(start) - cut
}

/// `Some(is last)` when the line is a delimiter of this boundary.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    let (rest, last) = rest.strip_prefix(b"--").map_or((rest, false), |rest| (rest, true));
    rest.iter().all(|b| b.is_ascii_whitespace()).then_some(last)
}

/// Where the header ends: after the first empty line, or at the end.
fn head_end(raw: &[u8]) -> usize {
    let mut at = 0;
    while at < raw.len() {
        let end = next_line(raw, at, raw.len());
        if matches!(raw.get(at..end), Some(b"\r\n" | b"\n")) {
            return end;
        }
        at = end;
    }
    raw.len()
}

/// The part a section path names, `1.2.3`, seen from a message (RFC 3501 §6.4.5).
pub fn find<'p>(message: &'p Part, path: &[u32]) -> Option<&'p Part> {
    match (path.split_first(), &message.kind) {
        (None, _) => Some(message),
        (_, Kind::Multi(_)) => inside(message, path),
        // A message that isn't multipart has one part, its body.
        (Some((1, rest)), _) => inside(message, rest),
        _ => None,
    }
}

fn inside<'p>(part: &'p Part, path: &[u32]) -> Option<&'p Part> {
    let Some((number, rest)) = path.split_first() else { return Some(part) };
    match &part.kind {
        Kind::Multi(parts) => inside(parts.get(usize::try_from(*number).ok()?.checked_sub(1)?)?, rest),
        Kind::Message(inner) => find(inner, path),
        Kind::Leaf => None,
    }
}
