//! `Date:` values (RFC 5322 §3.3 with its obsolete forms) to seconds.
use mail_parser::parsers::MessageStream;

/// Seconds since 1970-01-01 UTC of a `Date:` value, when it can be read and lies in the years 1970 to 9999.
pub fn parse_date(raw: &[u8]) -> Option<i64> {
    // A date is short; what is longer hides something else.
    let raw = raw.get(..200).unwrap_or(raw);
    let mut line = raw.trim_ascii().to_vec();
    line.retain(|byte| !matches!(byte, b'\r' | b'\n'));
    line.push(b'\n');
    let date = MessageStream::new(&line).parse_date().into_datetime()?;
    if !date.is_valid() || !(1970..=9999).contains(&date.year) {
        return None;
    }
    Some(date.to_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_many_mailers() {
        for (raw, seconds) in [
            ("Tue, 24 Nov 2026 09:05:06 +0900", 1_795_478_706),
            ("24 Nov 2026 00:05:06 +0000", 1_795_478_706),
            ("Tue, 24 Nov 2026 00:05:06 GMT", 1_795_478_706),
            ("Tue, 24 Nov 2026 09:05:06 +0900 (KST)", 1_795_478_706),
            ("Mon, 23 Nov 2026\r\n 19:05:06 EST", 1_795_478_706),
        ] {
            assert_eq!(parse_date(raw.as_bytes()), Some(seconds), "{raw}");
        }
    }

    #[test]
    fn nonsense_is_none() {
        for raw in ["", "soon", "Tue, 99 Foo 2026 25:61:61 +0000", "\0\0\0", "1"] {
            assert_eq!(parse_date(raw.as_bytes()), None, "{raw:?}");
        }
    }
}
