//! What a rescue asks of its link: folders, what lies in one, and sources as they are.
use super::claims::{self, Key, Known};
use crate::account::folders::Folders;
use crate::account::request::FetchChunk;
use crate::account::side::{Side, Trouble, gone};
use crate::imap::command::{Items, SectionRequest};
use crate::imap::event::{Body, Data, Fetch};
use crate::imap::{Command, Event};
use bytes::Bytes;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use pyeonji_shared::message::Flags;
use pyeonji_shared::rescue::Remote;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;

/// Rows of one FETCH, which are also held here at a time.
const WINDOW: u32 = 500;
/// Silence of whoever takes a message, after which it is given up.
const STALL: Duration = Duration::from_secs(60);

impl Side {
    /// All folders, and where new ones go.
    pub(in crate::account) async fn folders(&mut self) -> Result<Folders, Trouble> {
        let mut folders = Folders::default();
        folders.begin();
        let namespace = self.link.engine().capabilities().is_some_and(|c| c.has("NAMESPACE"));
        if namespace {
            self.link.submit(Command::Namespace);
        }
        let list = self.link.submit(Command::List { with_status: false });
        loop {
            match self.link.next().await {
                Event::Data(Data::List(item)) => folders.item(item),
                Event::Data(Data::Namespace(namespace)) => folders.namespace(namespace),
                Event::Done { id, result } if id == list => {
                    result.map_err(|error| Trouble { error: (&error).into(), usable: false })?;
                    folders.end();
                    return Ok(folders);
                }
                Event::Failed(error) => return Err(ApiError::from(&error).into()),
                _ => {}
            }
        }
    }

    /// The messages of the selected folder that begin with this number, at most a window of them. By numbers, because then the
    /// server must not renumber meanwhile (RFC 9051 §7.5.1).
    pub(in crate::account) async fn window(
        &mut self,
        from: u32,
        exists: u32,
    ) -> Result<Vec<Box<Fetch>>, Trouble> {
        let to = Some(Seq(from.saturating_add(WINDOW - 1).min(exists)));
        let mut found = Vec::new();
        let window = Command::FetchWindow { from: Seq(from), to, items: Items::Copied };
        self.command(window, |fetch| {
            if fetch.uid.is_some() && found.len() < WINDOW as usize {
                found.push(fetch);
            }
        })
        .await?;
        Ok(found)
    }

    /// Counts what a folder holds.
    pub(super) async fn keys(
        &mut self,
        folder: &FolderName,
        there: &mut HashMap<Key, u32>,
    ) -> Result<(), Trouble> {
        let exists = self.select_any(folder, true).await?.exists;
        for from in (1..=exists).step_by(WINDOW as usize) {
            let found = self.window(from, exists).await?;
            for known in found.iter().filter_map(|fetch| Known::fetched(folder, fetch)) {
                claims::count(there, known);
            }
        }
        Ok(())
    }

    /// Tells of each message of a folder.
    pub(super) async fn rows(
        &mut self,
        folder: &FolderName,
        out: &mpsc::Sender<Result<Vec<Remote>, ApiError>>,
    ) -> Result<(), Trouble> {
        let exists = self.select_any(folder, true).await?.exists;
        for from in (1..=exists).step_by(WINDOW as usize) {
            let rows = self.window(from, exists).await?.iter().filter_map(|fetch| row(fetch)).collect();
            out.send_timeout(Ok(rows), STALL).await.map_err(|_| gone(ErrorKind::Cancelled))?;
        }
        Ok(())
    }

    /// Streams a source. While nobody takes the bytes the link isn't read, so the mail server waits.
    pub(super) async fn source(
        &mut self,
        folder: &FolderName,
        selected: bool,
        uid: Uid,
        out: &mpsc::Sender<Result<FetchChunk, ApiError>>,
    ) -> Result<(), Trouble> {
        if !selected {
            self.select_any(folder, true).await?;
        }
        let sections = vec![SectionRequest::all("")];
        let id = self.link.submit(Command::FetchBody { uid, items: Items::Uid, sections });
        let mut came = false;
        loop {
            let bytes = match self.link.next().await {
                Event::BodyChunk { bytes, .. } => bytes,
                Event::Data(Data::Fetch(mut fetch)) if fetch.uid == Some(uid) => {
                    match fetch.sections.pop().map(|data| data.body) {
                        Some(Some(Body::Inline(bytes))) => {
                            came = true;
                            bytes
                        }
                        Some(Some(Body::Streamed { .. })) => {
                            came = true;
                            Bytes::new()
                        }
                        // News of its flags, or a message that the server can't give.
                        _ => continue,
                    }
                }
                Event::Done { id: done, result } if done == id => {
                    result.map_err(|error| Trouble { error: (&error).into(), usable: true })?;
                    return if came { Ok(()) } else { Err(gone(ErrorKind::Gone)) };
                }
                Event::Failed(error) => return Err(ApiError::from(&error).into()),
                _ => continue,
            };
            self.pace.count(bytes.len()).await;
            let taken =
                bytes.is_empty() || out.send_timeout(Ok(FetchChunk::Bytes(bytes)), STALL).await.is_ok();
            if !taken {
                // Nobody listens; the rest isn't worth reading.
                return Err(ApiError::new(ErrorKind::Cancelled).into());
            }
        }
    }
}

fn row(fetch: &Fetch) -> Option<Remote> {
    let list = fetch.flags.clone().unwrap_or_default();
    let summary = crate::account::summary::summary(fetch)?;
    Some(Remote {
        uid: fetch.uid?,
        size: fetch.size.unwrap_or_default(),
        received: fetch.received.or(summary.sent).unwrap_or_default(),
        flags: list.flags.without(Flags::DELETED),
        keywords: list.keywords,
        message_id: summary.message_id,
    })
}
