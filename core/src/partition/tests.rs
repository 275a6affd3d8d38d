use proptest::prelude::*;

use super::*;

/// An instant from a date and a time of day in hours.
fn at(year: i64, month: i64, day: i64, hour: i64) -> i64 {
    Date { year, month, day }.day() * DAY + hour * HOUR
}

#[test]
fn intervals() {
    use Period::*;
    use PeriodError::*;
    for (months, days, micros, expected) in [
        (1, 0, 0, Ok(Months(1))),
        (3, 0, 0, Ok(Months(3))),
        (12, 0, 0, Ok(Months(12))),
        (0, 1, 0, Ok(Days(1))),
        (0, 7, 0, Ok(Days(7))),
        (0, 0, HOUR, Ok(Hours(1))),
        (0, 0, 12 * HOUR, Ok(Hours(12))),
        (0, 0, 24 * HOUR, Ok(Days(1))),
        (0, 0, 0, Err(Zero)),
        (-1, 0, 0, Err(Negative)),
        (1, -1, 0, Err(Negative)),
        (0, 0, i64::MIN, Err(Negative)),
        (i32::MIN, 0, 0, Err(Negative)),
        (1, 1, 0, Err(Mixed)),
        (1, 0, 1, Err(Mixed)),
        (0, 1, HOUR, Err(Mixed)),
        (0, 0, 1, Err(PartOfAnHour)),
        (0, 0, HOUR + HOUR / 2, Err(PartOfAnHour)),
        (0, 0, 5 * HOUR, Err(UnevenHours)),
        (0, 0, 48 * HOUR, Err(UnevenHours)),
        (0, 0, i64::MAX / HOUR * HOUR, Err(UnevenHours)),
    ] {
        assert_eq!(Period::from_interval(months, days, micros), expected);
    }
}

#[test]
fn bounds() {
    use Period::*;
    let late = DAY - 1;
    for (period, instant, lower, upper) in [
        (
            Months(1),
            at(2024, 2, 29, 23),
            at(2024, 2, 1, 0),
            at(2024, 3, 1, 0),
        ),
        (
            Months(1),
            at(2024, 12, 31, 0) + late,
            at(2024, 12, 1, 0),
            at(2025, 1, 1, 0),
        ),
        (
            Months(3),
            at(2024, 5, 15, 0),
            at(2024, 4, 1, 0),
            at(2024, 7, 1, 0),
        ),
        (
            Months(12),
            at(2024, 5, 15, 0),
            at(2024, 1, 1, 0),
            at(2025, 1, 1, 0),
        ),
        (
            Months(1),
            at(1969, 12, 31, 23),
            at(1969, 12, 1, 0),
            at(1970, 1, 1, 0),
        ),
        (Months(1), -1, at(1969, 12, 1, 0), 0),
        (Months(12), at(0, 6, 1, 0), at(0, 1, 1, 0), at(1, 1, 1, 0)),
        (Months(12), at(-1, 6, 1, 0), at(-1, 1, 1, 0), at(0, 1, 1, 0)),
        (
            Days(1),
            at(2024, 2, 29, 23),
            at(2024, 2, 29, 0),
            at(2024, 3, 1, 0),
        ),
        (Days(1), -1, at(1969, 12, 31, 0), 0),
        // 2024-02-26 is a Monday.
        (
            Days(7),
            at(2024, 2, 29, 23),
            at(2024, 2, 26, 0),
            at(2024, 3, 4, 0),
        ),
        (
            Days(7),
            at(2024, 2, 26, 0),
            at(2024, 2, 26, 0),
            at(2024, 3, 4, 0),
        ),
        (Days(7), 0, at(1969, 12, 29, 0), at(1970, 1, 5, 0)),
        (Days(10), 0, 0, at(1970, 1, 11, 0)),
        (Days(10), -1, at(1969, 12, 22, 0), 0),
        (
            Hours(6),
            at(2024, 2, 29, 23),
            at(2024, 2, 29, 18),
            at(2024, 3, 1, 0),
        ),
        (Hours(1), -1, at(1969, 12, 31, 23), 0),
        // The day's last range is the shorter one.
        (
            Hours(5),
            at(2024, 2, 29, 23),
            at(2024, 2, 29, 20),
            at(2024, 3, 1, 0),
        ),
        (
            Months(0),
            at(2024, 2, 29, 23),
            at(2024, 2, 1, 0),
            at(2024, 3, 1, 0),
        ),
    ] {
        assert_eq!(lower_bound(period, instant), lower, "{period:?} {instant}");
        assert_eq!(next(period, instant), Some(upper), "{period:?} {instant}");
        assert_eq!(next(period, lower), Some(upper), "{period:?} {instant}");
        assert_eq!(prev(period, upper), Some(lower), "{period:?} {instant}");
    }
}

