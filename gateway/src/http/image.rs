//! Remote images of a message, fetched by the gateway after the reader agreed (R8): the sender learns neither address
//! nor browser of the reader, and gets no request at all without consent.
use super::App;
use super::cookie::SignedIn;
use super::failure::Failure;
use super::headers::ATTACHMENT_POLICY;
use crate::mail::image::sniff;
use crate::metrics;
use crate::net::NetError;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::SessionId;
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Images fetched at once, for everybody; others wait their turn.
const MAX_FETCHES: usize = 64;
static FETCHES: Semaphore = Semaphore::const_new(MAX_FETCHES);
/// Characters of an address that is followed.
const MAX_URL: usize = 4096;

#[derive(Deserialize)]
pub struct Asked {
    s: String,
    u: String,
}

/// Every failure looks the same: the answer tells nothing about what lies behind an address (R18).
pub async fn image(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let session = SessionId::from_hex(&asked.s).ok_or(Failure::new(ErrorKind::BadRequest))?;
    if asked.u.len() > MAX_URL {
        return Err(Failure::new(ErrorKind::Gone));
    }
    if !app.backend.owns(signed_in.who.ticket, session).await {
        return Err(Failure::new(ErrorKind::SignedOut));
    }
    if let Err(limit) = app.door.image(session).await {
        metrics::limit_hit(limit);
        return Err(Failure::new(ErrorKind::RateLimited));
    }
    let gone = || Failure::new(ErrorKind::Gone);
    let _turn = FETCHES.acquire().await.map_err(|_| gone())?;
    let fetched = app.net.get(&asked.u, app.config.limits.image_bytes).await;
    let bytes = fetched.as_ref().map_or(0, |fetched| fetched.body.len() as u64);
    app.door.image_got(session, bytes).await;
    if matches!(fetched, Err(NetError::TooBig)) {
        metrics::limit_hit("image_bytes");
    }
    let fetched = fetched.map_err(|_| gone())?;
    let raster = sniff(&fetched.body).ok_or_else(gone)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(raster.mime())),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ATTACHMENT_POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600")),
    ];
    Ok((headers, fetched.body).into_response())
}
