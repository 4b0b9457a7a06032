//! Messages into a mailbox file (mboxrd).
use super::line::{FROM, Lines, Piece, from_line};
use super::marks::encode;
use crate::message::Flags;

/// 9999-12-31; the line has four digits for the year.
const LAST_DATE: i64 = 253_402_300_799;

/// Writes one message after the other; what it returns is the file's next octets.
#[derive(Debug, Default)]
pub struct Writer {
    lines: Lines,
    /// What the line begins with, behind any number of `>`, until it is known whether it is `From `.
    head: Vec<u8>,
    /// The line's beginning is written.
    begun: bool,
    /// There is a line without its end.
    open: bool,
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a message. `date` is when it came, in seconds since 1970. Of the keywords each has a line, of no more than
    /// three octets for each of its own.
    pub fn begin(&mut self, sender: &str, date: i64, flags: Flags, keywords: &[String]) -> Vec<u8> {
        *self = Self::default();
        let mut out = from_line(sender, date.clamp(0, LAST_DATE));
        out.extend_from_slice(b"\nStatus: ");
        out.extend_from_slice(if flags.contains(Flags::SEEN) { b"RO" } else { b"O" });
        for keyword in keywords {
            out.extend_from_slice(b"\nX-Keywords: ");
            encode(keyword, &mut out);
        }
        out.extend_from_slice(b"\nX-Status: ");
        let letters =
            [(Flags::ANSWERED, b'A'), (Flags::FLAGGED, b'F'), (Flags::DELETED, b'D'), (Flags::DRAFT, b'T')];
        out.extend(letters.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, letter)| *letter));
        out.push(b'\n');
        out
    }

    /// The next octets of the message, cut anywhere.
    pub fn push(&mut self, mut input: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(input.len() + 16);
        while let Some(piece) = self.lines.next(&mut input) {
            match piece {
                Piece::Text(text) => self.text(text, &mut out),
                Piece::Break => self.line_end(&mut out),
            }
        }
        out
    }

    /// The message ends.
    pub fn end(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.open {
            self.line_end(&mut out);
        }
        out.push(b'\n');
        out
    }

    fn text(&mut self, mut text: &[u8], out: &mut Vec<u8>) {
        self.open = true;
        while let Some((&first, tail)) = text.split_first().filter(|_| !self.begun) {
            text = tail;
            if first == b'>' && self.head.is_empty() {
                out.push(b'>');
                continue;
            }
            self.head.push(first);
            if !FROM.starts_with(&self.head) || self.head.len() == FROM.len() {
                self.begin_line(out);
            }
        }
        out.extend_from_slice(text);
    }

    fn begin_line(&mut self, out: &mut Vec<u8>) {
        if self.head == FROM {
            out.push(b'>');
        }
        out.append(&mut self.head);
        self.begun = true;
    }

    fn line_end(&mut self, out: &mut Vec<u8>) {
        self.begin_line(out);
        out.push(b'\n');
        (self.begun, self.open) = (false, false);
    }
}
