//! Reading through SPI from STABLE functions.
//!
//! pgrx's client takes a new snapshot for every read once the transaction has an id, which a STABLE
//! function must not do, and copies every value. [`ReadPlan`] keeps its plan for the life of the
//! backend, always reads with the calling statement's snapshot (so it works in parallel workers and
//! on standbys), and hands out the columns as the caller's own types.

use std::cell::Cell;
use std::ffi::CStr;
use std::rc::Rc;

use pgrx::prelude::*;

use crate::error;

/// A query prepared once per backend.
pub struct ReadPlan {
    sql: &'static CStr,
    arguments: &'static [pg_sys::BuiltinOid],
    plan: Cell<pg_sys::SPIPlanPtr>,
}

impl ReadPlan {
    /// A plan that is prepared at its first use. Names and operators in `sql` must be qualified:
    /// the caller's search_path is in force.
    pub const fn new(sql: &'static CStr, arguments: &'static [pg_sys::BuiltinOid]) -> Self {
        Self {
            sql,
            arguments,
            plan: Cell::new(std::ptr::null_mut()),
        }
    }

    /// Runs the query and hands its rows to `read`.
    ///
    /// What `read` returns must not borrow from the rows; by-reference values are copied out by
    /// [`Row::get`]'s owned types.
    pub fn read<R>(&self, arguments: &[Option<pg_sys::Datum>], read: impl FnOnce(Rows) -> R) -> R {
        self.execute(arguments, true, read)
    }

    /// As [`read`](Self::read), but of the latest rows, those of the statement itself included: for
    /// triggers and other VOLATILE functions.
    pub fn read_latest<R>(
        &self,
        arguments: &[Option<pg_sys::Datum>],
        read: impl FnOnce(Rows) -> R,
    ) -> R {
        self.execute(arguments, false, read)
    }

    fn execute<R>(
        &self,
        arguments: &[Option<pg_sys::Datum>],
        read_only: bool,
        read: impl FnOnce(Rows) -> R,
    ) -> R {
        debug_assert_eq!(arguments.len(), self.arguments.len());
        let mut values: Vec<pg_sys::Datum> = arguments
            .iter()
            .map(|a| a.unwrap_or(pg_sys::Datum::from(0)))
            .collect();
        let nulls: Vec<std::ffi::c_char> = arguments
            .iter()
            .map(|a| if a.is_some() { b' ' } else { b'n' } as std::ffi::c_char)
            .collect();
        // SAFETY: connect and finish are paired (an ERROR unwinds to the transaction's abort, which
        // releases the connection); the plan is saved, so it outlives SPI_finish; values and nulls
        // have one entry per argument.
        unsafe {
            check(pg_sys::SPI_connect());
            let plan = self.prepared();
            check(pg_sys::SPI_execute_plan(
                plan,
                values.as_mut_ptr(),
                nulls.as_ptr(),
                read_only,
                0,
            ));
            let result = read(Rows {
                table: pg_sys::SPI_tuptable,
                count: pg_sys::SPI_processed as usize,
            });
            check(pg_sys::SPI_finish());
            result
        }
    }

    /// # Safety
    /// SPI must be connected.
    unsafe fn prepared(&self) -> pg_sys::SPIPlanPtr {
        if self.plan.get().is_null() {
            let mut types: Vec<pg_sys::Oid> = self.arguments.iter().map(|t| t.value()).collect();
            // SAFETY: the types' array lives during the call; a plan that was made is kept.
            unsafe {
                let plan = pg_sys::SPI_prepare(
                    self.sql.as_ptr(),
                    types.len() as std::ffi::c_int,
                    types.as_mut_ptr(),
                );
                if plan.is_null() {
                    check(pg_sys::SPI_result);
                }
                check(pg_sys::SPI_keepplan(plan));
                self.plan.set(plan);
            }
        }
        self.plan.get()
    }
}

fn check(code: std::ffi::c_int) {
    if code < 0 {
        error::raise(error::internal(format!("SPI failed with code {code}")));
    }
}

/// The rows of a finished query.
pub struct Rows {
    table: *mut pg_sys::SPITupleTable,
    count: usize,
}

impl Rows {
    /// The rows in their order.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        (0..self.count).map(|i| {
            // SAFETY: SPI_tuptable holds SPI_processed tuples after a successful SELECT.
            unsafe {
                Row {
                    tuple: *(*self.table).vals.add(i),
                    descriptor: (*self.table).tupdesc,
                }
            }
        })
    }

    /// The first row.
    pub fn first(&self) -> Option<Row> {
        self.iter().next()
    }
}

/// One row.
pub struct Row {
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
}

impl Row {
    /// Column `ordinal`, counted from 1, as an owned value; `None` for NULL.
    pub fn get<T: FromDatum>(&self, ordinal: i32) -> Option<T> {
        let mut null = false;
        // SAFETY: the tuple and its descriptor belong together; SPI_getbinval checks the ordinal;
        // the column's type is the one that the query states.
        unsafe {
            let datum = pg_sys::SPI_getbinval(self.tuple, self.descriptor, ordinal, &mut null);
            T::from_datum(datum, null)
        }
    }
}

/// Prepares a statement and keeps its plan for the life of the backend.
///
/// # Safety
/// SPI must be connected.
pub unsafe fn prepare_kept(sql: &CStr) -> pg_sys::SPIPlanPtr {
    // SAFETY: no arguments, hence no types; a failed preparation raises an ERROR or returns null.
    unsafe {
        let plan = pg_sys::SPI_prepare(sql.as_ptr(), 0, std::ptr::null_mut());
        if plan.is_null() {
            check(pg_sys::SPI_result.min(-1));
        }
        check(pg_sys::SPI_keepplan(plan));
        plan
    }
}

/// Executes statements that may read the transition tables of the trigger call `data`, each seeing
/// what those before it did. Where the first one concerns no row, the others are left out.
///
/// # Safety
/// `data` is the trigger data of the current call; `plans` returns plans made for its table.
pub unsafe fn execute_with_transition_tables(
    data: *mut pg_sys::TriggerData,
    plans: impl FnOnce() -> Rc<[pg_sys::SPIPlanPtr]>,
) {
    // SAFETY: connect and finish are paired (an ERROR is cleaned up by the transaction's abort); the
    // caller vouches for data and plans.
    unsafe {
        check(pg_sys::SPI_connect());
        check(pg_sys::SPI_register_trigger_data(data));
        for plan in plans().iter() {
            check(pg_sys::SPI_execute_plan(
                *plan,
                std::ptr::null_mut(),
                std::ptr::null(),
                false,
                0,
            ));
            if pg_sys::SPI_processed == 0 {
                break;
            }
        }
        check(pg_sys::SPI_finish());
    }
}
