//! What is done later. Behind one pointer type each: wasm-bindgen makes its code anew for every closure and every future that it
//! gets as it is (docs/adr/page-size.md).
use std::pin::Pin;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

/// Begins soon, and goes on by itself.
pub fn later(work: impl Future<Output = ()> + 'static) {
    begin(Box::pin(work));
}

fn begin(work: Pin<Box<dyn Future<Output = ()>>>) {
    wasm_bindgen_futures::spawn_local(work);
}

/// A function for the browser to call once.
pub fn once(run: Box<dyn FnOnce()>) -> JsValue {
    Closure::once_into_js(run)
}
