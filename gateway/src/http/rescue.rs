//! Copying mail between the device and an account on a server: begin, ask what is there, store, list, fetch. The rescue itself
//! runs in a task of its own; what is here checks and streams. Answers are postcard.
use super::App;
use super::cookie::SignedIn;
use super::failure::Failure;
use super::guard::Client;
use super::login;
use crate::account::request::FetchChunk;
use crate::account::rescue::{Chunks, Into, Letter, Rescue, Rows, Target};
use crate::mail::scan::{Scanner, fetched};
use crate::metrics;
use crate::secret::{Protocol, Secret};
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, MessageRef, OpId, Uid, UidValidity};
use pyeonji_shared::message::Flags;
use pyeonji_shared::rescue::{Asked, MAX_ASKED, MAX_COPIED};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Bytes of the form, and of a question about [`MAX_ASKED`] messages.
const MAX_FORM: usize = 8 << 10;
const MAX_QUESTION: usize = MAX_ASKED * 1_100;
/// Bytes of a folder's name, and of the keywords of one message.
const MAX_NAME: usize = 1_000;
const MAX_KEYWORDS: usize = 8 << 10;
/// Bytes of a source that are looked at for its header.
const MAX_HEAD: usize = 64 << 10;
/// Silence on either side after which a message is given up.
const STALL: Duration = Duration::from_secs(60);
/// Pieces between the mail server's link and the browser.
const QUEUE: usize = 2;

/// Whose account. Without an address: one's own, with the password of this sign-in.
#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    address: String,
    #[serde(default = "nothing", deserialize_with = "login::secret")]
    password: Secret,
}

fn nothing() -> Secret {
    Secret::new(String::new())
}

/// A folder of the device.
#[derive(Deserialize)]
pub struct Place {
    folder: String,
    /// What it is for, where it isn't the person's own.
    #[serde(default, rename = "use")]
    special: Option<SpecialUse>,
    /// Names the question; the same question has the same answer.
    op: String,
}

impl Place {
    fn read(self) -> Result<(OpId, Into), Failure> {
        let op = OpId::from_hex(&self.op).ok_or(Failure::new(ErrorKind::BadRequest))?;
        Ok((op, Into { folder: folder(self.folder)?, special: self.special }))
    }
}

#[derive(Deserialize)]
pub struct Marks {
    #[serde(default)]
    flags: u16,
    /// Between spaces.
    #[serde(default)]
    keywords: String,
    /// Seconds since 1970-01-01 UTC.
    date: i64,
}

#[derive(Deserialize)]
pub struct There {
    folder: String,
    #[serde(default)]
    uid: u32,
}

fn folder(name: String) -> Result<FolderName, Failure> {
    match name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        true => Err(Failure::new(ErrorKind::BadRequest)),
        false => Ok(FolderName(name)),
    }
}

fn answer(value: &impl Serialize) -> Result<Response, Failure> {
    let bytes = postcard::to_allocvec(value).map_err(|_| Failure::new(ErrorKind::Internal))?;
    Ok((HEADERS, bytes).into_response())
}

