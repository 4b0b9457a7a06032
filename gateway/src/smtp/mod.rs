//! Submission of one message (RFC 6409): all recipients or none, streamed, and honest about what isn't known.
mod classify;
mod dialogue;
mod dot;
mod envelope;
mod extensions;
mod reply;
mod size;

use crate::config::{Endpoint, Provider, TlsMode};
use crate::net::{Connected, Net, Proto};
use crate::secret::{Credentials, Protocol};
use bytes::Bytes;
use dialogue::Options;
pub(crate) use dialogue::{Dialogue, Options as DialogueOptions};
pub use envelope::Envelope;
use pyeonji_shared::draft::RecipientResult;
use pyeonji_shared::error::{ApiError, ErrorKind};
pub use size::Sizes;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{timeout, timeout_at};

/// Bytes of one write of the body; progress is told after each.
const PIECE: usize = 64 << 10;
/// How long a server that stopped reading may take to say why.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long the farewell may take; its answer isn't awaited.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a message wasn't sent, or that it isn't known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendFailure {
    pub error: ApiError,
    /// What was said about each recipient that was asked for.
    pub recipients: Vec<RecipientResult>,
    /// The whole message had left when the connection failed: it may have been accepted. `error` is `SendUnknown` then.
    pub maybe_sent: bool,
}

impl From<ApiError> for SendFailure {
    fn from(error: ApiError) -> Self {
        Self { error, recipients: Vec::new(), maybe_sent: false }
    }
}

/// Sends one message. `body` must yield exactly `envelope.size` bytes; `progress` hears how many have left.
///
/// # Errors
/// If any recipient is refused nothing is sent, and the error names it with the server's words.
pub async fn submit(
    net: &Net,
    provider: &Provider,
    credentials: &Credentials,
    envelope: &Envelope,
    body: mpsc::Receiver<Result<Bytes, ApiError>>,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Vec<RecipientResult>, SendFailure> {
    envelope.check(net.limits().recipients)?;
    let (endpoint, connected) = connect(net, provider).await?;
    let options = options(net, endpoint, &connected, envelope, credentials);
    let dialogue = Dialogue::new(options, Instant::now());
    converse(connected.shown(), dialogue, body, progress).await.1
}

/// The server's SIZE limit (RFC 1870), asked without signing in; `None` if it tells none.
///
/// # Errors
/// As for connecting.
pub async fn size_limit(net: &Net, provider: &Provider) -> Result<Option<u64>, ApiError> {
    let (endpoint, connected) = connect(net, provider).await?;
    let nobody = Credentials {
        address: String::new(),
        login: String::new(),
        password: crate::secret::Secret::new(String::new()),
        protocol: Protocol::Imap,
    };
    let envelope = Envelope { from: String::new(), to: Vec::new(), size: 0, needs_utf8: false };
    let mut options = options(net, endpoint, &connected, &envelope, &nobody);
    options.probe = true;
    let (_, body) = mpsc::channel(1);
    let dialogue = Dialogue::new(options, Instant::now());
    let (dialogue, outcome) = converse(connected.shown(), dialogue, body, &|_| {}).await;
    outcome.map_err(|failure| failure.error)?;
    Ok(dialogue.extensions().max_size)
}

/// Signs in and leaves.
///
/// # Errors
/// As for sending, up to the password's being accepted.
pub async fn sign_in(net: &Net, provider: &Provider, credentials: &Credentials) -> Result<(), ApiError> {
    let (endpoint, connected) = connect(net, provider).await?;
    let envelope = Envelope { from: String::new(), to: Vec::new(), size: 0, needs_utf8: false };
    let options = options(net, endpoint, &connected, &envelope, credentials);
    let (_, body) = mpsc::channel(1);
    let dialogue = Dialogue::new(options, Instant::now());
    let (_, outcome) = converse(connected.shown(), dialogue, body, &|_| {}).await;
    outcome.map(|_| ()).map_err(|failure| failure.error)
}

async fn connect<'a>(net: &Net, provider: &'a Provider) -> Result<(&'a Endpoint, Connected), ApiError> {
    let Some(endpoint) = &provider.smtp else {
        let words = "no server for sending is configured";
        return Err(ApiError::new(ErrorKind::Unsupported).with_detail(words));
    };
    Ok((endpoint, net.connect(endpoint, provider, Proto::Smtp).await?))
}

