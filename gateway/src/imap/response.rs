//! One framed response → what it means. A lenient reader of our own does the work (it must read what no codec accepts, and it is
//! the faster one); imap-codec is its oracle in the tests.
use crate::imap::capability::Capabilities;
use crate::imap::code;
use crate::imap::event::{Code, Data, Fetch, FlagList, ListItem, Namespace, StatusItem, UidRange};
use crate::imap::fetch;
use crate::imap::framer::Response;
use crate::imap::mailbox;
use crate::imap::quota;
use crate::imap::reader::{Read, Reader, Unreadable};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{FolderName, ModSeq, Seq, Uid, UidValidity};

/// Elements of a small list (capabilities, ID, enabled) that are read.
const MAX_SMALL: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// `+`
    GoAhead,
    Tagged {
        tag: String,
        status: Status,
        code: Option<Code>,
        text: String,
    },
    Untagged {
        status: Status,
        code: Option<Code>,
        text: String,
    },
    Data(Data),
    Capabilities(Capabilities),
    /// Numbers of SEARCH, or of the ESEARCH with that tag.
    Found {
        tag: Option<String>,
        ranges: Vec<UidRange>,
    },
    /// Flags that the folder knows.
    Flags(FlagList),
    /// Data that means nothing to us.
    Ignored,
    /// Not a response at all.
    Garbage,
}

pub fn parse(response: &Response) -> Parsed {
    let mut r = Reader::new(response);
    match r.peek() {
        b'+' => Parsed::GoAhead,
        b'*' => {
            r.eat(b'*');
            if !r.eat(b' ') {
                return Parsed::Garbage;
            }
            r.spaces();
            if r.peek().is_ascii_digit() {
                numbered(&mut r, response)
            } else {
                untagged(&mut r).unwrap_or(Parsed::Ignored)
            }
        }
        _ => tagged(&mut r).unwrap_or(Parsed::Garbage),
    }
}

fn tagged(r: &mut Reader) -> Read<Parsed> {
    let tag = ascii(r.atom()?).ok_or(Unreadable)?;
    r.expect(b' ')?;
    let status =
        status(r).filter(|s| matches!(s, Status::Ok | Status::No | Status::Bad)).ok_or(Unreadable)?;
    let (code, text) = code_and_text(r);
    Ok(Parsed::Tagged { tag, status, code, text })
}

fn status(r: &mut Reader) -> Option<Status> {
    [
        ("OK", Status::Ok),
        ("NO", Status::No),
        ("BAD", Status::Bad),
        ("BYE", Status::Bye),
        ("PREAUTH", Status::PreAuth),
    ]
    .into_iter()
    .find_map(|(word, status)| r.word(word).then_some(status))
}

/// The optional code, and the text without control characters, at most 500 characters.
fn code_and_text(r: &mut Reader) -> (Option<Code>, String) {
    r.spaces();
    let start = r.pos();
    let mut code = None;
    if r.eat(b'[') {
        code = code::read(r).ok();
        if code.is_none() || !r.eat(b']') {
            // An unreadable code ends at the next bracket; without one it is text.
            r.rewind(start);
            match r.rest().iter().position(|b| *b == b']') {
                Some(end) => r.rewind(start + end + 1),
                None => code = None,
            }
        }
        r.spaces();
    }
    (code, clean(r.rest()))
}

/// The server's words as they may be shown.
pub fn clean(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).take(ApiError::MAX_DETAIL).collect()
}

fn numbered(r: &mut Reader, response: &Response) -> Parsed {
    let Ok(number) = r.number() else { return Parsed::Ignored };
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    r.spaces();
    if r.word("FETCH") {
        let fetch = fetch::read(response).map(Box::<Fetch>::new);
        fetch.map_or(Parsed::Ignored, |fetch| Parsed::Data(Data::Fetch(fetch)))
    } else if r.word("EXISTS") {
        Parsed::Data(Data::Exists(number))
    } else if r.word("EXPUNGE") && number > 0 {
        Parsed::Data(Data::Expunge(Seq(number)))
    } else {
        Parsed::Ignored
    }
}

