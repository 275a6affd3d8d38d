//! Whether a change of some columns of a table sets nothing in motion but what is seen to here.
//!
//! An UPDATE evaluates every CHECK, asks every trigger, and looks at every foreign key. Where none of
//! them has to do with the columns that change, they need not be asked.

use std::ffi::CStr;

use pgrx::PgList;
use pgrx::prelude::*;

use super::target::Target;

/// `FirstLowInvalidHeapAttributeNumber`: what sets of attributes are counted from.
const FIRST_ATTRIBUTE: i32 = -7;

/// A set of attributes, of which it may be asked whether they are among a table's changed ones.
struct Attributes(*mut pg_sys::Bitmapset);

impl Attributes {
    /// Those that an expression over one table's columns is made of.
    ///
    /// # Safety
    /// The text is an expression's, as catalogs keep them.
    unsafe fn of(expression: *const std::ffi::c_char) -> Self {
        // SAFETY: the caller vouches for the text.
        unsafe {
            let mut found = std::ptr::null_mut();
            pg_sys::pull_varattnos(pg_sys::stringToNode(expression).cast(), 1, &mut found);
            Self(found)
        }
    }

    /// Whether one of the columns is in it, or the row as a whole.
    fn touches(&self, columns: &[i16]) -> bool {
        columns
            .iter()
            .chain([&0])
            // SAFETY: the set is null or was made by the server.
            .any(|column| unsafe {
                pg_sys::bms_is_member(i32::from(*column) - FIRST_ATTRIBUTE, self.0)
            })
    }
}

/// Refuses, with the reason, where a change of these columns may not be written below the executor.
///
/// # Safety
/// The relation is open, and locked against changes of its definition.
pub unsafe fn check(
    target: &Target,
    relation: pg_sys::Relation,
    written: &[i16],
) -> Result<(), &'static str> {
    // SAFETY: the caller vouches for the relation, whose fields are valid then.
    unsafe {
        let class = (*relation).rd_rel;
        let id = (*relation).rd_id;
        if (*class).relkind.cast_unsigned() != pg_sys::RELKIND_RELATION
            || (*class).relam != pg_sys::HEAP_TABLE_AM_OID
            || (*class).relhassubclass
            || (*class).relispartition
        {
            return Err("it is no plain table");
        }
        if !(*relation).rd_rules.is_null() {
            return Err("it has rules");
        }
        for needed in [pg_sys::ACL_SELECT, pg_sys::ACL_UPDATE] {
            let mode = pg_sys::AclMode::from(needed);
            if pg_sys::pg_class_aclcheck(id, pg_sys::GetUserId(), mode)
                != pg_sys::AclResult::ACLCHECK_OK
            {
                return Err("the role may not change all of it");
            }
        }
        let enforced = pg_sys::check_enable_rls(id, pg_sys::InvalidOid, true);
        if enforced.cast_unsigned() == pg_sys::CheckEnableRlsResult::RLS_ENABLED {
            return Err("its policies are in force for the role");
        }
        triggers(target, relation, written)?;
        constraints(target, relation, written)?;
        keys(relation, written)
    }
}

/// # Safety
/// As for [`check`].
unsafe fn triggers(
    target: &Target,
    relation: pg_sys::Relation,
    written: &[i16],
) -> Result<(), &'static str> {
    // SAFETY: the caller vouches for the relation.
    unsafe {
        let all = (*relation).trigdesc;
        if all.is_null() {
            return Ok(());
        }
        let count = usize::try_from((*all).numtriggers).unwrap_or(0);
        for trigger in std::slice::from_raw_parts((*all).triggers, count) {
            let for_update = trigger.tgtype.cast_unsigned() & pg_sys::TRIGGER_TYPE_UPDATE as u16;
            // Internal ones are those of foreign keys, and of unique keys that are checked later.
            if for_update == 0
                || trigger.tgisinternal
                || trigger.tgenabled.cast_unsigned() == pg_sys::TRIGGER_DISABLED
            {
                continue;
            }
            let columns = usize::try_from(trigger.tgnattr).unwrap_or(0);
            if columns > 0 {
                let columns = std::slice::from_raw_parts(trigger.tgattr, columns);
                if !columns.iter().any(|column| written.contains(column)) {
                    continue;
                }
            }
            let schema = pg_sys::get_namespace_name(pg_sys::get_func_namespace(trigger.tgfoid));
            let name = pg_sys::get_func_name(trigger.tgfoid);
            if schema.is_null()
                || name.is_null()
                || !target
                    .unmoved
                    .contains(&[CStr::from_ptr(schema), CStr::from_ptr(name)])
            {
                return Err("it has triggers of others");
            }
        }
        Ok(())
    }
}

