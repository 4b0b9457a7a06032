//! Copies everything into an account on a server. What is there already isn't sent; a message whose answer was lost is sent again
//! under the same name, and isn't stored twice.
use super::{all, ends_it, goes_on, reach, tell};
use crate::device::store;
use crate::device::takeout::{Sink, pause, pieces};
use crate::dom::{http, window};
use crate::link::urls;
use crate::mailbox::brought::LineEnds;
use crate::mailbox::out::{Letter, Sending};
use crate::runtime::read;
use crate::state::mail::lost;
use crate::state::mail::takeout::{Account, Failure, Step, Told, Why};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{OpId, Uid};
use pyeonji_shared::rescue::{Asked, MAX_ASKED, Stored};
use serde::de::DeserializeOwned;
use std::pin::Pin;

/// Messages on their way at once: one is stored while the next ones come.
const AT_ONCE: usize = 4;
/// Times that a message or a question is sent again, and the pauses before, milliseconds; each is twice the last.
const AGAIN: u32 = 4;
const PAUSE: i32 = 1_000;

pub async fn run(number: u32, account: Account, sending: Vec<Sending>) -> Result<(), ApiError> {
    reach(account).await?;
    for folder in &sending {
        let mut todo: Vec<&Letter> = folder.letters.iter().filter(|l| l.message_id.is_some()).collect();
        // What is there as it was sent is told first; then the rest may be there as the server has rewritten it.
        for rewritten in [false, true] {
            let mut rest = Vec::new();
            for letters in todo.chunks(MAX_ASKED) {
                if !goes_on(number) {
                    return Ok(());
                }
                rest.extend(missing(number, folder, letters, rewritten).await?);
            }
            todo = rest;
        }
        todo.extend(folder.letters.iter().filter(|l| l.message_id.is_none()));
        for letters in todo.chunks(AT_ONCE) {
            if !goes_on(number) {
                return Ok(());
            }
            store_all(number, folder, letters).await?;
        }
    }
    Ok(())
}

/// Those that the account doesn't have.
async fn missing<'a>(
    number: u32,
    folder: &Sending,
    letters: &[&'a Letter],
    rewritten: bool,
) -> Result<Vec<&'a Letter>, ApiError> {
    let asked = |letter: &&Letter| {
        let message_id = letter.message_id.clone()?;
        Some(Asked { message_id, size: letter.size, date: letter.date, rewritten })
    };
    let asked: Vec<Asked> = letters.iter().filter_map(asked).collect();
    let mut body = Sink::default();
    body.push(&postcard::to_allocvec(&asked).unwrap_or_default());
    let url = urls::rescue("have", folder, OpId(window::random()));
    let have: Vec<bool> = ask(number, &url, body).await?;
    let mut step = Step::default();
    let mut missing = Vec::new();
    for (letter, there) in letters.iter().zip(have) {
        if there {
            step.there += 1;
            step.bytes += letter.size;
        } else {
            missing.push(*letter);
        }
    }
    tell(Told::Step(number, step));
    Ok(missing)
}

async fn store_all(number: u32, folder: &Sending, letters: &[&Letter]) -> Result<(), ApiError> {
    let store = |letter: &&Letter| -> Pin<Box<dyn Future<Output = Result<Stored, ApiError>> + '_>> {
        let (url, uid) =
            (urls::rescue("append", folder, OpId(window::random())) + &urls::marks(letter), letter.uid);
        Box::pin(async move {
            let source =
                store::source(uid).await.ok().filter(|source| source.length() > 0).ok_or_else(lost)?;
            let (mut body, mut ends) = (Sink::default(), LineEnds::always());
            for piece in pieces(&source) {
                body.push(&ends.push(piece.to_vec()));
            }
            ask(number, &url, body).await
        })
    };
    let results = all(letters.iter().map(store).collect()).await;
    let (mut step, mut end) = (Step::default(), Ok(()));
    for (letter, result) in letters.iter().zip(results) {
        match result {
            Ok(Stored::Appended) => step.made += 1,
            Ok(Stored::There) => step.there += 1,
            Err(error) if ends_it(&error) && error.kind != ErrorKind::Device => {
                end = Err(error);
                continue;
            }
            Err(error) => step.failed.push(Failure { name: subject(letter.uid), why: Why::Error(error) }),
        }
        step.bytes += letter.size;
    }
    tell(Told::Step(number, step));
    end
}

fn subject(uid: u32) -> String {
    let of = |m: &crate::state::Model| {
        Some(m.mail.as_ref()?.mailbox.as_ref()?.record(Uid(uid))?.head.subject.clone())
    };
    read(of).unwrap_or_default()
}

/// Asks until there is an answer, or no hope of one.
async fn ask<T: DeserializeOwned>(number: u32, url: &str, body: Sink) -> Result<T, ApiError> {
    use ErrorKind::{Disconnected, Offline, ServerDown, ServerTimeout};
    let body = body.finish().ok_or_else(|| ApiError::new(ErrorKind::DeviceFull))?;
    let mut tries = 0;
    loop {
        match http::post(url, &body).await {
            Ok(bytes) => return postcard::from_bytes(&bytes).map_err(|_| ApiError::new(ErrorKind::Internal)),
            Err(error)
                if tries < AGAIN
                    && goes_on(number)
                    && matches!(error.kind, Disconnected | Offline | ServerDown | ServerTimeout) =>
            {
                pause(PAUSE << tries).await;
                tries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}
