//! What the person wants of the ledger in a tab that doesn't know what another one wrote.
use super::{handle, open};
use crate::state::mail::MailEvent;
use crate::state::mail::check::Stage;
use crate::state::model::Model;
use crate::state::reduce::Out;

/// Wishes that wait for the database to be read again; more don't wait.
const MAX_WAITING: usize = 100;

/// Whether the database is being read, or is to be (where the `ledger` is written and another tab has written into it): what is
/// changed before would be read over, or written over it. Where reading fails nothing waits.
pub(super) fn is_read_first(m: &mut Model, out: &mut Out, ledger: bool) -> bool {
    let Some(mail) = m.mail.as_mut().filter(|mail| mail.mailbox.is_some()) else { return false };
    if mail.loads == 0 && ledger && mail.stale && matches!(mail.check.stage, Stage::Idle) && !mail.unread {
        open::reload(mail, out);
    }
    mail.loads > 0
}

/// Keeps the event until then; gives it back where there is nothing to wait for.
pub(super) fn hold(m: &mut Model, out: &mut Out, event: MailEvent) -> Option<MailEvent> {
    let ledger = matches!(event, MailEvent::Wish(..) | MailEvent::Rest(_) | MailEvent::Options(_));
    let writes = ledger || matches!(event, MailEvent::Tag(_) | MailEvent::Folder(_));
    if !writes || !is_read_first(m, out, ledger) {
        return Some(event);
    }
    match &mut m.mail {
        Some(mail) if mail.waiting.len() < MAX_WAITING => mail.waiting.push(event),
        _ => return Some(event),
    }
    None
}

/// What was kept until then; it is dropped where nothing could be read.
pub(super) fn release(m: &mut Model, out: &mut Out) {
    let Some(mail) = &mut m.mail else { return };
    let (waiting, read) = (std::mem::take(&mut mail.waiting), !mail.unread);
    // Another tab may have written since; they don't wait for that, too.
    let again = std::mem::replace(&mut mail.stale, false);
    for event in waiting.into_iter().filter(|_| read) {
        handle(m, out, event);
    }
    if let Some(mail) = &mut m.mail {
        mail.stale |= again;
    }
}
