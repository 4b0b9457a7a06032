//! What comes from the gateway: welcome, answers, events, goodbye.
use super::{Out, act, compose, list, mail, page, read, search, send};
use crate::state::effect::{Effect, Timer};
use crate::state::mail::HERE;
use crate::state::model::{LinkState, Model, Page, Pending, Tag};
use crate::state::msg::LinkEvent;
use crate::state::notice::{Doing, NoticeKind, Text};
use crate::state::route::Route;
use pyeonji_shared::account::{Counts, UpstreamState};
use pyeonji_shared::call::list::FolderSnapshot;
use pyeonji_shared::call::{ChunkPart, Reply};
use pyeonji_shared::error::{ApiError, ErrorKind, Retry};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::folder::FolderDelta;
use pyeonji_shared::frame::{Bye, Welcome};
use pyeonji_shared::ids::{FolderName, Uid, UidValidity};

pub fn handle(m: &mut Model, out: &mut Out, event: LinkEvent) {
    match event {
        LinkEvent::State(state) => m.link = state,
        LinkEvent::Welcome(welcome) => welcomed(m, out, *welcome),
        LinkEvent::Chunk(tag, part) => chunk(m, out, tag, part),
        LinkEvent::Done(tag, result) => {
            if let Some(pending) = m.pending.remove(&tag) {
                done(m, out, tag, pending, result);
            }
        }
        LinkEvent::Event(event) => told(m, out, *event),
        LinkEvent::Bye(reason) => bye(m, out, reason),
    }
}

fn welcomed(m: &mut Model, out: &mut Out, welcome: Welcome) {
    m.link = LinkState::Online;
    m.session = Some(welcome.session);
    m.limits = welcome.limits;
    m.sign_in.error = None;
    if let Some(snapshot) = welcome.snapshot {
        out.push(Effect::Module { device: snapshot.account.capabilities.device });
        if snapshot.account.capabilities.device {
            if HERE {
                on_device(m, out, snapshot);
            }
        } else {
            show(m, out, snapshot);
        }
    }
    if m.page == Page::Starting || m.page == Page::SignIn {
        m.page = if m.route == Route::Settings { Page::Settings } else { Page::Mail };
    }
    if !mail::is_here(m) && (m.list.state.is_none() || m.folders.is_empty()) {
        page::refresh(m, out);
    }
    send::resume_all(m, out);
}

/// The mail is on this device, and the gateway only says who we are: the mailbox here says the rest.
fn on_device(m: &mut Model, out: &mut Out, snapshot: Snapshot) {
    let mut account = snapshot.account;
    account.capabilities.undo_move = true;
    page::open_device(m, out, &account.address);
    m.account = Some(account);
    m.upstream = UpstreamState::Online;
    mail::begin(m, out);
    mail::welcome(m, out);
    mail::due(m, out);
}

fn show(m: &mut Model, out: &mut Out, snapshot: Snapshot) {
    let Snapshot { account, folders, open, upstream } = snapshot;
    if m.account.as_ref().is_some_and(|a| a.address != account.address) {
        m.reader = None;
        m.bodies = Default::default();
        m.composers.clear();
    }
    page::open_device(m, out, &account.address);
    m.folders.replace(folders, account.delimiter);
    m.account = Some(account);
    self::upstream(m, out, upstream);
    if m.list.folder.as_str().is_empty() {
        m.list.folder = m.route.folder().cloned().unwrap_or_else(FolderName::inbox);
    }
    // The person has gone on to another folder meanwhile: its own answer is on the way.
    let elsewhere = |open: &FolderSnapshot| {
        let wanted = Pending::Open(m.list.folder.clone());
        open.folder != m.list.folder && m.pending.values().any(|p| *p == wanted)
    };
    match open {
        Some(open) if elsewhere(&open) => {}
        Some(open) => {
            if m.page == Page::Starting {
                m.page = if m.route == Route::Settings { Page::Settings } else { Page::Mail };
            }
            list::show_snapshot(m, out, open);
            read::opened(m, out);
            if m.route.folder().is_some_and(|f| *f != m.list.folder) {
                m.route = page::here(m);
                out.push(Effect::Path { path: m.route.path(), replace: true });
            }
        }
        None => {
            let folder = m.list.folder.clone();
            list::ask_open(m, out, folder);
        }
    }
}

