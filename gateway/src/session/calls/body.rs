//! The bytes of an outgoing message: attachments are gathered once, then streamed piece by piece as often as needed.
//! At most one chunk is in memory at a time.
use super::Context;
use crate::account::request::{FetchChunk, Request, Section};
use crate::mail::compose::{Base64Lines, PartMeta, Piece, Plan};
use crate::mail::encoding::Decoder;
use crate::spool::{Blob, BlobMeta};
use bytes::Bytes;
use pyeonji_shared::draft::{Attachment, AttachmentSource, Draft};
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Chunks fetched ahead of the spool.
const FETCHED_AHEAD: usize = 2;

/// One attachment whose bytes are at hand.
#[derive(Clone)]
pub struct Source {
    name: String,
    mime: String,
    blob: Arc<Blob>,
}

impl Source {
    pub fn meta(&self) -> PartMeta {
        PartMeta { name: self.name.clone(), mime: self.mime.clone(), len: self.blob.len() }
    }
}

/// Brings every attachment of the draft to the gateway, in order.
pub async fn gather(context: &Context, draft: &Draft) -> Result<Vec<Source>, ApiError> {
    let mut sources = Vec::with_capacity(draft.attachments.len());
    for attachment in &draft.attachments {
        let Attachment { name, mime, source } = attachment.clone();
        let blob = match source {
            AttachmentSource::Upload(id) => {
                context.services.spools.open(context.who.ticket, id).await.map_err(ApiError::from)?
            }
            AttachmentSource::Part { at, section } => {
                fetch(context, &name, &mime, |out| Request::Fetch { at, what: Section::Part(section), out })
                    .await?
            }
            AttachmentSource::Message { at } => {
                fetch(context, &name, &mime, |out| Request::Fetch { at, what: Section::Whole, out }).await?
            }
        };
        sources.push(Source { name, mime, blob });
    }
    Ok(sources)
}

/// Copies a part of a message on the server into the spool; it never travels through the browser.
async fn fetch(
    context: &Context,
    name: &str,
    mime: &str,
    request: impl FnOnce(mpsc::Sender<Result<FetchChunk, ApiError>>) -> Request,
) -> Result<Arc<Blob>, ApiError> {
    let meta = BlobMeta { name: name.to_owned(), mime: mime.to_owned() };
    let mut upload = context.services.spools.create(context.who.ticket, meta, None).await?;
    let (out, mut chunks) = mpsc::channel(FETCHED_AHEAD);
    let answer = context.asker.start(request(out)).await?;
    let mut decoder = Decoder::new("");
    while let Some(chunk) = chunks.recv().await {
        match chunk? {
            FetchChunk::Head(leaf) => decoder = Decoder::new(&leaf.encoding),
            FetchChunk::Bytes(bytes) => upload.append(decoder.feed(&bytes).into()).await?,
            FetchChunk::End => {}
        }
    }
    // The channel also closes when the link dies half-way; only the answer says that all bytes came.
    answer.await.map_err(|_| ApiError::new(ErrorKind::Disconnected))??;
    upload.append(decoder.finish().into()).await?;
    let blob = upload.finish().await?;
    // Kept by the reference alone from here on: it goes with the send.
    context.services.spools.remove(context.who.ticket, blob.id()).await;
    Ok(blob)
}

/// Feeds a planned message into `out`, in order. Ends early when nobody listens any more, or after an error.
pub async fn produce(plan: Plan, sources: Vec<Source>, out: mpsc::Sender<Result<Bytes, ApiError>>) {
    for piece in plan.pieces {
        let sent = match piece {
            Piece::Bytes(bytes) => out.send(Ok(bytes)).await.is_ok(),
            Piece::Attachment(index) => match sources.get(index) {
                Some(source) => attachment(source, &out).await,
                None => {
                    out.send(Err(ApiError::new(ErrorKind::Internal))).await.ok();
                    false
                }
            },
        };
        if !sent {
            return;
        }
    }
}

async fn attachment(source: &Source, out: &mpsc::Sender<Result<Bytes, ApiError>>) -> bool {
    let mut lines = Base64Lines::new();
    let mut reader = source.blob.reader();
    while let Some(chunk) = reader.next().await {
        let sent = match chunk {
            Ok(bytes) => out.send(Ok(lines.feed(&bytes).into())).await.is_ok(),
            Err(error) => {
                out.send(Err(error.into())).await.ok();
                false
            }
        };
        if !sent {
            return false;
        }
    }
    out.send(Ok(lines.finish().into())).await.is_ok()
}
