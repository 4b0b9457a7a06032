//! Reads the elements of one whole command: atoms, strings, literals, sets, dates (RFC 3501 §9).
use super::utf7;
use crate::sandbox::date::Moment;
use crate::sandbox::flags::Flags;
use std::ops::Range;

/// Why a command can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Answered with BAD.
    #[error("{0}")]
    Bad(&'static str),
    /// Well-formed, yet impossible: answered with NO.
    #[error("{0}")]
    No(&'static str),
}

pub type Read<T> = Result<T, Wrong>;

pub struct Cursor<'a> {
    bytes: &'a [u8],
    pub at: usize,
}

pub fn is_atom(b: u8) -> bool {
    matches!(b, 0x21..=0x7e) && !b"(){%*\"\\]".contains(&b)
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn eat(&mut self, b: u8) -> bool {
        let there = self.peek() == Some(b);
        self.at += usize::from(there);
        there
    }

    pub fn expect(&mut self, b: u8, reason: &'static str) -> Read<()> {
        if self.eat(b) { Ok(()) } else { Err(Wrong::Bad(reason)) }
    }

    pub fn space(&mut self) -> Read<()> {
        self.expect(b' ', "Expected a space")
    }

    pub fn end(&mut self) -> Read<()> {
        while self.eat(b' ') {}
        if self.at >= self.bytes.len() { Ok(()) } else { Err(Wrong::Bad("Unexpected text at the end")) }
    }

    fn take_while(&mut self, ok: impl Fn(u8) -> bool) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(&ok) {
            self.at += 1;
        }
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// A word of atom characters, upper-cased.
    pub fn keyword(&mut self) -> Read<String> {
        let word = self.take_while(|b| is_atom(b) && b != b'[' && b != b'<');
        if word.is_empty() {
            return Err(Wrong::Bad("Expected a word"));
        }
        Ok(String::from_utf8_lossy(word).to_ascii_uppercase())
    }

    /// A word inside a section, upper-cased; ends before `]` and space.
    pub fn section_word(&mut self) -> Read<String> {
        let word = self.take_while(|b| b.is_ascii_alphabetic() || b == b'.');
        Ok(String::from_utf8_lossy(word).to_ascii_uppercase())
    }

    pub fn tag(&mut self) -> Read<String> {
        let tag = self.take_while(|b| is_atom(b) && b != b'+');
        if tag.is_empty() || tag.len() > 256 {
            return Err(Wrong::Bad("Expected a tag"));
        }
        Ok(String::from_utf8_lossy(tag).into_owned())
    }

    pub fn number(&mut self) -> Read<u64> {
        let digits = self.take_while(|b| b.is_ascii_digit());
        let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
        number.ok_or(Wrong::Bad("Expected a number"))
    }

    pub fn number32(&mut self) -> Read<u32> {
        u32::try_from(self.number()?).map_err(|_| Wrong::Bad("Number too large"))
    }

    /// The range of a literal's bytes, when one is here.
    pub fn literal(&mut self) -> Read<Option<Range<usize>>> {
        if self.peek() == Some(b'~') && self.bytes.get(self.at + 1) == Some(&b'{') {
            return Err(Wrong::Bad("No binary literals here"));
        }
        if !self.eat(b'{') {
            return Ok(None);
        }
        let size = usize::try_from(self.number()?).map_err(|_| Wrong::Bad("Number too large"))?;
        self.eat(b'+');
        self.expect(b'}', "Expected a literal")?;
        self.eat(b'\r');
        self.expect(b'\n', "Expected a literal")?;
        let range = self.at..self.at.saturating_add(size);
        if range.end > self.bytes.len() {
            return Err(Wrong::Bad("Literal cut short"));
        }
        self.at = range.end;
        Ok(Some(range))
    }

    pub fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// `string`: quoted or literal.
    pub fn string(&mut self) -> Read<Option<Vec<u8>>> {
        if let Some(range) = self.literal()? {
            return Ok(Some(self.slice(range).to_vec()));
        }
        if !self.eat(b'"') {
            return Ok(None);
        }
        let mut value = Vec::new();
        loop {
            let b = self.peek().ok_or(Wrong::Bad("Missing quote"))?;
            self.at += 1;
            match b {
                b'"' => return Ok(Some(value)),
                b'\\' => {
                    let next = self.peek().filter(|b| matches!(b, b'"' | b'\\'));
                    value.push(next.ok_or(Wrong::Bad("Bad escape"))?);
                    self.at += 1;
                }
                b'\r' | b'\n' | 0 => return Err(Wrong::Bad("Missing quote")),
                b => value.push(b),
            }
        }
    }

    pub fn astring(&mut self) -> Read<Vec<u8>> {
        if let Some(value) = self.string()? {
            return Ok(value);
        }
        let atom = self.take_while(|b| is_atom(b) || b == b']');
        if atom.is_empty() { Err(Wrong::Bad("Expected a string")) } else { Ok(atom.to_vec()) }
    }

    pub fn text(&mut self) -> Read<String> {
        String::from_utf8(self.astring()?).map_err(|_| Wrong::Bad("Text must be UTF-8"))
    }

    /// A folder's name, decoded.
    pub fn mailbox(&mut self) -> Read<String> {
        let wire = self.text()?;
        utf7::decode(&wire).ok_or(Wrong::No("[CANNOT] The name isn't modified UTF-7"))
    }

    /// `list-mailbox`: a pattern in wire form.
    pub fn pattern(&mut self) -> Read<String> {
        let bytes = match self.string()? {
            Some(value) => value,
            None => {
                let atom = self.take_while(|b| is_atom(b) || b == b']' || b == b'*' || b == b'%');
                if atom.is_empty() {
                    return Err(Wrong::Bad("Expected a pattern"));
                }
                atom.to_vec()
            }
        };
        String::from_utf8(bytes).map_err(|_| Wrong::Bad("Text must be UTF-8"))
    }

    /// Elements between parentheses, separated by spaces.
    pub fn list<T>(&mut self, mut element: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.expect(b'(', "Expected a list")?;
        let mut found = Vec::new();
        if self.eat(b')') {
            return Ok(found);
        }
        loop {
            found.push(element(self)?);
            if self.eat(b')') {
                return Ok(found);
            }
            self.space()?;
        }
    }

    fn flag(&mut self) -> Read<String> {
        let start = self.at;
        self.eat(b'\\');
        let name = self.take_while(is_atom);
        if name.is_empty() || name.len() > 128 {
            return Err(Wrong::Bad("Expected a flag"));
        }
        Ok(String::from_utf8_lossy(self.slice(start..self.at)).into_owned())
    }

    /// Flags with or without parentheses; `\Recent` can't be set (RFC 3501 §2.3.2).
    pub fn flags(&mut self, most: usize) -> Read<Flags> {
        let names = if self.peek() == Some(b'(') {
            self.list(Self::flag)?
        } else {
            let mut names = vec![self.flag()?];
            while self.eat(b' ') {
                names.push(self.flag()?);
            }
            names
        };
        let mut flags = Flags::default();
        for name in names {
            if !flags.add(&name, most) {
                let unknown = name.starts_with('\\');
                return Err(if unknown {
                    Wrong::Bad("No such system flag")
                } else {
                    Wrong::No("[LIMIT] Too many keywords")
                });
            }
        }
        Ok(flags)
    }

    pub fn date_time(&mut self) -> Read<Moment> {
        let text = self.string()?.ok_or(Wrong::Bad("Expected a date"))?;
        let text = String::from_utf8_lossy(&text);
        Moment::read_imap(&text).ok_or(Wrong::Bad("Bad date"))
    }

    pub fn set(&mut self) -> Read<Set> {
        let mut ranges = Vec::new();
        loop {
            let first = self.bound()?;
            let last = if self.eat(b':') { self.bound()? } else { first };
            ranges.push((first, last));
            if !self.eat(b',') {
                return Ok(Set(ranges));
            }
        }
    }

    /// A number, or `*` as `None`.
    fn bound(&mut self) -> Read<Option<u32>> {
        if self.eat(b'*') {
            return Ok(None);
        }
        match self.number32()? {
            0 => Err(Wrong::Bad("Zero isn't a number of a message")),
            n => Ok(Some(n)),
        }
    }
}

