//! One FETCH response (RFC 9051 §7.5.2) into our own types. This is the hot path of every list, so it is read straight from
//! the bytes; what can't be read is stepped over and marks the message `broken`, never the folder.
use crate::imap::event::{Body, Envelope, Fetch, FlagList, RawAddress, SectionData, Structure};
use crate::imap::framer::Response;
use crate::imap::reader::{Read, Reader, Text, Unreadable};
use crate::imap::{date, flags, structure};
use bytes::Bytes;
use pyeonji_shared::ids::{ModSeq, Seq, Uid};

/// Items of one response that are read.
const MAX_ITEMS: usize = 256;

/// Reads a response that begins `* <n> FETCH `. `None` if not even the number is there.
pub fn read(response: &Response) -> Option<Fetch> {
    let mut r = Reader::new(response);
    r.eat(b'*');
    r.spaces();
    let seq = u32::try_from(r.number().ok()?).ok().filter(|n| *n > 0)?;
    r.spaces();
    if !r.word("FETCH") {
        return None;
    }
    let mut fetch = Fetch { seq: Seq(seq), ..Fetch::default() };
    if response.cut || items(&mut r, &mut fetch).is_err() {
        fetch.broken = true;
        fetch.uid = fetch.uid.or_else(|| rescue_uid(&response.bytes));
    }
    Some(fetch)
}

fn items(r: &mut Reader, fetch: &mut Fetch) -> Read<()> {
    r.spaces();
    r.expect(b'(')?;
    for _ in 0..MAX_ITEMS {
        r.spaces();
        if r.eat(b')') {
            return Ok(());
        }
        let name = name(r)?;
        r.spaces();
        let value = r.pos();
        if item(r, name, fetch).is_err() {
            fetch.broken = true;
            r.rewind(value);
            r.skip()?;
        }
    }
    Err(Unreadable)
}

/// An item's name without its section: `BODY[…` ends before the bracket.
fn name<'a>(r: &mut Reader<'a>) -> Read<&'a [u8]> {
    let start = r.pos();
    let word = r.atom()?;
    match word.iter().position(|b| *b == b'[') {
        Some(bracket) => {
            r.rewind(start + bracket);
            word.get(..bracket).ok_or(Unreadable)
        }
        None => Ok(word),
    }
}

fn item(r: &mut Reader, name: &[u8], fetch: &mut Fetch) -> Read<()> {
    let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
    if is("UID") {
        let uid = u32::try_from(r.number()?).map_err(|_| Unreadable)?;
        fetch.uid = (uid > 0).then_some(Uid(uid));
    } else if is("FLAGS") {
        fetch.flags = Some(flag_list(r)?);
    } else if is("INTERNALDATE") {
        let text = r.nbytes()?.ok_or(Unreadable)?;
        fetch.received = date::parse(&text);
    } else if is("RFC822.SIZE") {
        fetch.size = Some(u32::try_from(r.loose_number()?).unwrap_or(u32::MAX));
    } else if is("MODSEQ") {
        r.expect(b'(')?;
        fetch.modseq = Some(ModSeq(r.number()?));
        r.finish_list()?;
    } else if is("ENVELOPE") {
        fetch.envelope = Some(Box::new(envelope(r)?));
    } else if is("BODYSTRUCTURE") || (is("BODY") && r.peek() != b'[') {
        fetch.structure = structure::read(r)?;
        fetch.broken |= fetch.structure == Structure::Unreadable;
    } else if is("BODY") || is("BINARY") {
        let (section, origin) = section(r)?;
        r.spaces();
        let body = body(r)?;
        fetch.sections.push(SectionData { section, origin, body });
    } else if let Some(section) = old_section(name) {
        let body = body(r)?;
        fetch.sections.push(SectionData { section: section.to_owned(), origin: None, body });
    } else {
        if r.peek() == b'[' {
            section(r)?;
            r.spaces();
        }
        r.skip()?;
    }
    Ok(())
}

