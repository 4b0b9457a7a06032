//! One tab per composer: two tabs must not both go on sending the same message. Web Locks end with the tab.
use std::cell::RefCell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

thread_local! {
    /// What this page holds already, as it does after signing out and in again. As many as it had composers.
    static HELD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Takes the lock for as long as this page lives. False when another tab has it; true where there are no locks.
pub async fn take(name: &str) -> bool {
    if HELD.with_borrow(|held| held.iter().any(|h| h == name)) {
        return true;
    }
    let Some(window) = web_sys::window() else { return true };
    let navigator: JsValue = window.navigator().into();
    let locks = js_sys::Reflect::get(&navigator, &"locks".into()).unwrap_or_default();
    let request = js_sys::Reflect::get(&locks, &"request".into()).unwrap_or_default();
    let Ok(request) = request.dyn_into::<js_sys::Function>() else { return true };
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
    let js_name = JsValue::from_str(name);
    let got = js_sys::Promise::new(&mut |resolve, _| {
        let decided = resolve.clone();
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let _ = decided.call1(&JsValue::NULL, &JsValue::from_bool(!lock.is_null()));
            if lock.is_null() {
                return JsValue::UNDEFINED;
            }
            // Held until this never-ending promise ends: with the page.
            js_sys::Promise::new(&mut |_, _| {}).into()
        });
        if request.call3(&locks, &js_name, &options, &granted).is_err() {
            let _ = resolve.call1(&JsValue::NULL, &JsValue::TRUE);
        }
    });
    let taken = JsFuture::from(got).await.ok().and_then(|v| v.as_bool()).unwrap_or(true);
    if taken {
        HELD.with_borrow_mut(|held| held.push(name.to_owned()));
    }
    taken
}
