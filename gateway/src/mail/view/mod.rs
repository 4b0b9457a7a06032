//! Turns a fetched message into what the reader shows. Sync, bounded, and never fails.
use crate::account::request::RawMessage;
use pyeonji_shared::ids::MessageRef;
use pyeonji_shared::message::{MessageView, ViewNote};

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

pub(super) fn render_with(at: MessageRef, raw: RawMessage, _effort: Effort) -> MessageView {
    shown_raw(at, &raw)
}

/// The message as its source, for when nothing better can be made of it.
pub(super) fn shown_raw(at: MessageRef, raw: &RawMessage) -> MessageView {
    MessageView {
        at,
        flags: raw.flags,
        subject: String::new(),
        from: Vec::new(),
        sender: None,
        reply_to: Vec::new(),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        more_addresses: 0,
        received: raw.received,
        sent: None,
        message_id: None,
        references: Vec::new(),
        html: None,
        text: String::from_utf8_lossy(&raw.header).replace("\r\n", "\n"),
        remote_images: 0,
        parts: Vec::new(),
        notes: vec![ViewNote::ShownRaw],
    }
}