#[test]
fn the_ends_of_time() {
    for period in [
        Period::Months(1),
        Period::Months(u32::MAX),
        Period::Days(1),
        Period::Days(7),
        Period::Days(u32::MAX),
        Period::Hours(1),
        Period::Hours(u32::MAX),
    ] {
        assert_eq!(lower_bound(period, i64::MIN), i64::MIN, "{period:?}");
        assert_eq!(prev(period, i64::MIN), None, "{period:?}");
        assert_eq!(next(period, i64::MAX), None, "{period:?}");
        assert!(lower_bound(period, i64::MAX) < i64::MAX, "{period:?}");
    }
}

#[test]
fn cutoffs() {
    for (now, months, days, micros, expected) in [
        (at(2024, 3, 31, 7), 1, 0, 0, at(2024, 2, 29, 7)),
        (at(2025, 3, 31, 7), 1, 0, 0, at(2025, 2, 28, 7)),
        (at(2024, 2, 29, 0), 12, 0, 0, at(2023, 2, 28, 0)),
        (at(2024, 1, 15, 0), 24, 0, 0, at(2022, 1, 15, 0)),
        (at(2024, 3, 31, 0), 1, 1, 0, at(2024, 2, 28, 0)),
        (at(2024, 3, 1, 0), 0, 1, HOUR, at(2024, 2, 28, 23)),
        (at(2024, 1, 31, 0), -1, 0, 0, at(2024, 2, 29, 0)),
        (0, 0, 0, 1, -1),
        (0, i32::MAX, i32::MAX, i64::MAX, i64::MIN),
        (i64::MAX, i32::MIN, i32::MIN, i64::MIN, i64::MAX),
        (i64::MIN, 0, 0, 0, i64::MIN),
        (i64::MAX, 0, 0, 0, i64::MAX),
    ] {
        assert_eq!(
            cutoff(now, months, days, micros),
            expected,
            "{now} {months} {days} {micros}"
        );
    }
}

#[test]
fn messages_name_the_fault() {
    let error = Period::from_interval(0, 0, 5 * HOUR).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a partition's period in hours must divide a day (1, 2, 3, 4, 6, 8, 12 or 24 hours)"
    );
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (0_u32..100).prop_map(Period::Months),
        (0_u32..100).prop_map(Period::Days),
        (0_u32..30).prop_map(Period::Hours),
        any::<u32>().prop_map(Period::Months),
        any::<u32>().prop_map(Period::Days),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// The bounds tile the axis: each instant lies in one range, and ranges adjoin.
    #[test]
    fn bounds_tile_the_axis(period in period(), instant in any::<i64>()) {
        let lower = lower_bound(period, instant);
        prop_assert!(lower <= instant);
        if lower > i64::MIN {
            prop_assert_eq!(lower_bound(period, lower), lower);
            prop_assert_eq!(next(period, lower - 1), Some(lower));
        }
        if let Some(upper) = next(period, instant) {
            prop_assert!(instant < upper);
            prop_assert_eq!(next(period, lower), Some(upper));
            prop_assert_eq!(lower_bound(period, upper), upper);
            prop_assert_eq!(lower_bound(period, upper - 1), lower);
            if lower > i64::MIN {
                prop_assert_eq!(prev(period, upper), Some(lower));
            }
        }
    }

    /// Months against the crate `time`, whose years end at 9999.
    #[test]
    fn cutoffs_in_months_as_the_crate_time_has_them(day in -700_000_i64..2_900_000, months in 0_i32..2_000) {
        let epoch = i64::from(time::Date::from_ordinal_date(1970, 1).unwrap().to_julian_day());
        let theirs = time::Date::from_julian_day(i32::try_from(day + epoch).unwrap()).unwrap();
        let count = theirs.year() * 12 + i32::from(u8::from(theirs.month())) - 1 - months;
        let month = time::Month::try_from(u8::try_from(count.rem_euclid(12) + 1).unwrap()).unwrap();
        let year = count.div_euclid(12);
        let dom = theirs.day().min(month.length(year));
        let expected = time::Date::from_calendar_date(year, month, dom).unwrap();
        let expected = (i64::from(expected.to_julian_day()) - epoch) * DAY + HOUR;
        prop_assert_eq!(cutoff(day * DAY + HOUR, months, 0, 0), expected);
    }
}
