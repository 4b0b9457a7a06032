//! `GET /ws`: the upgrade, judged in full before it happens (R19).
//!
//! Asked without an upgrade it answers 426 to whoever is signed in and 401 to whoever isn't: a page whose WebSocket
//! failed learns so which of the two it was, which the browser's WebSocket doesn't tell.
use super::cookie::SignedIn;
use super::failure::Failure;
use super::guard::{Client, has_own_origin};
use super::{App, cookie};
use crate::metrics;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::frame::SUBPROTOCOL;
use pyeonji_shared::limits::MAX_SERVER_MESSAGE;
use std::sync::Arc;

/// The client sends little at a time; the library's 128 KiB would be held by every idle session.
const READ_BUFFER: usize = 1 << 10;
/// Frame headers and one control frame beside the largest message.
const WRITE_SLACK: usize = 64 << 10;
/// A cookie is sealed anew once it wasn't for so long: the idle time runs from the last use.
const RESEAL_SECONDS: i64 = 300;

pub async fn socket(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    signed_in: Result<SignedIn, Failure>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let wants_upgrade = headers.contains_key(header::UPGRADE);
    if wants_upgrade && !has_own_origin(&app, &headers) {
        return Err(Failure::status(StatusCode::FORBIDDEN, ErrorKind::BadRequest));
    }
    let SignedIn { who, mut claims } = signed_in?;
    if !wants_upgrade {
        return Ok((StatusCode::UPGRADE_REQUIRED, [(header::UPGRADE, "websocket")]).into_response());
    }
    let upgrade = upgrade.map_err(|_| Failure::new(ErrorKind::BadRequest))?.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(Failure::new(ErrorKind::BadRequest));
    }
    if app.draining.is_cancelled() {
        return Err(Failure::new(ErrorKind::Busy));
    }
    let Some(room) = app.door.socket(client.ip).await else {
        metrics::limit_hit("sockets_per_ip");
        return Err(Failure::new(ErrorKind::RateLimited));
    };
    let limits = &app.config.limits;
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let backend = app.backend.clone();
    let mut response = upgrade
        .max_frame_size(size(limits.ws_frame_bytes))
        .max_message_size(size(limits.ws_message_bytes))
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_SERVER_MESSAGE + WRITE_SLACK)
        .on_upgrade(async move |socket| {
            let open = ::metrics::gauge!(metrics::SOCKETS);
            open.increment(1.0);
            let end = backend.run_socket(who, socket).await;
            open.decrement(1.0);
            ::metrics::counter!(metrics::SOCKET_ENDS, "reason" => format!("{end:?}")).increment(1);
            drop(room);
        });
    let now = app.clock.now();
    if now - claims.seen >= RESEAL_SECONDS {
        claims.seen = now;
        let line =
            app.keeper.seal(&claims, now).ok().and_then(|sealed| cookie::set(&app, &sealed, &claims, now));
        if let Some(line) = line {
            response.headers_mut().insert(header::SET_COOKIE, line);
        }
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
