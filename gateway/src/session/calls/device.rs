//! Mail for the device: what lies on the server, its sources and what they say, and removing it. Sources pass through; of each
//! message only its header and its text are held here.
use super::body::{self, Source};
use super::compose::{self, Plans};
use super::{Context, Work, bad};
use crate::account::request::{Request, RetrieveEvent};
use crate::mail::scan::{Scanner, fetched};
use crate::session::ops::Outcome;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use pyeonji_shared::call::Reply;
use pyeonji_shared::call::device::{Built, Look, MailPart, Remove, Retrieve};
use pyeonji_shared::device::Uidl;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};
use pyeonji_shared::limits::{MAX_PIECE, MAX_RETRIEVE};
use tokio::sync::mpsc;

/// Events of the account's link that wait here.
const EVENTS_AHEAD: usize = 4;
/// Parts that wait for the page's credit.
const PARTS_AHEAD: usize = 2;
/// Parts that are being read, or wait for one before them that is.
const READING: usize = 8;
/// Lines of a body's beginning (TOP).
const MAX_LINES: u32 = 1_000;
/// Pieces of a built message on their way.
const PIECES_AHEAD: usize = 2;

/// What a stream of mail yields: parts, then its end.
pub enum Streamed {
    Part(MailPart),
    End(Outcome),
}

pub type Stream = mpsc::Receiver<Streamed>;

pub fn look(Look { seen }: Look) -> Result<Work, ApiError> {
    Ok(Work::Request(Request::Look { seen }))
}

pub fn remove(Remove { uidls }: Remove) -> Result<Work, ApiError> {
    if uidls.is_empty() || uidls.len() > MAX_RETRIEVE || !uidls.iter().all(sound) {
        return Err(bad("uidls"));
    }
    Ok(Work::Request(Request::Remove { uidls }))
}

pub fn retrieve(context: Context, Retrieve { items }: Retrieve) -> Result<Work, ApiError> {
    let lines = |lines: Option<u32>| lines.is_none_or(|n| n <= MAX_LINES);
    if items.is_empty()
        || items.len() > MAX_RETRIEVE
        || !items.iter().all(|i| sound(&i.uidl) && lines(i.lines))
    {
        return Err(bad("items"));
    }
    let (parts, stream) = mpsc::channel(PARTS_AHEAD);
    let work = async move {
        let (out, events) = mpsc::channel(EVENTS_AHEAD);
        let answer = match context.asker.start(Request::Retrieve { items, out }).await {
            Ok(answer) => answer,
            Err(error) => return drop(parts.send(Streamed::End(Err(error))).await),
        };
        if pass(&context, events, &parts).await {
            let outcome = answer.await.unwrap_or_else(|_| Err(ApiError::new(ErrorKind::Disconnected)));
            parts.send(Streamed::End(outcome.map(|_| Reply::Ok))).await.ok();
        }
    };
    Ok(Work::Mail(Box::pin(work), stream))
}

/// A name that a server could have given.
fn sound(uidl: &Uidl) -> bool {
    !uidl.0.is_empty() && uidl.0.len() <= Uidl::MAX && uidl.0.bytes().all(|b| b.is_ascii_graphic())
}

/// The same for a draft: its bytes as they are sent, with Bcc.
pub fn built(context: Context, Built { draft, date }: Built) -> Result<Work, ApiError> {
    compose::check(&draft)?;
    let (parts, stream) = mpsc::channel(PARTS_AHEAD);
    let work = async move {
        let outcome = match body::gather(&context, &draft).await {
            Ok(sources) => build(&context, &draft, date, sources, &parts).await,
            Err(error) => Err(error),
        };
        parts.send(Streamed::End(outcome)).await.ok();
    };
    Ok(Work::Mail(Box::pin(work), stream))
}

