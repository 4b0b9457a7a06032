//! SEARCH: its keys (RFC 3501 §6.4.4, RFC 5032, RFC 7162) and its results (RFC 4731).
use super::wire::{Cursor, Read, Set, Wrong, write_set};
use crate::sandbox::date::{Moment, read_day};
use crate::sandbox::flags::{ANSWERED, DELETED, DRAFT, FLAGGED, SEEN};
use crate::sandbox::mime::header::Fields;
use crate::sandbox::mime::{head, text};
use crate::sandbox::store::Message;

/// One message as a search sees it.
pub struct Candidate {
    pub seq: u32,
    pub recent: bool,
    pub message: Message,
}

/// What numbers mean where: the last of each kind and the time.
#[derive(Clone, Copy)]
pub struct Context {
    pub last_seq: u32,
    pub last_uid: u32,
    pub now: i64,
}

#[derive(Debug)]
pub enum Key {
    All,
    And(Vec<Key>),
    Or(Box<Key>, Box<Key>),
    Not(Box<Key>),
    Seqs(Set),
    Uids(Set),
    Flag(u8),
    Keyword(String),
    Recent,
    Header(String, String),
    Body(String),
    Text(String),
    Before(i64),
    On(i64),
    Since(i64),
    SentBefore(i64),
    SentOn(i64),
    SentSince(i64),
    Larger(u64),
    Smaller(u64),
    /// Seconds.
    Older(i64),
    Younger(i64),
    ModSeq(u64),
}

#[derive(Debug, Default)]
pub struct Returns {
    min: bool,
    max: bool,
    count: bool,
    all: bool,
}

#[derive(Debug)]
pub struct Search {
    /// `Some`: answer with ESEARCH.
    returns: Option<Returns>,
    key: Key,
    /// Whether modification sequences were asked for, so that the answer tells the highest.
    pub modseq: bool,
}

/// Keys of one search, and how deep they nest.
const MAX_KEYS: usize = 500;
const MAX_DEPTH: usize = 50;

impl Search {
    pub fn read(c: &mut Cursor<'_>) -> Read<Self> {
        let mut returns = None;
        let mut start = c.at;
        if c.keyword().as_deref() == Ok("RETURN") {
            c.space()?;
            let mut options = Returns::default();
            c.list(|c| {
                match c.keyword()?.as_str() {
                    "MIN" => options.min = true,
                    "MAX" => options.max = true,
                    "COUNT" => options.count = true,
                    "ALL" => options.all = true,
                    _ => return Err(Wrong::Bad("Unknown return option")),
                }
                Ok(())
            })?;
            if !(options.min || options.max || options.count) {
                options.all = true;
            }
            returns = Some(options);
            c.space()?;
            start = c.at;
        } else {
            c.at = start;
        }
        if c.keyword().as_deref() == Ok("CHARSET") {
            c.space()?;
            let name = c.text()?;
            if !name.eq_ignore_ascii_case("UTF-8") && !name.eq_ignore_ascii_case("US-ASCII") {
                return Err(Wrong::No("[BADCHARSET (UTF-8 US-ASCII)] Charset not supported"));
            }
            c.space()?;
        } else {
            c.at = start;
        }
        let mut reader = KeyReader { keys: 0, modseq: false };
        let mut keys = vec![reader.key(c, 0)?];
        while c.eat(b' ') {
            keys.push(reader.key(c, 0)?);
        }
        Ok(Self { returns, key: Key::And(keys), modseq: reader.modseq })
    }

    pub fn matches(&self, candidate: &Candidate, context: Context) -> bool {
        self.key.matches(candidate, context)
    }

