//! The account against POP3 servers that follow a script: locked, hasty, without UIDL or TOP, broken half-way.
mod fetching;
mod naming;
mod pressure;
mod removing;
mod server;
mod signing_in;
mod unchanged;

use crate::account::request::{Answer, Output, Request, RetrieveEvent, Ticket};
use crate::account::{Account, Tell};
use pyeonji_shared::call::device::{Listing, Removed, Wanted};
use pyeonji_shared::device::Uidl;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use server::Server;
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(10);

async fn output(account: &mut Account) -> Output {
    let output = tokio::time::timeout(PATIENCE, account.outputs.recv()).await;
    *output.expect("in time").expect("the task lives")
}

async fn tell(account: &Account, ticket: u64, request: Request) {
    account.requests.send(Tell::Do(Ticket(ticket), request.into())).await.expect("the task lives");
}

async fn ask(account: &mut Account, request: Request) -> (Result<Answer, ApiError>, Vec<Event>) {
    tell(account, 1, request).await;
    let mut events = Vec::new();
    loop {
        match output(account).await {
            Output::Done { ticket: Ticket(1), result } => return (result, events),
            Output::Event(event) => events.push(event),
            other => panic!("{other:?}"),
        }
    }
}

async fn look(account: &mut Account) -> Result<Listing, ApiError> {
    match ask(account, Request::Look { seen: None }).await.0 {
        Ok(Answer::Listing(listing)) => Ok(*listing),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    }
}

async fn remove(account: &mut Account, names: &[&str]) -> Result<Removed, ApiError> {
    let uidls = names.iter().map(|name| Uidl((*name).into())).collect();
    match ask(account, Request::Remove { uidls }).await.0 {
        Ok(Answer::Removed(removed)) => Ok(removed),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    }
}

fn whole(name: &str) -> Wanted {
    Wanted { uidl: Uidl(name.into()), lines: None }
}

/// What each item brought, and the answer.
async fn retrieve(
    account: &mut Account,
    items: Vec<Wanted>,
) -> (Vec<Result<String, ErrorKind>>, Result<(), ErrorKind>) {
    let (out, events) = mpsc::channel(4);
    tell(account, 1, Request::Retrieve { items, out }).await;
    let got = tokio::time::timeout(PATIENCE, collect(events)).await.expect("in time");
    loop {
        match output(account).await {
            Output::Done { ticket: Ticket(1), result } => return (got, result.map(drop).map_err(|e| e.kind)),
            Output::Event(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn collect(mut events: mpsc::Receiver<RetrieveEvent>) -> Vec<Result<String, ErrorKind>> {
    let (mut got, mut bytes) = (Vec::new(), Vec::new());
    while let Some(event) = events.recv().await {
        match event {
            RetrieveEvent::Piece { item, bytes: piece } => {
                assert_eq!(item as usize, got.len(), "in order");
                bytes.extend_from_slice(&piece);
            }
            RetrieveEvent::End { item, result } => {
                assert_eq!(item as usize, got.len(), "in order");
                let bytes = std::mem::take(&mut bytes);
                if let Ok(size) = result {
                    assert_eq!(size, bytes.len() as u64);
                }
                got.push(result.map(|_| String::from_utf8(bytes).expect("text")).map_err(|e| e.kind));
            }
        }
    }
    got
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.messages.iter().map(|m| m.uidl.0.as_str()).collect()
}

/// Three messages, one of them with lines that begin with dots.
async fn three() -> Server {
    Server::start(&[
        ("a", "Subject: one\r\n\r\n1\r\n"),
        ("b", "Subject: two\r\n\r\n.\r\n..2\r\n"),
        ("c", "Subject: three\r\n\r\n3\r\n"),
    ])
    .await
}
