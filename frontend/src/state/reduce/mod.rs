//! One message in, the changed model and the effects out. One file per part of the page.
mod act;
mod compose;
mod link;
mod list;
mod mail;
mod page;
mod read;
mod search;
mod send;
mod upload;
mod wire;

#[cfg(test)]
mod tests;

use super::effect::{Effect, Timer};
use super::mail::check::Stage;
use super::mail::{Commit, HERE, MailEvent};
use super::model::{Model, Moment, Pending, Tag};
use super::msg::{LinkEvent, Msg};
use pyeonji_shared::call::{Call, ChunkPart};
use pyeonji_shared::ids::OpId;

type Out = Vec<Effect>;

/// Whether a message only carries a check on that fetches mail: thousands of them come, and nobody waits to see each one.
pub fn is_progress(m: &Model, msg: &Msg) -> bool {
    let Some(mail) = m.mail.as_ref().filter(|mail| matches!(mail.check.stage, Stage::Fetching(_))) else {
        return false;
    };
    match msg {
        Msg::Link(LinkEvent::Chunk(_, ChunkPart::Mail(_))) => true,
        Msg::Mail(MailEvent::Committed { id, result: Ok(()) }) => {
            mail.commits.iter().any(|(of, what)| of == id && matches!(what, Commit::Batch | Commit::Piece))
        }
        _ => false,
    }
}

/// Handles one message. `at` brings the time and fresh randomness.
pub fn reduce(model: &mut Model, at: Moment, msg: Msg) -> Vec<Effect> {
    model.moment = at;
    model.made = 0;
    let (m, mut effects) = (model, Vec::new());
    let out = &mut effects;
    match msg {
        Msg::Start(boot) => page::start(m, out, boot),
        Msg::PathChanged(path) => page::path_changed(m, out, &path),
        Msg::Timer(timer) => on_timer(m, out, timer),
        Msg::Online(_) => {}
        Msg::Visible(visible) => page::visible(m, out, visible),
        Msg::Leaving => send::keep_all(m, out),
        Msg::SignIn { address, password, remember, kind } => {
            page::sign_in(m, out, Effect::Login { address, password, remember, kind });
        }
        Msg::SignInDone(result) => page::sign_in_done(m, out, result),
        Msg::SignOut => page::sign_out(m, out),
        Msg::SignOutDone(result) => page::sign_out_done(m, result),
        Msg::RemoveKept => page::remove_kept(m, out),
        Msg::OpenFolder(folder) => list::open_folder(m, out, folder, true),
        Msg::OpenMail => page::open_mail(m, out),
        Msg::OpenSettings => page::open_settings(m, out),
        Msg::Go(route) => page::go(m, out, route),
        Msg::Close => page::close(m, out),
        Msg::Set(change) => {
            m.settings.set(change);
            out.push(Effect::SaveSettings);
        }
        Msg::Viewport { first, last } => list::viewport(m, out, first, last),
        Msg::Cursor(step) => list::cursor(m, out, step),
        Msg::Select(select) => list::select(m, select),
        Msg::OpenAt(index) => read::open_at(m, out, index),
        Msg::OpenCursor => read::open_cursor(m, out),
        Msg::OpenNext(step) => read::open_next(m, out, step),
        Msg::Act(action) => act::act(m, out, action),
        Msg::ActOn(uid, action) => act::act_on(m, out, vec![uid], action),
        Msg::Confirm(yes) => act::confirm(m, out, yes),
        Msg::SearchTyped(text) => search::typed(m, out, text),
        Msg::SearchNow => search::run(m, out),
        Msg::SearchClear => search::clear(m, out),
        Msg::FocusSearch => out.push(Effect::Focus(super::effect::Focus::Search)),
        Msg::Refresh => page::refresh(m, out),
        Msg::ShowImages => read::show_images(m),
        Msg::BodyShown => read::body_shown(m, out),
        Msg::Compose(start) => compose::begin(m, out, start),
        Msg::Mailto(url) => compose::mailto(m, out, &url),
        Msg::Edit(id, edit) => compose::edit(m, out, id, edit),
        Msg::Attach(id, files) => upload::attach(m, out, id, files),
        Msg::RetryUpload(id, key) => upload::retry(m, out, id, key),
        Msg::Send(id) => send::send(m, out, id),
        Msg::StopSend(id) => send::stop(m, out, id),
        Msg::SaveDraft(id) => send::save_draft(m, out, id),
        Msg::CloseComposer(id) => send::close(m, out, id),
        Msg::Discard(id) => send::discard(m, out, id),
        Msg::Minimise(id, minimised) => send::minimise(m, out, id, minimised),
        Msg::Resolve(id, choice) => send::resolve(m, out, id, choice),
        Msg::Undo(id) => act::undo(m, out, id),
        Msg::UndoLast => act::undo_last(m, out),
        Msg::Dismiss(id) => {
            m.notices.dismiss(id);
        }
        Msg::Link(event) => link::handle(m, out, event),
        Msg::Device(event) => {
            let opened = matches!(event, super::msg::DeviceEvent::Opened(_));
            send::device(m, out, event);
            if HERE && opened && mail::is_here(m) {
                mail::begin(m, out);
            }
        }
        Msg::Mail(event) if HERE => mail::handle(m, out, event),
        Msg::Mail(_) => {}
        Msg::Upload(event) => upload::handle(m, out, event),
    }
    if HERE {
        mail::answer_all(m, out);
    }
    watch_notices(m, out);
    effects
}

fn on_timer(m: &mut Model, out: &mut Out, timer: Timer) {
    match timer {
        Timer::Keep(id) => send::keep_due(m, out, id),
        Timer::Notices => m.notices_at = None,
        Timer::Search => search::run(m, out),
        Timer::Discard(id) => send::discard_for_good(m, out, id),
        Timer::Prefetch => read::prefetch(m, out),
        Timer::Reconnect => page::refresh(m, out),
        Timer::Check if HERE => mail::due(m, out),
        Timer::Check => {}
        Timer::Countdown => link::count_down(m, out),
    }
}

/// Lets notices go when their time has come.
fn watch_notices(m: &mut Model, out: &mut Out) {
    let now = m.moment.now;
    let next = m.notices.expire(now);
    if let Some(next) = next.filter(|n| m.notices_at.is_none_or(|at| *n < at || at <= now)) {
        m.notices_at = Some(next);
        let ms = u32::try_from(next.saturating_sub(now).max(1)).unwrap_or(1);
        out.push(Effect::Timer { timer: Timer::Notices, ms });
    }
}

/// Asks the gateway; `pending` says what the answer is for.
fn ask(m: &mut Model, out: &mut Out, pending: Pending, op: Option<OpId>, call: Call) -> Tag {
    let tag = Tag(m.next_tag);
    m.next_tag = m.next_tag.wrapping_add(1);
    m.pending.insert(tag, pending);
    if HERE && mail::answers(m, &call) {
        m.local.push((tag, call));
        return tag;
    }
    out.push(Effect::Request { tag, op, call });
    tag
}

/// The answer is no longer wanted.
fn cancel(m: &mut Model, out: &mut Out, tag: Tag) {
    if m.pending.remove(&tag).is_some() {
        out.push(Effect::Cancel(tag));
    }
}

/// Cancels every request that `which` picks.
fn cancel_all(m: &mut Model, out: &mut Out, which: impl Fn(&Pending) -> bool) {
    let tags: Vec<Tag> = m.pending.iter().filter(|(_, p)| which(p)).map(|(t, _)| *t).collect();
    for tag in tags {
        cancel(m, out, tag);
    }
}
