//! Mail between the device and an account on a server ("rescue"): one task, one link, one thing at a time. The account may be
//! another one than the session's; its password lives in this task alone, and ends with it.
mod claims;
mod folder;
#[cfg(test)]
mod tests;

use super::Links;
use super::connect::Dialer;
use super::folders::{Folders, Place};
use super::link::Link;
use super::pace::Pace;
use super::request::FetchChunk;
use super::side::{self, Appending, Side, Trouble};
use crate::config::Provider;
use crate::config::limits::Limits;
use crate::imap::Command;
use crate::net::Net;
use crate::secret::Credentials;
use bytes::Bytes;
use claims::{Claims, Known};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, OpId, Uid};
use pyeonji_shared::message::Flags;
use pyeonji_shared::rescue::{Asked, Begun, Remote, Stored};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

/// Questions that wait; past it the asker waits.
const QUEUE: usize = 4;
/// How long a rescue that nobody asks for anything is kept, with its link and its password.
const KEEP: Duration = Duration::from_secs(120);
/// A link that was used so lately is taken to be alive; others are asked first.
const FRESH: Duration = Duration::from_secs(10);
/// Outcomes that are remembered for a page that didn't hear them.
const MAX_RECENT: usize = 64;
/// Seconds for the server's goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// The account that is reached.
#[derive(Clone, Debug)]
pub struct Target {
    pub credentials: Credentials,
    pub provider: Arc<Provider>,
}

/// A folder of the device, which has one of its own in the account: that of its use, or one of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Into {
    pub folder: FolderName,
    pub special: Option<SpecialUse>,
}

/// What a message is stored with.
#[derive(Debug)]
pub struct Letter {
    pub to: Into,
    pub flags: Flags,
    pub keywords: Vec<String>,
    /// INTERNALDATE, seconds since 1970-01-01 UTC.
    pub date: i64,
    /// Octets that `body` yields, CRLF line ends.
    pub size: u64,
    /// The source's beginning, with its header or most of it; `body` has it too.
    pub head: Bytes,
    pub body: mpsc::Receiver<Result<Bytes, ApiError>>,
}

/// Bytes of a message, then [`FetchChunk::End`].
pub type Chunks = mpsc::Receiver<Result<FetchChunk, ApiError>>;
/// Rows of a folder, then the end of the channel; broken off by an error.
pub type Rows = mpsc::Receiver<Result<Vec<Remote>, ApiError>>;

type Reply<T> = oneshot::Sender<Result<T, ApiError>>;

enum Ask {
    Begin { reply: Reply<Begun> },
    Have { op: OpId, to: Into, asked: Vec<Asked>, reply: Reply<Vec<bool>> },
    Append { op: OpId, letter: Box<Letter>, reply: Reply<Stored> },
    List { folder: FolderName, out: mpsc::Sender<Result<Vec<Remote>, ApiError>> },
    Fetch { folder: FolderName, uid: Uid, out: mpsc::Sender<Result<FetchChunk, ApiError>> },
}

/// Handle to the task; it ends with the last one, or after [`KEEP`] without work.
#[derive(Clone, Debug)]
pub struct Rescue(mpsc::Sender<Ask>);

impl Rescue {
    /// Starts the task; [`Rescue::begin`] signs in.
    pub fn start(net: Net, limits: Arc<Limits>, target: Target, links: Links) -> Self {
        let (asks, inbox) = mpsc::channel(QUEUE);
        let pace = Pace::new(&limits);
        let Target { credentials, provider } = target;
        let task = Task {
            dialer: Dialer { net, limits, credentials, provider, links, pace },
            link: None,
            used: Instant::now(),
            open: None,
            folders: Folders::default(),
            claims: Claims::default(),
            recent: VecDeque::new(),
            stale: true,
        };
        tokio::spawn(Box::new(task).run(inbox));
        Self(asks)
    }

    pub fn is_over(&self) -> bool {
        self.0.is_closed()
    }

