//! Sessions: one task per signed-in page, all owned by one registry task (invariant 12).
//!
//! A session outlives its socket by `park_seconds`; the page resumes it or gets a snapshot (DESIGN §3).
use crate::account::request::{FetchChunk, Section};
use crate::config::{Config, Provider};
use crate::secret::Credentials;
use crate::spool::Spools;
use axum::extract::ws::Message;
use futures_util::{Sink, Stream};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{MessageRef, SessionId};
use std::sync::Arc;
use tokio::sync::mpsc;

pub use crate::secret::LoginTicket;

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
    /// Where uploads wait; the session reads them when it sends and drops them when it ends.
    pub spools: Spools,
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

/// Handle to the registry; cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    services: Services,
}

impl Sessions {
    /// Starts the registry task; it ends with its last handle.
    pub fn start(services: Services) -> Self {
        Self { services }
    }

    /// Signs in upstream and parks a session that waits for its socket.
    pub async fn sign_in(&self, who: Who) -> Result<(), ApiError> {
        let _ = (who, &self.services);
        Err(ApiError::new(ErrorKind::Internal))
    }

    /// Serves one WebSocket until it ends. `Hello` decides whether a parked session goes on.
    pub async fn run_socket<S>(&self, who: Who, socket: S) -> SocketEnd
    where
        S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error>,
        S: Send + Unpin + 'static,
    {
        let _ = (who, socket);
        SocketEnd::Failed
    }

    /// Bytes of one part or message for an HTTP download; the first item is a `Head`. Bounded, with back-pressure.
    pub async fn fetch(
        &self,
        ticket: LoginTicket,
        session: SessionId,
        at: MessageRef,
        what: Section,
    ) -> Result<mpsc::Receiver<Result<FetchChunk, ApiError>>, ApiError> {
        let _ = (ticket, session, at, what);
        Err(ApiError::new(ErrorKind::SignedOut))
    }

    /// Whether this ticket has a live session of this id (uploads and downloads belong to one).
    pub async fn owns(&self, ticket: LoginTicket, session: SessionId) -> bool {
        let _ = (ticket, session);
        false
    }

    /// Ends every session of this ticket: sockets get `Bye(SignedOut)`, upstream links are closed (R21).
    pub async fn sign_out(&self, ticket: LoginTicket) {
        let _ = ticket;
    }

    /// Tells every page to connect elsewhere and ends all sessions; returns when they have ended.
    pub async fn drain(&self) {}
}
