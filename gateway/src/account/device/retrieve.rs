//! `Retrieve`: messages in the order asked for, pipelined where that is offered, no faster than they are taken.
use super::Kept;
use super::link::Link;
use super::names::Names;
use super::survey::{Survey, Wants, survey};
use crate::account::connect::Dialer;
use crate::account::request::{Answer, RetrieveEvent};
use crate::pop3::event::Reply;
use crate::pop3::{Command, CommandError, CommandId, EngineError, Event};
use pyeonji_shared::call::device::Wanted;
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Messages asked for at once: one arrives while the next are on their way. What the reader doesn't take waits at the server.
const WINDOW: usize = 4;
/// Connections made anew within one `Retrieve`; each one before has brought something.
const MAX_AGAIN: u32 = 3;

/// Why the items came to a stop.
enum Stop {
    /// Nobody takes them any more.
    Unwanted,
    /// The connection ended, and the item under way was told.
    Lost(EngineError),
    /// The connection had ended before anything was asked of it; nobody was told.
    Stale,
}

pub struct Retrieval {
    pub items: Vec<Wanted>,
    pub out: mpsc::Sender<RetrieveEvent>,
    /// The first item without an end.
    next: usize,
}

impl Retrieval {
    pub fn new(items: Vec<Wanted>, out: mpsc::Sender<RetrieveEvent>) -> Self {
        Self { items, out, next: 0 }
    }

    pub async fn run(
        mut self,
        dialer: &Dialer,
        mut kept: Option<Kept>,
    ) -> Result<(Answer, Option<Kept>), ApiError> {
        let mut again = 0;
        loop {
            let waited = kept.is_some();
            let (mut link, names) = match kept.take() {
                Some(Kept { link, names: Some(names) }) => (link, names),
                Some(Kept { mut link, names: None }) => {
                    let Survey { names, .. } = survey(&mut link, Wants::All { seen: None }).await?;
                    (link, names)
                }
                None => {
                    let mut link = dialer.dial_device().await?;
                    let Survey { names, .. } = survey(&mut link, Wants::All { seen: None }).await?;
                    (link, names)
                }
            };
            let begun = self.next;
            match self.deliver(&mut link, &names, dialer, waited).await {
                Ok(()) => return Ok((Answer::Ok, Some(Kept { link, names: Some(names) }))),
                Err(Stop::Unwanted) => return Err(ApiError::new(ErrorKind::Cancelled)),
                Err(Stop::Stale) => {}
                Err(Stop::Lost(_)) if self.next >= self.items.len() => return Ok((Answer::Ok, None)),
                Err(Stop::Lost(error)) => {
                    again += 1;
                    let brought = self.next > begun + 1;
                    if again > MAX_AGAIN || !(brought || error == EngineError::MessageTooLong) {
                        return Err((&error).into());
                    }
                }
            }
        }
    }

    /// Everything from `next` on, until it is delivered or the connection ends.
    /// `waited`: the connection is one that had no work for a while.
    async fn deliver(
        &mut self,
        link: &mut Link,
        names: &Names,
        dialer: &Dialer,
        mut waited: bool,
    ) -> Result<(), Stop> {
        let limit = dialer.limits.shown_message_bytes;
        let mut slots: VecDeque<Slot> = VecDeque::new();
        loop {
            while slots.len() < WINDOW {
                let Some(wanted) = self.items.get(self.next + slots.len()) else { break };
                slots.push_back(ask(link, names, wanted, limit));
            }
            let asked = match slots.front() {
                None => return Ok(()),
                Some(Slot::Answered(error)) => {
                    let result = Err(error.clone());
                    self.end(link, &mut slots, result).await?;
                    continue;
                }
                Some(Slot::Asked(id)) => *id,
            };
            match link.next().await {
                Event::Piece { id, bytes } if id == asked => {
                    waited = false;
                    let (item, length) = (index(self.next), bytes.len());
                    self.tell(link, RetrieveEvent::Piece { item, bytes }).await?;
                    // Meanwhile the mail server waits, as it does where nobody takes what comes.
                    link.aside(dialer.pace.count(length)).await;
                }
                Event::Done { id, result } if id == asked => {
                    let result = match result {
                        Ok(completion) => match completion.reply {
                            Reply::Message { size } => Ok(size),
                            _ => Err(ApiError::new(ErrorKind::Internal)),
                        },
                        Err(CommandError::Lost(EngineError::Closed | EngineError::Bye(_))) if waited => {
                            return Err(Stop::Stale);
                        }
                        Err(CommandError::Lost(error)) => {
                            self.end(link, &mut slots, Err((&error).into())).await?;
                            return Err(Stop::Lost(error));
                        }
                        Err(error) => Err(refused(&error)),
                    };
                    waited = false;
                    self.end(link, &mut slots, result).await?;
                }
                _ => {}
            }
        }
    }

    async fn end(
        &mut self,
        link: &mut Link,
        slots: &mut VecDeque<Slot>,
        result: Result<u64, ApiError>,
    ) -> Result<(), Stop> {
        slots.pop_front();
        let item = index(self.next);
        self.next += 1;
        self.tell(link, RetrieveEvent::End { item, result }).await
    }

    /// While this waits nothing is read from the server.
    async fn tell(&self, link: &mut Link, event: RetrieveEvent) -> Result<(), Stop> {
        link.aside(self.out.send(event)).await.map_err(|_| Stop::Unwanted)
    }
}

enum Slot {
    Asked(CommandId),
    /// Nothing to ask: the end is known.
    Answered(ApiError),
}

fn ask(link: &mut Link, names: &Names, wanted: &Wanted, limit: u64) -> Slot {
    let Some(found) = names.find(&wanted.uidl) else {
        return Slot::Answered(ApiError::new(ErrorKind::Gone));
    };
    let place = found.place();
    match wanted.lines {
        Some(_) if !names.heads => Slot::Answered(ApiError::new(ErrorKind::Unsupported)),
        Some(lines) => Slot::Asked(link.submit(Command::Top { number: place.number, lines })),
        // Only closing the connection would end it.
        None if u64::from(place.size) > limit => {
            let words = format!("{} bytes, as the server counts", place.size);
            Slot::Answered(ApiError::new(ErrorKind::TooBig).with_detail(&words))
        }
        None => Slot::Asked(link.submit(Command::Retr { number: place.number })),
    }
}

/// `-ERR` to RETR or TOP. Only "no such message" (RFC 1939 §5) says that it is gone; anything else may pass.
fn refused(error: &CommandError) -> ApiError {
    match error {
        CommandError::Err { code: None, text } if text.to_ascii_lowercase().contains("no such message") => {
            ApiError::new(ErrorKind::Gone).with_detail(text)
        }
        error => error.into(),
    }
}

/// At most `MAX_RETRIEVE` items.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
