//! Dates with their offset, as IMAP and mail headers write them. Arithmetic only; no clock.
use pyeonji_shared::calendar;

/// A moment and the zone it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970 in UTC.
    pub unix: i64,
    /// Minutes east of UTC.
    pub offset: i32,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// The number of a month by its English short name.
pub fn month(name: &str) -> Option<i64> {
    MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name)).map(|at| at as i64 + 1)
}

fn month_name(number: i64) -> &'static str {
    MONTHS.get((number - 1).clamp(0, 11) as usize).copied().unwrap_or("Jan")
}

impl Moment {
    pub fn utc(unix: i64) -> Self {
        Self { unix, offset: 0 }
    }

    /// The day in the zone it was written in, as days since 1970 (RFC 3501 §6.4.4 disregards time and zone).
    pub fn day(self) -> i64 {
        (self.unix + i64::from(self.offset) * 60).div_euclid(86_400)
    }

    fn parts(self) -> (i64, i64, i64, i64, i64, i64) {
        let seconds = (self.unix + i64::from(self.offset) * 60).rem_euclid(86_400);
        let (y, m, d) = calendar::date(self.day());
        (y, m, d, seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    fn zone(self) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", self.offset.abs() / 60, self.offset.abs() % 60)
    }

    /// RFC 3501 `date-time` without the quotes.
    pub fn imap(self) -> String {
        let (y, mo, d, h, mi, s) = self.parts();
        format!("{d:2}-{}-{y:04} {h:02}:{mi:02}:{s:02} {}", month_name(mo), self.zone())
    }

    /// RFC 5322 `date-time`.
    pub fn header(self) -> String {
        let (y, mo, d, h, mi, s) = self.parts();
        let weekday = WEEKDAYS.get(self.day().rem_euclid(7) as usize).copied().unwrap_or("Mon");
        format!("{weekday}, {d} {} {y:04} {h:02}:{mi:02}:{s:02} {}", month_name(mo), self.zone())
    }

    /// Reads `" 7-Feb-1994 21:52:25 -0800"`.
    pub fn read_imap(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (date, clock, zone) = (words.next()?, words.next()?, words.next()?);
        let day = read_day(date)?;
        assemble(day, clock, zone)
    }

    /// Reads a `Date` header's value, leniently: weekday optional, comments and named zones count as UTC.
    pub fn read_header(text: &str) -> Option<Self> {
        let text = text.rsplit_once(',').map_or(text, |(_, rest)| rest);
        let mut words = text.split_ascii_whitespace();
        let d: i64 = words.next()?.parse().ok()?;
        let m = month(words.next()?.get(..3)?)?;
        let y: i64 = words.next()?.parse().ok()?;
        let y = if y < 50 {
            y + 2000
        } else if y < 1000 {
            y + 1900
        } else {
            y
        };
        let clock = words.next().unwrap_or("00:00:00");
        let zone = words.next().filter(|z| z.starts_with(['+', '-'])).unwrap_or("+0000");
        (1..=31).contains(&d).then_some(())?;
        assemble(calendar::days(y.min(9999), m, d), clock, zone)
    }
}

/// Days since 1970 of RFC 3501 `date-text`, `1-Feb-1994`.
pub fn read_day(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, '-');
    let d: i64 = parts.next()?.parse().ok()?;
    let m = month(parts.next()?)?;
    let y: i64 = parts.next()?.parse().ok()?;
    ((1..=31).contains(&d) && (0..=9999).contains(&y)).then(|| calendar::days(y, m, d))
}

fn assemble(day: i64, clock: &str, zone: &str) -> Option<Moment> {
    let mut hms = clock.split(':').map(|p| p.parse::<i64>().ok());
    let (h, mi) = (hms.next()??, hms.next()??);
    let s = hms.next().unwrap_or(Some(0))?;
    let digits = zone.get(1..5)?;
    let size: i32 = digits.get(..2)?.parse::<i32>().ok()? * 60 + digits.get(2..)?.parse::<i32>().ok()?;
    let offset = if zone.starts_with('-') { -size } else { size };
    let in_range = (0..24).contains(&h) && (0..60).contains(&mi) && (0..=60).contains(&s);
    in_range.then(|| Moment { unix: day * 86_400 + h * 3_600 + mi * 60 + s - i64::from(offset) * 60, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip() {
        for text in ["17-Jul-1996 02:44:25 -0700", " 1-Jan-1970 00:00:00 +0000", "29-Feb-2024 23:59:59 +0930"]
        {
            assert_eq!(Moment::read_imap(text).unwrap().imap(), text);
        }
        let m = Moment::read_header("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)").unwrap();
        assert_eq!(m.header(), "Wed, 17 Jul 1996 02:23:25 -0700");
        assert_eq!(Moment::read_header("1 Jan 70 00:00 GMT").unwrap().unix, 0);
        assert!(Moment::read_imap("40-Jul-1996 02:44:25 -0700").is_none());
    }
}
