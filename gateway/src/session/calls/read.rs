//! Reading one message: the account fetches it raw, the mail threads turn it into a view.
use super::{Work, bad};
use crate::account::request::{RawMessage, Request};
use crate::mail::worker::Worker;
use crate::session::ops::Outcome;
use pyeonji_shared::call::Reply;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::MessageRef;

pub fn work(Read { at, background }: Read) -> Result<Work, ApiError> {
    if at.uid.0 == 0 {
        return Err(bad("uid"));
    }
    let request = Request::Read { at, background };
    Ok(if background { Work::Background(request) } else { Work::Request(request) })
}

/// The second half, once the bytes are here.
pub async fn render(worker: Worker, at: MessageRef, raw: RawMessage) -> Outcome {
    Ok(Reply::Read(Box::new(worker.render(at, raw).await)))
}
