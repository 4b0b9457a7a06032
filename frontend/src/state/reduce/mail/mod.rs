//! Mail that is kept on this device: calls are answered here, and what was said is true once it is stored.
mod check;
mod duplicates;
mod fetch;
mod folders;
mod ledger;
mod look;
mod made;
mod open;
mod stale;
mod tags;
mod takeout;
mod vault;

pub use check::{chunk, done, due};
pub use made::{done as built, file_sent, save_draft};
pub use open::{begin, welcome};
pub use tags::undo as untag;

use super::{Out, link};
use crate::mailbox::{Next, Outcome, Write};
use crate::state::effect::Effect;
use crate::state::mail::{
    Change, Commit, DeviceMail, Key, Loaded, MailEffect, MailEvent, Shelf, StoreError, TAKEOUT, meta,
};
use crate::state::model::{Model, Tag};
use crate::state::msg::LinkEvent;
use crate::state::notice::{Doing, Text};
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::call::{Call, ChunkPart, Reply};
use pyeonji_shared::device::ledger::Changes;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{MessageRef, Uid};
use pyeonji_shared::message::{MessageView, ViewNote};

/// Whether the account's mail is on this device.
pub fn is_here(m: &Model) -> bool {
    m.mail.is_some()
}

/// Seconds since 1970-01-01 UTC.
fn now(m: &Model) -> i64 {
    m.moment.now.div_euclid(1000)
}

pub fn handle(m: &mut Model, out: &mut Out, event: MailEvent) {
    let Some(event) = stale::hold(m, out, event) else { return };
    match event {
        MailEvent::Loaded(loaded) => {
            if open::loaded(m, out, *loaded) {
                duplicates::loaded(m, out);
                stale::release(m, out);
            }
        }
        MailEvent::Committed { id, result } => committed(m, out, id, result),
        MailEvent::View { tag, uid, bytes } => view(m, out, tag, uid, &bytes),
        MailEvent::Texts { tag, texts } => searched(m, out, tag, &texts),
        MailEvent::Reserved(first) => {
            if !made::reserved(m, out, &first) {
                check::reserved(m, out, first);
            }
        }
        MailEvent::Room(room) => open::room(m, room),
        MailEvent::Persistent(kept) => {
            if let Some(mail) = &mut m.mail {
                mail.room.persistent = Some(kept);
            }
        }
        MailEvent::Locked(got) => {
            if !duplicates::locked(m, out, got) {
                check::locked(m, out, got);
            }
        }
        MailEvent::Shared(changed) => open::shared(m, out, changed),
        MailEvent::Rendered { uid, bytes } => rendered(m, out, uid, bytes),
        MailEvent::Due => check::due(m, out),
        MailEvent::Check => check::start(m, out, true),
        MailEvent::Stop => check::stop(m, out),
        MailEvent::Approve => check::approved(m, out),
        MailEvent::Later => check::later(m, out),
        MailEvent::Rest(uid) => check::rest(m, out, uid),
        MailEvent::Options(options) => check::set_options(m, out, options),
        MailEvent::Wish(uidl, wish) => ledger::wish(m, out, &uidl, wish),
        MailEvent::Merge(groups) => duplicates::merge(m, out, groups),
        MailEvent::Tag(change) => tags::change(m, out, &change),
        MailEvent::Folder(change) => folders::change(m, out, change),
        MailEvent::Persist => {
            out.push(Effect::Mail(MailEffect::Persist));
            out.push(Effect::Mail(MailEffect::Estimate));
        }
        MailEvent::Takeout(told) if TAKEOUT => takeout::handle(m, out, told),
        MailEvent::Takeout(_) => {}
        MailEvent::Vault(told) => vault::handle(m, out, told),
    }
}

/// Calls that this page answers by itself for mail on this device.
pub fn answers(m: &Model, call: &Call) -> bool {
    is_here(m)
        && !matches!(
            call,
            Call::Send(_) | Call::Look(_) | Call::Retrieve(_) | Call::Remove(_) | Call::Built(_)
        )
}

/// Answers them, after the message that asked was handled in full.
pub fn answer_all(m: &mut Model, out: &mut Out) {
    while let Some((_, call)) = m.local.first() {
        let deletes = matches!(call, Call::Delete(_));
        if call.is_mutation() && stale::is_read_first(m, out, deletes) {
            return;
        }
        let (tag, call) = m.local.remove(0);
        if m.pending.get(&tag).is_some() {
            answer(m, out, tag, &call);
        }
    }
}

