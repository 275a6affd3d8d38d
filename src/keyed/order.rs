//! Indexes by which rows are read in an order.

use std::ffi::CStr;

use pgrx::PgList;
use pgrx::prelude::*;

use super::sight::written;

/// An index by which rows are read in an order: of two uuids with what they have to be, and of a column
/// that tells the order.
pub struct Order {
    pub index: &'static CStr,
    pub columns: [&'static CStr; 3],
    /// Its condition, as the server writes it, but for white space.
    pub condition: &'static str,
}

impl Order {
    /// The index, if it belongs to this table and is what is stated.
    ///
    /// # Safety
    /// The table is open and locked.
    pub unsafe fn find(&self, table: pg_sys::Oid) -> Option<pg_sys::Oid> {
        // SAFETY: the caller vouches for the table; an index of it stays while the table is locked.
        unsafe {
            let schema = pg_sys::get_rel_namespace(table);
            let id = pg_sys::get_relname_relid(self.index.as_ptr(), schema);
            if id == pg_sys::InvalidOid || pg_sys::IndexGetRelation(id, true) != table {
                return None;
            }
            let index = pg_sys::index_open(id, pg_sys::AccessShareLock as i32);
            let form = (*index).rd_index;
            let count = usize::try_from((*form).indnkeyatts).unwrap_or(0);
            let columns = std::slice::from_raw_parts((*form).indkey.values.as_ptr(), count);
            let stated = self
                .columns
                .map(|name| pg_sys::get_attnum(table, name.as_ptr()));
            let condition =
                PgList::<pg_sys::Expr>::from_pg(pg_sys::RelationGetIndexPredicate(index));
            let suits = columns == stated
                && (*form).indisvalid
                && !(*form).indcheckxmin
                && (*(*index).rd_rel).relam == pg_sys::BTREE_AM_OID
                && condition.len() == 1
                && condition
                    .get_ptr(0)
                    .and_then(|one| written(one, table))
                    .as_deref()
                    == Some(self.condition);
            pg_sys::index_close(index, pg_sys::NoLock as i32);
            suits.then_some(id)
        }
    }
}
