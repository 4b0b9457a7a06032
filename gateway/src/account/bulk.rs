//! Work on a second, short-lived link, so that it never blocks the reader: downloads, uploads, searches, and whatever
//! concerns a folder that isn't the open one.
use crate::account::driver::Driver;
use crate::account::request::{Answer, FetchChunk, Leaf, Output, RawMessage, Request, Section, Ticket};
use crate::account::signin::{self, Access};
use crate::account::{body, organise, summary};
use crate::imap::command::{Command, Find, Items};
use crate::imap::event::{Body, Code, Data, Event, Reply, Structure};
use bytes::Bytes;
use pyeonji_shared::call::list::WindowRows;
use pyeonji_shared::call::organise::Destination;
use pyeonji_shared::call::search::Found;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};
use pyeonji_shared::limits::MAX_WINDOW;
use pyeonji_shared::message::{Flags, Summary};
use pyeonji_shared::query::Query;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Partial FETCHes of a download under way at once.
const AHEAD: usize = 2;

/// One piece of work, with its destination already resolved to a folder.
pub struct Job {
    pub ticket: Ticket,
    pub request: Request,
    /// For requests with a [`Destination`].
    pub to: Option<FolderName>,
}

/// Runs a job on `driver`, or on a new link; gives the link back when it may be used again.
pub async fn run(
    access: Arc<Access>,
    driver: Option<Driver>,
    job: Job,
    outputs: mpsc::Sender<Output>,
) -> (Ticket, Option<Driver>, Result<Answer, ApiError>) {
    let ticket = job.ticket;
    let mut driver = match driver.filter(|d| !d.link.is_over()) {
        Some(driver) => driver,
        None => match signin::connect(&access).await {
            Ok(driver) => driver,
            Err(error) => return (ticket, None, Err(refuse(job.request, error).await)),
        },
    };
    let result = work(&access, &mut driver, job, &outputs).await;
    let usable = !driver.link.is_over();
    (ticket, usable.then_some(driver), result)
}

/// A download whose link could not be made must hear of it too.
async fn refuse(request: Request, error: ApiError) -> ApiError {
    if let Request::Fetch { out, .. } = request {
        let _ = out.send(Err(error.clone())).await;
    }
    error
}

async fn work(
    access: &Access,
    driver: &mut Driver,
    job: Job,
    outputs: &mpsc::Sender<Output>,
) -> Result<Answer, ApiError> {
    let ignore: &mut (dyn FnMut(Event) + Send) = &mut |_| {};
    let to = job.to.ok_or_else(|| ApiError::new(ErrorKind::Gone));
    match job.request {
        Request::Fetch { at, what, out } => match download(access, driver, &at, &what, &out).await {
            Ok(()) => Ok(Answer::Ok),
            Err(error) => {
                let _ = out.send(Err(error.clone())).await;
                Err(error)
            }
        },
        Request::Search { folder, validity, query, rows } => {
            search(driver, job.ticket, folder, validity, query, rows, outputs).await
        }
        Request::Rows { folder, validity, uids } => {
            driver.enter(&folder, Some(validity), true).await?;
            Ok(Answer::Rows(rows(driver, uids).await?))
        }
        Request::Window { folder, validity, .. } => {
            // The page left that folder meanwhile; its numbers mean nothing on another link.
            Ok(Answer::Window(WindowRows { folder, validity, rows: Vec::new() }))
        }
        Request::Read { at, .. } => {
            driver.enter(&at.folder, Some(at.validity), true).await?;
            let raw: RawMessage = body::read(driver, at.uid, None, &access.limits, ignore).await?;
            Ok(Answer::Read(Box::new(raw)))
        }
        Request::SetFlags { set, add, remove } => {
            driver.enter(&set.folder, Some(set.validity), false).await?;
            organise::store(driver, set.uids, add, remove, ignore).await.map(|()| Answer::Ok)
        }
        Request::Move { set, .. } => {
            driver.enter(&set.folder, Some(set.validity), false).await?;
            organise::move_to(driver, set.uids, to?, ignore).await.map(Answer::Moved)
        }
        Request::Delete { set } => {
            driver.enter(&set.folder, Some(set.validity), false).await?;
            organise::delete(driver, set.uids, ignore).await.map(|()| Answer::Ok)
        }
        Request::Append { flags, size, body, .. } => append(driver, to?, flags, size, body).await,
        // The link is there now; that was all.
        Request::Warm => Ok(Answer::Ok),
        Request::Find { message_id, .. } => find(driver, to?, message_id).await,
        Request::Folders | Request::Open { .. } | Request::Refresh | Request::Snapshot { .. } => {
            Err(ApiError::new(ErrorKind::Internal))
        }
    }
}

