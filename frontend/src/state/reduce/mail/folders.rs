//! Folders of the person's own: made, renamed, deleted.
use super::{commit, share};
use crate::state::effect::Effect;
use crate::state::mail::{Commit, FolderChange};
use crate::state::model::{Model, Page};
use crate::state::msg::LinkEvent;
use crate::state::reduce::{Out, link, list};
use crate::state::route::Route;
use pyeonji_shared::ids::FolderName;

/// Why it was refused is in [`crate::state::mail::DeviceMail::refused`] afterwards.
pub fn change(m: &mut Model, out: &mut Out, change: FolderChange) {
    let Some(mail) = &mut m.mail else { return };
    let Some(mailbox) = &mut mail.mailbox else { return };
    let before = mailbox.open().cloned();
    let done = match &change {
        FolderChange::Create(name) => mailbox.create_folder(name),
        FolderChange::Rename(from, to) => mailbox.rename_folder(from, to),
        FolderChange::Delete(name) => mailbox.delete_folder(name),
    };
    mail.refused = done.as_ref().err().copied();
    let Ok(done) = done else { return };
    let open = mailbox.open().cloned();
    let changes = super::changes(done.writes);
    for event in done.events {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    share(out, &changes);
    commit(m, out, changes, Commit::Ledger);
    if open != before {
        // The page knows the open folder by its name: it opens it by the new one, or the Inbox in the place of one that is gone.
        m.reader = None;
        list::open_folder_as(m, out, open.unwrap_or_else(FolderName::inbox));
        if m.page == Page::Mail {
            m.route = Route::Folder(m.list.folder.clone());
            out.push(Effect::Path { path: m.route.path(), replace: true });
        }
    }
}
