//! What the person wants of the ledger in a tab that doesn't know what another one wrote.
use super::{finish, handle};
use crate::state::effect::Effect;
use crate::state::mail::check::Stage;
use crate::state::mail::{DeviceMail, MailEffect, MailEvent};
use crate::state::model::Model;
use crate::state::reduce::Out;
use pyeonji_shared::error::{ApiError, ErrorKind};

/// Wishes that wait for the database to be read again; more don't wait.
const MAX_WAITING: usize = 100;

/// Another tab may know more: then what it wrote is read before anything is written over it, and the event waits. Otherwise it is
/// for now.
pub(super) fn now(m: &mut Model, out: &mut Out, event: MailEvent) -> Option<MailEvent> {
    let writes = matches!(
        event,
        MailEvent::Wish(..) | MailEvent::Rest(_) | MailEvent::Options(_) | MailEvent::Delete(..)
    );
    let idle = |mail: &&mut Box<DeviceMail>| mail.stale && matches!(mail.check.stage, Stage::Idle);
    let Some(mail) = m.mail.as_mut().filter(idle).filter(|mail| writes && mail.mailbox.is_some()) else {
        return Some(event);
    };
    if mail.waiting.len() >= MAX_WAITING {
        return Some(event);
    }
    mail.waiting.push(event);
    if mail.waiting.len() == 1 {
        out.push(Effect::Mail(MailEffect::Load));
    }
    None
}

/// What waited for that, or failed with it.
pub(super) fn read_again(m: &mut Model, out: &mut Out) {
    let Some(mail) = &mut m.mail else { return };
    let (waiting, read) = (std::mem::take(&mut mail.waiting), !mail.stale);
    for event in waiting {
        match event {
            _ if read => handle(m, out, event),
            MailEvent::Delete(tag, _) => finish(m, out, tag, Err(ApiError::new(ErrorKind::Internal))),
            _ => {}
        }
    }
}
