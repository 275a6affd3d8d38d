//! `float8[]` as it lies in a row: read in place, where pgrx would copy it.

use pgrx::prelude::*;
use pgrx::varlena;

/// The bytes of an array's elements, of any alignment.
pub type Floats<'a> = &'a [[u8; 8]];

/// The elements of an array of one dimension, or of none, without NULLs; `None` of any other.
///
/// # Safety
/// The datum is an array's, and lives as long as the result is used.
pub unsafe fn floats<'a>(array: pg_sys::Datum) -> Option<Floats<'a>> {
    /// Dimensions, offset of the data (0: no NULLs), element type, then size and lower bound of the
    /// only dimension, four bytes each, as `array.h` has them after the length.
    const HEADER: usize = 20;
    // SAFETY: the caller vouches for the datum; what is compressed or stored elsewhere is copied into
    // the current memory context first. The parts that are read are within the stated length.
    unsafe {
        let mut array = array.cast_mut_ptr::<pg_sys::varlena>();
        if varlena::varatt_is_1b_e(array) || varlena::varatt_is_4b_c(array) {
            array = pg_sys::pg_detoast_datum_packed(array);
        }
        let size = varlena::varsize_any_exhdr(array);
        let data = varlena::vardata_any(array).cast::<u8>();
        let bytes = std::slice::from_raw_parts(data, size);
        let number = |place: usize| {
            let bytes = bytes.get(4 * place..4 * place + 4)?;
            Some(i32::from_ne_bytes(bytes.try_into().ok()?))
        };
        let element = pg_sys::Oid::from(number(2)?.cast_unsigned());
        if element != pg_sys::FLOAT8OID {
            return None;
        }
        match (number(0)?, number(1)?) {
            (0, _) => Some(&[]),
            (1, 0) => {
                let count = usize::try_from(number(3)?).ok()?;
                let elements = bytes.get(HEADER..)?;
                Some(elements.as_chunks().0.get(..count)?)
            }
            _ => None,
        }
    }
}

/// The elements' values.
pub fn values(floats: Floats<'_>) -> impl Iterator<Item = f64> + '_ {
    floats.iter().map(|bytes| f64::from_ne_bytes(*bytes))
}
