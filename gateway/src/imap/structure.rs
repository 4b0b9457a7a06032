//! BODYSTRUCTURE → leaves with their section numbers (RFC 9051 §7.5.2, §6.4.5.1).
use crate::account::request::Leaf;
use crate::imap::event::Structure;
use crate::imap::reader::{Read, Reader, Unreadable};
use bytes::Bytes;

/// SECURITY.md, MIME.
pub const MAX_DEPTH: usize = 20;
pub const MAX_PARTS: usize = 1_000;
/// Parameters of one part that are looked at.
const MAX_PARAMETERS: usize = 64;
/// Bytes of a file name that are kept.
const MAX_NAME: usize = 1_024;

/// Reads one body; the reader stands behind it afterwards, also when it was past our limits.
pub fn read(reader: &mut Reader) -> Read<Structure> {
    let start = reader.pos();
    let mut walk = Walk { leaves: Vec::new(), parts: 0 };
    if walk.body(reader, "", 0).is_ok() {
        return Ok(Structure::Leaves(walk.leaves));
    }
    reader.rewind(start);
    reader.skip()?;
    Ok(Structure::Unreadable)
}

struct Walk {
    leaves: Vec<Leaf>,
    parts: usize,
}

impl Walk {
    /// `section` is this body's own number; empty for the whole message.
    fn body(&mut self, r: &mut Reader, section: &str, depth: usize) -> Read<()> {
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            return Err(Unreadable);
        }
        r.spaces();
        r.expect(b'(')?;
        r.spaces();
        if r.peek() == b'(' || is_empty_multipart(r) {
            self.multipart(r, section, depth)
        } else {
            self.single(r, section, depth)
        }
    }

    fn multipart(&mut self, r: &mut Reader, section: &str, depth: usize) -> Read<()> {
        let first = self.leaves.len();
        let mut number = 0;
        loop {
            r.spaces();
            if r.peek() != b'(' {
                break;
            }
            number += 1;
            self.body(r, &child(section, number), depth + 1)?;
        }
        if number == 0 {
            // `(NIL "MIXED")`: a multipart without parts, as some servers describe an empty one.
            r.word("NIL");
            r.spaces();
        }
        let subtype = lower(r.nbytes()?).unwrap_or_default();
        let subtype = if subtype.is_empty() { "mixed".to_owned() } else { subtype };
        for leaf in self.leaves.iter_mut().skip(first).filter(|l| l.parent.is_empty()) {
            leaf.parent.clone_from(&subtype);
        }
        r.finish_list()
    }

    fn single(&mut self, r: &mut Reader, section: &str, depth: usize) -> Read<()> {
        let section = if section.is_empty() { "1" } else { section };
        let kind = lower(r.nbytes()?).unwrap_or_default();
        r.spaces();
        let subtype = lower(r.nbytes()?).unwrap_or_default();
        r.spaces();
        let mut leaf = Leaf { section: section.to_owned(), mime: mime(&kind, &subtype), ..Leaf::default() };
        let mut names = Names::default();
        let (mut flowed, mut delsp) = (false, false);
        parameters(r, |name, value| match name {
            b"charset" => leaf.charset = Some(text(value)),
            // RFC 3676 §4.1, §4.5.
            b"format" => flowed = value.eq_ignore_ascii_case(b"flowed"),
            b"delsp" => delsp = value.eq_ignore_ascii_case(b"yes"),
            _ => names.add(name, b"name", value),
        })?;
        leaf.name = names.join();
        leaf.flowed = flowed.then_some(delsp);
        r.spaces();
        leaf.content_id = r.nbytes()?.map(|id| text(&id)).filter(|id| !id.is_empty());
        r.spaces();
        r.nstring()?;
        r.spaces();
        leaf.encoding = lower(r.nbytes()?).unwrap_or_default();
        r.spaces();
        leaf.size = u32::try_from(r.loose_number()?).unwrap_or(u32::MAX);
        r.spaces();
        let at = self.leaves.len();
        let message = leaf.mime == "message/rfc822" || leaf.mime == "message/global";
        self.leaves.push(leaf);
        if message && r.peek() == b'(' {
            r.skip()?;
            r.spaces();
            let inner = self.leaves.len();
            self.inner(r, section, depth)?;
            for leaf in self.leaves.iter_mut().skip(inner).filter(|l| l.parent.is_empty()) {
                leaf.parent = "rfc822".to_owned();
            }
            r.spaces();
        }
        // Lines, of text and message parts.
        if r.peek().is_ascii_digit() {
            r.number()?;
            r.spaces();
        } else if kind == "text" && r.word("NIL") {
            r.spaces();
        }
        self.extension(r, at)
    }

    /// The body of a message/rfc822 part: a multipart's children are numbered below the part itself, a single body is `.1`.
    fn inner(&mut self, r: &mut Reader, section: &str, depth: usize) -> Read<()> {
        let mut ahead = r.clone();
        ahead.expect(b'(')?;
        ahead.spaces();
        let several = ahead.peek() == b'(' || is_empty_multipart(&ahead);
        if several { self.body(r, section, depth + 1) } else { self.body(r, &child(section, 1), depth + 1) }
    }

    /// MD5, disposition, language, location, and what the future brings.
    fn extension(&mut self, r: &mut Reader, at: usize) -> Read<()> {
        if r.eat(b')') {
            return Ok(());
        }
        r.skip()?;
        r.spaces();
        if r.eat(b')') {
            return Ok(());
        }
        let mut names = Names::default();
        let mut disposition = None;
        if r.eat(b'(') {
            r.spaces();
            disposition = lower(r.nbytes()?);
            r.spaces();
            if r.peek() != b')' {
                parameters(r, |name, value| names.add(name, b"filename", value))?;
            }
            r.finish_list()?;
        } else {
            disposition = lower(r.nbytes()?).or(disposition);
        }
        if let Some(leaf) = self.leaves.get_mut(at) {
            leaf.disposition = disposition.filter(|d| !d.is_empty());
            leaf.name = names.join().or(leaf.name.take());
        }
        r.finish_list()
    }
}

