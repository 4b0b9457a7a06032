//! Message ids in `Message-ID`, `In-Reply-To` and `References` (RFC 5322 §3.6.4).
use super::MAX_FIELD;

/// Ids kept of one field; when there are more, the first and the latest ones (the root and the nearest).
const MAX_IDS: usize = 100;
/// Octets of one id.
const MAX_ID: usize = 998;

/// The message ids of a field, with angle brackets, in order and without repetition.
pub fn message_ids(raw: &[u8]) -> Vec<String> {
    let raw = raw.get(..MAX_FIELD).unwrap_or(raw);
    let mut ids: Vec<String> = Vec::new();
    let mut rest = raw;
    while let Some(start) = rest.iter().position(|b| *b == b'<') {
        rest = rest.get(start..).unwrap_or_default();
        let Some(end) = rest.iter().position(|b| *b == b'>') else { break };
        let inner = rest.get(1..end).unwrap_or_default();
        rest = rest.get(end + 1..).unwrap_or_default();
        // Folding within an id happens; other white space or a second `<` means that it isn't one.
        let inner: Vec<u8> = inner.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let usable = !inner.is_empty()
            && inner.len() <= MAX_ID
            && inner.iter().all(|b| !b.is_ascii_control() && *b != b'<');
        if let (true, Ok(id)) = (usable, String::from_utf8(inner)) {
            let id = format!("<{id}>");
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
    }
    if ids.len() > MAX_IDS {
        ids.drain(1..=ids.len() - MAX_IDS);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_order() {
        assert_eq!(message_ids(b"<a@x> <b@y>\r\n <c@z>"), ["<a@x>", "<b@y>", "<c@z>"]);
        assert_eq!(message_ids(b"Your mail of Tuesday <a@x> (really)"), ["<a@x>"]);
        assert_eq!(message_ids(b"<a@\r\n x>"), ["<a@x>"]);
        assert!(message_ids(b"no ids < here").is_empty());
        assert!(message_ids(b"<> <a\0b>").is_empty());
    }

    #[test]
    fn r30_thousands_of_references_are_bounded() {
        let raw: String = (0..5_000).map(|n| format!("<{n}@x> ")).collect();
        let ids = message_ids(raw.as_bytes());
        assert_eq!(ids.len(), MAX_IDS);
        assert_eq!(ids.first().map(String::as_str), Some("<0@x>"));
        assert_eq!(ids.last().map(String::as_str), Some("<4999@x>"));
    }
}
