//! After the paint: performance marks and focus.
use super::tasks;
use crate::state::effect::{Focus, Mark};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

thread_local! {
    /// Whether a frame is being made: what changes now, or in the microtasks that follow, is painted by it.
    static IN_FRAME: Cell<bool> = const { Cell::new(false) };
}

/// Runs once the next frame is drawn: a frame callback comes before the paint, the task after it follows the paint.
pub fn after_paint(run: impl FnOnce() + 'static) {
    let run = Box::new(run);
    next_frame(move || next_task(run));
}

/// Runs just before the next frame is drawn.
pub fn next_frame(run: impl FnOnce() + 'static) {
    in_frame(Box::new(run));
}

fn in_frame(run: Box<dyn FnOnce()>) {
    let framed = move || {
        IN_FRAME.set(true);
        run();
        next_task(Box::new(|| IN_FRAME.set(false)));
    };
    if let Some(window) = web_sys::window() {
        let _ = window.request_animation_frame(tasks::once(Box::new(framed)).unchecked_ref());
    }
}

fn next_task(run: Box<dyn FnOnce()>) {
    if let Some(window) = web_sys::window() {
        let _ = window.set_timeout_with_callback(tasks::once(run).unchecked_ref());
    }
}

/// Sets the mark after the paint: of this frame where the page has changed already and a frame is being made, else of the next.
pub fn mark(mark: Mark) {
    let painted_by_this = mark.drawn && IN_FRAME.get();
    let set = move || {
        let Some(performance) = web_sys::window().and_then(|w| w.performance()) else { return };
        let detail = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&detail, &"folder".into(), &JsValue::from_str(&mark.folder));
        let _ = js_sys::Reflect::set(&detail, &"count".into(), &JsValue::from_f64(f64::from(mark.count)));
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"detail".into(), &detail);
        let function = js_sys::Reflect::get(&performance, &"mark".into()).unwrap_or_default();
        if let Some(function) = function.dyn_ref::<js_sys::Function>() {
            let _ = function.call2(&performance, &JsValue::from_str(mark.name), &options);
        }
    };
    if painted_by_this { next_task(Box::new(set)) } else { after_paint(set) }
}

/// Moves the keyboard focus once the element is there.
pub fn focus(to: Focus) {
    let selector = match to {
        Focus::List => "[role=grid]".to_owned(),
        Focus::Reader => "article".to_owned(),
        Focus::Search => "input[type=search]".to_owned(),
        Focus::Composer(id) => format!("[data-composer='{}'] [data-first]", id.hex()),
        Focus::Text(id) => format!("#text-{}", id.hex()),
    };
    after_paint(move || {
        let node =
            web_sys::window().and_then(|w| w.document()).and_then(|d| d.query_selector(&selector).ok());
        if let Some(node) = node.flatten().and_then(|n| n.dyn_into::<HtmlElement>().ok()) {
            let _ = node.focus();
        }
    });
}
