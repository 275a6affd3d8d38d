//! Random numbers that nobody can guess.

use pgrx::prelude::*;

use crate::error;

/// Bytes of the server's strong generator.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // SAFETY: the buffer has N bytes.
    if !unsafe { pg_sys::pg_strong_random(bytes.as_mut_ptr().cast(), N) } {
        error::raise(error::report(
            PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
            "could not generate random values",
        ));
    }
    bytes
}
