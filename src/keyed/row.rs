//! A row as a scan hands it out.

use pgrx::prelude::*;

use crate::floats::{self, Floats};

/// A row that was found. Columns are counted as its table names them, from 0.
pub struct Row<'a> {
    slot: *mut pg_sys::TupleTableSlot,
    columns: &'a [i16],
    last: i16,
}

impl<'a> Row<'a> {
    /// The row that a slot holds, of which these columns are read; `last` is the greatest of them.
    ///
    /// # Safety
    /// The slot holds a row of a table that has these columns, and goes on holding it as long as this
    /// lives.
    pub unsafe fn new(slot: *mut pg_sys::TupleTableSlot, columns: &'a [i16], last: i16) -> Self {
        Self {
            slot,
            columns,
            last,
        }
    }

    /// The row's organization.
    pub fn organization(&self) -> Option<[u8; 16]> {
        self.uuid(0)
    }

    fn datum(&self, column: usize) -> Option<pg_sys::Datum> {
        let number = *self.columns.get(column)?;
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        // SAFETY: the slot holds the row; its values are there up to the column.
        unsafe {
            let known = (*self.slot).tts_nvalid;
            if known < number {
                // Who asks for a second column asks for all: the first may have decided.
                let wanted = if known == 0 { number } else { self.last };
                pg_sys::slot_getsomeattrs_int(self.slot, wanted.into());
            }
            if *(*self.slot).tts_isnull.add(place) {
                return None;
            }
            Some(*(*self.slot).tts_values.add(place))
        }
    }

    /// The column as an owned value; `None` for NULL.
    pub fn get<T: FromDatum>(&self, column: usize) -> Option<T> {
        let datum = self.datum(column)?;
        // SAFETY: the column's type is the one that the caller states, as its table was asked.
        unsafe { T::from_datum(datum, false) }
    }

    /// A uuid; `None` for NULL.
    pub fn uuid(&self, column: usize) -> Option<[u8; 16]> {
        let datum = self.datum(column)?;
        // SAFETY: a uuid is a pointer to 16 bytes, of any alignment.
        Some(unsafe { *datum.cast_mut_ptr::<[u8; 16]>() })
    }

    /// A float8[] where it lies; `None` for NULL, and for one with NULLs or more dimensions.
    pub fn floats(&self, column: usize) -> Option<Floats<'_>> {
        let datum = self.datum(column)?;
        // SAFETY: the column's type is float8[]; it lives as long as the slot holds the row.
        unsafe { floats::floats(datum) }
    }
}
