//! Finds the MIME parts of a message while its source streams by: nothing is held but what is shown.
//!
//! Mail fetched by POP3 passes the gateway on its way to the device and is never stored or held whole. The scanner
//! gives what IMAP's BODYSTRUCTURE and a FETCH of the text parts would give, so that one reader (`mail::view`) shows
//! both, and where in the source each part lies. It knows no transport: the device can send a source it keeps as well.
//!
//! An embedded message is one part, as `view` shows it; to see into it, scan its bytes. Any source is read: past a
//! limit, what is left isn't split further, and [`Scanned::limited`] says so. Every octet is looked at once, and the
//! start of a line that may be a delimiter once more for each multipart it stands in.
mod fetched;
mod kept;
mod lines;
mod machine;
mod part;

pub use fetched::fetched;

use crate::account::request::{Leaf, RawMessage};
use kept::Kept;
use lines::{Lines, Piece};
use pyeonji_shared::call::device::Span;
use sha2::{Digest, Sha256};

/// Octets of a line's start that are looked at for delimiters and field names. Longer lines are neither; a boundary
/// has 70 octets by RFC 2046 §5.1.1 and up to 7,000 in the wild of test collections.
const MAX_LINE_HEAD: usize = 8 << 10;
/// Octets of the message's own header that are kept (SECURITY.md).
const MAX_HEADER: usize = super::header::MAX_BLOCK;
/// Octets of a part's header that are kept.
const MAX_PART_HEADER: usize = 64 << 10;
/// Octets of one text part that are kept, as with a FETCH for showing.
const MAX_TEXT: usize = 1 << 20;
/// Octets of all text parts that are kept; a text that finds no room is a part to save.
const MAX_TEXTS: usize = 4 << 20;
/// Text parts that are kept, as with a FETCH for showing.
const MAX_SHOWN: usize = 20;
/// Multiparts within one another (SECURITY.md); a deeper one is shown as its text.
const MAX_DEPTH: usize = 20;
/// Parts of one message, multiparts included (SECURITY.md); the last one keeps what follows.
const MAX_PARTS: usize = 1_000;
/// Octets of names and Content-IDs of all parts; past it the parts are nameless.
const MAX_SAID: usize = 512 << 10;
/// What a scanner holds at most, whatever it is given: header, texts, what the parts say of themselves, boundaries.
pub const MAX_HELD: usize = MAX_HEADER + MAX_TEXTS + (2 << 20);

/// What a source was found to be.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Header and leaves, text leaves with their bytes. Flags and times are the caller's to set.
    pub raw: RawMessage,
    /// Where each leaf lies, in order.
    pub spans: Vec<Span>,
    /// Octets of the source.
    pub size: u64,
    /// A limit was met: not everything is kept or split.
    pub limited: bool,
    /// SHA-256 of the source.
    pub digest: [u8; 32],
}

/// Reads one source, pushed in pieces cut anywhere.
#[derive(Debug)]
pub struct Scanner {
    lines: Lines,
    /// Octets of the source that are behind us.
    at: u64,
    line: Line,
    /// Where the text of the line before ended: the break after it belongs to a delimiter that follows (RFC 2046 §5.1.1).
    before: u64,
    state: State,
    /// The multiparts that are open, outermost first.
    levels: Vec<Level>,
    /// The header being read, CRLF line ends.
    header: Kept,
    /// The text being read; while a header is read, the lines that may turn out to be text.
    text: Kept,
    /// Part headers begun.
    parts: usize,
    /// Octets of finished texts, and of what parts say of themselves.
    texts: usize,
    said: usize,
    /// Text parts that are kept.
    shown: usize,
    /// Past [`MAX_PARTS`]: delimiters are text.
    whole: bool,
    hash: Sha256,
    found: Scanned,
}

/// The line that is being read.
#[derive(Debug, Default)]
struct Line {
    start: u64,
    len: u64,
    head: Vec<u8>,
    /// Octets of the header before it.
    header: usize,
}

#[derive(Debug)]
enum State {
    Header {
        fields: usize,
        /// Lines that aren't fields: part of the header if fields follow, else the body without its empty line.
        odd: Option<Odd>,
    },
    Leaf(Box<Open>),
    /// An epilogue.
    Skipped,
}

#[derive(Clone, Copy, Debug)]
struct Odd {
    at: u64,
    /// Octets of the header before it.
    header: usize,
}

