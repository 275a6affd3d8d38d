//! Locks of maintenance: one run at a time on one thing, and short waits for tables.

use std::time::Instant;

use pgrx::prelude::*;

use crate::error;

/// Tells the locks of runs from the server's advisory locks, which have 1 and 2 here.
const RUN: u16 = 3;

/// The lock of a run, by its key. It is of the lock method of tables: the server releases such a
/// lock of the session at every end of a transaction by an error, and at the session's end, whatever
/// that is. An advisory lock of the session would outlive an error.
fn tag(key: i64) -> pg_sys::LOCKTAG {
    // SAFETY: a plain reading of what is set in every backend that runs SQL.
    let database = unsafe { pg_sys::MyDatabaseId };
    pg_sys::LOCKTAG {
        locktag_field1: database.to_u32(),
        locktag_field2: (key >> 32) as u32,
        locktag_field3: key as u32,
        locktag_field4: RUN,
        locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
        locktag_lockmethodid: pg_sys::DEFAULT_LOCKMETHOD as u8,
    }
}

/// Takes the lock of a run for the session, over its commits; false where another session has it.
#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn hold_run(key: i64) -> bool {
    // SAFETY: the tag is complete; it is not waited for.
    let result = unsafe {
        pg_sys::LockAcquire(
            &tag(key),
            pg_sys::ExclusiveLock as pg_sys::LOCKMODE,
            true,
            true,
        )
    };
    result != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
}

/// Releases it; false, with the server's WARNING, where the session does not have it.
#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn release_run(key: i64) -> bool {
    // SAFETY: the tag is complete.
    unsafe { pg_sys::LockRelease(&tag(key), pg_sys::ExclusiveLock as pg_sys::LOCKMODE, true) }
}

/// The server's `LockTimeout`, as it was, when dropped.
struct Timeout(i32);

impl Drop for Timeout {
    fn drop(&mut self) {
        // SAFETY: the backend has one thread. An ERROR unwinds through here too.
        unsafe { pg_sys::LockTimeout = self.0 };
    }
}

/// A table lock's mode by the name that LOCK TABLE has for it.
fn mode(name: &str) -> pg_sys::LOCKMODE {
    let mode = match name {
        "SHARE UPDATE EXCLUSIVE" => pg_sys::ShareUpdateExclusiveLock,
        "SHARE ROW EXCLUSIVE" => pg_sys::ShareRowExclusiveLock,
        "ACCESS EXCLUSIVE" => pg_sys::AccessExclusiveLock,
        _ => error::raise(error::internal(format!("no lock mode \"{name}\""))),
    };
    mode as pg_sys::LOCKMODE
}

/// Locks relations, one after the other, and waits for all of them together no longer than the
/// timeout: what waits behind us waits no longer either. Error 55P03 where that is not enough.
#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn lock_relations(relations: Vec<pg_sys::Oid>, modes: Vec<String>, timeout: i32) {
    let started = Instant::now();
    // SAFETY: a plain reading of a setting's variable.
    let _before = Timeout(unsafe { pg_sys::LockTimeout });
    for (relation, name) in relations.into_iter().zip(modes) {
        let waited = i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
        // SAFETY: an OID that is nobody's is locked all the same; who uses the lock looks what is there.
        unsafe {
            // 0 would be no limit at all.
            pg_sys::LockTimeout = timeout.saturating_sub(waited).max(1);
            pg_sys::LockRelationOid(relation, mode(&name));
        }
    }
}

/// Error 2D000, with a way out, for a procedure that is called inside a transaction block.
#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn require_no_transaction(procedure: &str, instead: &str) {
    // SAFETY: asks for the state of the transaction.
    if unsafe { pg_sys::IsTransactionBlock() } {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_TRANSACTION_TERMINATION,
                format!("{procedure} cannot run inside a transaction block"),
            )
            .set_detail("It commits as it goes, so that nobody waits long for its locks.")
            .set_hint(instead.to_owned()),
        );
    }
}
