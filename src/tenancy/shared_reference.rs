//! References to lists whose rows are everybody's or one organization's.

use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::prelude::*;

use crate::error::{self, Violation};
use crate::row_trigger::RowChange;
use crate::spi::{Plan, kept_text};

thread_local! {
    /// One plan for each list, for the life of the backend.
    static PLANS: RefCell<HashMap<String, &'static Plan>> = RefCell::default();
}

/// BEFORE INSERT OR UPDATE FOR EACH ROW (column, referenced table, foreign key): a row that all
/// organizations share (organization_id NULL) or that is one's own may be referenced; another
/// organization's must look absent, with the foreign key's own error.
///
/// Declared in `sql/tenancy/functions.sql`: pgrx would place it before its schema.
#[pg_trigger(sql = false)]
fn check_shared_reference<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let arguments = trigger.extra_args()?;
    let [column, referenced, constraint] = arguments.as_slice() else {
        error::raise(error::report(
            PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            "check_shared_reference takes a column, a table and a foreign key",
        ));
    };
    let row = RowChange::of(trigger);
    let reference = row.typed_column(column, pg_sys::BuiltinOid::UUIDOID);
    let organization = row.typed_column("organization_id", pg_sys::BuiltinOid::UUIDOID);
    let Some(key) = row.new_datum(reference) else {
        return Ok(Some(row.unchanged()));
    };
    let found = plan(referenced).run(&[Some(key), row.new_datum(organization)], |rows| {
        rows.first().is_some()
    });
    if found {
        return Ok(Some(row.unchanged()));
    }
    let table = trigger.table_name()?;
    let list = referenced.rsplit('.').next().unwrap_or(referenced);
    let key = row.new_text(reference).unwrap_or_default();
    error::raise_violation(
        Violation {
            constraint: constraint.clone(),
            table: Some((trigger.table_schema()?, table.clone())),
        },
        error::report(
            PgSqlErrorCode::ERRCODE_FOREIGN_KEY_VIOLATION,
            format!(
                "insert or update on table \"{table}\" violates foreign key constraint \"{constraint}\""
            ),
        )
        .set_detail(format!(
            "Key ({column})=({key}) is not present in table \"{list}\"."
        )),
    )
}

fn plan(referenced: &str) -> &'static Plan {
    PLANS.with_borrow_mut(|plans| {
        if let Some(plan) = plans.get(referenced) {
            return *plan;
        }
        // The trigger's definition names the table, which nobody but its owner writes.
        let sql = kept_text(format!(
            "SELECT 1 FROM {referenced}
              WHERE id = $1 AND (organization_id IS NULL OR organization_id = $2)"
        ));
        let plan: &'static Plan = Box::leak(Box::new(Plan::new(
            sql,
            &[pg_sys::BuiltinOid::UUIDOID, pg_sys::BuiltinOid::UUIDOID],
        )));
        plans.insert(referenced.to_owned(), plan);
        plan
    })
}