/// A sequence set; `None` is `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set(pub Vec<(Option<u32>, Option<u32>)>);

impl Set {
    /// Rising, joined ranges where `*` is `last`.
    pub fn ranges(&self, last: u32) -> Vec<(u32, u32)> {
        let resolve = |(a, b): &(Option<u32>, Option<u32>)| {
            let (a, b) = (a.unwrap_or(last), b.unwrap_or(last));
            (a.min(b), a.max(b))
        };
        let mut all: Vec<(u32, u32)> = self.0.iter().map(resolve).collect();
        all.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match joined.last_mut() {
                Some((_, end)) if from <= end.saturating_add(1) => *end = (*end).max(to),
                _ => joined.push((from, to)),
            }
        }
        joined
    }
}

/// Rising numbers as a set, `1:3,5`.
pub fn write_set(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut out = String::new();
    let mut run: Option<(u32, u32)> = None;
    let flush = |run: Option<(u32, u32)>, out: &mut String| {
        let Some((from, to)) = run else { return };
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&if from == to { from.to_string() } else { format!("{from}:{to}") });
    };
    for n in numbers {
        run = match run {
            Some((from, to)) if to.checked_add(1) == Some(n) => Some((from, n)),
            other => {
                flush(other, &mut out);
                Some((n, n))
            }
        };
    }
    flush(run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_resolve_and_join() {
        let set = Cursor::new(b"3:1,7,*:6,10").set().unwrap();
        assert_eq!(set.ranges(8), [(1, 3), (6, 8), (10, 10)]);
        assert_eq!(write_set([1, 2, 3, 5, 7, 8]), "1:3,5,7:8");
        assert!(Cursor::new(b"0").set().is_err());
    }

    #[test]
    fn strings_have_three_forms() {
        let mut c = Cursor::new(b"atom] \"q\\\"\\\\\" {3}\r\na\r\n");
        assert_eq!(c.astring().unwrap(), b"atom]");
        c.space().unwrap();
        assert_eq!(c.astring().unwrap(), b"q\"\\");
        c.space().unwrap();
        assert_eq!(c.astring().unwrap(), b"a\r\n");
        c.end().unwrap();
    }
}
