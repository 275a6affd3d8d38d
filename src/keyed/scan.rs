//! Scans of an index by uuids.

use pgrx::prelude::*;

/// Begins a scan of an index by so many of its columns, with the active snapshot.
///
/// # Safety
/// Both are open and belong together, and stay so until the scan is ended; the snapshot stays active.
pub unsafe fn begin(
    relation: pg_sys::Relation,
    index: pg_sys::Relation,
    keys: i32,
) -> pg_sys::IndexScanDesc {
    // SAFETY: the caller vouches for both.
    unsafe {
        let snapshot = pg_sys::GetActiveSnapshot();
        #[cfg(not(feature = "pg18"))]
        let scan = pg_sys::index_beginscan(relation, index, snapshot, keys, 0);
        #[cfg(feature = "pg18")]
        let scan =
            pg_sys::index_beginscan(relation, index, snapshot, std::ptr::null_mut(), keys, 0);
        scan
    }
}

/// That an index's first columns are uuids, which are still to be put in.
pub fn conditions<const N: usize>() -> [pg_sys::ScanKeyData; N] {
    let mut conditions = [pg_sys::ScanKeyData::default(); N];
    for (place, condition) in (1..).zip(&mut conditions) {
        // SAFETY: the condition is there to be written; the function is the server's own.
        unsafe {
            pg_sys::ScanKeyInit(
                condition,
                place,
                pg_sys::BTEqualStrategyNumber as u16,
                pg_sys::Oid::from(pg_sys::F_UUID_EQ),
                pg_sys::Datum::from(0),
            );
        }
    }
    conditions
}
