//! The header set of every answer, errors and the WebSocket's included (R26).
use super::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// R26, R27: our own files only; WebAssembly may compile, nothing may be evaluated. Inline style is what the frame
/// of a message needs (its document inherits this policy); script never is.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; \
    frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// R12: what a mail sender made. Even when opened as a document it is nobody's origin and runs nothing.
pub const ATTACHMENT_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Every feature a browser lets a page switch off.
const PERMISSIONS: &str = "accelerometer=(),autoplay=(),browsing-topics=(),camera=(),\
    clipboard-read=(),display-capture=(),encrypted-media=(),fullscreen=(),gamepad=(),geolocation=(),\
    gyroscope=(),hid=(),identity-credentials-get=(),idle-detection=(),local-fonts=(),magnetometer=(),\
    microphone=(),midi=(),otp-credentials=(),payment=(),picture-in-picture=(),\
    publickey-credentials-create=(),publickey-credentials-get=(),screen-wake-lock=(),serial=(),\
    storage-access=(),usb=(),window-management=(),xr-spatial-tracking=()";

const FIXED: [(HeaderName, HeaderValue); 9] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("origin-agent-cluster"), HeaderValue::from_static("?1")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::X_DNS_PREFETCH_CONTROL, HeaderValue::from_static("off")),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
];

/// Outermost layer: nothing leaves without the set.
pub async fn secure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    apply(response.headers_mut(), app.site.https());
    response
}

/// A handler may have set a tighter content policy or a cache rule of its own; all else is set here.
pub fn apply(headers: &mut HeaderMap, https: bool) {
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if https {
        let two_years = HeaderValue::from_static("max-age=63072000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
}
