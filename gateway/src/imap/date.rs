//! INTERNALDATE and SEARCH dates (RFC 9051 §9: date-time, date) to and from seconds and days since 1970-01-01 UTC.
use pyeonji_shared::calendar;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `17-Jul-1996 02:44:25 -0700` or ` 1-Jul-…`. `None` when it isn't one.
pub fn parse(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let mut fields = text.split_ascii_whitespace();
    let (date, time, zone) = (fields.next()?, fields.next()?, fields.next().unwrap_or("+0000"));
    let mut date = date.split('-');
    let day: i64 = date.next()?.parse().ok().filter(|d| (1..=31).contains(d))?;
    let name = date.next()?;
    let month = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name))? as i64 + 1;
    let year: i64 = date.next()?.parse().ok().filter(|y| (0..=9999).contains(y))?;
    let mut time = time.split(':').map(|n| n.parse::<i64>().ok().filter(|n| (0..=60).contains(n)));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let offset: i64 = digits.parse().ok().filter(|n| (0..=2400).contains(n))?;
    let local = calendar::days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(local - sign * (offset / 100 * 3_600 + offset % 100 * 60))
}

/// `17-Jul-1996 09:44:25 +0000`.
pub fn date_time(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{day:2}-{}-{year:04} {hour:02}:{minute:02}:{second:02} +0000", month_name(month))
}

/// `17-Jul-1996`, as SEARCH wants it.
pub fn date(days: i32) -> String {
    let (year, month, day) = civil(i64::from(days));
    format!("{day}-{}-{year:04}", month_name(month))
}

fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or("Jan")
}

/// Years are held within 0..=9999, which is all IMAP can write.
fn civil(days: i64) -> (i64, i64, i64) {
    calendar::date(days.clamp(-719_528, 2_932_896))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        assert_eq!(parse(b"17-Jul-1996 02:44:25 -0700"), Some(837_596_665));
        assert_eq!(parse(b" 1-Jan-1970 09:00:00 +0900"), Some(0));
        assert_eq!(date_time(837_596_665), "17-Jul-1996 09:44:25 +0000");
        assert_eq!(date(19_782), "29-Feb-2024");
        for seconds in [-86_401, 0, 951_782_400, 4_102_444_799, i64::MAX / 2] {
            let text = date_time(seconds);
            if seconds < 1 << 40 {
                assert_eq!(parse(text.as_bytes()), Some(seconds), "{text}");
            }
        }
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in
            ["", "x", "17-Jul-1996", "17-Jul-1996 25:61:99 +0000", "1-Foo-2000 00:00:00 +0000", "é é é"]
        {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
