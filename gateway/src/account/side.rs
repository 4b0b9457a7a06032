//! Errands on a second, short-lived link: downloads, appends, searches, and work on folders that aren't open. The
//! reader's link never waits for them (DESIGN §4).
use super::connect::Dialer;
use super::folders::Place;
use super::job::{Cx, Job, JobId, Step};
use super::link::Link;
use super::pace::Pace;
use super::request::{Answer, FetchChunk, Leaf, Output, Section, Ticket};
use super::streams::Streams;
use super::summary::summary;
use crate::config::limits::Limits;
use crate::imap::command::{Find, Items};
use crate::imap::event::{Body, Code, Completion, Data, Fetch, Reply, Selected, Structure};
use crate::imap::{Command, CommandError, CommandId, Engine, Event};
use bytes::Bytes;
use pyeonji_shared::call::search::Found;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};
use pyeonji_shared::message::Flags;
use pyeonji_shared::query::Query;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Partial FETCHes under way at once: one arrives while the next is asked for.
const PIPELINED: usize = 2;

/// Makes the job once the folder's size is known.
pub type MakeJob = Box<dyn FnOnce(&Selected) -> Box<dyn Job> + Send>;

pub enum Errand {
    /// Only opens the link.
    Warm,
    Fetch {
        at: MessageRef,
        what: Section,
        out: mpsc::Sender<Result<FetchChunk, ApiError>>,
    },
    Append(Appending),
    Find {
        folder: FolderName,
        message_id: String,
    },
    Search {
        folder: FolderName,
        validity: UidValidity,
        query: Query,
        rows: u32,
        hits: mpsc::Sender<Box<Output>>,
    },
    Job {
        folder: FolderName,
        validity: UidValidity,
        make: MakeJob,
    },
}

/// A message on its way into a folder.
pub struct Appending {
    pub to: Place,
    pub flags: Flags,
    pub keywords: Vec<String>,
    /// INTERNALDATE, seconds since 1970-01-01 UTC; now without.
    pub date: Option<i64>,
    pub size: u64,
    pub body: mpsc::Receiver<Result<Bytes, ApiError>>,
}

/// Runs one errand. Gives the link back when it is fit for another.
pub async fn run(
    mut dialer: Dialer,
    mut idle: Option<Link>,
    ticket: Ticket,
    errand: Errand,
) -> (Result<Answer, ApiError>, Option<Link>) {
    dialer.net = dialer.net.caused_by_ticket(ticket.0);
    idle.iter_mut().for_each(|link| link.works_for(Some(ticket)));
    // What can't be repeated asks for an error to be passed on to its listener too.
    let listener = match &errand {
        Errand::Fetch { out, .. } => Some(out.clone()),
        _ => None,
    };
    let link = match fresh(&dialer, idle).await {
        Ok(link) => link,
        Err(error) => {
            tell(listener, &error).await;
            return (Err(error), None);
        }
    };
    let mut side = Side { link, limits: dialer.limits.clone(), pace: dialer.pace.clone() };
    let result = side.errand(ticket, errand).await;
    match result {
        Ok(answer) => (Ok(answer), Some(side.link)),
        Err(Trouble { error, usable }) => {
            tell(listener, &error).await;
            (Err(error), usable.then_some(side.link))
        }
    }
}

async fn tell(listener: Option<mpsc::Sender<Result<FetchChunk, ApiError>>>, error: &ApiError) {
    if let Some(out) = listener {
        out.send(Err(error.clone())).await.ok();
    }
}

/// An idle link that still answers, or a new one.
pub async fn fresh(dialer: &Dialer, idle: Option<Link>) -> Result<Link, ApiError> {
    if let Some(mut link) = idle {
        let id = link.submit(Command::Noop);
        loop {
            match link.next().await {
                Event::Done { id: done, result: Ok(_) } if done == id => return Ok(link),
                Event::Done { .. } | Event::Failed(_) => break,
                _ => {}
            }
        }
    }
    dialer.dial(&mut Vec::new()).await
}

/// What went wrong, and whether the link can go on.
pub struct Trouble {
    pub error: ApiError,
    pub usable: bool,
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self { error, usable: false }
    }
}

fn refused(error: &CommandError) -> Trouble {
    Trouble { error: error.into(), usable: !matches!(error, CommandError::Lost(_)) }
}

