//! The bounds of a partition, as the catalog has them.
//!
//! Their text, by `pg_get_expr()` and a regular expression, takes five times as long, and a look at
//! all tables reads thousands.

use std::ffi::CString;

use pgrx::prelude::*;

/// What a day has.
const MICROSECONDS: i64 = 86_400_000_000;

/// A bound in the server's microseconds; infinite ones, and days before and after all times, are the
/// ends.
///
/// # Safety
///
/// `bounds` is a list of `PartitionRangeDatum`.
unsafe fn instant(bounds: *const pg_sys::List) -> Option<i64> {
    use pg_sys::PartitionRangeDatumKind as Kind;

    if bounds.is_null() {
        return None;
    }
    // SAFETY: as above; a bound of the kind VALUE has a Const, of the key's type and not NULL.
    unsafe {
        let bound = pg_sys::list_nth(bounds, 0).cast::<pg_sys::PartitionRangeDatum>();
        match (*bound).kind {
            Kind::PARTITION_RANGE_DATUM_MINVALUE => return Some(i64::MIN),
            Kind::PARTITION_RANGE_DATUM_MAXVALUE => return Some(i64::MAX),
            _ => {}
        }
        let value = (*bound).value.cast::<pg_sys::Const>();
        match (*value).consttype {
            pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID => {
                i64::from_datum((*value).constvalue, (*value).constisnull)
            }
            pg_sys::DATEOID => {
                i32::from_datum((*value).constvalue, (*value).constisnull).map(|days| match days {
                    i32::MIN => i64::MIN,
                    i32::MAX => i64::MAX,
                    days => i64::from(days).saturating_mul(MICROSECONDS),
                })
            }
            _ => None,
        }
    }
}

/// The lower and the upper bound, in UTC, of a partition by range of a time; NULL for others, such as
/// the default one.
#[pg_extern(schema = "maint", stable, strict, parallel_safe)]
fn range_bounds(partition: pg_sys::Oid) -> Option<Vec<TimestampWithTimeZone>> {
    const CACHE: i32 = pg_sys::SysCacheIdentifier::RELOID as i32;

    // SAFETY: the tuple is released once its text is copied. The text is the server's own, which no
    // user can write: what it is read as is as the server wrote it.
    let (lower, upper) = unsafe {
        let row = pg_sys::SearchSysCache1(CACHE, pg_sys::Datum::from(partition));
        if row.is_null() {
            return None;
        }
        let mut null = false;
        let value = pg_sys::SysCacheGetAttr(
            CACHE,
            row,
            pg_sys::Anum_pg_class_relpartbound as pg_sys::AttrNumber,
            &mut null,
        );
        let text = String::from_datum(value, null).and_then(|text| CString::new(text).ok());
        pg_sys::ReleaseSysCache(row);
        let spec = pg_sys::stringToNode(text?.as_ptr()).cast::<pg_sys::PartitionBoundSpec>();
        (instant((*spec).lowerdatums)?, instant((*spec).upperdatums)?)
    };
    Some(vec![
        TimestampWithTimeZone::try_from(lower).ok()?,
        TimestampWithTimeZone::try_from(upper).ok()?,
    ])
}