    /// Writes the answer for the hits: rising (number, modification sequence).
    pub fn write(&self, tag: &str, uid: bool, hits: &[(u32, u64)], out: &mut Vec<u8>) {
        let modseq =
            |hits: &mut dyn Iterator<Item = &(u32, u64)>| hits.map(|h| h.1).max().filter(|_| self.modseq);
        let Some(options) = &self.returns else {
            out.extend_from_slice(b"* SEARCH");
            for (number, _) in hits {
                out.extend_from_slice(format!(" {number}").as_bytes());
            }
            if let Some(highest) = modseq(&mut hits.iter()) {
                out.extend_from_slice(format!(" (MODSEQ {highest})").as_bytes());
            }
            out.extend_from_slice(b"\r\n");
            return;
        };
        out.extend_from_slice(format!("* ESEARCH (TAG \"{tag}\")").as_bytes());
        if uid {
            out.extend_from_slice(b" UID");
        }
        if let (true, Some(first)) = (options.min, hits.first()) {
            out.extend_from_slice(format!(" MIN {}", first.0).as_bytes());
        }
        if let (true, Some(last)) = (options.max, hits.last()) {
            out.extend_from_slice(format!(" MAX {}", last.0).as_bytes());
        }
        if options.count {
            out.extend_from_slice(format!(" COUNT {}", hits.len()).as_bytes());
        }
        if options.all && !hits.is_empty() {
            out.extend_from_slice(format!(" ALL {}", write_set(hits.iter().map(|h| h.0))).as_bytes());
        }
        // RFC 4731 §3.2: of what is returned.
        let highest = if options.all || options.count {
            modseq(&mut hits.iter())
        } else {
            let ends = [hits.first().filter(|_| options.min), hits.last().filter(|_| options.max)];
            modseq(&mut ends.into_iter().flatten())
        };
        if let Some(highest) = highest {
            out.extend_from_slice(format!(" MODSEQ {highest}").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }
}

struct KeyReader {
    keys: usize,
    modseq: bool,
}

impl KeyReader {
    fn key(&mut self, c: &mut Cursor<'_>, depth: usize) -> Read<Key> {
        self.keys += 1;
        if self.keys > MAX_KEYS || depth > MAX_DEPTH {
            return Err(Wrong::No("[LIMIT] The search is too large"));
        }
        match c.peek() {
            Some(b'(') => return Ok(Key::And(c.list(|c| self.key(c, depth + 1))?)),
            Some(b) if b.is_ascii_digit() || b == b'*' => return Ok(Key::Seqs(c.set()?)),
            _ => {}
        }
        let word = c.keyword()?;
        let simple = match word.as_str() {
            "ALL" => Key::All,
            "ANSWERED" => Key::Flag(ANSWERED),
            "DELETED" => Key::Flag(DELETED),
            "DRAFT" => Key::Flag(DRAFT),
            "FLAGGED" => Key::Flag(FLAGGED),
            "SEEN" => Key::Flag(SEEN),
            "UNANSWERED" => not(Key::Flag(ANSWERED)),
            "UNDELETED" => not(Key::Flag(DELETED)),
            "UNDRAFT" => not(Key::Flag(DRAFT)),
            "UNFLAGGED" => not(Key::Flag(FLAGGED)),
            "UNSEEN" => not(Key::Flag(SEEN)),
            "RECENT" => Key::Recent,
            "OLD" => not(Key::Recent),
            "NEW" => Key::And(vec![Key::Recent, not(Key::Flag(SEEN))]),
            _ => {
                c.space()?;
                return self.with_argument(c, &word, depth);
            }
        };
        Ok(simple)
    }

    fn with_argument(&mut self, c: &mut Cursor<'_>, word: &str, depth: usize) -> Read<Key> {
        let lower = |c: &mut Cursor<'_>| Ok(c.text()?.to_lowercase());
        Ok(match word {
            "NOT" => not(self.key(c, depth + 1)?),
            "OR" => {
                let left = self.key(c, depth + 1)?;
                c.space()?;
                Key::Or(Box::new(left), Box::new(self.key(c, depth + 1)?))
            }
            "UID" => Key::Uids(c.set()?),
            "KEYWORD" => Key::Keyword(c.text()?),
            "UNKEYWORD" => not(Key::Keyword(c.text()?)),
            "BCC" | "CC" | "FROM" | "SUBJECT" | "TO" => Key::Header(word.to_owned(), lower(c)?),
            "HEADER" => {
                let name = c.text()?;
                c.space()?;
                Key::Header(name, lower(c)?)
            }
            "BODY" => Key::Body(lower(c)?),
            "TEXT" => Key::Text(lower(c)?),
            "BEFORE" => Key::Before(day(c)?),
            "ON" => Key::On(day(c)?),
            "SINCE" => Key::Since(day(c)?),
            "SENTBEFORE" => Key::SentBefore(day(c)?),
            "SENTON" => Key::SentOn(day(c)?),
            "SENTSINCE" => Key::SentSince(day(c)?),
            "LARGER" => Key::Larger(c.number()?),
            "SMALLER" => Key::Smaller(c.number()?),
            "OLDER" => Key::Older(i64::from(c.number32()?)),
            "YOUNGER" => Key::Younger(i64::from(c.number32()?)),
            "MODSEQ" => {
                self.modseq = true;
                if c.peek() == Some(b'"') {
                    // RFC 7162 §3.1.5: entry name and type, which say nothing here.
                    c.string()?;
                    c.space()?;
                    c.keyword()?;
                    c.space()?;
                }
                Key::ModSeq(c.number()?)
            }
            _ => return Err(Wrong::Bad("Unknown search key")),
        })
    }
}

fn not(key: Key) -> Key {
    Key::Not(Box::new(key))
}

fn day(c: &mut Cursor<'_>) -> Read<i64> {
    let text = c.text()?;
    read_day(&text).ok_or(Wrong::Bad("Bad date"))
}

impl Key {
    fn matches(&self, c: &Candidate, context: Context) -> bool {
        let m = &c.message;
        let age = || context.now - m.date.unix;
        match self {
            Key::All => true,
            Key::And(keys) => keys.iter().all(|k| k.matches(c, context)),
            Key::Or(a, b) => a.matches(c, context) || b.matches(c, context),
            Key::Not(key) => !key.matches(c, context),
            Key::Seqs(set) => within(set, c.seq, context.last_seq),
            Key::Uids(set) => within(set, m.uid, context.last_uid),
            Key::Flag(bit) => m.flags.has(*bit),
            Key::Keyword(name) => m.flags.has_keyword(name),
            Key::Recent => c.recent,
            Key::Header(name, needle) => header(m, name, needle),
            Key::Body(needle) => {
                let raw = m.content.raw();
                text::body_contains(&raw, m.content.structure(), needle)
            }
            Key::Text(needle) => {
                let raw = m.content.raw();
                text::headers_contain(head(&raw), needle)
                    || text::body_contains(&raw, m.content.structure(), needle)
            }
            Key::Before(day) => m.date.day() < *day,
            Key::On(day) => m.date.day() == *day,
            Key::Since(day) => m.date.day() >= *day,
            Key::SentBefore(day) => sent(m) < *day,
            Key::SentOn(day) => sent(m) == *day,
            Key::SentSince(day) => sent(m) >= *day,
            Key::Larger(size) => m.content.size() as u64 > *size,
            Key::Smaller(size) => (m.content.size() as u64) < *size,
            Key::Older(seconds) => age() >= *seconds,
            Key::Younger(seconds) => age() <= *seconds,
            Key::ModSeq(from) => m.modseq >= *from,
        }
    }
}

fn within(set: &Set, number: u32, last: u32) -> bool {
    set.ranges(last).iter().any(|(from, to)| (*from..=*to).contains(&number))
}

fn header(m: &Message, name: &str, needle: &str) -> bool {
    let raw = m.content.raw();
    let found = Fields(head(&raw)).iter().filter(|f| f.name.eq_ignore_ascii_case(name.as_bytes()));
    found.into_iter().any(|f| needle.is_empty() || text::header(f.value).contains(needle))
}

/// The day of the `Date` header, or of arrival where there is none.
fn sent(m: &Message) -> i64 {
    let raw = m.content.raw();
    let value = Fields(head(&raw)).first("Date").map(|v| String::from_utf8_lossy(&v).into_owned());
    value.and_then(|v| Moment::read_header(&v)).unwrap_or(m.date).day()
}
