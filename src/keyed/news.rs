//! What is known of a table, until the server announces a change of a table, a schema or a role.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;

use pgrx::prelude::*;

/// For whom and until when something holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    generation: u64,
    role: pg_sys::Oid,
    row_security: bool,
}

thread_local! {
    /// Counts what may have changed the answers.
    static GENERATION: Cell<u64> = const { Cell::new(0) };
    static LISTENING: Cell<bool> = const { Cell::new(false) };
    /// The tables that answers speak of.
    static TABLES: Cell<[pg_sys::Oid; 4]> = const { Cell::new([pg_sys::InvalidOid; 4]) };
}

impl Asked {
    pub fn now() -> Self {
        listen();
        // SAFETY: plain reading of the backend's state.
        unsafe {
            Self {
                generation: GENERATION.get(),
                role: pg_sys::GetUserId(),
                row_security: pg_sys::row_security,
            }
        }
    }
}

/// Answers about this table hold until news of it come.
pub fn watch(relation: pg_sys::Oid) {
    let tables = TABLES.get();
    if !tables.contains(&relation) {
        // What finds no place any more is no longer known.
        let [first, second, third, last] = tables;
        if last != pg_sys::InvalidOid {
            forget();
        }
        TABLES.set([relation, first, second, third]);
    }
}

fn forget() {
    GENERATION.set(GENERATION.get() + 1);
}

/// A table's policies, columns, keys, grants, triggers and name are news of the table; no table stands
/// for all.
#[pg_guard]
unsafe extern "C-unwind" fn relation_changed(_argument: pg_sys::Datum, relation: pg_sys::Oid) {
    if relation == pg_sys::InvalidOid || TABLES.get().contains(&relation) {
        forget();
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn catalog_changed(_argument: pg_sys::Datum, _cache: i32, _hash: u32) {
    forget();
}

fn listen() {
    if LISTENING.replace(true) {
        return;
    }
    // SAFETY: the callbacks live as long as the backend and take no argument.
    unsafe {
        let none = pg_sys::Datum::from(0);
        pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), none);
        for cache in [
            pg_sys::SysCacheIdentifier::AUTHOID,
            pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM,
            pg_sys::SysCacheIdentifier::NAMESPACEOID,
        ] {
            pg_sys::CacheRegisterSyscacheCallback(cache as i32, Some(catalog_changed), none);
        }
    }
}
