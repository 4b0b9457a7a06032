//! Attachments on their way up: the raw body of one file, streamed into the spool.
use super::App;
use super::cookie::SignedIn;
use super::failure::Failure;
use crate::metrics;
use crate::spool::{BlobMeta, SpoolError};
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::BlobId;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Characters kept of a file name and a media type.
const MAX_NAME: usize = 255;
/// Silence after which an upload is given up.
const STALL: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
pub struct Named {
    #[serde(default)]
    name: String,
    #[serde(default, rename = "type")]
    mime: String,
}

pub async fn upload(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let meta = BlobMeta { name: bounded(&named.name), mime: bounded(&named.mime) };
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    let ticket = signed_in.who.ticket;
    let mut upload = app.spools.create(ticket, meta, declared).await.map_err(refusal)?;
    let mut body = body.into_data_stream();
    loop {
        let next = tokio::time::timeout(STALL, body.next()).await;
        match next.map_err(|_| Failure::status(StatusCode::REQUEST_TIMEOUT, ErrorKind::Offline))? {
            Some(Ok(bytes)) => upload.append(bytes).await.map_err(refusal)?,
            Some(Err(_)) => return Err(Failure::new(ErrorKind::BadRequest)),
            None => break,
        }
    }
    let blob = upload.finish().await.map_err(refusal)?;
    ::metrics::counter!(metrics::UPLOAD_BYTES).increment(blob.len());
    Ok(Json(json!({"id": blob.id().hex(), "size": blob.len()})).into_response())
}

#[derive(Deserialize)]
pub struct Id {
    id: String,
}

pub async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(Id { id }): Query<Id>,
) -> Result<Response, Failure> {
    let id = BlobId::from_hex(&id).ok_or(Failure::new(ErrorKind::BadRequest))?;
    match app.spools.remove(signed_in.who.ticket, id).await {
        true => Ok(Json(json!({"ok": true})).into_response()),
        false => Err(Failure::new(ErrorKind::UploadGone)),
    }
}

fn refusal(error: SpoolError) -> Failure {
    match error {
        SpoolError::FileTooBig => metrics::limit_hit("upload_bytes"),
        SpoolError::Full(limit) => metrics::limit_hit(limit),
        SpoolError::Gone => {}
        SpoolError::Io(_) | SpoolError::Altered => tracing::error!(%error, "upload"),
    }
    ApiError::from(error).into()
}

fn bounded(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}
