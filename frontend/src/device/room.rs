//! How much room there is for mail on this device, and whether the browser promises to keep it.
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

fn manager() -> Option<JsValue> {
    let navigator: JsValue = web_sys::window()?.navigator().into();
    js_sys::Reflect::get(&navigator, &"storage".into()).ok().filter(JsValue::is_object)
}

async fn ask(what: &str) -> Option<JsValue> {
    let manager = manager()?;
    let function: js_sys::Function = js_sys::Reflect::get(&manager, &what.into()).ok()?.dyn_into().ok()?;
    let promise: js_sys::Promise = function.call0(&manager).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

/// Bytes used and bytes allowed, as far as the browser tells.
pub async fn estimate() -> Option<(u64, u64)> {
    let estimate = ask("estimate").await?;
    let number = |name: &str| {
        js_sys::Reflect::get(&estimate, &name.into()).ok()?.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64)
    };
    Some((number("usage")?, number("quota")?))
}

/// Asks the browser not to throw the mail away when it is short of room; its answer.
pub async fn persist() -> bool {
    if ask("persisted").await.is_some_and(|v| v.is_truthy()) {
        return true;
    }
    ask("persist").await.is_some_and(|v| v.is_truthy())
}
