//! What each call means, one file per family of `shared::call`. A call is either one request to the account or a
//! task of several steps; both end in one [`Outcome`].
mod body;
pub mod compose;
pub mod device;
pub mod folders;
pub mod list;
pub mod organise;
pub mod read;
pub mod search;

use super::ops::Outcome;
use super::registry::Registry;
use super::{Services, Who};
use crate::account::request::{Answer, Request};
use crate::net::wire::Wire;
use futures_util::future::BoxFuture;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::OpId;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A request to the account from outside the session's own loop.
pub struct Ask {
    /// Boxed: a channel reserves room for 32 items at once, filled or not.
    pub request: Box<Request>,
    pub reply: oneshot::Sender<Result<Answer, ApiError>>,
    /// What the page asked for; 0: a download, or unknown.
    pub cause: u32,
}

/// Lets tasks and downloads use a session's account; ends with the session.
#[derive(Clone)]
pub struct Asker {
    pub to: mpsc::Sender<Ask>,
    pub cause: u32,
    /// The recording of the session's connections.
    pub wire: Wire,
}

impl Asker {
    pub async fn ask(&self, request: Request) -> Result<Answer, ApiError> {
        self.start(request).await?.await.unwrap_or_else(|_| Err(ApiError::new(ErrorKind::Disconnected)))
    }

    /// Starts a request whose answer may be waited for later, or not at all.
    pub async fn start(
        &self,
        request: Request,
    ) -> Result<oneshot::Receiver<Result<Answer, ApiError>>, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.to
            .send(Ask { request: Box::new(request), reply, cause: self.cause })
            .await
            .map_err(|_| ApiError::new(ErrorKind::SignedOut))?;
        Ok(answer)
    }
}

/// Bytes of a running send, for the page's progress bar. Lossy: the next one says more.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub op: OpId,
    pub done: u64,
    pub total: u64,
}

/// What a call's task may use.
#[derive(Clone)]
pub struct Context {
    pub services: Services,
    pub who: Arc<Who>,
    pub asker: Asker,
    pub progress: mpsc::Sender<Progress>,
    pub registry: Registry,
}

impl Context {
    /// For one request of the page: what is said to mail servers belongs to it.
    pub fn caused_by(&self, cause: u32) -> Self {
        let mut context = self.clone();
        context.asker.cause = cause;
        context.services.net = context.services.net.caused_by(cause);
        context
    }

    /// Counts one send against the account's quota.
    async fn may_send(&self) -> bool {
        self.registry.may_send(&self.who).await
    }
}

/// How a call is carried out.
pub enum Work {
    Request(Request),
    /// Goes after interactive work.
    Background(Request),
    Task(BoxFuture<'static, Outcome>),
    /// Mail for the device, taken as the page gives credit. The work ends when nobody takes it any more.
    Mail(BoxFuture<'static, ()>, device::Stream),
}

/// Checks a call and says how it is carried out. `op` is set for mutations.
pub fn work(context: &Context, op: OpId, call: Call) -> Result<Work, ApiError> {
    match call {
        Call::Folders(call) => folders::work(call),
        Call::Open(call) => list::open(call),
        Call::Window(call) => list::window(call),
        Call::Rows(call) => list::rows(call),
        Call::Read(call) => read::work(call),
        Call::Search(call) => search::work(call),
        Call::SetFlags(call) => organise::set_flags(call),
        Call::Move(call) => organise::move_to(call),
        Call::Delete(call) => organise::delete(call),
        Call::Send(call) => compose::send(context.clone(), op, call),
        Call::SaveDraft(call) => compose::save_draft(context.clone(), call),
        Call::FindSent(call) => compose::find_sent(call),
        Call::Look(call) => device::look(call),
        Call::Retrieve(call) => device::retrieve(context.clone(), call),
        Call::Remove(call) => device::remove(call),
        Call::Built(call) => device::built(context.clone(), call),
        Call::Refresh => Ok(Work::Request(Request::Refresh)),
    }
}

/// The page's form of an answer; `None` for answers that no call passes on as they are.
pub fn reply(answer: Answer) -> Option<Reply> {
    Some(match answer {
        Answer::Ok => Reply::Ok,
        Answer::Folders(folders) => Reply::Folders(folders),
        Answer::Open(snapshot) => Reply::Open(snapshot),
        Answer::Window(rows) => Reply::Window(rows),
        Answer::Rows(rows) => Reply::Rows(rows),
        Answer::Search(found) => Reply::Search(found),
        Answer::Moved(moved) => Reply::Moved(moved),
        Answer::Found(at) => Reply::FoundSent(at),
        Answer::Listing(listing) => Reply::Listing(listing),
        Answer::Removed(removed) => Reply::Removed(removed),
        Answer::Read(_) | Answer::Appended(_) | Answer::Snapshot(_) => return None,
    })
}

fn bad(words: &str) -> ApiError {
    ApiError::new(ErrorKind::BadRequest).with_detail(words)
}
