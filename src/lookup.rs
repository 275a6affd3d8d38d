//! Rows of the model's tables, found by their keys and read without a plan.
//!
//! What policies ask is asked by every statement that writes. A kept plan of SPI takes twice as long
//! as the indexes below it, most of the rest being the executor's start.
//!
//! Neither grants nor row-level security are asked: whoever reads so decides what to tell.

use std::ffi::CStr;
use std::ops::ControlFlow;

use pgrx::prelude::*;

use crate::error;

/// A table and the index to go by.
pub struct Table {
    pub schema: &'static CStr,
    pub name: &'static CStr,
    pub index: &'static CStr,
}

/// Columns with what they have to be: those that the index begins with.
pub type Key<'a> = &'a [(&'static CStr, &'a [u8; 16])];

/// No key that is asked for has more columns.
const MOST_COLUMNS: usize = 2;

/// A row that was found.
pub struct Found {
    tuple: pg_sys::HeapTuple,
    relation: pg_sys::Relation,
}

/// One version of a row: no other version, of this row or another, is the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(u32, u32, u16);

impl Found {
    /// Which version of the row was found.
    pub fn version(&self) -> Version {
        // SAFETY: the scan that found the row is open and holds the tuple.
        unsafe {
            let place = (*self.tuple).t_self;
            Version(
                (*(*self.tuple).t_data).t_choice.t_heap.t_xmin.into(),
                (u32::from(place.ip_blkid.bi_hi) << 16) | u32::from(place.ip_blkid.bi_lo),
                place.ip_posid,
            )
        }
    }

    /// A column as an owned value; `None` for NULL.
    pub fn get<T: FromDatum>(&self, column: &CStr) -> Option<T> {
        let mut null = false;
        // SAFETY: the scan that found the row is open and holds relation and tuple.
        unsafe {
            let number = number(self.relation, column);
            let datum = pg_sys::SPI_getbinval(
                self.tuple,
                (*self.relation).rd_att,
                number.into(),
                &mut null,
            );
            T::from_datum(datum, null)
        }
    }
}

impl Table {
    /// The first row with this key, as the calling statement sees it.
    pub fn first<R>(&self, key: Key<'_>, read: impl FnOnce(&Found) -> R) -> Option<R> {
        let mut read = Some(read);
        self.each(key, |row| read.take().map(|read| read(row)))
    }

    /// What `read` makes of the first row with this key, as the calling statement sees it, of which it
    /// makes something.
    pub fn each<R>(&self, key: Key<'_>, mut read: impl FnMut(&Found) -> Option<R>) -> Option<R> {
        // SAFETY: a function is called within a statement, which has a snapshot.
        let snapshot = unsafe { pg_sys::GetActiveSnapshot() };
        self.scan(key, snapshot, |row| {
            read(row).map_or(ControlFlow::Continue(()), ControlFlow::Break)
        })
    }

    /// Whether a row with this key is `sought`, as of this very moment: what was committed since the
    /// transaction began counts, whatever its isolation level.
    pub fn any_now(&self, key: Key<'_>, mut sought: impl FnMut(&Found) -> bool) -> bool {
        // SAFETY: the snapshot is registered while it is used. After an ERROR the transaction's
        // resource owner lets go of it.
        unsafe {
            let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
            let found = self.scan(key, snapshot, |row| {
                if sought(row) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            pg_sys::UnregisterSnapshot(snapshot);
            found.is_some()
        }
    }

    fn scan<R>(
        &self,
        key: Key<'_>,
        snapshot: pg_sys::Snapshot,
        mut read: impl FnMut(&Found) -> ControlFlow<R>,
    ) -> Option<R> {
        let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
        // SAFETY: the relation is open from before the scan to after it; the keys and what they point
        // to live as long; a tuple is read before the next one comes. After an ERROR the
        // transaction's resource owner closes both.
        unsafe {
            let relation = pg_sys::table_open(self.find(self.name), lock);
            let mut keys = [pg_sys::ScanKeyData::default(); MOST_COLUMNS];
            for (entry, (column, value)) in keys.iter_mut().zip(key) {
                pg_sys::ScanKeyInit(
                    entry,
                    number(relation, column),
                    pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber,
                    pg_sys::Oid::from(pg_sys::F_UUID_EQ),
                    pg_sys::Datum::from(value.as_ptr()),
                );
            }
            let scan = pg_sys::systable_beginscan(
                relation,
                self.find(self.index),
                true,
                snapshot,
                key.len().min(MOST_COLUMNS) as std::ffi::c_int,
                keys.as_mut_ptr(),
            );
            let mut result = None;
            loop {
                let tuple = pg_sys::systable_getnext(scan);
                if tuple.is_null() {
                    break;
                }
                if let ControlFlow::Break(value) = read(&Found { tuple, relation }) {
                    result = Some(value);
                    break;
                }
            }
            pg_sys::systable_endscan(scan);
            pg_sys::table_close(relation, lock);
            result
        }
    }

    /// The relation of this name in the table's schema.
    fn find(&self, name: &CStr) -> pg_sys::Oid {
        // SAFETY: both names are NUL-terminated; the catalog's caches are asked.
        let relation = unsafe {
            pg_sys::get_relname_relid(
                name.as_ptr(),
                pg_sys::get_namespace_oid(self.schema.as_ptr(), true),
            )
        };
        if relation == pg_sys::InvalidOid {
            error::raise(
                error::report(
                    PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
                    format!(
                        "relation \"{}.{}\" does not exist",
                        self.schema.to_string_lossy(),
                        name.to_string_lossy()
                    ),
                )
                .set_hint("SELECT maint.install_schema() makes what is missing of the data model."),
            );
        }
        relation
    }
}

/// A column's number.
///
/// # Safety
/// The relation is open.
unsafe fn number(relation: pg_sys::Relation, column: &CStr) -> pg_sys::AttrNumber {
    // SAFETY: the caller vouches for the relation; the name is NUL-terminated.
    let number = unsafe { pg_sys::get_attnum((*relation).rd_id, column.as_ptr()) };
    if number == pg_sys::InvalidAttrNumber as pg_sys::AttrNumber {
        error::raise(error::report(
            PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN,
            format!("column \"{}\" does not exist", column.to_string_lossy()),
        ));
    }
    number
}
