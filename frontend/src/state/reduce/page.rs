//! Starting, signing in and out, going from page to page.
use super::{Out, cancel_all, list, read, send};
use crate::state::effect::{Effect, Focus};
use crate::state::list::List;
use crate::state::mail::{HERE, MailEffect};
use crate::state::model::{LinkState, Model, Page, Pending, SignIn};
use crate::state::msg::{Boot, DeviceEvent};
use crate::state::notice::{Doing, Notices, Text};
use crate::state::overlay::Overlay;
use crate::state::reader::Bodies;
use crate::state::route::Route;
use pyeonji_shared::account::UpstreamState;
use pyeonji_shared::call::Call;
use pyeonji_shared::call::folders::Folders;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, OpId};
use pyeonji_shared::lower::lower;

pub fn start(m: &mut Model, out: &mut Out, boot: Boot) {
    m.settings = boot.settings;
    m.zone = boot.zone;
    m.visible = boot.visible;
    m.route = Route::parse(&boot.path);
    match boot.hint {
        Some(address) => {
            m.sign_in.address = address.clone();
            m.page = Page::Starting;
            connect(m, out);
            open_device(m, out, &address);
        }
        None => m.page = Page::SignIn,
    }
}

fn connect(m: &mut Model, out: &mut Out) {
    m.link = LinkState::Connecting;
    out.push(Effect::Connect { folder: m.route.folder().cloned() });
}

/// Opens the account's own database, once.
pub fn open_device(m: &mut Model, out: &mut Out, address: &str) {
    let address = lower(address.trim());
    if address.is_empty() || m.device.as_ref() == Some(&address) {
        return;
    }
    if m.device.is_some() {
        // Another account: what the one before had open is on its own device, not for this one to see.
        send::keep_all(m, out);
        m.composers.clear();
        out.push(Effect::CloseDevice);
    }
    m.device = Some(address.clone());
    m.device_ok = false;
    out.push(Effect::OpenDevice { address });
}

/// `login` is what the form says; it goes out unless it can't be right.
pub fn sign_in(m: &mut Model, out: &mut Out, mut login: Effect) {
    let Effect::Login { address, .. } = &mut login else { return };
    *address = address.trim().to_owned();
    let address = address.clone();
    if m.sign_in.busy {
        return;
    }
    m.sign_in.address = address.clone();
    let plausible =
        address.len() <= 320 && address.split_once('@').is_some_and(|(l, d)| !l.is_empty() && !d.is_empty());
    if !plausible {
        m.sign_in.error = Some(ApiError::new(ErrorKind::BadAddress));
        return;
    }
    m.sign_in.busy = true;
    m.sign_in.error = None;
    out.push(login);
}

pub fn sign_in_done(m: &mut Model, out: &mut Out, result: Result<(), ApiError>) {
    m.sign_in.busy = false;
    match result {
        Ok(()) => {
            let address = m.sign_in.address.clone();
            m.sign_in.error = None;
            m.sign_in.expired = false;
            (m.sign_in.kept, m.sign_in.erasing) = (None, false);
            m.page = Page::Starting;
            out.push(Effect::Hint(Some(address.clone())));
            connect(m, out);
            open_device(m, out, &address);
        }
        Err(error) => m.sign_in.error = Some(error),
    }
}

pub fn sign_out(m: &mut Model, out: &mut Out) {
    send::keep_all(m, out);
    out.push(Effect::Logout);
    let kept = leave(m, out);
    m.sign_in = SignIn { address: m.sign_in.address.clone(), kept, ..SignIn::default() };
    m.route = Route::Home;
    out.push(Effect::Path { path: Route::Home.path(), replace: true });
}

pub fn sign_out_done(m: &mut Model, result: Result<(), ApiError>) {
    if let Err(error) = result {
        m.notices.alert(Text::Failed(Doing::SignOut, error));
    }
}

/// The session ended: the sign-in form, with everything typed safe on the device.
pub fn signed_out(m: &mut Model, out: &mut Out, error: Option<ApiError>) {
    send::keep_all(m, out);
    let address = if m.address().is_empty() { m.sign_in.address.clone() } else { m.address().to_owned() };
    let expired = m.page != Page::SignIn && m.account.is_some();
    let kept = leave(m, out);
    m.sign_in = SignIn { address, error, expired, kept, ..SignIn::default() };
}

/// What was typed and stayed here goes, at the person's word: the database is opened once more for that.
pub fn remove_kept(m: &mut Model, out: &mut Out) {
    if let Some((address, _)) = m.sign_in.kept.clone() {
        m.composers.clear();
        m.sign_in.erasing = true;
        out.push(Effect::OpenDevice { address });
    }
}

/// The answer to [`remove_kept`]. What another tab holds isn't in it, and stays with that tab.
pub fn erase(m: &mut Model, out: &mut Out, event: DeviceEvent) {
    match event {
        DeviceEvent::Opened(records) => {
            for record in records {
                let blobs = record.attachments.iter().map(|a| a.key).collect();
                out.push(Effect::Forget { composer: record.id, blobs });
            }
            out.push(Effect::CloseDevice);
            m.device = None;
            m.sign_in = SignIn { kept: None, erasing: false, ..std::mem::take(&mut m.sign_in) };
        }
        DeviceEvent::Unavailable => {
            m.sign_in.erasing = false;
            // Where there never was a database only this page had it.
            if m.device.take().is_some() {
                m.sign_in.kept = None;
            } else {
                m.notices.alert(Text::Failed(Doing::Erase, ApiError::new(ErrorKind::Internal)));
            }
        }
        // Late news of what was written down before.
        _ => {}
    }
}

