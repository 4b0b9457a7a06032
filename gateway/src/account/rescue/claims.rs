//! Which messages are in the account already, so that none is stored there twice and none is left out.
//!
//! A message is known by its Message-ID and size. Where several are alike, they are counted: each one of the device's takes one
//! of the account's for itself, and when those are used up the rest are copied.
use crate::imap::event::Fetch;
use crate::mail::header::{Fields, message_ids};
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::rescue::Asked;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Messages that are counted, of one folder and of all that were claimed; one past it may be stored twice.
pub const MAX_KNOWN: usize = 500_000;
/// Message-IDs of one header that are looked at; a sound message has one.
const MAX_IDS: usize = 4;

/// Half of a digest: nobody makes two messages that are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 16]);

impl Key {
    fn of(folder: &FolderName, kind: &[u8], words: &[&[u8]], size: u64) -> Self {
        let mut hash = Sha256::new();
        for part in [folder.as_str().as_bytes(), kind].iter().chain(words) {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.update(size.to_le_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(half)
    }

    fn of_id(folder: &FolderName, id: &str, size: u64) -> Self {
        Self::of(folder, b"id", &[id.as_bytes()], size)
    }

    /// Without a Message-ID: date and subject as they stand there, but for white space, which servers fold anew.
    fn of_words(folder: &FolderName, date: &[u8], subject: &[u8], size: u64) -> Self {
        let bare =
            |text: &[u8]| text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<u8>>();
        Self::of(folder, b"words", &[&bare(date), &bare(subject)], size)
    }

    pub fn asked(folder: &FolderName, asked: &Asked) -> Self {
        Self::of_id(folder, &asked.message_id, asked.size)
    }

    /// By what a server says of a message; `None` if it says too little.
    pub fn fetched(folder: &FolderName, fetch: &Fetch) -> Option<Self> {
        let (envelope, size) = (fetch.envelope.as_ref()?, u64::from(fetch.size?));
        let id = envelope.message_id.as_deref().map(message_ids).unwrap_or_default();
        Some(match id.first() {
            Some(id) => Self::of_id(folder, id, size),
            None => Self::of_words(
                folder,
                envelope.date.as_deref().unwrap_or_default(),
                envelope.subject.as_deref().unwrap_or_default(),
                size,
            ),
        })
    }

    /// By a message's own header. A header with several ids is known by any: servers differ in which one counts.
    pub fn of_source(folder: &FolderName, head: &[u8], size: u64) -> Vec<Self> {
        let fields = Fields::parse(head);
        let ids: Vec<String> = fields
            .all("message-id")
            .take(MAX_IDS)
            .filter_map(|raw| message_ids(raw).into_iter().next())
            .collect();
        if ids.is_empty() {
            let field = |name| fields.first(name).unwrap_or_default();
            return vec![Self::of_words(folder, field("date"), field("subject"), size)];
        }
        ids.iter().map(|id| Self::of_id(folder, id, size)).collect()
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

    /// Takes one of the account's messages for the device's that is known by one of these keys. `false`: none is left.
    pub fn claim(&mut self, keys: &[Key]) -> bool {
        let free = |key: &&Key| {
            let there = self.there.get(*key).copied().unwrap_or(0);
            there > self.claimed.get(*key).copied().unwrap_or(0)
        };
        let Some(key) = keys.iter().find(free).copied() else { return false };
        self.count(key);
        true
    }

    /// It was stored, and is claimed.
    pub fn stored(&mut self, keys: &[Key]) {
        let Some(key) = keys.first().copied() else { return };
        bump(&mut self.there, key);
        self.count(key);
    }

    fn count(&mut self, key: Key) {
        bump(&mut self.claimed, key);
    }
}

/// One more of them; at [`MAX_KNOWN`] no further key is counted.
pub fn bump(counts: &mut HashMap<Key, u32>, key: Key) {
    if counts.len() < MAX_KNOWN || counts.contains_key(&key) {
        let count = counts.entry(key).or_default();
        *count = count.saturating_add(1);
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
        Fetch { size: Some(size), envelope: Some(Box::new(envelope)), ..Fetch::default() }
    }

    #[test]
    fn the_server_and_the_source_say_the_same() {
        let head = b"Subject: =?UTF-8?Q?a?=\r\n b\r\nMessage-ID:\r\n <x@\r\n y>\r\nDate: Thu, 1 Jan 1970\r\n\r\nMessage-ID: <z>";
        let there = Key::fetched(&folder(), &fetch(Some("<x@ y>"), "Thu, 1 Jan 1970", "=?UTF-8?Q?a?= b", 90))
            .unwrap();
        assert_eq!(Key::of_source(&folder(), head, 90), [there]);
        let asked = Asked { message_id: "<x@y>".into(), size: 90 };
        assert_eq!(Key::asked(&folder(), &asked), there);
        assert_ne!(Key::asked(&FolderName::inbox(), &asked), there);
        assert_ne!(Key::asked(&folder(), &Asked { size: 91, ..asked }), there);
        // Without an id.
        let head = b"Subject: a\r\n\tb\r\nDate:  Thu,  1 Jan 1970\r\n\r\n";
        let there = Key::fetched(&folder(), &fetch(None, "Thu, 1 Jan 1970", "a b", 50)).unwrap();
        assert_eq!(Key::of_source(&folder(), head, 50), [there]);
        assert_eq!(Key::fetched(&folder(), &Fetch::default()), None);
        // Several ids, of which a server picks any.
        let head = b"Message-ID: <a@x>\r\nmessage-id: <b@x>\r\n\r\n";
        let second = Key::asked(&folder(), &Asked { message_id: "<b@x>".into(), size: 40 });
        assert!(Key::of_source(&folder(), head, 40).contains(&second));
    }

    #[test]
    fn each_of_the_devices_takes_one_of_the_accounts() {
        let key = |id: &str| Key::asked(&folder(), &Asked { message_id: id.into(), size: 1 });
        let mut claims = Claims::default();
        let mut there = HashMap::new();
        [key("a"), key("a"), key("b")].into_iter().for_each(|key| bump(&mut there, key));
        claims.listed(folder(), there.clone());
        assert!(claims.knows(&folder()) && !claims.knows(&FolderName::inbox()));
        assert_eq!(
            [claims.claim(&[key("a")]), claims.claim(&[key("a")]), claims.claim(&[key("a")])],
            [true, true, false]
        );
        assert!(!claims.claim(&[key("c")]));
        claims.stored(&[key("c")]);
        assert!(!claims.claim(&[key("c")]), "what was just stored is another message's");
        // The link was lost: what was claimed stays so, and one that was stored unheard is found.
        claims.doubt();
        assert!(!claims.knows(&folder()));
        [key("c"), key("d")].into_iter().for_each(|key| bump(&mut there, key));
        claims.listed(folder(), there);
        assert_eq!([claims.claim(&[key("a")]), claims.claim(&[key("c")])], [false, false]);
        assert_eq!([claims.claim(&[key("x"), key("d")]), claims.claim(&[key("b")])], [true, true]);
    }
}