fn chunk(m: &mut Model, out: &mut Out, tag: Tag, part: ChunkPart) {
    match (part, m.pending.get(&tag)) {
        (ChunkPart::SearchRows(rows), Some(Pending::Search)) => search::chunk(m, out, tag, rows),
        (ChunkPart::Mail(part), Some(Pending::Retrieve)) if HERE => mail::chunk(m, out, tag, part),
        (ChunkPart::Mail(part), Some(Pending::Built(_))) if HERE => mail::built_part(m, out, tag, part),
        (ChunkPart::SendProgress { done, total }, Some(Pending::Send(id))) => {
            let id = *id;
            send::progress(m, id, done, total);
        }
        _ => {}
    }
}

fn done(m: &mut Model, out: &mut Out, tag: Tag, pending: Pending, result: Result<Reply, ApiError>) {
    match (pending, result) {
        (Pending::Look | Pending::Retrieve | Pending::Remove, result) if HERE => {
            mail::done(m, out, tag, result)
        }
        (Pending::Built(_), result) if HERE => mail::built(m, out, tag, result),
        (Pending::Folders, Ok(Reply::Folders(folders))) => {
            let delimiter = m.account.as_ref().and_then(|a| a.delimiter);
            m.folders.replace(folders, delimiter);
        }
        (Pending::Open(folder), Ok(Reply::Open(snapshot))) if folder == m.list.folder => {
            list::show_snapshot(m, out, snapshot);
            read::opened(m, out);
        }
        (Pending::Open(folder), Err(error)) if folder == m.list.folder => {
            m.list.opening = false;
            m.list.error = Some(error);
        }
        (Pending::Window(range), Ok(Reply::Window(rows))) => {
            if let Some(state) = &mut m.list.state {
                state.add_window(rows);
            }
            list::window_done(m, out, tag, range);
        }
        (Pending::Window(_), Err(error)) => {
            m.list.windows.retain(|(t, _)| *t != tag);
            match error.kind {
                ErrorKind::ValidityChanged => list::reopen(m, out),
                ErrorKind::Cancelled => {}
                _ => {
                    m.notices.alert(Text::Failed(Doing::Open, error));
                }
            }
        }
        (Pending::Rows(asked), result) => {
            let result = result.and_then(|reply| match reply {
                Reply::Rows(rows) => Ok(rows),
                _ => Err(ApiError::new(ErrorKind::Internal)),
            });
            search::rows_done(m, out, asked, result);
        }
        (Pending::Search, result) => {
            let result = result.and_then(|reply| match reply {
                Reply::Search(found) => Ok(found),
                _ => Err(ApiError::new(ErrorKind::Internal)),
            });
            search::done(m, out, tag, result);
        }
        (Pending::Read { at, background }, result) => read::done(m, out, at, background, view(result)),
        (Pending::ReadFor { start, .. }, result) => compose::source_read(m, out, start, view(result)),
        (Pending::Op(id), result) => act::done(m, out, id, result),
        (Pending::Send(id), result) => send::done(m, out, id, result),
        (Pending::SaveDraft(id, edition), result) => send::draft_saved(m, out, id, edition, result),
        (Pending::FindSent(id), result) => send::looked(m, out, id, result),
        _ => {}
    }
}

fn view(result: Result<Reply, ApiError>) -> Result<Box<pyeonji_shared::message::MessageView>, ApiError> {
    match result? {
        Reply::Read(view) => Ok(view),
        _ => Err(ApiError::new(ErrorKind::Internal)),
    }
}

fn told(m: &mut Model, out: &mut Out, event: Event) {
    match event {
        Event::Snapshot(snapshot) => show(m, out, snapshot),
        Event::Folder { folder, validity, delta } => folder_delta(m, out, &folder, validity, delta),
        Event::Folders { changed, removed } => m.folders.change(changed, &removed),
        Event::Upstream(state) => {
            if let UpstreamState::Denied { error } = &state {
                let error = error.clone();
                return page::signed_out(m, out, Some(error));
            }
            upstream(m, out, state);
        }
        Event::Alert(words) => {
            m.notices.alert(Text::ServerAlert(words.chars().take(ApiError::MAX_DETAIL).collect()));
        }
        Event::Limits(limits) => m.limits = limits,
        Event::NewMail { folder, count } => {
            if !m.visible {
                m.news = m.news.saturating_add(count);
            }
            if m.settings.notify && !m.visible {
                out.push(Effect::Notify { folder: folder.clone(), count });
            }
            // A status that offers undo is not pushed away by news.
            if m.notices.shown.iter().all(|n| n.undo.is_none() || n.kind == NoticeKind::Quiet) {
                let now = m.moment.now;
                m.notices.status(now, Text::NewMail(count, folder));
            }
        }
    }
}

