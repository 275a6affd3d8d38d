//! Errors as PostgreSQL writes them: a SQLSTATE, a message in lower case, a detail and a hint as
//! sentences.

use std::borrow::Cow;

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
