//! What the page wrote → the bytes of a message, planned so that attachments can be streamed (R15).
mod body;
mod header;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use pyeonji_shared::draft::Draft;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::limits;
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
///
/// Attachments travel as base64. RFC 2046 §5.2.1 forbids that for `message/rfc822`, whose lines and octets we don't
/// control on the way through servers without 8BITMIME; so a forwarded message goes as `application/octet-stream`
/// with an `.eml` name, which every mail program opens.
pub fn plan(
    draft: &Draft,
    from: &Address,
    date: i64,
    parts: &[PartMeta],
    keep_bcc: bool,
) -> Result<Plan, ComposeError> {
    if draft.attachments.len() != parts.len() || parts.len() > limits::MAX_ATTACHMENTS {
        return Err(ComposeError::Attachments);
    }
    if draft.text.len() > limits::MAX_TEXT || draft.subject.chars().count() > limits::MAX_SUBJECT_CHARS {
        return Err(ComposeError::TooLong);
    }
    let recipients = recipients(draft)?;
    let mut out = header::write(draft, from, date, keep_bcc)?;
    if parts.is_empty() {
        body::write(&draft.text, &mut out);
        return Ok(finish(vec![Piece::Bytes(out.into())], parts, recipients));
    }
    let boundary = body::boundary(&draft.message_id);
    body::multipart(&boundary, &mut out);
    body::delimiter(&boundary, &mut out);
    body::write(&draft.text, &mut out);
    let mut pieces = Vec::with_capacity(2 * parts.len() + 1);
    for (index, part) in parts.iter().enumerate() {
        // What was written so far ends with a line break or with the last line of base64.
        body::delimiter(&boundary, &mut out);
        header::attachment(part, &mut out)?;
        pieces.push(Piece::Bytes(std::mem::take(&mut out).into()));
        pieces.push(Piece::Attachment(index));
    }
    body::close(&boundary, &mut out);
    pieces.push(Piece::Bytes(out.into()));
    Ok(finish(pieces, parts, recipients))
}

fn finish(pieces: Vec<Piece>, parts: &[PartMeta], envelope_to: Vec<String>) -> Plan {
    let size = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Attachment(index) => {
                parts.get(*index).map_or(0, |part| Base64Lines::encoded_len(part.len))
            }
        })
        .sum();
    let needs_utf8 = envelope_to.iter().any(|email| !email.is_ascii());
    Plan { size, pieces, envelope_to, needs_utf8 }
}

/// To, Cc and Bcc, each once.
fn recipients(draft: &Draft) -> Result<Vec<String>, ComposeError> {
    let mut list: Vec<String> = Vec::new();
    for address in draft.to.iter().chain(&draft.cc).chain(&draft.bcc) {
        let email = header::email(&address.email)?;
        if !list.iter().any(|found| found.eq_ignore_ascii_case(&email)) {
            list.push(email);
        }
    }
    if list.len() > limits::MAX_RECIPIENTS {
        return Err(ComposeError::TooManyRecipients);
    }
    Ok(list)
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