/// Forgets the account's mail: the next person at this screen must not see it. Answers what stays on the device: of whom how
/// many unsent messages.
fn leave(m: &mut Model, out: &mut Out) -> Option<(String, u32)> {
    let discarded: Vec<OpId> = m.composers.iter().filter(|c| c.discarded).map(|c| c.id).collect();
    for id in discarded {
        send::discard_for_good(m, out, id);
    }
    let typed = m.composers.iter().filter(|c| c.touched).count();
    let kept = m.device.clone().zip(u32::try_from(typed).ok().filter(|n| *n > 0));
    out.push(Effect::Disconnect);
    out.push(Effect::Hint(None));
    m.page = Page::SignIn;
    m.link = LinkState::Offline;
    m.upstream = UpstreamState::Connecting;
    m.account = None;
    m.session = None;
    m.folders = Default::default();
    m.list = List::default();
    m.overlay = Overlay::default();
    m.reader = None;
    m.bodies = Bodies::default();
    m.confirm = None;
    m.notices = Notices { next: m.notices.next, ..Notices::default() };
    m.pending.clear();
    m.local.clear();
    if HERE && m.mail.take().is_some() {
        out.push(Effect::Mail(MailEffect::Unlock));
    }
    m.news = 0;
    if m.device_ok {
        m.composers.clear();
        m.device = None;
        m.device_ok = false;
        out.push(Effect::CloseDevice);
    }
    kept
}

pub fn visible(m: &mut Model, out: &mut Out, visible: bool) {
    m.visible = visible;
    if visible {
        m.news = 0;
    } else {
        send::keep_all(m, out);
    }
}

pub fn open_settings(m: &mut Model, out: &mut Out) {
    if m.page == Page::Mail {
        m.page = Page::Settings;
        m.route = Route::Settings;
        out.push(Effect::Path { path: m.route.path(), replace: false });
    }
}

pub fn open_mail(m: &mut Model, out: &mut Out) {
    if m.page == Page::Settings {
        m.page = Page::Mail;
        m.route = here(m);
        out.push(Effect::Path { path: m.route.path(), replace: false });
        list::fill(m, out);
    }
}

/// The route of what the mail page shows.
pub fn here(m: &Model) -> Route {
    match &m.reader {
        Some(reader) => Route::Message(reader.at.folder.clone(), reader.at.uid),
        None => Route::Folder(m.list.folder.clone()),
    }
}

pub fn close(m: &mut Model, out: &mut Out) {
    if m.page == Page::Settings {
        open_mail(m, out);
    } else if m.reader.take().is_some() {
        cancel_all(m, out, |p| matches!(p, Pending::Read { background: false, .. }));
        m.route = Route::Folder(m.list.folder.clone());
        out.push(Effect::Path { path: m.route.path(), replace: false });
        out.push(Effect::Focus(Focus::List));
    }
}

pub fn path_changed(m: &mut Model, out: &mut Out, path: &str) {
    m.route = Route::parse(path);
    arrive(m, out);
}

/// Goes to an address of the page.
pub fn go(m: &mut Model, out: &mut Out, route: Route) {
    out.push(Effect::Path { path: route.path(), replace: false });
    m.route = route;
    arrive(m, out);
}

fn arrive(m: &mut Model, out: &mut Out) {
    if !matches!(m.page, Page::Mail | Page::Settings) {
        return;
    }
    m.page = if m.route == Route::Settings { Page::Settings } else { Page::Mail };
    follow_route(m, out);
}

/// Makes the mail page show what the route says, without touching the history.
pub fn follow_route(m: &mut Model, out: &mut Out) {
    let folder = match m.route.clone() {
        Route::Settings => return,
        Route::Home => FolderName::inbox(),
        Route::Folder(folder) | Route::Message(folder, _) => folder,
    };
    if folder != m.list.folder {
        list::open_folder_as(m, out, folder);
    }
    match m.route.uid() {
        Some(uid) => read::open_uid(m, out, uid),
        None => m.reader = None,
    }
}

pub fn refresh(m: &mut Model, out: &mut Out) {
    if matches!(m.page, Page::SignIn) {
        return;
    }
    if m.link != LinkState::Online {
        m.list.error = None;
        return connect(m, out);
    }
    if m.list.error.take().is_some() || m.list.state.is_none() {
        let folder = m.list.folder.clone();
        list::ask_open(m, out, folder);
    }
    if m.folders.is_empty() {
        super::ask(m, out, Pending::Folders, None, Call::Folders(Folders {}));
    }
    if !m.pending.values().any(|p| *p == Pending::Nothing) {
        super::ask(m, out, Pending::Nothing, None, Call::Refresh);
    }
    read::retry(m, out);
}