fn untagged(r: &mut Reader) -> Read<Parsed> {
    if let Some(status) = status(r) {
        let (code, text) = code_and_text(r);
        return Ok(Parsed::Untagged { status, code, text });
    }
    let word = ascii(r.atom()?).ok_or(Unreadable)?.to_ascii_uppercase();
    r.spaces();
    Ok(match word.as_str() {
        "CAPABILITY" => Parsed::Capabilities(capabilities(r)),
        "LIST" => list(r)?.map_or(Parsed::Ignored, |item| Parsed::Data(Data::List(item))),
        "LSUB" => match list(r)? {
            Some(item) => Parsed::Data(Data::Subscribed(item.folder)),
            None => Parsed::Ignored,
        },
        "STATUS" => folder_status(r)?.map_or(Parsed::Ignored, |item| Parsed::Data(Data::Status(item))),
        "QUOTA" => quota::read(r)?.map_or(Parsed::Ignored, |item| Parsed::Data(Data::Quota(item))),
        "SEARCH" => Parsed::Found { tag: None, ranges: numbers(r) },
        "ESEARCH" => esearch(r)?,
        "FLAGS" => Parsed::Flags(fetch::flag_list(r)?),
        "VANISHED" => {
            let earlier = r.eat(b'(');
            if earlier {
                r.finish_list()?;
                r.spaces();
            }
            Parsed::Data(Data::Vanished { earlier, uids: ranges(r.atom()?)? })
        }
        "NAMESPACE" => Parsed::Data(Data::Namespace(namespace(r)?)),
        "ENABLED" => Parsed::Data(Data::Enabled(words(r))),
        "ID" => Parsed::Data(Data::Id(id(r)?)),
        _ => Parsed::Ignored,
    })
}

fn ascii(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().filter(|t| t.is_ascii()).map(str::to_owned)
}

fn words(r: &mut Reader) -> Vec<String> {
    let mut words = Vec::new();
    while words.len() < MAX_SMALL {
        r.spaces();
        let Ok(word) = r.atom() else { break };
        // Inside a response code the bracket ends the list.
        let (word, end) = match word.iter().position(|b| *b == b']') {
            Some(bracket) => {
                r.rewind(r.pos() - (word.len() - bracket));
                (word.get(..bracket).unwrap_or_default(), true)
            }
            None => (word, false),
        };
        words.extend(ascii(word).filter(|w| !w.is_empty()).map(|w| w.to_ascii_uppercase()));
        if end {
            break;
        }
    }
    words
}

pub fn capabilities(r: &mut Reader) -> Capabilities {
    Capabilities::new(words(r))
}

/// `(\HasNoChildren \Sent) "/" "Sent"`, with or without extended data behind it.
fn list(r: &mut Reader) -> Read<Option<ListItem>> {
    let mut item = ListItem { selectable: true, ..ListItem::default() };
    r.expect(b'(')?;
    loop {
        r.spaces();
        if r.eat(b')') {
            break;
        }
        match ascii(r.atom()?).unwrap_or_default().to_ascii_lowercase().as_str() {
            "\\noselect" | "\\nonexistent" => item.selectable = false,
            "\\noinferiors" => item.no_children = true,
            "\\subscribed" => item.subscribed = true,
            "\\drafts" => item.special = Some(SpecialUse::Drafts),
            "\\sent" => item.special = Some(SpecialUse::Sent),
            "\\archive" => item.special = Some(SpecialUse::Archive),
            "\\junk" => item.special = Some(SpecialUse::Junk),
            "\\trash" => item.special = Some(SpecialUse::Trash),
            "\\all" => item.special = Some(SpecialUse::All),
            "\\flagged" => item.special = Some(SpecialUse::Flagged),
            _ => {}
        }
    }
    r.spaces();
    item.delimiter = delimiter(r)?;
    r.spaces();
    let Some(folder) = folder(r)? else { return Ok(None) };
    if folder.is_inbox() {
        item.special = Some(SpecialUse::Inbox);
    }
    item.folder = folder;
    Ok(Some(item))
}

fn delimiter(r: &mut Reader) -> Read<Option<char>> {
    let text = r.nbytes()?;
    Ok(text.and_then(|t| t.first().copied()).filter(u8::is_ascii_graphic).map(char::from))
}

