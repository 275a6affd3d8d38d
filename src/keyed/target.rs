//! Tables of which triggers change some columns, and whether that may be done below the executor.

use std::ffi::CStr;
use std::rc::Rc;

use pgrx::prelude::*;

use super::news::{Asked, Known, Of};
use super::suited;
use super::writer::Writer;

/// A table, of whose rows triggers change some columns by the primary key.
pub struct Target {
    pub schema: &'static CStr,
    pub name: &'static CStr,
    /// The primary key's columns, all uuids.
    pub key: &'static [&'static CStr],
    /// What is read of a row, first what changes of it.
    pub columns: &'static [&'static CStr],
    /// The types of those that change.
    pub changed: &'static [pg_sys::BuiltinOid],
    /// Trigger functions, schema and name, that such a change leaves unmoved.
    pub unmoved: &'static [[&'static CStr; 2]],
    /// Checks that whoever changes the columns sees to.
    pub vouched: &'static [&'static CStr],
    pub known: Known<Access>,
}

/// What has been found out about a table.
pub struct Access {
    pub relation: pg_sys::Oid,
    pub key: pg_sys::Oid,
    pub columns: Vec<i16>,
    /// The greatest of them.
    pub last: i16,
    /// Those that change, as `heap_modify_tuple_by_cols` takes them.
    pub changed: Vec<i32>,
    /// Which of these are NOT NULL.
    pub never_null: Vec<bool>,
}

impl Target {
    /// Writes within `work`, as a statement of its own that sees what was done before; `None`, and
    /// nothing is done, where the executor is to be asked.
    pub fn write<R>(&self, work: impl FnOnce(&mut Writer) -> R) -> Option<R> {
        let mut writer = self.open()?;
        let result = work(&mut writer);
        writer.close();
        Some(result)
    }

    fn open(&self) -> Option<Writer> {
        // Opening the table may bring news of a change: then the question is asked again.
        for _ in 0..10 {
            let access = self.access()?;
            let asked = Asked::now();
            // SAFETY: the lock stays until the transaction ends, as that of an UPDATE would.
            unsafe {
                let relation =
                    pg_sys::try_table_open(access.relation, pg_sys::RowExclusiveLock as i32);
                if relation.is_null() {
                    continue;
                }
                if Asked::now() == asked {
                    return Some(Writer::begin(relation, access));
                }
                pg_sys::table_close(relation, pg_sys::NoLock as i32);
            }
        }
        None
    }

    fn access(&self) -> Option<Rc<Access>> {
        let of = Of {
            schema: self.schema,
            name: self.name,
            lock: pg_sys::RowExclusiveLock,
            done: "changed",
        };
        // SAFETY: the relation is open and locked.
        let look_at = |relation| unsafe { self.look_at(relation) };
        self.known.get(&of, look_at)
    }

    /// # Safety
    /// The relation is open and locked.
    unsafe fn look_at(&self, relation: pg_sys::Relation) -> Result<Access, &'static str> {
        // SAFETY: the caller vouches for the relation.
        unsafe {
            let id = (*relation).rd_id;
            let numbers = |names: &[&CStr]| -> Vec<i16> {
                let number = |name: &&CStr| pg_sys::get_attnum(id, name.as_ptr());
                names.iter().map(number).collect()
            };
            let columns = numbers(self.columns);
            let changed = columns.get(..self.changed.len()).unwrap_or_default();
            let types = changed
                .iter()
                .zip(self.changed)
                .all(|(column, of)| pg_sys::get_atttype(id, *column) == of.value());
            if columns.iter().any(|number| *number <= 0) || !types {
                return Err("its columns are others");
            }
            suited::check(self, relation, changed)?;
            // Read for the list of indexes, which tells the key.
            pg_sys::list_free(pg_sys::RelationGetIndexList(relation));
            let key = (*relation).rd_pkindex;
            if key == pg_sys::InvalidOid {
                return Err("it has no primary key");
            }
            let index = pg_sys::index_open(key, pg_sys::AccessShareLock as i32);
            let form = (*index).rd_index;
            let count = usize::try_from((*form).indnkeyatts).unwrap_or(0);
            let is_key = std::slice::from_raw_parts((*form).indkey.values.as_ptr(), count)
                == numbers(self.key);
            // Of no use to snapshots that are older than it.
            let too_new = (*form).indcheckxmin;
            pg_sys::index_close(index, pg_sys::NoLock as i32);
            let uuids = numbers(self.key)
                .iter()
                .all(|column| pg_sys::get_atttype(id, *column) == pg_sys::UUIDOID);
            if !is_key || !uuids || too_new {
                return Err("its key is another");
            }
            Ok(Access {
                relation: id,
                key,
                last: columns.iter().copied().max().unwrap_or(0),
                changed: changed.iter().map(|column| i32::from(*column)).collect(),
                never_null: changed
                    .iter()
                    .map(|column| suited::is_never_null(relation, *column))
                    .collect(),
                columns,
            })
        }
    }
}
