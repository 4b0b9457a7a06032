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