fn folder(r: &mut Reader) -> Read<Option<FolderName>> {
    Ok(mailbox::from_wire(&r.astring()?))
}

fn folder_status(r: &mut Reader) -> Read<Option<StatusItem>> {
    let Some(folder) = folder(r)? else { return Ok(None) };
    let mut item = StatusItem { folder, ..StatusItem::default() };
    r.spaces();
    r.expect(b'(')?;
    loop {
        r.spaces();
        if r.eat(b')') {
            return Ok(Some(item));
        }
        let name = ascii(r.atom()?).unwrap_or_default().to_ascii_uppercase();
        r.spaces();
        let small = |r: &mut Reader| Ok(Some(u32::try_from(r.number()?).unwrap_or(u32::MAX)));
        match name.as_str() {
            "MESSAGES" => item.messages = small(r)?,
            "UNSEEN" => item.unseen = small(r)?,
            "UIDNEXT" => item.uid_next = small(r)?.map(Uid),
            "UIDVALIDITY" => item.validity = small(r)?.map(UidValidity),
            "HIGHESTMODSEQ" => item.highest_modseq = Some(ModSeq(r.number()?)),
            _ => r.skip()?,
        }
    }
}

fn numbers(r: &mut Reader) -> Vec<UidRange> {
    let mut found = Vec::new();
    loop {
        r.spaces();
        // A trailing `(MODSEQ n)` ends the list (RFC 7162 §3.1.5).
        let Ok(number) = r.number() else { return found };
        if let Some(uid) = u32::try_from(number).ok().filter(|n| *n > 0).map(Uid) {
            found.push(UidRange { first: uid, last: uid });
        }
    }
}

/// RFC 4731 §3.1.
fn esearch(r: &mut Reader) -> Read<Parsed> {
    let (mut tag, mut all) = (None, Vec::new());
    if r.eat(b'(') {
        r.spaces();
        if r.word("TAG") {
            r.spaces();
            tag = ascii(&r.astring()?);
        }
        r.finish_list()?;
    }
    for _ in 0..MAX_SMALL {
        r.spaces();
        if r.at_end() {
            break;
        }
        if r.word("UID") {
            continue;
        }
        let name = r.atom()?;
        r.spaces();
        if name.eq_ignore_ascii_case(b"ALL") {
            all = ranges(r.atom()?)?;
        } else {
            r.skip()?;
        }
    }
    Ok(Parsed::Found { tag, ranges: all })
}

/// `1:5,9`, each range low to high.
pub fn ranges(set: &[u8]) -> Read<Vec<UidRange>> {
    let number = |digits: &[u8]| -> Read<u32> {
        let text = std::str::from_utf8(digits).map_err(|_| Unreadable)?;
        text.parse().ok().filter(|n| *n > 0).ok_or(Unreadable)
    };
    let each = set.split(|b| *b == b',').map(|range| {
        let mut ends = range.splitn(2, |b| *b == b':');
        let first = number(ends.next().unwrap_or_default())?;
        let last = ends.next().map_or(Ok(first), number)?;
        Ok(UidRange { first: Uid(first.min(last)), last: Uid(first.max(last)) })
    });
    each.collect()
}

/// `(("" "/")) NIL NIL`: the first personal one.
fn namespace(r: &mut Reader) -> Read<Namespace> {
    let mut namespace = Namespace::default();
    if r.eat(b'(') {
        r.spaces();
        if r.eat(b'(') {
            let prefix = r.nbytes()?.unwrap_or_default();
            namespace.prefix =
                mailbox::from_wire(&prefix).filter(|_| !prefix.is_empty()).map(|f| f.0).unwrap_or_default();
            r.spaces();
            namespace.delimiter = delimiter(r)?;
        }
    }
    Ok(namespace)
}

fn id(r: &mut Reader) -> Read<Vec<(String, Option<String>)>> {
    let mut fields = Vec::new();
    if !r.eat(b'(') {
        return Ok(fields);
    }
    while fields.len() < MAX_SMALL {
        r.spaces();
        if r.eat(b')') {
            break;
        }
        let name = clean(&r.astring()?);
        r.spaces();
        fields.push((name, r.nbytes()?.map(|v| clean(&v))));
    }
    Ok(fields)
}
