//! What the lab's page needs of the browser.
use super::{http, tasks, window};
use pyeonji_shared::error::{ApiError, ErrorKind};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, Element, Event, HtmlInputElement};

/// Octets to the gateway, octets back.
pub async fn post(url: &str, body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let blob = blob(body).ok_or_else(|| ApiError::new(ErrorKind::Internal))?;
    http::post(url, &blob).await
}

/// Something to be done by the gateway even if the page goes away meanwhile; nobody waits for an answer.
pub fn leave(url: &str) {
    let init = web_sys::RequestInit::new();
    init.set_method("DELETE");
    let headers = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&headers, &"X-Pyeonji".into(), &"1".into());
    init.set_headers(&headers);
    let _ = js_sys::Reflect::set(&init, &"keepalive".into(), &true.into());
    let sent = window::window().map(|w| w.fetch_with_str_and_init(url, &init));
    if let Some(sent) = sent {
        tasks::later(async move { drop(wasm_bindgen_futures::JsFuture::from(sent).await) });
    }
}

fn blob(bytes: &[u8]) -> Option<Blob> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).ok()
}

/// Offers octets as a file.
pub fn save(bytes: &[u8], name: &str) {
    let Some(url) = blob(bytes).and_then(|b| web_sys::Url::create_object_url_with_blob(&b).ok()) else {
        return;
    };
    super::ui::node::save(&url, name);
    // The download has begun when the click is over; the memory is the browser's until then.
    super::paint::after_paint(move || drop(web_sys::Url::revoke_object_url(&url)));
}

/// A random number of this tab's.
pub fn visitor(key: &str) -> [u8; 16] {
    let storage = window::window().and_then(|w| w.session_storage().ok().flatten());
    let kept = storage.as_ref().and_then(|s| s.get_item(key).ok().flatten());
    if let Some(bytes) = kept.and_then(|text| unhex(&text)) {
        return bytes;
    }
    let bytes = window::random();
    let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    if let Some(storage) = storage {
        let _ = storage.set_item(key, &text);
    }
    bytes
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(bytes)
}

pub fn hash() -> String {
    window::window().and_then(|w| w.location().hash().ok()).unwrap_or_default()
}

pub fn set_hash(hash: &str) {
    let history = window::window().and_then(|w| w.history().ok());
    let _ = history.map(|h| h.replace_state_with_url(&JsValue::NULL, "", Some(&format!("/lab#{hash}"))));
}

/// The whole address with this fragment.
pub fn link(hash: &str) -> String {
    let origin = window::window().and_then(|w| w.location().origin().ok()).unwrap_or_default();
    format!("{origin}/lab#{hash}")
}

/// The fragment was changed by hand or by a link.
pub fn on_hash(heard: impl Fn(String) + 'static) {
    on("hashchange", move || heard(hash()));
}

/// The page is closed or left.
pub fn on_leave(heard: impl Fn() + 'static) {
    on("pagehide", heard);
}

fn on(name: &str, heard: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(move |_| heard());
    if let Some(window) = window::window() {
        let _ = window.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    }
    closure.forget();
}

/// The language that was found before the first paint.
pub fn is_korean() -> bool {
    let root = window::window().and_then(|w| w.document()).and_then(|d| d.document_element());
    root.and_then(|r| r.get_attribute("lang")).is_some_and(|lang| lang == "ko")
}

/// Keeps the other language as the mail page keeps it, and loads the page in it.
pub fn set_language(key: &str, korean: bool) {
    let settings = window::stored(key).unwrap_or_else(|| "0000".into());
    let rest = settings.get(2..).unwrap_or("00");
    window::store(key, Some(&format!("{}{rest}", if korean { "02" } else { "01" })));
    window::reload();
}

pub fn set_title(title: &str) {
    if let Some(document) = window::window().and_then(|w| w.document()) {
        document.set_title(title);
    }
}

pub fn scroll_top(event: &Event) -> usize {
    let target = event.current_target().and_then(|t| t.dyn_into::<Element>().ok());
    target.map_or(0, |t| usize::try_from(t.scroll_top()).unwrap_or(0))
}

/// Whether the end of what scrolls is in sight, or nearly.
pub fn at_end(event: &Event, nearly: usize) -> bool {
    let target = event.current_target().and_then(|t| t.dyn_into::<Element>().ok());
    target.is_some_and(|t| t.scroll_height() - t.scroll_top() - t.client_height() <= nearly as i32)
}

/// Scrolls an element by its id.
pub fn scroll_to(id: &str, top: usize) {
    let found = window::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    if let Some(element) = found {
        element.set_scroll_top(i32::try_from(top).unwrap_or(i32::MAX));
    }
}

/// What is typed in a field, by its id; a field that is emptied keeps nothing of it.
pub fn field(id: &str, emptied: bool) -> String {
    let found = window::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    let Some(input) = found.and_then(|f| f.dyn_into::<HtmlInputElement>().ok()) else { return String::new() };
    let typed = input.value();
    if emptied {
        input.set_value("");
    }
    typed
}

/// The text of the chosen file, if it has at most so many bytes.
pub fn read_file(event: &Event, most: f64, read: impl FnOnce(String) + 'static) {
    let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else { return };
    let file = input.files().and_then(|files| files.item(0)).filter(|file| file.size() <= most);
    // The same file can be chosen again.
    input.set_value("");
    let Some(file) = file else { return };
    tasks::later(async move {
        let blob: &Blob = file.unchecked_ref();
        let Ok(buffer) = wasm_bindgen_futures::JsFuture::from(blob.array_buffer()).await else { return };
        read(String::from_utf8_lossy(&js_sys::Uint8Array::new(&buffer).to_vec()).into_owned());
    });
}
