//! Submission of one message (RFC 6409): all recipients or none, streamed, and honest about what isn't known.
use crate::config::Provider;
use crate::net::Net;
use crate::secret::Credentials;
use bytes::Bytes;
use pyeonji_shared::draft::RecipientResult;
use pyeonji_shared::error::{ApiError, ErrorKind};
use tokio::sync::mpsc;

/// Who sends to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub from: String,
    pub to: Vec<String>,
    /// Bytes of the message, CRLF line ends, before dot-stuffing.
    pub size: u64,
    /// Headers or addresses need RFC 6531.
    pub needs_utf8: bool,
}

/// Why a message wasn't sent, or that it isn't known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendFailure {
    pub error: ApiError,
    /// What was said about each recipient that was asked for.
    pub recipients: Vec<RecipientResult>,
    /// The whole message had left when the connection failed: it may have been accepted. `error` is `SendUnknown` then.
    pub maybe_sent: bool,
}

/// Sends one message. `body` must yield exactly `envelope.size` bytes; `progress` hears how many have left.
///
/// # Errors
/// If any recipient is refused nothing is sent, and the error names it with the server's words.
pub async fn submit(
    _net: &Net,
    _provider: &Provider,
    _credentials: &Credentials,
    _envelope: &Envelope,
    _body: mpsc::Receiver<Result<Bytes, ApiError>>,
    _progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Vec<RecipientResult>, SendFailure> {
    let error = ApiError::new(ErrorKind::Unsupported);
    Err(SendFailure { error, recipients: Vec::new(), maybe_sent: false })
}
