//! Statements through SPI.
//!
//! pgrx's client takes a new snapshot for every read once the transaction has an id, which a STABLE
//! function must not do, and copies every value. [`Plan`] keeps its plan for the life of the
//! backend, reads with the calling statement's snapshot, and hands out the columns as the caller's own
//! types.

use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::ops::ControlFlow;

use pgrx::prelude::*;

use crate::error::{self, OrRaise};

/// A statement prepared once per backend, with one plan for all its arguments.
pub struct Plan {
    sql: &'static CStr,
    arguments: &'static [pg_sys::BuiltinOid],
    plan: Cell<pg_sys::SPIPlanPtr>,
}

impl Plan {
    /// A plan that is prepared at its first use. Names and operators in `sql` must be qualified:
    /// the caller's search_path is in force.
    pub const fn new(sql: &'static CStr, arguments: &'static [pg_sys::BuiltinOid]) -> Self {
        Self {
            sql,
            arguments,
            plan: Cell::new(std::ptr::null_mut()),
        }
    }

    /// Runs a query with the calling statement's snapshot, so that it works in parallel workers and
    /// on standbys, and hands its rows to `read`.
    ///
    /// What `read` returns must not borrow from the rows; by-reference values are copied out by
    /// [`Row::get`]'s owned types.
    pub fn read<R>(&self, arguments: &[Option<pg_sys::Datum>], read: impl FnOnce(Rows) -> R) -> R {
        self.execute(arguments, true, read)
    }

    /// Like [`Plan::read`], but row by row, and only as far as `read` goes on: the plan is executed
    /// in steps of `batch` rows.
    pub fn read_while(
        &self,
        arguments: &[Option<pg_sys::Datum>],
        batch: i64,
        mut read: impl FnMut(Row) -> ControlFlow<()>,
    ) {
        debug_assert_eq!(arguments.len(), self.arguments.len());
        let (mut values, nulls) = datums(arguments);
        // SAFETY: SPI is connected within; the plan was prepared for these arguments; the portal is
        // open until it is closed, and each step's rows until the next step.
        connected(|| unsafe {
            let portal = pg_sys::SPI_cursor_open(
                std::ptr::null(),
                self.prepared(),
                values.as_mut_ptr(),
                nulls.as_ptr(),
                true,
            );
            let mut goes_on = true;
            while goes_on {
                pg_sys::SPI_cursor_fetch(portal, true, batch);
                let rows = Rows::of_last_statement();
                goes_on = rows.count > 0 && rows.iter().all(|row| read(row).is_continue());
                pg_sys::SPI_freetuptable(rows.table);
            }
            pg_sys::SPI_cursor_close(portal);
        });
    }

    /// Runs a statement that may write, and sees the latest rows, those of the calling statement
    /// included: for triggers and other VOLATILE functions.
    pub fn run<R>(&self, arguments: &[Option<pg_sys::Datum>], read: impl FnOnce(Rows) -> R) -> R {
        self.execute(arguments, false, read)
    }

    fn execute<R>(
        &self,
        arguments: &[Option<pg_sys::Datum>],
        read_only: bool,
        read: impl FnOnce(Rows) -> R,
    ) -> R {
        debug_assert_eq!(arguments.len(), self.arguments.len());
        // SAFETY: SPI is connected within; the plan was prepared for these arguments.
        connected(|| unsafe { read(execute(self.prepared(), arguments, read_only)) })
    }

