//! One message's entry in the device's index: what the list, the rules and the search need, without its body.
use super::signature::Signature;
use super::text::searched;
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::ids::{FolderName, ModSeq, Uid};
use pyeonji_shared::message::{Address, Flags, Summary, ViewNote};
use serde::{Deserialize, Serialize};

/// Of the layout below; records of a later version are left alone.
pub const RECORD_VERSION: u32 = 1;
/// Bytes of one record; more is a fault and refused. The bounds below keep it under a half of this.
pub const MAX_RECORD: usize = 64 << 10;
/// Addresses of a field that a row keeps.
const MAX_SHOWN: usize = 4;
/// Characters of a name, an address or a subject; the reader shows all.
const MAX_LINE: usize = 400;
/// Bytes of a Message-ID (RFC 5322 §2.1.1: no line is longer). A cut one would be another one, so there is none then.
const MAX_ID: usize = 998;
/// Keywords kept of a message, and the bytes of one: a tag of [`super::tags::MAX_CHARS`] letters in any script.
pub const MAX_KEYWORDS: usize = 40;
const MAX_KEYWORD: usize = 160;

/// Where a message stands in its folder's order; rising, the newest last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place(pub u32);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    pub folder: FolderName,
    pub place: Place,
    pub flags: Flags,
    pub keywords: Vec<String>,
    /// INTERNALDATE, seconds since 1970-01-01 UTC.
    pub received: i64,
    /// Octets of the whole message, also where only its head is here.
    pub size: u64,
    /// Only the head (and some lines) was fetched.
    pub head_only: bool,
    /// Its name on the server it came from.
    pub uidl: Option<Uidl>,
    pub origin: Origin,
    pub head: Head,
    /// Of the source.
    pub digest: Option<[u8; 32]>,
    pub signature: Signature,
    /// When it came to the device, seconds since 1970-01-01 UTC.
    pub added_at: i64,
}

/// How a message came to be on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    #[default]
    FetchedFromServer,
    Sent,
    Draft,
    Imported,
    /// Taken over from another account.
    Rescued,
}

/// The lines of a row, bounded as in [`Summary`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub from: Vec<Address>,
    pub to: Vec<Address>,
    pub subject: String,
    pub sent: Option<i64>,
    pub message_id: Option<String>,
    pub in_reply_to: Option<String>,
    pub attachment: bool,
    pub broken: bool,
    /// More senders, or more of a line, than is kept here: whether a word is there only the whole message says.
    pub cut: bool,
}

/// What a source doesn't say of itself.
#[derive(Clone, Debug, Default)]
pub struct Added {
    pub folder: FolderName,
    /// From [`super::Mailbox::next_place`].
    pub place: Place,
    pub flags: Flags,
    pub keywords: Vec<String>,
    pub uidl: Option<Uidl>,
    /// Octets of the whole message where only its head was fetched.
    pub head_of: Option<u64>,
    pub origin: Origin,
    pub digest: Option<[u8; 32]>,
    /// Seconds since 1970-01-01 UTC.
    pub now: i64,
}

impl Record {
    /// The record of a fetched source, and the text that is searched, to be stored beside it.
    pub fn from_fetched(fetched: &Fetched, added: Added) -> (Record, String) {
        let text = searched(&fetched.view);
        let mut keywords = added.keywords;
        keywords.retain(|k| k.len() <= MAX_KEYWORD);
        keywords.truncate(MAX_KEYWORDS);
        let record = Record {
            version: RECORD_VERSION,
            folder: added.folder,
            place: added.place,
            flags: added.flags,
            keywords,
            received: fetched.view.received,
            size: added.head_of.unwrap_or(fetched.size),
            head_only: added.head_of.is_some(),
            uidl: added.uidl,
            origin: added.origin,
            head: Head::of(fetched),
            digest: added.digest,
            signature: Signature::of(&text),
            added_at: added.now,
        };
        (record, text)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// `None` for a record of a later version or a damaged one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Record> {
        if bytes.len() > MAX_RECORD {
            return None;
        }
        match bytes.first()? {
            1 => postcard::from_bytes(bytes).ok(),
            _ => None,
        }
    }

    pub fn is_unseen(&self) -> bool {
        !self.flags.contains(Flags::SEEN)
    }

    /// The row that the list shows.
    pub fn summary(&self, uid: Uid) -> Summary {
        Summary {
            uid,
            modseq: ModSeq(0),
            flags: self.flags,
            keywords: self.keywords.clone(),
            received: self.received,
            sent: self.head.sent,
            size: u32::try_from(self.size).unwrap_or(u32::MAX),
            from: self.head.from.clone(),
            to: self.head.to.clone(),
            subject: self.head.subject.clone(),
            message_id: self.head.message_id.clone(),
            in_reply_to: self.head.in_reply_to.clone(),
            attachment: self.head.attachment,
            broken: self.head.broken,
        }
    }
}

