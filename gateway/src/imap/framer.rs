//! Cuts the server's bytes into responses (RFC 9051 §2.2, §4.3). Small literals stay inside the response; a large one of a
//! FETCH is handed out piece by piece and leaves `{0}` behind. Memory follows what has arrived, never what was declared.
use crate::config::limits::Limits;
use crate::imap::error::EngineError;
use bytes::{Buf, Bytes, BytesMut};

/// Literals up to this size stay in the response.
pub const INLINE_LITERAL: u64 = 64 << 10;
/// An oversized FETCH response is read past, keeping its head, up to so many times the response limit.
const SKIP_FACTOR: u64 = 16;
/// Longest `~{n}` with its line end that is looked for.
const LITERAL_TAIL: usize = 32;

/// One response without its large literals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// From its first byte to its line end.
    pub bytes: Bytes,
    /// Literals that were handed out, in order.
    pub streamed: Vec<Streamed>,
    /// Too long: only the beginning is here.
    pub cut: bool,
}

/// A literal that was handed out as [`Piece::Chunk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// Where its `{` stands in [`Response::bytes`].
    pub at: usize,
    pub len: u64,
    pub stream: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Response(Response),
    /// Bytes of a large literal. `body` is false for text that no section asked for (a giant subject): drop them.
    Chunk {
        stream: u32,
        body: bool,
        bytes: Bytes,
    },
}

#[derive(Debug)]
enum State {
    /// Looking for the line end from this index on.
    Line,
    /// Inside an inline literal that ends at this index.
    Inline(usize),
    Stream {
        left: u64,
        body: bool,
    },
    /// Reading past the rest of an oversized FETCH; `literal` bytes come before its next line.
    Skip {
        literal: u64,
    },
}

#[derive(Debug)]
pub struct Framer {
    buf: BytesMut,
    /// The beginning of a response whose large literal was handed out.
    held: BytesMut,
    streamed: Vec<Streamed>,
    state: State,
    /// Where the current line begins in `buf`.
    line: usize,
    /// Up to where `buf` was searched for a line end.
    scanned: usize,
    streams: u32,
    skipped: u64,
    trusted: bool,
    before_auth: u64,
    largest_literal: u64,
    line_limit: u64,
    response_limit: u64,
    early_line_limit: u64,
    early_limit: u64,
}

impl Framer {
    pub fn new(limits: &Limits) -> Self {
        Self {
            buf: BytesMut::new(),
            held: BytesMut::new(),
            streamed: Vec::new(),
            state: State::Line,
            line: 0,
            scanned: 0,
            streams: 0,
            skipped: 0,
            trusted: false,
            before_auth: 0,
            largest_literal: 0,
            line_limit: limits.imap_line_bytes,
            response_limit: limits.imap_response_bytes,
            early_line_limit: limits.imap_preauth_line_bytes,
            early_limit: limits.imap_preauth_bytes,
        }
    }

    /// After sign-in the wider limits hold.
    pub fn trust(&mut self) {
        self.trusted = true;
    }

