//! Which messages are in the account already, so that none is stored there twice and none is left out.
//!
//! A message is known by its Message-ID and size. Some servers rewrite what is stored with them, and then it has another size: there
//! it is known by its Message-ID and the date that it was stored with (INTERNALDATE, RFC 9051 §2.3.3). Where several are alike, they
//! are counted: each one of the device's takes one of the account's for itself, and when those are used up the rest are copied.
use crate::imap::event::Fetch;
use crate::mail::header::{Fields, message_ids};
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::rescue::Asked;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Keys that are counted, of one folder and of all that were claimed, three for each message; one past it may be stored twice.
pub const MAX_KEYS: usize = 1_500_000;
/// Message-IDs of one header that are looked at; a sound message has one.
const MAX_IDS: usize = 4;

/// Half of a digest: nobody makes two messages that are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 16]);

/// What is counted with a name.
enum With {
    Octets(u64),
    Date(i64),
    Nothing,
}

/// What one message is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    exact: Key,
    /// A message of this date and another size is the same, rewritten.
    dated: Option<Key>,
    /// All of this name, whatever else is said of them.
    named: Key,
}

/// Message-ID, or else what is left to tell messages apart.
enum Name<'a> {
    Id(&'a str),
    /// Date and subject as they stand there, but for white space, which servers fold anew.
    Words(&'a [u8], &'a [u8]),
}

impl Known {
    fn of(folder: &FolderName, name: &Name, size: u64, date: Option<i64>) -> Self {
        let key = |with| Key::of(folder, name, with);
        Self {
            exact: key(With::Octets(size)),
            dated: date.map(|date| key(With::Date(date))),
            named: key(With::Nothing),
        }
    }

    pub fn asked(folder: &FolderName, asked: &Asked) -> Self {
        Self::of(folder, &Name::Id(&asked.message_id), asked.size, asked.date)
    }

    /// By what a server says of a message; `None` if it says too little.
    pub fn fetched(folder: &FolderName, fetch: &Fetch) -> Option<Self> {
        let (envelope, size) = (fetch.envelope.as_ref()?, u64::from(fetch.size?));
        let id = envelope.message_id.as_deref().map(message_ids).unwrap_or_default();
        let words = |text: &'_ Option<bytes::Bytes>| text.clone().unwrap_or_default();
        let (date, subject) = (words(&envelope.date), words(&envelope.subject));
        let name = match id.first() {
            Some(id) => Name::Id(id),
            None => Name::Words(&date, &subject),
        };
        Some(Self::of(folder, &name, size, fetch.received))
    }

    /// By a message's own header, and the date that it is stored with. A header with several ids is known by any: servers differ in
    /// which one counts.
    pub fn of_source(folder: &FolderName, head: &[u8], size: u64, date: i64) -> Vec<Self> {
        let fields = Fields::parse(head);
        let ids: Vec<String> = fields
            .all("message-id")
            .take(MAX_IDS)
            .filter_map(|raw| message_ids(raw).into_iter().next())
            .collect();
        let field = |name| fields.first(name).unwrap_or_default();
        let mut names: Vec<Name> = ids.iter().map(|id| Name::Id(id)).collect();
        if names.is_empty() {
            names.push(Name::Words(field("date"), field("subject")));
        }
        names.iter().map(|name| Self::of(folder, name, size, Some(date))).collect()
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        [Some(self.exact), self.dated, Some(self.named)].into_iter().flatten()
    }
}

