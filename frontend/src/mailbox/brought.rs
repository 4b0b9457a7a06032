//! What is brought to the device, from files or from another account: what of it is here already, into which folder it goes, and
//! what its record is.
use super::{Added, Changes, Mailbox, Origin, Record};
use pyeonji_shared::account::{Folder, SpecialUse};
use pyeonji_shared::call::device::{Fetched, Listed};
use pyeonji_shared::device::{Uidl, order};
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::lower::lower;
use pyeonji_shared::message::Flags;
use pyeonji_shared::sorted::Sorted;

/// Names that other programs give to folders that are here under another one, in lower case.
const NAMES: [(SpecialUse, &[&str]); 6] = [
    (SpecialUse::Inbox, &["inbox", "받은편지함", "받은 편지함"]),
    (
        SpecialUse::Sent,
        &["sent", "sent items", "sent mail", "sent messages", "보낸편지함", "보낸 편지함", "보낸메일함"],
    ),
    (SpecialUse::Drafts, &["drafts", "draft", "임시보관함", "임시 보관함"]),
    (SpecialUse::Trash, &["trash", "deleted items", "deleted messages", "휴지통"]),
    (SpecialUse::Junk, &["junk", "spam", "junk e-mail", "bulk mail", "스팸함", "스팸", "스팸메일함"]),
    (SpecialUse::Archive, &["archive", "archives", "archived", "보관함", "보관처리됨"]),
];

/// What comes with a message besides its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Along {
    /// Where it was found, for whoever asks which one couldn't be read.
    pub name: String,
    /// Where it belongs; empty: where the person said.
    pub folder: String,
    pub flags: Flags,
    pub keywords: Vec<String>,
    pub received: Option<i64>,
    pub origin: Origin,
    pub added: Option<i64>,
    /// Octets of the whole, where only its beginning came.
    pub head_of: Option<u64>,
    pub uidl: Option<Uidl>,
    /// It comes from an archive with an index: what was there twice comes twice.
    pub exact: bool,
}

/// Messages that are here, by what tells them from others.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By digest, its first half; how many.
    digests: Sorted<u128, u32>,
    /// By size and Message-ID.
    ids: Sorted<(u64, String), ()>,
    /// The same for those of which only the beginning is here.
    heads: Sorted<(u64, String), ()>,
}

fn half(digest: &[u8; 32]) -> u128 {
    digest.iter().take(16).fold(0, |half, byte| half << 8 | u128::from(*byte))
}

impl Known {
    pub fn of(mailbox: &Mailbox) -> Self {
        let mut known = Self::default();
        let records: Vec<&Record> = mailbox.records().map(|(_, record)| record).collect();
        // In their order, because one that isn't the last takes long to insert.
        let digest = |at: usize| records.get(at).and_then(|r| r.digest.as_ref()).map(half);
        for found in order(records.len(), &|a, b| digest(a).cmp(&digest(b))).into_iter().filter_map(digest) {
            known.count(found);
        }
        let id = |at: usize| {
            let record = records.get(at)?;
            Some((record.head_only, record.size, record.head.message_id.as_ref()?))
        };
        let by_id = order(records.len(), &|a, b| id(a).cmp(&id(b)));
        for (head_only, size, id) in by_id.into_iter().filter_map(id) {
            let ids = if head_only { &mut known.heads } else { &mut known.ids };
            ids.insert((size, id.clone()), ());
        }
        known
    }

    fn count(&mut self, digest: u128) {
        match self.digests.get_mut(&digest) {
            Some(count) => *count = count.saturating_add(1),
            None => drop(self.digests.insert(digest, 1)),
        }
    }

    /// Whether a message of this digest is here. Of an exact archive each one that is here counts once.
    pub fn has(&mut self, digest: &[u8; 32], exact: bool) -> bool {
        match self.digests.get_mut(&half(digest)) {
            Some(count) if *count > 0 => {
                *count -= u32::from(exact);
                true
            }
            _ => false,
        }
    }

    pub fn has_id(&self, message_id: &str, size: u64) -> bool {
        self.ids.contains_key(&(size, message_id.to_owned()))
    }

    /// Whether it needn't be stored.
    pub fn has_all(&mut self, fetched: &Fetched, along: &Along) -> bool {
        let id = fetched.view.message_id.as_deref();
        match along.head_of {
            Some(size) => {
                id.is_some_and(|id| self.has_id(id, size) || self.heads.contains_key(&(size, id.to_owned())))
            }
            None => {
                self.has(&fetched.digest, along.exact)
                    || (!along.exact && id.is_some_and(|id| self.has_id(id, fetched.size)))
            }
        }
    }

    /// It is here from now on; one of an exact archive stands for itself alone.
    pub fn add(&mut self, fetched: &Fetched, along: &Along) {
        let id = fetched.view.message_id.clone();
        if let Some(size) = along.head_of {
            id.map(|id| self.heads.insert((size, id), ()));
        } else if !along.exact {
            self.count(half(&fetched.digest));
            id.map(|id| self.ids.insert((fetched.size, id), ()));
        }
    }
}

/// The use of a folder of this name, in lower case.
fn special(small: &str) -> Option<SpecialUse> {
    NAMES.iter().find(|(_, names)| names.contains(&small)).map(|(special, _)| *special)
}

