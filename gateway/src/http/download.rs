//! Attachments and raw source on their way down: streamed from the mail server, decoded on the way, harmless in a
//! browser (R12). At most a few chunks of one download are in memory; a reader that stops is given up.
//!
//! One byte range may be asked for, to go on where a download was cut off. Lengths that servers declare may be wrong and
//! a part is decoded in order, so it is read once to be counted and once more to be sent.
use super::App;
use super::backend::Fetched;
use super::cookie::SignedIn;
use super::failure::Failure;
use super::headers::ATTACHMENT_POLICY;
use super::range::{Wanted, Window};
use crate::account::request::{FetchChunk, Leaf, Section};
use crate::mail::encoding::Decoder;
use crate::mail::header::file_name;
use crate::mail::image::sniff;
use crate::metrics;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, MessageRef, SessionId, Uid, UidValidity};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Decoded bytes read before the answer begins: enough to tell an image, and to know the length of what is small.
const AHEAD: usize = 64 << 10;
/// Chunks between the mail server's link and the browser.
const QUEUE: usize = 2;
/// Silence on either side after which a download is given up.
const STALL: Duration = Duration::from_secs(60);
const MAX_SECTION: usize = 100;

/// Which message, and for `part` which of its parts.
#[derive(Deserialize)]
pub struct Place {
    s: String,
    folder: String,
    validity: u32,
    uid: u32,
    #[serde(default)]
    section: String,
    #[serde(default)]
    inline: u8,
    #[serde(default)]
    download: u8,
}

impl Place {
    fn session(&self) -> Result<SessionId, Failure> {
        SessionId::from_hex(&self.s).ok_or(Failure::new(ErrorKind::BadRequest))
    }
    fn message(&self) -> MessageRef {
        let folder = FolderName(self.folder.clone());
        MessageRef { folder, validity: UidValidity(self.validity), uid: Uid(self.uid) }
    }
    /// RFC 9051 §6.4.5: numbers joined by dots, and nothing else.
    fn section(&self) -> Result<Section, Failure> {
        let number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
        match self.section.len() <= MAX_SECTION && self.section.split('.').all(number) {
            true => Ok(Section::Part(self.section.clone())),
            false => Err(Failure::new(ErrorKind::BadRequest)),
        }
    }
    /// The bytes of a message never change (RFC 9051 §2.3.1.1), so its place is their version.
    fn tag(&self) -> String {
        let section =
            if self.section.bytes().all(|b| b.is_ascii_digit() || b == b'.') { &self.section } else { "" };
        format!("\"{}-{}-{section}\"", self.validity, self.uid)
    }
}

/// Where the bytes come from, as often as they are needed.
struct Source {
    app: Arc<App>,
    signed_in: SignedIn,
    session: SessionId,
    at: MessageRef,
    section: Section,
}

impl Source {
    async fn open(&self) -> Result<Download, Failure> {
        let (at, section) = (self.at.clone(), self.section.clone());
        let fetched = self.app.backend.fetch(self.signed_in.who.ticket, self.session, at, section).await?;
        Ok(Download::open(fetched).await?)
    }

    /// All, or the range of it; the inner error is how many bytes there are when the range lies outside.
    async fn range(&self, wanted: Option<Wanted>) -> Result<Result<Download, u64>, Failure> {
        let mut download = self.open().await?;
        let Some(wanted) = wanted else { return Ok(Ok(download)) };
        let total = match download.rest.take() {
            None => download.ahead.len() as u64,
            Some(rest) => {
                let total = rest.count(download.ahead.len() as u64).await?;
                download = self.open().await?;
                total
            }
        };
        let Some(window) = wanted.of(total) else { return Ok(Err(total)) };
        download.part = Some(Part { window, total });
        Ok(Ok(download))
    }
}

/// RFC 9110 §15.5.17.
fn outside(total: u64) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{total}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// One part. `inline=1` shows it when its own bytes say that it is a picture, or when it is plain text.
pub async fn part(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(place): Query<Place>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let source =
        Source { app, signed_in, session: place.session()?, at: place.message(), section: place.section()? };
    let tag = place.tag();
    let download = match source.range(Wanted::read(&headers, &tag)).await? {
        Ok(download) => download,
        Err(total) => return Ok(outside(total)),
    };
    let name = download.leaf.name.as_deref().map(file_name).unwrap_or_default();
    let name = if name.is_empty() { "attachment".to_owned() } else { name };
    let shown = if place.inline == 1 { shown_as(&download.leaf, &download.ahead) } else { None };
    Ok(download.respond(shown, &name, &tag))
}

