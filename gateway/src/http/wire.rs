//! The wire beside one's mail: begin, wait for lines, end. Only of one's own session, and only while somebody asks.
use super::App;
use super::cookie::SignedIn;
use super::failure::Failure;
use crate::net::wire::{Silence, Wire};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::SessionId;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// Sessions that are recorded at once.
pub const MAX_RECORDED: usize = 32;
/// How long a question waits for lines; shorter than proxies wait for an answer.
const PATIENCE: Duration = Duration::from_secs(25);

#[derive(Deserialize)]
pub struct Asked {
    s: String,
    /// The number of the last line that the page has.
    #[serde(default)]
    after: u64,
}

async fn wire(app: &App, signed_in: &SignedIn, asked: &Asked) -> Result<Wire, Failure> {
    let session = SessionId::from_hex(&asked.s).ok_or(Failure::new(ErrorKind::BadRequest))?;
    let wire = app.backend.wire(signed_in.who.ticket, session).await;
    wire.ok_or(Failure::new(ErrorKind::SignedOut))
}

/// From now on what passes is kept for a while.
pub async fn begin(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<StatusCode, Failure> {
    let wire = wire(&app, &signed_in, &asked).await?;
    let Ok(place) = app.recordings.clone().try_acquire_owned() else {
        if wire.is_on() {
            return Ok(StatusCode::NO_CONTENT);
        }
        return Err(Failure::new(ErrorKind::Busy));
    };
    wire.start(place);
    Ok(StatusCode::NO_CONTENT)
}

/// What came since, or what comes within a while; `Gone` when nothing is recorded (any more).
pub async fn lines(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let wire = wire(&app, &signed_in, &asked).await?;
    let lines = tokio::select! {
        lines = wire.lines_in_time(asked.after, PATIENCE) => lines,
        () = app.draining.cancelled() => Err(Silence::Off),
    };
    let lines = lines.map_err(|silence| match silence {
        Silence::Off => Failure::new(ErrorKind::Gone),
        Silence::Crowded => Failure::new(ErrorKind::Busy),
    })?;
    let bytes = postcard::to_allocvec(&lines).map_err(|_| Failure::new(ErrorKind::Internal))?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, bytes).into_response())
}

/// Nothing is kept any more, and what was is forgotten.
pub async fn end(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<StatusCode, Failure> {
    wire(&app, &signed_in, &asked).await?.stop();
    Ok(StatusCode::NO_CONTENT)
}