    async fn ask<T>(&self, ask: impl FnOnce(Reply<T>) -> Ask) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.tell(ask(reply)).await?;
        answer.await.unwrap_or_else(|_| Err(over()))
    }

    async fn tell(&self, ask: Ask) -> Result<(), ApiError> {
        self.0.send(ask).await.map_err(|_| over())
    }

    /// Signs in and lists the folders. When this fails, the rescue is over.
    pub async fn begin(&self) -> Result<Begun, ApiError> {
        self.ask(|reply| Ask::Begin { reply }).await
    }

    /// Which of these the account has; each one that it has is taken for the one that was asked about. `op` names the
    /// question: asked again it has the same answer.
    pub async fn have(&self, op: OpId, to: Into, asked: Vec<Asked>) -> Result<Vec<bool>, ApiError> {
        self.ask(|reply| Ask::Have { op, to, asked, reply }).await
    }

    /// Stores a message unless it is there. `op` names the message: sent again it isn't stored again.
    pub async fn append(&self, op: OpId, letter: Letter) -> Result<Stored, ApiError> {
        let letter = Box::new(letter);
        self.ask(|reply| Ask::Append { op, letter, reply }).await
    }

    pub async fn list(&self, folder: FolderName) -> Result<Rows, ApiError> {
        let (out, rows) = mpsc::channel(1);
        self.tell(Ask::List { folder, out }).await?;
        Ok(rows)
    }

    pub async fn fetch(&self, folder: FolderName, uid: Uid) -> Result<Chunks, ApiError> {
        let (out, chunks) = mpsc::channel(1);
        self.tell(Ask::Fetch { folder, uid, out }).await?;
        Ok(chunks)
    }
}

/// The page begins anew; a password that was typed is typed again.
fn over() -> ApiError {
    ApiError::new(ErrorKind::Cancelled)
}

#[derive(Clone, Debug)]
enum Outcome {
    Have(Vec<bool>),
    Stored(Stored),
}

struct Task {
    dialer: Dialer,
    link: Option<Link>,
    used: Instant,
    /// The folder that the link has open.
    open: Option<FolderName>,
    folders: Folders,
    claims: Claims,
    recent: VecDeque<(OpId, Outcome)>,
    /// A folder may have been made, or not.
    stale: bool,
}

impl Task {
    /// Boxes, because a future keeps its arguments twice.
    async fn run(mut self: Box<Self>, mut inbox: mpsc::Receiver<Ask>) {
        while let Ok(Some(ask)) = timeout(KEEP, inbox.recv()).await {
            if !self.answer(ask).await {
                break;
            }
            self.used = Instant::now();
        }
        if let Some(mut link) = self.link.take() {
            // RFC 9051 §6.1.3.
            link.submit(Command::Logout);
            let goodbye = async { while !matches!(link.next().await, crate::imap::Event::Failed(_)) {} };
            timeout(FAREWELL, goodbye).await.ok();
        }
    }

    /// `false`: the account can't be reached, and nothing more will come of it. An answer that nobody waits for is dropped.
    async fn answer(&mut self, ask: Ask) -> bool {
        match ask {
            Ask::Begin { reply } => {
                let result = self.begin().await;
                let fine = result.is_ok();
                reply.send(result).ok();
                return fine;
            }
            Ask::Have { op, to, asked, reply } => {
                let result = match self.remembered(op) {
                    Some(Outcome::Have(answer)) => Ok(answer),
                    _ => self.have(&to, &asked).await,
                };
                if let Ok(answer) = &result {
                    self.remember(op, Outcome::Have(answer.clone()));
                }
                reply.send(result).ok();
            }
            Ask::Append { op, letter, reply } => {
                let result = match self.remembered(op) {
                    Some(Outcome::Stored(stored)) => Ok(stored),
                    _ => self.append(*letter).await,
                };
                if let Ok(stored) = &result {
                    self.remember(op, Outcome::Stored(*stored));
                }
                reply.send(result).ok();
            }
            Ask::List { folder, out } => {
                if let Err(error) = self.list(&folder, &out).await {
                    out.send(Err(error)).await.ok();
                }
            }
            Ask::Fetch { folder, uid, out } => {
                let end = self.fetch(&folder, uid, &out).await.map(|()| FetchChunk::End);
                out.send(end).await.ok();
            }
        }
        true
    }

    fn remembered(&self, op: OpId) -> Option<Outcome> {
        self.recent.iter().find(|(of, _)| *of == op).map(|(_, outcome)| outcome.clone())
    }

