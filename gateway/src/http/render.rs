//! `POST /api/render`: what a message's source says, for mail that the device has and nobody has read yet (imports), or that was
//! read by an older policy (R40). The source passes through and is kept nowhere.
use super::App;
use super::cookie::SignedIn;
use super::failure::Failure;
use crate::mail::scan::{Scanner, fetched};
use crate::metrics;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};
use std::sync::Arc;
use std::time::Duration;

/// Silence after which a source is given up.
const STALL: Duration = Duration::from_secs(30);

/// Answers with a `Fetched` as postcard.
pub async fn render(State(app): State<Arc<App>>, _: SignedIn, body: Body) -> Result<Response, Failure> {
    let mut scanner = Scanner::new();
    let mut size = 0_u64;
    let mut body = body.into_data_stream();
    loop {
        let next = tokio::time::timeout(STALL, body.next()).await;
        match next.map_err(|_| Failure::status(StatusCode::REQUEST_TIMEOUT, ErrorKind::Offline))? {
            Some(Ok(bytes)) => {
                size += bytes.len() as u64;
                if size > app.config.limits.shown_message_bytes {
                    metrics::limit_hit("shown_message_bytes");
                    return Err(Failure::new(ErrorKind::TooBig));
                }
                scanner.push(&bytes);
            }
            Some(Err(_)) => return Err(Failure::new(ErrorKind::BadRequest)),
            None => break,
        }
    }
    let nowhere = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(0) };
    let fetched = fetched(&app.worker, nowhere, scanner.finish()).await;
    let bytes = postcard::to_allocvec(&fetched).map_err(|_| Failure::new(ErrorKind::Internal))?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, bytes).into_response())
}
