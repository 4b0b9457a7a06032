//! FETCH items: how they are written, and what they give (RFC 3501 §6.4.5, §7.4.2; RFC 7162).
use super::wire::{Cursor, Read, Wrong};
use super::write::{literal, string};
use crate::sandbox::message::Content;
use crate::sandbox::mime::header::Fields;
use crate::sandbox::mime::{self, Kind};
use crate::sandbox::store::Message;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Flags,
    Uid,
    InternalDate,
    Size,
    Envelope,
    Body { extended: bool },
    ModSeq,
    Section(Section),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    path: Vec<u32>,
    what: What,
    peek: bool,
    /// First byte and most bytes.
    partial: Option<(u32, u32)>,
    /// How the answer names it, without partial.
    label: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Whole,
    Header,
    Fields { names: Vec<Vec<u8>>, not: bool },
    Text,
    Mime,
}

/// Items of one FETCH, and levels of a section path.
const MAX_ITEMS: usize = 100;
const MAX_PATH: usize = 100;

impl Item {
    pub fn read_all(c: &mut Cursor<'_>) -> Read<Vec<Item>> {
        if c.peek() == Some(b'(') {
            let items = c.list(Self::read)?;
            return if items.is_empty() || items.len() > MAX_ITEMS {
                Err(Wrong::Bad("FETCH needs a few items"))
            } else {
                Ok(items)
            };
        }
        let before = c.at;
        let fast = [Item::Flags, Item::InternalDate, Item::Size];
        let more: &[Item] = match c.keyword()?.as_str() {
            "FAST" => &[],
            "ALL" => &[Item::Envelope],
            "FULL" => &[Item::Envelope, Item::Body { extended: false }],
            _ => {
                c.at = before;
                return Ok(vec![Self::read(c)?]);
            }
        };
        Ok(fast.iter().chain(more).cloned().collect())
    }

    fn read(c: &mut Cursor<'_>) -> Read<Item> {
        let name = c.keyword()?;
        let rfc822 = |what, peek| {
            Item::Section(Section { path: Vec::new(), what, peek, partial: None, label: name.clone() })
        };
        Ok(match name.as_str() {
            "FLAGS" => Item::Flags,
            "UID" => Item::Uid,
            "INTERNALDATE" => Item::InternalDate,
            "RFC822.SIZE" => Item::Size,
            "ENVELOPE" => Item::Envelope,
            "BODYSTRUCTURE" => Item::Body { extended: true },
            "MODSEQ" => Item::ModSeq,
            "RFC822" => rfc822(What::Whole, false),
            "RFC822.HEADER" => rfc822(What::Header, true),
            "RFC822.TEXT" => rfc822(What::Text, false),
            "BODY" if c.peek() != Some(b'[') => Item::Body { extended: false },
            "BODY" | "BODY.PEEK" => Item::Section(Section::read(c, name == "BODY.PEEK")?),
            _ => return Err(Wrong::Bad("No such FETCH item")),
        })
    }

    /// Whether it marks the message as seen.
    pub fn reads(&self) -> bool {
        matches!(self, Item::Section(Section { peek: false, .. }))
    }

    /// Writes name and value.
    pub fn write(&self, message: &Message, recent: bool, out: &mut Vec<u8>) {
        let content = &message.content;
        match self {
            Item::Flags => {
                out.extend_from_slice(b"FLAGS ");
                message.flags.write(recent, out);
            }
            Item::Uid => out.extend_from_slice(format!("UID {}", message.uid).as_bytes()),
            Item::InternalDate => {
                out.extend_from_slice(format!("INTERNALDATE \"{}\"", message.date.imap()).as_bytes());
            }
            Item::Size => out.extend_from_slice(format!("RFC822.SIZE {}", content.size()).as_bytes()),
            Item::Envelope => {
                out.extend_from_slice(b"ENVELOPE ");
                out.extend_from_slice(content.envelope());
            }
            Item::Body { extended } => {
                out.extend_from_slice(if *extended { b"BODYSTRUCTURE ".as_slice() } else { b"BODY " });
                out.extend_from_slice(content.body(*extended));
            }
            Item::ModSeq => out.extend_from_slice(format!("MODSEQ ({})", message.modseq).as_bytes()),
            Item::Section(section) => section.write(content, out),
        }
    }
}

