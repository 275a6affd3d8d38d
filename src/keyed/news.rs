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

/// A table, and what shall be done with its rows.
pub struct Of {
    pub schema: &'static CStr,
    pub name: &'static CStr,
    /// What a statement that does it locks the table with.
    pub lock: u32,
    pub done: &'static str,
}

/// What has been found out about a table; `None`: the executor is to be asked.
type Answer<T> = Option<Rc<T>>;

/// An answer that holds until news come.
pub struct Known<T>(RefCell<Option<(Asked, Answer<T>)>>);

impl<T> Known<T> {
    pub const fn nothing() -> Self {
        Self(RefCell::new(None))
    }

    /// The answer: the kept one, or what `look_at` says of the open table.
    pub fn get(
        &self,
        of: &Of,
        look_at: impl FnOnce(pg_sys::Relation) -> Result<T, &'static str>,
    ) -> Answer<T> {
        let kept = self
            .0
            .borrow()
            .as_ref()
            .and_then(|(asked, answer)| (*asked == Asked::now()).then(|| answer.clone()));
        kept.unwrap_or_else(|| self.find_out(of, look_at))
    }

    fn find_out(
        &self,
        of: &Of,
        look_at: impl FnOnce(pg_sys::Relation) -> Result<T, &'static str>,
    ) -> Answer<T> {
        // SAFETY: names end in NUL; look-ups answer with an invalid id where there is nothing; a table
        // that has gone since then is not opened.
        let relation = unsafe {
            let schema = pg_sys::get_namespace_oid(of.schema.as_ptr(), true);
            let id = pg_sys::get_relname_relid(of.name.as_ptr(), schema);
            if id == pg_sys::InvalidOid {
                return None;
            }
            watch(id);
            pg_sys::try_table_open(id, of.lock as i32)
        };
        if relation.is_null() {
            return None;
        }
        let asked = Asked::now();
        let answer = look_at(relation);
        // SAFETY: it was opened above.
        unsafe { pg_sys::table_close(relation, pg_sys::NoLock as i32) };
        debug1!(
            "{}.{} is {} {}",
            of.schema.to_string_lossy(),
            of.name.to_string_lossy(),
            of.done,
            match &answer {
                Ok(_) => "by its key".to_owned(),
                Err(reason) => format!("through the executor: {reason}"),
            }
        );
        let answer = answer.ok().map(Rc::new);
        *self.0.borrow_mut() = Some((asked, answer.clone()));
        answer
    }
}

/// Answers about this table hold until news of it come.
fn watch(relation: pg_sys::Oid) {
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
