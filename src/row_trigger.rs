//! What triggers FOR EACH ROW need of the server: columns by name, whatever their types, and a row
//! with some of them replaced.
//!
//! pgrx reads columns as Rust types and refuses domains; these triggers serve tables whose columns
//! are domains.

use std::ffi::{CStr, CString};

use pgrx::PgTupleDesc;
use pgrx::prelude::*;

use crate::error::{self, OrRaise};

/// The rows of one call of a BEFORE trigger FOR EACH ROW, on INSERT or UPDATE.
pub struct RowChange<'a> {
    descriptor: pg_sys::TupleDesc,
    new: pg_sys::HeapTuple,
    old: Option<pg_sys::HeapTuple>,
    table: &'a CStr,
}

/// A column of the trigger's table.
#[derive(Clone, Copy)]
pub struct Column {
    number: i32,
    type_oid: pg_sys::Oid,
}

impl<'a> RowChange<'a> {
    /// The rows that `trigger` was fired for. Error 39P01 where it is no such trigger.
    pub fn of(trigger: &'a PgTrigger<'a>) -> Self {
        let data = trigger.trigger_data();
        let protocol = |expected: &str| -> ! {
            error::raise(error::report(
                PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
                format!("the trigger function must be fired by {expected}"),
            ))
        };
        let event = data.tg_event;
        let before_row = pg_sys::TRIGGER_EVENT_BEFORE | pg_sys::TRIGGER_EVENT_ROW;
        if event & (pg_sys::TRIGGER_EVENT_TIMINGMASK | pg_sys::TRIGGER_EVENT_ROW) != before_row {
            protocol("BEFORE ... FOR EACH ROW");
        }
        let (new, old) = match event & pg_sys::TRIGGER_EVENT_OPMASK {
            pg_sys::TRIGGER_EVENT_INSERT => (data.tg_trigtuple, None),
            pg_sys::TRIGGER_EVENT_UPDATE => (data.tg_newtuple, Some(data.tg_trigtuple)),
            _ => protocol("INSERT or UPDATE"),
        };
        // SAFETY: the relation of a trigger call is open while the call lasts; its name ends in NUL.
        let (descriptor, table) = unsafe {
            let relation = data.tg_relation;
            (
                (*relation).rd_att,
                CStr::from_ptr((*(*relation).rd_rel).relname.data.as_ptr()),
            )
        };
        Self {
            descriptor,
            new,
            old,
            table,
        }
    }

    /// Whether the row is being updated, not inserted.
    pub fn is_update(&self) -> bool {
        self.old.is_some()
    }

    /// The column of this name. Error 42703 where there is none.
    pub fn column(&self, name: &str) -> Column {
        let text = CString::new(name).or_raise();
        // SAFETY: descriptor and name are valid; the number is in the descriptor's range.
        let found = unsafe {
            let number = pg_sys::SPI_fnumber(self.descriptor, text.as_ptr());
            (number > 0).then(|| Column {
                number,
                type_oid: pg_sys::SPI_gettypeid(self.descriptor, number),
            })
        };
        found.unwrap_or_else(|| {
            error::raise(error::report(
                PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN,
                format!(
                    "column \"{name}\" of table \"{}\" does not exist",
                    self.table.to_string_lossy()
                ),
            ))
        })
    }

    /// A column that holds `type_oid`. Error 42804 where it holds something else.
    pub fn typed_column(&self, name: &str, type_oid: pg_sys::BuiltinOid) -> Column {
        let column = self.column(name);
        if column.type_oid != type_oid.value() {
            error::raise(error::report(
                PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
                format!(
                    "column \"{name}\" of table \"{}\" has another type than the trigger function works on",
                    self.table.to_string_lossy()
                ),
            ));
        }
        column
    }

