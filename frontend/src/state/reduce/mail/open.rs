//! The account's mail as the database has it, and as other tabs change it.
use super::check;
use crate::mailbox::{Mailbox, Record, own_from_bytes};
use crate::state::effect::Effect;
use crate::state::mail::check::Stage;
use crate::state::mail::{DeviceMail, Loaded, MailEffect, StoreError, meta};
use crate::state::model::Model;
use crate::state::msg::LinkEvent;
use crate::state::notice::{Doing, Text};
use crate::state::reduce::{Out, link};
use pyeonji_shared::account::{AccountInfo, UpstreamState};
use pyeonji_shared::device::entry::Entry;
use pyeonji_shared::device::ledger::{Head, Ledger};
use pyeonji_shared::event::Event;
use pyeonji_shared::ids::Uid;
use pyeonji_shared::limits::FIRST_ROWS;
use serde::de::DeserializeOwned;

/// The account's mail is on this device: it is read as soon as the database is open.
pub fn begin(m: &mut Model, out: &mut Out) {
    if m.mail.is_none() {
        m.mail = Some(Box::new(DeviceMail { opened: super::now(m), ..DeviceMail::default() }));
    }
    if m.device_ok {
        load(m, out);
    }
}

pub fn load(m: &mut Model, out: &mut Out) {
    // Read twice, it would be checked twice.
    if let Some(mail) = m.mail.as_mut().filter(|mail| mail.mailbox.is_none() && mail.loads == 0) {
        reload(mail, out);
    }
}

pub fn reload(mail: &mut DeviceMail, out: &mut Out) {
    (mail.loads, mail.again) = (mail.loads.saturating_add(1), false);
    out.push(Effect::Mail(MailEffect::Load));
}

/// A database as the page knows it.
pub struct Read {
    records: Vec<(Uid, Record)>,
    own: Vec<pyeonji_shared::ids::FolderName>,
    ledger: Option<Ledger>,
    meta: Vec<(String, Vec<u8>)>,
    /// Records and ledger of a later version of the page.
    newer: bool,
}

impl Read {
    pub fn of(loaded: Loaded) -> Self {
        let all = loaded.records.len();
        let records: Vec<(Uid, Record)> = loaded
            .records
            .into_iter()
            .filter_map(|(uid, b)| Some((Uid(uid), Record::from_bytes(&b)?)))
            .collect();
        let value = |name: &str| loaded.meta.iter().find(|(n, _)| n == name).map(|(_, b)| b.as_slice());
        let own = value(meta::FOLDERS).map(own_from_bytes).unwrap_or_default();
        let entries: Vec<Entry> = loaded.ledger.iter().filter_map(|b| postcard::from_bytes(b).ok()).collect();
        let head: Option<Head> = value(meta::LEDGER).and_then(|b| postcard::from_bytes(b).ok());
        let (ledger, newer) = match head {
            Some(head) => match Ledger::load(head, entries) {
                Ok(ledger) => (Some(ledger), false),
                Err(_) => (None, true),
            },
            // Mail from a server, and nothing written of what was fetched from where.
            None if records.iter().any(|(_, r)| r.uidl.is_some()) => (Some(Ledger::lost()), false),
            None => (Some(Ledger::default()), false),
        };
        let newer = newer || records.len() < all;
        Self { records, own, ledger, meta: loaded.meta, newer }
    }

    fn value<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let (_, bytes) = self.meta.iter().find(|(n, _)| n == name)?;
        postcard::from_bytes(bytes).ok()
    }
}

/// `false`: a later reading is under way.
pub fn loaded(m: &mut Model, out: &mut Out, loaded: Result<Loaded, StoreError>) -> bool {
    let Some(mail) = &mut m.mail else { return false };
    mail.loads = mail.loads.saturating_sub(1);
    if mail.loads == 0 && mail.again && matches!(mail.check.stage, Stage::Locking) {
        // What this check decides by is all that is known.
        reload(mail, out);
    }
    if mail.loads > 0 {
        return false;
    }
    mail.unread = loaded.is_err();
    take_in(m, out, loaded);
    true
}

