//! The sealed cookie (R22): who is signed in, readable by the nodes that hold the key ring and by nobody else.
//!
//! `base64url(version · key id · account tag · nonce · XChaCha20-Poly1305(claims))`. The account tag is a digest of the
//! address and part of the associated data, as is the purpose: a cookie can't be turned into another account's, nor
//! another sealed thing into a cookie. Time is an argument.
mod keys;
#[cfg(test)]
mod tests;

use crate::secret::{Credentials, LoginTicket, Protocol, Secret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
pub use keys::{Keeper, KeyError, KeyRing};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

const VERSION: u8 = 2;
const PURPOSE: &[u8] = b"pyeonji sign-in";
/// Version, key id, account tag, nonce.
const HEAD: usize = 1 + 4 + 16 + 24;
/// A sign-in lasts so long, whatever happens (R22).
pub const LIFE_SECONDS: i64 = 12 * 3600;
/// How far another node's clock may be ahead of ours.
const CLOCK_SKEW: i64 = 120;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum SealError {
    #[error("not one of our cookies")]
    Malformed,
    #[error("sealed with a key that isn't here")]
    UnknownKey,
    #[error("altered")]
    Altered,
    #[error("its time is over")]
    Expired,
    #[error("not used for too long")]
    Idle,
    #[error("signed out")]
    Revoked,
    #[error("too large for a cookie")]
    TooLarge,
}

/// What a cookie says.
#[derive(Clone, Debug)]
pub struct Claims {
    pub ticket: LoginTicket,
    pub credentials: Credentials,
    /// Name of the provider at sign-in.
    pub provider: String,
    /// Unix seconds, as the three below.
    pub issued: i64,
    /// Absolute end; using the cookie doesn't move it.
    pub expires: i64,
    /// Last sealed; the idle time runs from here.
    pub seen: i64,
    /// "This is my device": lives for days and survives the browser's end.
    pub device: bool,
}

/// How [`Claims`] lie inside the seal.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    ticket: [u8; 16],
    address: &'a str,
    login: &'a str,
    password: &'a str,
    provider: &'a str,
    issued: i64,
    expires: i64,
    seen: i64,
    device: bool,
    pop3: bool,
}

impl Claims {
    /// A sign-in of this moment; `max_days` is the life on one's own device.
    pub fn new(
        ticket: LoginTicket,
        credentials: Credentials,
        provider: &str,
        device: bool,
        now: i64,
        max_days: u32,
    ) -> Self {
        let life = if device { i64::from(max_days) * 24 * 3600 } else { LIFE_SECONDS };
        Self {
            ticket,
            credentials,
            provider: provider.to_owned(),
            issued: now,
            expires: now + life,
            seen: now,
            device,
        }
    }

    /// In time? `idle` is how long it may lie unused; on one's own device only the absolute end counts.
    pub fn check(&self, now: i64, idle: i64) -> Result<(), SealError> {
        if now >= self.expires || self.issued > now + CLOCK_SKEW {
            return Err(SealError::Expired);
        }
        if !self.device && now - self.seen >= idle {
            return Err(SealError::Idle);
        }
        Ok(())
    }
}

fn account_tag(address: &str) -> [u8; 16] {
    let digest = Sha256::new().chain_update(b"pyeonji account\0").chain_update(address).finalize();
    let mut tag = [0; 16];
    tag.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    tag
}

/// What the seal covers beside the claims: purpose, version, key id, account.
fn associated(head: &[u8]) -> Vec<u8> {
    [PURPOSE, b"\0", head].concat()
}

impl KeyRing {
    /// Seals with the newest key that is in use.
    pub fn seal(&self, claims: &Claims, now: i64) -> Result<String, SealError> {
        let key = self.sealing_key(now).ok_or(SealError::UnknownKey)?;
        let wire = Wire {
            ticket: claims.ticket.0,
            address: &claims.credentials.address,
            login: &claims.credentials.login,
            password: claims.credentials.password.expose(),
            provider: &claims.provider,
            issued: claims.issued,
            expires: claims.expires,
            seen: claims.seen,
            device: claims.device,
            pop3: claims.credentials.protocol == Protocol::Pop3,
        };
        let plain = Zeroizing::new(postcard::to_allocvec(&wire).map_err(|_| SealError::TooLarge)?);
        let nonce: [u8; 24] = rand::random();
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&key.id.to_be_bytes());
        sealed.extend_from_slice(&account_tag(&claims.credentials.address));
        let payload = Payload { msg: &plain, aad: &associated(&sealed) };
        let body = key.cipher().encrypt(&nonce.into(), payload).map_err(|_| SealError::TooLarge)?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(URL_SAFE_NO_PAD.encode(&sealed))
    }

    /// Opens what some node with this ring sealed. Says nothing about time: see [`Claims::check`].
    pub fn open(&self, cookie: &str) -> Result<Claims, SealError> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).map_err(|_| SealError::Malformed)?;
        let (head, body) = sealed.split_at_checked(HEAD).ok_or(SealError::Malformed)?;
        let (bound, nonce) = head.split_at(HEAD - 24);
        let [VERSION, a, b, c, d, tag @ ..] = bound else { return Err(SealError::Malformed) };
        let key = self.by_id(u32::from_be_bytes([*a, *b, *c, *d])).ok_or(SealError::UnknownKey)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| SealError::Malformed)?;
        let payload = Payload { msg: body, aad: &associated(bound) };
        let plain = key.cipher().decrypt(&nonce.into(), payload).map_err(|_| SealError::Altered)?;
        let plain = Zeroizing::new(plain);
        let wire: Wire<'_> = postcard::from_bytes(&plain).map_err(|_| SealError::Malformed)?;
        if tag != account_tag(wire.address) {
            return Err(SealError::Altered);
        }
        Ok(Claims {
            ticket: LoginTicket(wire.ticket),
            credentials: Credentials {
                address: wire.address.to_owned(),
                login: wire.login.to_owned(),
                password: Secret::new(wire.password.to_owned()),
                protocol: if wire.pop3 { Protocol::Pop3 } else { Protocol::Imap },
            },
            provider: wire.provider.to_owned(),
            issued: wire.issued,
            expires: wire.expires,
            seen: wire.seen,
            device: wire.device,
        })
    }
}
