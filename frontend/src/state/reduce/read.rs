//! Opening messages, marking them read, fetching their neighbours ahead.
use super::{Out, act, ask, cancel_all, compose, list};
use crate::state::compose::Start;
use crate::state::effect::{Effect, Mark, Timer};
use crate::state::list::ScrollTo;
use crate::state::model::{Model, Pending};
use crate::state::msg::Action;
use crate::state::reader::{Body, Reader};
use crate::state::route::Route;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::Call;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{MessageRef, Uid};
use pyeonji_shared::message::{Flags, MessageView};
use std::sync::Arc;

const PREFETCH_AFTER_MS: u32 = 60;
/// Background reads under way at once.
const MAX_BACKGROUND: usize = 3;
/// Larger messages (in bytes as the server counts) are not fetched ahead.
const PREFETCH_BYTES: u32 = 512 << 10;

pub fn at(m: &Model, uid: Uid) -> MessageRef {
    MessageRef { folder: m.list.folder.clone(), validity: m.list.validity(), uid }
}

pub fn open_at(m: &mut Model, out: &mut Out, index: u32) {
    let Some(uid) = m.list.uid_at(index) else { return };
    m.list.cursor = Some(uid);
    m.list.anchor = Some(uid);
    open_from_list(m, out, uid);
}

pub fn open_cursor(m: &mut Model, out: &mut Out) {
    if let Some(uid) = m.list.cursor {
        open_from_list(m, out, uid);
    }
}

pub fn open_next(m: &mut Model, out: &mut Out, step: i32) {
    let from = m.reader.as_ref().map(|r| r.at.uid).or(m.list.cursor);
    let Some(now) = from.and_then(|uid| m.list.position(uid)) else { return };
    let to = i64::from(now) + i64::from(step.signum());
    if let Some(index) = u32::try_from(to).ok().filter(|i| *i < m.list.len()) {
        open_at(m, out, index);
        m.list.scroll_to(ScrollTo::Reveal(index));
        list::fill(m, out);
    }
}

fn open_from_list(m: &mut Model, out: &mut Out, uid: Uid) {
    if m.folders.special_of(&m.list.folder) == Some(SpecialUse::Drafts) {
        return compose::begin_on(m, out, Start::Draft, uid);
    }
    // From message to message one step back leads to the list.
    let replace = m.reader.is_some();
    open_uid(m, out, uid);
    m.route = Route::Message(m.list.folder.clone(), uid);
    out.push(Effect::Path { path: m.route.path(), replace });
}

/// Shows another message in the place of the one that is open, whose place in the folder it took. Where the person is elsewhere by
/// now, on another page, it is there when they come back.
pub fn open_instead(m: &mut Model, out: &mut Out, uid: Uid) {
    let named =
        matches!((&m.route, &m.reader), (Route::Message(_, of), Some(reader)) if *of == reader.at.uid);
    open_uid(m, out, uid);
    if named {
        m.route = Route::Message(m.list.folder.clone(), uid);
        out.push(Effect::Path { path: m.route.path(), replace: true });
    }
}

/// Shows a message of the open folder; the address bar is the caller's.
pub fn open_uid(m: &mut Model, out: &mut Out, uid: Uid) {
    if !m.list.is_current() {
        // The picture of the folder comes first; `opened` goes on.
        return;
    }
    let at = at(m, uid);
    if m.reader.as_ref().is_some_and(|r| r.at == at && !matches!(r.body, Body::Failed(_))) {
        return;
    }
    cancel_all(m, out, |p| matches!(p, Pending::Read { background: false, .. }));
    cancel_all(m, out, |p| matches!(p, Pending::Read { at: a, .. } if *a == at));
    m.list.cursor = Some(uid);
    let body = m.bodies.get(&at).map_or(Body::Loading, Body::Ready);
    let ready = matches!(body, Body::Ready(_));
    let rev = m.reader.as_ref().map_or(0, |r| r.rev).wrapping_add(1);
    m.reader = Some(Reader { at: at.clone(), body, images: false, rev, marked: false });
    if ready {
        shown(m, out);
    } else {
        let call = Call::Read(Read { at: at.clone(), background: false });
        ask(m, out, Pending::Read { at, background: false }, None, call);
    }
}