fn options(
    net: &Net,
    endpoint: &Endpoint,
    connected: &Connected,
    envelope: &Envelope,
    credentials: &Credentials,
) -> Options {
    Options {
        envelope: envelope.clone(),
        credentials: credentials.clone(),
        may_auth: connected.secure || endpoint.tls == TlsMode::None,
        greeting_seen: connected.greeting_seen,
        own_name: net.own_name().to_string(),
        greeting_time: Duration::from_secs(net.limits().greeting_seconds),
        command_time: Duration::from_secs(net.limits().command_seconds),
        probe: false,
    }
}

/// Joins a dialogue to a stream until there is an outcome.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    mut dialogue: Dialogue,
    mut body: mpsc::Receiver<Result<Bytes, ApiError>>,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> (Dialogue, Result<Vec<RecipientResult>, SendFailure>) {
    let mut input = vec![0; 4096];
    let mut chunk = Bytes::new();
    let mut taken = 0;
    loop {
        if let Some(bytes) = dialogue.poll_transmit() {
            let deadline = dialogue.poll_timeout().into();
            let written = timeout_at(deadline, async {
                stream.write_all(&bytes).await?;
                stream.flush().await
            });
            match written.await {
                Ok(Ok(())) if taken > 0 => progress(taken),
                Ok(Ok(())) => {}
                Ok(Err(_)) => last_words(&mut stream, &mut dialogue, &mut input).await,
                Err(_) => dialogue.handle_timeout(Instant::now()),
            }
        }
        if let Some(outcome) = dialogue.take_outcome() {
            farewell(&mut stream, &mut dialogue).await;
            return (dialogue, outcome);
        }
        if !chunk.is_empty() && dialogue.wants_body() {
            // A reply in the middle of the body is seen between two chunks.
            let piece = chunk.split_to(chunk.len().min(PIECE));
            taken += piece.len() as u64;
            dialogue.feed_body(&piece, Instant::now());
            continue;
        }
        let deadline = dialogue.poll_timeout().into();
        tokio::select! {
            biased;
            read = stream.read(&mut input) => match read {
                Ok(n) if n > 0 => {
                    dialogue.handle_input(input.get(..n).unwrap_or_default(), Instant::now());
                }
                _ => dialogue.handle_eof(),
            },
            next = body.recv(), if dialogue.wants_body() => match next {
                Some(Ok(bytes)) => chunk = bytes,
                Some(Err(error)) => dialogue.abort_body(error),
                None => dialogue.end_body(Instant::now()),
            },
            () = tokio::time::sleep_until(deadline) => dialogue.handle_timeout(Instant::now()),
        }
    }
}

/// A server that refuses in the middle of the body often says why before it closes.
async fn last_words<S: AsyncRead + Unpin>(stream: &mut S, dialogue: &mut Dialogue, input: &mut [u8]) {
    if let Ok(Ok(n)) = timeout(LAST_WORDS, stream.read(input)).await {
        dialogue.handle_input(input.get(..n).unwrap_or_default(), Instant::now());
    }
    dialogue.handle_eof();
}

/// QUIT and close, politely but not for long: the outcome is known already.
async fn farewell<S: AsyncWrite + Unpin>(stream: &mut S, dialogue: &mut Dialogue) {
    let bytes = dialogue.poll_transmit().unwrap_or_default();
    let _ = timeout(FAREWELL, async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    })
    .await;
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
