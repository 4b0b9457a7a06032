//! The socket: a pure client protocol ([`protocol`]) and thin glue to the browser.
pub mod backoff;
pub mod protocol;
pub mod urls;

#[cfg(feature = "ui")]
pub mod socket;

#[cfg(test)]
mod tests;