    /// Largest body literal that the commands in flight can cause.
    pub fn expect_literal(&mut self, bytes: u64) {
        self.largest_literal = bytes;
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// Some of a response has arrived, but not all.
    pub fn is_inside(&self) -> bool {
        !self.buf.is_empty() || !self.held.is_empty() || !matches!(self.state, State::Line)
    }

    /// Bytes kept at this moment; for tests of the bounds.
    pub fn memory(&self) -> usize {
        self.buf.capacity() + self.held.capacity()
    }

    /// The next piece that is complete; `None` when more bytes are needed.
    pub fn poll(&mut self) -> Result<Option<Piece>, EngineError> {
        let piece = self.piece();
        if self.buf.is_empty() && matches!(piece, Ok(None)) {
            // A link rests for hours: it keeps nothing of the last burst. What is left of the capacity says little: it is
            // the end of a block whose beginning went out with the responses.
            self.buf = BytesMut::new();
        }
        piece
    }

    fn piece(&mut self) -> Result<Option<Piece>, EngineError> {
        loop {
            match self.state {
                State::Line => {
                    let end = self.line_end()?;
                    if matches!(self.state, State::Skip { .. }) {
                        continue;
                    }
                    let Some(end) = end else { return Ok(None) };
                    if let Some(piece) = self.line(end)? {
                        return Ok(Some(piece));
                    }
                }
                State::Inline(end) => {
                    if self.buf.len() < end {
                        return Ok(None);
                    }
                    self.line = end;
                    self.scanned = end;
                    self.state = State::Line;
                }
                State::Stream { left: 0, .. } => {
                    self.state = State::Line;
                    self.line = 0;
                    self.scanned = 0;
                }
                State::Stream { left, body } => {
                    if self.buf.is_empty() {
                        return Ok(None);
                    }
                    let n = usize::try_from(left).unwrap_or(usize::MAX).min(self.buf.len());
                    let bytes = self.buf.split_to(n).freeze();
                    self.state = State::Stream { left: left - n as u64, body };
                    return Ok(Some(Piece::Chunk { stream: self.streams, body, bytes }));
                }
                State::Skip { literal } => return self.skip(literal),
            }
        }
    }

    /// Index after the next line feed, if it is there.
    fn line_end(&mut self) -> Result<Option<usize>, EngineError> {
        let found = self.buf.get(self.scanned..).and_then(|rest| rest.iter().position(|b| *b == b'\n'));
        let end = found.map(|n| self.scanned + n + 1);
        self.scanned = end.unwrap_or(self.buf.len());
        let line = (self.scanned - self.line) as u64;
        let whole = self.held.len() as u64 + self.scanned as u64;
        if !self.trusted {
            if line > self.early_line_limit {
                return Err(EngineError::EarlyLineTooLong);
            }
            if self.before_auth + whole > self.early_limit {
                return Err(EngineError::PreAuthFlood);
            }
            return Ok(end);
        }
        if line > self.line_limit && !self.may_be_long() {
            return Err(EngineError::LineTooLong);
        }
        if whole > self.response_limit {
            if !self.is_fetch() {
                return Err(EngineError::ResponseTooLong);
            }
            self.begin_skip();
            return Ok(None);
        }
        Ok(end)
    }

    /// Deals with the line that ends at `end`.
    fn line(&mut self, end: usize) -> Result<Option<Piece>, EngineError> {
        let start = if self.held.is_empty() { &self.buf[..] } else { &self.held[..] };
        let literal = match may_have_literals(start) {
            true => literal_at_end(self.buf.get(self.line..end).unwrap_or_default())?,
            false => None,
        };
        let Some((tail, size)) = literal else {
            return Ok(Some(self.complete(end)));
        };
        let whole = self.held.len() as u64 + end as u64 + size;
        if !self.trusted {
            if self.before_auth + whole > self.early_limit {
                return Err(EngineError::PreAuthFlood);
            }
        } else if size > INLINE_LITERAL {
            return self.stream(end, tail, size).map(|()| None);
        } else if whole > self.response_limit {
            if !self.is_fetch() {
                return Err(EngineError::ResponseTooLong);
            }
            self.begin_skip();
            return Ok(None);
        }
        // `size` is at most 64 KiB here, so the sum is small.
        self.state = State::Inline(end + size as usize);
        Ok(None)
    }

    fn complete(&mut self, end: usize) -> Piece {
        let rest = self.buf.split_to(end);
        if !self.trusted {
            self.before_auth += end as u64;
        }
        self.line = 0;
        self.scanned = 0;
        let bytes = if self.held.is_empty() {
            rest.freeze()
        } else {
            self.held.extend_from_slice(&rest);
            std::mem::take(&mut self.held).freeze()
        };
        Piece::Response(Response { bytes, streamed: std::mem::take(&mut self.streamed), cut: false })
    }

    /// Begins to hand out a literal whose `{size}` fills the last `tail` bytes before `end`.
    fn stream(&mut self, end: usize, tail: usize, size: u64) -> Result<(), EngineError> {
        if !self.is_fetch() {
            return Err(EngineError::LiteralTooLong);
        }
        let head = self.buf.split_to(end);
        self.held.extend_from_slice(head.get(..end - tail).unwrap_or_default());
        let body = ends_with_section(&self.held);
        if !body && size > self.response_limit && size <= self.response_limit.saturating_mul(SKIP_FACTOR) {
            // A giant subject: its message becomes a stub, the folder lives (R31).
            self.skip_behind_held(size);
            return Ok(());
        }
        if size > if body { self.largest_literal.max(self.response_limit) } else { self.response_limit } {
            return Err(EngineError::LiteralTooLong);
        }
        self.streams = self.streams.wrapping_add(1);
        self.streamed.push(Streamed { at: self.held.len(), len: size, stream: self.streams });
        self.held.extend_from_slice(b"{0}\r\n");
        self.state = State::Stream { left: size, body };
        Ok(())
    }

    /// Keeps the head of an oversized FETCH and drops the rest as it comes; the current line is looked at again.
    fn begin_skip(&mut self) {
        let keep = self.line_limit as usize;
        let more = keep.saturating_sub(self.held.len()).min(self.buf.len());
        self.held.extend_from_slice(self.buf.get(..more).unwrap_or_default());
        self.buf.advance(self.line.min(self.buf.len()));
        self.skip_behind_held(0);
    }

    /// What is held is all that is kept; `literal` bytes come before its next line.
    fn skip_behind_held(&mut self, literal: u64) {
        self.held.truncate(self.line_limit as usize);
        self.line = 0;
        self.scanned = 0;
        self.skipped = 0;
        self.state = State::Skip { literal };
    }

    fn skip(&mut self, mut literal: u64) -> Result<Option<Piece>, EngineError> {
        loop {
            if self.skipped > self.response_limit.saturating_mul(SKIP_FACTOR) {
                return Err(EngineError::ResponseTooLong);
            }
            if literal > 0 {
                let n = usize::try_from(literal).unwrap_or(usize::MAX).min(self.buf.len());
                self.buf.advance(n);
                literal -= n as u64;
                self.skipped += n as u64;
                self.state = State::Skip { literal };
                if literal > 0 {
                    return Ok(None);
                }
                continue;
            }
            let Some(end) = self.buf.iter().position(|b| *b == b'\n').map(|n| n + 1) else {
                let drop = self.buf.len().saturating_sub(LITERAL_TAIL);
                self.buf.advance(drop);
                self.skipped += drop as u64;
                return match self.skipped > self.response_limit.saturating_mul(SKIP_FACTOR) {
                    true => Err(EngineError::ResponseTooLong),
                    false => Ok(None),
                };
            };
            let line = self.buf.split_to(end);
            self.skipped += end as u64;
            let tail = line.get(end.saturating_sub(LITERAL_TAIL)..).unwrap_or_default();
            match literal_at_end(tail)? {
                Some((_, size)) => literal = size,
                None => break,
            }
        }
        self.state = State::Line;
        self.line = 0;
        self.scanned = 0;
        let bytes = std::mem::take(&mut self.held).freeze();
        Ok(Some(Piece::Response(Response { bytes, streamed: std::mem::take(&mut self.streamed), cut: true })))
    }

    fn head(&self) -> &[u8] {
        if self.held.is_empty() { &self.buf } else { &self.held }
    }

    fn is_fetch(&self) -> bool {
        is_fetch(self.head())
    }

    /// Responses that grow with the folder; the whole-response limit holds for them.
    fn may_be_long(&self) -> bool {
        let head = self.head();
        is_fetch(head)
            || [&b"* SEARCH"[..], b"* ESEARCH", b"* SORT", b"* VANISHED"]
                .iter()
                .any(|kind| head.get(..kind.len()).is_some_and(|h| h.eq_ignore_ascii_case(kind)))
    }
}

/// Whether a response begins `* <n> FETCH `.
pub fn is_fetch(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"* ") else { return false };
    let digits = rest.iter().take(11).take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && rest.get(digits..digits + 7).is_some_and(|word| word.eq_ignore_ascii_case(b" FETCH "))
}

