//! Arguments of type text, taken as they lie in memory.
//!
//! pgrx's `&str` goes through the server's detoasting function, which costs a `sigsetjmp` to guard,
//! and judges the encoding. In functions that CHECKs call for every row both are most of the time:
//! 35 of 90 ns for an e-mail address.

use std::marker::PhantomData;

use pgrx::callconv::{Arg, ArgAbi};
use pgrx::impl_sql_translatable;
use pgrx::nullable::Nullable;
use pgrx::prelude::*;
use pgrx::varlena;

/// A text argument; the server keeps the bytes for the length of the call.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    datum: *const pg_sys::varlena,
    call: PhantomData<&'a [u8]>,
}

impl<'a> Text<'a> {
    /// Whether the bytes lie in the row as they are, neither compressed nor elsewhere.
    #[inline(always)]
    fn is_plain(self) -> bool {
        // SAFETY: the datum is a varlena (see `from_polymorphic_datum`), of which these read the
        // header alone.
        unsafe {
            if varlena::varatt_is_1b(self.datum) {
                !varlena::varatt_is_1b_e(self.datum)
            } else {
                varlena::varatt_is_4b_u(self.datum)
            }
        }
    }

    /// The bytes, in the encoding of the database.
    #[inline(always)]
    pub fn bytes(self) -> &'a [u8] {
        let plain = if self.is_plain() {
            self.datum
        } else {
            self.fetched()
        };
        // SAFETY: a varlena that is neither compressed nor elsewhere, and outlives the call.
        unsafe { varlena::varlena_to_byte_slice(plain) }
    }

    #[cold]
    fn fetched(self) -> *const pg_sys::varlena {
        // SAFETY: the datum is a varlena. The copy lives in the memory context of the call.
        unsafe { pg_sys::pg_detoast_datum_packed(self.datum.cast_mut()) }
    }

    /// Whether there are more bytes than `limit`. A long value is not fetched to tell.
    #[inline(always)]
    pub fn is_longer(self, limit: usize) -> bool {
        if self.is_plain() {
            return self.bytes().len() > limit;
        }
        // SAFETY: the datum is a varlena.
        let size = unsafe { pg_sys::toast_raw_datum_size(pg_sys::Datum::from(self.datum)) };
        size.saturating_sub(pg_sys::VARHDRSZ) > limit
    }

    /// The text, or `None` where it is no UTF-8, as in a database of another encoding.
    pub fn utf8(self) -> Option<&'a str> {
        str::from_utf8(self.bytes()).ok()
    }
}

impl FromDatum for Text<'_> {
    #[inline]
    unsafe fn from_polymorphic_datum(
        datum: pg_sys::Datum,
        is_null: bool,
        _: pg_sys::Oid,
    ) -> Option<Self> {
        // By the function's declaration in SQL the argument is a text, and so a pointer to a varlena.
        (!is_null).then(|| Text {
            datum: datum.cast_mut_ptr(),
            call: PhantomData,
        })
    }
}

// SAFETY: an argument that is not null is a text by the function's declaration in SQL.
unsafe impl<'fcx> ArgAbi<'fcx> for Text<'fcx> {
    #[inline]
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: the caller says that the argument is not null.
        unsafe { arg.unbox_arg_using_from_datum().unwrap_unchecked() }
    }

    #[inline]
    unsafe fn unbox_nullable_arg(arg: Arg<'_, 'fcx>) -> Nullable<Self> {
        // SAFETY: the datum is not looked at where the argument is null.
        unsafe { arg.unbox_arg_using_from_datum::<Self>().into() }
    }
}

impl_sql_translatable!(Text<'_>, arg_only = "text");
