//! What leaves the device: which messages go into which files of an export, under which names, and the index by which they come
//! back as they were.
use super::{Mailbox, Origin, Record};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::device::Sum;
use pyeonji_shared::device::civil::Civil;
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::lower::lower;
use pyeonji_shared::message::Flags;

/// The index inside an archive.
pub const INDEX: &str = "pyeonji.json";
/// Characters of a name that is made of a subject or a folder's level.
const MAX_WORDS: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A mailbox file for each folder; several of them in an archive.
    Mbox,
    /// An archive of messages, with an index.
    Eml,
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    pub uid: u32,
    pub size: u64,
    /// Its name in the archive.
    pub name: String,
    pub sender: String,
    pub date: i64,
    pub flags: Flags,
    pub keywords: Vec<String>,
}

/// One export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Of the file that is saved.
    pub name: String,
    /// Mailbox files with their names, or the folders of an archive of messages.
    pub folders: Vec<(String, Vec<Leaving>)>,
    /// With an archive of messages.
    pub index: Option<String>,
    /// One mailbox file, saved as it is.
    pub plain: bool,
    pub of: Sum,
    /// Only their beginning is here, and a mailbox can't say so.
    pub left_out: u32,
}

/// A folder's messages on their way into an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    pub folder: FolderName,
    pub special: Option<SpecialUse>,
    pub letters: Vec<Letter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub uid: u32,
    pub size: u64,
    pub message_id: Option<String>,
    pub flags: Flags,
    pub keywords: Vec<String>,
    pub date: i64,
}

fn add(of: &mut Sum, size: u64) {
    of.messages += 1;
    of.bytes += size;
}

impl Mailbox {
    /// All folders, or one. `account` and `now` (seconds) name the file.
    pub fn export(&self, folder: Option<&FolderName>, format: Format, account: &str, now: i64) -> Plan {
        let mut plan = Plan { plain: format == Format::Mbox && folder.is_some(), ..Plan::default() };
        let mut index = Index::new(account);
        let mut taken: Vec<String> = Vec::new();
        for found in self.folders().iter().filter(|f| folder.is_none_or(|only| *only == f.name)) {
            index.folder(&found.name);
            let path = free(&mut taken, &path(&found.name));
            let mut leaving = Vec::new();
            for uid in self.uids(&found.name) {
                let Some(record) = self.record(uid) else { continue };
                if record.head_only && format == Format::Mbox {
                    plan.left_out += 1;
                    continue;
                }
                add(&mut plan.of, record.size);
                let name = format!("{path}/{:06} {}.eml", plan.of.messages, words(&record.head.subject));
                index.message(&name, record);
                leaving.push(Leaving {
                    uid: uid.0,
                    size: record.size,
                    name,
                    sender: record.head.from.first().map(|a| a.email.clone()).unwrap_or_default(),
                    date: record.received,
                    flags: record.flags,
                    keywords: record.keywords.clone(),
                });
            }
            let path = if format == Format::Mbox { format!("{path}.mbox") } else { path };
            plan.folders.push((path, leaving));
        }
        let what = folder.map_or(account, FolderName::as_str);
        let ending = match format {
            Format::Mbox if plan.plain => "mbox",
            Format::Mbox => "mbox.zip",
            Format::Eml => "zip",
        };
        plan.name = format!("{}-{}.{ending}", words(what), day(now));
        plan.index = (format == Format::Eml).then(|| index.end());
        plan
    }

    /// Everything whole, oldest first in each folder; and how many are not, because only their beginning is here.
    pub fn sending(&self) -> (Vec<Sending>, u32) {
        let (mut all, mut left_out) = (Vec::new(), 0);
        for found in self.folders() {
            let mut letters = Vec::new();
            for uid in self.uids(&found.name) {
                let Some(record) = self.record(uid) else { continue };
                if record.head_only {
                    left_out += 1;
                    continue;
                }
                letters.push(Letter {
                    uid: uid.0,
                    size: record.size,
                    message_id: record.head.message_id.clone(),
                    flags: record.flags,
                    keywords: record.keywords.clone(),
                    date: record.received,
                });
            }
            if !letters.is_empty() {
                all.push(Sending { folder: found.name, special: found.special, letters });
            }
        }
        (all, left_out)
    }
}

/// `2026-01-31`.
fn day(now: i64) -> String {
    let Civil { year, month, day, .. } = Civil::from_seconds(now);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A folder's name as a path that any system takes.
fn path(folder: &FolderName) -> String {
    folder.as_str().split(super::DELIMITER).map(words).collect::<Vec<_>>().join("/")
}

/// A file's name of these words.
fn words(text: &str) -> String {
    let plain = |c: char| if c.is_control() || "\\/:*?\"<>|".contains(c) { '_' } else { c };
    let text: String = text.trim().chars().map(plain).take(MAX_WORDS).collect();
    let text = text.trim_matches(['.', ' ']);
    if text.is_empty() { "_".to_owned() } else { text.to_owned() }
}

/// The name, or another one that isn't taken, be it in capital letters.
fn free(taken: &mut Vec<String>, name: &str) -> String {
    let mut free = name.to_owned();
    let mut n = 1;
    while taken.contains(&lower(&free)) {
        n += 1;
        free = format!("{name} ({n})");
    }
    taken.push(lower(&free));
    free
}

/// JSON as it is written.
struct Index {
    text: String,
    /// Something is in the list.
    begun: bool,
}

impl Index {
    fn new(account: &str) -> Self {
        let mut text = String::from("{\"version\":1,\"account\":");
        quote(account, &mut text);
        text.push_str(",\"entries\":[");
        Self { text, begun: false }
    }

    /// Folders and messages stand in one list: a folder comes before what is in it.
    fn folder(&mut self, name: &FolderName) {
        self.next();
        self.text.push_str("{\"folder\":");
        quote(name.as_str(), &mut self.text);
        self.text.push('}');
    }

    fn message(&mut self, file: &str, record: &Record) {
        self.next();
        let text = &mut self.text;
        text.push_str("{\"file\":");
        quote(file, text);
        text.push_str(",\"folder\":");
        quote(record.folder.as_str(), text);
        for (name, number) in [
            ("flags", i64::from(record.flags.0)),
            ("received", record.received),
            ("added", record.added_at),
            ("origin", record.origin as i64),
        ] {
            text.push_str(&format!(",\"{name}\":{number}"));
        }
        if record.head_only {
            text.push_str(&format!(",\"head_of\":{}", record.size));
        }
        if let Some(uidl) = &record.uidl {
            text.push_str(",\"uidl\":");
            quote(&uidl.0, text);
        }
        if !record.keywords.is_empty() {
            text.push_str(",\"keywords\":");
            for (at, keyword) in record.keywords.iter().enumerate() {
                text.push(if at == 0 { '[' } else { ',' });
                quote(keyword, text);
            }
            text.push(']');
        }
        text.push('}');
    }

    fn next(&mut self) {
        self.text.push_str(if self.begun { ",\n" } else { "\n" });
        self.begun = true;
    }

    fn end(mut self) -> String {
        self.text.push_str("\n]}\n");
        self.text
    }
}

/// RFC 8259 §7.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl Origin {
    /// As an index has it.
    pub fn from_number(number: i64) -> Self {
        [Self::FetchedFromServer, Self::Sent, Self::Draft, Self::Imported, Self::Rescued]
            .into_iter()
            .find(|origin| *origin as i64 == number)
            .unwrap_or(Self::Imported)
    }
}