async fn build(
    context: &Context,
    draft: &pyeonji_shared::draft::Draft,
    date: Option<i64>,
    sources: Vec<Source>,
    parts: &mpsc::Sender<Streamed>,
) -> Outcome {
    let plan = Plans::new(context, draft, &sources, date)?.copy;
    let (pieces, mut bytes) = mpsc::channel::<Result<Bytes, ApiError>>(PIECES_AHEAD);
    let (events, passed) = mpsc::channel(EVENTS_AHEAD);
    let feed = async move {
        let mut size = 0;
        while let Some(piece) = bytes.recv().await {
            let event = match piece {
                Ok(bytes) => {
                    size += bytes.len() as u64;
                    RetrieveEvent::Piece { item: 0, bytes }
                }
                Err(error) => RetrieveEvent::End { item: 0, result: Err(error) },
            };
            let over = matches!(event, RetrieveEvent::End { .. });
            if events.send(event).await.is_err() || over {
                return;
            }
        }
        events.send(RetrieveEvent::End { item: 0, result: Ok(size) }).await.ok();
    };
    tokio::join!(body::produce(plan, sources, pieces), feed, pass(context, passed, parts));
    Ok(Reply::Ok)
}

/// Turns events into parts, in order, several messages being read at once. `false` when nobody listens any more.
async fn pass(
    context: &Context,
    mut events: mpsc::Receiver<RetrieveEvent>,
    parts: &mpsc::Sender<Streamed>,
) -> bool {
    let mut reading: FuturesOrdered<BoxFuture<'static, MailPart>> = FuturesOrdered::new();
    let mut open = true;
    let mut message = Message::default();
    loop {
        tokio::select! {
            biased;
            Some(part) = reading.next(), if !reading.is_empty() => {
                if parts.send(Streamed::Part(part)).await.is_err() {
                    return false;
                }
            }
            event = events.recv(), if open && reading.len() < READING => match event {
                Some(RetrieveEvent::Piece { item, bytes }) => {
                    for bytes in message.push(bytes) {
                        reading.push_back(Box::pin(std::future::ready(MailPart { item, bytes, end: None })));
                    }
                }
                Some(RetrieveEvent::End { item, result }) => {
                    let whole = std::mem::take(&mut message);
                    reading.push_back(match result {
                        Ok(_) => Box::pin(whole.end(context, item)),
                        Err(error) => {
                            let part = MailPart { item, bytes: Vec::new(), end: Some(Err(error)) };
                            Box::pin(std::future::ready(part))
                        }
                    });
                }
                None => open = false,
            },
            else => return true,
        }
    }
}

/// A message on its way through.
#[derive(Default)]
struct Message {
    scanner: Scanner,
    piece: BytesMut,
}

impl Message {
    /// Full pieces that may go.
    fn push(&mut self, bytes: Bytes) -> Vec<Vec<u8>> {
        self.scanner.push(&bytes);
        self.piece.extend_from_slice(&bytes);
        let mut full = Vec::new();
        // One octet stays back, so that the last piece is never empty.
        while self.piece.len() > MAX_PIECE {
            full.push(self.piece.split_to(MAX_PIECE).to_vec());
        }
        full
    }

    /// The last piece, with what the whole says.
    fn end(self, context: &Context, item: u32) -> impl Future<Output = MailPart> + Send + 'static {
        let worker = context.services.worker.clone();
        async move {
            let nowhere = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(0) };
            let fetched = fetched(&worker, nowhere, self.scanner.finish()).await;
            MailPart { item, bytes: self.piece.to_vec(), end: Some(Ok(Box::new(fetched))) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_full_and_the_last_is_not_empty() {
        let mut message = Message::default();
        let full: Vec<Vec<u8>> =
            (0..5).flat_map(|_| message.push(Bytes::from(vec![b'a'; MAX_PIECE / 2]))).collect();
        assert_eq!(full.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_PIECE, MAX_PIECE]);
        assert_eq!(message.piece.len(), MAX_PIECE / 2);
        let mut exact = Message::default();
        assert!(exact.push(Bytes::from(vec![b'a'; MAX_PIECE])).is_empty());
    }

    #[test]
    fn names_that_could_carry_a_command_are_refused() {
        assert!(sound(&Uidl("000001a4.5f".into())));
        for bad in ["", "a b", "a\r\nDELE 1", "\u{e9}", &"x".repeat(Uidl::MAX + 1)] {
            assert!(!sound(&Uidl(bad.into())), "{bad:?}");
        }
    }
}
