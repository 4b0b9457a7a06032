//! Messages that this device makes: the copy of what was sent, and drafts. The gateway composes them, as it does for the mail
//! server, and their bytes come back to be stored.
use super::{commit, fetch, now};
use crate::mailbox::{Added, Origin, Record, Write};
use crate::state::compose::{Phase, ServerCopy};
use crate::state::effect::Effect;
use crate::state::mail::{Change, Commit, Key, Made, MailEffect, Purpose, Shelf, StoreError};
use crate::state::model::{Model, Pending, Tag};
use crate::state::msg::LinkEvent;
use crate::state::notice::{Doing, Text};
use crate::state::reduce::{Out, ask, cancel, link, send, wire};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::compose::DraftSaved;
use pyeonji_shared::call::device::{Built, MailPart};
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::draft::OriginKind;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, MessageRef, OpId, Uid};
use pyeonji_shared::message::Flags;

/// The message went out at `date`: its copy is made. Until that is stored the composer waits, out of sight.
pub fn file_sent(m: &mut Model, out: &mut Out, composer: OpId, date: i64) {
    begin(m, out, composer, Purpose::Sent, Some(date));
}

pub fn save_draft(m: &mut Model, out: &mut Out, composer: OpId, edition: u32) {
    let replaces = m.composer(composer).and_then(|c| c.replaces.as_ref()).map(|at| at.uid);
    begin(m, out, composer, Purpose::Draft { replaces, edition }, None);
}

fn begin(m: &mut Model, out: &mut Out, composer: OpId, purpose: Purpose, date: Option<i64>) {
    let busy = m.mail.as_ref().is_some_and(|mail| mail.making.iter().any(|made| made.composer == composer));
    if busy {
        return;
    }
    let Some(draft) = m.composer(composer).and_then(|c| wire::draft(m, c)) else { return };
    let tag = ask(m, out, Pending::Built(composer), None, Call::Built(Built { draft, date }));
    let Some(mail) = &mut m.mail else { return };
    let (uid, pieces, last) = (0, 0, Vec::new());
    mail.making.push(Made { composer, purpose, tag, uid, pieces, last, fetched: None, record: None });
}

fn making(m: &mut Model, tag: Tag) -> Option<&mut Made> {
    m.mail.as_mut()?.making.iter_mut().find(|made| made.tag == tag)
}

/// `false` if it isn't one of these.
pub fn part(m: &mut Model, out: &mut Out, tag: Tag, part: MailPart) -> bool {
    let Some(made) = making(m, tag) else { return false };
    // A message is as large as the sending server takes, some dozens of megabytes: held until it is whole.
    made.last.extend_from_slice(&part.bytes);
    match part.end {
        Some(Ok(fetched)) => made.fetched = Some(fetched),
        Some(Err(error)) => failed(m, out, tag, error),
        None => {}
    }
    out.push(Effect::Mail(MailEffect::Credit { tag, n: 1 }));
    true
}

/// The stream has ended.
pub fn done(m: &mut Model, out: &mut Out, tag: Tag, result: Result<Reply, ApiError>) {
    let error = match (result, making(m, tag)) {
        (_, None) => return,
        (Ok(_), Some(made)) if made.fetched.is_some() => {
            out.push(Effect::Mail(MailEffect::Reserve { count: 1 }));
            return;
        }
        (Ok(_), _) => ApiError::new(ErrorKind::Internal),
        (Err(error), _) => error,
    };
    failed(m, out, tag, error);
}

/// A uid for the oldest that waits for one. `false` if none does.
pub fn reserved(m: &mut Model, out: &mut Out, first: &Result<u32, StoreError>) -> bool {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return false };
    let waits = |made: &&mut Made| made.uid == 0 && made.fetched.is_some();
    let Some(made) = mail.making.iter_mut().find(waits) else { return false };
    let tag = made.tag;
    let uid = match first {
        Ok(uid) => Uid(*uid),
        Err(error) => {
            let error = super::store_error(*error);
            failed(m, out, tag, error);
            return true;
        }
    };
    let (Some(fetched), Some(mailbox)) = (made.fetched.as_deref(), &mut mail.mailbox) else { return true };
    made.uid = uid.0;
    let (special, origin, flags) = match made.purpose {
        Purpose::Sent => (SpecialUse::Sent, Origin::Sent, Flags::SEEN),
        Purpose::Draft { .. } => (SpecialUse::Drafts, Origin::Draft, Flags::SEEN.with(Flags::DRAFT)),
    };
    let folder = mailbox.folders().into_iter().find(|f| f.special == Some(special));
    let folder = folder.map_or_else(FolderName::inbox, |f| f.name);
    let added = Added {
        folder,
        place: mailbox.next_place(),
        flags,
        origin,
        digest: Some(fetched.digest),
        now: at,
        ..Added::default()
    };
    let (mut record, text) = Record::from_fetched(fetched, added);
    record.received = fetched.view.sent.unwrap_or(at);
    let mut changes: Vec<Change> = Vec::new();
    let bytes = std::mem::take(&mut made.last);
    fetch::put(uid, 0, bytes, &record, text, fetched, &mut changes);
    if let Purpose::Draft { replaces: Some(old), .. } = made.purpose {
        changes.extend(super::changes(vec![Write::Delete(old)]));
    }
    made.record = Some(Box::new(record));
    let whole = made.clone();
    commit(m, out, changes, Commit::Made(Box::new(whole)));
    true
}

