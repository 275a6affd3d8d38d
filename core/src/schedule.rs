//! When a task is to run: cron's five fields, or every so many seconds.
//!
//! The form is that of pg_cron, which has it of Vixie's cron: minute, hour, day of the month, month,
//! day of the week; lists, ranges, steps, names of months and days, `$` for a month's last day. Where
//! both days are restricted, one of them is enough. Times are microseconds since 1970-01-01 00:00 UTC
//! and reckoned in UTC.

use std::fmt;

use crate::partition::civil::{DAY, Date, HOUR, day_of};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// No day of a schedule is further away than from one 29 February to the next over the year 2100.
const LONGEST_WAIT: i64 = 8 * 366;

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When a task is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// So many seconds after it last began: 1 to 59.
    Every(u8),
    /// At the minutes that match.
    At(Fields),
}

/// The values that match, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    /// `$`
    last_day: bool,
    months: u64,
    /// From Sunday, 0.
    weekdays: u64,
    /// Both days are restricted.
    any_day: bool,
}

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleError(String);

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScheduleError {}

impl std::str::FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(seconds) = text.strip_suffix(" seconds") {
            return match seconds.parse() {
                Ok(seconds @ 1..=59) => Ok(Self::Every(seconds)),
                _ => Err(ScheduleError(format!("\"{text}\" is not 1 to 59 seconds"))),
            };
        }
        let [minutes, hours, days, months, weekdays] = <[&str; 5]>::try_from(
            text.split(' ')
                .filter(|f| !f.is_empty())
                .collect::<Vec<_>>(),
        )
        .map_err(|fields| {
            ScheduleError(format!(
                "\"{text}\" has {} fields and not five",
                fields.len()
            ))
        })?;
        let last_day = days == "$";
        // 7 is Sunday too.
        let week = values(weekdays, 0, 7, DAYS)?;
        let fields = Fields {
            minutes: values(minutes, 0, 59, &[])?,
            hours: values(hours, 0, 23, &[])?,
            days: if last_day {
                0
            } else {
                values(days, 1, 31, &[])?
            },
            last_day,
            months: values(months, 1, 12, MONTHS)?,
            weekdays: (week | week >> 7) & 0x7f,
            any_day: !days.starts_with('*') && !weekdays.starts_with('*'),
        };
        let never = !fields.any_day
            && !last_day
            && (1..=12).all(|month| {
                let length = if month == 2 {
                    29
                } else {
                    30 + ((month + month / 8) & 1)
                };
                !has(fields.months, month) || (1..=length).all(|day| !has(fields.days, day))
            });
        if never {
            return Err(ScheduleError(format!("the day of \"{text}\" never comes")));
        }
        Ok(Self::At(fields))
    }
}

/// The values that a field names, as bits.
fn values(field: &str, first: i64, last: i64, names: &[&str]) -> Result<u64, ScheduleError> {
    let fault = || ScheduleError(format!("\"{field}\" is not of {first} to {last}"));
    let value = |text: &str| -> Result<i64, ScheduleError> {
        let lower = text.to_ascii_lowercase();
        if let Some(position) = names.iter().position(|name| *name == lower) {
            return Ok(first + i64::try_from(position).map_err(|_| fault())?);
        }
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(value) if digits && (first..=last).contains(&value) => Ok(value),
            _ => Err(fault()),
        }
    };
    let mut bits = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().map_err(|_| fault())?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (first, last),
            Some((from, to)) => (value(from)?, value(to)?),
            // A step needs a range to go through.
            None if part.contains('/') => return Err(fault()),
            None => (value(range)?, value(range)?),
        };
        if step == 0 || from > to {
            return Err(fault());
        }
        for value in (from..=to).step_by(step) {
            bits |= 1 << value;
        }
    }
    Ok(bits)
}

fn has(bits: u64, value: i64) -> bool {
    bits >> value & 1 == 1
}

/// The highest value up to `limit`.
fn highest(bits: u64, limit: i64) -> Option<i64> {
    (0..=limit).rev().find(|&value| has(bits, value))
}

impl Fields {
    fn has_day(&self, day: i64) -> bool {
        let date = Date::of_day(day);
        let of_month =
            has(self.days, date.day) || self.last_day && Date::of_day(day + 1).month != date.month;
        // 1970-01-01 was a Thursday.
        let of_week = has(self.weekdays, (day + 4).rem_euclid(7));
        has(self.months, date.month)
            && if self.any_day {
                of_month || of_week
            } else {
                of_month && of_week
            }
    }

    /// The last matching instant not after `at`.
    fn latest(&self, at: i64) -> Option<i64> {
        let today = day_of(at);
        for day in (today - LONGEST_WAIT..=today).rev() {
            if !self.has_day(day) {
                continue;
            }
            let minutes = if day == today {
                at.rem_euclid(DAY) / MINUTE
            } else {
                24 * 60 - 1
            };
            let (hour, minute) = (minutes / 60, minutes % 60);
            let found = match highest(self.minutes, minute) {
                Some(minute) if has(self.hours, hour) => Some((hour, minute)),
                _ => highest(self.hours, hour - 1).zip(highest(self.minutes, 59)),
            };
            if let Some((hour, minute)) = found {
                return day
                    .checked_mul(DAY)?
                    .checked_add(hour * HOUR + minute * MINUTE);
            }
        }
        None
    }
}