/// Which of a message's labels is its folder. Gmail has one message under several, and what was thrown away or sent is it whatever
/// else it is.
pub fn folder_of(labels: &[String]) -> Option<&String> {
    use SpecialUse::{Archive, Drafts, Inbox, Junk, Sent, Trash};
    [Trash, Junk, Drafts, Sent, Inbox, Archive]
        .into_iter()
        .find_map(|wanted| labels.iter().find(|label| special(&lower(label)) == Some(wanted)))
}

/// Octets that a message may lose on its way (Bcc), and those that it may gain (trace fields, signatures).
const WITHOUT: u64 = 4 << 10;
const TRACE: u64 = 32 << 10;

impl Mailbox {
    /// The folder of this name, or the one that stands for it; made where there is none, with the empty ones of an archive.
    /// `otherwise`: where what can't be made goes.
    pub fn home(&mut self, name: &str, otherwise: &FolderName, changes: &mut Changes) -> FolderName {
        let name = name.trim();
        if name.is_empty() {
            return otherwise.clone();
        }
        let small = lower(name);
        let special = special(&small);
        let is = |f: &Folder| lower(f.name.as_str()) == small || (special.is_some() && f.special == special);
        let found = self.folders().into_iter().find(is);
        if let Some(found) = found {
            return found.name;
        }
        let levels: Vec<&str> =
            name.split(super::DELIMITER).map(str::trim).filter(|level| !level.is_empty()).collect();
        let wanted = FolderName(levels.join("/"));
        match self.create_folder(&wanted) {
            Ok(made) => {
                changes.writes.extend(made.writes);
                changes.events.extend(made.events);
                wanted
            }
            Err(_) => otherwise.clone(),
        }
    }

    /// The message that this one on the server seems to be, going by its head: the one that had the same name there, or else one
    /// with the same Message-ID and size. All of it is here.
    pub fn known_by_head(&self, row: &Listed, message_id: Option<&str>) -> Option<Uid> {
        let size = u64::from(row.size);
        let mut other = None;
        let alike = |r: &Record| !r.head_only && r.head.message_id.as_deref() == message_id;
        for (uid, record) in self.records().filter(|(_, r)| alike(r)) {
            // What is transferred ends with a line's end, which not every server counts where the message has none.
            if record.uidl.as_ref() == Some(&row.uidl) && [size, size + 2].contains(&record.size) {
                return Some(uid);
            }
            if message_id.is_some() && record.size == size {
                other = other.or(Some(uid));
            }
        }
        other
    }

    /// The copy of what was sent from here of which this one is the same, come back: from the same to the same at the same time, with
    /// the same name and nothing in its text that the copy doesn't have. (The copy has its blind recipients, too.)
    pub fn copy_of(&self, back: &Record) -> Option<Uid> {
        let size = |r: &Record| r.size.saturating_sub(WITHOUT)..=r.size.saturating_add(TRACE);
        let same = |r: &Record| {
            r.origin == Origin::Sent
                && (r.uidl.is_none() || r.uidl == back.uidl)
                && r.head.message_id.is_some()
                && r.head == back.head
                && size(r).contains(&back.size)
                && r.signature.may_hold(&back.signature)
        };
        self.records().find(|(_, r)| same(r)).map(|(uid, _)| uid)
    }

    /// The record of a message that was brought, and its text. It isn't in this mailbox before it is stored.
    pub fn record_of(
        &mut self,
        fetched: &Fetched,
        along: &Along,
        folder: FolderName,
        now: i64,
    ) -> (Record, String) {
        let added = Added {
            folder,
            place: self.next_place(),
            flags: along.flags.without(Flags::DELETED),
            keywords: along.keywords.clone(),
            uidl: along.uidl.clone(),
            head_of: along.head_of,
            origin: along.origin,
            digest: along.head_of.is_none().then_some(fetched.digest),
            now: along.added.unwrap_or(now),
        };
        let (mut record, text) = Record::from_fetched(fetched, added);
        let sent = fetched.view.sent.filter(|sent| *sent <= now);
        record.received = along.received.or(sent).unwrap_or(now);
        (record, text)
    }
}

/// Puts CRLF in the place of LF alone, if the first line ends so: mail is kept as it travels (RFC 5322 §2.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct LineEnds {
    /// The octet before was CR.
    cr: bool,
    /// Decided by the first line.
    bare: Option<bool>,
}

impl LineEnds {
    /// Whatever the first line ends with.
    pub fn always() -> Self {
        Self { cr: false, bare: Some(true) }
    }

    pub fn push(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        if self.bare.is_none()
            && let Some(at) = bytes.iter().position(|b| *b == b'\n')
        {
            let before = at.checked_sub(1).and_then(|at| bytes.get(at)).map_or(self.cr, |b| *b == b'\r');
            self.bare = Some(!before);
        }
        if self.bare != Some(true) {
            self.cr = bytes.last().map_or(self.cr, |b| *b == b'\r');
            return bytes;
        }
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
        for byte in bytes {
            if byte == b'\n' && !self.cr {
                out.push(b'\r');
            }
            self.cr = byte == b'\r';
            out.push(byte);
        }
        out
    }
}

/// Whether this is the beginning of a message: a header field (RFC 5322 §2.2), or the `From ` of a mailbox.
pub fn is_mail(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let name = start.iter().take_while(|b| b.is_ascii_graphic() && **b != b':').count();
    start.starts_with(b"From ") || (name > 0 && matches!(start.get(name), Some(b':' | b' ' | b'\t')))
}
