//! Which partitions are missing, and which ones are past their time.

use super::civil::{DAY, Date, day_of};
use super::{Period, lower_bound, next};

/// A partition's bounds, in microseconds since the Unix epoch. MINVALUE and MAXVALUE (or
/// infinities) are `i64::MIN` and `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    /// The first instant inside.
    pub lower: i64,
    /// The first instant after it.
    pub upper: i64,
}

impl Range {
    /// Whether no instant is inside.
    pub const fn is_empty(self) -> bool {
        self.lower >= self.upper
    }
}

/// The ranges for which partitions must be made, oldest first, so that every instant has one from
/// the range that holds `now` through the `premake` ranges after it.
///
/// What `existing` partitions cover (in any order, with any bounds) is left out: a range that they
/// cover wholly is skipped, one that they cover partly shrinks to what they leave, in as many
/// pieces as it takes. Gaps before `now` are filled too, back to where the newest partition begins
/// that begins before `now` or at it: where nobody looked after the table for a year, the year is
/// filled. Nothing older is made, so that what retention dropped does not come back.
///
/// The number of ranges is about `premake` and the age of that newest partition in periods; the
/// caller bounds `premake`. Ranges that would end after the last instant that can be told are left
/// out.
pub fn plan(period: Period, now: i64, premake: u32, existing: &[Range]) -> Vec<Range> {
    let mut existing: Vec<Range> = existing.iter().copied().filter(|r| !r.is_empty()).collect();
    existing.sort_unstable();

    let current = lower_bound(period, now);
    let newest = existing
        .iter()
        .map(|r| r.lower)
        .filter(|&lower| lower <= now)
        .max();
    let start = newest.map_or(current, |newest| newest.min(current));
    let mut horizon = current;
    for _ in 0..=premake {
        match next(period, horizon) {
            Some(upper) => horizon = upper,
            None => break,
        }
    }

    let mut missing = Vec::new();
    let mut from = start;
    for range in existing
        .iter()
        .filter(|r| r.upper > start && r.lower < horizon)
    {
        cut(
            period,
            Range {
                lower: from,
                upper: range.lower,
            },
            &mut missing,
        );
        from = from.max(range.upper);
    }
    cut(
        period,
        Range {
            lower: from,
            upper: horizon,
        },
        &mut missing,
    );
    missing
}

/// Appends the gap, cut at the period's bounds. A gap that is empty appends nothing.
fn cut(period: Period, gap: Range, pieces: &mut Vec<Range>) {
    let mut lower = gap.lower;
    while lower < gap.upper {
        let upper = next(period, lower).unwrap_or(gap.upper).min(gap.upper);
        pieces.push(Range { lower, upper });
        lower = upper;
    }
}

/// The positions in `existing` of the ranges that end before `cutoff` or at it, in the order of
/// `existing`. Such a partition holds nothing that is younger.
pub fn expired(cutoff: i64, existing: &[Range]) -> Vec<usize> {
    existing
        .iter()
        .enumerate()
        .filter(|(_, range)| range.upper <= cutoff)
        .map(|(i, _)| i)
        .collect()
}

/// `now` less PostgreSQL's interval of `months`, `days` and `micros` (microseconds), in UTC.
///
/// As PostgreSQL does it: first the months, where a day that the month lacks becomes its last one
/// (31 March less a month is 28 or 29 February), then the days of 24 hours, then the time. A result
/// that cannot be told is the first or last instant that can; a negative interval gives a later
/// time, so that a caller who drops what is older must refuse one.
pub fn cutoff(now: i64, months: i32, days: i32, micros: i64) -> i64 {
    let day = Date::of_day(day_of(now))
        .plus_months(-i64::from(months))
        .day()
        - i64::from(days);
    let at =
        i128::from(day) * i128::from(DAY) + i128::from(now.rem_euclid(DAY)) - i128::from(micros);
    let first = i128::from(i64::MIN);
    let last = i128::from(i64::MAX);
    // Cannot fail after the clamp.
    i64::try_from(at.clamp(first, last)).unwrap_or(i64::MIN)
}
