//! What the person wants of the ledger in a tab that doesn't know what another one wrote.
use super::handle;
use crate::state::effect::Effect;
use crate::state::mail::check::Stage;
use crate::state::mail::{MailEffect, MailEvent};
use crate::state::model::Model;
use crate::state::reduce::Out;

/// Wishes that wait for the database to be read again; more don't wait.
const MAX_WAITING: usize = 100;

/// Whether another tab knows more: then what it wrote is read before anything is written over it. Where that fails nothing waits.
pub(super) fn is_read_first(m: &mut Model, out: &mut Out) -> bool {
    let Some(mail) = &mut m.mail else { return false };
    let idle = matches!(mail.check.stage, Stage::Idle) && mail.mailbox.is_some();
    if !mail.stale || !idle || mail.error.is_some() {
        return false;
    }
    if !std::mem::replace(&mut mail.loading, true) {
        out.push(Effect::Mail(MailEffect::Load));
    }
    true
}

/// The event, if it is for now; otherwise it waits.
pub(super) fn now(m: &mut Model, out: &mut Out, event: MailEvent) -> Option<MailEvent> {
    let writes = matches!(event, MailEvent::Wish(..) | MailEvent::Rest(_) | MailEvent::Options(_));
    if !writes || !is_read_first(m, out) {
        return Some(event);
    }
    match &mut m.mail {
        Some(mail) if mail.waiting.len() < MAX_WAITING => mail.waiting.push(event),
        _ => return Some(event),
    }
    None
}

/// What waited for that; it is dropped where nothing could be read.
pub(super) fn read_again(m: &mut Model, out: &mut Out) {
    let Some(mail) = &mut m.mail else { return };
    let (waiting, read) = (std::mem::take(&mut mail.waiting), !mail.stale);
    for event in waiting.into_iter().filter(|_| read) {
        handle(m, out, event);
    }
}
