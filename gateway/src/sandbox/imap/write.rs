//! Strings as IMAP writes them: quoted where that is allowed, else a literal.

/// Longest string that is written quoted.
const MAX_QUOTED: usize = 1_000;

pub fn string(value: &[u8], out: &mut Vec<u8>) {
    let plain = |b: &u8| matches!(b, 0x20..=0x7e | b'\t');
    if value.len() <= MAX_QUOTED && value.iter().all(plain) {
        out.push(b'"');
        for b in value {
            if matches!(b, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(*b);
        }
        out.push(b'"');
    } else {
        literal(value, out);
    }
}

pub fn nstring(value: Option<&[u8]>, out: &mut Vec<u8>) {
    match value {
        Some(value) => string(value, out),
        None => out.extend_from_slice(b"NIL"),
    }
}

pub fn literal(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{{}}}\r\n", value.len()).as_bytes());
    out.extend_from_slice(value);
}

/// A folder's name: quoted modified UTF-7, or an atom when it is one.
pub fn mailbox(name: &str, out: &mut Vec<u8>) {
    let wire = super::utf7::encode(name);
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"-_./&,+".contains(&b);
    if !wire.is_empty() && wire.bytes().all(atom) && !wire.eq_ignore_ascii_case("NIL") {
        out.extend_from_slice(wire.as_bytes());
    } else {
        string(wire.as_bytes(), out);
    }
}