    /// The new value's text form.
    pub fn new_text(&self, column: Column) -> Option<String> {
        // SAFETY: the tuple fits its descriptor; a text form ends in NUL and is copied.
        unsafe {
            let text = pg_sys::SPI_getvalue(self.new, self.descriptor, column.number);
            (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
        }
    }

    /// The new value.
    pub fn new_datum(&self, column: Column) -> Option<pg_sys::Datum> {
        self.datum(self.new, column)
    }

    /// The value before the update.
    pub fn old_datum(&self, column: Column) -> Option<pg_sys::Datum> {
        self.old.and_then(|old| self.datum(old, column))
    }

    fn datum(&self, tuple: pg_sys::HeapTuple, column: Column) -> Option<pg_sys::Datum> {
        let mut null = false;
        // SAFETY: the tuple fits its descriptor and the column is of it.
        let datum =
            unsafe { pg_sys::SPI_getbinval(tuple, self.descriptor, column.number, &mut null) };
        (!null).then_some(datum)
    }

    /// Whether an update changes columns among these and no other; generated ones do not count.
    pub fn changes_only(&self, columns: &[Column]) -> bool {
        let Some(old) = self.old else {
            return false;
        };
        let (old_values, old_nulls) = self.deformed(old);
        let (new_values, new_nulls) = self.deformed(self.new);
        // SAFETY: the descriptor lives as long as the call.
        let descriptor = unsafe { PgTupleDesc::from_pg_unchecked(self.descriptor) };
        let mut changes = false;
        for (i, attribute) in descriptor.iter().enumerate() {
            let changed = attribute.attgenerated == 0
                && (old_nulls[i] != new_nulls[i]
                    || !old_nulls[i]
                        && !same(
                            old_values[i],
                            new_values[i],
                            attribute.attbyval,
                            attribute.attlen,
                        ));
            if changed && !columns.iter().any(|c| c.number == i as i32 + 1) {
                return false;
            }
            changes |= changed;
        }
        changes
    }

    fn deformed(&self, tuple: pg_sys::HeapTuple) -> (Vec<pg_sys::Datum>, Vec<bool>) {
        // SAFETY: the tuple fits the descriptor, whose attributes are natts many; the arrays have a
        // place for each.
        unsafe {
            let count = (*self.descriptor).natts as usize;
            let mut values = vec![pg_sys::Datum::from(0); count];
            let mut nulls = vec![true; count];
            pg_sys::heap_deform_tuple(
                tuple,
                self.descriptor,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            (values, nulls)
        }
    }

    /// The new row as it is.
    pub fn unchanged(&self) -> PgHeapTuple<'a, AllocatedByPostgres> {
        self.row(self.new)
    }

    /// The new row with other values in some columns.
    pub fn with(
        &self,
        changes: &[(Column, Option<pg_sys::Datum>)],
    ) -> PgHeapTuple<'a, AllocatedByPostgres> {
        if changes.is_empty() {
            return self.unchanged();
        }
        let mut numbers: Vec<i32> = changes.iter().map(|(c, _)| c.number).collect();
        let mut nulls: Vec<bool> = changes.iter().map(|(_, value)| value.is_none()).collect();
        let mut values: Vec<pg_sys::Datum> = changes
            .iter()
            .map(|(_, value)| value.unwrap_or(pg_sys::Datum::from(0)))
            .collect();
        // SAFETY: the arrays have one entry per change; values have their columns' types, for which
        // typed_column vouches.
        let row = unsafe {
            pg_sys::heap_modify_tuple_by_cols(
                self.new,
                self.descriptor,
                numbers.len() as i32,
                numbers.as_mut_ptr(),
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            )
        };
        self.row(row)
    }

    fn row(&self, tuple: pg_sys::HeapTuple) -> PgHeapTuple<'a, AllocatedByPostgres> {
        // SAFETY: the tuple fits the table's descriptor, which lives as long as the call.
        unsafe {
            PgHeapTuple::from_heap_tuple(PgTupleDesc::from_pg_unchecked(self.descriptor), tuple)
        }
    }
}

/// Whether two values of one type are the same, byte by byte. Values that a table holds differently,
/// compressed or not, differ.
pub fn same(a: pg_sys::Datum, b: pg_sys::Datum, by_value: bool, length: i16) -> bool {
    if by_value {
        return a.value() == b.value();
    }
    // SAFETY: values that are not passed by value are pointers; the length is the type's, or the one
    // that a variable-length value begins with.
    unsafe {
        let bytes = |datum: pg_sys::Datum| {
            let start = datum.cast_mut_ptr::<u8>();
            let length =
                usize::try_from(length).unwrap_or_else(|_| pgrx::varsize_any(start.cast()));
            std::slice::from_raw_parts(start, length)
        };
        bytes(a) == bytes(b)
    }
}