fn upstream(m: &mut Model, out: &mut Out, state: UpstreamState) {
    if let UpstreamState::Waiting { seconds, .. } = state {
        m.next_try = (m.moment.now + i64::from(seconds) * 1_000, seconds);
        out.push(Effect::Timer { timer: Timer::Countdown, ms: 1_000 });
    }
    m.upstream = state;
}

/// The seconds that are shown go down to one; then it is being tried.
pub fn count_down(m: &mut Model, out: &mut Out) {
    let left = m.next_try.0.saturating_sub(m.moment.now).max(0) as u64;
    m.next_try.1 = u32::try_from(left.div_ceil(1_000)).unwrap_or(0).max(1);
    if matches!(m.upstream, UpstreamState::Waiting { .. }) && m.next_try.1 > 1 {
        out.push(Effect::Timer { timer: Timer::Countdown, ms: 1_000 });
    }
}

fn folder_delta(
    m: &mut Model,
    out: &mut Out,
    folder: &FolderName,
    validity: UidValidity,
    delta: FolderDelta,
) {
    let Some(state) = &m.list.state else { return };
    // While the folder is being opened its picture is an old one; the answer will hold this change.
    if &state.folder != folder || state.validity != validity || m.list.opening {
        return;
    }
    let places = list::places(m);
    let cursor_at = m.list.cursor.and_then(|u| m.list.position(u));
    if let (FolderDelta::Flags { changes, .. }, Some(search)) = (&delta, &mut m.list.search) {
        for change in changes {
            if let Some(row) = search.rows.get_mut(&change.uid) {
                row.flags = change.flags;
                if HERE {
                    row.keywords.clone_from(&change.keywords);
                }
            }
        }
    }
    if let FolderDelta::Arrived { rows, .. } = &delta {
        m.overlay.came(folder, validity, rows.iter().map(|row| row.summary.uid).collect());
    }
    let expunged = matches!(delta, FolderDelta::Expunged { .. });
    let Some(state) = &mut m.list.state else { return };
    let before: Vec<Uid> = if expunged { state.known().map(|(_, s)| s.uid).collect() } else { Vec::new() };
    state.apply(delta);
    let counts = Counts { messages: state.exists, unseen: state.unseen };
    let left: Vec<Uid> = if expunged {
        let now: std::collections::BTreeSet<Uid> = state.known().map(|(_, s)| s.uid).collect();
        before.into_iter().filter(|u| !now.contains(u)).collect()
    } else {
        Vec::new()
    };
    m.folders.set_counts(folder, counts);
    if expunged {
        search::forget(m, &left);
        for uid in &left {
            m.list.selected.remove(uid);
        }
        // Positions of windows under way counted the messages that left.
        m.list.answered = (0..0, 0);
    }
    list::rehide(m);
    if m.list.cursor.is_some_and(|c| left.contains(&c)) {
        m.list.cursor = None;
        m.list.want_cursor = cursor_at.map(|at| at.min(m.list.len().saturating_sub(1)));
        list::settle_cursor(m);
    }
    list::keep_place(m, &places);
    list::fill(m, out);
}

/// The link has forgotten what was in flight. A send isn't among what failed: it goes on after the next welcome.
fn unanswered(m: &mut Model, out: &mut Out, error: &ApiError) {
    let open = std::mem::take(&mut m.pending);
    for (tag, pending) in open {
        if !matches!(pending, Pending::Send(_)) {
            done(m, out, tag, pending, Err(error.clone()));
        }
    }
}

fn bye(m: &mut Model, out: &mut Out, reason: Bye) {
    match reason {
        Bye::Upgrade => {
            send::keep_all(m, out);
            if !m.reloading {
                m.reloading = true;
                out.push(Effect::Reload);
            }
        }
        Bye::SignedOut => page::signed_out(m, out, None),
        Bye::Failed(error) => {
            m.link = LinkState::Offline;
            match (error.kind, error.retry) {
                (ErrorKind::WrongPassword | ErrorKind::UnknownProvider | ErrorKind::SignedOut, _) => {
                    page::signed_out(m, out, Some(error));
                }
                (_, retry) => {
                    if let Retry::After(seconds) = retry {
                        let ms = seconds.clamp(1, 600).saturating_mul(1_000);
                        out.push(Effect::Timer { timer: Timer::Reconnect, ms });
                    }
                    unanswered(m, out, &error);
                    m.page = if m.page == Page::Settings { Page::Settings } else { Page::Mail };
                    if m.list.state.is_none() {
                        m.list.error = Some(error);
                    }
                }
            }
        }
        Bye::Draining | Bye::Overloaded | Bye::Violation(_) => {}
    }
}
