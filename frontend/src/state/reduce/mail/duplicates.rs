//! Duplicates become one message, in this device's store alone: what was fetched from where is remembered for the one that stays, and
//! nothing leaves the server by it. Under the lock of a check, so that none sees it half done, in whichever tab.
use super::{check, commit, ledger_changes, ledger_head, now, open, share};
use crate::mailbox::{Record, Write};
use crate::state::effect::Effect;
use crate::state::mail::check::Stage;
use crate::state::mail::twins::merged;
use crate::state::mail::{Commit, MailEffect, StoreError};
use crate::state::model::Model;
use crate::state::msg::LinkEvent;
use crate::state::notice::{Doing, Text};
use crate::state::reduce::{Out, link};
use pyeonji_shared::device::LocalId;
use pyeonji_shared::device::duplicates::Group;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::Uid;

/// Groups of one commit; the next one follows it.
const BATCH: usize = 100;

pub fn merge(m: &mut Model, out: &mut Out, groups: Vec<Group>) {
    let Some(mail) = &mut m.mail else { return };
    if mail.mailbox.is_none() || groups.is_empty() {
        return;
    }
    if !matches!(mail.check.stage, Stage::Idle) {
        return later(m);
    }
    mail.check.stage = Stage::Merging { left: groups, done: 0 };
    out.push(Effect::Mail(MailEffect::Lock));
}

/// `false`: the lock was for something else.
pub fn locked(m: &mut Model, out: &mut Out, got: bool) -> bool {
    let Some(mail) = m.mail.as_mut().filter(|mail| matches!(mail.check.stage, Stage::Merging { .. })) else {
        return false;
    };
    if !got {
        later(m);
        end(m, out, 0);
    } else if mail.stale {
        // Another tab knows more.
        open::reload(mail, out);
    } else {
        next(m, out);
    }
    true
}

/// The database was read again (or couldn't be).
pub fn loaded(m: &mut Model, out: &mut Out) {
    let Some(mail) = &m.mail else { return };
    match mail.check.stage {
        Stage::Merging { .. } if mail.unread => end(m, out, 0),
        Stage::Merging { .. } => next(m, out),
        _ => {}
    }
}

/// The next batch, in one commit.
fn next(m: &mut Model, out: &mut Out) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    let (Stage::Merging { left, done }, Some(mailbox)) = (&mut mail.check.stage, &mut mail.mailbox) else {
        return;
    };
    let rest = left.split_off(left.len().min(BATCH));
    let batch = std::mem::replace(left, rest);
    let done = *done;
    let mut records: Vec<(Uid, Option<Record>)> = Vec::new();
    let mut changes = Vec::new();
    let mut count = 0;
    for group in &batch {
        let Some(one) = merged(mailbox, &mail.ledger, group) else { continue };
        count += 1;
        changes.extend(ledger_changes(&mail.ledger.merged(&one.group, at)));
        let mut writes = vec![Write::Record(one.keep, one.record.to_bytes())];
        let spare = || one.group.spare.iter().map(|LocalId(local)| Uid(*local));
        writes.extend(spare().map(Write::Delete));
        changes.extend(super::changes(writes));
        records.extend(spare().map(|uid| (uid, None)));
        records.push((one.keep, Some(one.record)));
    }
    if count == 0 {
        if done == 0 {
            m.notices.alert(Text::Failed(Doing::Merge, ApiError::new(ErrorKind::Gone)));
        }
        return end(m, out, done);
    }
    changes.push(ledger_head(mail));
    if m.reader.as_ref().is_some_and(|r| records.iter().any(|(uid, _)| *uid == r.at.uid)) {
        m.reader = None;
    }
    let Some(mailbox) = m.mail.as_mut().and_then(|mail| mail.mailbox.as_mut()) else { return };
    for event in mailbox.changed(records) {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    share(out, &changes);
    commit(m, out, changes, Commit::Merged(count));
}

/// A batch is durable (or isn't: then it is read again how it was).
pub fn stored(m: &mut Model, out: &mut Out, groups: u32, failed: Option<StoreError>) {
    let Some(mail) = &mut m.mail else { return };
    let Stage::Merging { left, done } = &mut mail.check.stage else { return };
    if failed.is_none() {
        *done += groups;
    }
    let done = *done;
    if failed.is_some() || left.is_empty() {
        end(m, out, done);
    } else {
        next(m, out);
    }
}

fn end(m: &mut Model, out: &mut Out, done: u32) {
    let Some(mail) = &mut m.mail else { return };
    mail.check.stage = Stage::Idle;
    mail.merged = mail.merged.wrapping_add(1);
    if done > 0 {
        let now = m.moment.now;
        m.notices.status(now, Text::Merged(done));
    }
    out.push(Effect::Mail(MailEffect::Unlock));
    out.push(Effect::Mail(MailEffect::Estimate));
    // A check may have become due meanwhile.
    check::due(m, out);
}

fn later(m: &mut Model) {
    m.notices.alert(Text::MergeLater);
}
