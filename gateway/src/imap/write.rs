//! The only place where text meets the wire: a string becomes a quoted string or a literal, or is refused (R14).
use crate::imap::error::Refusal;
use crate::imap::mailbox;
use bytes::Bytes;
use pyeonji_shared::ids::{FolderName, Uid};
use zeroize::Zeroizing;

/// Longest string that is quoted; longer ones are literals.
const MAX_QUOTED: usize = 1_000;
/// Largest literal that is sent without asking where the server has LITERAL- (RFC 7888 §5), or LITERAL+.
const MAX_MINUS: u64 = 4_096;
const MAX_PLUS: u64 = 64 << 10;
/// RFC 9051 §4 advises lines of at most 8,192 octets; a set stays well below.
const MAX_SET: usize = 7_000;

/// Which literals need no go-ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonSync {
    None,
    Minus,
    Plus,
}

/// One command's bytes and the places where the server must be waited for.
#[derive(Debug)]
pub enum Segment {
    Bytes(Bytes),
    /// Nothing more before a `+`.
    GoAhead,
    /// So many bytes that the caller feeds.
    Feed(u64),
}

pub struct Writer {
    segments: Vec<Segment>,
    line: Zeroizing<Vec<u8>>,
    secret: bool,
    non_sync: NonSync,
}

impl Writer {
    pub fn new(tag: &str, non_sync: NonSync) -> Self {
        let mut line = Zeroizing::new(Vec::with_capacity(128));
        line.extend_from_slice(tag.as_bytes());
        Self { segments: Vec::new(), line, secret: false, non_sync }
    }

    /// What has been written is a credential: wiped when sent.
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// A space and our own words; never outside data.
    pub fn words(mut self, words: &str) -> Self {
        debug_assert!(words.bytes().all(|b| (0x20..0x7f).contains(&b)));
        self.line.push(b' ');
        self.line.extend_from_slice(words.as_bytes());
        self
    }

    /// A space and a number or other text that we made ourselves.
    pub fn value(self, value: impl std::fmt::Display) -> Self {
        let text = value.to_string();
        self.words(&text)
    }

    /// A space and any text.
    pub fn string(mut self, text: &str) -> Result<Self, Refusal> {
        if text.contains('\0') {
            // RFC 9051 §4.3: no literal of a client holds NUL.
            return Err(Refusal::Unsendable);
        }
        self.line.push(b' ');
        if text.len() <= MAX_QUOTED && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            self.line.push(b'"');
            for b in text.bytes() {
                if matches!(b, b'"' | b'\\') {
                    self.line.push(b'\\');
                }
                self.line.push(b);
            }
            self.line.push(b'"');
            return Ok(self);
        }
        self.literal_head(text.len() as u64);
        self.line.extend_from_slice(text.as_bytes());
        Ok(self)
    }

    pub fn folder(self, name: &FolderName) -> Result<Self, Refusal> {
        let wire = mailbox::to_wire(name).ok_or(Refusal::Unsendable)?;
        self.string(&wire)
    }

    /// A space and the head of a literal whose bytes the caller feeds.
    pub fn feed(mut self, size: u64) -> Self {
        self.line.push(b' ');
        self.literal_head(size);
        self.flush();
        self.segments.push(Segment::Feed(size));
        self
    }

    fn literal_head(&mut self, size: u64) {
        let at_once = match self.non_sync {
            NonSync::None => false,
            NonSync::Minus => size <= MAX_MINUS,
            // A large message is announced first all the same: the server can still say no before it travels.
            NonSync::Plus => size <= MAX_PLUS,
        };
        let plus = if at_once { "+" } else { "" };
        self.line.extend_from_slice(format!("{{{size}{plus}}}\r\n").as_bytes());
        if !at_once {
            self.go_ahead();
        }
    }

    /// Waits for a `+` before going on.
    fn go_ahead(&mut self) {
        self.flush();
        self.segments.push(Segment::GoAhead);
    }

    /// Ends the line, waits for a `+`, and sends `answer` as a line of its own (RFC 9051 §6.2.2).
    pub fn then_answer(mut self, answer: &str) -> Self {
        self.line.extend_from_slice(b"\r\n");
        self.go_ahead();
        self.line.extend_from_slice(answer.as_bytes());
        self
    }

    pub fn end(mut self) -> Vec<Segment> {
        self.line.extend_from_slice(b"\r\n");
        self.flush();
        self.segments
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            // The buffer is handed over as it is, so that a credential is wiped wherever it is dropped.
            let bytes = if self.secret { Bytes::from_owner(line) } else { Bytes::copy_from_slice(&line) };
            self.segments.push(Segment::Bytes(bytes));
        }
    }
}

/// UIDs as sets (`1:5,9`), each short enough for one command line. Empty when there are none.
pub fn uid_sets(uids: &[Uid]) -> Vec<String> {
    let mut sorted: Vec<u32> = uids.iter().map(|u| u.0).filter(|u| *u > 0).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut sets: Vec<String> = Vec::new();
    let mut numbers = sorted.into_iter().peekable();
    while let Some(first) = numbers.next() {
        let mut last = first;
        while numbers.peek().is_some_and(|n| *n == last + 1) {
            last = numbers.next().unwrap_or(last);
        }
        let range = if first == last { first.to_string() } else { format!("{first}:{last}") };
        match sets.last_mut().filter(|set| set.len() + range.len() < MAX_SET) {
            Some(set) => {
                set.push(',');
                set.push_str(&range);
            }
            None => sets.push(range),
        }
    }
    sets
}
