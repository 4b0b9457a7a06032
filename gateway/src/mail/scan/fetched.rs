//! From a scanned source to what the device keeps of it.
use super::Scanned;
use crate::mail::worker::Worker;
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::device::POLICY;
use pyeonji_shared::ids::MessageRef;
use pyeonji_shared::message::ViewNote;
use std::collections::HashSet;

/// Reads a scanned message as one that was fetched by IMAP. Never fails: what can't be read is shown as its source.
pub async fn fetched(worker: &Worker, at: MessageRef, scanned: Scanned) -> Fetched {
    let Scanned { raw, mut spans, size, limited, digest } = scanned;
    let mut view = worker.render(at, raw).await;
    if limited && !view.notes.contains(&ViewNote::Truncated) {
        view.notes.push(ViewNote::Truncated);
    }
    let listed: HashSet<&str> = view.parts.iter().map(|part| part.section.as_str()).collect();
    spans.retain(|span| listed.contains(span.section.as_str()));
    Fetched { size, view, spans, policy: POLICY, digest }
}
