//! Dates as a list or a reader shows them, from seconds and the zone's offset. No clock in here.
use super::Locale;
use pyeonji_shared::calendar;

/// A moment on the wall clock of the person's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// 1–12
    pub month: u8,
    /// 1–31
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    /// 0 = Sunday
    pub weekday: u8,
    /// Days since 1970-01-01, local.
    pub days: i64,
}

impl Civil {
    /// `seconds` since 1970-01-01 UTC, `zone` in minutes east of UTC at that moment.
    pub fn new(seconds: i64, zone: i32) -> Civil {
        // Far outside of any calendar a mail date is a mistake; clamped, so that nothing below overflows.
        let local = seconds.clamp(-62_135_596_800, 253_402_300_799) + i64::from(zone) * 60;
        let days = local.div_euclid(86_400);
        let second = local.rem_euclid(86_400);
        let (year, month, day) = calendar::date(days);
        let small = |n: i64| u8::try_from(n).unwrap_or(0);
        Civil {
            year,
            month: small(month),
            day: small(day),
            hour: small(second / 3_600),
            minute: small(second / 60 % 60),
            weekday: small((days + 4).rem_euclid(7)),
            days,
        }
    }

    fn clock(self, locale: Locale) -> String {
        let hour = if self.hour.is_multiple_of(12) { 12 } else { self.hour % 12 };
        match (locale, self.hour < 12) {
            (Locale::English, true) => format!("{hour}:{:02} AM", self.minute),
            (Locale::English, false) => format!("{hour}:{:02} PM", self.minute),
            (Locale::Korean, true) => format!("오전 {hour}:{:02}", self.minute),
            (Locale::Korean, false) => format!("오후 {hour}:{:02}", self.minute),
        }
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [(&str, &str); 7] = [
    ("Sunday", "일"),
    ("Monday", "월"),
    ("Tuesday", "화"),
    ("Wednesday", "수"),
    ("Thursday", "목"),
    ("Friday", "금"),
    ("Saturday", "토"),
];

fn month(n: u8) -> &'static str {
    MONTHS.get(usize::from(n).wrapping_sub(1)).copied().unwrap_or("")
}

/// For the list: the time today, the weekday this week, else the day, with the year when it is another.
pub fn short_date(locale: Locale, at: Civil, now: Civil) -> String {
    let weekday = WEEKDAYS.get(usize::from(at.weekday)).copied().unwrap_or_default();
    match (locale, now.days - at.days) {
        (_, 0) => at.clock(locale),
        (Locale::English, 1) => "Yesterday".into(),
        (Locale::Korean, 1) => "어제".into(),
        (Locale::English, 2..=6) => weekday.0.get(..3).unwrap_or_default().into(),
        (Locale::Korean, 2..=6) => format!("{}요일", weekday.1),
        (Locale::English, _) if at.year == now.year => format!("{} {}", month(at.month), at.day),
        (Locale::Korean, _) if at.year == now.year => format!("{}월 {}일", at.month, at.day),
        (Locale::English, _) => format!("{} {}, {}", month(at.month), at.day, at.year),
        (Locale::Korean, _) => format!("{}. {}. {}.", at.year, at.month, at.day),
    }
}

/// For the reader: everything a person may ask about the date.
pub fn full_date(locale: Locale, at: Civil) -> String {
    let weekday = WEEKDAYS.get(usize::from(at.weekday)).copied().unwrap_or_default();
    match locale {
        Locale::English => {
            format!("{}, {} {}, {}, {}", weekday.0, month(at.month), at.day, at.year, at.clock(locale))
        }
        Locale::Korean => {
            format!("{}년 {}월 {}일 ({}) {}", at.year, at.month, at.day, weekday.1, at.clock(locale))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24 00:26:40 UTC, a Tuesday.
    const NOW: i64 = 1_795_480_000;

    #[test]
    fn days_become_dates() {
        for (seconds, zone, want) in [
            (0, 0, (1970, 1, 1, 0, 0, 4)),
            (951_782_399, 0, (2000, 2, 28, 23, 59, 1)),
            (951_782_400, 0, (2000, 2, 29, 0, 0, 2)),
            (-1, 0, (1969, 12, 31, 23, 59, 3)),
            (-1, 540, (1970, 1, 1, 8, 59, 4)),
            (NOW, 540, (2026, 11, 24, 9, 26, 2)),
            (NOW, -300, (2026, 11, 23, 19, 26, 1)),
        ] {
            let c = Civil::new(seconds, zone);
            assert_eq!((c.year, c.month, c.day, c.hour, c.minute, c.weekday), want, "{seconds} {zone}");
        }
        // A date from a hostile header must not overflow.
        assert_eq!(Civil::new(i64::MAX, 840).year, 10_000);
        assert_eq!(Civil::new(i64::MIN, -720).year, 0);
    }

    #[test]
    fn lists_and_readers() {
        let now = Civil::new(NOW, 540);
        let at = |hours: i64| Civil::new(NOW - hours * 3_600, 540);
        let short: Vec<String> = [0, 3, 12, 60, 24 * 10, 24 * 400]
            .into_iter()
            .flat_map(|h| [short_date(Locale::English, at(h), now), short_date(Locale::Korean, at(h), now)])
            .collect();
        assert_eq!(
            short,
            [
                "9:26 AM",
                "오전 9:26",
                "6:26 AM",
                "오전 6:26",
                "Yesterday",
                "어제",
                "Sat",
                "토요일",
                "Nov 14",
                "11월 14일",
                "Oct 20, 2025",
                "2025. 10. 20."
            ]
        );
        assert_eq!(full_date(Locale::English, now), "Tuesday, Nov 24, 2026, 9:26 AM");
        assert_eq!(full_date(Locale::Korean, at(-6)), "2026년 11월 24일 (화) 오후 3:26");
    }

    #[test]
    fn a_date_in_the_future_is_written_out() {
        let now = Civil::new(NOW, 0);
        assert_eq!(short_date(Locale::English, Civil::new(NOW + 86_400 * 3, 0), now), "Nov 27");
    }
}
