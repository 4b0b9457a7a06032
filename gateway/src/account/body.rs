//! Fetching one message for showing: header and displayable text parts in one round trip, or the whole source.
use crate::account::driver::{Driver, Other};
use crate::account::request::{Leaf, RawMessage};
use crate::config::limits::Limits;
use crate::imap::command::{Command, Items, SectionRequest};
use crate::imap::event::{Body, Data, Event, Fetch, Structure};
use bytes::{Bytes, BytesMut};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::Uid;
use std::collections::HashMap;

/// Bytes of the top header block.
const HEADER_BYTES: u32 = 1 << 20;
/// Encoded bytes of one text part; the rest is only in the download.
const TEXT_BYTES: u32 = 2 << 20;
/// Text parts fetched for showing.
const TEXT_PARTS: usize = 16;

/// Reads the message in the selected folder. `known`: its structure, when a list answer brought it before.
pub async fn read(
    driver: &mut Driver,
    uid: Uid,
    known: Option<&Vec<Leaf>>,
    limits: &Limits,
    other: Other<'_>,
) -> Result<RawMessage, ApiError> {
    let first = match known {
        Some(leaves) => fetch(driver, uid, Items::Structure, &sections(leaves), other).await?,
        None => fetch(driver, uid, Items::Structure, &[], other).await?,
    };
    let mut got = first;
    let size = got.fetch.size.unwrap_or_default();
    let mut raw = RawMessage {
        flags: got.fetch.flags.clone().unwrap_or_default().flags,
        received: got.fetch.received.unwrap_or_default(),
        size,
        ..RawMessage::default()
    };
    if u64::from(size) > limits.shown_message_bytes {
        raw.too_big = true;
        let header =
            fetch(driver, uid, Items::Uid, &[SectionRequest::first("HEADER", HEADER_BYTES)], other).await?;
        raw.header = header.section("HEADER").unwrap_or_default();
        return Ok(raw);
    }
    let leaves = match (known, std::mem::take(&mut got.fetch.structure)) {
        (_, Structure::Leaves(leaves)) => leaves,
        (Some(leaves), _) => leaves.clone(),
        (None, Structure::Absent | Structure::Unreadable) => {
            let most = u32::try_from(limits.shown_message_bytes).unwrap_or(u32::MAX);
            let whole = fetch(driver, uid, Items::Uid, &[SectionRequest::first("", most)], other).await?;
            raw.whole = Some(whole.section("").ok_or_else(|| ApiError::new(ErrorKind::Gone))?);
            return Ok(raw);
        }
    };
    if known.is_none() {
        let more = fetch(driver, uid, Items::Uid, &sections(&leaves), other).await?;
        got.sections = more.sections;
    }
    raw.header = got.section("HEADER").unwrap_or_default();
    raw.leaves = leaves;
    for leaf in &mut raw.leaves {
        leaf.bytes = got.section(&leaf.section);
    }
    Ok(raw)
}

/// What to fetch of a message with these leaves.
fn sections(leaves: &[Leaf]) -> Vec<SectionRequest> {
    let mut sections = vec![SectionRequest::first("HEADER", HEADER_BYTES)];
    let shown = leaves.iter().filter(|leaf| is_shown(leaf)).take(TEXT_PARTS);
    sections.extend(shown.map(|leaf| SectionRequest::first(leaf.section.clone(), TEXT_BYTES)));
    sections
}

fn is_shown(leaf: &Leaf) -> bool {
    matches!(leaf.mime.as_str(), "text/plain" | "text/html" | "text/enriched" | "text")
        && leaf.disposition.as_deref() != Some("attachment")
}

/// One FETCH answer with its large sections put together.
struct Got {
    fetch: Fetch,
    sections: HashMap<String, Bytes>,
}

impl Got {
    fn section(&self, name: &str) -> Option<Bytes> {
        self.sections.get(name).cloned()
    }
}

async fn fetch(
    driver: &mut Driver,
    uid: Uid,
    items: Items,
    sections: &[SectionRequest],
    other: Other<'_>,
) -> Result<Got, ApiError> {
    // The engine enforces what was asked for (`max`), so these buffers are bounded by the constants above.
    let mut streams: HashMap<u32, BytesMut> = HashMap::new();
    let mut got: Option<Got> = None;
    let command = Command::FetchBody { uid, items, sections: sections.to_vec() };
    let id = driver.submit(command);
    let mut take = |event: Event| match event {
        Event::BodyChunk { stream, bytes } => streams.entry(stream).or_default().extend_from_slice(&bytes),
        Event::Data(Data::Fetch(fetch))
            if fetch.uid == Some(uid)
                && (!fetch.sections.is_empty() || fetch.structure != Structure::Absent || fetch.broken) =>
        {
            let mut parts = HashMap::new();
            for section in &fetch.sections {
                let bytes = match &section.body {
                    Some(Body::Inline(bytes)) => bytes.clone(),
                    Some(Body::Streamed { stream, .. }) => {
                        streams.remove(stream).unwrap_or_default().freeze()
                    }
                    None => continue,
                };
                parts.insert(section.section.clone(), bytes);
            }
            match &mut got {
                // Servers may answer one FETCH in several responses.
                Some(before) => before.sections.extend(parts),
                None => got = Some(Got { fetch: *fetch, sections: parts }),
            }
        }
        event => other(event),
    };
    driver.wait(id, &mut take).await.map_err(|e| ApiError::from(&e))?;
    got.ok_or_else(|| ApiError::new(ErrorKind::Gone))
}
