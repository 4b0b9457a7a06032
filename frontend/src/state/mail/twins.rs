//! What lies on this device twice, and what merging would leave.
use super::DeviceMail;
use crate::mailbox::record::MAX_KEYWORDS;
use crate::mailbox::{Mailbox, Origin, Record};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::device::duplicates::{Group, Identity, Stay, duplicates};
use pyeonji_shared::device::entry::OnServer;
use pyeonji_shared::device::ledger::Ledger;
use pyeonji_shared::device::{LocalId, Uidl};
use pyeonji_shared::ids::{FolderName, Uid};

/// The groups of all that is here. Drafts aren't compared: each edition is a message of its own.
pub fn groups(mail: &DeviceMail) -> Vec<Group> {
    let Some(mailbox) = &mail.mailbox else { return Vec::new() };
    let all: Vec<Identity> =
        mailbox.records().filter_map(|(uid, r)| identity(&mail.ledger, uid, r)).collect();
    duplicates(&all)
}

fn identity(ledger: &Ledger, uid: Uid, record: &Record) -> Option<Identity> {
    (record.origin != Origin::Draft).then(|| Identity {
        local: LocalId(uid.0),
        uidl: record.uidl.clone(),
        there: record.uidl.as_ref().and_then(|uidl| stay(ledger, uidl)),
        message_id: record.head.message_id.clone(),
        size: record.size,
        digest: record.digest.filter(|_| !record.head_only),
        whole: !record.head_only,
        received_at: record.added_at,
        flags: record.flags,
    })
}

/// When a name was on the server; of one that is gone it is known that it was there when it was fetched.
fn stay(ledger: &Ledger, uidl: &Uidl) -> Option<Stay> {
    let entry = ledger.get(uidl)?;
    Some(match entry.server {
        OnServer::There { since } => Stay { since, until: None },
        OnServer::Gone { since, last_seen, .. } => {
            Stay { since: entry.received_at.map_or(last_seen, |at| at.min(last_seen)), until: Some(since) }
        }
    })
}

/// What is kept of a group, and its record afterwards.
#[derive(Debug)]
pub struct Merged {
    pub group: Group,
    pub keep: Uid,
    pub record: Record,
}

/// `None` when the group isn't what it was: then nothing is merged.
pub fn merged(mailbox: &mut Mailbox, ledger: &Ledger, group: &Group) -> Option<Merged> {
    let members: Vec<Uid> =
        std::iter::once(group.keep).chain(group.spare.iter().copied()).map(|l| Uid(l.0)).collect();
    let one = |uid: &Uid| identity(ledger, *uid, mailbox.record(*uid)?);
    let all: Vec<Identity> = members.iter().filter_map(one).collect();
    // Flags may have changed since it was looked at; which messages are one must not have.
    let fresh = duplicates(&all).into_iter().find(|fresh| {
        (fresh.keep, fresh.exact, fresh.whole) == (group.keep, group.exact, group.whole)
            && fresh.spare == group.spare
    })?;
    let records: Vec<&Record> = members.iter().filter_map(|uid| mailbox.record(*uid)).collect();
    let keep = *members.first()?;
    let mut record = mailbox.record(keep)?.clone();
    record.flags = fresh.flags;
    record.added_at = fresh.received_at;
    record.received = records.iter().map(|r| r.received).min()?;
    for word in records.iter().flat_map(|r| &r.keywords) {
        if record.keywords.len() < MAX_KEYWORDS && !record.keywords.contains(word) {
            record.keywords.push(word.clone());
        }
    }
    // A name that the server still has says where the message is.
    let there = |uidl: &&Uidl| {
        let entry = ledger.get(uidl).filter(|entry| entry.on_server());
        entry.and_then(|e| e.here.local()).is_some_and(|local| members.contains(&Uid(local.0)))
    };
    let own = record.uidl.as_ref().filter(there);
    let name = own.or_else(|| records.iter().filter_map(|r| r.uidl.as_ref()).find(there)).cloned();
    record.uidl = name.or_else(|| records.iter().find_map(|r| r.uidl.clone()));
    // What was thrown away once and is somewhere else too stays in sight.
    let away = away(mailbox);
    let place = records.iter().map(|r| r.folder.clone()).find(|folder| !away.contains(folder));
    if let Some(folder) = place.filter(|_| away.contains(&record.folder)) {
        record.folder = folder;
        record.place = mailbox.next_place();
    }
    Some(Merged { group: fresh, keep, record })
}

fn away(mailbox: &Mailbox) -> Vec<FolderName> {
    let away = |special| matches!(special, Some(SpecialUse::Trash | SpecialUse::Junk));
    mailbox.folders().into_iter().filter(|f| away(f.special)).map(|f| f.name).collect()
}