pub fn gone(kind: ErrorKind) -> Trouble {
    Trouble { error: ApiError::new(kind), usable: true }
}

pub struct Side {
    pub link: Link,
    pub limits: Arc<Limits>,
    pub pace: Pace,
}

impl Side {
    async fn errand(&mut self, ticket: Ticket, errand: Errand) -> Result<Answer, Trouble> {
        match errand {
            Errand::Warm => Ok(Answer::Ok),
            Errand::Fetch { at, what, out } => self.fetch(at, what, out).await,
            Errand::Append(appending) => self.append(appending).await.map(Answer::Appended),
            Errand::Find { folder, message_id } => self.find(folder, message_id).await,
            Errand::Search { folder, validity, query, rows, hits } => {
                self.search(ticket, (folder, validity), query, rows, hits).await
            }
            Errand::Job { folder, validity, make } => {
                let selected = self.select(&folder, validity, false).await?;
                self.job(make(&selected)).await
            }
        }
    }

    /// One command; FETCH data goes to `each`.
    pub async fn command(
        &mut self,
        command: Command,
        mut each: impl FnMut(Box<Fetch>),
    ) -> Result<Completion, Trouble> {
        let id = self.link.submit(command);
        let mut streams = Streams::default();
        loop {
            match self.link.next().await {
                Event::Done { id: done, result } if done == id => return result.map_err(|e| refused(&e)),
                Event::Data(Data::Fetch(mut fetch)) => {
                    streams.resolve(&mut fetch);
                    each(fetch);
                }
                Event::BodyChunk { stream, bytes } => streams.chunk(stream, &bytes),
                Event::Failed(error) => return Err(ApiError::from(&error).into()),
                _ => {}
            }
        }
    }

    async fn select(
        &mut self,
        folder: &FolderName,
        validity: UidValidity,
        examine: bool,
    ) -> Result<Selected, Trouble> {
        let selected = self.select_any(folder, examine).await?;
        if selected.validity != validity {
            return Err(gone(ErrorKind::ValidityChanged));
        }
        Ok(selected)
    }

    pub async fn select_any(&mut self, folder: &FolderName, examine: bool) -> Result<Selected, Trouble> {
        let command = Command::Select { folder: folder.clone(), condstore: false, examine };
        match self.command(command, |_| {}).await?.reply {
            Reply::Selected(selected) => Ok(selected),
            _ => Err(ApiError::new(ErrorKind::Protocol).into()),
        }
    }

    /// Drives a job that has the link to itself.
    pub async fn job(&mut self, mut job: Box<dyn Job>) -> Result<Answer, Trouble> {
        let mut commands: HashMap<CommandId, JobId> = HashMap::new();
        let me = JobId(0);
        let mut streams = Streams::default();
        let mut step =
            job.start(&mut Cx { link: &mut self.link, limits: &self.limits, commands: &mut commands, me });
        loop {
            if let Step::Done(result) = step {
                // Commands it no longer waits for are answered before the link is used again: it is serial.
                return result.map_err(|error| Trouble { error, usable: self.link.engine().is_quiet() });
            }
            step = match self.link.next().await {
                Event::Done { id, result } if commands.remove(&id).is_some() => {
                    let (link, limits, commands) = (&mut self.link, &*self.limits, &mut commands);
                    job.done(id, result, &mut Cx { link, limits, commands, me })
                }
                Event::Data(Data::Fetch(mut fetch)) => {
                    streams.resolve(&mut fetch);
                    job.fetch(&fetch, summary(&fetch).as_ref());
                    Step::More
                }
                Event::Data(Data::Expunge(seq)) => {
                    job.expunged(seq);
                    Step::More
                }
                Event::BodyChunk { stream, bytes } => {
                    streams.chunk(stream, &bytes);
                    Step::More
                }
                Event::Failed(error) => return Err(ApiError::from(&error).into()),
                _ => Step::More,
            };
        }
    }

