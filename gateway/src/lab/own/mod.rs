//! Experiments on one's own mailbox: the servers of the account that is signed in are met as the product meets them (its egress guard,
//! TLS and engines), and what passes is recorded by its recorder. [`look()`] changes nothing: IMAP by EXAMINE, STATUS, FETCH and
//! GETQUOTAROOT, POP3 by STAT, LIST, UIDL and QUIT. [`fetch()`] fetches one message by POP3, and only one that a look has offered.
mod claims;
mod device;
mod imap;
mod pop3;
mod report;
mod words;

use crate::config::Provider;
use crate::net::{Net, Proto};
use crate::secret::Credentials;
use claims::Looked;
use device::Device;
use imap::Session;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{Uid, UidValidity};
use pyeonji_shared::lab::own::{Consent, Found, Offer};
use pyeonji_shared::lab::scenario::{Step, Words};
use report::{IMAP, POP3, Steps};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// For one protocol's part of a run, whatever the limits of each step.
const TIME: Duration = Duration::from_secs(20);
/// Messages of a mailbox that POP3 lists; of a larger one only STAT is asked, and a note says so.
pub const MAX_LISTED: u32 = 20_000;
/// Folders whose messages are counted.
pub const MAX_FOLDERS: usize = 200;

/// Whose mailbox, and by whose servers.
pub struct Account<'a> {
    pub net: &'a Net,
    pub provider: &'a Arc<Provider>,
    pub who: &'a Credentials,
    /// Seconds since 1970-01-01 UTC.
    pub now: i64,
}

/// The message that may be fetched by POP3 once the person agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub subject: String,
    message_id: String,
    validity: UidValidity,
    uid: Uid,
    /// Newer messages in the Inbox.
    newer: u32,
}

#[cfg(test)]
impl Offered {
    pub fn for_tests(subject: &str) -> Self {
        let message_id = format!("<{subject}@blue.test>");
        Self { subject: subject.to_owned(), message_id, validity: UidValidity(1), uid: Uid(1), newer: 0 }
    }
}

/// Looks at the mailbox by both protocols, and changes nothing in it.
///
/// # Errors
/// When nothing could be seen by any of them.
pub async fn look(account: &Account<'_>) -> Result<(Found, Option<Offered>), ApiError> {
    let mut steps = Steps::new(account);
    let (mut seen, mut troubles, mut notes) = (Looked::default(), Vec::new(), Vec::new());
    let mut offered = None;
    let mut session = None;
    let check = |device: &str| Step::Check { device: device.to_owned() };
    if account.provider.imap.is_some() {
        let first = in_time(async {
            let mut session = Session::open(account, &steps.imap).await?;
            let folders = session.overview().await?;
            Ok((session, folders))
        });
        match first.await {
            Ok((open, folders)) => {
                seen.imap = Some(folders);
                session = Some(open);
            }
            // Whoever isn't let in by one isn't let in by the other; and tries are counted.
            Err(error) if error.kind == ErrorKind::WrongPassword => return Err(error),
            Err(error) => troubles.push((Proto::Imap, error)),
        }
        steps.done(check(IMAP), Device::Imap);
    } else {
        notes.push(words::no_server("IMAP", "POP3"));
    }
    if account.provider.pop3.is_some() {
        match in_time(pop3::look(account, &steps.pop3)).await {
            Ok(maildrop) => seen.pop3 = Some(maildrop),
            Err(error) => troubles.push((Proto::Pop3, error)),
        }
        steps.done(check(POP3), Device::Pop3);
    } else {
        notes.push(words::no_server("POP3", "IMAP"));
    }
    if let (None, None) = (&seen.imap, &seen.pop3) {
        let none = ApiError::new(ErrorKind::Unsupported);
        return Err(troubles.into_iter().next().map_or(none, |(_, error)| error));
    }
    seen.cost_of(&steps);
    if let Some(mut session) = session {
        let more = in_time(async {
            let more = session.details().await?;
            session.end().await;
            Ok(more)
        });
        match more.await {
            Ok((rows, quota)) => {
                offered = claims::offered(&rows);
                (seen.rows, seen.quota) = (rows, quota);
            }
            Err(error) => troubles.push((Proto::Imap, error)),
        }
        steps.done(check(IMAP), Device::Imap);
    }
    notes.extend(words::bounds(&seen));
    let claims = claims::claims(&seen, account.now);
    let title = words::title_look();
    let answer = steps.answer(title, &seen);
    let found = Found { answer, claims, notes, troubles, offer: None };
    // Without POP3 nothing can be fetched by it.
    Ok((found, offered.filter(|_| seen.pop3.is_some())))
}

/// The offer in words: which message, and what may happen to it.
pub fn offer(offered: &Offered, consent: Consent) -> Offer {
    words::offer(&offered.subject, consent)
}

/// Fetches the offered message by POP3, after the person agreed, and looks by IMAP what became of it. Nothing else is fetched.
///
/// # Errors
/// When the message isn't there any more, or can't be told from others; then nothing was fetched.
pub async fn fetch(account: &Account<'_>, offered: &Offered) -> Result<Found, ApiError> {
    let mut steps = Steps::new(account);
    let check = || Step::Check { device: IMAP.to_owned() };
    let before = state(account, &steps.imap, offered).await?;
    let before = before.ok_or_else(|| ApiError::new(ErrorKind::Gone))?;
    steps.done(check(), Device::Imap);
    let octets = in_time(pop3::fetch(account, &steps.pop3, offered)).await?;
    steps.done(Step::Read { device: POP3.to_owned(), message: offered.subject.clone() }, Device::Pop3);
    // On a connection of its own: what is so, not what this one has been told.
    let after = state(account, &steps.imap, offered).await;
    steps.done(check(), Device::Imap);
    let (after, troubles) = match after {
        Ok(after) => (Some(after), Vec::new()),
        Err(error) => (None, vec![(Proto::Imap, error)]),
    };
    let claims = vec![claims::fetched(before, after, octets, &offered.subject)];
    let answer = steps.answer(words::title_fetch(), &Looked::default());
    Ok(Found { answer, claims, notes: Vec::<Words>::new(), troubles, offer: None })
}

/// Whether the message is marked as read; `None`: it isn't in the Inbox.
async fn state(
    account: &Account<'_>,
    device: &device::Recorded,
    offered: &Offered,
) -> Result<Option<bool>, ApiError> {
    in_time(async {
        let mut session = Session::open(account, device).await?;
        let read = session.is_read(offered.validity, offered.uid).await?;
        session.end().await;
        Ok(read)
    })
    .await
}

async fn in_time<T>(work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    timeout(TIME, work).await.unwrap_or_else(|_| Err(ApiError::new(ErrorKind::ServerTimeout)))
}
