//! For load balancers and Prometheus.
use super::App;
use super::guard::Client;
use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// New people may be sent here.
pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    match app.draining.is_cancelled() {
        false => "ready\n".into_response(),
        true => (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response(),
    }
}

/// Figures for Prometheus, for this machine and the trusted networks only. A request that any proxy passed on
/// isn't answered, whoever sent it.
pub async fn metrics(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let passed_on = ["x-forwarded-for", "x-forwarded-host", "forwarded", "via", "x-real-ip"];
    // A proxy on this machine that adds no header still passes the public name on.
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let public = app.site.is_own_host(host) && !app.site.loopback();
    if !client.near || public || passed_on.iter().any(|name| request.headers().contains_key(*name)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let text = crate::metrics::render(&app.metrics);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
