//! The folders of one account. Plain data: no locks, no clock, no protocol.
use super::date::Moment;
use super::flags::Flags;
use super::limit::Bounds;
use super::message::Content;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Between the levels of a folder's name.
pub const SEPARATOR: char = '/';

#[derive(Clone)]
pub struct Message {
    pub uid: u32,
    pub modseq: u64,
    pub date: Moment,
    pub flags: Flags,
    pub content: Arc<Content>,
}

/// RFC 6154.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Drafts,
    Sent,
    Archive,
    Junk,
    Trash,
}

impl Use {
    pub const ALL: [Use; 5] = [Use::Drafts, Use::Sent, Use::Archive, Use::Junk, Use::Trash];

    pub fn attribute(self) -> &'static str {
        match self {
            Use::Drafts => "\\Drafts",
            Use::Sent => "\\Sent",
            Use::Archive => "\\Archive",
            Use::Junk => "\\Junk",
            Use::Trash => "\\Trash",
        }
    }
}

pub struct Folder {
    /// Unique within the account for ever, so that it also names the folder across renames.
    pub validity: u32,
    pub uid_next: u32,
    /// The highest modification sequence, of changes and of removals (RFC 7162).
    pub modseq: u64,
    pub special: Option<Use>,
    /// Rising UIDs.
    pub messages: Vec<Message>,
    /// From this UID on no session has been told that a message is recent.
    pub recent_from: u32,
}

impl Folder {
    fn new(validity: u32, special: Option<Use>) -> Self {
        Self { validity, uid_next: 1, modseq: 1, special, messages: Vec::new(), recent_from: 1 }
    }

    pub fn find(&self, uid: u32) -> Option<&Message> {
        self.position(uid).and_then(|at| self.messages.get(at))
    }

    fn position(&self, uid: u32) -> Option<usize> {
        self.messages.binary_search_by_key(&uid, |m| m.uid).ok()
    }

    fn push(&mut self, new: NewMessage) -> u32 {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.modseq += 1;
        let NewMessage { flags, date, content } = new;
        self.messages.push(Message { uid, modseq: self.modseq, date, flags, content });
        uid
    }

    /// Sets flags; gives the message's new modification sequence, or `None` when it is gone.
    pub fn set_flags(&mut self, uid: u32, flags: Flags) -> Option<u64> {
        let at = self.position(uid)?;
        let message = self.messages.get_mut(at)?;
        if message.flags != flags {
            self.modseq += 1;
            message.flags = flags;
            message.modseq = self.modseq;
        }
        Some(message.modseq)
    }
}

/// A message without its place yet.
pub struct NewMessage {
    pub flags: Flags,
    pub date: Moment,
    pub content: Arc<Content>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("There is no folder of that name")]
    NoFolder,
    #[error("There is a folder of that name already")]
    Exists,
    #[error("This folder can't be changed so")]
    Fixed,
    #[error("A folder can't have that name")]
    BadName,
    #[error("There can't be more folders")]
    TooManyFolders,
    #[error("The mailbox is full")]
    OverQuota,
}

pub struct Store {
    pub folders: BTreeMap<String, Folder>,
    pub subscribed: BTreeSet<String>,
    bounds: Arc<Bounds>,
    next_validity: u32,
    used: u64,
    count: usize,
    /// Room promised to messages on their way.
    reserved: u64,
    /// Grows with every change that another session might show.
    pub version: u64,
}

impl Store {
    /// An account with its Inbox. `validity` is where UIDVALIDITY starts.
    pub fn new(bounds: Arc<Bounds>, validity: u32) -> Self {
        let inbox = Folder::new(validity, None);
        Self {
            folders: BTreeMap::from([("INBOX".to_owned(), inbox)]),
            subscribed: BTreeSet::from(["INBOX".to_owned()]),
            bounds,
            next_validity: validity + 1,
            used: 0,
            count: 0,
            reserved: 0,
            version: 0,
        }
    }

    /// The name in the form folders are kept under: INBOX is one whatever its case (RFC 3501 §5.1).
    pub fn canonical(name: &str) -> String {
        let inbox = name.get(..5).filter(|n| n.eq_ignore_ascii_case("INBOX"));
        match (inbox, name.get(5..)) {
            (Some(_), Some(rest)) if rest.is_empty() || rest.starts_with(SEPARATOR) => format!("INBOX{rest}"),
            _ => name.to_owned(),
        }
    }

    pub fn folder(&self, name: &str) -> Result<&Folder, StoreError> {
        self.folders.get(&Self::canonical(name)).ok_or(StoreError::NoFolder)
    }

    pub fn folder_mut(&mut self, name: &str) -> Result<&mut Folder, StoreError> {
        self.folders.get_mut(&Self::canonical(name)).ok_or(StoreError::NoFolder)
    }

    /// The folder that a session has selected, wherever it was renamed to.
    pub fn selected(&mut self, validity: u32) -> Option<&mut Folder> {
        self.folders.values_mut().find(|f| f.validity == validity)
    }

    pub fn has_children(&self, name: &str) -> bool {
        self.under(name).next().is_some()
    }

    fn under(&self, name: &str) -> impl Iterator<Item = &String> {
        let prefix = format!("{name}{SEPARATOR}");
        self.folders.range(prefix.clone()..).map(|(n, _)| n).take_while(move |n| n.starts_with(&prefix))
    }

