//! What the page wrote → the bytes of a message, planned so that attachments can be streamed (R15).
use bytes::Bytes;
use pyeonji_shared::draft::Draft;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::message::Address;

/// What is known of an attachment before its bytes flow. One for each of the draft's, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartMeta {
    pub name: String,
    pub mime: String,
    /// Decoded octets: exactly this many must be fed to the encoder.
    pub len: u64,
}

/// A message ready to be streamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Exact octets of the whole message, CRLF line ends, before dot-stuffing.
    pub size: u64,
    pub pieces: Vec<Piece>,
    /// To, Cc and Bcc without repetition.
    pub envelope_to: Vec<String>,
    /// An address has a non-ASCII local part: only a server with SMTPUTF8 can take it (RFC 6531).
    pub needs_utf8: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Bytes(Bytes),
    /// The draft's attachment of that index, through [`Base64Lines`].
    Attachment(usize),
}

/// Why a draft can't become a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    #[error("not an address: {0}")]
    BadAddress(String),
    #[error("a line break or NUL in {0}")]
    Injection(&'static str),
    #[error("too many recipients")]
    TooManyRecipients,
    #[error("the text or the subject is too long")]
    TooLong,
    #[error("the attachments of the draft and those at hand differ")]
    Attachments,
}

impl From<ComposeError> for ApiError {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::BadAddress(address) => Self::new(ErrorKind::BadAddress).with_detail(&address),
            ComposeError::TooManyRecipients => Self::new(ErrorKind::RateLimited),
            ComposeError::TooLong => Self::new(ErrorKind::TooBig),
            ComposeError::Injection(_) | ComposeError::Attachments => {
                Self::new(ErrorKind::BadRequest).with_detail(&error.to_string())
            }
        }
    }
}

/// Plans the message of a draft. `date` is seconds since 1970-01-01 UTC; `keep_bcc` is for the copy in Sent or Drafts.
pub fn plan(
    _draft: &Draft,
    _from: &Address,
    _date: i64,
    _parts: &[PartMeta],
    _keep_bcc: bool,
) -> Result<Plan, ComposeError> {
    Err(ComposeError::Attachments)
}

/// Encodes a stream as base64 in lines of 76 columns with CRLF (RFC 2045 §6.8).
#[derive(Clone, Debug, Default)]
pub struct Base64Lines {
    /// Octets of the line not yet written, fewer than 57.
    held: Vec<u8>,
}

impl Base64Lines {
    /// Octets of one full line.
    const LINE: usize = 57;

    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next octets; returns the lines that are complete.
    pub fn feed(&mut self, input: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(input);
        let whole = self.held.len() / Self::LINE * Self::LINE;
        let rest = self.held.split_off(whole);
        let out = Self::lines(&self.held);
        self.held = rest;
        out
    }

    /// The last, shorter line.
    pub fn finish(&mut self) -> Vec<u8> {
        Self::lines(&std::mem::take(&mut self.held))
    }

    /// Octets that come out of `len` octets.
    pub fn encoded_len(len: u64) -> u64 {
        let rest = len % Self::LINE as u64;
        len / Self::LINE as u64 * 78 + if rest == 0 { 0 } else { rest.div_ceil(3) * 4 + 2 }
    }

    fn lines(octets: &[u8]) -> Vec<u8> {
        use base64::Engine as _;
        let mut out = Vec::with_capacity(octets.len() / Self::LINE * 78 + 80);
        for line in octets.chunks(Self::LINE) {
            out.extend(base64::engine::general_purpose::STANDARD.encode(line).into_bytes());
            out.extend(b"\r\n");
        }
        out
    }
}
