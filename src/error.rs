//! Errors as PostgreSQL writes them: a SQLSTATE, a message in lower case, a detail and a hint as
//! sentences.

use std::borrow::Cow;
use std::cell::{RefCell, UnsafeCell};
use std::ffi::CString;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// An error to be returned or [`raise`]d.
pub fn report(code: PgSqlErrorCode, message: impl Into<Cow<'static, str>>) -> ErrorReport {
    ErrorReport::new(code, message, "")
}

/// Ends the statement with this error.
pub fn raise(report: ErrorReport) -> ! {
    report.report(PgLogLevel::ERROR);
    unreachable!("an ERROR does not come back")
}

/// A failure that no user's input causes.
pub fn internal(error: impl std::fmt::Display) -> ErrorReport {
    report(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, error.to_string())
}

/// For results of the server's programming interface, whose failures no user's input causes.
pub trait OrRaise<T> {
    /// The value, or the end of the statement.
    fn or_raise(self) -> T;
}

impl<T, E: std::fmt::Display> OrRaise<T> for Result<T, E> {
    fn or_raise(self) -> T {
        self.unwrap_or_else(|error| raise(internal(error)))
    }
}

/// What the fields of a violation's error name, besides its text.
#[derive(Default)]
pub struct Violation {
    pub constraint: String,
    /// Schema and name.
    pub table: Option<(String, String)>,
}

thread_local! {
    /// The violation that is being raised, as fields of the error, and the callback that tells them.
    static FIELDS: RefCell<Vec<(u8, CString)>> = RefCell::default();
    static TELL: UnsafeCell<pg_sys::ErrorContextCallback> = UnsafeCell::default();
}

/// Ends the statement with the violation of a constraint: clients find its name in the error's own
/// field, as for the server's violations. pgrx knows no such fields, but the server lets callbacks
/// complete an error.
pub fn raise_violation(violation: Violation, report: ErrorReport) -> ! {
    let (schema, table) = violation.table.unwrap_or_default();
    let fields = [
        (pg_sys::PG_DIAG_SCHEMA_NAME, schema),
        (pg_sys::PG_DIAG_TABLE_NAME, table),
        (pg_sys::PG_DIAG_CONSTRAINT_NAME, violation.constraint),
    ];
    FIELDS.set(
        fields
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .filter_map(|(field, text)| Some((field, CString::new(text).ok()?)))
            .collect(),
    );
    TELL.with(|tell| {
        // SAFETY: the callback lives as long as the backend. It stays on the stack until the error is
        // caught, where the server puts back the stack that it knows; should it still be its top, it
        // is not put there again.
        unsafe {
            if pg_sys::error_context_stack == tell.get() {
                return;
            }
            *tell.get() = pg_sys::ErrorContextCallback {
                previous: pg_sys::error_context_stack,
                callback: Some(tell_fields),
                arg: std::ptr::null_mut(),
            };
            pg_sys::error_context_stack = tell.get();
        }
    });
    raise(report)
}

#[pg_guard]
unsafe extern "C-unwind" fn tell_fields(_argument: *mut std::ffi::c_void) {
    FIELDS.with_borrow(|fields| {
        for (field, text) in fields {
            // SAFETY: called by the server while it builds an error; it copies the text.
            unsafe { pg_sys::err_generic_string(i32::from(*field), text.as_ptr()) };
        }
    });
}