/// `NIL` followed by one string and the end (or a list): no type is NIL in a real single part.
fn is_empty_multipart(r: &Reader) -> bool {
    let mut ahead = r.clone();
    if !ahead.word("NIL") {
        return false;
    }
    ahead.spaces();
    if ahead.nstring().is_err() {
        return false;
    }
    ahead.spaces();
    // A single part goes on with parameters, id, description, encoding, size: seven values.
    let mut values = 2;
    while !ahead.at_end() && ahead.peek() != b')' && values < 7 {
        if ahead.skip().is_err() {
            break;
        }
        ahead.spaces();
        values += 1;
    }
    values < 7
}

fn child(section: &str, number: u32) -> String {
    if section.is_empty() { number.to_string() } else { format!("{section}.{number}") }
}

fn mime(kind: &str, subtype: &str) -> String {
    match (kind, subtype) {
        ("", _) | (_, "") => "application/octet-stream".to_owned(),
        _ => format!("{kind}/{subtype}"),
    }
}

/// Calls `each` with the lower-case name and the value of every pair of `("a" "b" …)` or NIL.
fn parameters(r: &mut Reader, mut each: impl FnMut(&[u8], &Bytes)) -> Read<()> {
    if !r.eat(b'(') {
        return r.nstring().map(drop);
    }
    for _ in 0..MAX_PARAMETERS {
        r.spaces();
        if r.eat(b')') {
            return Ok(());
        }
        let name = r.nbytes()?.unwrap_or_default();
        r.spaces();
        if r.eat(b')') {
            return Ok(());
        }
        let value = r.nbytes()?.unwrap_or_default();
        each(&name.to_ascii_lowercase(), &value);
    }
    r.finish_list()
}

fn lower(bytes: Option<Bytes>) -> Option<String> {
    bytes.map(|b| text(&b).to_ascii_lowercase())
}

/// Text as it stands; bytes that aren't UTF-8 are kept in RFC 2231 form with an unknown charset, so that nothing is lost.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().fold("''".to_owned(), |mut out, b| {
            match b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') {
                true => out.push(char::from(*b)),
                false => out.push_str(&format!("%{b:02X}")),
            }
            out
        }),
    }
}

/// A file name that may come plain (`name`), extended (`name*`) or in pieces (`name*0*`, `name*1`) (RFC 2231 §3, §4).
#[derive(Default)]
struct Names {
    plain: Option<Bytes>,
    extended: Option<Bytes>,
    pieces: Vec<(u32, Bytes)>,
}

impl Names {
    fn add(&mut self, name: &[u8], wanted: &[u8], value: &Bytes) {
        let Some(rest) = name.strip_prefix(wanted) else { return };
        match rest {
            b"" => self.plain = Some(value.clone()),
            b"*" => self.extended = Some(value.clone()),
            [b'*', piece @ ..] => {
                let piece = piece.strip_suffix(b"*").unwrap_or(piece);
                let number = std::str::from_utf8(piece).ok().and_then(|n| n.parse().ok());
                if let Some(number) = number {
                    self.pieces.push((number, value.clone()));
                }
            }
            _ => {}
        }
    }

    fn join(mut self) -> Option<String> {
        self.pieces.sort_by_key(|(number, _)| *number);
        let joined: Vec<u8> =
            self.pieces.iter().flat_map(|(_, b)| b.iter().copied()).take(MAX_NAME).collect();
        let pieces = (!joined.is_empty()).then(|| Bytes::from(joined));
        let name = self.extended.or(pieces).or(self.plain)?;
        let name = text(name.get(..name.len().min(MAX_NAME)).unwrap_or_default());
        (!name.is_empty()).then_some(name)
    }
}
