//! The time and the zone.

/// Milliseconds since 1970-01-01 UTC.
pub fn now() -> i64 {
    js_sys::Date::now() as i64
}

/// Minutes east of UTC in the person's zone, at that moment (summer time included).
pub fn zone(seconds: i64) -> i32 {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(seconds as f64 * 1_000.0));
    let offset = date.get_timezone_offset();
    if offset.is_finite() { -(offset as i32) } else { 0 }
}

/// Runs once, after so many milliseconds.
pub fn soon(ms: i32, run: impl FnOnce() + 'static) {
    wait(ms, Box::new(run));
}

fn wait(ms: i32, run: Box<dyn FnOnce()>) {
    if let Some(window) = web_sys::window() {
        let closure = crate::dom::tasks::once(run);
        let function = wasm_bindgen::JsCast::unchecked_ref(&closure);
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(function, ms);
    }
}

/// `04:12`, or `1:04:12`.
pub fn countdown(seconds: i64) -> String {
    let s = seconds.max(0);
    match s / 3600 {
        0 => format!("{:02}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}