    /// Streams one section in partial FETCHes. While nobody takes the bytes the link isn't read, so the mail server
    /// waits; at most two partials are under way.
    async fn fetch(
        &mut self,
        at: MessageRef,
        what: Section,
        out: mpsc::Sender<Result<FetchChunk, ApiError>>,
    ) -> Result<Answer, Trouble> {
        self.select(&at.folder, at.validity, true).await?;
        let head = self.head(at.uid, &what).await?;
        let size = head.size;
        if out.send(Ok(FetchChunk::Head(head))).await.is_err() {
            return Err(gone(ErrorKind::Cancelled));
        }
        let section = match what {
            Section::Whole => String::new(),
            Section::Part(section) => section,
        };
        let len = u32::try_from(self.limits.imap_partial_bytes).unwrap_or(u32::MAX).max(1);
        let mut running: VecDeque<CommandId> = VecDeque::new();
        let (mut offset, mut ended) = (0_u32, false);
        // Counted by answers: a server may send the next command's bytes before it says that this one is done (RFC 9051 §5.5;
        // Dovecot does).
        let (mut arriving, mut answered, mut done) = (0_u64, 0_u32, 0_u32);
        loop {
            while running.len() < PIPELINED && !ended && offset < size {
                let section = section.clone();
                let command = Command::FetchPartial { uid: at.uid, section, offset, len };
                running.push_back(self.link.submit(command));
                offset = offset.saturating_add(len);
            }
            if running.is_empty() {
                out.send(Ok(FetchChunk::End)).await.ok();
                return Ok(Answer::Ok);
            }
            let bytes = match self.link.next().await {
                Event::BodyChunk { bytes, .. } => bytes,
                Event::Data(Data::Fetch(mut fetch)) if fetch.uid == Some(at.uid) => {
                    // News of its flags has no section.
                    let Some(data) = fetch.sections.pop() else { continue };
                    let expected = answered.saturating_mul(len);
                    if data.origin.is_some_and(|origin| origin != expected) {
                        return Err(ApiError::new(ErrorKind::Protocol).into());
                    }
                    let inline = match data.body {
                        Some(Body::Inline(inline)) => inline,
                        _ => Bytes::new(),
                    };
                    answered += 1;
                    // A short answer is the end, whatever the size was said to be.
                    ended |= arriving + (inline.len() as u64) < u64::from(len);
                    arriving = 0;
                    self.pace.count(inline.len()).await;
                    if !inline.is_empty() && out.send(Ok(FetchChunk::Bytes(inline))).await.is_err() {
                        return Err(ApiError::new(ErrorKind::Cancelled).into());
                    }
                    continue;
                }
                Event::Done { id, result } if running.contains(&id) => {
                    result.map_err(|e| refused(&e))?;
                    running.retain(|c| *c != id);
                    done += 1;
                    if answered < done {
                        // Done without bytes: the message is gone. What came so far isn't all of it.
                        return Err(gone(ErrorKind::Gone));
                    }
                    continue;
                }
                Event::Failed(error) => return Err(ApiError::from(&error).into()),
                _ => continue,
            };
            arriving += bytes.len() as u64;
            self.pace.count(bytes.len()).await;
            if out.send(Ok(FetchChunk::Bytes(bytes))).await.is_err() {
                // Nobody listens; the rest of the partials isn't worth reading.
                return Err(ApiError::new(ErrorKind::Cancelled).into());
            }
        }
    }

    async fn head(&mut self, uid: Uid, what: &Section) -> Result<Leaf, Trouble> {
        let mut found: Option<Box<Fetch>> = None;
        let command = Command::FetchUids { uids: vec![uid], items: Items::Structure };
        self.command(command, |fetch| {
            if fetch.uid == Some(uid) {
                found = Some(fetch);
            }
        })
        .await?;
        let fetch = found.ok_or_else(|| gone(ErrorKind::Gone))?;
        match what {
            Section::Whole => Ok(Leaf {
                mime: "message/rfc822".into(),
                size: fetch.size.unwrap_or(u32::MAX),
                ..Leaf::default()
            }),
            Section::Part(section) => match fetch.structure {
                Structure::Leaves(leaves) => {
                    leaves.into_iter().find(|l| l.section == *section).ok_or_else(|| gone(ErrorKind::Gone))
                }
                _ => Err(gone(ErrorKind::Unshowable)),
            },
        }
    }