impl Key {
    fn of(folder: &FolderName, name: &Name, with: With) -> Self {
        let bare =
            |text: &[u8]| text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<u8>>();
        let (kind, words) = match name {
            Name::Id(id) => ("id", vec![id.as_bytes().to_vec()]),
            Name::Words(date, subject) => ("words", vec![bare(date), bare(subject)]),
        };
        let (by, figure) = match with {
            With::Octets(size) => ("octets", size.to_le_bytes()),
            With::Date(date) => ("date", date.to_le_bytes()),
            With::Nothing => ("", [0; 8]),
        };
        let mut hash = Sha256::new();
        let labels = [folder.as_str().as_bytes(), kind.as_bytes(), by.as_bytes()];
        for part in labels.into_iter().chain(words.iter().map(Vec::as_slice)) {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.update(figure);
        let digest: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(half)
    }
}

/// What lies in the folder that is being filled, and what of it stands for a message of the device.
#[derive(Debug, Default)]
pub struct Claims {
    folder: Option<FolderName>,
    there: HashMap<Key, u32>,
    /// Of every folder so far: a folder that is listed again has the same messages in it.
    claimed: HashMap<Key, u32>,
}

impl Claims {
    /// Whether the folder was listed, and nothing happened since that makes its list doubtful.
    pub fn knows(&self, folder: &FolderName) -> bool {
        self.folder.as_ref() == Some(folder)
    }

    /// What this folder holds now.
    pub fn listed(&mut self, folder: FolderName, there: HashMap<Key, u32>) {
        (self.folder, self.there) = (Some(folder), there);
    }

    /// It must be listed again: a message may have been stored, or not.
    pub fn doubt(&mut self) {
        self.folder = None;
    }

    /// Takes one of the account's messages for the device's that is known by one of these. `false`: none is left.
    pub fn claim(&mut self, known: &[Known]) -> bool {
        let exact = known.iter().find(|known| self.is_free(known.exact));
        let same = exact.or_else(|| {
            let rewritten = |known: &&Known| {
                known.dated.is_some_and(|dated| self.is_free(dated)) && self.is_free(known.named)
            };
            known.iter().find(rewritten)
        });
        let Some(same) = same.copied() else { return false };
        count(&mut self.claimed, same);
        true
    }

    fn is_free(&self, key: Key) -> bool {
        let of = |counts: &HashMap<Key, u32>| counts.get(&key).copied().unwrap_or(0);
        of(&self.there) > of(&self.claimed)
    }

