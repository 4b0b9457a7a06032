//! Elements: focus, sizes, dialogs.
use pyeonji_shared::ids::SessionId;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, EventTarget, HtmlDialogElement, HtmlElement, HtmlInputElement, ResizeObserver,
};

fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

/// Moves the focus to the element of this id.
pub fn focus(id: &str) {
    if let Some(node) = document().and_then(|d| d.get_element_by_id(id)) {
        focus_element(&node);
    }
}

fn focus_element(node: &Element) {
    if let Some(node) = node.dyn_ref::<HtmlElement>() {
        let _ = node.focus();
    }
}

/// Focus within `root`, on the first match of a selector of our own.
pub fn focus_in(root: &Element, selector: &str) {
    if let Ok(Some(node)) = root.query_selector(selector) {
        focus_element(&node);
    }
}

/// Moves the focus to the next or previous match of `selector` below the event's element, round the ends.
pub fn focus_neighbour(event: &Event, selector: &str, by: i32) {
    let Some(root) = event.current_target().and_then(|t| t.dyn_into::<Element>().ok()) else { return };
    let Ok(found) = root.query_selector_all(selector) else { return };
    let active = document().and_then(|d| d.active_element());
    let length = i32::try_from(found.length()).unwrap_or(0);
    if length == 0 {
        return;
    }
    let node = |i: i32| found.item(u32::try_from(i).unwrap_or(0)).and_then(|n| n.dyn_into::<Element>().ok());
    let at = (0..length).find(|i| node(*i) == active);
    let next = match at {
        Some(at) => (at + by).rem_euclid(length),
        None => 0,
    };
    if let Some(next) = node(next) {
        focus_element(&next);
    }
}

/// Saves what an address of this page holds under a name.
pub fn save(url: &str, name: &str) {
    let link = document().and_then(|d| d.create_element("a").ok());
    if let Some(link) = link.and_then(|l| l.dyn_into::<HtmlElement>().ok()) {
        let _ = link.set_attribute("href", url);
        let _ = link.set_attribute("download", name);
        link.click();
    }
}

/// Scrolls the element of this id to its beginning.
pub fn scroll_to_top(id: &str) {
    if let Some(node) = document().and_then(|d| d.get_element_by_id(id)) {
        node.set_scroll_top(0);
    }
}

/// The height of a row, as the style sheet has it for this screen and density.
pub fn row_height(node: &Element) -> f64 {
    let style = web_sys::window().and_then(|w| w.get_computed_style(node).ok().flatten());
    style
        .and_then(|s| s.get_property_value("--row").ok())
        .map(|v| js_sys::parse_float(&v))
        .filter(|h| *h >= 16.0)
        .unwrap_or(60.0)
}

/// Calls back at once and whenever the element's size changes. Lives as long as the returned guard.
pub struct Watch {
    observer: Option<ResizeObserver>,
    _callback: Closure<dyn FnMut(JsValue)>,
}

impl Watch {
    pub fn new(node: &Element, mut changed: impl FnMut() + 'static) -> Self {
        let callback = Closure::<dyn FnMut(JsValue)>::new(move |_| changed());
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(node);
        }
        Self { observer, _callback: callback }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Shows a `<dialog>` over everything else; the browser keeps the focus inside.
pub fn show_modal(node: &HtmlDialogElement) {
    if !node.open() {
        let _ = node.show_modal();
    }
}

/// Width of the pane that a splitter stands beside, and of the whole, in pixels.
pub fn splitter_place(event: &Event) -> Option<(f64, f64)> {
    let splitter = event.current_target()?.dyn_into::<Element>().ok()?;
    let pane = splitter.previous_element_sibling()?.get_bounding_client_rect();
    let whole = splitter.parent_element()?.get_bounding_client_rect();
    Some((pane.left(), whole.width()))
}

/// Keeps pointer events coming to the element while a drag leaves it.
pub fn capture(event: &web_sys::PointerEvent) {
    if let Some(node) = event.current_target().and_then(|t| t.dyn_into::<Element>().ok()) {
        let _ = node.set_pointer_capture(event.pointer_id());
    }
}

/// Sets a size that the style sheet uses, on `<html>`.
pub fn set_size(name: &str, pixels: f64) {
    let root = document().and_then(|d| d.document_element()).and_then(|r| r.dyn_into::<HtmlElement>().ok());
    if let Some(root) = root {
        let _ = root.style().set_property(name, &crate::view::geometry::px(pixels));
    }
}

/// Leaving the element and what is in it (for menus that close by themselves).
pub fn left(event: &web_sys::FocusEvent) -> bool {
    let inside = event.current_target().and_then(|t| t.dyn_into::<web_sys::Node>().ok());
    let to = event.related_target().and_then(|t| t.dyn_into::<web_sys::Node>().ok());
    match (inside, to) {
        (Some(inside), to) => !inside.contains(to.as_ref()),
        _ => true,
    }
}

/// Text in the input that the event is about.
pub fn value(target: Option<EventTarget>) -> String {
    target.and_then(|t| t.dyn_into::<HtmlInputElement>().ok()).map(|i| i.value()).unwrap_or_default()
}

/// Text in the field that the event is about.
pub fn typed(event: &Event) -> String {
    let target = event.target().unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into());
    js_sys::Reflect::get(&target, &JsValue::from_str("value"))
        .ok()
        .and_then(|v| v.as_string())
        .unwrap_or_default()
}