impl Section {
    fn read(c: &mut Cursor<'_>, peek: bool) -> Read<Section> {
        let bad = Wrong::Bad("Bad section");
        c.expect(b'[', "Expected a section")?;
        let start = c.at;
        let mut path = Vec::new();
        while c.peek().is_some_and(|b| b.is_ascii_digit()) {
            path.push(c.number32()?);
            if path.len() > MAX_PATH || path.last() == Some(&0) {
                return Err(bad);
            }
            if c.peek() == Some(b']') {
                break;
            }
            c.expect(b'.', "Bad section")?;
        }
        let mut what = What::Whole;
        if c.peek() != Some(b']') {
            let word = c.section_word()?;
            what = match word.as_str() {
                "HEADER" => What::Header,
                "TEXT" => What::Text,
                "MIME" if !path.is_empty() => What::Mime,
                "HEADER.FIELDS" | "HEADER.FIELDS.NOT" => {
                    c.space()?;
                    What::Fields { names: c.list(Cursor::astring)?, not: word.ends_with("NOT") }
                }
                _ => return Err(bad),
            };
        }
        let label = format!("BODY[{}]", String::from_utf8_lossy(c.slice(start..c.at)));
        // A label goes back as it came, unless it held a literal.
        if label.contains('\n') {
            return Err(bad);
        }
        c.expect(b']', "Expected the end of the section")?;
        let mut partial = None;
        if c.eat(b'<') {
            let from = c.number32()?;
            c.expect(b'.', "Bad partial")?;
            let most = c.number32()?;
            c.expect(b'>', "Bad partial")?;
            if most == 0 {
                return Err(Wrong::Bad("Bad partial"));
            }
            partial = Some((from, most));
        }
        Ok(Section { path, what, peek, partial, label })
    }

    fn write(&self, content: &Content, out: &mut Vec<u8>) {
        out.extend_from_slice(self.label.as_bytes());
        if let Some((from, _)) = self.partial {
            out.extend_from_slice(format!("<{from}>").as_bytes());
        }
        out.push(b' ');
        let raw = content.raw();
        let cut = |bytes: &[u8], out: &mut Vec<u8>| match self.partial {
            None => literal(bytes, out),
            Some((from, most)) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
                let to = from.saturating_add(usize::try_from(most).unwrap_or(usize::MAX)).min(bytes.len());
                literal(bytes.get(from..to).unwrap_or_default(), out);
            }
        };
        if self.path.is_empty() && self.what == What::Whole {
            return cut(&raw, out);
        }
        let slice = |range: &std::ops::Range<usize>| raw.get(range.clone()).unwrap_or_default();
        let Some(part) = mime::find(content.structure(), &self.path) else {
            out.extend_from_slice(b"NIL");
            return;
        };
        // HEADER and TEXT below the top belong to the message inside (RFC 3501 §6.4.5).
        let message = match &part.kind {
            _ if self.path.is_empty() => Some(part),
            Kind::Message(inner) => Some(&**inner),
            _ => None,
        };
        match (&self.what, message) {
            (What::Whole, _) => cut(slice(&part.body), out),
            (What::Mime, _) => cut(slice(&part.head), out),
            (What::Header, Some(message)) => cut(slice(&message.head), out),
            (What::Text, Some(message)) => cut(slice(&message.body), out),
            (What::Fields { names, not }, Some(message)) => {
                let mut picked = Vec::new();
                for field in Fields(slice(&message.head)).iter() {
                    if names.iter().any(|n| n.eq_ignore_ascii_case(field.name)) != *not {
                        picked.extend_from_slice(field.raw);
                    }
                }
                picked.extend_from_slice(b"\r\n");
                cut(&picked, out);
            }
            _ => string(b"", out),
        }
    }
}
