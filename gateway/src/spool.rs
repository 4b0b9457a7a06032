//! Uploads that wait to be sent: encrypted, in unlinked temporary files, owned by one task.
//!
//! Every blob has a random key that lives in memory alone, so nothing readable is ever at rest (invariant 4):
//! when the process ends, the file is gone and its key too. Space is counted by semaphores whose permits the
//! blobs themselves hold, so that whatever path drops a blob also gives its space back.
mod blob;
#[cfg(test)]
mod tests;

use crate::config::limits::Limits;
use crate::secret::LoginTicket;
pub use blob::{Blob, BlobReader, Upload};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::BlobId;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

/// Plain bytes of one encrypted chunk, and the unit in which space is counted.
pub const CHUNK: usize = 64 << 10;
/// Uploads that one sign-in may have waiting (twice the attachments of one message); past it uploads are refused.
pub const MAX_BLOBS: usize = 2 * pyeonji_shared::limits::MAX_ATTACHMENTS;
/// Uploads of a sign-in that nothing touched for so long are dropped, should its session have missed its end.
const FORGET_AFTER: Duration = Duration::from_secs(24 * 3600);
/// The bounds by their names in the configuration.
const OWN: &str = "spool_bytes";
const TOTAL: &str = "spool_total_bytes";
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// Commands waiting for the owner task; past it callers wait.
const MAX_COMMANDS: usize = 64;

#[derive(Debug, Error)]
pub enum SpoolError {
    #[error("larger than one file may be")]
    FileTooBig,
    /// Which bound it was, by the name that metrics have for it.
    #[error("no room left for uploads ({0})")]
    Full(&'static str),
    #[error("no such upload")]
    Gone,
    #[error("temporary file")]
    Io(#[from] std::io::Error),
    #[error("a stored chunk was altered")]
    Altered,
}

impl From<SpoolError> for ApiError {
    fn from(error: SpoolError) -> Self {
        ApiError::new(match error {
            SpoolError::FileTooBig => ErrorKind::TooBig,
            SpoolError::Full(_) => ErrorKind::RateLimited,
            SpoolError::Gone => ErrorKind::UploadGone,
            SpoolError::Io(_) | SpoolError::Altered => ErrorKind::Internal,
        })
    }
}

/// What is known of an upload beside its bytes; both as the page said, bounded by the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobMeta {
    pub name: String,
    pub mime: String,
}

/// Handle to the owner task; cheap to clone.
#[derive(Clone, Debug)]
pub struct Spools {
    commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
enum Command {
    Admit { owner: LoginTicket, reply: oneshot::Sender<Room> },
    Keep { owner: LoginTicket, blob: Arc<Blob>, reply: oneshot::Sender<bool> },
    Open { owner: LoginTicket, id: BlobId, reply: oneshot::Sender<Option<Arc<Blob>>> },
    Remove { owner: LoginTicket, id: BlobId, reply: oneshot::Sender<bool> },
    RemoveAll { owner: LoginTicket, reply: oneshot::Sender<()> },
}

/// The space that one sign-in has, and the gateway as a whole; permits are chunks.
#[derive(Clone, Debug)]
struct Room {
    file_limit: u64,
    total: Arc<Semaphore>,
    own: Arc<Semaphore>,
    count: Arc<Semaphore>,
}

impl Spools {
    /// Starts the owner task; it ends with its last handle.
    pub fn start(limits: &Limits) -> Self {
        let (commands, inbox) = mpsc::channel(MAX_COMMANDS);
        tokio::spawn(Owner::new(limits).run(inbox));
        Self { commands }
    }

    /// Begins an upload. `declared` (Content-Length) is checked at once, so that a hopeless upload isn't begun.
    pub async fn create(
        &self,
        owner: LoginTicket,
        meta: BlobMeta,
        declared: Option<u64>,
    ) -> Result<Upload, SpoolError> {
        let room = self.ask(|reply| Command::Admit { owner, reply }).await?;
        if let Some(bytes) = declared {
            if bytes > room.file_limit {
                return Err(SpoolError::FileTooBig);
            }
            for (room, limit) in [(&room.own, OWN), (&room.total, TOTAL)] {
                if chunks(bytes) > room.available_permits() {
                    return Err(SpoolError::Full(limit));
                }
            }
        }
        let count = room.count.clone().try_acquire_owned();
        let count = count.map_err(|_| SpoolError::Full(crate::metrics::UPLOADS_WAITING))?;
        Upload::begin(self.clone(), owner, meta, room, count).await
    }