/// Text in Unicode's composed form (NFC).
pub fn composed(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFC").into()
}

/// Whether the box that the event is about is ticked.
pub fn checked(event: &Event) -> bool {
    event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()).is_some_and(|i| i.checked())
}

/// Empties the input that the event is about.
pub fn clear(target: Option<EventTarget>) {
    if let Some(input) = target.and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) {
        input.set_value("");
    }
}

/// Puts the caret before the first character, where an answer is written.
pub fn caret_to_start(id: &str) {
    let node = document().and_then(|d| d.get_element_by_id(id));
    if let Some(area) = node.and_then(|n| n.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) {
        let _ = area.set_selection_range(0, 0);
        let _ = area.focus();
        area.set_scroll_top(0);
    }
}

/// Opens a link of a message in a new window that can't reach back (R11).
pub fn open_window(href: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.open_with_url_and_target_and_features(href, "_blank", "noopener,noreferrer");
    }
}

/// Opens what passes on the wire of this session beside the page; a phone's browser makes a tab of it.
pub fn open_wire(session: &SessionId) {
    let Some(window) = web_sys::window() else { return };
    let href = format!("/lab#wire.{}", session.hex());
    let beside = "popup,width=560,height=720";
    let _ = window.open_with_url_and_target_and_features(&href, "pyeonji-wire", beside);
}

/// Pixels of the window.
pub fn window_width() -> f64 {
    web_sys::window().and_then(|w| w.inner_width().ok()).and_then(|w| w.as_f64()).unwrap_or(1280.0)
}

/// Clicks the element that the event is about.
pub fn click(target: Option<EventTarget>) {
    if let Some(node) = target.and_then(|t| t.dyn_into::<HtmlElement>().ok()) {
        node.click();
    }
}

/// The event is on the element itself, not on what is in it (a click beside an open dialog).
pub fn is_itself(event: &Event) -> bool {
    event.target().is_some() && event.target() == event.current_target()
}

/// Closes the open dialog; `false` when there is none.
pub fn close_dialog() -> bool {
    let open = document().and_then(|d| d.query_selector("dialog[open]").ok().flatten());
    match open.and_then(|d| d.dyn_into::<HtmlDialogElement>().ok()) {
        Some(dialog) => {
            dialog.close();
            true
        }
        None => false,
    }
}

/// Text that is being pasted.
pub fn pasted(event: &Event) -> String {
    let data = event.dyn_ref::<web_sys::ClipboardEvent>().and_then(|e| e.clipboard_data());
    data.and_then(|d| d.get_data("text/plain").ok()).unwrap_or_default()
}

/// Files of a drop, a paste or a file input.
pub fn files(event: &Event) -> Option<web_sys::FileList> {
    let list = if let Some(drop) = event.dyn_ref::<web_sys::DragEvent>() {
        drop.data_transfer()?.files()
    } else if let Some(paste) = event.dyn_ref::<web_sys::ClipboardEvent>() {
        paste.clipboard_data()?.files()
    } else {
        event.target()?.dyn_into::<HtmlInputElement>().ok()?.files()
    };
    list.filter(|l| l.length() > 0)
}

/// Opens the file chooser of an input.
pub fn choose(id: &str) {
    click(document().and_then(|d| d.get_element_by_id(id)).map(Into::into));
}
