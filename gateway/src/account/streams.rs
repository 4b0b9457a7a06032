//! Puts literals that came in pieces together again, for answers that are bounded by what was asked for. Downloads
//! never come through here.
use crate::imap::event::{Body, Fetch};
use bytes::{Bytes, BytesMut};
use std::collections::HashMap;

/// Literals under way at once; a server that begins more is not listened to.
const MAX_STREAMS: usize = 64;
/// Bytes under way at once: one message of the largest shown size and some.
const MAX_BYTES: usize = 64 << 20;

#[derive(Default)]
pub struct Streams {
    open: HashMap<u32, BytesMut>,
    bytes: usize,
}

impl Streams {
    pub fn chunk(&mut self, stream: u32, bytes: &Bytes) {
        if self.bytes + bytes.len() > MAX_BYTES
            || (self.open.len() >= MAX_STREAMS && !self.open.contains_key(&stream))
        {
            return;
        }
        self.bytes += bytes.len();
        self.open.entry(stream).or_default().extend_from_slice(bytes);
    }

    /// The FETCH to which they belong.
    pub fn resolve(&mut self, fetch: &mut Fetch) {
        for section in &mut fetch.sections {
            if let Some(Body::Streamed { stream, .. }) = section.body {
                let bytes = self.open.remove(&stream).unwrap_or_default().freeze();
                self.bytes = self.bytes.saturating_sub(bytes.len());
                section.body = Some(Body::Inline(bytes));
            }
        }
    }
}
