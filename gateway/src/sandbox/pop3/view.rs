//! What a session sees of INBOX: taken at sign-in, the same to its end (RFC 1939 §4, §8).
use crate::sandbox::message::Content;
use crate::sandbox::world::Account;
use std::sync::Arc;

pub struct Entry {
    pub uid: u32,
    /// As POP3 counts it.
    pub size: u64,
    /// By this session; happens at QUIT.
    pub deleted: bool,
}

pub struct View {
    /// UIDVALIDITY, which names the folder in the store.
    validity: u32,
    /// Message 1 first. As many as the account may have (`Bounds::account_messages`).
    entries: Vec<Entry>,
}

const NO_MESSAGE: &str = "There is no message of that number";

impl View {
    pub fn open(account: &Account) -> Self {
        let (validity, messages) = account.with(|store| match store.folder("INBOX") {
            Ok(inbox) => {
                (inbox.validity, inbox.messages.iter().map(|m| (m.uid, m.content.clone())).collect())
            }
            Err(_) => (0, Vec::<(u32, Arc<Content>)>::new()),
        });
        // Counted outside the store's lock, since it reads every message the first time.
        let entry = |(uid, content): (u32, Arc<Content>)| Entry {
            uid,
            size: content.pop3_size() as u64,
            deleted: false,
        };
        Self { validity, entries: messages.into_iter().map(entry).collect() }
    }

    /// Messages with their numbers, those after `number`, without deleted ones.
    pub fn after(&self, number: u32) -> impl Iterator<Item = (u32, &Entry)> {
        let entries = self.entries.get(number as usize..).unwrap_or_default();
        (number.saturating_add(1)..).zip(entries).filter(|(_, entry)| !entry.deleted)
    }

    /// Number and octets of what isn't deleted.
    pub fn totals(&self) -> (usize, u64) {
        self.after(0).fold((0, 0), |(count, octets), (_, entry)| (count + 1, octets + entry.size))
    }

    pub fn get(&self, number: u32) -> Result<&Entry, &'static str> {
        let entry = self.entries.get((number as usize).wrapping_sub(1));
        entry.filter(|entry| !entry.deleted).ok_or(NO_MESSAGE)
    }

    /// The message's content, unless IMAP removed it since sign-in.
    pub fn content(&self, account: &Account, number: u32) -> Result<Arc<Content>, &'static str> {
        let uid = self.get(number)?.uid;
        let content = account.with(|store| {
            let folder = store.selected(self.validity)?;
            folder.find(uid).map(|message| message.content.clone())
        });
        content.ok_or("The message was removed by another program")
    }

    /// Unique for ever and the same for every session: UIDVALIDITY and UID (RFC 1939 §7).
    pub fn unique_id(&self, entry: &Entry) -> String {
        format!("{:08x}{:08x}", self.validity, entry.uid)
    }

    pub fn delete(&mut self, number: u32) -> Result<(), &'static str> {
        self.get(number)?;
        if let Some(entry) = self.entries.get_mut((number as usize).wrapping_sub(1)) {
            entry.deleted = true;
        }
        Ok(())
    }

    pub fn undelete(&mut self) {
        for entry in &mut self.entries {
            entry.deleted = false;
        }
    }

    /// The UPDATE state (RFC 1939 §6): what is marked leaves INBOX. Gives how many were marked.
    pub fn update(&self, account: &Account) -> usize {
        let uids: Vec<u32> = self.entries.iter().filter(|e| e.deleted).map(|e| e.uid).collect();
        account.with(|store| store.expunge(self.validity, &uids));
        uids.len()
    }
}
