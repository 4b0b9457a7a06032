//! The address between angle brackets of MAIL and RCPT.

/// Longest address (RFC 5321 §4.5.3.1.3: 256 with the brackets).
const MAX: usize = 254;

/// Reads `<address>`; gives the address (empty for `<>`) and what follows.
pub fn path(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('<')?;
    let (inner, rest) = split_unquoted(inner)?;
    // RFC 5321 §4.1.1.3: a source route is accepted and ignored.
    let address = match inner.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => inner,
    };
    let plain = !address.chars().any(|c| c.is_control() || c == '<' || c == '>');
    let formed =
        address.is_empty() || address.rsplit_once('@').is_some_and(|(l, d)| !l.is_empty() && !d.is_empty());
    (plain && formed && address.len() <= MAX).then(|| (address.to_owned(), rest))
}

fn split_unquoted(text: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}