/// The folder's picture is there: show what the route names.
pub fn opened(m: &mut Model, out: &mut Out) {
    if let Route::Message(folder, uid) = m.route.clone()
        && folder == m.list.folder
        && m.reader.as_ref().is_none_or(|r| r.at.uid != uid)
    {
        open_uid(m, out, uid);
    }
}

pub fn done(
    m: &mut Model,
    out: &mut Out,
    at: MessageRef,
    background: bool,
    result: Result<Box<MessageView>, ApiError>,
) {
    match result {
        Ok(view) => {
            let view: Arc<MessageView> = Arc::from(view);
            m.bodies.put(view.clone());
            if let Some(reader) = m.reader.as_mut().filter(|r| r.at == at && r.view().is_none()) {
                reader.body = Body::Ready(view);
                shown(m, out);
            }
        }
        Err(_) if background => {}
        Err(error) => {
            if error.kind == ErrorKind::ValidityChanged {
                list::reopen(m, out);
            }
            if let Some(reader) = m.reader.as_mut().filter(|r| r.at == at) {
                reader.body = Body::Failed(error);
            }
        }
    }
}

/// The body is known: it counts as read, and its neighbours come next.
fn shown(m: &mut Model, out: &mut Out) {
    let Some(at) = m.reader.as_ref().map(|r| r.at.clone()) else { return };
    if m.settings.mark_read {
        act::quietly(m, out, at.uid, Action::MarkRead);
    }
    out.push(Effect::Timer { timer: Timer::Prefetch, ms: PREFETCH_AFTER_MS });
}

pub fn prefetch(m: &mut Model, out: &mut Out) {
    let Some(position) = m.reader.as_ref().and_then(|r| m.list.position(r.at.uid)) else { return };
    let near = [position.checked_add(1), position.checked_sub(1), position.checked_add(2)];
    for index in near.into_iter().flatten() {
        let busy = m.pending.values().filter(|p| matches!(p, Pending::Read { background: true, .. })).count();
        if busy >= MAX_BACKGROUND {
            return;
        }
        let Some(row) = m.list.summary(index).filter(|s| s.size <= PREFETCH_BYTES) else { continue };
        let at = at(m, row.uid);
        let asked = m.pending.values().any(|p| matches!(p, Pending::Read { at: a, .. } if *a == at));
        if asked || m.bodies.contains(&at) {
            continue;
        }
        let call = Call::Read(Read { at: at.clone(), background: true });
        ask(m, out, Pending::Read { at, background: true }, None, call);
    }
}

/// A message that could not be read is asked again.
pub fn retry(m: &mut Model, out: &mut Out) {
    if let Some(reader) = m.reader.as_ref().filter(|r| matches!(r.body, Body::Failed(_))) {
        let uid = reader.at.uid;
        open_uid(m, out, uid);
    }
}

pub fn show_images(m: &mut Model) {
    if let Some(reader) = &mut m.reader {
        reader.images = true;
    }
}

pub fn body_shown(m: &mut Model, out: &mut Out) {
    if let Some(reader) = m.reader.as_mut().filter(|r| !r.marked && r.view().is_some()) {
        reader.marked = true;
        let folder = reader.at.folder.as_str().to_owned();
        out.push(Effect::Mark(Mark { name: "body", folder, count: reader.at.uid.0, drawn: true }));
    }
}

/// Flags of a message as known now.
pub fn flags_of(m: &Model, uid: Uid) -> Option<Flags> {
    let confirmed = m.list.summary_of(uid).map(|s| s.flags).or_else(|| {
        let view = m.reader.as_ref()?.view()?;
        (view.at.uid == uid).then_some(view.flags)
    })?;
    Some(m.overlay.flags(&m.list.folder, m.list.validity(), uid, confirmed))
}
