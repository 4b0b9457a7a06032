//! Cuts a client's bytes into whole commands, literals included. Pure: bytes in, frames out.
use crate::sandbox::limit::Bounds;
use bytes::{Bytes, BytesMut};
use std::sync::Arc;

#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole command with its literals as they stood on the wire, without the last line break.
    Command(Bytes),
    /// The client waits for leave to send a literal.
    Continue,
    /// A synchronising literal was too large: the command failed before its literal was sent.
    TooBig { tag: String },
    /// Nothing sensible can follow.
    Broken(&'static str),
}

pub struct Framer {
    buffer: BytesMut,
    /// Where the search for a line's end goes on.
    scanned: usize,
    /// Where the current line of the command starts; before it are lines and literals already whole.
    line: usize,
    /// Bytes of a literal that must come before the next line.
    literal: usize,
    literals: usize,
    bounds: Arc<Bounds>,
    pub authenticated: bool,
}

/// Literals of one command.
const MAX_LITERALS: usize = 100;

impl Framer {
    pub fn new(bounds: Arc<Bounds>) -> Self {
        Self {
            buffer: BytesMut::new(),
            scanned: 0,
            line: 0,
            literal: 0,
            literals: 0,
            bounds,
            authenticated: false,
        }
    }

    pub fn input(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// One line without its end, whatever is in it: the answer to `+`.
    pub fn next_line(&mut self) -> Option<Result<Bytes, &'static str>> {
        match self.line_end(0) {
            Ok(Some(end)) => {
                let line = self.buffer.split_to(end);
                self.scanned = 0;
                Some(Ok(Bytes::copy_from_slice(trim(&line))))
            }
            Ok(None) => None,
            Err(reason) => Some(Err(reason)),
        }
    }

    /// The position after the line that starts at `from`.
    fn line_end(&mut self, from: usize) -> Result<Option<usize>, &'static str> {
        let start = self.scanned.max(from);
        let found = self.buffer.get(start..).and_then(|rest| rest.iter().position(|b| *b == b'\n'));
        let end = found.map(|at| start + at + 1);
        self.scanned = end.unwrap_or(self.buffer.len());
        if end.unwrap_or(self.buffer.len()) - from > self.bounds.line_bytes {
            return Err("Line too long");
        }
        Ok(end)
    }

    pub fn next_frame(&mut self) -> Option<Frame> {
        loop {
            if self.literal > 0 {
                if self.buffer.len() < self.line + self.literal {
                    return None;
                }
                self.line += std::mem::take(&mut self.literal);
                self.scanned = self.line;
            }
            let end = match self.line_end(self.line) {
                Ok(Some(end)) => end,
                Ok(None) => return None,
                Err(reason) => return Some(Frame::Broken(reason)),
            };
            let line = trim(self.buffer.get(self.line..end).unwrap_or_default());
            let Some((size, sync)) = announced(line) else {
                let length = self.line + line.len();
                let mut whole = self.buffer.split_to(end).freeze();
                whole.truncate(length);
                self.reset();
                return Some(Frame::Command(whole));
            };
            self.literals += 1;
            if self.literals > MAX_LITERALS {
                return Some(Frame::Broken("Too many literals"));
            }
            if size > self.most() as u64 {
                if !sync {
                    // RFC 7888 §4: a server may close rather than read what it can't take.
                    return Some(Frame::Broken("[TOOBIG] Literal too large"));
                }
                let tag = tag_of(&self.buffer);
                let _ = self.buffer.split_to(end);
                self.reset();
                return Some(Frame::TooBig { tag });
            }
            self.line = end;
            self.scanned = end;
            self.literal = usize::try_from(size).unwrap_or(usize::MAX);
            if sync {
                return Some(Frame::Continue);
            }
        }
    }

    fn reset(&mut self) {
        (self.line, self.scanned, self.literal, self.literals) = (0, 0, 0, 0);
    }

    fn most(&self) -> usize {
        if !self.authenticated {
            return self.bounds.preauth_literal_bytes;
        }
        let mut words = self.buffer.splitn(3, |b| *b == b' ');
        let verb = words.nth(1).unwrap_or_default();
        if verb.eq_ignore_ascii_case(b"APPEND") {
            self.bounds.message_bytes
        } else {
            self.bounds.literal_bytes
        }
    }
}

fn trim(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn tag_of(command: &[u8]) -> String {
    let tag = command.split(|b| *b == b' ').next().unwrap_or_default();
    String::from_utf8_lossy(tag.get(..tag.len().min(64)).unwrap_or_default()).into_owned()
}

/// `{123}` or `{123+}` at the end of a line: size, and whether the client waits.
fn announced(line: &[u8]) -> Option<(u64, bool)> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|b| *b == b'{')?;
    let digits = inner.get(open + 1..)?;
    let (digits, sync) = digits.strip_suffix(b"+").map_or((digits, true), |d| (d, false));
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, sync))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framer() -> Framer {
        Framer::new(Arc::new(Bounds {
            line_bytes: 64,
            literal_bytes: 20,
            message_bytes: 40,
            ..Bounds::default()
        }))
    }

    fn command(text: &'static str) -> Option<Frame> {
        Some(Frame::Command(Bytes::from_static(text.as_bytes())))
    }

    #[test]
    fn any_cut_gives_the_same_frames() {
        let wire = "a NOOP\r\nb LOGIN {3+}\r\na\r\n {2}\r\nbb\r\nc NOOP\n";
        for cut in 0..wire.len() {
            let mut framer = framer();
            let mut seen = Vec::new();
            for part in [&wire[..cut], &wire[cut..]] {
                framer.input(part.as_bytes());
                seen.extend(std::iter::from_fn(|| framer.next_frame()));
            }
            let expected = ["a NOOP", "b LOGIN {3+}\r\na\r\n {2}\r\nbb", "c NOOP"].map(command);
            let mut expected: Vec<Frame> = expected.into_iter().flatten().collect();
            expected.insert(1, Frame::Continue);
            assert_eq!(seen, expected, "cut at {cut}");
        }
    }

    #[test]
    fn bounds_hold() {
        let mut f = framer();
        f.authenticated = true;
        f.input(b"a SELECT {21}\r\nb APPEND x {40}\r\n");
        assert_eq!(f.next_frame(), Some(Frame::TooBig { tag: "a".into() }));
        assert_eq!(f.next_frame(), Some(Frame::Continue));
        let mut f = framer();
        f.authenticated = true;
        f.input(b"b APPEND x {41+}\r\n");
        assert!(matches!(f.next_frame(), Some(Frame::Broken(_))));
        let mut f = framer();
        f.input(&[b'x'; 65]);
        assert!(matches!(f.next_frame(), Some(Frame::Broken(_))));
        let mut f = framer();
        f.input(b"a SELECT {99999999999999999}\r\n");
        assert!(matches!(f.next_frame(), Some(Frame::TooBig { .. })));
    }
}
