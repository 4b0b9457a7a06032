//! Turns a fetched message into what the reader shows. Sync, bounded, and never fails.
mod body;
mod flowed;
mod guard;
mod parts;
mod plain;
mod whole;

pub(super) use whole::flowed;

use super::charset;
use super::header::{Fields, decode_text, message_ids, parse_address_list, parse_date};
use crate::account::request::{Leaf, RawMessage};
use pyeonji_shared::ids::MessageRef;
use pyeonji_shared::message::{Address, MessageView, ViewNote};

/// Bytes of text that are shown.
const MAX_TEXT: usize = 1 << 20;
/// Parts of one message (SECURITY.md).
const MAX_PARTS: usize = 1_000;
/// Multiparts within one another.
const MAX_DEPTH: usize = 20;

/// How much of a message to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    Full,
    /// Leave the HTML alone; it took too long.
    PlainText,
}

/// Reads a message.
pub fn render(at: MessageRef, raw: RawMessage) -> MessageView {
    render_with(at, raw, Effort::Full)
}

pub(super) fn render_with(at: MessageRef, mut raw: RawMessage, effort: Effort) -> MessageView {
    if raw.header.is_empty()
        && let Some(whole) = &raw.whole
    {
        raw.header = whole.slice(..whole.len().min(super::header::MAX_BLOCK));
    }
    let fields = Fields::parse(&raw.header);
    let mut view = envelope(at, &raw, &fields);
    if raw.too_big {
        note(&mut view, ViewNote::TooBigToShow);
        return view;
    }
    if raw.cut {
        note(&mut view, ViewNote::Truncated);
    }
    if raw.leaves.is_empty()
        && let Some(whole) = raw.whole.clone()
    {
        match whole::leaves(&whole) {
            Some(leaves) => raw.leaves = leaves,
            None => return raw_source(view, &raw),
        }
    }
    if raw.leaves.len() > MAX_PARTS {
        raw.leaves.truncate(MAX_PARTS);
        note(&mut view, ViewNote::Truncated);
    }
    if raw.leaves.iter().any(|leaf| leaf.section.split('.').count() > MAX_DEPTH) {
        return raw_source(view, &raw);
    }
    without_inner(&mut raw.leaves);
    complete(&mut raw.leaves, &fields);
    let shown = body::build(&raw.leaves, effort);
    for found in shown.notes {
        note(&mut view, found);
    }
    if parts::is_encrypted(&raw.leaves, &shown.text) {
        note(&mut view, ViewNote::Encrypted);
    }
    view.parts = parts::list(&raw.leaves, &shown.used, shown.html.as_ref());
    (view.html, view.text, view.remote_images) = (shown.html, shown.text, shown.remote_images);
    view
}

/// Drops the leaves of embedded messages: such a message is one part, to be opened or saved as a whole.
fn without_inner(leaves: &mut Vec<Leaf>) {
    let messages: Vec<String> = leaves
        .iter()
        .filter(|leaf| matches!(leaf.mime.as_str(), "message/rfc822" | "message/global"))
        .map(|leaf| format!("{}.", leaf.section))
        .collect();
    leaves.retain(|leaf| !messages.iter().any(|message| leaf.section.starts_with(message)));
}

/// What the header itself says of a message of one part fills what the structure left out.
fn complete(leaves: &mut [Leaf], fields: &Fields<'_>) {
    let [leaf] = leaves else { return };
    let top = super::header::Parameters::parse(fields.first("content-type").unwrap_or_default());
    if leaf.flowed.is_none() && top.value == leaf.mime {
        leaf.flowed = whole::flowed(&top);
    }
    if leaf.charset.is_none() {
        leaf.charset = top.get("charset").map(str::to_owned);
    }
}

/// The message as its source, for when nothing better can be made of it.
pub(super) fn shown_raw(at: MessageRef, raw: &RawMessage) -> MessageView {
    let view = envelope(at, raw, &Fields::parse(&raw.header));
    raw_source(view, raw)
}

fn raw_source(mut view: MessageView, raw: &RawMessage) -> MessageView {
    let mut source = Vec::new();
    match &raw.whole {
        Some(whole) => source.extend_from_slice(whole.get(..MAX_TEXT).unwrap_or(whole)),
        None => {
            source.extend_from_slice(&raw.header);
            for bytes in raw.leaves.iter().filter_map(|leaf| leaf.bytes.as_ref()) {
                source.extend_from_slice(b"\r\n");
                source.extend_from_slice(bytes.get(..MAX_TEXT).unwrap_or(bytes));
                if source.len() > MAX_TEXT {
                    break;
                }
            }
        }
    }
    let (text, cut) = bounded(plain::clean(&charset::decode_unlabelled(&source)));
    view.text = text;
    view.html = None;
    view.parts.clear();
    note(&mut view, ViewNote::ShownRaw);
    if cut || raw.whole.as_ref().is_some_and(|whole| whole.len() > MAX_TEXT) {
        note(&mut view, ViewNote::Truncated);
    }
    view
}

fn note(view: &mut MessageView, found: ViewNote) {
    if !view.notes.contains(&found) {
        view.notes.push(found);
    }
}

/// Cuts at [`MAX_TEXT`]; whether it had to.
fn bounded(mut text: String) -> (String, bool) {
    if text.len() <= MAX_TEXT {
        return (text, false);
    }
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    (text, true)
}

/// Everything that the header tells.
fn envelope(at: MessageRef, raw: &RawMessage, fields: &Fields<'_>) -> MessageView {
    let mut more_addresses = 0u32;
    let mut addresses = |name: &str| -> Vec<Address> {
        let mut list = Vec::new();
        // A field that must be unique may come twice (RFC 5322 §3.6); the first counts, as mail programs have it.
        if let Some(value) = fields.first(name) {
            let (found, more) = parse_address_list(value);
            list = found;
            more_addresses = more_addresses.saturating_add(more);
        }
        list
    };
    let from = addresses("from");
    let sender = addresses("sender").into_iter().next().filter(|sender| {
        !sender.email.is_empty()
            && from.first().is_none_or(|from| !from.email.eq_ignore_ascii_case(&sender.email))
    });
    let (reply_to, to, cc, bcc) = (addresses("reply-to"), addresses("to"), addresses("cc"), addresses("bcc"));
    let mut references = message_ids(fields.first("references").unwrap_or_default());
    if references.is_empty() {
        references = message_ids(fields.first("in-reply-to").unwrap_or_default());
    }
    let mut view = MessageView {
        at,
        flags: raw.flags,
        subject: decode_text(fields.first("subject").unwrap_or_default()),
        from,
        sender,
        reply_to,
        to,
        cc,
        bcc,
        more_addresses,
        received: raw.received,
        sent: fields.first("date").and_then(parse_date),
        message_id: message_ids(fields.first("message-id").unwrap_or_default()).into_iter().next(),
        references,
        html: None,
        text: String::new(),
        remote_images: 0,
        parts: Vec::new(),
        notes: Vec::new(),
    };
    if fields.truncated {
        note(&mut view, ViewNote::Truncated);
    }
    view
}

#[cfg(test)]
mod tests;
