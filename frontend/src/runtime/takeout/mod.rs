//! Carries out what is taken out of this device and brought in, step by step, for as long as the state wants it.
mod bring;
mod export;
mod send;

use super::{dispatch, read};
use crate::device::lock::{self, Guard};
use crate::dom::http;
use crate::dom::tasks::later;
use crate::state::Msg;
use crate::state::mail::MailEvent;
use crate::state::mail::takeout::{Account, Order, Told, Work};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::rescue::Begun;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

thread_local! {
    /// What is being brought in, between two batches.
    static BRINGING: RefCell<Option<bring::Bringing>> = const { RefCell::new(None) };
    /// One takeout at a time, whatever the number of tabs.
    static HELD: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

fn tell(told: Told) {
    dispatch(Msg::Mail(MailEvent::Takeout(told)));
}

/// The state still wants the work of that number: the person hasn't stopped it, and it is the same account.
fn goes_on(number: u32) -> bool {
    read(|m| m.mail.as_ref().is_some_and(|mail| mail.takeout.goes_on(number)))
}

pub fn execute(order: Order) {
    match order {
        Order::Begin(number, work) => later(async move {
            if let Some(end) = begin(number, work).await {
                tell(Told::Ended(number, end.err()));
            }
        }),
        Order::Next(number) => later(next(number)),
        Order::End => {
            BRINGING.take();
            HELD.take();
            later(http::leave());
        }
    }
}

/// `None`: it isn't at its end.
async fn begin(number: u32, work: Work) -> Option<Result<(), ApiError>> {
    let Some(guard) = lock::hold(&format!("pyeonji:{}:takeout", super::mail::address())).await else {
        return Some(Err(ApiError::new(ErrorKind::InUse)));
    };
    HELD.set(Some(guard));
    let bringing = match work {
        Work::Export(plan) => return Some(export::run(number, plan).await),
        Work::Send(account, sending) => return Some(send::run(number, account, sending).await),
        Work::Reach(account) => {
            return Some(reach(account).await.map(|begun| tell(Told::Reached(number, Box::new(begun)))));
        }
        Work::Import { files, own } => bring::Bringing::files(files, own),
        Work::Fetch(account, folder) => match bring::Bringing::folder(account, folder).await {
            Ok(bringing) => bringing,
            Err(error) => return Some(Err(error)),
        },
    };
    tell(Told::Of(number, bringing.of()));
    BRINGING.set(Some(bringing));
    next(number).await;
    None
}

async fn next(number: u32) {
    let Some(mut bringing) = BRINGING.take().filter(|_| goes_on(number)) else {
        return tell(Told::Ended(number, None));
    };
    match bringing.batch(number).await {
        Ok(batch) => {
            BRINGING.set(Some(bringing));
            tell(Told::Batch(number, Box::new(batch)));
        }
        Err(error) => tell(Told::Ended(number, Some(error))),
    }
}

async fn reach(Account { address, password }: Account) -> Result<Begun, ApiError> {
    let bytes = http::reach(address.trim(), &password.0).await?;
    postcard::from_bytes(&bytes).map_err(|_| ApiError::new(ErrorKind::Internal))
}

/// Waits for all of them at once.
async fn all<'a, T>(mut work: Vec<Pin<Box<dyn Future<Output = T> + 'a>>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = work.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut left = false;
        for (work, done) in work.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            match work.as_mut().poll(cx) {
                Poll::Ready(value) => *done = Some(value),
                Poll::Pending => left = true,
            }
        }
        if left { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// What goes wrong with one message and will with every other.
fn ends_it(error: &ApiError) -> bool {
    use ErrorKind::{
        Busy, Cancelled, Device, DeviceFull, Disconnected, Offline, OverQuota, ServerDown, ServerTimeout,
        SignedOut, TooManyFailures, Unsupported, WrongPassword,
    };
    matches!(
        error.kind,
        Busy | Cancelled
            | Device
            | DeviceFull
            | Disconnected
            | Offline
            | OverQuota
            | ServerDown
            | ServerTimeout
            | SignedOut
            | TooManyFailures
            | Unsupported
            | WrongPassword
    )
}
