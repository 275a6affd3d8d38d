//! Which partitions to make and which are past their time. The arithmetic is in
//! [`pg_crm_core::partition`], in UTC; the DDL is in `sql/maint/functions.sql`.

use pg_crm_core::partition::{self, Period, Range};
use pgrx::prelude::*;

use crate::error;

/// Microseconds from the Unix epoch, where core counts from, to 2000-01-01, where the server does.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// The server's infinities are the ends of its integers, as core's are.
pub(super) fn to_unix(time: TimestampWithTimeZone) -> i64 {
    match i64::from(time) {
        i64::MIN => i64::MIN,
        i64::MAX => i64::MAX,
        micros => micros.saturating_add(POSTGRES_EPOCH),
    }
}

fn from_unix(micros: i64) -> Option<TimestampWithTimeZone> {
    let micros = match micros {
        i64::MIN | i64::MAX => micros,
        micros => micros.saturating_sub(POSTGRES_EPOCH),
    };
    TimestampWithTimeZone::try_from(micros).ok()
}

fn period(interval: Interval) -> Period {
    match Period::from_interval(interval.months(), interval.days(), interval.micros()) {
        Ok(period) => period,
        Err(reason) => error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                "interval is no partition period",
            )
            .set_detail(format!("{reason}"))
            .set_hint("Use whole months, whole days, or hours that divide a day, such as '1 month', '7 days' or '6 hours'."),
        ),
    }
}

/// Whether the interval can be a partition's length: true, or error 22023.
#[pg_extern(schema = "maint", immutable, strict, parallel_safe)]
fn check_period(length: Interval) -> bool {
    let _ = period(length);
    true
}

/// The name of a table's default partition.
#[pg_extern(schema = "maint", immutable, strict, parallel_safe)]
fn default_partition_name(table_name: &str) -> String {
    partition::default_name(table_name)
}

/// The table's name and a suffix, shortened safely.
#[pg_extern(schema = "maint", immutable, strict, parallel_safe)]
fn fitted_name(table_name: &str, suffix: &str) -> String {
    partition::fitted(table_name, suffix)
}

/// The time before which rows are past their retention.
#[pg_extern(schema = "maint", immutable, strict, parallel_safe)]
fn retention_cutoff(
    at: TimestampWithTimeZone,
    retention: Interval,
) -> Option<TimestampWithTimeZone> {
    from_unix(partition::cutoff(
        to_unix(at),
        retention.months(),
        retention.days(),
        retention.micros(),
    ))
}

/// The changes that a table's partitions need: `create` rows with the new partition's name, `expire`
/// rows with the position (from 1) of an existing partition in the given arrays.
#[pg_extern(schema = "maint", immutable, strict, parallel_safe)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from this very type
fn partition_changes(
    table_name: &str,
    length: Interval,
    premake: i32,
    at: TimestampWithTimeZone,
    expired_before: TimestampWithTimeZone,
    lower_bounds: Vec<TimestampWithTimeZone>,
    upper_bounds: Vec<TimestampWithTimeZone>,
) -> TableIterator<
    'static,
    (
        name!(action, &'static str),
        name!(name, Option<String>),
        name!(existing, Option<i32>),
        name!(lower_bound, Option<TimestampWithTimeZone>),
        name!(upper_bound, Option<TimestampWithTimeZone>),
    ),
> {
    let period = period(length);
    let existing: Vec<Range> = lower_bounds
        .into_iter()
        .zip(upper_bounds)
        .map(|(lower, upper)| Range {
            lower: to_unix(lower),
            upper: to_unix(upper),
        })
        .collect();
    let premake = u32::try_from(premake).unwrap_or(0);
    let mut rows: Vec<_> = partition::plan(period, to_unix(at), premake, &existing)
        .into_iter()
        .map(|range| {
            (
                "create",
                Some(partition::name(table_name, period, range.lower)),
                None,
                from_unix(range.lower),
                from_unix(range.upper),
            )
        })
        .collect();
    rows.extend(
        partition::expired(to_unix(expired_before), &existing)
            .into_iter()
            .map(|i| {
                (
                    "expire",
                    None,
                    i32::try_from(i + 1).ok(),
                    from_unix(existing[i].lower),
                    from_unix(existing[i].upper),
                )
            }),
    );
    TableIterator::new(rows)
}