/// Status texts may end in anything, `{5}` too; only data carries literals.
fn may_have_literals(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"* ") else { return false };
    let word = rest.split(|b| matches!(b, b' ' | b'\r' | b'\n')).next().unwrap_or_default();
    ![&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"].iter().any(|status| word.eq_ignore_ascii_case(status))
}

/// `{n}`, `{n+}` or `~{n}` at the end of a line: how many bytes it takes with its line end, and `n`.
fn literal_at_end(line: &[u8]) -> Result<Option<(usize, u64)>, EngineError> {
    let bare = line.strip_suffix(b"\n").unwrap_or(line);
    let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
    let Some(rest) = bare.strip_suffix(b"}") else { return Ok(None) };
    let rest = rest.strip_suffix(b"+").unwrap_or(rest);
    let digits = rest.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (before, number) = rest.split_at(rest.len() - digits);
    let Some(before) = before.strip_suffix(b"{") else { return Ok(None) };
    if digits == 0 {
        return Ok(None);
    }
    let size = std::str::from_utf8(number).ok().and_then(|n| n.parse::<u64>().ok());
    let Some(size) = size.filter(|n| *n <= u64::MAX / 4) else { return Err(EngineError::LiteralTooLong) };
    let before = before.strip_suffix(b"~").unwrap_or(before);
    Ok(Some((line.len() - before.len(), size)))
}

/// Whether the text so far ends in a body item: `BODY[1] `, `BODY[]<0> `, `BINARY[2] `, `RFC822 `.
fn ends_with_section(head: &[u8]) -> bool {
    let Some(head) = head.strip_suffix(b" ") else { return false };
    let item = head.rsplit(|b| matches!(b, b' ' | b'(')).next().unwrap_or_default();
    matches!(item.last(), Some(b']' | b'>')) || item.to_ascii_uppercase().starts_with(b"RFC822")
}
