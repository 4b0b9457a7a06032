//! One message: its bytes, shared, and what is computed from them once.
use crate::sandbox::mime::{self, Part};
use crate::sandbox::pop3;
use bytes::Bytes;
use std::sync::{Arc, OnceLock};

/// Bytes that are there, or a recipe for them (seeded folders of thousands cost nothing until looked at).
#[derive(Clone)]
enum Source {
    Bytes(Bytes),
    Recipe { render: Arc<dyn Fn(u32) -> Vec<u8> + Send + Sync>, number: u32 },
}

/// The content of a message; folders and copies share it.
pub struct Content {
    source: Source,
    size: OnceLock<usize>,
    pop3_size: OnceLock<usize>,
    structure: OnceLock<Part>,
    envelope: OnceLock<Box<[u8]>>,
    body: OnceLock<Box<[u8]>>,
    body_structure: OnceLock<Box<[u8]>>,
}

/// What a message from a recipe counts for in the quota, before anyone has looked at it.
const RECIPE_BYTES: u64 = 1 << 10;

impl Content {
    pub fn new(bytes: impl Into<Bytes>) -> Arc<Self> {
        Arc::new(Self::from_source(Source::Bytes(bytes.into())))
    }

    /// A message made when it is looked at. `render` gives the same bytes for the same number.
    pub fn recipe(render: Arc<dyn Fn(u32) -> Vec<u8> + Send + Sync>, number: u32) -> Arc<Self> {
        Arc::new(Self::from_source(Source::Recipe { render, number }))
    }

    fn from_source(source: Source) -> Self {
        Self {
            source,
            size: OnceLock::new(),
            pop3_size: OnceLock::new(),
            structure: OnceLock::new(),
            envelope: OnceLock::new(),
            body: OnceLock::new(),
            body_structure: OnceLock::new(),
        }
    }

    /// The raw message.
    pub fn raw(&self) -> Bytes {
        match &self.source {
            Source::Bytes(bytes) => bytes.clone(),
            Source::Recipe { render, number } => render(*number).into(),
        }
    }

    /// Somebody has asked for what must be computed of it.
    pub fn is_looked_at(&self) -> bool {
        let written = [&self.envelope, &self.body, &self.body_structure];
        self.size.get().is_some()
            || self.pop3_size.get().is_some()
            || self.structure.get().is_some()
            || written.iter().any(|cell| cell.get().is_some())
    }

    /// What it counts for in the quota; never changes.
    pub fn weight(&self) -> u64 {
        match &self.source {
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::Recipe { .. } => RECIPE_BYTES,
        }
    }

    pub fn size(&self) -> usize {
        *self.size.get_or_init(|| self.raw().len())
    }

    /// Larger where lines end without CR: POP3 sends all of them with CRLF.
    pub fn pop3_size(&self) -> usize {
        *self.pop3_size.get_or_init(|| pop3::text::size(&self.raw()))
    }

    pub fn structure(&self) -> &Part {
        self.structure.get_or_init(|| mime::parse(&self.raw()))
    }

    /// IMAP `ENVELOPE`, ready to be written.
    pub fn envelope(&self) -> &[u8] {
        self.envelope.get_or_init(|| {
            let mut out = Vec::new();
            let raw = self.raw();
            mime::envelope::write(mime::head(&raw), &mut out);
            out.into()
        })
    }

    /// IMAP `BODY` (not extensible) or `BODYSTRUCTURE`, ready to be written.
    pub fn body(&self, extended: bool) -> &[u8] {
        let cell = if extended { &self.body_structure } else { &self.body };
        cell.get_or_init(|| {
            let mut out = Vec::new();
            mime::structure::write(&self.raw(), self.structure(), extended, &mut out);
            out.into()
        })
    }
}
