//! The window: time, randomness, storage, history, what happens to the page.
use crate::state::model::Moment;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget, Storage, VisibilityState, Window};

pub fn window() -> Option<Window> {
    web_sys::window()
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now() -> i64 {
    js_sys::Date::now() as i64
}

pub fn moment() -> Moment {
    Moment { now: now(), random: random() }
}

/// 16 bytes of the browser's cryptographic randomness.
pub fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    let crypto = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("crypto")).unwrap_or_default();
    let fill = js_sys::Reflect::get(&crypto, &JsValue::from_str("getRandomValues")).unwrap_or_default();
    let array = js_sys::Uint8Array::new_with_length(16);
    if let Some(fill) = fill.dyn_ref::<js_sys::Function>()
        && fill.call1(&crypto, &array).is_ok()
    {
        array.copy_to(&mut bytes);
        return bytes;
    }
    for byte in &mut bytes {
        *byte = (js_sys::Math::random() * 256.0) as u8;
    }
    bytes
}

/// Minutes east of UTC now.
pub fn zone() -> i32 {
    -(js_sys::Date::new_0().get_timezone_offset() as i32)
}

pub fn is_visible() -> bool {
    window().and_then(|w| w.document()).is_none_or(|d| d.visibility_state() == VisibilityState::Visible)
}

pub fn browser_is_korean() -> bool {
    window().and_then(|w| w.navigator().language()).is_some_and(|l| l.to_ascii_lowercase().starts_with("ko"))
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

pub fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps a value, or forgets it. Storage that refuses is no fault: the page works without.
pub fn store(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

pub fn path() -> String {
    window().and_then(|w| w.location().pathname().ok()).unwrap_or_else(|| "/".into())
}

pub fn show_path(new: &str, replace: bool) {
    if path() == new {
        return;
    }
    let Some(history) = window().and_then(|w| w.history().ok()) else { return };
    let _ = if replace {
        history.replace_state_with_url(&JsValue::NULL, "", Some(new))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(new))
    };
}

const RESUME: &str = "pyeonji.resume";

fn session_storage() -> Option<Storage> {
    window()?.session_storage().ok().flatten()
}

/// The session that this tab had before a reload; given once, so that a duplicated tab doesn't get it too.
pub fn take_session() -> Option<String> {
    let storage = session_storage()?;
    let session = storage.get_item(RESUME).ok().flatten();
    let _ = storage.remove_item(RESUME);
    session
}

/// Left for the page that this tab shows next.
pub fn leave_session(session: Option<&str>) {
    if let (Some(storage), Some(session)) = (session_storage(), session) {
        let _ = storage.set_item(RESUME, session);
    }
}

/// Loads the page once with another module; `boot.js` takes the name that is left for it.
pub fn reload_with(key: &str, module: &str) {
    if let Some(storage) = session_storage() {
        let _ = storage.set_item(key, module);
        reload();
    }
}

pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Reloads once: a page that is still of another build afterwards must not turn in a circle.
pub fn reload_once() {
    const KEY: &str = "pyeonji.reloaded";
    let Some(window) = window() else { return };
    let Some(session) = session_storage() else { return };
    let last = session.get_item(KEY).ok().flatten().and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
    if now() - last > 60_000 {
        let _ = session.set_item(KEY, &now().to_string());
        let _ = window.location().reload();
    }
}

/// Listens for as long as the page lives.
fn listen(target: &EventTarget, name: &str, heard: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(heard);
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// What happens to the page as a whole.
pub enum Happened {
    Path(String),
    Online(bool),
    Visible(bool),
    Leaving,
}

pub fn listen_all(heard: impl Fn(Happened) + Clone + 'static) {
    let Some(window) = window() else { return };
    let h = heard.clone();
    listen(&window, "popstate", move |_| h(Happened::Path(path())));
    let h = heard.clone();
    listen(&window, "online", move |_| h(Happened::Online(true)));
    let h = heard.clone();
    listen(&window, "offline", move |_| h(Happened::Online(false)));
    let h = heard.clone();
    listen(&window, "pagehide", move |_| h(Happened::Leaving));
    if let Some(document) = window.document() {
        listen(&document, "visibilitychange", move |_| heard(Happened::Visible(is_visible())));
    }
}

/// Shows a notification, if the person allowed it.
pub fn notify(title: &str, tag: &str) {
    if web_sys::Notification::permission() == web_sys::NotificationPermission::Granted {
        let options = web_sys::NotificationOptions::new();
        options.set_tag(tag);
        let _ = web_sys::Notification::new_with_options(title, &options);
    }
}

/// Asks for permission to notify; only after a click.
pub fn ask_to_notify() {
    if web_sys::Notification::permission() == web_sys::NotificationPermission::Default {
        let _ = web_sys::Notification::request_permission();
    }
}

/// Puts text on the clipboard. Answers false where the browser has none.
pub fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    let navigator: JsValue = window.navigator().into();
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).unwrap_or_default();
    let write = js_sys::Reflect::get(&clipboard, &JsValue::from_str("writeText")).unwrap_or_default();
    write.dyn_ref::<js_sys::Function>().is_some_and(|f| f.call1(&clipboard, &JsValue::from_str(text)).is_ok())
}