    /// # Safety
    /// SPI must be connected.
    unsafe fn prepared(&self) -> pg_sys::SPIPlanPtr {
        if self.plan.get().is_null() {
            // SAFETY: the caller vouches for the connection.
            self.plan
                .set(unsafe { prepare_kept(self.sql, self.arguments) });
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
    /// # Safety
    /// SPI is connected and has executed a statement successfully.
    unsafe fn of_last_statement() -> Self {
        // SAFETY: plain reading of what the statement left; the table is null where it returns no rows.
        unsafe {
            Self {
                table: pg_sys::SPI_tuptable,
                count: pg_sys::SPI_processed as usize,
            }
        }
    }

    /// The rows in their order.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        let returned = if self.table.is_null() { 0 } else { self.count };
        (0..returned).map(|i| {
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

/// Arguments as SPI takes them.
fn datums(arguments: &[Option<pg_sys::Datum>]) -> (Vec<pg_sys::Datum>, Vec<std::ffi::c_char>) {
    arguments
        .iter()
        .map(|argument| match argument {
            Some(datum) => (*datum, b' ' as std::ffi::c_char),
            None => (pg_sys::Datum::from(0), b'n' as std::ffi::c_char),
        })
        .unzip()
}

/// Prepares a statement and keeps its plan for the life of the backend. It is planned once, for any
/// arguments: planning takes many times as long as reading a row by its key.
///
/// # Safety
/// SPI must be connected.
pub unsafe fn prepare_kept(sql: &CStr, arguments: &[pg_sys::BuiltinOid]) -> pg_sys::SPIPlanPtr {
    let types = arguments.iter().map(|t| t.value()).collect();
    // SAFETY: the caller vouches for the connection.
    unsafe { prepare_kept_with(sql, types, pg_sys::CURSOR_OPT_GENERIC_PLAN) }
}

/// Like [`prepare_kept`], for arguments of any types and with other options.
///
/// # Safety
/// SPI must be connected.
pub unsafe fn prepare_kept_with(
    sql: &CStr,
    mut types: Vec<pg_sys::Oid>,
    options: u32,
) -> pg_sys::SPIPlanPtr {
    // SAFETY: the types' array lives during the call; a failed preparation raises an ERROR or returns
    // null; a plan that was made is kept.
    unsafe {
        let plan = pg_sys::SPI_prepare_cursor(
            sql.as_ptr(),
            types.len() as std::ffi::c_int,
            types.as_mut_ptr(),
            options as std::ffi::c_int,
        );
        if plan.is_null() {
            check(pg_sys::SPI_result.min(-1));
        }
        check(pg_sys::SPI_keepplan(plan));
        plan
    }
}

/// Runs `work` with SPI connected.
pub fn connected<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: connect and finish are paired; an ERROR unwinds to the transaction's abort, which
    // releases the connection.
    unsafe {
        check(pg_sys::SPI_connect());
        let result = work();
        check(pg_sys::SPI_finish());
        result
    }
}

/// Runs `work` with what is committed by now, whatever the transaction saw when it began: for what the
/// past must not decide. Not for parallel operations.
pub fn with_latest_snapshot<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: push and pop are paired; an ERROR unwinds to the transaction's abort, which pops, too.
    unsafe {
        pg_sys::PushActiveSnapshot(pg_sys::GetLatestSnapshot());
        let result = work();
        pg_sys::PopActiveSnapshot();
        result
    }
}

/// Lets statements name the transition tables of a trigger call, until SPI is finished.
///
/// # Safety
/// SPI must be connected; `data` is the trigger data of the current call.
pub unsafe fn register_transition_tables(data: *mut pg_sys::TriggerData) {
    // SAFETY: the caller vouches for both.
    check(unsafe { pg_sys::SPI_register_trigger_data(data) });
}

/// Executes a kept plan.
///
/// # Safety
/// SPI must be connected; the plan was prepared for arguments of these types, and for the transition
/// tables that it names.
pub unsafe fn execute(
    plan: pg_sys::SPIPlanPtr,
    arguments: &[Option<pg_sys::Datum>],
    read_only: bool,
) -> Rows {
    let (mut values, nulls) = datums(arguments);
    // SAFETY: the caller vouches for the plan; values and nulls have one entry per argument.
    unsafe {
        check(pg_sys::SPI_execute_plan(
            plan,
            values.as_mut_ptr(),
            nulls.as_ptr(),
            read_only,
            0,
        ));
        Rows::of_last_statement()
    }
}

/// Like [`execute`], of a statement that writes, with what is committed by now, whatever the
/// transaction saw when it began.
///
/// # Safety
/// As for [`execute`].
pub unsafe fn execute_on_latest(plan: pg_sys::SPIPlanPtr, arguments: &[Option<pg_sys::Datum>]) {
    let (mut values, nulls) = datums(arguments);
    // SAFETY: as for execute. The snapshot is copied; without a second one to check against, rows are
    // written that the transaction's own does not show.
    unsafe {
        check(pg_sys::SPI_execute_snapshot(
            plan,
            values.as_mut_ptr(),
            nulls.as_ptr(),
            pg_sys::GetLatestSnapshot(),
            std::ptr::null_mut(),
            false,
            true,
            0,
        ));
    }
}

/// A statement's text for the life of the backend.
pub fn kept_text(sql: String) -> &'static CStr {
    Box::leak(CString::new(sql).or_raise().into_boxed_c_str())
}

/// The row of a key that comes from an array, as a condition that can be met in one way only: the rows
/// of the array one after the other, in their order, each found by its id. A plan that is made before a
/// table has rows, or statistics, must be right for millions: an equation of two columns might be solved
/// from the other side, and the organization alone have an index that looks as good.
pub fn by_key([id, of_row]: [&str; 2], [organization, its]: [&str; 2]) -> String {
    format!("{id} = ANY (ARRAY[{of_row}]) AND ({organization} = {its}) IS TRUE")
}

/// Plans made within `work` find rows by their keys, and in the order of their keys.
///
/// A kept plan must suit one row and a million, and tables that were empty when it was made: for the
/// planner an empty table is as well read from end to end, and sorted.
pub fn by_keys<R>(work: impl FnOnce() -> R) -> R {
    struct Restore([bool; 5]);
    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: the backend has one thread; the settings get the values they had before.
            unsafe {
                [
                    pg_sys::enable_bitmapscan,
                    pg_sys::enable_seqscan,
                    pg_sys::enable_hashjoin,
                    pg_sys::enable_mergejoin,
                    pg_sys::enable_sort,
                ] = self.0;
            }
        }
    }
    // SAFETY: as above. An ERROR unwinds through this frame as a panic, so the drop runs then too.
    let _restore = unsafe {
        let restore = Restore([
            pg_sys::enable_bitmapscan,
            pg_sys::enable_seqscan,
            pg_sys::enable_hashjoin,
            pg_sys::enable_mergejoin,
            pg_sys::enable_sort,
        ]);
        pg_sys::enable_bitmapscan = false;
        pg_sys::enable_seqscan = false;
        pg_sys::enable_hashjoin = false;
        pg_sys::enable_mergejoin = false;
        pg_sys::enable_sort = false;
        restore
    };
    work()
}
