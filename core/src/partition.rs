//! Time-range partitions: where they begin and end, what they are called, which ones are missing
//! and which ones are past their time.
//!
//! Times are microseconds since 1970-01-01 00:00 UTC ([`i64`]: 292,000 years either way), ranges
//! hold their lower bound and not their upper one. Everything is reckoned in UTC and in integers,
//! so that a session's time zone and its summer time move no bound.

pub(crate) mod civil;
mod name;
mod plan;

pub use name::{MAX_NAME, default_name, fitted, name};
pub use plan::{Range, cutoff, expired, plan};

use std::fmt;

use civil::{DAY, Date, HOUR, day_of};

/// The length of a partition.
///
/// The bounds of one period are fixed points of the calendar, whenever the first partition is made.
/// A count of 0 is read as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Calendar months, counted from January of the year 0: 3 are quarters, 12 calendar years.
    Months(u32),
    /// Days of 24 hours, counted from 1970-01-01; 7 are ISO weeks, which begin on Monday.
    Days(u32),
    /// Hours, counted from each midnight: a count that does not divide 24 leaves a shorter range at
    /// the end of each day ([`Period::from_interval`] lets none through).
    Hours(u32),
}

impl Period {
    /// The period that PostgreSQL's interval of `months`, `days` and `micros` (microseconds) names.
    ///
    /// Accepted: whole months alone, days alone, or hours alone (1, 2, 3, 4, 6, 8, 12; 24 are a
    /// day).
    ///
    /// # Errors
    ///
    /// [`PeriodError`] for everything else.
    pub fn from_interval(months: i32, days: i32, micros: i64) -> Result<Period, PeriodError> {
        if months < 0 || days < 0 || micros < 0 {
            return Err(PeriodError::Negative);
        }
        let count = |n: i32| n.unsigned_abs();
        match (months, days, micros) {
            (0, 0, 0) => Err(PeriodError::Zero),
            (_, 0, 0) => Ok(Period::Months(count(months))),
            (0, _, 0) => Ok(Period::Days(count(days))),
            (0, 0, DAY) => Ok(Period::Days(1)),
            (0, 0, _) if micros % HOUR != 0 => Err(PeriodError::PartOfAnHour),
            (0, 0, _) => match u32::try_from(micros / HOUR) {
                Ok(hours) if 24 % hours == 0 => Ok(Period::Hours(hours)),
                _ => Err(PeriodError::UnevenHours),
            },
            _ => Err(PeriodError::Mixed),
        }
    }
}

/// Why an interval is no [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodError {
    /// No length at all.
    Zero,
    /// A negative part.
    Negative,
    /// Months, days and a time of day together.
    Mixed,
    /// Minutes, seconds or less.
    PartOfAnHour,
    /// Hours that do not divide a day.
    UnevenHours,
}

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PeriodError::Zero => "a partition's period must not be zero",
            PeriodError::Negative => "a partition's period must not be negative",
            PeriodError::Mixed => {
                "a partition's period must be months, days or hours alone, not a mixture"
            }
            PeriodError::PartOfAnHour => "a partition's period must be a whole number of hours",
            PeriodError::UnevenHours => {
                "a partition's period in hours must divide a day (1, 2, 3, 4, 6, 8, 12 or 24 hours)"
            }
        })
    }
}

impl std::error::Error for PeriodError {}

/// The newest bound that is not after `at`: the lower bound of the range that holds `at`.
///
/// Where that lies before the first instant that can be told, the first instant.
pub fn lower_bound(period: Period, at: i64) -> i64 {
    bound(period, at, 0).unwrap_or(i64::MIN)
}

/// The first bound after `at`; for a bound, the upper bound of the range that begins there. `None`
/// where it lies after the last instant that can be told.
pub fn next(period: Period, at: i64) -> Option<i64> {
    bound(period, at, 1)
}

/// The last bound before `at`; for a bound, the lower bound of the range that ends there. `None`
/// where it lies before the first instant that can be told.
pub fn prev(period: Period, at: i64) -> Option<i64> {
    bound(period, at.checked_sub(1)?, 0)
}

/// The lower bound of the range `steps` (0 or 1) after the one that holds `at`.
fn bound(period: Period, at: i64, steps: i64) -> Option<i64> {
    /// 1969-12-29, the Monday of the week that holds the epoch, a Thursday.
    const MONDAY: i64 = -3;

    let day = day_of(at);
    let day = match period {
        Period::Months(n) => {
            let n = i64::from(n.max(1));
            let month = Date::of_day(day).month_count();
            Date::of_month_count((month.div_euclid(n) + steps) * n).day()
        }
        Period::Days(n) => {
            let n = i64::from(n.max(1));
            let origin = if n == 7 { MONDAY } else { 0 };
            ((day - origin).div_euclid(n) + steps) * n + origin
        }
        Period::Hours(n) => {
            let n = i64::from(n.max(1));
            let hour = at.rem_euclid(DAY) / HOUR;
            let hour = ((hour / n + steps) * n).min(24);
            // The last hour of the first day that can be told may be told where its midnight is not.
            let bound = i128::from(day) * i128::from(DAY) + i128::from(hour * HOUR);
            return i64::try_from(bound).ok();
        }
    };
    day.checked_mul(DAY)
}

#[cfg(test)]
mod tests;
