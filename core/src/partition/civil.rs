//! Days and dates of the proleptic Gregorian calendar.
//!
//! The two conversions are Howard Hinnant's (`chrono`-Compatible Low-Level Date Algorithms,
//! <https://howardhinnant.github.io/date_algorithms.html>): exact for every day number that a
//! timestamp in microseconds can have, without tables and loops.

/// Microseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000_000;
/// Microseconds of a day. UTC as PostgreSQL reckons it has no leap seconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;
/// Days from 0000-03-01, where the algorithms begin, to 1970-01-01.
const EPOCH: i64 = 719_468;

/// The day, counted from 1970-01-01, that holds the instant `micros`.
pub(crate) const fn day_of(micros: i64) -> i64 {
    micros.div_euclid(DAY)
}

/// A date; the year 0 is 1 BC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub year: i64,
    /// 1 to 12
    pub month: i64,
    /// 1 to 31
    pub day: i64,
}

impl Date {
    /// The date of a day counted from 1970-01-01 (`civil_from_days`).
    pub const fn of_day(day: i64) -> Date {
        let day = day + EPOCH;
        let era = day.div_euclid(ERA);
        let day_of_era = day.rem_euclid(ERA);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = (month_from_march + 2) % 12 + 1;
        Date {
            year: era * 400 + year_of_era + if month <= 2 { 1 } else { 0 },
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        }
    }

    /// The day, counted from 1970-01-01 (`days_from_civil`).
    pub const fn day(self) -> i64 {
        let year = if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        };
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (self.month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day - 1;
        let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
        year.div_euclid(400) * ERA + day_of_era - EPOCH
    }

    /// Months since January of the year 0.
    pub const fn month_count(self) -> i64 {
        self.year * 12 + self.month - 1
    }

    /// The first day of a month.
    pub const fn of_month_count(count: i64) -> Date {
        Date {
            year: count.div_euclid(12),
            month: count.rem_euclid(12) + 1,
            day: 1,
        }
    }

    /// The same day of the month `months` later, or that month's last day where it is shorter:
    /// PostgreSQL's rule.
    pub const fn plus_months(self, months: i64) -> Date {
        let first = Date::of_month_count(self.month_count() + months);
        let length = Date::of_month_count(first.month_count() + 1).day() - first.day();
        Date {
            day: if self.day < length { self.day } else { length },
            ..first
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        for (day, year, month, dom) in [
            (0, 1970, 1, 1),
            (-1, 1969, 12, 31),
            (11_016, 2000, 2, 29),
            (19_723, 2024, 1, 1),
            (19_782, 2024, 2, 29),
            (-719_468, 0, 3, 1),
            (-719_469, 0, 2, 29),
            (-719_528, 0, 1, 1),
            (-719_529, -1, 12, 31),
        ] {
            let date = Date {
                year,
                month,
                day: dom,
            };
            assert_eq!(Date::of_day(day), date);
            assert_eq!(date.day(), day);
        }
    }

    #[test]
    fn every_day_of_twenty_thousand_years_as_the_crate_time_has_it() {
        let epoch = i64::from(
            time::Date::from_ordinal_date(1970, 1)
                .unwrap()
                .to_julian_day(),
        );
        let mut theirs = time::Date::MIN;
        let mut days = 0;
        loop {
            let day = i64::from(theirs.to_julian_day()) - epoch;
            let ours = Date::of_day(day);
            assert_eq!(ours.day(), day);
            assert_eq!(
                (ours.year, ours.month, ours.day),
                (
                    theirs.year().into(),
                    u8::from(theirs.month()).into(),
                    theirs.day().into()
                )
            );
            days += 1;
            match theirs.next_day() {
                Some(next) => theirs = next,
                None => break,
            }
        }
        assert!(days > 365 * 19_000, "{days}");
    }

    proptest! {
        #[test]
        fn days_and_dates_are_one_to_one(micros in any::<i64>()) {
            let day = day_of(micros);
            let date = Date::of_day(day);
            prop_assert_eq!(date.day(), day);
            prop_assert!((1..=12).contains(&date.month) && (1..=31).contains(&date.day));
            prop_assert_eq!(Date::of_month_count(date.month_count()), Date { day: 1, ..date });
        }
    }
}
