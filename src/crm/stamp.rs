//! States and their times.

use pg_crm_core::stamp::{Action, Rule};
use pgrx::prelude::*;

use crate::error;
use crate::row_trigger::RowChange;

/// BEFORE INSERT OR UPDATE FOR EACH ROW, with the state's column and a rule for each time column, as
/// in `stamp_state('status', 'paid_at: paid, refunded', 'voided_at: void')`: see
/// [`pg_crm_core::stamp`].
#[pg_trigger]
fn stamp_state<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let arguments = trigger.extra_args()?;
    let row = RowChange::of(trigger);
    let [state, rules @ ..] = arguments.as_slice() else {
        error::raise(malformed("no arguments"));
    };
    let state = row.new_text(row.column(state));
    // SAFETY: a plain reading of the transaction's start time.
    let now = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
    let mut changes = Vec::new();
    for text in rules {
        let Some(rule) = Rule::parse(text) else {
            error::raise(malformed(text));
        };
        let column = row.typed_column(rule.column, pg_sys::BuiltinOid::TIMESTAMPTZOID);
        let time = row.new_datum(column);
        let carried =
            row.is_update() && time.map(|t| t.value()) == row.old_datum(column).map(|t| t.value());
        match rule.action(state.as_deref(), time.is_some(), carried) {
            Action::Keep => {}
            Action::Set => changes.push((column, Some(pg_sys::Datum::from(now)))),
            Action::Clear => changes.push((column, None)),
        }
    }
    Ok(Some(row.with(&changes)))
}

fn malformed(text: &str) -> pgrx::pg_sys::panic::ErrorReport {
    error::report(
        PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
        format!("malformed arguments of trigger function stamp_state: {text}"),
    )
    .set_hint("Write the state's column, then rules like 'closed_at: won, lost; archived'.")
}