fn take_in(m: &mut Model, out: &mut Out, loaded: Result<Loaded, StoreError>) {
    let phase = loaded.as_ref().map(|loaded| loaded.phase).unwrap_or_default();
    let Some(mail) = &mut m.mail else { return };
    let read = match loaded {
        Ok(loaded) => super::read(loaded),
        Err(error @ (StoreError::Locked | StoreError::NoKey)) => {
            super::vault::shut(m, error);
            return check::unread(m, out, error);
        }
        Err(error) => {
            mail.error = Some(error);
            m.notices.alert(Text::Failed(Doing::Device, super::store_error(error)));
            return check::unread(m, out, error);
        }
    };
    if read.newer {
        // A page of an older build must not write over what a newer one wrote.
        mail.error = Some(StoreError::Unavailable);
        out.push(Effect::Reload);
        return;
    }
    let first = mail.mailbox.is_none();
    mail.options = read.value(meta::OPTIONS).unwrap_or_default();
    mail.checks = read.value(meta::CHECKS).unwrap_or_default();
    mail.seen = read.value(meta::SEEN).flatten();
    mail.ledger = read.ledger.unwrap_or_default();
    mail.mailbox = Some(Mailbox::load(read.records, read.own));
    mail.stale = mail.again;
    out.push(Effect::Mail(MailEffect::Estimate));
    out.push(Effect::Mail(MailEffect::Persist));
    super::vault::phase_is(m, out, phase);
    welcome(m, out);
    check::loaded(m, out, first);
}

/// Shows the mailbox as if a server had welcomed us. Needs no network.
pub fn welcome(m: &mut Model, out: &mut Out) {
    let folder = m
        .route
        .folder()
        .cloned()
        .or_else(|| (!m.list.folder.as_str().is_empty()).then(|| m.list.folder.clone()));
    let account = m.account.clone().unwrap_or_else(|| AccountInfo {
        address: m.device.clone().unwrap_or_default(),
        capabilities: pyeonji_shared::account::Capabilities {
            device: true,
            undo_move: true,
            ..Default::default()
        },
        ..AccountInfo::default()
    });
    let Some(mailbox) = m.mail.as_mut().and_then(|mail| mail.mailbox.as_mut()) else { return };
    let snapshot = mailbox.welcome(account, UpstreamState::Online, folder.as_ref(), FIRST_ROWS);
    link::handle(m, out, LinkEvent::Event(Box::new(Event::Snapshot(snapshot))));
}

pub fn room(m: &mut Model, room: Option<(u64, u64)>) {
    let Some(mail) = &mut m.mail else { return };
    if let Some((used, quota)) = room {
        let was = mail.room.is_short();
        (mail.room.used, mail.room.quota) = (used, quota);
        if mail.room.is_short() && !was {
            m.notices.alert(Text::DeviceShort(quota.saturating_sub(used)));
        }
    }
}

/// Another tab has stored something.
pub fn shared(m: &mut Model, out: &mut Out, changed: Vec<(u32, Option<Vec<u8>>)>) {
    let Some(mail) = &mut m.mail else { return };
    (mail.stale, mail.again) = (true, mail.loads > 0);
    let ledger = changed.is_empty() || changed.iter().any(|(_, record)| record.is_none());
    if ledger && matches!(mail.check.stage, Stage::Asking) {
        // What is asked about may be another now: the check, which has the lock, looks again.
        mail.check.stage = Stage::Locking;
        reload(mail, out);
    }
    let Some(mailbox) = &mut mail.mailbox else { return };
    let record = |bytes: Option<Vec<u8>>| bytes.as_deref().and_then(Record::from_bytes);
    let changed = changed.into_iter().map(|(uid, bytes)| (Uid(uid), record(bytes))).collect();
    for event in mailbox.changed(changed) {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
}
