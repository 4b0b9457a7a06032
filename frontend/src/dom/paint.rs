//! After the paint: performance marks and focus.
use crate::state::effect::{Focus, Mark};
use std::cell::Cell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

thread_local! {
    /// Whether a callback of [`next_frame`] is running: what it changes is painted when it ends.
    static IN_FRAME: Cell<bool> = const { Cell::new(false) };
}

/// Runs once what has changed so far is painted: the task after the frame that is being drawn, or after the next one. A frame
/// callback comes before the paint, a task that it begins comes after it.
pub fn after_paint(run: impl FnOnce() + 'static) {
    if IN_FRAME.get() { next_task(run) } else { frame(move || next_task(run)) }
}

/// Runs just before the next frame is drawn.
pub fn next_frame(run: impl FnOnce() + 'static) {
    frame(move || {
        IN_FRAME.set(true);
        run();
        IN_FRAME.set(false);
    });
}

fn frame(run: impl FnOnce() + 'static) {
    if let Some(window) = web_sys::window() {
        let _ = window.request_animation_frame(Closure::once_into_js(run).unchecked_ref());
    }
}

fn next_task(run: impl FnOnce() + 'static) {
    if let Some(window) = web_sys::window() {
        let _ = window.set_timeout_with_callback(Closure::once_into_js(run).unchecked_ref());
    }
}

pub fn mark(mark: Mark) {
    after_paint(move || {
        let Some(performance) = web_sys::window().and_then(|w| w.performance()) else { return };
        let detail = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&detail, &"folder".into(), &JsValue::from_str(&mark.folder));
        let _ = js_sys::Reflect::set(&detail, &"count".into(), &JsValue::from_f64(f64::from(mark.count)));
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"detail".into(), &detail);
        let set = js_sys::Reflect::get(&performance, &"mark".into()).unwrap_or_default();
        if let Some(set) = set.dyn_ref::<js_sys::Function>() {
            let _ = set.call2(&performance, &JsValue::from_str(mark.name), &options);
        }
    });
}

/// Moves the keyboard focus once the element is there.
pub fn focus(to: Focus) {
    let selector = match to {
        Focus::List => "[role=grid]".to_owned(),
        Focus::Reader => "article".to_owned(),
        Focus::Search => "input[type=search]".to_owned(),
        Focus::Composer(id) => format!("[data-composer='{}'] [data-first]", id.hex()),
    };
    after_paint(move || {
        let node =
            web_sys::window().and_then(|w| w.document()).and_then(|d| d.query_selector(&selector).ok());
        if let Some(node) = node.flatten().and_then(|n| n.dyn_into::<HtmlElement>().ok()) {
            let _ = node.focus();
        }
    });
}
