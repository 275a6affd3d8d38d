//! `updated_at`.

use pgrx::prelude::*;

use crate::row_trigger::RowChange;

/// BEFORE UPDATE FOR EACH ROW: puts the transaction's time into `updated_at`.
///
/// Arguments name columns that programs keep, such as counters: an update that changes nothing else
/// leaves `updated_at` alone, since nobody edited the row.
#[pg_trigger]
fn touch_updated_at<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let row = RowChange::of(trigger);
    let column = row.typed_column("updated_at", pg_sys::BuiltinOid::TIMESTAMPTZOID);
    let kept = trigger.extra_args()?;
    if !kept.is_empty() {
        let kept: Vec<_> = kept.iter().map(|name| row.column(name)).collect();
        if row.changes_only(&kept) {
            return Ok(Some(row.unchanged()));
        }
    }
    // SAFETY: a plain reading of the transaction's start time.
    let now = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
    Ok(Some(row.with(&[(column, Some(pg_sys::Datum::from(now)))])))
}
