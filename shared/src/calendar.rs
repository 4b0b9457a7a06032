//! Days since 1970-01-01 ↔ year, month and day of the proleptic Gregorian calendar. Years begin in March in here, so that the leap
//! day is a year's last.

/// Days from 0000-03-01, where eras of 400 years begin, to 1970-01-01.
const TO_1970: i64 = 719_468;
const DAYS_OF_ERA: i64 = 146_097;

/// `month` from 1. A day past the end of its month is one of the next.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    year.div_euclid(400) * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - TO_1970
}

/// Year, month and day, the latter two from 1. Any number of days that a count of seconds has.
pub fn date(days: i64) -> (i64, i64, i64) {
    let days = days + TO_1970;
    let of_era = days.rem_euclid(DAYS_OF_ERA);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + days.div_euclid(DAYS_OF_ERA) * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_in_order() {
        for (at, of) in
            [(0, (1970, 1, 1)), (-1, (1969, 12, 31)), (11_016, (2000, 2, 29)), (-719_468, (0, 3, 1))]
        {
            assert_eq!((date(at), days(of.0, of.1, of.2)), (of, at));
        }
        let mut before = date(-1_000_001);
        for at in -1_000_000..1_000_000 {
            let now = date(at);
            assert!(now > before && days(now.0, now.1, now.2) == at, "{at}: {now:?}");
            before = now;
        }
    }
}