    /// Where it went, if the server says so.
    pub async fn append(&mut self, appending: Appending) -> Result<Option<MessageRef>, Trouble> {
        let Appending { to: Place { folder, create }, flags, keywords, date, size, mut body } = appending;
        if create {
            // It may exist meanwhile; if it doesn't, the APPEND itself says why.
            match self.command(Command::Create { folder: folder.clone() }, |_| {}).await {
                Err(Trouble { error, usable: false }) => return Err(error.into()),
                _ => self.link.submit(Command::Subscribe { folder: folder.clone(), on: true }),
            };
        }
        let command = Command::Append { folder: folder.clone(), flags, keywords, date, size };
        let id = self.link.submit(command);
        let mut broken = None;
        let mut left = size;
        loop {
            let wants = |engine: &Engine| engine.wants_literal().is_some_and(|(wanting, _)| wanting == id);
            let event = if broken.is_some() || left == 0 {
                self.link.next().await
            } else if !wants(self.link.engine()) {
                match self.link.next_unless(wants).await {
                    Some(event) => event,
                    None => continue,
                }
            } else {
                tokio::select! {
                    event = self.link.next() => event,
                    piece = body.recv() => {
                        match piece {
                            Some(Ok(bytes)) if bytes.len() as u64 <= left => {
                                left -= bytes.len() as u64;
                                if !bytes.is_empty() && !self.link.feed(id, bytes) {
                                    broken = Some(ApiError::new(ErrorKind::Internal));
                                    self.link.abandon(id);
                                }
                            }
                            other => {
                                let lost = ApiError::new(ErrorKind::Internal);
                                broken = Some(other.and_then(Result::err).unwrap_or(lost));
                                self.link.abandon(id);
                            }
                        }
                        continue;
                    }
                }
            };
            match event {
                Event::Done { id: done, result } if done == id => {
                    return match (broken, result) {
                        (Some(error), _) => Err(error.into()),
                        (None, Err(error)) => Err(refused(&error)),
                        (None, Ok(completion)) => Ok(match completion.code {
                            Some(Code::AppendUid { validity, uid }) => {
                                Some(MessageRef { folder, validity, uid })
                            }
                            _ => None,
                        }),
                    };
                }
                Event::Failed(error) => {
                    return Err(broken.unwrap_or_else(|| ApiError::from(&error)).into());
                }
                _ => {}
            }
        }
    }

    async fn find(&mut self, folder: FolderName, message_id: String) -> Result<Answer, Trouble> {
        let selected = match self.select_any(&folder, true).await {
            Ok(selected) => selected,
            // A folder that isn't there holds nothing.
            Err(Trouble { error, usable: true }) if error.kind != ErrorKind::Busy => {
                tracing::debug!(kind = ?error.kind, "no folder to look in");
                return Ok(Answer::Found(None));
            }
            Err(trouble) => return Err(trouble),
        };
        let what = Find::MessageId(message_id);
        let Reply::Found(found) = self.command(Command::Search { what }, |_| {}).await?.reply else {
            return Ok(Answer::Found(None));
        };
        let uid = found.uids.first().copied();
        Ok(Answer::Found(uid.map(|uid| MessageRef { folder, validity: selected.validity, uid })))
    }

    async fn search(
        &mut self,
        ticket: Ticket,
        (folder, validity): (FolderName, UidValidity),
        query: Query,
        rows: u32,
        hits: mpsc::Sender<Box<Output>>,
    ) -> Result<Answer, Trouble> {
        self.select(&folder, validity, true).await?;
        let what = Find::Query(query);
        let Reply::Found(found) = self.command(Command::Search { what }, |_| {}).await?.reply else {
            return Err(ApiError::new(ErrorKind::Protocol).into());
        };
        let truncated = found.total as usize > found.uids.len();
        let first: Vec<Uid> = found.uids.iter().take(rows as usize).copied().collect();
        if !first.is_empty() {
            let mut rows = Vec::with_capacity(first.len());
            let command = Command::FetchUids { uids: first, items: Items::Row };
            self.command(command, |fetch| rows.extend(summary(&fetch))).await?;
            rows.sort_by_key(|row| std::cmp::Reverse(row.uid));
            hits.send(Box::new(Output::Hits { ticket, rows })).await.ok();
        }
        Ok(Answer::Search(Found { folder, validity, uids: found.uids, truncated }))
    }
}