    /// A finished upload of this sign-in. Stays readable while held, even when removed meanwhile.
    pub async fn open(&self, owner: LoginTicket, id: BlobId) -> Result<Arc<Blob>, SpoolError> {
        self.ask(|reply| Command::Open { owner, id, reply }).await?.ok_or(SpoolError::Gone)
    }

    /// Drops one upload; `false` if there was none.
    pub async fn remove(&self, owner: LoginTicket, id: BlobId) -> bool {
        self.ask(|reply| Command::Remove { owner, id, reply }).await.unwrap_or(false)
    }

    /// Drops everything of a sign-in; uploads still under way are refused at their end.
    pub async fn remove_all(&self, owner: LoginTicket) {
        self.ask(|reply| Command::RemoveAll { owner, reply }).await.ok();
    }

    async fn keep(&self, owner: LoginTicket, blob: Arc<Blob>) -> Result<(), SpoolError> {
        match self.ask(|reply| Command::Keep { owner, blob, reply }).await? {
            true => Ok(()),
            false => Err(SpoolError::Gone),
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, SpoolError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| SpoolError::Gone)?;
        answer.await.map_err(|_| SpoolError::Gone)
    }
}

fn chunks(bytes: u64) -> usize {
    usize::try_from(bytes.div_ceil(CHUNK as u64)).unwrap_or(usize::MAX)
}

/// Permits for so many bytes, within what a semaphore can hold.
fn permits(bytes: u64) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(chunks(bytes).min(Semaphore::MAX_PERMITS)))
}

struct Shelf {
    own: Arc<Semaphore>,
    count: Arc<Semaphore>,
    blobs: HashMap<BlobId, Arc<Blob>>,
    touched: Instant,
}

/// The one owner of every waiting upload (invariant 12).
struct Owner {
    file_limit: u64,
    own_limit: u64,
    total: Arc<Semaphore>,
    shelves: HashMap<LoginTicket, Shelf>,
}

impl Owner {
    fn new(limits: &Limits) -> Self {
        Self {
            file_limit: limits.upload_bytes,
            own_limit: limits.spool_bytes,
            total: permits(limits.spool_total_bytes),
            shelves: HashMap::new(),
        }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        loop {
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.handle(command),
                    None => return,
                },
                _ = sweep.tick() => {
                    let now = Instant::now();
                    self.shelves.retain(|_, shelf| now.duration_since(shelf.touched) < FORGET_AFTER);
                }
            }
        }
    }

    // A reply nobody waits for any more is no fault: the request was dropped.
    fn handle(&mut self, command: Command) {
        match command {
            Command::Admit { owner, reply } => {
                reply.send(self.admit(owner)).ok();
            }
            Command::Keep { owner, blob, reply } => {
                let shelf = self.shelf(owner);
                // A shelf made since by a later upload isn't this blob's: its space is counted elsewhere.
                let kept = shelf.filter(|shelf| blob.counted_in(&shelf.own)).map(|shelf| {
                    shelf.blobs.insert(blob.id(), blob);
                });
                reply.send(kept.is_some()).ok();
            }
            Command::Open { owner, id, reply } => {
                reply.send(self.shelf(owner).and_then(|shelf| shelf.blobs.get(&id).cloned())).ok();
            }
            Command::Remove { owner, id, reply } => {
                reply.send(self.shelf(owner).is_some_and(|shelf| shelf.blobs.remove(&id).is_some())).ok();
            }
            Command::RemoveAll { owner, reply } => {
                self.shelves.remove(&owner);
                reply.send(()).ok();
            }
        }
    }

    fn shelf(&mut self, owner: LoginTicket) -> Option<&mut Shelf> {
        let shelf = self.shelves.get_mut(&owner)?;
        shelf.touched = Instant::now();
        Some(shelf)
    }

    fn admit(&mut self, owner: LoginTicket) -> Room {
        let own_limit = self.own_limit;
        let shelf = self.shelves.entry(owner).or_insert_with(|| Shelf {
            own: permits(own_limit),
            count: Arc::new(Semaphore::new(MAX_BLOBS)),
            blobs: HashMap::new(),
            touched: Instant::now(),
        });
        shelf.touched = Instant::now();
        Room {
            file_limit: self.file_limit,
            total: self.total.clone(),
            own: shelf.own.clone(),
            count: shelf.count.clone(),
        }
    }
}