/// The message as it lies on the server; shown as text, or saved as `.eml`.
pub async fn raw(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(place): Query<Place>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let source =
        Source { app, signed_in, session: place.session()?, at: place.message(), section: Section::Whole };
    let tag = place.tag();
    let download = match source.range(Wanted::read(&headers, &tag)).await? {
        Ok(download) => download,
        Err(total) => return Ok(outside(total)),
    };
    let shown = (place.download == 0).then(|| HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(download.respond(shown, &format!("message-{}.eml", place.uid), &tag))
}

/// The type under which bytes may be shown inside the browser: pictures by their magic bytes, plain text; else none.
fn shown_as(leaf: &Leaf, start: &[u8]) -> Option<HeaderValue> {
    if let Some(raster) = sniff(start) {
        return Some(HeaderValue::from_static(raster.mime()));
    }
    if leaf.mime != "text/plain" {
        return None;
    }
    let charset = leaf.charset.as_deref().unwrap_or("utf-8");
    let sound = charset.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let charset = if sound && charset.len() <= 40 { charset } else { "utf-8" };
    HeaderValue::from_str(&format!("text/plain; charset={charset}")).ok()
}

/// A fetch whose beginning has arrived.
struct Download {
    leaf: Leaf,
    /// Decoded.
    ahead: Bytes,
    rest: Option<Decoding>,
    /// What of it is sent, when a range was asked for.
    part: Option<Part>,
}

/// A range of a download whose length was counted.
#[derive(Clone, Copy)]
struct Part {
    window: Window,
    total: u64,
}

/// Bytes of the server being decoded.
struct Decoding {
    fetched: Fetched,
    decoder: Decoder,
}

impl Decoding {
    /// The next decoded bytes (perhaps none), or `None` at the end, when the decoder's rest comes with it.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        let next = tokio::time::timeout(STALL, self.fetched.recv()).await;
        match next.map_err(|_| ApiError::new(ErrorKind::ServerTimeout))? {
            Some(Ok(FetchChunk::Bytes(bytes))) => Ok(Some(self.decoder.feed(&bytes))),
            Some(Ok(FetchChunk::Head(_))) => Err(ApiError::new(ErrorKind::Internal)),
            Some(Ok(FetchChunk::End)) => Ok(None),
            Some(Err(error)) => Err(error),
            None => Err(ApiError::new(ErrorKind::Disconnected)),
        }
    }

    /// Reads to the end; how many decoded bytes there are with those `before`.
    async fn count(mut self, before: u64) -> Result<u64, ApiError> {
        let mut total = before;
        while let Some(bytes) = self.next().await? {
            total += bytes.len() as u64;
        }
        Ok(total + self.decoder.finish().len() as u64)
    }
}

impl Download {
    async fn open(mut fetched: Fetched) -> Result<Self, ApiError> {
        let first = tokio::time::timeout(STALL, fetched.recv()).await;
        let leaf = match first.map_err(|_| ApiError::new(ErrorKind::ServerTimeout))? {
            Some(Ok(FetchChunk::Head(leaf))) => leaf,
            Some(Err(error)) => return Err(error),
            Some(Ok(FetchChunk::Bytes(_) | FetchChunk::End)) | None => {
                return Err(ApiError::new(ErrorKind::Gone));
            }
        };
        let mut decoding = Decoding { fetched, decoder: Decoder::new(&leaf.encoding) };
        let mut ahead = BytesMut::new();
        while ahead.len() < AHEAD {
            match decoding.next().await? {
                Some(bytes) => ahead.extend_from_slice(&bytes),
                None => {
                    ahead.extend_from_slice(&decoding.decoder.finish());
                    return Ok(Self { leaf, ahead: ahead.freeze(), rest: None, part: None });
                }
            }
        }
        Ok(Self { leaf, ahead: ahead.freeze(), rest: Some(decoding), part: None })
    }

    fn respond(self, shown: Option<HeaderValue>, name: &str, tag: &str) -> Response {
        let mut window = self.part.map_or(Window::ALL, |part| part.window);
        let ahead = window.cut(self.ahead);
        ::metrics::counter!(metrics::DOWNLOAD_BYTES).increment(ahead.len() as u64);
        // A length is given only where it is known for sure: what servers declare may be wrong.
        let body = match self.rest {
            None => Body::from(ahead),
            Some(rest) => Body::from_stream(pump(ahead, rest, window)),
        };
        let mut response = Response::new(body);
        if self.part.is_some() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        let headers = response.headers_mut();
        if let Some(Part { window: Window { skip, left }, total }) = self.part {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(left));
            if let Ok(range) = HeaderValue::from_str(&format!("bytes {skip}-{}/{total}", skip + left - 1)) {
                headers.insert(header::CONTENT_RANGE, range);
            }
        }
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Ok(tag) = HeaderValue::from_str(tag) {
            headers.insert(header::ETAG, tag);
        }
        headers.insert(header::CONTENT_DISPOSITION, disposition(shown.is_some(), name));
        let mime = shown.unwrap_or(HeaderValue::from_static("application/octet-stream"));
        headers.insert(header::CONTENT_TYPE, mime);
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ATTACHMENT_POLICY));
        response
    }
}

/// A task of its own, so that a browser which stops reading is noticed although nobody polls the body then: it frees
/// the mail server's link after [`STALL`]. An error cuts the answer off, so that half a file is never taken for whole.
fn pump(
    ahead: Bytes,
    mut rest: Decoding,
    mut window: Window,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let (out, body) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        if out.send_timeout(Ok(ahead), STALL).await.is_err() {
            return;
        }
        while window.left > 0 {
            let (bytes, last) = match rest.next().await {
                Ok(Some(bytes)) => (Ok(window.cut(bytes.into())), false),
                Ok(None) => (Ok(window.cut(rest.decoder.finish().into())), true),
                Err(error) => (Err(std::io::Error::other(error)), true),
            };
            if let Ok(bytes) = &bytes {
                ::metrics::counter!(metrics::DOWNLOAD_BYTES).increment(bytes.len() as u64);
            }
            if out.send_timeout(bytes, STALL).await.is_err() || last {
                return;
            }
        }
    });
    futures_util::stream::unfold(body, |mut body| async move { body.recv().await.map(|item| (item, body)) })
}

/// RFC 6266 §4.3 with an ASCII fallback. `name` has been through [`file_name`]: no path, no tricks, in NFC.
fn disposition(inline: bool, name: &str) -> HeaderValue {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let fallback: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    let kind = if inline { "inline" } else { "attachment" };
    let value = format!("{kind}; filename=\"{fallback}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}
