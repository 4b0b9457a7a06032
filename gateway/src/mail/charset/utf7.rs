//! UTF-7 (RFC 2152), which old Exchange servers still emit.

/// Text, and whether something didn't fit.
pub(super) fn decode(bytes: &[u8]) -> (String, bool) {
    let mut out = String::with_capacity(bytes.len());
    let mut errors = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'+' {
            errors |= !byte.is_ascii();
            out.push(if byte.is_ascii() { byte as char } else { char::REPLACEMENT_CHARACTER });
            continue;
        }
        let end = rest.iter().position(|b| sextet(*b).is_none()).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail.strip_prefix(b"-").unwrap_or(tail);
        if run.is_empty() {
            out.push('+');
        } else {
            errors |= push_run(run, &mut out);
        }
    }
    (out, errors)
}

/// One base64 run of UTF-16BE; true on unpaired surrogates.
fn push_run(run: &[u8], out: &mut String) -> bool {
    let (mut bits, mut have) = (0u32, 0);
    let mut units = Vec::with_capacity(run.len() * 6 / 16);
    for value in run.iter().filter_map(|byte| sextet(*byte)) {
        bits = bits << 6 | value;
        have += 6;
        if have >= 16 {
            have -= 16;
            units.push((bits >> have) as u16);
            bits &= (1 << have) - 1;
        }
    }
    let mut errors = false;
    out.extend(char::decode_utf16(units).map(|unit| {
        unit.unwrap_or_else(|_| {
            errors = true;
            char::REPLACEMENT_CHARACTER
        })
    }));
    errors
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_rfc_2152() {
        assert_eq!(decode(b"A+ImIDkQ."), ("A\u{2262}\u{391}.".into(), false));
        assert_eq!(decode(b"Hi Mom -+Jjo--!"), ("Hi Mom -\u{263a}-!".into(), false));
        assert_eq!(decode(b"1 +- 1 = 2"), ("1 + 1 = 2".into(), false));
        assert!(decode(b"+2D0-").1);
    }
}
