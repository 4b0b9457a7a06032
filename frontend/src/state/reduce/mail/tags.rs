//! Tags are put on and taken off: at once in sight, one commit, undone by the notice about it.
use super::{commit, share};
use crate::mailbox::Retag;
use crate::state::mail::{Change, Commit, TagChange};
use crate::state::model::Model;
use crate::state::msg::LinkEvent;
use crate::state::notice::{NoticeKind, Text, Undo};
use crate::state::reduce::{Out, link};

/// Why it was refused is in [`crate::state::mail::DeviceMail::untagged`] afterwards.
pub fn change(m: &mut Model, out: &mut Out, change: &TagChange) {
    let Some(mail) = &mut m.mail else { return };
    let Some(mailbox) = &mail.mailbox else { return };
    let planned = mailbox.retag(&change.uids, &change.tag, change.on);
    mail.untagged = planned.as_ref().err().copied();
    let Ok(planned) = planned else { return };
    if !planned.is_empty() {
        // What was begun last is undone first, whenever it was stored.
        let (changes, notice) = (carry_out(m, out, &planned), m.notices.reserve());
        commit(m, out, changes, Commit::Tagged(notice, planned));
    }
}

pub fn undo(m: &mut Model, out: &mut Out, done: &[Retag]) {
    let Some(mailbox) = m.mail.as_ref().and_then(|mail| mail.mailbox.as_ref()) else { return };
    let back = mailbox.tags_back(done);
    if !back.is_empty() {
        let changes = carry_out(m, out, &back);
        commit(m, out, changes, Commit::Untagged);
    }
}

fn carry_out(m: &mut Model, out: &mut Out, retags: &[Retag]) -> Vec<Change> {
    let Some(mailbox) = m.mail.as_mut().and_then(|mail| mail.mailbox.as_mut()) else { return Vec::new() };
    let done = mailbox.tagged(retags);
    let changes = super::changes(done.writes);
    for event in done.events {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    share(out, &changes);
    changes
}

/// It is durable.
pub fn stored(m: &mut Model, notice: u32, done: Vec<Retag>) {
    let n = u32::try_from(done.len()).unwrap_or(u32::MAX);
    m.notices.undoable(notice, m.moment.now, NoticeKind::Status, Text::Tagged(n), Undo::Tags(done));
}
