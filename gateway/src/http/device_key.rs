//! `POST /api/device-key`: the key that opens mail which is encrypted on a device. It is derived from the account's password
//! each time, so that nothing is kept here and only who can sign in to the account gets it.
//!
//! `{"salt": 32 hexadecimal digits, "password": an earlier one or none}` → 32 octets. The salt lies with the mail on the device.
use super::App;
use super::cookie::SignedIn;
use super::failure::Failure;
use super::login::{json, secret, sound};
use crate::secret::Secret;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::ErrorKind;
use ring::pbkdf2;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Octets of the request.
const MAX_BODY: usize = 8 << 10;
/// Rounds of PBKDF2-HMAC-SHA256: what OWASP asked for in 2023, some tenths of a second. A change makes all devices ask for their
/// recovery code.
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).expect("not zero");
/// Keys that are derived at once, for all sessions together.
pub const MAX_DERIVING: usize = 1;
/// How long one that is too many waits.
const PATIENCE: Duration = Duration::from_secs(20);
const SALT: usize = 16;
const KEY: usize = 32;

#[derive(Deserialize)]
struct Form {
    salt: String,
    /// Of before the person changed it.
    #[serde(default, deserialize_with = "typed")]
    password: Option<Secret>,
}

fn typed<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    secret(from).map(Some)
}

pub async fn device_key(
    State(app): State<Arc<App>>,
    SignedIn { who, .. }: SignedIn,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    if body.len() > MAX_BODY {
        return Err(Failure::new(ErrorKind::TooBig));
    }
    let form: Form = json(&headers, &body)?;
    let salt = octets(&form.salt).ok_or(Failure::new(ErrorKind::BadRequest))?;
    if let Some(password) = &form.password {
        sound(password)?;
    }
    let waited = tokio::time::timeout(PATIENCE, app.deriving.clone().acquire_owned()).await;
    let Ok(Ok(permit)) = waited else {
        return Err(Failure::new(ErrorKind::Busy));
    };
    let password = form.password.unwrap_or(who.credentials.password);
    let address = who.credentials.address;
    let derived = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        derive(&address, &salt, &password)
    });
    let key = derived.await.map_err(|_| Failure::new(ErrorKind::Internal))?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::OK, headers, key.to_vec()).into_response())
}

fn octets(hex: &str) -> Option<[u8; SALT]> {
    let mut octets = [0; SALT];
    if hex.len() != 2 * SALT || !hex.is_ascii() {
        return None;
    }
    for (n, octet) in octets.iter_mut().enumerate() {
        *octet = u8::from_str_radix(hex.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(octets)
}

/// Bound to the account: the same password at another address makes another key.
fn derive(address: &str, salt: &[u8; SALT], password: &Secret) -> Zeroizing<[u8; KEY]> {
    let bound = Sha256::new()
        .chain_update(b"pyeonji device key\0")
        .chain_update(address)
        .chain_update(b"\0")
        .chain_update(salt)
        .finalize();
    let mut key = Zeroizing::new([0; KEY]);
    let password = password.expose().as_bytes();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, &bound, password, key.as_mut_slice());
    key
}