async fn rows(driver: &mut Driver, uids: Vec<Uid>) -> Result<Vec<Summary>, ApiError> {
    let mut rows = Vec::new();
    let mut take = |event: Event| {
        if let Event::Data(Data::Fetch(fetch)) = event
            && let Some(row) = summary::row(&fetch)
        {
            rows.push(row.summary);
        }
    };
    driver.run(Command::FetchUids { uids, items: Items::Row }, &mut take).await?;
    rows.sort_by(|a, b| b.uid.cmp(&a.uid));
    Ok(rows)
}

async fn search(
    driver: &mut Driver,
    ticket: Ticket,
    folder: FolderName,
    validity: UidValidity,
    query: Query,
    wanted: u32,
    outputs: &mpsc::Sender<Output>,
) -> Result<Answer, ApiError> {
    driver.enter(&folder, Some(validity), true).await?;
    let completion = driver.run(Command::Search { what: Find::Query(query) }, &mut |_| {}).await?;
    let Reply::Found(found) = completion.reply else { return Err(ApiError::new(ErrorKind::Protocol)) };
    let first: Vec<Uid> = found.uids.iter().take(wanted.min(MAX_WINDOW) as usize).copied().collect();
    if !first.is_empty() {
        let rows = rows(driver, first).await?;
        let _ = outputs.send(Output::Hits { ticket, rows }).await;
    }
    let truncated = found.total as usize > found.uids.len();
    Ok(Answer::Search(Found { folder, validity, uids: found.uids, truncated }))
}

async fn find(driver: &mut Driver, folder: FolderName, message_id: String) -> Result<Answer, ApiError> {
    let validity = match driver.enter(&folder, None, true).await {
        Ok(validity) => UidValidity(validity),
        // No such folder: then nothing is in it.
        Err(error) if matches!(error.kind, ErrorKind::Gone | ErrorKind::Refused) => {
            return Ok(Answer::Found(None));
        }
        Err(error) => return Err(error),
    };
    let completion = driver.run(Command::Search { what: Find::MessageId(message_id) }, &mut |_| {}).await?;
    let Reply::Found(found) = completion.reply else { return Err(ApiError::new(ErrorKind::Protocol)) };
    let at = found.uids.first().map(|uid| MessageRef { folder, validity, uid: *uid });
    Ok(Answer::Found(at))
}

async fn append(
    driver: &mut Driver,
    folder: FolderName,
    flags: Flags,
    size: u64,
    mut body: mpsc::Receiver<Result<Bytes, ApiError>>,
) -> Result<Answer, ApiError> {
    let id = driver.submit(Command::Append { folder: folder.clone(), flags, date: None, size });
    let mut given = 0;
    let completion = loop {
        while let Some(event) = driver.link.ready() {
            driver.note(event, &mut |_| {});
        }
        if driver.link.is_over() {
            return Err(ApiError::new(ErrorKind::Disconnected));
        }
        match driver.link.wants_literal() {
            Some((wanting, _)) if wanting == id && given < size => {
                match body.recv().await {
                    Some(Ok(bytes)) => {
                        given += bytes.len() as u64;
                        if let Err(error) = driver.link.feed_literal(id, bytes) {
                            return Err(ApiError::from(&error));
                        }
                    }
                    Some(Err(error)) => {
                        driver.link.abandon_literal(id);
                        return Err(error);
                    }
                    None => {
                        driver.link.abandon_literal(id);
                        return Err(ApiError::new(ErrorKind::Internal));
                    }
                }
                driver.link.flush().await;
            }
            _ if given >= size => break driver.wait(id, &mut |_| {}).await,
            _ => {
                if let Some(result) = driver.take(id) {
                    break result;
                }
                driver.link.turn().await;
            }
        }
    };
    let completion = completion.map_err(|e| ApiError::from(&e))?;
    let at = match completion.code {
        Some(Code::AppendUid { validity, uid }) => Some(MessageRef { folder, validity, uid }),
        _ => None,
    };
    Ok(Answer::Appended(at))
}