    /// It was stored, and is claimed.
    pub fn stored(&mut self, known: &[Known]) {
        let Some(known) = known.first().copied() else { return };
        count(&mut self.there, known);
        count(&mut self.claimed, known);
    }
}

/// One more message that is known by this; at [`MAX_KEYS`] no further key is counted.
pub fn count(counts: &mut HashMap<Key, u32>, known: Known) {
    for key in known.keys() {
        if counts.len() < MAX_KEYS || counts.contains_key(&key) {
            let count = counts.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::event::Envelope;
    use bytes::Bytes;

    fn folder() -> FolderName {
        FolderName("편지함".into())
    }

    fn fetch(id: Option<&'static str>, date: &'static str, subject: &'static str, size: u32) -> Fetch {
        let text = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
        let envelope = Envelope {
            message_id: id.and_then(text),
            date: text(date),
            subject: text(subject),
            ..Envelope::default()
        };
        Fetch {
            size: Some(size),
            received: Some(DATE),
            envelope: Some(Box::new(envelope)),
            ..Fetch::default()
        }
    }

    const DATE: i64 = 1_000_000_000;

    fn asked(id: &str, size: u64, date: Option<i64>) -> Known {
        Known::asked(&folder(), &Asked { message_id: id.into(), size, date })
    }

    /// What a folder holds.
    fn listed(all: &[Known]) -> HashMap<Key, u32> {
        let mut there = HashMap::new();
        all.iter().for_each(|known| count(&mut there, *known));
        there
    }

    #[test]
    fn the_server_and_the_source_say_the_same() {
        let head = b"Subject: =?UTF-8?Q?a?=\r\n b\r\nMessage-ID:\r\n <x@\r\n y>\r\nDate: Thu, 1 Jan 1970\r\n\r\nMessage-ID: <z>";
        let there = fetch(Some("<x@ y>"), "Thu, 1 Jan 1970", "=?UTF-8?Q?a?= b", 90);
        let there = Known::fetched(&folder(), &there).unwrap();
        assert_eq!(Known::of_source(&folder(), head, 90, DATE), [there]);
        assert_eq!(asked("<x@y>", 90, Some(DATE)), there);
        let elsewhere = Asked { message_id: "<x@y>".into(), size: 90, date: Some(DATE) };
        assert_ne!(Known::asked(&FolderName::inbox(), &elsewhere).named, there.named);
        let other = asked("<x@y>", 91, Some(DATE + 1));
        assert!(other.exact != there.exact && other.dated != there.dated && other.named == there.named);
        // Without an id.
        let head = b"Subject: a\r\n\tb\r\nDate:  Thu,  1 Jan 1970\r\n\r\n";
        let there = Known::fetched(&folder(), &fetch(None, "Thu, 1 Jan 1970", "a b", 50)).unwrap();
        assert_eq!(Known::of_source(&folder(), head, 50, DATE), [there]);
        assert_eq!(Known::fetched(&folder(), &Fetch::default()), None);
        // Several ids, of which a server picks any.
        let head = b"Message-ID: <a@x>\r\nmessage-id: <b@x>\r\n\r\n";
        assert!(Known::of_source(&folder(), head, 40, DATE).contains(&asked("<b@x>", 40, Some(DATE))));
    }

    #[test]
    fn each_of_the_devices_takes_one_of_the_accounts() {
        let known = |id: &str| asked(id, 1, Some(DATE));
        let mut claims = Claims::default();
        let mut there = listed(&["a", "a", "b"].map(known));
        claims.listed(folder(), there.clone());
        assert!(claims.knows(&folder()) && !claims.knows(&FolderName::inbox()));
        assert_eq!([(); 3].map(|()| claims.claim(&[known("a")])), [true, true, false]);
        assert!(!claims.claim(&[known("c")]));
        claims.stored(&[known("c")]);
        assert!(!claims.claim(&[known("c")]), "what was just stored is another message's");
        // The link was lost: what was claimed stays so, and one that was stored unheard is found.
        claims.doubt();
        assert!(!claims.knows(&folder()));
        ["c", "d"].into_iter().for_each(|id| count(&mut there, known(id)));
        claims.listed(folder(), there);
        assert_eq!([claims.claim(&[known("a")]), claims.claim(&[known("c")])], [false, false]);
        assert_eq!([claims.claim(&[known("x"), known("d")]), claims.claim(&[known("b")])], [true, true]);
    }

    #[test]
    fn what_a_server_has_rewritten_is_known_by_its_date_once_the_sizes_were_compared() {
        // Two letters of one name and date, as a list and its member get them, and one of the name alone.
        let [first, second] = [asked("a", 10, Some(DATE)), asked("a", 20, Some(DATE))];
        let run = |there: &[Known], asked: &[Known]| {
            let mut claims = Claims::default();
            claims.listed(folder(), listed(there));
            asked.iter().map(|known| claims.claim(&[*known])).collect::<Vec<_>>()
        };
        let rewritten = |size| asked("a", size, Some(DATE));
        assert_eq!(run(&[rewritten(11)], &[first]), [true]);
        assert_eq!(run(&[rewritten(11)], &[asked("a", 10, None)]), [false], "sizes alone");
        assert_eq!(run(&[rewritten(11)], &[first, second]), [true, false], "one can't stand for two");
        assert_eq!(run(&[rewritten(11), rewritten(21)], &[first, second]), [true, true]);
        assert_eq!(run(&[asked("a", 11, Some(DATE + 1))], &[first]), [false], "another delivery of it");
        assert_eq!(run(&[asked("b", 11, Some(DATE))], &[first]), [false]);
        // The second one is there as it was, the first isn't: asked by size first, as the page does.
        assert_eq!(
            run(&[second], &[asked("a", 10, None), asked("a", 20, None), first]),
            [false, true, false]
        );
        // Stored and rewritten, and the answer lost: the list has it in its new size, claimed or not.
        let mut claims = Claims::default();
        claims.listed(folder(), listed(&[]));
        claims.stored(&[first]);
        claims.doubt();
        claims.listed(folder(), listed(&[rewritten(11), rewritten(22)]));
        assert_eq!([claims.claim(&[second]), claims.claim(&[rewritten(30)])], [true, false]);
    }
}
