//! `POST /api/lab/…`: the lab for whoever opens its page, without an account. Nothing of a visitor's world stays here: it is made
//! again from its steps with each question, bounded in work and in memory by what a scenario may hold.
use super::App;
use super::failure::Failure;
use super::guard::Client;
use crate::config::limits::Limits;
use crate::lab::advise;
use crate::lab::answer::{self, Form};
use crate::lab::visitors::{Room, Visitors};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::call::{Ask, AskAdvice, Enter, MAX_ASK, Opened, Refusal, VisitorId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Semaphore;

/// Runs at once. One is done in some milliseconds.
const RUNS: usize = 2;
/// Questions that wait for their turn; more are told to come again.
const WAITING: usize = 200;

pub struct Lab {
    visitors: Mutex<Visitors>,
    runs: Semaphore,
    waiting: Semaphore,
}

impl Lab {
    pub fn start(limits: &Limits) -> Self {
        let count = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        let room =
            Room { visitors: count(limits.lab_visitors), per_address: count(limits.lab_visitors_per_ip) };
        Self {
            visitors: Mutex::new(Visitors::new(room)),
            runs: Semaphore::new(RUNS),
            waiting: Semaphore::new(RUNS + WAITING),
        }
    }

    fn admit(&self, visitor: VisitorId, ip: IpAddr) -> Result<(), Refusal> {
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        visitors.admit(visitor, ip, Instant::now())
    }

    /// Does it on a thread for such work, when its turn has come.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let _place = self.waiting.try_acquire().map_err(|_| Refusal::Busy)?;
        let _turn = self.runs.acquire().await.map_err(|_| Refusal::Busy)?;
        tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refusal::Busy))
    }
}

pub async fn enter(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    body: Bytes,
) -> Result<Response, Failure> {
    let enter: Enter = read(&body)?;
    let any_host = app.config.egress.allow_any_host;
    let opened = |()| Opened { experiments: answer::listed(), any_host };
    told(&app.lab.admit(enter.visitor, client.ip).map(opened))
}

pub async fn run(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    body: Bytes,
) -> Result<Response, Failure> {
    let ask: Ask = read(&body)?;
    if let Err(refusal) = app.lab.admit(ask.visitor, client.ip) {
        return told(&Err::<(), _>(refusal));
    }
    told(&app.lab.work(move || answer::answer(ask)).await)
}

/// Which of the protocols suits somebody.
pub async fn advise(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    body: Bytes,
) -> Result<Response, Failure> {
    let AskAdvice { visitor, habits } = read(&body)?;
    if let Err(refusal) = app.lab.admit(visitor, client.ip) {
        return told(&Err::<(), _>(refusal));
    }
    told(&app.lab.work(move || Ok(advise::advise(&habits))).await)
}

#[derive(serde::Deserialize)]
pub struct As {
    #[serde(rename = "as")]
    form: Form,
}

/// What the page offers to save.
pub async fn file(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    Query(As { form }): Query<As>,
    body: Bytes,
) -> Result<Response, Failure> {
    let ask: Ask = read(&body)?;
    let outcome = match app.lab.admit(ask.visitor, client.ip) {
        Ok(()) => app.lab.work(move || answer::file(ask, form)).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(text) => Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()),
        Err(Refusal::Wrong { .. }) => Err(Failure::new(ErrorKind::BadRequest)),
        Err(_) => Err(Failure::new(ErrorKind::Busy)),
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Failure> {
    if body.len() > MAX_ASK {
        return Err(Failure::status(StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::TooBig));
    }
    postcard::from_bytes(body).map_err(|_| Failure::new(ErrorKind::BadRequest))
}

fn told<T: Serialize>(outcome: &Result<T, Refusal>) -> Result<Response, Failure> {
    let bytes = postcard::to_allocvec(outcome).map_err(|_| Failure::new(ErrorKind::Internal))?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}