impl Schedule {
    /// Whether the task's time came after `since`, when it last began, and not after `at`.
    pub fn is_due(&self, since: i64, at: i64) -> bool {
        match self {
            Self::Every(seconds) => at.saturating_sub(since) >= i64::from(*seconds) * SECOND,
            // Infinite times are the ends of the integers.
            Self::At(_) if at == i64::MIN || at == i64::MAX => false,
            Self::At(fields) => fields.latest(at).is_some_and(|latest| latest > since),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Schedule {
        text.parse().expect(text)
    }

    /// `2026-11-26 23:45` in UTC, from year to minute.
    fn time(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> i64 {
        Date { year, month, day }.day() * DAY + hour * HOUR + minute * MINUTE
    }

    #[test]
    fn the_last_time_before_a_thursday_night() {
        // 26 November 2026 is a Thursday.
        let at = time(2026, 11, 26, 23, 45) + 59 * SECOND;
        for (schedule, expected) in [
            ("* * * * *", time(2026, 11, 26, 23, 45)),
            ("*/10 * * * *", time(2026, 11, 26, 23, 40)),
            ("50 * * * *", time(2026, 11, 26, 22, 50)),
            ("50 23 * * *", time(2026, 11, 25, 23, 50)),
            ("30 2 * * *", time(2026, 11, 26, 2, 30)),
            ("15 1,7,13,19 * * *", time(2026, 11, 26, 19, 15)),
            ("0-10/5 6-8 * * *", time(2026, 11, 26, 8, 10)),
            ("0 4 * * 0", time(2026, 11, 22, 4, 0)),
            ("0 4 * * 7", time(2026, 11, 22, 4, 0)),
            ("0 4 * * SUN", time(2026, 11, 22, 4, 0)),
            ("0 4 * * mon-wed", time(2026, 11, 25, 4, 0)),
            ("30 5 1 * *", time(2026, 11, 1, 5, 30)),
            ("30 5 $ * *", time(2026, 10, 31, 5, 30)),
            ("0 0 31 * *", time(2026, 10, 31, 0, 0)),
            ("0 0 29 2 *", time(2024, 2, 29, 0, 0)),
            ("0 0 * JAN-MAR *", time(2026, 3, 31, 0, 0)),
            // Either of the days is enough where both are named, both are needed otherwise.
            ("0 0 13 * FRI", time(2026, 11, 20, 0, 0)),
            ("0 0 */13 * FRI", time(2026, 8, 14, 0, 0)),
        ] {
            let Schedule::At(fields) = parse(schedule) else {
                panic!("{schedule}");
            };
            assert_eq!(fields.latest(at), Some(expected), "{schedule}");
        }
    }

    #[test]
    fn due_is_what_came_since_and_not_what_comes() {
        let at = time(2026, 11, 26, 2, 30);
        let daily = parse("30 2 * * *");
        for (since, now, due) in [
            (at - DAY, at - 1, false),
            (at - DAY, at, true),
            (at - 1, at, true),
            (at, at, false),
            (at, at + DAY - 1, false),
            (at, at + DAY, true),
            (at, at + 30 * DAY, true),
            (i64::MIN, at, true),
            (i64::MAX, at, false),
            (at, i64::MAX, false),
            (i64::MIN, i64::MIN, false),
            (i64::MIN, i64::MIN + 1, false),
            (0, i64::MAX - 1, true),
        ] {
            assert_eq!(daily.is_due(since, now), due, "{since} {now}");
        }
        let often = parse("5 seconds");
        assert!(!often.is_due(at, at + 5 * SECOND - 1));
        assert!(often.is_due(at, at + 5 * SECOND));
        assert!(often.is_due(i64::MIN, at));
    }

    #[test]
    fn what_is_no_schedule() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "@daily",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * * 8",
            "* * * jam *",
            "5-1 * * * *",
            "*/0 * * * *",
            "5/2 * * * *",
            "*/ * * * *",
            "1,,2 * * * *",
            "-1 * * * *",
            "+1 * * * *",
            "1- * * * *",
            "0 0 30 2 *",
            "0 0 31 4,6,9,11 *",
            "0 seconds",
            "60 seconds",
            "1 second",
            " seconds",
        ] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }

    proptest! {
        /// Against asking every minute of the day.
        #[test]
        fn the_latest_matches_and_nothing_after_it_does(
            minute in 0..60i64, step in 1..60i64, hour in 0..24i64, weekday in 0..7i64, now in 0..200_000_000i64,
        ) {
            let at = now * 20 * SECOND;
            let Schedule::At(fields) = parse(&format!("{minute}-59/{step} {hour},{} * * {weekday}", (hour + 7) % 24)) else {
                unreachable!()
            };
            let matches = |time: i64| {
                let of_day = time.rem_euclid(DAY);
                let of_hour = of_day / MINUTE % 60;
                of_hour >= minute && (of_hour - minute) % step == 0
                    && [hour, (hour + 7) % 24].contains(&(of_day / HOUR))
                    && (day_of(time) + 4).rem_euclid(7) == weekday
            };
            let latest = fields.latest(at).expect("a week is enough");
            prop_assert!(latest <= at && matches(latest));
            let mut time = latest + MINUTE;
            while time <= at {
                prop_assert!(!matches(time));
                time += MINUTE;
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9*/,$ a-z-]{0,24}", since: i64, at: i64) {
            if let Ok(schedule) = text.parse::<Schedule>() {
                schedule.is_due(since, at);
            }
        }
    }
}
