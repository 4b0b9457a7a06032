//! Signing in and out.
use super::failure::Failure;
use super::guard::Client;
use super::{App, cookie};
use crate::config::Provider;
use crate::metrics;
use crate::seal::Claims;
use crate::secret::{Credentials, LoginTicket, Protocol, Secret};
use crate::session::Who;
use crate::throttle::Verdict;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::{ApiError, ErrorKind};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes of the sign-in form.
const MAX_BODY: usize = 8 << 10;
/// RFC 5321 §4.5.3.1.3: a path has 256 octets with its angle brackets.
pub(super) const MAX_ADDRESS: usize = 254;
const MAX_PASSWORD: usize = 1024;
/// No refusal is quicker than this, so that its time tells nothing about why (unknown user, wrong password).
pub(super) const REFUSAL_TIME: Duration = Duration::from_millis(1000);

#[derive(Deserialize)]
struct Form {
    address: String,
    #[serde(deserialize_with = "secret")]
    password: Secret,
    /// "This is my device": the cookie outlives the browser's session.
    #[serde(default)]
    remember: bool,
    /// `imap` or `pop3`, where the person chose.
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

pub async fn login(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let form = read(&headers, body)?;
    let address = address(&form.address)?;
    let provider = app.config.provider_for(&address).cloned();
    let provider = provider.ok_or(Failure::new(ErrorKind::UnknownProvider))?;
    let protocol = protocol(&provider, form.kind.as_deref())?;
    let who = Who {
        ticket: LoginTicket::random(),
        credentials: credentials(&provider, address, form.password, protocol),
        provider: provider.clone(),
    };
    let (ticket, credentials) = (who.ticket, who.credentials.clone());
    throttled(&app, client, &credentials.address, app.backend.sign_in(who)).await?;
    let earlier = cookie::claims(&app, &headers).await.ok();
    let now = app.clock.now();
    let claims =
        Claims::new(ticket, credentials, &provider.name, form.remember, now, app.config.session.max_days);
    let sealed = app.keeper.seal(&claims, now).map_err(|_| Failure::new(ErrorKind::Internal))?;
    if let Some(earlier) = earlier {
        // This browser has one sign-in; the one that the new cookie replaces ends (R21).
        end(&app, earlier).await;
    }
    let cookie = cookie::set(&app, &sealed, &claims, now).ok_or(Failure::new(ErrorKind::Internal))?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({"ok": true}))).into_response())
}

pub(super) fn credentials(
    provider: &Provider,
    address: String,
    password: Secret,
    protocol: Protocol,
) -> Credentials {
    let login = provider.login_name(&address);
    Credentials { address, login, password, protocol }
}

/// Signs in to a mail server as often as the throttle allows. No refusal of a password is quicker than another one.
pub(super) async fn throttled<T>(
    app: &App,
    client: Client,
    address: &str,
    signing_in: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, Failure> {
    let began = Instant::now();
    let attempt = app.door.attempt(client.ip, address).await?;
    match attempt.verdict {
        Verdict::Refused { limit, .. } => {
            metrics::limit_hit(limit);
            return Err(Failure::new(ErrorKind::TooManyFailures));
        }
        Verdict::Go { delay } => tokio::time::sleep(delay).await,
    }
    let outcome = signing_in.await;
    metrics_of(outcome.as_ref().err(), began);
    match outcome {
        Ok(done) => {
            app.door.succeeded(attempt).await;
            Ok(done)
        }
        Err(error) if error.kind == ErrorKind::WrongPassword => {
            // The server's words may differ for an unknown user; ours don't.
            tokio::time::sleep_until(began + REFUSAL_TIME).await;
            Err(Failure::new(ErrorKind::WrongPassword))
        }
        Err(error) => {
            app.door.undecided(attempt).await;
            Err(error.into())
        }
    }
}

/// Ends the session at once, here and upstream (R21). Device mail stays where it is, so the storage isn't cleared (R38).
pub async fn logout(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    if let Ok(claims) = cookie::claims(&app, &headers).await {
        end(&app, claims).await;
    }
    let cookie = cookie::clear(&app).ok_or(Failure::new(ErrorKind::Internal))?;
    let clear = (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok(([(header::SET_COOKIE, cookie), clear], Json(json!({"ok": true}))).into_response())
}

async fn end(app: &App, claims: Claims) {
    app.door.revoke(claims.ticket, claims.expires, app.clock.now()).await;
    app.backend.sign_out(claims.ticket).await;
    app.spools.remove_all(claims.ticket).await;
}

fn read(headers: &HeaderMap, body: Bytes) -> Result<Form, Failure> {
    let form: Form = json(headers, &body)?;
    sound(&form.password)?;
    Ok(form)
}

/// NUL can't be sent to any mail server; everything else is the codec's to quote (R14).
pub(super) fn sound(password: &Secret) -> Result<(), Failure> {
    let password = password.expose();
    match password.len() > MAX_PASSWORD || password.contains('\0') || password.is_empty() {
        true => Err(Failure::new(ErrorKind::WrongPassword)),
        false => Ok(()),
    }
}

pub(super) fn json<T: serde::de::DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Failure> {
    let mime = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let mime = mime.split(';').next().unwrap_or("").trim();
    if !mime.eq_ignore_ascii_case("application/json") {
        return Err(Failure::status(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorKind::BadRequest));
    }
    if body.len() > MAX_BODY {
        return Err(Failure::new(ErrorKind::TooBig));
    }
    serde_json::from_slice(body).map_err(|_| Failure::new(ErrorKind::BadRequest))
}

/// What was chosen, or else what the provider has; IMAP where it has both.
fn protocol(provider: &Provider, chosen: Option<&str>) -> Result<Protocol, Failure> {
    match chosen {
        Some("pop3") if provider.pop3.is_some() => Ok(Protocol::Pop3),
        Some("imap") if provider.imap.is_some() => Ok(Protocol::Imap),
        Some(_) => Err(Failure::new(ErrorKind::Unsupported)),
        None if provider.imap.is_none() && provider.pop3.is_some() => Ok(Protocol::Pop3),
        None => Ok(Protocol::Imap),
    }
}

/// Which types of account there are for an address's domain, so that the form asks only where there is a choice. Tells what the
/// configuration says and nothing about people.
pub async fn types(State(app): State<Arc<App>>, Query(asked): Query<Asked>) -> Response {
    let provider = app.config.provider_for(&format!("@{}", asked.domain));
    let has = |there: bool, name: &'static str| there.then_some(name);
    let types: Vec<&str> = provider.map_or(Vec::new(), |p| {
        [has(p.imap.is_some(), "imap"), has(p.pop3.is_some(), "pop3")].into_iter().flatten().collect()
    });
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(json!({"types": types})))
        .into_response()
}

#[derive(Deserialize)]
pub struct Asked {
    domain: String,
}

/// A mailbox we could sign in to. Only what would break elsewhere is refused; the server judges the rest.
pub(super) fn address(typed: &str) -> Result<String, Failure> {
    let typed = typed.trim();
    let sound = typed.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    match sound && typed.len() <= MAX_ADDRESS && !typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        true => Ok(typed.to_owned()),
        false => Err(Failure::new(ErrorKind::BadAddress)),
    }
}

fn metrics_of(failed: Option<&ApiError>, began: Instant) {
    let label = failed.map_or_else(|| "ok".to_owned(), |error| format!("{:?}", error.kind));
    ::metrics::counter!(metrics::LOGINS, "outcome" => label).increment(1);
    ::metrics::histogram!(metrics::LOGIN_SECONDS).record(began.elapsed().as_secs_f64());
}
