//! Who holds what. A run tells what changed with each step; whoever wants to see a moment adds up to it.
use super::report::Count;
use crate::sorted::Sorted;
use serde::{Deserialize, Serialize};

/// The folder that new mail comes to.
pub const INBOX: &str = "Inbox";

/// One copy of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct State {
    pub read: bool,
    pub starred: bool,
    /// Its text is here, too.
    pub readable: bool,
}

/// A message in a folder of somebody's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    pub folder: String,
    pub message: String,
    pub state: State,
}

/// All copies of a message in one folder of one place, as they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub place: String,
    pub folder: String,
    pub message: String,
    /// None: it is gone from there.
    pub copies: Vec<State>,
}

type Mail = Sorted<(String, String), Vec<State>>;

/// What every place holds: copies by folder and message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    places: Sorted<String, Mail>,
}

impl Places {
    /// What was found now, against what is known: the changes, in the order of places, folders and messages.
    pub fn see(&mut self, place: &str, held: Vec<Held>) -> Vec<Change> {
        let mut now = Mail::new();
        for Held { folder, message, state } in held {
            now.or_default((folder, message)).push(state);
        }
        let before = self.places.or_default(place.to_owned());
        let change = |(folder, message): &(String, String), copies: Vec<State>| Change {
            place: place.to_owned(),
            folder: folder.clone(),
            message: message.clone(),
            copies,
        };
        let gone = before.keys().filter(|key| !now.contains_key(key)).map(|key| change(key, Vec::new()));
        let new = now.iter().filter(|(key, copies)| before.get(key) != Some(copies));
        let mut changes: Vec<Change> =
            gone.chain(new.map(|(key, copies)| change(key, copies.clone()))).collect();
        changes.sort_by(|a, b| (&a.folder, &a.message).cmp(&(&b.folder, &b.message)));
        *before = now;
        changes
    }

    pub fn apply(&mut self, change: &Change) {
        let place = self.places.or_default(change.place.clone());
        let key = (change.folder.clone(), change.message.clone());
        if change.copies.is_empty() {
            place.remove(&key);
        } else {
            place.insert(key, change.copies.clone());
        }
    }

    /// Copies of a message in a folder there.
    pub fn copies(&self, place: &str, folder: &str, message: &str) -> &[State] {
        let key = (folder.to_owned(), message.to_owned());
        self.places
            .get(&place.to_owned())
            .and_then(|mail| mail.get(&key))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// How many messages are in each folder that has some.
    pub fn counts(&self) -> Vec<Count> {
        let mut counts: Vec<Count> = Vec::new();
        for (place, (folder, _)) in
            self.places.iter().flat_map(|(p, mail)| mail.keys().map(move |key| (p, key)))
        {
            match counts.last_mut().filter(|last| last.place == *place && last.folder == *folder) {
                Some(last) => last.messages += 1,
                None => counts.push(Count { place: place.clone(), folder: folder.clone(), messages: 1 }),
            }
        }
        counts
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Folder, message, copies.
    pub fn at(&self, place: &str) -> impl Iterator<Item = (&str, &str, &[State])> {
        let mail = self.places.get(&place.to_owned()).into_iter().flat_map(Mail::iter);
        mail.map(|((folder, message), copies)| (folder.as_str(), message.as_str(), copies.as_slice()))
    }
}
