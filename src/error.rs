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

/// What pgrx's reports cannot say.
#[derive(Default)]
struct More {
    /// The error's own fields.
    fields: Vec<(u8, CString)>,
    /// Whether the statement is left out of the server's log.
    hides_statement: bool,
}

thread_local! {
    /// What is to be said of the report that is being made, and the callback that says it.
    static MORE: RefCell<More> = RefCell::default();
    static TELL: UnsafeCell<pg_sys::ErrorContextCallback> = UnsafeCell::default();
}

/// Ends the statement with the violation of a constraint: clients find its name in the error's own
/// field, as for the server's violations.
pub fn raise_violation(violation: Violation, report: ErrorReport) -> ! {
    let (schema, table) = violation.table.unwrap_or_default();
    let fields = [
        (pg_sys::PG_DIAG_SCHEMA_NAME, schema),
        (pg_sys::PG_DIAG_TABLE_NAME, table),
        (pg_sys::PG_DIAG_CONSTRAINT_NAME, violation.constraint),
    ];
    tell(More {
        fields: fields
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .filter_map(|(field, text)| Some((field, CString::new(text).ok()?)))
            .collect(),
        ..More::default()
    });
    raise(report)
}

/// Ends the statement with an error that does not say why, and tells the reason to the server's log
/// alone. The statement, which may hold somebody's credential, is not logged.
pub fn raise_discreetly(reason: String, report: ErrorReport) -> ! {
    tell(More {
        hides_statement: true,
        ..More::default()
    });
    ErrorReport::new(PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION, reason, "")
        .report(PgLogLevel::LOG_SERVER_ONLY);
    raise(report)
}

/// Says more of what is reported until an error is caught. The server lets callbacks complete a report.
fn tell(more: More) {
    MORE.set(more);
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
                callback: Some(tell_more),
                arg: std::ptr::null_mut(),
            };
            pg_sys::error_context_stack = tell.get();
        }
    });
}

#[pg_guard]
unsafe extern "C-unwind" fn tell_more(_argument: *mut std::ffi::c_void) {
    MORE.with_borrow(|more| {
        for (field, text) in &more.fields {
            // SAFETY: called by the server while it builds an error; it copies the text.
            unsafe { pg_sys::err_generic_string(i32::from(*field), text.as_ptr()) };
        }
        if more.hides_statement {
            // SAFETY: as above.
            unsafe { pg_sys::errhidestmt(true) };
        }
    });
}