const HEADERS: [(header::HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];

async fn running(app: &App, signed_in: &SignedIn) -> Result<Rescue, Failure> {
    app.backend.rescue(signed_in.who.ticket, None).await.ok_or(Failure::new(ErrorKind::Cancelled))
}

/// Signs in to the account. What was under way ends.
pub async fn begin(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    signed_in: SignedIn,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    if body.len() > MAX_FORM {
        return Err(Failure::new(ErrorKind::TooBig));
    }
    let form: Form = login::json(&headers, &body)?;
    let target = target(&app, &signed_in, form)?;
    let (ticket, address) = (signed_in.who.ticket, target.credentials.address.clone());
    let begun = login::throttled(&app, client, &address, async {
        let rescue = app.backend.rescue(ticket, Some(target)).await;
        rescue.ok_or_else(|| ApiError::new(ErrorKind::Busy))?.begin().await
    });
    answer(&begun.await?)
}

fn target(app: &App, signed_in: &SignedIn, form: Form) -> Result<Target, Failure> {
    let (provider, address, password) = if form.address.trim().is_empty() {
        let own = &signed_in.who.credentials;
        (signed_in.who.provider.clone(), own.address.clone(), own.password.clone())
    } else {
        let address = login::address(&form.address)?;
        let provider = app.config.provider_for(&address).cloned();
        login::sound(&form.password)?;
        (provider.ok_or(Failure::new(ErrorKind::UnknownProvider))?, address, form.password)
    };
    if provider.imap.is_none() {
        return Err(Failure::new(ErrorKind::Unsupported));
    }
    let credentials = login::credentials(&provider, address, password, Protocol::Imap);
    Ok(Target { credentials, provider })
}

pub async fn end(State(app): State<Arc<App>>, signed_in: SignedIn) -> StatusCode {
    app.backend.end_rescue(signed_in.who.ticket).await;
    StatusCode::NO_CONTENT
}

/// Which messages are there already, so that they needn't be sent.
pub async fn have(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(place): Query<Place>,
    body: Body,
) -> Result<Response, Failure> {
    let (op, to) = place.read()?;
    let body = axum::body::to_bytes(body, MAX_QUESTION).await.map_err(|_| Failure::new(ErrorKind::TooBig))?;
    let asked: Vec<Asked> = postcard::from_bytes(&body).map_err(|_| Failure::new(ErrorKind::BadRequest))?;
    if asked.len() > MAX_ASKED {
        return Err(Failure::new(ErrorKind::TooBig));
    }
    answer(&running(&app, &signed_in).await?.have(op, to, asked).await?)
}

/// Stores the message that the body is, unless it is there.
pub async fn append(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(place): Query<Place>,
    Query(marks): Query<Marks>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let (op, to) = place.read()?;
    if marks.keywords.len() > MAX_KEYWORDS {
        return Err(Failure::new(ErrorKind::BadRequest));
    }
    // APPEND says beforehand how much will come (RFC 9051 §6.3.12).
    let size = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    let size: u64 = size.ok_or(Failure::status(StatusCode::LENGTH_REQUIRED, ErrorKind::BadRequest))?;
    if size == 0 {
        return Err(Failure::new(ErrorKind::BadRequest));
    }
    if size > MAX_COPIED {
        return Err(Failure::new(ErrorKind::TooBig));
    }
    let rescue = running(&app, &signed_in).await?;
    let mut body = Source { body: body.into_data_stream(), first: Vec::new() };
    let head = body.head().await?;
    let (pieces, stream) = mpsc::channel(1);
    let keywords = marks.keywords.split(' ').filter(|k| !k.is_empty()).map(str::to_owned).collect();
    let letter =
        Letter { to, flags: Flags(marks.flags), keywords, date: marks.date, size, head, body: stream };
    let (stored, ()) = tokio::join!(rescue.append(op, letter), body.pass(pieces));
    answer(&stored?)
}

/// A request's body, whose first pieces were looked at already.
struct Source {
    body: BodyDataStream,
    first: Vec<Bytes>,
}

impl Source {
    async fn next(&mut self) -> Option<Result<Bytes, ApiError>> {
        let next = tokio::time::timeout(STALL, self.body.next()).await;
        match next.map_err(|_| ApiError::new(ErrorKind::Offline)) {
            Err(error) => Some(Err(error)),
            Ok(next) => next.map(|piece| piece.map_err(|_| ApiError::new(ErrorKind::Offline))),
        }
    }

    /// Reads up to the header's end, or so far as is looked at.
    async fn head(&mut self) -> Result<Bytes, Failure> {
        let mut head = Vec::new();
        let ends =
            |head: &[u8]| head.windows(4).any(|w| w == b"\r\n\r\n") || head.windows(2).any(|w| w == b"\n\n");
        while head.len() < MAX_HEAD && !ends(&head) {
            let Some(piece) = self.next().await else { break };
            let piece = piece?;
            head.extend_from_slice(piece.get(..MAX_HEAD - head.len()).unwrap_or(&piece));
            self.first.push(piece);
        }
        Ok(head.into())
    }

    /// Passes all of it on. What nobody takes is read all the same, so that the connection can be used again.
    async fn pass(mut self, pieces: mpsc::Sender<Result<Bytes, ApiError>>) {
        for piece in std::mem::take(&mut self.first) {
            pieces.send(Ok(piece)).await.ok();
        }
        while let Some(piece) = self.next().await {
            let broken = piece.is_err();
            pieces.send(piece).await.ok();
            if broken {
                return;
            }
        }
    }
}

/// What lies in a folder of the account: `Remote`s, one after the other.
pub async fn list(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(there): Query<There>,
) -> Result<Response, Failure> {
    let folder = folder(there.folder)?;
    let mut rows = running(&app, &signed_in).await?.list(folder).await?;
    // A refusal is an answer of its own as long as nothing was sent.
    let first = rows.recv().await.transpose()?;
    let rest = futures_util::stream::unfold((rows, first), |(mut rows, first): (Rows, _)| async move {
        let next = match first {
            Some(first) => Ok(first),
            None => rows.recv().await?,
        };
        let bytes = next.map_err(std::io::Error::other).and_then(|rows| {
            let mut bytes = Vec::new();
            for row in rows {
                bytes = postcard::to_extend(&row, bytes).map_err(std::io::Error::other)?;
            }
            Ok(bytes)
        });
        Some((bytes, (rows, None)))
    });
    Ok((HEADERS, Body::from_stream(rest)).into_response())
}

/// The source of a message, then what it says (`Fetched`), then the bytes of that as four octets, the lowest first. An answer that
/// was cut off lacks its end, and the browser says so.
pub async fn message(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(there): Query<There>,
) -> Result<Response, Failure> {
    let (folder, uid) = (folder(there.folder)?, Uid(there.uid));
    let mut chunks = running(&app, &signed_in).await?.fetch(folder, uid).await?;
    let first = chunks.recv().await.unwrap_or_else(|| Err(ApiError::new(ErrorKind::Disconnected)))?;
    let (out, body) = mpsc::channel(QUEUE);
    tokio::spawn(scan(app, first, chunks, out));
    let body =
        futures_util::stream::unfold(body, |mut body| async move { body.recv().await.map(|b| (b, body)) });
    Ok((HEADERS, Body::from_stream(body)).into_response())
}

/// A task of its own, so that a browser which stops reading is noticed although nobody polls the body then.
async fn scan(
    app: Arc<App>,
    first: FetchChunk,
    mut chunks: Chunks,
    out: mpsc::Sender<Result<Bytes, std::io::Error>>,
) {
    let mut scanner = Scanner::new();
    let mut next = Some(Ok(first));
    let end = loop {
        match next {
            Some(Ok(FetchChunk::Bytes(bytes))) => {
                scanner.push(&bytes);
                ::metrics::counter!(metrics::DOWNLOAD_BYTES).increment(bytes.len() as u64);
                if out.send_timeout(Ok(bytes), STALL).await.is_err() {
                    return;
                }
            }
            Some(Ok(FetchChunk::End)) => {
                let nowhere =
                    MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(0) };
                let said = fetched(&app.worker, nowhere, scanner.finish()).await;
                let mut bytes = postcard::to_allocvec(&said).unwrap_or_default();
                let length = u32::try_from(bytes.len()).unwrap_or(0);
                bytes.extend_from_slice(&length.to_le_bytes());
                break Ok(bytes.into());
            }
            Some(Ok(FetchChunk::Head(_))) | None => break Err(ApiError::new(ErrorKind::Disconnected)),
            Some(Err(error)) => break Err(error),
        }
        next = chunks.recv().await;
    };
    out.send_timeout(end.map_err(std::io::Error::other), STALL).await.ok();
}
