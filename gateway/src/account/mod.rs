//! One mail account in use: what can be asked of it and what it tells, free of protocol names.
//!
//! Answers and events leave through one ordered channel, so sequence numbers in an answer always refer to
//! the point of the event stream at which the answer stands (invariant 9).
pub(crate) mod connect;
pub(crate) mod device;
mod folders;
pub mod inspect;
mod job;
mod known;
pub(crate) mod link;
mod main_link;
mod news;
mod open;
mod opening;
mod pace;
mod pump;
pub mod request;
pub mod rescue;
#[cfg(test)]
mod scripted;
mod sections;
mod side;
mod special;
mod streams;
mod summary;
mod task;
#[cfg(test)]
mod tests;

use crate::config::Provider;
use crate::config::limits::Limits;
use crate::metrics;
use crate::net::Net;
use crate::net::wire::Wire;
use crate::secret::{Credentials, Protocol};
use connect::Dialer;
pub use device::HeadDigest;
use pace::Pace;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Snapshot;
use request::{Output, Request, Ticket};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Requests that may wait for the account task; past it the asker waits.
pub const REQUEST_QUEUE: usize = 16;
/// Outputs that may wait for the session; past it the account task stops reading from the mail server.
pub const OUTPUT_QUEUE: usize = 16;
/// How long a new link waits for another one to end; an unused session that gives way takes a moment.
pub const LINK_PATIENCE: Duration = Duration::from_secs(5);

/// What the account task is told. Requests are boxed: a channel reserves room for 32 items at once, filled or not.
#[derive(Debug)]
pub enum Tell {
    /// Answered by exactly one [`Output::Done`] of the same ticket.
    Do(Ticket, Box<Request>),
    /// The answer is no longer wanted; work that can stop, stops. No `Done` follows if it had not been given yet.
    Cancel(Ticket),
}

/// A signed-in account. Dropping it ends the task and closes its links.
#[derive(Debug)]
pub struct Account {
    pub requests: mpsc::Sender<Tell>,
    /// Boxed for the same reason as [`Tell::Do`].
    pub outputs: mpsc::Receiver<Box<Output>>,
    /// The recording of its connections, off until somebody looks.
    pub wire: Wire,
}

/// The upstream links that one account may have, shared by its sessions.
#[derive(Clone, Debug)]
pub struct Links(Arc<Semaphore>);

impl Links {
    pub fn new(count: u64) -> Self {
        Self(Arc::new(Semaphore::new(
            usize::try_from(count).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS),
        )))
    }

    /// Room for one more link; `Busy` when none becomes free within [`LINK_PATIENCE`].
    pub async fn take(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let permit = tokio::time::timeout(LINK_PATIENCE, self.0.clone().acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or_else(|| {
            metrics::limit_hit("links_per_account");
            ApiError::new(ErrorKind::Busy)
        })
    }
}

impl Account {
    /// Signs in and reads what the first screen needs.
    pub async fn open(
        net: Net,
        limits: Arc<Limits>,
        credentials: Credentials,
        provider: Arc<Provider>,
        links: Links,
    ) -> Result<(Account, Snapshot), ApiError> {
        let net = net.recorded(&Wire::default());
        let pace = Pace::new(&limits);
        let protocol = credentials.protocol;
        let dialer = Dialer { net, limits, credentials, provider, links, pace };
        match protocol {
            Protocol::Imap => task::open(dialer).await,
            Protocol::Pop3 => device::open(dialer).await,
        }
    }
}