/// It is durable (or isn't).
pub fn stored(m: &mut Model, out: &mut Out, made: Made, failure: Option<StoreError>) {
    if let Some(error) = failure {
        return failed(m, out, made.tag, super::store_error(error));
    }
    let Some(mail) = &mut m.mail else { return };
    mail.making.retain(|other| other.tag != made.tag);
    let (Some(mailbox), Some(record)) = (&mut mail.mailbox, made.record) else { return };
    let uid = Uid(made.uid);
    let at = MessageRef { folder: record.folder.clone(), validity: crate::mailbox::VALIDITY, uid };
    let mut uids = vec![made.uid];
    let mut events = Vec::new();
    if let Purpose::Draft { replaces: Some(old), .. } = made.purpose {
        uids.push(old.0);
        events.extend(mailbox.changed(vec![(old, None)]));
    }
    events.extend(mailbox.arrived(vec![(uid, *record)]));
    for event in events {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    out.push(Effect::Mail(MailEffect::Share(uids)));
    match made.purpose {
        Purpose::Sent => {
            answered(m, out, made.composer);
            send::forget(m, out, made.composer);
        }
        Purpose::Draft { edition, .. } => {
            let saved = Ok(Reply::DraftSaved(DraftSaved { at: Some(at) }));
            send::draft_saved(m, out, made.composer, edition, saved);
        }
    }
}

/// Marks what was answered or forwarded, and takes out the draft that was sent.
fn answered(m: &mut Model, out: &mut Out, composer: OpId) {
    let Some(composer) = m.composer(composer) else { return };
    let (origin, replaces) = (composer.origin.clone(), composer.replaces.clone());
    let Some(mailbox) = m.mail.as_mut().and_then(|mail| mail.mailbox.as_mut()) else { return };
    let mut changed = Vec::new();
    let mut drop: Vec<Uid> = replaces.iter().map(|at| at.uid).collect();
    if let Some(origin) = origin {
        let mark = match origin.kind {
            OriginKind::Reply => Flags::ANSWERED,
            OriginKind::Forward => Flags::FORWARDED,
            OriginKind::Draft => Flags::default(),
        };
        match mailbox.record(origin.at.uid) {
            Some(record) if !mark.is_empty() => {
                let flags = record.flags.with(mark);
                changed.push((origin.at.uid, Some(Record { flags, ..record.clone() })));
            }
            Some(_) if origin.kind == OriginKind::Draft => drop.push(origin.at.uid),
            _ => {}
        }
    }
    drop.retain(|uid| mailbox.record(*uid).is_some());
    drop.sort_unstable();
    drop.dedup();
    let mut changes: Vec<Change> = changed
        .iter()
        .filter_map(|(uid, record)| {
            Some(Change::Put(Shelf::Records, Key::Number(uid.0), record.as_ref()?.to_bytes()))
        })
        .collect();
    changes.extend(super::changes(drop.iter().map(|uid| Write::Delete(*uid)).collect()));
    changed.extend(drop.into_iter().map(|uid| (uid, None)));
    if changes.is_empty() {
        return;
    }
    for event in mailbox.changed(changed) {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    super::share(out, &changes);
    commit(m, out, changes, Commit::Ledger);
}

fn failed(m: &mut Model, out: &mut Out, tag: Tag, error: ApiError) {
    let Some(mail) = &mut m.mail else { return };
    let Some(at) = mail.making.iter().position(|made| made.tag == tag) else { return };
    let made = mail.making.remove(at);
    cancel(m, out, tag);
    match made.purpose {
        // The message is out; its copy is tried again at the next start, because the note of it stays.
        Purpose::Sent => {
            if let Some(composer) = m.composer_mut(made.composer)
                && let Phase::Filing { failed, .. } = &mut composer.phase
            {
                *failed = true;
            }
            if error.kind != ErrorKind::Offline {
                m.notices.alert(Text::SentWithoutCopy(error));
            }
        }
        Purpose::Draft { .. } => {
            if let Some(composer) = m.composer_mut(made.composer) {
                composer.server_copy = ServerCopy::Failed(error.clone());
                composer.closing = false;
            }
            m.notices.alert(Text::Failed(Doing::SaveDraft, error));
        }
    }
}
