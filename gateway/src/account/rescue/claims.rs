//! Which messages are in the account already, so that none is stored there twice and none is left out.
//!
//! A message is known by its Message-ID and size. Some servers rewrite what is stored with them, and then it has another size: there
//! it is known by its Message-ID and the date that it was stored with (INTERNALDATE, RFC 9051 §2.3.3), but only once several were found to
//! be so in this run and fewer with the size that they were sent with: two deliveries of one message may have that date, too. Where several are
//! alike, they are counted: each one of the device's takes one of the account's for itself, and when those are used up the rest are copied.
use crate::imap::event::Fetch;
use crate::mail::header::{Fields, message_ids};
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::rescue::Asked;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Keys that are counted, of one folder and of all that were claimed, three for each message; one past it may be stored twice.
pub const MAX_KEYS: usize = 750_000;
/// Messages of another size before a server is taken to rewrite what it stores.
const FEW: u32 = 5;
/// Messages stored last, whose sizes tell how the server stores.
const MAX_RECENT: usize = 64;
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
    /// A message of this date and another size is the same, rewritten. Not without a Message-ID: then nothing else tells two apart
    /// that were written in one second.
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
            dated: date.filter(|_| matches!(name, Name::Id(_))).map(|date| key(With::Date(date))),
            named: key(With::Nothing),
        }
    }

    pub fn asked(folder: &FolderName, asked: &Asked) -> Self {
        Self::of(folder, &Name::Id(&asked.message_id), asked.size, Some(asked.date))
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
    recent: Vec<(FolderName, Known)>,
    /// Of all folders.
    all: Sizes,
    /// Of the folder that was listed last. A doubt about what it holds is none about how the server stores.
    here: Sizes,
    last: Option<FolderName>,
}

/// Messages found with the size that they were sent with, and with another one.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    kept: u32,
    changed: u32,
}

impl Sizes {
    fn add(&mut self, kept: u32, changed: u32) {
        self.kept = self.kept.saturating_add(kept);
        self.changed = self.changed.saturating_add(changed);
    }
}

impl Claims {
    /// Whether the folder was listed, and nothing happened since that makes its list doubtful.
    pub fn knows(&self, folder: &FolderName) -> bool {
        self.folder.as_ref() == Some(folder)
    }

    /// What this folder holds now.
    pub fn listed(&mut self, folder: FolderName, there: HashMap<Key, u32>) {
        if self.last.as_ref() != Some(&folder) {
            (self.here, self.last) = (Sizes::default(), Some(folder.clone()));
        }
        (self.folder, self.there) = (Some(folder), there);
        let stored: Vec<Known> = self
            .recent
            .extract_if(.., |(of, _)| Some(&*of) == self.folder.as_ref())
            .map(|(_, known)| known)
            .collect();
        for known in stored {
            if self.there.contains_key(&known.exact) {
                self.found(1, 0);
            } else if known.dated.is_some_and(|dated| self.there.contains_key(&dated)) {
                self.found(0, 1);
            }
        }
    }

    /// It must be listed again: a message may have been stored, or not.
    pub fn doubt(&mut self) {
        self.folder = None;
    }

    /// Which of these the account has; each of them takes one of its messages.
    pub fn have(&mut self, folder: &FolderName, asked: &[Asked]) -> Vec<bool> {
        let known: Vec<[Known; 1]> = asked.iter().map(|asked| [Known::asked(folder, asked)]).collect();
        let changed =
            asked.iter().zip(&known).filter(|(asked, [known])| asked.rewritten && self.is_changed(known));
        let changed = changed.count() as u32;
        self.found(0, changed);
        asked.iter().zip(&known).map(|(asked, known)| self.take(known, asked.rewritten)).collect()
    }

    /// Takes one of the account's messages for the device's that is known by one of these. `false`: none is left.
    pub fn claim(&mut self, known: &[Known]) -> bool {
        self.take(known, true)
    }

    fn take(&mut self, known: &[Known], rewritten: bool) -> bool {
        if let Some(same) = known.iter().find(|known| self.is_free(known.exact)).copied() {
            self.found(1, 0);
            return count(&mut self.claimed, same);
        }
        let rewrites = rewritten && self.rewrites();
        match known.iter().find(|known| rewrites && self.is_changed(known)).copied() {
            Some(same) => count(&mut self.claimed, same),
            None => false,
        }
    }

    fn found(&mut self, kept: u32, changed: u32) {
        self.all.add(kept, changed);
        self.here.add(kept, changed);
    }

