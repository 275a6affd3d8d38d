//! `updated_at`.

use pgrx::prelude::*;

use crate::error::{self, OrRaise};

/// BEFORE UPDATE FOR EACH ROW: puts the transaction's time into `updated_at`.
#[pg_trigger]
fn touch_updated_at<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByRust>>, PgTriggerError> {
    let Some(row) = trigger.new() else {
        error::raise(error::report(
            PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
            "touch_updated_at must be fired by BEFORE UPDATE FOR EACH ROW",
        ));
    };
    // SAFETY: a plain reading of the transaction's start time.
    let now = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
    let now = TimestampWithTimeZone::try_from(now).or_raise();
    let mut row = row.into_owned();
    row.set_by_name("updated_at", now).or_raise();
    Ok(Some(row))
}
