//! The accounts that are measured: an Inbox of a known size, a few folders beside it.
use super::letters::{self, Kind};
use crate::dovecot::Dovecot;

/// Messages in each folder beside the Inbox.
pub const FOLDER_MESSAGES: u32 = 200;
/// Folders beside the Inbox and the special ones; more than the page keeps in memory.
const FOLDERS: u32 = 6;
/// Folder and size (bytes) of the one large file.
pub const BIG: (&str, usize) = ("Large", 25_000_000);
/// Places in the list, 0 = newest, far enough apart that none is fetched ahead for another.
const PLAIN_AT: u32 = 2;
const HTML_AT: u32 = 6;

pub struct Mailbox {
    pub user: String,
    pub password: String,
    /// In the Inbox; a multiple of 5, so that a place in the list tells the kind of message.
    pub messages: u32,
}

impl Mailbox {
    pub fn new(messages: u32) -> Self {
        assert!(messages.is_multiple_of(5) && messages >= 50, "a multiple of 5");
        Self { user: format!("box{messages}@blue.test"), password: "grey-boat-7".into(), messages }
    }

    pub fn fill(&self, dovecot: &Dovecot) {
        letters::fill(dovecot, &self.user, "", self.messages);
        for n in 0..FOLDERS {
            letters::fill(dovecot, &self.user, &self.folder(n), FOLDER_MESSAGES);
        }
        letters::fill_with_one_big(dovecot, &self.user, BIG.0, BIG.1);
    }

    pub fn folders(&self) -> u32 {
        FOLDERS
    }

    /// The `n`th folder, round and round.
    pub fn folder(&self, n: u32) -> String {
        format!("Project {}", n % FOLDERS + 1)
    }

    /// UID of a letter in plain text; the message below it is one too.
    pub fn plain(&self) -> u32 {
        self.uid(PLAIN_AT, Kind::Letter)
    }

    pub fn neighbour(&self) -> u32 {
        self.uid(PLAIN_AT + 1, Kind::Letter)
    }

    pub fn html(&self) -> u32 {
        self.uid(HTML_AT, Kind::Newsletter)
    }

    fn uid(&self, at: u32, kind: Kind) -> u32 {
        let n = self.messages - 1 - at;
        assert_eq!(letters::kind(n), kind);
        n + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_hold_what_they_are_named_for() {
        let mailbox = Mailbox::new(200);
        assert_eq!((mailbox.plain(), mailbox.neighbour(), mailbox.html()), (198, 197, 194));
        assert_eq!(mailbox.folder(0), mailbox.folder(FOLDERS));
    }
}