/// A leaf whose end isn't known yet.
#[derive(Debug)]
struct Open {
    leaf: Leaf,
    start: u64,
    shown: bool,
    /// The preamble of the innermost multipart: a leaf only if no part follows.
    preamble: bool,
}

#[derive(Debug)]
struct Level {
    boundary: Vec<u8>,
    subtype: String,
    /// The multipart's own section; empty for the message.
    section: String,
    children: u32,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            lines: Lines::default(),
            at: 0,
            line: Line::default(),
            before: 0,
            state: State::Header { fields: 0, odd: None },
            levels: Vec::new(),
            header: Kept::new(MAX_HEADER),
            text: Kept::new(MAX_TEXT),
            parts: 1,
            texts: 0,
            said: 0,
            shown: 0,
            whole: false,
            hash: Sha256::new(),
            found: Scanned::default(),
        }
    }
}

impl Scanner {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next octets of the source.
    pub fn push(&mut self, mut input: &[u8]) {
        self.hash.update(input);
        while let Some(piece) = self.lines.next(&mut input) {
            self.piece(piece);
        }
    }

    /// The source ends here.
    pub fn finish(mut self) -> Scanned {
        while let Some(piece) = self.lines.last() {
            self.piece(piece);
        }
        if self.line.len > 0 {
            self.line_end(0);
        }
        self.end_of_source();
        let mut found = self.found;
        found.digest = self.hash.finalize().into();
        found.size = self.at;
        found.raw.size = u32::try_from(self.at).unwrap_or(u32::MAX);
        found
    }

    /// Bytes on the heap.
    pub fn held_bytes(&self) -> usize {
        let levels = self.levels.iter().map(|l| l.boundary.len() + l.subtype.len() + l.section.len());
        let leaves = &self.found.raw.leaves;
        let spans = &self.found.spans;
        let strings = |leaf: &Leaf| {
            let optional = [&leaf.charset, &leaf.name, &leaf.disposition, &leaf.content_id];
            let optional: usize = optional.into_iter().flatten().map(String::len).sum();
            optional + leaf.section.len() + leaf.mime.len() + leaf.encoding.len() + leaf.parent.len()
        };
        self.found.raw.header.len()
            + self.header.held()
            + self.texts
            + self.text.held()
            + self.line.head.capacity()
            + levels.sum::<usize>()
            + self.levels.capacity() * size_of::<Level>()
            + leaves.iter().map(strings).sum::<usize>()
            + leaves.capacity() * size_of::<Leaf>()
            + spans.iter().map(|span| span.section.len() + span.encoding.len()).sum::<usize>()
            + spans.capacity() * size_of::<Span>()
    }

    fn piece(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Text(text) => {
                self.keep(text);
                if matches!(self.state, State::Header { .. }) {
                    self.header.push(text);
                }
                self.line.push(text, matches!(self.state, State::Header { .. }));
                self.at += text.len() as u64;
            }
            Piece::Break(line_break) => {
                self.keep(line_break);
                if matches!(self.state, State::Header { .. }) {
                    self.header.trim_cr();
                    self.header.push(b"\r\n");
                }
                self.line_end(line_break.len() as u64);
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let wanted = match &self.state {
            State::Header { .. } => true,
            State::Leaf(open) => open.shown,
            State::Skipped => false,
        };
        if wanted {
            self.text.push(bytes);
        }
    }
}

impl Line {
    fn push(&mut self, text: &[u8], header: bool) {
        self.len += text.len() as u64;
        let mut rest = text;
        while let Some((&byte, tail)) = rest.split_first().filter(|_| self.head.len() < 2) {
            self.head.push(byte);
            rest = tail;
        }
        // In a body only what may be a delimiter is of interest.
        if header || self.head == b"--" || self.head.len() > 2 {
            let room = MAX_LINE_HEAD - self.head.len().min(MAX_LINE_HEAD);
            self.head.extend_from_slice(rest.get(..room).unwrap_or(rest));
        }
    }

    /// The whole line, if it is short enough to be judged.
    fn judged(&self) -> Option<&[u8]> {
        (self.len <= MAX_LINE_HEAD as u64).then_some(&self.head)
    }

    fn next(&mut self, start: u64, header: usize) {
        (self.start, self.len, self.header) = (start, 0, header);
        self.head.clear();
    }
}

#[cfg(test)]
mod tests;