/// RFC 9051 §7.5.2, the names from before sections.
fn old_section(name: &[u8]) -> Option<&'static str> {
    [("RFC822", ""), ("RFC822.HEADER", "HEADER"), ("RFC822.TEXT", "TEXT")]
        .into_iter()
        .find_map(|(old, section)| name.eq_ignore_ascii_case(old.as_bytes()).then_some(section))
}

/// `[1.2]`, `[HEADER.FIELDS (A B)]`, with `<origin>`.
fn section(r: &mut Reader) -> Read<(String, Option<u32>)> {
    r.expect(b'[')?;
    let mut section = String::new();
    while !r.eat(b']') {
        match r.peek() {
            b' ' => {
                r.spaces();
                r.skip()?;
            }
            b if b.is_ascii_graphic() && b != b'(' && section.len() < 256 => {
                section.push(char::from(b.to_ascii_uppercase()));
                r.eat(b);
            }
            _ => return Err(Unreadable),
        }
    }
    let mut origin = None;
    if r.eat(b'<') {
        origin = Some(u32::try_from(r.number()?).map_err(|_| Unreadable)?);
        r.expect(b'>')?;
    }
    Ok((section, origin))
}

fn body(r: &mut Reader) -> Read<Option<Body>> {
    Ok(r.nstring()?.map(|text| match text {
        Text::Bytes(bytes) => Body::Inline(bytes),
        Text::Streamed { stream, len } => Body::Streamed { stream, len },
    }))
}

/// `(\Seen work)`.
pub fn flag_list(r: &mut Reader) -> Read<FlagList> {
    let mut list = FlagList::default();
    r.expect(b'(')?;
    loop {
        r.spaces();
        if r.eat(b')') {
            return Ok(list);
        }
        match r.peek() {
            b'"' | b'{' => drop(r.astring()?),
            b'(' => return Err(Unreadable),
            _ => flags::add(&mut list, r.atom()?),
        }
    }
}

fn envelope(r: &mut Reader) -> Read<Envelope> {
    let mut e = Envelope::default();
    r.expect(b'(')?;
    let field = |r: &mut Reader| {
        r.spaces();
        r.nbytes()
    };
    e.date = field(r)?;
    e.subject = field(r)?;
    for list in [&mut e.from, &mut e.sender, &mut e.reply_to, &mut e.to, &mut e.cc, &mut e.bcc] {
        *list = addresses(r)?;
    }
    e.in_reply_to = field(r)?;
    e.message_id = field(r)?;
    r.finish_list()?;
    Ok(e)
}

fn addresses(r: &mut Reader) -> Read<Vec<RawAddress>> {
    r.spaces();
    let mut list = Vec::new();
    if !r.eat(b'(') {
        r.nstring()?;
        return Ok(list);
    }
    loop {
        r.spaces();
        if r.eat(b')') {
            return Ok(list);
        }
        if list.len() >= Envelope::ADDRESSES {
            r.finish_list()?;
            return Ok(list);
        }
        r.expect(b'(')?;
        let mut field = || -> Read<Option<Bytes>> {
            r.spaces();
            r.nbytes()
        };
        let name = field()?;
        field()?;
        let mailbox = field()?;
        let host = field()?;
        r.finish_list()?;
        list.push(RawAddress { name, mailbox, host });
    }
}

/// The UID of a response that makes no sense: the first `UID <n>` that is not inside a quoted string.
fn rescue_uid(bytes: &[u8]) -> Option<Uid> {
    let (mut quoted, mut escaped) = (false, false);
    for (i, b) in bytes.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'U' | b'u' if !quoted && matches!(bytes.get(i.wrapping_sub(1)), Some(b'(' | b' ')) => {
                let rest = bytes.get(i..)?;
                if rest.get(..4).is_some_and(|w| w.eq_ignore_ascii_case(b"UID ")) {
                    let digits = rest.get(4..)?.iter().take(10).take_while(|b| b.is_ascii_digit()).count();
                    let number = std::str::from_utf8(rest.get(4..4 + digits)?).ok()?.parse::<u32>().ok();
                    return number.filter(|n| *n > 0).map(Uid);
                }
            }
            _ => {}
        }
    }
    None
}
