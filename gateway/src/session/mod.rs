//! Sessions: one task per signed-in page, all owned by one registry task (invariant 12).
//!
//! A session outlives its socket by `park_seconds`; the page resumes it or gets a snapshot (DESIGN §3).
mod calls;
mod causes;
mod flight;
mod ops;
mod outbox;
mod reads;
mod registry;
mod rescues;
mod socket;
mod task;
#[cfg(test)]
mod tests;
mod wait;

use crate::account::Account;
use crate::account::request::{FetchChunk, Request, Section};
use crate::account::rescue::{Rescue, Target};
use crate::config::limits::Limits;
use crate::config::{Config, Provider};
use crate::mail::worker::Worker;
use crate::net::Net;
use crate::net::wire::Wire;
use crate::secret::Credentials;
use crate::smtp::Sizes;
use crate::spool::Spools;
use axum::extract::ws::Message;
use futures_util::{Sink, Stream};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{MessageRef, SessionId};
use std::sync::Arc;
use tokio::sync::mpsc;

pub use crate::secret::LoginTicket;
use registry::{Front, Opener};

/// Pieces of a download (at most `imap_partial_bytes` each) between the mail server's link and HTTP.
const CHUNKS_AHEAD: usize = 1;

/// Whoever a request's sealed cookie says it is.
#[derive(Clone, Debug)]
pub struct Who {
    pub ticket: LoginTicket,
    pub credentials: Credentials,
    pub provider: Arc<Provider>,
}

/// What sessions are built from.
#[derive(Clone)]
pub struct Services {
    pub config: Arc<Config>,
    pub net: Net,
    /// The threads that read messages.
    pub worker: Worker,
    /// Where uploads wait; the session reads them when it sends and drops them when it ends.
    pub spools: Spools,
    /// How large a message each sending server takes.
    pub sizes: Sizes,
}

/// How a socket ended, for the log and the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketEnd {
    /// The page closed it, or the network did.
    Closed,
    SignedOut,
    Draining,
    /// Malformed, too large or out of order.
    Violation,
    /// Read too slowly, or fell silent.
    Slow,
    Failed,
}

/// Handle to the registry; cheap to clone. The sessions end with the last one.
#[derive(Clone)]
pub struct Sessions {
    front: Front,
    limits: Arc<Limits>,
}

impl Sessions {
    /// Starts the registry task.
    pub fn start(services: Services) -> Self {
        let (config, net) = (services.config.clone(), services.net.clone());
        let opener: Opener = Arc::new(move |who: Who, links| {
            let (limits, net) = (config.limits.clone(), net.clone());
            Box::pin(Account::open(net, limits, who.credentials, who.provider, links))
        });
        Self::start_with(services, opener)
    }

    /// The same with another way to sign in.
    pub(crate) fn start_with(services: Services, opener: Opener) -> Self {
        let limits = services.config.limits.clone();
        Self { front: Front::start(services, opener), limits }
    }

    /// Signs in upstream and parks a session that waits for its socket.
    pub async fn sign_in(&self, who: Who) -> Result<(), ApiError> {
        self.front.sign_in(who).await
    }

    /// Serves one WebSocket until it ends. `Hello` decides whether a parked session goes on.
    pub async fn run_socket<S>(&self, who: Who, socket: S) -> SocketEnd
    where
        S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error>,
        S: Send + Unpin + 'static,
    {
        socket::serve(&self.limits, who, socket, async |knock| self.front.attach(knock).await).await
    }

    /// Bytes of one part or message for an HTTP download; the first item is a `Head`. Bounded, with back-pressure.
    pub async fn fetch(
        &self,
        ticket: LoginTicket,
        session: SessionId,
        at: MessageRef,
        what: Section,
    ) -> Result<mpsc::Receiver<Result<FetchChunk, ApiError>>, ApiError> {
        let gone = || ApiError::new(ErrorKind::SignedOut);
        let asker = self.front.asker(ticket, session).await.ok_or_else(gone)?;
        let (out, chunks) = mpsc::channel(CHUNKS_AHEAD);
        asker.start(Request::Fetch { at, what, out }).await?;
        Ok(chunks)
    }

    /// Whether this ticket has a live session of this id (uploads and downloads belong to one).
    pub async fn owns(&self, ticket: LoginTicket, session: SessionId) -> bool {
        self.front.asker(ticket, session).await.is_some()
    }

    /// The recording of that session's connections, if it is this ticket's.
    pub async fn wire(&self, ticket: LoginTicket, session: SessionId) -> Option<Wire> {
        Some(self.front.asker(ticket, session).await?.wire)
    }

    /// The rescue of this ticket, or with `begin` a new one; `None` if there is none, or no room for one.
    pub async fn rescue(&self, ticket: LoginTicket, begin: Option<Target>) -> Option<Rescue> {
        self.front.rescue(ticket, begin).await
    }

    pub async fn end_rescue(&self, ticket: LoginTicket) {
        self.front.end_rescue(ticket).await;
    }

    /// Ends every session of this ticket: sockets get `Bye(SignedOut)`, upstream links are closed (R21).
    pub async fn sign_out(&self, ticket: LoginTicket) {
        self.front.sign_out(ticket).await;
    }

    /// Tells every page to connect elsewhere and ends all sessions; returns when they have ended.
    pub async fn drain(&self) {
        self.front.drain().await;
    }
}
