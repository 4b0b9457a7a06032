//! The one cookie: its line out, its value in, and who it says it is.
use super::App;
use super::failure::Failure;
use crate::seal::{Claims, SealError};
use crate::session::Who;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use pyeonji_shared::error::ErrorKind;
use std::sync::Arc;

/// Longest cookie value that is looked at; ours stay well below.
const MAX_VALUE: usize = 4096;

/// `Set-Cookie` for a fresh seal. Without "my device" it has no life of its own and goes with the browser.
pub fn set(app: &App, value: &str, claims: &Claims, now: i64) -> Option<HeaderValue> {
    let life = match claims.device {
        true => format!("; Max-Age={}", claims.expires.saturating_sub(now).max(0)),
        false => String::new(),
    };
    line(app, value, &life)
}

/// `Set-Cookie` that removes it.
pub fn clear(app: &App) -> Option<HeaderValue> {
    line(app, "", "; Max-Age=0")
}

fn line(app: &App, value: &str, life: &str) -> Option<HeaderValue> {
    let secure = if app.site.https() { "; Secure" } else { "" };
    let name = app.site.cookie_name();
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{life}")).ok()
}

/// The value of our cookie. Two of that name are one too many: a sibling host may have planted one.
fn value<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut ours = lines.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == app.site.cookie_name()).then_some(value)
    });
    match (ours.next(), ours.next()) {
        (Some(value), None) if value.len() <= MAX_VALUE => Some(value),
        _ => None,
    }
}

/// What the cookie of a request says, if it is ours, unbroken and in time.
pub async fn claims(app: &App, headers: &HeaderMap) -> Result<Claims, SealError> {
    let value = value(app, headers).ok_or(SealError::Malformed)?;
    let now = app.clock.now();
    let claims = app.keeper.open(value)?;
    claims.check(now, i64::from(app.config.session.idle_minutes) * 60)?;
    match app.door.is_revoked(claims.ticket).await {
        true => Err(SealError::Revoked),
        false => Ok(claims),
    }
}

/// Whoever is signed in; a request without is answered 401 and nothing else.
pub struct SignedIn {
    pub who: Who,
    pub claims: Claims,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let claims = claims(app, &parts.headers).await.map_err(|error| {
            tracing::debug!(%error, "cookie not accepted");
            Failure::new(ErrorKind::SignedOut)
        })?;
        // The operator may have taken the provider away since.
        let named = app.config.provider_for(&claims.credentials.address);
        let provider = named.filter(|p| p.name == claims.provider).cloned();
        let provider = provider.ok_or(Failure::new(ErrorKind::SignedOut))?;
        let who = Who { ticket: claims.ticket, credentials: claims.credentials.clone(), provider };
        Ok(Self { who, claims })
    }
}