impl Head {
    fn of(fetched: &Fetched) -> Head {
        let view = &fetched.view;
        let mut cut = view.from.len() > MAX_SHOWN;
        let (from, to) = (people(&view.from, &mut cut), people(&view.to, &mut cut));
        let subject = line(&view.subject, &mut cut);
        Head {
            to,
            sent: view.sent,
            message_id: id(view.message_id.as_ref()),
            // The last of the references is what it answers (RFC 5322 §3.6.4).
            in_reply_to: id(view.references.last()),
            attachment: view.parts.iter().any(|part| !part.inline),
            broken: view.notes.contains(&ViewNote::ShownRaw) && from.is_empty() && subject.is_empty(),
            from,
            subject,
            cut,
        }
    }
}

fn people(list: &[Address], cut: &mut bool) -> Vec<Address> {
    let one = |a: &Address| Address {
        name: line(&a.name, cut),
        email: line(&a.email, cut),
        suspicious: a.suspicious,
    };
    list.iter().take(MAX_SHOWN).map(one).collect()
}

fn line(text: &str, cut: &mut bool) -> String {
    match text.char_indices().nth(MAX_LINE) {
        Some((end, _)) => {
            *cut = true;
            text.get(..end).unwrap_or_default().to_owned()
        }
        None => text.to_owned(),
    }
}

fn id(id: Option<&String>) -> Option<String> {
    id.filter(|id| id.len() <= MAX_ID).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::tests::view;
    use pyeonji_shared::message::Part;

    fn part(inline: bool) -> Part {
        Part {
            section: "2".into(),
            mime: "image/png".into(),
            name: "편지.png".into(),
            size: 1,
            content_id: None,
            inline,
            preview: true,
        }
    }

    #[test]
    fn a_record_is_what_the_source_said_and_comes_back_from_its_bytes() {
        let mut view = view("Ada <ada@blue.test>", "안녕 Ada", "회의록");
        view.references = vec!["<a@x>".into(), "<b@x>".into()];
        view.parts = vec![part(true)];
        let fetched = Fetched { size: 77, view, spans: Vec::new(), policy: 1, digest: [0; 32] };
        let added = Added { place: Place(3), head_of: Some(4_000_000), now: 9, ..Added::default() };
        let (record, text) = Record::from_fetched(&fetched, added.clone());
        assert_eq!((record.size, record.head_only, record.head.attachment), (4_000_000, true, false));
        assert_eq!(record.head.in_reply_to.as_deref(), Some("<b@x>"));
        assert!(text.contains("회의록") && text.contains("편지.png"));
        assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record.clone()));
        let row = record.summary(Uid(5));
        assert_eq!((row.uid, row.subject.as_str(), row.size), (Uid(5), "안녕 Ada", 4_000_000));
        let whole =
            Fetched { view: MessageView { parts: vec![part(false)], ..fetched.view.clone() }, ..fetched };
        let (record, _) = Record::from_fetched(&whole, Added { head_of: None, ..added });
        assert_eq!((record.size, record.head_only, record.head.attachment), (77, false, true));
    }

    use pyeonji_shared::message::MessageView;

    #[test]
    fn the_largest_is_within_the_bound_and_says_what_is_cut() {
        let long = "편".repeat(2_000);
        let address = Address { name: long.clone(), email: long.clone(), suspicious: true };
        let mut view = view("", &long, &(0..30_000).filter_map(char::from_u32).collect::<String>());
        (view.from, view.to) = (vec![address.clone(); 9], vec![address; 9]);
        (view.message_id, view.references) = (Some("x".repeat(998)), vec!["x".repeat(999)]);
        let fetched = Fetched { size: u64::MAX, view, spans: Vec::new(), policy: 1, digest: [0; 32] };
        let added = Added {
            folder: FolderName("편".repeat(crate::mailbox::folders::MAX_NAME)),
            keywords: vec!["k".repeat(MAX_KEYWORD); 500],
            uidl: Some(Uidl("u".repeat(Uidl::MAX))),
            digest: Some([255; 32]),
            ..Added::default()
        };
        let (record, _) = Record::from_fetched(&fetched, added);
        assert!(record.head.cut && record.to_bytes().len() < MAX_RECORD / 2);
        assert_eq!((record.head.from.len(), record.head.subject.chars().count()), (4, 400));
        assert_eq!((record.head.message_id.is_some(), record.head.in_reply_to.is_some()), (true, false));
        assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
    }

    #[test]
    fn later_and_damaged_records_are_left_alone() {
        let bytes = Record { version: RECORD_VERSION, ..Record::default() }.to_bytes();
        let mut later = bytes.clone();
        later[0] = 2;
        assert_eq!(Record::from_bytes(&later), None);
        assert_eq!(Record::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Record::from_bytes(&[]), None);
        assert_eq!(Record::from_bytes(&vec![1; MAX_RECORD + 1]), None);
    }
}
