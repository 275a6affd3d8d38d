//! Keeps the copy of a table that is being repartitioned as the table is.
//!
//! A change tells only which keys it concerns: what the table has under a key when the trigger fires
//! is put into the copy. The rows that a trigger is handed would not do: where a trigger of the
//! user's changes rows of the same statement again, the later change is told first.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;

use pgrx::prelude::*;

use super::owner::{Identity, UNFORCED, owner_of};
use crate::error::{self, OrRaise};
use crate::{row_trigger, spi};

thread_local! {
    /// Kept plans by the table and the statement's text.
    static PLANS: RefCell<HashMap<(pg_sys::Oid, String), pg_sys::SPIPlanPtr>> = RefCell::default();
}

/// AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW (statement that puts the row of a key into the copy,
/// statement that takes a key out of it which the table does not have, numbers of the key's columns);
/// AFTER TRUNCATE FOR EACH STATEMENT (query that returns a row where the copy is not empty, statement
/// that empties it).
///
/// Statements run with the rights of the table's owner, since they evaluate what is defined on the
/// table, and in a fixed search_path, since whoever writes chooses the session's.
///
/// Declared in `sql/maint/functions_repartition_copy.sql`: pgrx would place it before its schema.
#[pg_trigger(sql = false)]
fn mirror_rows<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let table = trigger.relid()?;
    let arguments = trigger.extra_args()?;
    let Some(owner) = owner_of(table) else {
        error::raise(error::internal("a trigger's table does not exist"));
    };
    let _identity = Identity::assume(owner, UNFORCED);
    let operation = trigger.op()?;
    match (&operation, arguments.as_slice()) {
        (PgTriggerOperation::Truncate, [is_filled, empty]) => spi::connected(|| {
            // Emptied along with another table it is open still.
            if has_row(is_filled) {
                run(table, empty, Vec::new(), &[]);
            }
        }),
        (PgTriggerOperation::Truncate, _) => protocol(),
        (_, [put, take_out, columns]) => {
            let data = trigger.trigger_data();
            let (old, new) = match &operation {
                PgTriggerOperation::Insert => (None, Some(data.tg_trigtuple)),
                PgTriggerOperation::Delete => (Some(data.tg_trigtuple), None),
                _ => (Some(data.tg_trigtuple), Some(data.tg_newtuple)),
            };
            // SAFETY: the relation of a trigger call is open while the call lasts.
            let descriptor = unsafe { (*data.tg_relation).rd_att };
            let columns: Vec<i32> = columns.split(',').filter_map(|n| n.parse().ok()).collect();
            let old = old.map(|row| key(descriptor, row, &columns));
            let new = new.map(|row| key(descriptor, row, &columns));
            let types = || {
                // SAFETY: the descriptor is valid; the server checks the numbers.
                let of = |&number| unsafe { pg_sys::SPI_gettypeid(descriptor, number) };
                columns.iter().map(of).collect()
            };
            spi::connected(|| {
                if let Some(old) = old
                    && !new
                        .as_ref()
                        .is_some_and(|new| same(descriptor, &columns, &old, new))
                {
                    run(table, take_out, types(), &old);
                }
                if let Some(new) = new {
                    run(table, put, types(), &new);
                }
            });
        }
        _ => protocol(),
    }
    Ok(None)
}

fn protocol() -> ! {
    error::raise(error::report(
        PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
        "maint.mirror_rows() is for triggers that maint.repartition() makes",
    ))
}

fn key(
    descriptor: pg_sys::TupleDesc,
    row: pg_sys::HeapTuple,
    columns: &[i32],
) -> Vec<Option<pg_sys::Datum>> {
    let value = |&number: &i32| {
        let mut null = false;
        // SAFETY: the tuple fits its descriptor; the server checks the number.
        let datum = unsafe { pg_sys::SPI_getbinval(row, descriptor, number, &mut null) };
        (!null).then_some(datum)
    };
    columns.iter().map(value).collect()
}

/// Whether two keys are the same for sure: values that a table holds differently, compressed or not,
/// differ.
fn same(
    descriptor: pg_sys::TupleDesc,
    columns: &[i32],
    old: &[Option<pg_sys::Datum>],
    new: &[Option<pg_sys::Datum>],
) -> bool {
    // SAFETY: the descriptor lives as long as the trigger call.
    let descriptor = unsafe { pgrx::PgTupleDesc::from_pg_unchecked(descriptor) };
    columns
        .iter()
        .zip(old.iter().zip(new))
        .all(|(&number, values)| {
            let attribute = usize::try_from(number - 1)
                .ok()
                .and_then(|index| descriptor.get(index));
            match (attribute, values) {
                (Some(attribute), (Some(old), Some(new))) => {
                    row_trigger::same(*old, *new, attribute.attbyval, attribute.attlen)
                }
                _ => false,
            }
        })
}

fn has_row(query: &str) -> bool {
    let text = CString::new(query).or_raise();
    // SAFETY: SPI is connected by the caller.
    unsafe {
        pg_sys::SPI_execute(text.as_ptr(), false, 1) == pg_sys::SPI_OK_SELECT as i32
            && pg_sys::SPI_processed > 0
    }
}

/// Runs a statement with a key. What takes a key out names partitions by it, which only a plan for
/// this one key leaves the others out of: a plan for all keys would lock every partition.
fn run(
    table: pg_sys::Oid,
    statement: &str,
    types: Vec<pg_sys::Oid>,
    key: &[Option<pg_sys::Datum>],
) {
    let options = if statement.starts_with("DELETE") {
        pg_sys::CURSOR_OPT_CUSTOM_PLAN
    } else {
        pg_sys::CURSOR_OPT_GENERIC_PLAN
    };
    // The copy is empty when the plan is made.
    spi::by_keys(|| {
        let plan = PLANS.with_borrow_mut(|plans| {
            *plans
                .entry((table, statement.to_owned()))
                .or_insert_with(|| {
                    let text = CString::new(statement).or_raise();
                    // SAFETY: SPI is connected by the caller.
                    unsafe { spi::prepare_kept_with(&text, types, options) }
                })
        });
        // SAFETY: as above; the plan was prepared for the types of the table's key.
        unsafe { spi::execute_on_latest(plan, key) };
    });
}
