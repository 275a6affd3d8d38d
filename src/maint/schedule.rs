//! When the tasks of `maint.task_schedule` are due. The arithmetic is in [`pg_crm_core::schedule`].

use pg_crm_core::schedule::Schedule;
use pgrx::prelude::*;

use super::partitions::to_unix;

/// Whether the text is a schedule.
#[pg_extern(schema = "maint", immutable, strict, parallel_safe)]
fn is_schedule(schedule: &str) -> bool {
    schedule.parse::<Schedule>().is_ok()
}

/// Whether a task is due that last began at `since`; NULL where the text is no schedule.
#[pg_extern(schema = "maint", immutable, strict, parallel_safe)]
fn is_due(schedule: &str, since: TimestampWithTimeZone, at: TimestampWithTimeZone) -> Option<bool> {
    let schedule = schedule.parse::<Schedule>().ok()?;
    Some(schedule.is_due(to_unix(since), to_unix(at)))
}
