//! What HTTP needs of sessions. A seam, so that the whole of HTTP is tested without a mail server.
use crate::account::request::{FetchChunk, Section};
use crate::account::rescue::{Rescue, Target};
use crate::net::wire::Wire;
use crate::session::{LoginTicket, Sessions, SocketEnd, Who};
use axum::extract::ws::WebSocket;
use futures_util::future::BoxFuture;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{MessageRef, SessionId};
use tokio::sync::mpsc;

/// The bytes of a download; the first item is a `Head`.
pub type Fetched = mpsc::Receiver<Result<FetchChunk, ApiError>>;

pub trait Backend: Send + Sync + 'static {
    fn sign_in(&self, who: Who) -> BoxFuture<'static, Result<(), ApiError>>;
    fn run_socket(&self, who: Who, socket: WebSocket) -> BoxFuture<'static, SocketEnd>;
    fn fetch(
        &self,
        ticket: LoginTicket,
        session: SessionId,
        at: MessageRef,
        what: Section,
    ) -> BoxFuture<'static, Result<Fetched, ApiError>>;
    fn owns(&self, ticket: LoginTicket, session: SessionId) -> BoxFuture<'static, bool>;
    /// The recording of this session, on or off.
    fn wire(&self, ticket: LoginTicket, session: SessionId) -> BoxFuture<'static, Option<Wire>>;
    /// The rescue of this ticket, or with `begin` a new one.
    fn rescue(&self, ticket: LoginTicket, begin: Option<Target>) -> BoxFuture<'static, Option<Rescue>>;
    fn end_rescue(&self, ticket: LoginTicket) -> BoxFuture<'static, ()>;
    fn sign_out(&self, ticket: LoginTicket) -> BoxFuture<'static, ()>;
    fn drain(&self) -> BoxFuture<'static, ()>;
}

impl Backend for Sessions {
    fn sign_in(&self, who: Who) -> BoxFuture<'static, Result<(), ApiError>> {
        let this = self.clone();
        Box::pin(async move { this.sign_in(who).await })
    }

    fn run_socket(&self, who: Who, socket: WebSocket) -> BoxFuture<'static, SocketEnd> {
        // Boxed, because each future on the way keeps its arguments twice.
        let (this, socket) = (self.clone(), Box::new(socket));
        Box::pin(async move { this.run_socket(who, socket).await })
    }

    fn fetch(
        &self,
        ticket: LoginTicket,
        session: SessionId,
        at: MessageRef,
        what: Section,
    ) -> BoxFuture<'static, Result<Fetched, ApiError>> {
        let this = self.clone();
        Box::pin(async move { this.fetch(ticket, session, at, what).await })
    }

    fn owns(&self, ticket: LoginTicket, session: SessionId) -> BoxFuture<'static, bool> {
        let this = self.clone();
        Box::pin(async move { this.owns(ticket, session).await })
    }

    fn wire(&self, ticket: LoginTicket, session: SessionId) -> BoxFuture<'static, Option<Wire>> {
        let this = self.clone();
        Box::pin(async move { this.wire(ticket, session).await })
    }

    fn rescue(&self, ticket: LoginTicket, begin: Option<Target>) -> BoxFuture<'static, Option<Rescue>> {
        let this = self.clone();
        Box::pin(async move { this.rescue(ticket, begin).await })
    }

    fn end_rescue(&self, ticket: LoginTicket) -> BoxFuture<'static, ()> {
        let this = self.clone();
        Box::pin(async move { this.end_rescue(ticket).await })
    }

    fn sign_out(&self, ticket: LoginTicket) -> BoxFuture<'static, ()> {
        let this = self.clone();
        Box::pin(async move { this.sign_out(ticket).await })
    }

    fn drain(&self) -> BoxFuture<'static, ()> {
        let this = self.clone();
        Box::pin(async move { this.drain().await })
    }
}
