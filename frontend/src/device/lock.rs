//! One tab at a time: per composer (two tabs must not both go on sending the same message) and per check. Web Locks end with the
//! tab.
use std::cell::RefCell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A lock that is held until this is dropped; also where the browser has no locks.
pub struct Guard(Option<js_sys::Function>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

thread_local! {
    /// What this page holds for good, as it does after signing out and in again. As many as it had composers.
    static HELD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Takes the lock for as long as this page lives. False when another tab has it; true where there are no locks.
pub async fn take(name: &str) -> bool {
    if HELD.with_borrow(|held| held.iter().any(|h| h == name)) {
        return true;
    }
    match hold(name).await {
        Some(mut guard) => {
            guard.0 = None;
            HELD.with_borrow_mut(|held| held.push(name.to_owned()));
            true
        }
        None => false,
    }
}

/// Takes the lock; `None` when another tab has it.
pub async fn hold(name: &str) -> Option<Guard> {
    let window = web_sys::window()?;
    let navigator: JsValue = window.navigator().into();
    let locks = js_sys::Reflect::get(&navigator, &"locks".into()).unwrap_or_default();
    let request = js_sys::Reflect::get(&locks, &"request".into()).unwrap_or_default();
    let Ok(request) = request.dyn_into::<js_sys::Function>() else { return Some(Guard(None)) };
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
    let name = JsValue::from_str(name);
    // Held until this promise ends: when the guard is dropped, or with the page.
    let mut release = None;
    let held = js_sys::Promise::new(&mut |resolve, _| release = Some(resolve));
    let got = js_sys::Promise::new(&mut |resolve, _| {
        let (decided, held) = (resolve.clone(), held.clone());
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let _ = decided.call1(&JsValue::NULL, &JsValue::from_bool(!lock.is_null()));
            if lock.is_null() { JsValue::UNDEFINED } else { held.into() }
        });
        if request.call3(&locks, &name, &options, &granted).is_err() {
            let _ = resolve.call1(&JsValue::NULL, &JsValue::TRUE);
        }
    });
    let got = JsFuture::from(got).await.ok().and_then(|v| v.as_bool()).unwrap_or(true);
    got.then_some(Guard(release))
}
