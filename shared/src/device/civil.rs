//! Seconds since 1970 ↔ the Gregorian calendar in UTC, for file formats that write dates out.
use crate::calendar;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// From 1.
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

impl Civil {
    pub fn from_seconds(seconds: i64) -> Self {
        let (year, month, day) = calendar::date(seconds.div_euclid(86_400));
        let time = seconds.rem_euclid(86_400);
        Self { year, month, day, hour: time / 3_600, minute: time / 60 % 60, second: time % 60 }
    }

    /// `None` for a date that no calendar has.
    pub fn to_seconds(self) -> Option<i64> {
        let Self { year, month, day, hour, minute, second } = self;
        let valid = (1..=9_999).contains(&year)
            && (1..=12).contains(&month)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second);
        if !valid {
            return None;
        }
        let days = calendar::days(year, month, day);
        let found = days * 86_400 + hour * 3_600 + minute * 60 + second;
        // The 31st of a shorter month has become another day.
        (Self::from_seconds(days * 86_400).day == day).then_some(found)
    }

    /// 0 is Sunday.
    pub fn weekday(seconds: i64) -> usize {
        usize::try_from((seconds.div_euclid(86_400) + 4).rem_euclid(7)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_dates() {
        for (seconds, text) in [
            (0, "4 1970-01-01 00:00:00"),
            (951_827_696, "2 2000-02-29 12:34:56"),
            (-1, "3 1969-12-31 23:59:59"),
            (4_107_542_399, "0 2100-02-28 23:59:59"),
        ] {
            let Civil { year, month, day, hour, minute, second } = Civil::from_seconds(seconds);
            let found = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            assert_eq!(format!("{} {found}", Civil::weekday(seconds)), text);
        }
        let date = |year, month, day| Civil { year, month, day, hour: 0, minute: 0, second: 0 }.to_seconds();
        assert_eq!(date(2100, 2, 29), None);
        assert_eq!(date(2024, 2, 29), Some(1_709_164_800));
        assert_eq!([date(2024, 4, 31), date(2024, 0, 1), date(2024, 1, 0)], [None; 3]);
    }

    proptest! {
        #[test]
        fn there_and_back(seconds in -60_000_000_000i64..200_000_000_000) {
            prop_assert_eq!(Civil::from_seconds(seconds).to_seconds(), Some(seconds));
        }
    }
}
