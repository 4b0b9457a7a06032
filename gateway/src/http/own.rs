//! `POST /api/lab/own`: experiments on the mailbox of whoever is signed in. Postcard both ways. One run at a time for each sign-in. What
//! changes the mailbox needs the number that the last look drew for the message that it named; it is good once, and for that message.
use super::cookie::SignedIn;
use super::failure::Failure;
use super::guard::Client;
use super::{App, login};
use crate::lab::own::{self, Account, Offered};
use crate::session::LoginTicket;
use axum::body::Bytes;
use axum::extract::{Extension, FromRequestParts, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::own::{Ask, Consent, Found, MAX_ASK};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Runs at once, for all who are signed in together; another is told to come again.
const MAX_RUNS: usize = 8;
/// Offers that are remembered; the oldest go first.
const MAX_OFFERS: usize = 256;
/// How long somebody may think about one.
const OFFER_LIFE: Duration = Duration::from_secs(15 * 60);

/// Who is running something, and what was offered to whom.
#[derive(Default)]
pub struct Own(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    running: Vec<LoginTicket>,
    offers: VecDeque<Made>,
}

/// An offer that was made.
struct Made {
    to: LoginTicket,
    consent: Consent,
    offered: Offered,
    until: Instant,
}

impl Own {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: this sign-in has one already, or there are too many.
    fn begin(&self, who: LoginTicket) -> Option<Running<'_>> {
        let mut kept = self.lock();
        if kept.running.len() >= MAX_RUNS || kept.running.contains(&who) {
            return None;
        }
        kept.running.push(who);
        Some(Running { own: self, who })
    }

    /// Whatever was offered before isn't any more.
    fn offer(&self, to: LoginTicket, offered: Offered) -> Consent {
        let consent = Consent(rand::random());
        let mut kept = self.lock();
        kept.forget(to);
        if kept.offers.len() >= MAX_OFFERS {
            kept.offers.pop_front();
        }
        kept.offers.push_back(Made { to, consent, offered, until: Instant::now() + OFFER_LIFE });
        consent
    }

    /// What was offered to this sign-in under this number; it isn't any more then, whatever comes of it.
    fn take(&self, by: LoginTicket, consent: Consent) -> Option<Offered> {
        let mut kept = self.lock();
        let now = Instant::now();
        kept.offers.retain(|offer| offer.until > now);
        let at = kept.offers.iter().position(|offer| offer.to == by && offer.consent == consent)?;
        kept.offers.remove(at).map(|offer| offer.offered)
    }
}

impl Kept {
    fn forget(&mut self, whose: LoginTicket) {
        self.offers.retain(|offer| offer.to != whose);
    }
}

/// Until it is over, whether it ends or nobody waits for it any more.
struct Running<'a> {
    own: &'a Own,
    who: LoginTicket,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.own.lock().running.retain(|who| *who != self.who);
    }
}

pub async fn own(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let SignedIn { who, .. } = SignedIn::from_request_parts(&mut parts, &app).await?;
    let body = axum::body::to_bytes(body, MAX_ASK).await.map_err(|_| Failure::new(ErrorKind::TooBig))?;
    let ask = read(&body)?;
    let _running = app.own.begin(who.ticket).ok_or(Failure::new(ErrorKind::Busy))?;
    let offered = match ask {
        Ask::Look => None,
        // Nobody is met without it.
        Ask::Fetch(consent) => Some(app.own.take(who.ticket, consent).ok_or(Failure::new(ErrorKind::Gone))?),
    };
    let account =
        Account { net: &app.net, provider: &who.provider, who: &who.credentials, now: app.clock.now() };
    let run = async {
        match &offered {
            None => own::look(&account).await.map(|(found, offered)| Found {
                offer: offered
                    .map(|offered| own::offer(&offered, app.own.offer(who.ticket, offered.clone()))),
                ..found
            }),
            Some(offered) => own::fetch(&account, offered).await,
        }
    };
    // It signs in, so it counts as a try until it is known to be none.
    let found = login::throttled(&app, client, &who.credentials.address, run).await?;
    let bytes = postcard::to_allocvec(&found).map_err(|_| Failure::new(ErrorKind::Internal))?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, bytes).into_response())
}

fn read(body: &Bytes) -> Result<Ask, Failure> {
    postcard::from_bytes(body).map_err(|_| Failure::new(ErrorKind::BadRequest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: LoginTicket = LoginTicket([1; 16]);
    const BORA: LoginTicket = LoginTicket([2; 16]);

    #[tokio::test(start_paused = true)]
    async fn an_offer_is_good_once_for_whom_it_was_made_to_and_for_a_while() {
        let own = Own::default();
        let offered = Offered::for_tests("Minutes");
        let consent = own.offer(ADA, offered.clone());
        assert_eq!(own.take(BORA, consent), None);
        assert_eq!(own.take(ADA, Consent([0; 16])), None);
        assert_eq!(own.take(ADA, consent), Some(offered.clone()));
        assert_eq!(own.take(ADA, consent), None, "once");
        let first = own.offer(ADA, offered.clone());
        let second = own.offer(ADA, Offered::for_tests("Another"));
        assert_eq!(own.take(ADA, first), None, "another look, another offer");
        tokio::time::advance(OFFER_LIFE).await;
        assert_eq!(own.take(ADA, second), None, "too late");
        for n in 0..=MAX_OFFERS {
            own.offer(LoginTicket([n as u8; 16]), offered.clone());
        }
        assert!(own.lock().offers.len() <= MAX_OFFERS);
    }

    #[test]
    fn one_run_at_a_time() {
        let own = Own::default();
        let running = own.begin(ADA).expect("the first");
        assert!(own.begin(ADA).is_none());
        assert!(own.begin(BORA).is_some(), "and it is over at once");
        drop(running);
        assert!(own.begin(ADA).is_some());
        let all: Vec<_> = (10..).take(MAX_RUNS).map(|n| own.begin(LoginTicket([n; 16]))).collect();
        assert!(all.iter().all(Option::is_some) && own.begin(ADA).is_none());
    }
}