fn answer(m: &mut Model, out: &mut Out, tag: Tag, call: &Call) {
    if matches!(call, Call::Refresh) {
        check::start(m, out, true);
    }
    let now = now(m);
    let Some(mail) = &mut m.mail else { return };
    let Some(mailbox) = &mut mail.mailbox else {
        return finish(m, out, tag, Err(ApiError::new(ErrorKind::Busy)));
    };
    let answer = mailbox.answer(call);
    let mut changes = changes(answer.changes.writes);
    // What leaves for good, and what is put into Trash, counts as deleted here.
    changes.extend(ledger_changes(&deleted(mail, call, now)));
    for event in answer.changes.events {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    match answer.outcome {
        Ok(Outcome::Reply(reply)) if changes.is_empty() => finish(m, out, tag, Ok(reply)),
        Ok(Outcome::Reply(reply)) => {
            share(out, &changes);
            commit(m, out, changes, Commit::Reply(tag, Box::new(Ok(reply))));
        }
        Ok(Outcome::View(at)) => out.push(Effect::Mail(MailEffect::View { tag, uid: at.uid.0 })),
        Ok(Outcome::Search(search)) => {
            if let Some(mail) = &mut m.mail {
                mail.searches.push((tag, *search));
            }
            searched(m, out, tag, &[]);
        }
        Ok(Outcome::Elsewhere) => finish(m, out, tag, Err(ApiError::new(ErrorKind::Unsupported))),
        Err(error) => finish(m, out, tag, Err(error)),
    }
}

/// What the ledger makes of messages that the person deletes for good.
fn deleted(mail: &mut DeviceMail, call: &Call, now: i64) -> Changes {
    match call {
        Call::Delete(delete) => {
            let locals: Vec<_> =
                delete.set.uids.iter().map(|u| pyeonji_shared::device::LocalId(u.0)).collect();
            mail.ledger.deleted_here(&locals, mail.options.rules.rule, now)
        }
        _ => Changes::default(),
    }
}

fn finish(m: &mut Model, out: &mut Out, tag: Tag, result: Result<Reply, ApiError>) {
    link::handle(m, out, LinkEvent::Done(tag, result));
}

/// The mailbox's writes as changes of the store.
pub(super) fn changes(writes: Vec<Write>) -> Vec<Change> {
    let mut all = Vec::new();
    for write in writes {
        match write {
            Write::Record(uid, bytes) => all.push(Change::Put(Shelf::Records, Key::Number(uid.0), bytes)),
            Write::Delete(uid) => {
                for shelf in [Shelf::Records, Shelf::Views, Shelf::Texts, Shelf::Sources] {
                    all.push(Change::Delete(shelf, Key::Number(uid.0)));
                }
            }
            Write::Folders(bytes) => {
                all.push(Change::Put(Shelf::Meta, Key::Text(meta::FOLDERS.into()), bytes));
            }
        }
    }
    all
}

fn bytes(value: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

pub(super) fn ledger_changes(changes: &Changes) -> Vec<Change> {
    let put = changes.write.iter().map(|e| Change::Put(Shelf::Ledger, Key::Text(e.uidl.0.clone()), bytes(e)));
    let forget = changes.forget.iter().map(|u| Change::Delete(Shelf::Ledger, Key::Text(u.0.clone())));
    put.chain(forget).collect()
}

/// The ledger's own head, which is written with every change of it.
pub(super) fn ledger_head(mail: &DeviceMail) -> Change {
    Change::Put(Shelf::Meta, Key::Text(meta::LEDGER.into()), bytes(mail.ledger.head()))
}

pub(super) fn commit(m: &mut Model, out: &mut Out, changes: Vec<Change>, what: Commit) -> u32 {
    let Some(mail) = &mut m.mail else { return 0 };
    let id = mail.commit_id();
    mail.commits.push((id, what));
    out.push(Effect::Mail(MailEffect::Commit { id, changes }));
    id
}

/// Tells other tabs which messages to look at again.
pub(super) fn share(out: &mut Out, changes: &[Change]) {
    let mut uids: Vec<u32> = changes
        .iter()
        .filter_map(|c| match c {
            Change::Put(Shelf::Records, Key::Number(uid), _)
            | Change::Delete(Shelf::Records, Key::Number(uid)) => Some(*uid),
            _ => None,
        })
        .collect();
    uids.sort_unstable();
    uids.dedup();
    out.push(Effect::Mail(MailEffect::Share(uids)));
}

fn committed(m: &mut Model, out: &mut Out, id: u32, result: Result<(), StoreError>) {
    let Some(mail) = &mut m.mail else { return };
    let Some(at) = mail.commits.iter().position(|(of, _)| *of == id) else { return };
    let (_, what) = mail.commits.remove(at);
    let failed = result.err();
    if let Some(error) = failed {
        mail.error = Some(error);
        // Reading it again may fail as well, and a check that believes what isn't stored removes it from the server.
        mail.stale = true;
        m.notices.alert(Text::Failed(Doing::Device, store_error(error)));
    }
    match what {
        Commit::Reply(tag, reply) => {
            let result = failed.map_or(*reply, |error| Err(store_error(error)));
            finish(m, out, tag, result);
        }
        Commit::Batch => return fetch::stored(m, out, id, failed),
        Commit::Piece => return fetch::piece_stored(m, out, failed),
        Commit::Tried => return check::tried(m, out, id, failed),
        Commit::Made(made) => return made::stored(m, out, *made, failed),
        Commit::Takeout if TAKEOUT => takeout::stored(m, out, failed),
        Commit::Takeout => {}
        Commit::Merged(groups) => duplicates::stored(m, out, groups, failed),
        Commit::Tagged(..) | Commit::Untagged if failed.is_some() => {}
        Commit::Tagged(notice, done) => tags::stored(m, notice, done),
        Commit::Untagged => drop(m.notices.status(m.moment.now, Text::Undone)),
        // Other tabs read it before they write there.
        Commit::Ledger if failed.is_none() => share(out, &[]),
        Commit::Ledger => {}
    }
    if failed.is_some() {
        // The picture in memory is ahead of the store: it is read again.
        if let Some(mail) = &mut m.mail {
            open::reload(mail, out);
        }
    }
}

pub fn store_error(error: StoreError) -> ApiError {
    error.into()
}

/// A stored view was read.
fn view(m: &mut Model, out: &mut Out, tag: Tag, uid: u32, bytes: &[u8]) {
    let Some(mailbox) = m.mail.as_ref().and_then(|mail| mail.mailbox.as_ref()) else { return };
    let fetched: Option<Fetched> = postcard::from_bytes(bytes).ok();
    let folder = mailbox.record(Uid(uid)).map(|r| r.folder.clone()).unwrap_or_default();
    let at = MessageRef { folder, validity: crate::mailbox::VALIDITY, uid: Uid(uid) };
    let result = match fetched {
        Some(fetched) => {
            let old = fetched.policy != pyeonji_shared::device::POLICY;
            if old {
                out.push(Effect::Mail(MailEffect::Render { uid }));
            }
            mailbox.shown(&at, if old { plain(fetched.view) } else { fetched.view })
        }
        None => {
            out.push(Effect::Mail(MailEffect::Render { uid }));
            Err(ApiError::new(ErrorKind::Unshowable))
        }
    };
    finish(m, out, tag, result);
}

/// HTML that an older policy let through isn't shown; its text is, until the gateway has read the source again (R40).
fn plain(mut view: MessageView) -> MessageView {
    if view.html.take().is_some() {
        view.remote_images = 0;
        view.notes.push(ViewNote::HtmlTooBig);
    }
    view
}

/// The gateway has read a source again.
fn rendered(m: &mut Model, out: &mut Out, uid: u32, bytes: Result<Vec<u8>, ApiError>) {
    let Ok(bytes) = bytes else { return };
    if postcard::from_bytes::<Fetched>(&bytes).is_err() {
        return;
    }
    let change = Change::Put(Shelf::Views, Key::Number(uid), bytes);
    commit(m, out, vec![change], Commit::Ledger);
    let shown = m.reader.as_ref().filter(|r| r.at.uid == Uid(uid)).map(|r| r.at.clone());
    m.bodies.forget_uid(Uid(uid));
    if let Some(at) = shown {
        m.reader = None;
        super::read::open_uid(m, out, at.uid);
    }
}

/// One more step of a search; texts are those it asked for.
fn searched(m: &mut Model, out: &mut Out, tag: Tag, texts: &[(u32, String)]) {
    if m.pending.get(&tag).is_none() {
        // Typed on meanwhile.
        if let Some(mail) = &mut m.mail {
            mail.searches.retain(|(of, _)| *of != tag);
        }
        return;
    }
    let Some(mail) = &mut m.mail else { return };
    let (Some(mailbox), Some((_, search))) =
        (&mail.mailbox, mail.searches.iter_mut().find(|(of, _)| *of == tag))
    else {
        return;
    };
    let texts: Vec<(Uid, String)> = texts.iter().map(|(uid, text)| (Uid(*uid), text.clone())).collect();
    let step = search.step(mailbox, &texts);
    if !step.rows.is_empty() {
        link::handle(m, out, LinkEvent::Chunk(tag, ChunkPart::SearchRows(step.rows)));
    }
    match step.next {
        Next::Texts(uids) => {
            let uids = uids.into_iter().map(|u| u.0).collect();
            out.push(Effect::Mail(MailEffect::Texts { tag, uids }));
        }
        // With nothing to read it goes on in a turn of its own.
        Next::Again => out.push(Effect::Mail(MailEffect::Texts { tag, uids: Vec::new() })),
        Next::Done(found) => {
            if let Some(mail) = &mut m.mail {
                mail.searches.retain(|(of, _)| *of != tag);
            }
            finish(m, out, tag, Ok(Reply::Search(found)));
        }
    }
}

/// What a database holds, as the page knows it. Records of a later version are left alone.
pub(super) fn read(loaded: Loaded) -> open::Read {
    open::Read::of(loaded)
}

pub fn built_part(m: &mut Model, out: &mut Out, tag: Tag, part: pyeonji_shared::call::device::MailPart) {
    made::part(m, out, tag, part);
}