/// # Safety
/// As for [`check`].
unsafe fn constraints(
    target: &Target,
    relation: pg_sys::Relation,
    written: &[i16],
) -> Result<(), &'static str> {
    // SAFETY: the caller vouches for the relation; its constraints are null or as many as it says.
    unsafe {
        let descriptor = (*relation).rd_att;
        let all = (*descriptor).constr;
        if all.is_null() {
            return Ok(());
        }
        for place in 0..usize::from((*all).num_check) {
            let check = (*all).check.add(place);
            if !target.vouched.contains(&CStr::from_ptr((*check).ccname))
                && Attributes::of((*check).ccbin).touches(written)
            {
                return Err("one of its checks looks at what changes");
            }
        }
        // All defaults, of which generated columns are some.
        for place in 0..usize::from((*all).num_defval) {
            let default = (*all).defval.add(place);
            if Attributes::of((*default).adbin).touches(written) {
                return Err("a column is generated from what changes");
            }
        }
        Ok(())
    }
}

/// # Safety
/// As for [`check`].
unsafe fn keys(relation: pg_sys::Relation, written: &[i16]) -> Result<(), &'static str> {
    // SAFETY: the caller vouches for the relation; the lists are the server's to free.
    unsafe {
        let kind = pg_sys::IndexAttrBitmapKind::INDEX_ATTR_BITMAP_KEY;
        if Attributes(pg_sys::RelationGetIndexAttrBitmap(relation, kind)).touches(written) {
            return Err("what changes is part of a key");
        }
        let foreign =
            PgList::<pg_sys::ForeignKeyCacheInfo>::from_pg(pg_sys::RelationGetFKeyList(relation));
        for key in foreign.iter_ptr() {
            let columns = usize::try_from((*key).nkeys).unwrap_or(0);
            if (*key)
                .conkey
                .iter()
                .take(columns)
                .any(|column| written.contains(column))
            {
                return Err("what changes refers to another table");
            }
        }
        let indexes = PgList::<pg_sys::Oid>::from_pg(pg_sys::RelationGetIndexList(relation));
        for index in indexes.iter_oid() {
            let index = pg_sys::index_open(index, pg_sys::AccessShareLock as i32);
            let form = (*index).rd_index;
            let checked_later = !(*form).indimmediate || (*form).indisexclusion;
            pg_sys::index_close(index, pg_sys::NoLock as i32);
            if checked_later {
                return Err("it has a constraint that is checked later");
            }
        }
        Ok(())
    }
}

/// Whether a column is NOT NULL.
///
/// # Safety
/// The relation is open, and has the column.
pub unsafe fn is_never_null(relation: pg_sys::Relation, column: i16) -> bool {
    // SAFETY: the caller vouches for both; a row of this cache is one of pg_attribute.
    unsafe {
        let row = pg_sys::SearchSysCache2(
            pg_sys::SysCacheIdentifier::ATTNUM as i32,
            (*relation).rd_id.into(),
            column.into(),
        );
        if row.is_null() {
            return true;
        }
        let attribute = pg_sys::GETSTRUCT(row).cast::<pg_sys::FormData_pg_attribute>();
        let never = (*attribute).attnotnull;
        pg_sys::ReleaseSysCache(row);
        never
    }
}
