//! What a session has been told about its selected folder, and the news since (RFC 3501 §7).
use crate::sandbox::store::{Folder, Message};

#[derive(Clone, Copy)]
pub struct Seen {
    pub uid: u32,
    /// The modification sequence the client knows.
    pub modseq: u64,
    pub recent: bool,
}

pub struct View {
    /// UIDVALIDITY, which names the folder in the store.
    pub validity: u32,
    pub read_only: bool,
    /// One for each sequence number, rising UIDs. Messages removed elsewhere stay until EXPUNGE may be said.
    pub messages: Vec<Seen>,
    /// The folder's modification sequence at the last look.
    synced: u64,
    /// A removal is known and not yet told.
    behind: bool,
}

/// What a look may say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// Everything.
    All,
    /// No EXPUNGE: during FETCH, STORE and SEARCH by sequence number it would shift their meaning (§7.4.1).
    NoExpunge,
}

impl View {
    pub fn open(folder: &mut Folder, read_only: bool) -> Self {
        let first_recent = folder.recent_from;
        let seen = |m: &Message| Seen { uid: m.uid, modseq: m.modseq, recent: m.uid >= first_recent };
        let messages = folder.messages.iter().map(seen).collect();
        if !read_only {
            folder.recent_from = folder.uid_next;
        }
        Self { validity: folder.validity, read_only, messages, synced: folder.modseq, behind: false }
    }

    pub fn recent(&self) -> usize {
        self.messages.iter().filter(|s| s.recent).count()
    }

    pub fn last_uid(&self) -> u32 {
        self.messages.last().map_or(0, |s| s.uid)
    }

    /// Writes what changed since the last look.
    pub fn sync(&mut self, folder: &mut Folder, say: Say, with_modseq: bool, out: &mut Vec<u8>) {
        if folder.modseq == self.synced && !(self.behind && say == Say::All) {
            return;
        }
        self.synced = folder.modseq;
        if say == Say::All {
            self.say_removed(folder, out);
            self.behind = false;
        } else {
            self.behind = true;
        }
        self.say_arrived(folder, out);
        self.say_changed(folder, with_modseq, out);
    }

    fn say_removed(&mut self, folder: &Folder, out: &mut Vec<u8>) {
        let mut there = folder.messages.iter().map(|m| m.uid).peekable();
        let mut seq = 1;
        self.messages.retain(|seen| {
            while there.next_if(|uid| *uid < seen.uid).is_some() {}
            let kept = there.peek() == Some(&seen.uid);
            if kept {
                seq += 1;
            } else {
                out.extend_from_slice(format!("* {seq} EXPUNGE\r\n").as_bytes());
            }
            kept
        });
    }

    fn say_arrived(&mut self, folder: &mut Folder, out: &mut Vec<u8>) {
        let last = self.last_uid();
        let from = folder.messages.partition_point(|m| m.uid <= last);
        let news = folder.messages.get(from..).unwrap_or_default();
        if news.is_empty() {
            return;
        }
        let first_recent = folder.recent_from;
        self.messages.extend(news.iter().map(|m| Seen {
            uid: m.uid,
            modseq: m.modseq,
            recent: m.uid >= first_recent,
        }));
        if !self.read_only {
            folder.recent_from = folder.uid_next;
        }
        let (exists, recent) = (self.messages.len(), self.recent());
        out.extend_from_slice(format!("* {exists} EXISTS\r\n* {recent} RECENT\r\n").as_bytes());
    }

    fn say_changed(&mut self, folder: &Folder, with_modseq: bool, out: &mut Vec<u8>) {
        let mut there = folder.messages.iter().peekable();
        for (at, seen) in self.messages.iter_mut().enumerate() {
            while there.next_if(|m| m.uid < seen.uid).is_some() {}
            let Some(message) = there.peek().filter(|m| m.uid == seen.uid && m.modseq > seen.modseq) else {
                continue;
            };
            seen.modseq = message.modseq;
            say_flags(at as u64 + 1, message, seen.recent, with_modseq, out);
        }
    }
}

/// An unasked or asked FETCH of flags, with the UID so that it can be told to the right message.
pub fn say_flags(seq: u64, message: &Message, recent: bool, with_modseq: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("* {seq} FETCH (UID {} FLAGS ", message.uid).as_bytes());
    message.flags.write(recent, out);
    if with_modseq {
        out.extend_from_slice(format!(" MODSEQ ({})", message.modseq).as_bytes());
    }
    out.extend_from_slice(b")\r\n");
}
