//! After the paint: performance marks and focus.
use crate::state::effect::{Focus, Mark};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Runs once the next frame is drawn: a frame callback comes before the paint, the task after it follows the paint.
pub fn after_paint(run: impl FnOnce() + 'static) {
    let Some(window) = web_sys::window() else { return };
    let frame = Closure::once_into_js(move || {
        let task = Closure::once_into_js(run);
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback(task.unchecked_ref());
        }
    });
    let _ = window.request_animation_frame(frame.unchecked_ref());
}

/// Runs just before the next frame is drawn.
pub fn next_frame(run: impl FnOnce() + 'static) {
    if let Some(window) = web_sys::window() {
        let _ = window.request_animation_frame(Closure::once_into_js(run).unchecked_ref());
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