    pub fn create(&mut self, name: &str, special: Option<Use>) -> Result<u32, StoreError> {
        let name = name.strip_suffix(SEPARATOR).unwrap_or(name);
        let name = Self::canonical(name);
        if self.folders.contains_key(&name) {
            return Err(StoreError::Exists);
        }
        let levels_ok = name.split(SEPARATOR).all(|level| !level.is_empty());
        let plain = !name.chars().any(|c| c.is_control() || c == '*' || c == '%');
        if !levels_ok || !plain || name.len() > self.bounds.folder_name_bytes {
            return Err(StoreError::BadName);
        }
        if self.folders.len() >= self.bounds.folders {
            return Err(StoreError::TooManyFolders);
        }
        let validity = self.next_validity;
        self.next_validity += 1;
        self.folders.insert(name, Folder::new(validity, special));
        self.version += 1;
        Ok(validity)
    }

    /// Removes a folder and its messages; folders below it stay.
    pub fn delete(&mut self, name: &str) -> Result<(), StoreError> {
        let name = Self::canonical(name);
        if name == "INBOX" {
            return Err(StoreError::Fixed);
        }
        let gone = self.folders.remove(&name).ok_or(StoreError::NoFolder)?;
        for message in &gone.messages {
            self.release(&message.content);
        }
        self.version += 1;
        Ok(())
    }

    /// RFC 3501 §6.3.5: folders below move along; renaming INBOX moves its messages into a new folder.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        let from = Self::canonical(from);
        let to = Self::canonical(to.strip_suffix(SEPARATOR).unwrap_or(to));
        if from == "INBOX" {
            self.create(&to, None)?;
            let all: Vec<u32> = self.folder(&from)?.messages.iter().map(|m| m.uid).collect();
            let messages = self.take(&from, &all)?;
            let target = self.folder_mut(&to)?;
            for m in messages {
                target.push(NewMessage { flags: m.flags, date: m.date, content: m.content });
            }
            self.version += 1;
            return Ok(());
        }
        if to == from || to.starts_with(&format!("{from}{SEPARATOR}")) {
            return Err(StoreError::BadName);
        }
        if self.folders.contains_key(&to) {
            return Err(StoreError::Exists);
        }
        let children: Vec<String> = self.under(&from).cloned().collect();
        if !self.folders.contains_key(&from) && children.is_empty() {
            return Err(StoreError::NoFolder);
        }
        // The new name is judged as CREATE judges it.
        self.create(&to, None)?;
        self.folders.remove(&to);
        for name in std::iter::once(from.clone()).chain(children) {
            if let Some(folder) = self.folders.remove(&name) {
                let rest = name.strip_prefix(&from).unwrap_or_default();
                self.folders.insert(format!("{to}{rest}"), folder);
            }
        }
        self.version += 1;
        Ok(())
    }

    /// Puts a message into a folder and gives (UIDVALIDITY, UID).
    pub fn append(&mut self, name: &str, new: NewMessage) -> Result<(u32, u32), StoreError> {
        let weight = new.content.weight();
        let room = self.room(weight);
        let folder = self.folder_mut(name)?;
        if !room {
            return Err(StoreError::OverQuota);
        }
        let uid = folder.push(new);
        let validity = folder.validity;
        self.used += weight;
        self.count += 1;
        self.version += 1;
        Ok((validity, uid))
    }

    fn take(&mut self, name: &str, uids: &[u32]) -> Result<Vec<Message>, StoreError> {
        let folder = self.folder_mut(name)?;
        let (gone, kept) = std::mem::take(&mut folder.messages)
            .into_iter()
            .partition(|m| uids.binary_search(&m.uid).is_ok());
        folder.messages = kept;
        folder.modseq += 1;
        Ok(gone)
    }

    /// Removes messages of a selected folder for good; `uids` rise.
    pub fn expunge(&mut self, validity: u32, uids: &[u32]) {
        let Some(folder) = self.selected(validity) else { return };
        let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut folder.messages)
            .into_iter()
            .partition(|m| uids.binary_search(&m.uid).is_ok());
        folder.messages = kept;
        if !gone.is_empty() {
            folder.modseq += 1;
            self.version += 1;
        }
        for message in &gone {
            self.release(&message.content);
        }
    }

    /// Copies messages of a selected folder; gives the target's UIDVALIDITY and (old UID, new UID) pairs. All or none.
    pub fn copy(&mut self, from: u32, uids: &[u32], to: &str) -> Result<(u32, Vec<(u32, u32)>), StoreError> {
        self.folder(to)?;
        let source = self.selected(from).ok_or(StoreError::NoFolder)?;
        let messages: Vec<Message> = uids.iter().filter_map(|uid| source.find(*uid).cloned()).collect();
        let weight: u64 = messages.iter().map(|m| m.content.weight()).sum();
        if !self.room(weight) || self.count + messages.len() > self.bounds.account_messages {
            return Err(StoreError::OverQuota);
        }
        self.used += weight;
        self.count += messages.len();
        self.version += 1;
        let target = self.folder_mut(to)?;
        let pairs = messages
            .into_iter()
            .map(|m| (m.uid, target.push(NewMessage { flags: m.flags, date: m.date, content: m.content })))
            .collect();
        Ok((target.validity, pairs))
    }

    fn release(&mut self, content: &Content) {
        self.used = self.used.saturating_sub(content.weight());
        self.count = self.count.saturating_sub(1);
    }

    pub fn used_bytes(&self) -> u64 {
        self.used
    }

    pub fn count(&self) -> usize {
        self.count
    }

    fn room(&self, bytes: u64) -> bool {
        self.used + self.reserved + bytes <= self.bounds.quota_bytes
            && self.count < self.bounds.account_messages
    }

    /// Keeps room for a message on its way.
    pub fn reserve(&mut self, bytes: u64) -> Result<(), StoreError> {
        if !self.room(bytes) {
            return Err(StoreError::OverQuota);
        }
        self.reserved += bytes;
        Ok(())
    }

    pub fn unreserve(&mut self, bytes: u64) {
        self.reserved = self.reserved.saturating_sub(bytes);
    }
}