/// Streams a part or a whole message by partial FETCHes; `out` being full stops the next one from being asked for.
async fn download(
    access: &Access,
    driver: &mut Driver,
    at: &MessageRef,
    what: &Section,
    out: &mpsc::Sender<Result<FetchChunk, ApiError>>,
) -> Result<(), ApiError> {
    driver.enter(&at.folder, Some(at.validity), true).await?;
    let leaf = head(driver, at.uid, what).await?;
    let section = leaf.section.clone();
    let size = leaf.size;
    if out.send(Ok(FetchChunk::Head(leaf))).await.is_err() {
        return Ok(());
    }
    let step = u32::try_from(access.limits.imap_partial_bytes).unwrap_or(256 << 10).max(1);
    let (mut asked, mut pending) = (0u32, std::collections::VecDeque::new());
    loop {
        while pending.len() < AHEAD && asked < size {
            let len = step.min(size - asked);
            let command = Command::FetchPartial { uid: at.uid, section: section.clone(), offset: asked, len };
            pending.push_back(driver.submit(command));
            asked += len;
        }
        let Some(id) = pending.pop_front() else { return Ok(()) };
        // Bytes go on as they come: nothing is collected here.
        loop {
            if let Some(result) = driver.take(id) {
                result.map_err(|e| ApiError::from(&e))?;
                break;
            }
            let mut pieces: Vec<Bytes> = Vec::new();
            match driver.link.event().await {
                Event::Failed(error) => return Err(ApiError::from(&error)),
                Event::BodyChunk { bytes, .. } => pieces.push(bytes),
                Event::Data(Data::Fetch(fetch)) => {
                    pieces.extend(fetch.sections.into_iter().filter_map(|s| match s.body {
                        Some(Body::Inline(bytes)) => Some(bytes),
                        _ => None,
                    }));
                }
                event => driver.note(event, &mut |_| {}),
            }
            for bytes in pieces {
                if out.send(Ok(FetchChunk::Bytes(bytes))).await.is_err() {
                    // The reader went away. What is still coming belongs to nobody: drop the link with it.
                    return Err(ApiError::new(ErrorKind::Cancelled));
                }
            }
        }
    }
}

async fn head(driver: &mut Driver, uid: Uid, what: &Section) -> Result<Leaf, ApiError> {
    let mut found = None;
    let mut take = |event: Event| {
        if let Event::Data(Data::Fetch(fetch)) = event
            && fetch.uid == Some(uid)
        {
            found = Some(fetch);
        }
    };
    driver.run(Command::FetchUids { uids: vec![uid], items: Items::Structure }, &mut take).await?;
    let fetch = found.ok_or_else(|| ApiError::new(ErrorKind::Gone))?;
    match what {
        Section::Whole => Ok(Leaf {
            mime: "message/rfc822".into(),
            size: fetch.size.unwrap_or_default(),
            ..Leaf::default()
        }),
        Section::Part(section) => match fetch.structure {
            Structure::Leaves(leaves) => leaves
                .into_iter()
                .find(|l| l.section == *section)
                .ok_or_else(|| ApiError::new(ErrorKind::Gone)),
            _ => Err(ApiError::new(ErrorKind::Unshowable)),
        },
    }
}

/// Where a request's destination is by name; `None` for requests without one.
pub fn destination(request: &Request) -> Option<&Destination> {
    match request {
        Request::Move { to, .. } | Request::Append { to, .. } | Request::Find { to, .. } => Some(to),
        _ => None,
    }
}