    /// In this folder more was found in another size than in its own, or nothing was in its own anywhere.
    fn rewrites(&self) -> bool {
        let here = self.here.changed >= FEW && self.here.changed > self.here.kept;
        here || (self.all.changed >= FEW && self.all.kept == 0)
    }

    /// One of this date is left, and of this name altogether, in another size.
    fn is_changed(&self, known: &Known) -> bool {
        let dated = known.dated.is_some_and(|dated| self.is_free(dated));
        dated && self.is_free(known.named) && !self.is_free(known.exact)
    }

    fn is_free(&self, key: Key) -> bool {
        let of = |counts: &HashMap<Key, u32>| counts.get(&key).copied().unwrap_or(0);
        of(&self.there) > of(&self.claimed)
    }

    /// It was stored, and is claimed.
    pub fn stored(&mut self, known: &[Known]) {
        let (Some(known), Some(folder)) = (known.first().copied(), self.folder.clone()) else { return };
        count(&mut self.there, known);
        count(&mut self.claimed, known);
        if self.recent.len() >= MAX_RECENT {
            self.recent.remove(0);
        }
        self.recent.push((folder, known));
    }
}

/// One more message that is known by this. `false`: there are [`MAX_KEYS`], and no further key is counted.
pub fn count(counts: &mut HashMap<Key, u32>, known: Known) -> bool {
    for key in known.keys() {
        if counts.len() < MAX_KEYS || counts.contains_key(&key) {
            let count = counts.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }
    counts.contains_key(&known.exact)
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

    fn asked(id: &str, size: u64, date: i64) -> Known {
        Known::asked(&folder(), &question(id, size, date, false))
    }

    fn question(id: &str, size: u64, date: i64, rewritten: bool) -> Asked {
        Asked { message_id: id.into(), size, date, rewritten }
    }

    /// What a folder holds.
    fn listed(all: &[Known]) -> HashMap<Key, u32> {
        let mut there = HashMap::new();
        for known in all {
            count(&mut there, *known);
        }
        there
    }

    #[test]
    fn the_server_and_the_source_say_the_same() {
        let head = b"Subject: =?UTF-8?Q?a?=\r\n b\r\nMessage-ID:\r\n <x@\r\n y>\r\nDate: Thu, 1 Jan 1970\r\n\r\nMessage-ID: <z>";
        let there = fetch(Some("<x@ y>"), "Thu, 1 Jan 1970", "=?UTF-8?Q?a?= b", 90);
        let there = Known::fetched(&folder(), &there).unwrap();
        assert_eq!(Known::of_source(&folder(), head, 90, DATE), [there]);
        assert_eq!(asked("<x@y>", 90, DATE), there);
        let elsewhere = question("<x@y>", 90, DATE, false);
        assert_ne!(Known::asked(&FolderName::inbox(), &elsewhere).named, there.named);
        let other = asked("<x@y>", 91, DATE + 1);
        assert!(other.exact != there.exact && other.dated != there.dated && other.named == there.named);
        // Without an id.
        let head = b"Subject: a\r\n\tb\r\nDate:  Thu,  1 Jan 1970\r\n\r\n";
        let there = Known::fetched(&folder(), &fetch(None, "Thu, 1 Jan 1970", "a b", 50)).unwrap();
        assert_eq!(Known::of_source(&folder(), head, 50, DATE), [there]);
        assert_eq!(Known::fetched(&folder(), &Fetch::default()), None);
        // Several ids, of which a server picks any.
        let head = b"Message-ID: <a@x>\r\nmessage-id: <b@x>\r\n\r\n";
        assert!(Known::of_source(&folder(), head, 40, DATE).contains(&asked("<b@x>", 40, DATE)));
    }

    #[test]
    fn each_of_the_devices_takes_one_of_the_accounts() {
        let known = |id: &str| asked(id, 1, DATE);
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
        for id in ["c", "d"] {
            count(&mut there, known(id));
        }
        claims.listed(folder(), there);
        assert_eq!([claims.claim(&[known("a")]), claims.claim(&[known("c")])], [false, false]);
        assert_eq!([claims.claim(&[known("x"), known("d")]), claims.claim(&[known("b")])], [true, true]);
    }

    /// Asks as the page does: about sizes, then about the rest by date.
    fn run(there: &[Known], letters: &[(&str, u64, i64)]) -> Vec<bool> {
        let mut claims = Claims::default();
        claims.listed(folder(), listed(there));
        let ask = |claims: &mut Claims, rewritten: bool, have: &mut [bool]| {
            let left: Vec<usize> = (0..letters.len()).filter(|n| !have[*n]).collect();
            let asked = |n: &usize| question(letters[*n].0, letters[*n].1, letters[*n].2, rewritten);
            let answers = claims.have(&folder(), &left.iter().map(asked).collect::<Vec<_>>());
            left.iter().zip(answers).for_each(|(n, there)| have[*n] = there);
        };
        let mut have = vec![false; letters.len()];
        ask(&mut claims, false, &mut have);
        ask(&mut claims, true, &mut have);
        have
    }

    const MANY: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    #[test]
    fn what_a_server_has_rewritten_is_known_by_its_date() {
        let letters = MANY.map(|id| (id, 10, DATE));
        let rewritten = MANY.map(|id| asked(id, 11, DATE));
        assert_eq!(run(&rewritten, &letters), [true; 6]);
        // One can't stand for two, another delivery isn't it, and without a Message-ID nothing is known by its date.
        let twice = [letters.as_slice(), &[("a", 20, DATE), ("a", 20, DATE + 1)]].concat();
        assert_eq!(run(&rewritten, &twice), [true, true, true, true, true, true, false, false]);
        let others = MANY.map(|id| asked(id, 11, DATE + 1));
        assert_eq!(run(&others, &letters), [false; 6]);
        let words = Known::fetched(&folder(), &fetch(None, "Thu, 1 Jan 1970", "a", 50)).unwrap();
        assert_eq!(words.dated, None);
    }

    #[test]
    fn where_sizes_are_kept_another_delivery_of_that_date_is_another_message() {
        // The list's copy of a letter of which the account has the direct one, and a third delivery.
        let there = [asked("a", 20, DATE), asked("a", 30, DATE + 9)];
        assert_eq!(run(&there, &[("a", 20, DATE), ("a", 10, DATE)]), [true, false]);
        let direct = MANY.map(|id| asked(id, 20, DATE));
        let mut letters: Vec<_> = MANY.iter().take(5).map(|id| (*id, 20, DATE)).collect();
        letters.push(("f", 10, DATE));
        assert_eq!(run(&direct, &letters), [true, true, true, true, true, false]);
        assert_eq!(run(&direct[..4], &MANY.map(|id| (id, 10, DATE))), [false; 6], "a few tell nothing");
        // All five were there by name, in other sizes, as many as in their own.
        let both: Vec<_> = direct.iter().copied().chain(MANY.map(|id| asked(id, 10, DATE + 1))).collect();
        let mut letters: Vec<_> = MANY.map(|id| (id, 10, DATE + 1)).to_vec();
        letters.extend(MANY.map(|id| (id, 11, DATE)));
        let have = run(&both, &letters);
        assert_eq!(have, [[true; 6], [false; 6]].concat());
    }

    #[test]
    fn each_folder_tells_of_itself_and_all_of_them_where_none_kept_its_sizes() {
        let mut claims = Claims::default();
        let mut have = |folder: &str, there: u64, asked: &[&str]| {
            let folder = FolderName(folder.into());
            let known = |id: &&str| Known::asked(&folder, &question(id, there, DATE, false));
            claims.listed(folder.clone(), listed(&MANY.iter().map(known).collect::<Vec<_>>()));
            let ask =
                |rewritten| asked.iter().map(|id| question(id, 10, DATE, rewritten)).collect::<Vec<_>>();
            let first = claims.have(&folder, &ask(false));
            let second = claims.have(&folder, &ask(true));
            first.iter().zip(second).filter(|(first, second)| **first || *second).count()
        };
        assert_eq!(have("one", 11, &MANY), 6);
        assert_eq!(have("two", 11, &MANY[..2]), 2, "nothing kept its size so far");
        assert_eq!(have("three", 10, &MANY), 6);
        assert_eq!(have("four", 11, &MANY[..2]), 0, "some server keeps sizes, and two tell nothing");
        assert_eq!(have("five", 11, &MANY), 6, "six do");
    }

    #[test]
    fn how_a_server_stores_is_seen_when_the_folder_is_listed_again() {
        for (size, known) in [(10, false), (11, true)] {
            let mut claims = Claims::default();
            claims.listed(folder(), listed(&[]));
            for id in MANY {
                claims.stored(&[asked(id, 10, DATE)]);
            }
            // One more was stored, and its answer lost.
            claims.doubt();
            let mut there = listed(&MANY.map(|id| asked(id, size, DATE)));
            count(&mut there, asked("g", 11, DATE));
            claims.listed(folder(), there);
            assert_eq!(claims.claim(&[asked("g", 10, DATE)]), known);
            assert!(!claims.claim(&[asked("a", 10, DATE)]), "what was stored is taken");
        }
    }
}