    fn remember(&mut self, op: OpId, outcome: Outcome) {
        if self.remembered(op).is_none() {
            if self.recent.len() >= MAX_RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back((op, outcome));
        }
    }

    async fn begin(&mut self) -> Result<Begun, ApiError> {
        self.look().await?;
        let folders = self.folders.all().iter().filter(|f| f.selectable).cloned().collect();
        let address = self.dialer.credentials.address.clone();
        Ok(Begun { address, folders, delimiter: self.folders.delimiter })
    }

    /// Lists the folders, unless they are known.
    async fn look(&mut self) -> Result<(), ApiError> {
        if self.stale {
            let mut side = self.side().await?;
            let result = side.folders().await;
            self.folders = self.back(side.link, result)?;
            self.stale = false;
        }
        Ok(())
    }

    /// The link, alive as far as can be told; a new one where it isn't.
    async fn side(&mut self) -> Result<Side, ApiError> {
        let link = match self.link.take() {
            Some(link) if self.used.elapsed() < FRESH => link,
            idle => {
                self.open = None;
                side::fresh(&self.dialer, idle).await?
            }
        };
        Ok(Side { link, limits: self.dialer.limits.clone(), pace: self.dialer.pace.clone() })
    }

    /// Keeps the link if it is fit for more.
    fn back<T>(&mut self, link: Link, result: Result<T, Trouble>) -> Result<T, ApiError> {
        if result.as_ref().map_or_else(|trouble| trouble.usable, |_| true) {
            self.link = Some(link);
        }
        result.map_err(|trouble| trouble.error)
    }

    /// Where a folder of the device is in the account, or is to be. What it holds is known then.
    async fn place(&mut self, to: &Into) -> Result<Place, ApiError> {
        self.look().await?;
        let place = self.folders.twin(&to.folder, to.special);
        if !self.claims.knows(&place.folder) {
            let mut there = HashMap::new();
            if !place.create {
                let mut side = self.side().await?;
                self.open = None;
                let result = side.keys(&place.folder, &mut there).await;
                self.back(side.link, result)?;
            }
            self.claims.listed(place.folder.clone(), there);
        }
        Ok(place)
    }

    async fn have(&mut self, to: &Into, asked: &[Asked]) -> Result<Vec<bool>, ApiError> {
        let place = self.place(to).await?;
        Ok(self.claims.have(&place.folder, asked))
    }

    async fn append(&mut self, letter: Letter) -> Result<Stored, ApiError> {
        let Letter { to, flags, keywords, date, size, head, body } = letter;
        let place = self.place(&to).await?;
        let known = Known::of_source(&place.folder, &head, size, date);
        if self.claims.claim(&known) {
            return Ok(Stored::There);
        }
        // Nothing is stored to be removed.
        let flags = flags.without(Flags::DELETED);
        let made = place.create.then(|| place.folder.clone());
        let appending = Appending { to: place, flags, keywords, date: Some(date), size, body };
        let mut side = self.side().await?;
        let result = side.append(appending).await;
        if result.as_ref().is_err_and(|trouble| !trouble.usable) {
            self.claims.doubt();
            self.stale = true;
        }
        self.back(side.link, result)?;
        if let Some(folder) = made {
            self.folders.made(folder);
        }
        self.claims.stored(&known);
        Ok(Stored::Appended)
    }

    async fn list(
        &mut self,
        folder: &FolderName,
        out: &mpsc::Sender<Result<Vec<Remote>, ApiError>>,
    ) -> Result<(), ApiError> {
        let mut side = self.side().await?;
        self.open = None;
        let result = side.rows(folder, out).await;
        self.back(side.link, result)
    }

    async fn fetch(
        &mut self,
        folder: &FolderName,
        uid: Uid,
        out: &mpsc::Sender<Result<FetchChunk, ApiError>>,
    ) -> Result<(), ApiError> {
        let mut side = self.side().await?;
        let selected = self.open.take_if(|open| *open == *folder);
        let result = side.source(folder, selected.is_some(), uid, out).await;
        self.back(side.link, result)?;
        self.open = selected.or_else(|| Some(folder.clone()));
        Ok(())
    }
}
