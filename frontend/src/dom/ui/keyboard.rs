//! Keys going down, wherever the focus is.
use crate::keys::Press;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, EventTarget, HtmlInputElement, KeyboardEvent};

/// Listens on the page for as long as it lives.
pub fn on_page(pressed: impl FnMut(KeyboardEvent) + 'static) {
    if let Some(document) = web_sys::window().and_then(|w| w.document()) {
        listen(&document, pressed).forget();
    }
}

/// Listens on one target for as long as the closure is kept.
pub fn listen(
    target: &EventTarget,
    pressed: impl FnMut(KeyboardEvent) + 'static,
) -> Closure<dyn FnMut(KeyboardEvent)> {
    let closure = Closure::<dyn FnMut(KeyboardEvent)>::new(pressed);
    let _ = target.add_event_listener_with_callback("keydown", closure.as_ref().unchecked_ref());
    closure
}

/// The key alone, wherever the focus is.
pub fn press<'a>(event: &KeyboardEvent, key: &'a str, code: &'a str) -> Press<'a> {
    let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
    Press { key, code, shift: event.shift_key(), modified, ..Press::default() }
}

/// The focus is in something that takes text (or that uses letters itself).
pub fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(node) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return false };
    match node.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => node
            .dyn_ref::<HtmlInputElement>()
            .is_none_or(|i| !matches!(i.type_().as_str(), "checkbox" | "radio" | "button" | "submit")),
        _ => node.closest("[contenteditable=''],[contenteditable=true]").ok().flatten().is_some(),
    }
}

/// The focus is on a control that Enter and Space already mean something to.
pub fn is_control(event: &KeyboardEvent) -> bool {
    let node = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    node.is_some_and(|n| {
        n.closest("button,a,input,select,textarea,summary,[role=separator],[role=treeitem]")
            .ok()
            .flatten()
            .is_some()
    })
}

/// A modal dialog is open: it has the keyboard.
pub fn in_dialog() -> bool {
    let open =
        web_sys::window().and_then(|w| w.document()).and_then(|d| d.query_selector("dialog[open]").ok());
    open.flatten().is_some()
}

/// The event came from within a composer.
pub fn in_composer(event: &KeyboardEvent) -> bool {
    let node = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    node.is_some_and(|n| n.closest(".composer").ok().flatten().is_some())
}
