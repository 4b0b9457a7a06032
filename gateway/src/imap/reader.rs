//! A bounded reader of IMAP's parenthesised data: it pulls values out of one response, allocates only what it returns and
//! never recurses, so that what no codec foresees can still be read or stepped over.
use crate::imap::framer::{Response, Streamed};
use bytes::Bytes;

/// The text is not what was expected here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

pub type Read<T> = Result<T, Unreadable>;

/// Nesting that [`Reader::skip`] follows.
const MAX_SKIP_DEPTH: u32 = 10_000;

/// A string's bytes, or where its large literal went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    Bytes(Bytes),
    Streamed { stream: u32, len: u64 },
}

#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a Bytes,
    streamed: &'a [Streamed],
    pos: usize,
}

impl<'a> Reader<'a> {
    pub fn new(response: &'a Response) -> Self {
        Self { bytes: &response.bytes, streamed: &response.streamed, pos: 0 }
    }

    pub fn of(bytes: &'a Bytes) -> Self {
        Self { bytes, streamed: &[], pos: 0 }
    }

    pub fn pos(&self) -> usize {
        self.pos
    }

    pub fn rewind(&mut self, pos: usize) {
        self.pos = pos;
    }

    /// The next byte; 0 at the end.
    pub fn peek(&self) -> u8 {
        self.bytes.get(self.pos).copied().unwrap_or(0)
    }

    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    pub fn eat(&mut self, byte: u8) -> bool {
        let there = self.bytes.get(self.pos) == Some(&byte);
        self.pos += usize::from(there);
        there
    }

    pub fn expect(&mut self, byte: u8) -> Read<()> {
        if self.eat(byte) { Ok(()) } else { Err(Unreadable) }
    }

    /// Any number of spaces: servers disagree about them.
    pub fn spaces(&mut self) {
        while self.eat(b' ') {}
    }

    pub fn at_end(&self) -> bool {
        matches!(self.peek(), 0 | b'\r' | b'\n')
    }

    /// Steps over `word` (any case) if it comes next and ends there.
    pub fn word(&mut self, word: &str) -> bool {
        let next = self.rest();
        let same = next.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes()));
        let ends = next.get(word.len()).is_none_or(|b| is_delimiter(*b));
        if same && ends {
            self.pos += word.len();
        }
        same && ends
    }

    /// Up to the next delimiter; `[` and `]` belong to it.
    pub fn atom(&mut self) -> Read<&'a [u8]> {
        let rest = self.rest();
        let len = rest.iter().position(|b| is_delimiter(*b)).unwrap_or(rest.len());
        if len == 0 {
            return Err(Unreadable);
        }
        self.pos += len;
        rest.get(..len).ok_or(Unreadable)
    }

    pub fn number(&mut self) -> Read<u64> {
        let rest = self.rest();
        let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let digits = rest.get(..len).filter(|d| !d.is_empty()).ok_or(Unreadable)?;
        self.pos += len;
        // More digits than fit are a lie about a size, not a reason to lose the message.
        Ok(digits.iter().fold(0u64, |n, d| n.saturating_mul(10).saturating_add(u64::from(d - b'0'))))
    }

    /// A number where servers also send NIL or a quoted number.
    pub fn loose_number(&mut self) -> Read<u64> {
        if self.peek().is_ascii_digit() {
            return self.number();
        }
        match self.nstring()? {
            Some(Text::Bytes(text)) => Reader::of(&text).number().or(Ok(0)),
            _ => Ok(0),
        }
    }

    /// NIL, a string, or (servers do it) a bare atom.
    pub fn nstring(&mut self) -> Read<Option<Text>> {
        match self.peek() {
            b'"' | b'{' | b'~' => self.string().map(Some),
            _ if self.word("NIL") => Ok(None),
            _ => self.bare().map(|bytes| Some(Text::Bytes(bytes))),
        }
    }

    /// As [`Self::nstring`], small strings only.
    pub fn nbytes(&mut self) -> Read<Option<Bytes>> {
        Ok(match self.nstring()? {
            Some(Text::Bytes(bytes)) => Some(bytes),
            _ => None,
        })
    }

    /// A string or an atom.
    pub fn astring(&mut self) -> Read<Bytes> {
        match self.peek() {
            b'"' | b'{' | b'~' => match self.string()? {
                Text::Bytes(bytes) => Ok(bytes),
                Text::Streamed { .. } => Ok(Bytes::new()),
            },
            _ => self.bare(),
        }
    }

    fn bare(&mut self) -> Read<Bytes> {
        let start = self.pos;
        self.atom()?;
        Ok(self.bytes.slice(start..self.pos))
    }

    fn string(&mut self) -> Read<Text> {
        if self.peek() == b'"' {
            return self.quoted().map(Text::Bytes);
        }
        let at = self.pos;
        self.eat(b'~');
        self.expect(b'{')?;
        let len = self.number()?;
        self.eat(b'+');
        self.expect(b'}')?;
        self.eat(b'\r');
        self.expect(b'\n')?;
        if let Some(there) = self.streamed.iter().find(|s| s.at == at) {
            return Ok(Text::Streamed { stream: there.stream, len: there.len });
        }
        let end = usize::try_from(len).ok().and_then(|n| self.pos.checked_add(n)).ok_or(Unreadable)?;
        if end > self.bytes.len() {
            return Err(Unreadable);
        }
        let bytes = self.bytes.slice(self.pos..end);
        self.pos = end;
        Ok(Text::Bytes(bytes))
    }

    fn quoted(&mut self) -> Read<Bytes> {
        self.expect(b'"')?;
        let start = self.pos;
        let rest = self.rest();
        let stop = rest.iter().position(|b| matches!(b, b'"' | b'\\' | b'\r' | b'\n')).ok_or(Unreadable)?;
        if rest.get(stop) == Some(&b'"') {
            self.pos = start + stop + 1;
            return Ok(self.bytes.slice(start..start + stop));
        }
        let mut out = Vec::with_capacity(stop + 32);
        let mut escaped = false;
        for (i, b) in rest.iter().enumerate() {
            match b {
                b'\r' | b'\n' => return Err(Unreadable),
                b if escaped => {
                    out.push(*b);
                    escaped = false;
                }
                b'\\' => escaped = true,
                b'"' => {
                    self.pos = start + i + 1;
                    return Ok(Bytes::from(out));
                }
                b => out.push(*b),
            }
        }
        Err(Unreadable)
    }

    /// Steps over one value of any kind, however deep.
    pub fn skip(&mut self) -> Read<()> {
        let mut depth = 0u32;
        loop {
            self.spaces();
            match self.peek() {
                b'(' => {
                    self.pos += 1;
                    depth += 1;
                    if depth > MAX_SKIP_DEPTH {
                        return Err(Unreadable);
                    }
                }
                b')' if depth > 0 => {
                    self.pos += 1;
                    depth -= 1;
                }
                b'"' | b'{' => drop(self.string()?),
                b'~' if self.bytes.get(self.pos + 1) == Some(&b'{') => drop(self.string()?),
                _ => drop(self.atom()?),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Steps over values up to and with the `)` of the list we are in.
    pub fn finish_list(&mut self) -> Read<()> {
        loop {
            self.spaces();
            if self.eat(b')') {
                return Ok(());
            }
            self.skip()?;
        }
    }
}

fn is_delimiter(b: u8) -> bool {
    matches!(b, b' ' | b'(' | b')' | b'"' | b'\r' | b'\n')
}
