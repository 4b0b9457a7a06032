//! `POST /api/lab/card`: the report card of a provider, for the page. Postcard both ways; JSON back for whoever accepts that alone.
//! Each card counts as a try to sign in, so that nobody guesses passwords here, and no stranger makes us knock at servers for long.
use super::cookie::SignedIn;
use super::failure::Failure;
use super::guard::Client;
use super::{App, login};
use crate::config::Provider;
use crate::lab::card::{any_host, make};
use crate::metrics;
use crate::secret::{Credentials, Protocol, Secret};
use crate::throttle::Verdict;
use axum::body::Bytes;
use axum::extract::{Extension, FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::card::{Ask, Card, MAX_ASK, SignIn};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// Cards that are made at once, for all visitors together.
pub const MAX_CARDS: usize = 4;
/// How long one that is too many waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whose card, and the address that counts its tries.
struct Order {
    provider: Arc<Provider>,
    who: Option<Credentials>,
    counted_as: String,
}

pub async fn card(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_ASK).await.map_err(|_| Failure::new(ErrorKind::TooBig))?;
    let order = match read(body)? {
        Ask::Own => own(SignedIn::from_request_parts(&mut parts, &app).await?),
        Ask::Provider { address, password } => configured(&app, client, &address, password)?,
        Ask::Host { host, user } => anywhere(&app, client, &host, user)?,
    };
    answer(&parts.headers, &counted(&app, client, order).await?)
}

fn read(body: Bytes) -> Result<Ask, Failure> {
    postcard::from_bytes(&body).map_err(|_| Failure::new(ErrorKind::BadRequest))
}

fn own(SignedIn { who, .. }: SignedIn) -> Order {
    Order { provider: who.provider, counted_as: who.credentials.address.clone(), who: Some(who.credentials) }
}

fn configured(app: &App, client: Client, address: &str, password: Option<String>) -> Result<Order, Failure> {
    let unknown = || Failure::new(ErrorKind::UnknownProvider);
    let Some(password) = password.map(Secret::new) else {
        let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain).trim();
        let provider = app.config.provider_for(&format!("@{domain}")).cloned().ok_or_else(unknown)?;
        return Ok(Order { counted_as: nobody(client, domain), provider, who: None });
    };
    login::sound(&password)?;
    let address = login::address(address)?;
    let provider = app.config.provider_for(&address).cloned().ok_or_else(unknown)?;
    let who = login::credentials(&provider, address.clone(), password, Protocol::Imap);
    Ok(Order { provider, who: Some(who), counted_as: address })
}

fn anywhere(app: &App, client: Client, host: &str, user: Option<(String, String)>) -> Result<Order, Failure> {
    if !app.config.egress.allow_any_host {
        return Err(Failure::new(ErrorKind::Unsupported));
    }
    let provider = any_host(host).ok_or(Failure::new(ErrorKind::BadAddress))?;
    let Some((login, password)) = user.map(|(login, password)| (login, Secret::new(password))) else {
        return Ok(Order {
            counted_as: nobody(client, &provider.name),
            provider: Arc::new(provider),
            who: None,
        });
    };
    login::sound(&password)?;
    if login.is_empty() || login.len() > login::MAX_ADDRESS || login.chars().any(char::is_control) {
        return Err(Failure::new(ErrorKind::BadAddress));
    }
    let counted_as = format!("{login} at {}", provider.name);
    let who = Credentials { address: login.clone(), login, password, protocol: Protocol::Imap };
    Ok(Order { provider: Arc::new(provider), who: Some(who), counted_as })
}

/// Nobody signs in; then the visitor is delayed, and nobody else is.
fn nobody(client: Client, domain: &str) -> String {
    format!("card of {domain} for {}", client.ip)
}

/// Makes it as often as the throttle allows.
async fn counted(app: &App, client: Client, order: Order) -> Result<Card, Failure> {
    let began = Instant::now();
    let attempt = app.door.attempt(client.ip, &order.counted_as).await?;
    match attempt.verdict {
        Verdict::Refused { limit, .. } => {
            metrics::limit_hit(limit);
            return Err(Failure::new(ErrorKind::TooManyFailures));
        }
        Verdict::Go { delay } => sleep(delay).await,
    }
    let Ok(Ok(_place)) = tokio::time::timeout(PATIENCE, app.cards.acquire()).await else {
        app.door.undecided(attempt).await;
        return Err(Failure::new(ErrorKind::Busy));
    };
    let card = make(&app.net, &order.provider, order.who.as_ref(), app.clock.now()).await;
    let accepted = card.services.iter().any(|service| service.sign_in == SignIn::Accepted);
    let wrong = card.services.iter().any(
        |service| matches!(&service.sign_in, SignIn::Refused(error) if error.kind == ErrorKind::WrongPassword),
    );
    if accepted {
        app.door.succeeded(attempt).await;
    } else if wrong {
        sleep_until(began + login::REFUSAL_TIME).await;
    } else if order.who.is_some() {
        app.door.undecided(attempt).await;
    }
    Ok(card)
}

fn answer(headers: &HeaderMap, card: &Card) -> Result<Response, Failure> {
    let wants_json = headers.get(header::ACCEPT).is_some_and(|v| v == "application/json");
    let internal = |_| Failure::status(StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal);
    let (mime, bytes) = match wants_json {
        true => ("application/json", serde_json::to_vec(card).map_err(|e| internal(e.to_string()))?),
        false => {
            ("application/octet-stream", postcard::to_allocvec(card).map_err(|e| internal(e.to_string()))?)
        }
    };
    Ok(([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-store")], bytes).into_response())
}
