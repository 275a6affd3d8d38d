//! Rows by their keys, read below the executor and under its rules.
//!
//! A kept plan spends ten times as long on starting the executor as on finding a row. What is here
//! finds it by the table's own key, with the snapshot and the locks that a query would have.
//!
//! Row-level security is obeyed, not gone around: the server is asked whether it is in force for this
//! table and role ([`Sight`]), and where it is, only the policies that the installer makes are
//! understood here. Under any other, for a role without SELECT on the whole table, with children or
//! without the key, the answer is "ask the executor" ([`Table::reader`] gives nothing), which then
//! decides or refuses. The answer is kept until the server announces a change of a table, a schema or
//! a role.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;

use pgrx::PgList;
use pgrx::prelude::*;

use crate::tenancy::{claims, settings};

/// Which rows of a table the current role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// All: a superuser's, or whoever bypasses policies.
    All,
    /// Those of the current organization.
    Own,
    /// These, and those of no organization.
    Shared,
}

/// The policies' conditions, as the server writes them with nothing but `pg_catalog` in its path, but for
/// their white space.
const OWN: &str = "(organization_id=(SELECTtenancy.current_org_id()AScurrent_org_id))";
const SHARED: &str =
    "((organization_idISNULL)OR(organization_id=(SELECTtenancy.current_org_id()AScurrent_org_id)))";

/// A table whose rows are read by the first column of its primary key, a uuid.
pub struct Table {
    schema: &'static CStr,
    name: &'static CStr,
    /// `organization_id`, then what is read of it.
    columns: &'static [&'static CStr],
    known: RefCell<Option<Known>>,
}

/// What has been found out about a table.
struct Known {
    /// For whom and until when it holds.
    asked: Asked,
    answer: Option<Rc<Access>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Asked {
    generation: u64,
    role: pg_sys::Oid,
    row_security: bool,
}

struct Access {
    relation: pg_sys::Oid,
    key: pg_sys::Oid,
    columns: Vec<i16>,
    sight: Sight,
}

thread_local! {
    /// Counts what may have changed the answers.
    static GENERATION: Cell<u64> = const { Cell::new(0) };
    static LISTENING: Cell<bool> = const { Cell::new(false) };
    /// The tables that answers speak of.
    static TABLES: Cell<[pg_sys::Oid; 4]> = const { Cell::new([pg_sys::InvalidOid; 4]) };
}

fn forget() {
    GENERATION.set(GENERATION.get() + 1);
}

/// A table's policies, columns, keys, grants and name are news of the table; no table stands for all.
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

impl Asked {
    fn now() -> Self {
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

impl Table {
    pub const fn new(
        schema: &'static CStr,
        name: &'static CStr,
        columns: &'static [&'static CStr],
    ) -> Self {
        Self {
            schema,
            name,
            columns,
            known: RefCell::new(None),
        }
    }

    /// A reader of the table for the rest of this call; `None`: ask the executor.
    pub fn reader(&self) -> Option<Reader> {
        listen();
        // Opening the table may bring news of a change: then the question is asked again.
        for _ in 0..10 {
            let access = self.access()?;
            let asked = Asked::now();
            // SAFETY: the relation is locked; its lock stays until the transaction ends, as a query's
            // would.
            let relation =
                unsafe { pg_sys::try_table_open(access.relation, pg_sys::AccessShareLock as i32) };
            if relation.is_null() {
                continue;
            }
            if Asked::now() == asked {
                return Some(Reader {
                    relation,
                    access,
                    scan: None,
                    organization: settings::organization().or_else(claims::organization),
                });
            }
            // SAFETY: it was opened above.
            unsafe { pg_sys::table_close(relation, pg_sys::NoLock as i32) };
        }
        None
    }

    fn access(&self) -> Option<Rc<Access>> {
        let kept = self
            .known
            .borrow()
            .as_ref()
            .and_then(|known| (known.asked == Asked::now()).then(|| known.answer.clone()));
        kept.unwrap_or_else(|| self.find_out())
    }

    fn find_out(&self) -> Option<Rc<Access>> {
        // SAFETY: names end in NUL; look-ups answer with an invalid id where there is nothing.
        let id = unsafe {
            let schema = pg_sys::get_namespace_oid(self.schema.as_ptr(), true);
            pg_sys::get_relname_relid(self.name.as_ptr(), schema)
        };
        // SAFETY: as above; a table that has gone since then is not opened.
        let relation = unsafe {
            if id == pg_sys::InvalidOid {
                return None;
            }
            pg_sys::try_table_open(id, pg_sys::AccessShareLock as i32)
        };
        if relation.is_null() {
            return None;
        }
        watch(id);
        let asked = Asked::now();
        let answer = self.look_at(id, relation);
        // SAFETY: it was opened above.
        unsafe { pg_sys::table_close(relation, pg_sys::NoLock as i32) };
        debug1!(
            "{}.{} is read {}",
            self.schema.to_string_lossy(),
            self.name.to_string_lossy(),
            match &answer {
                Ok(_) => "by its key".to_owned(),
                Err(reason) => format!("through the executor: {reason}"),
            }
        );
        let answer = answer.ok().map(Rc::new);
        *self.known.borrow_mut() = Some(Known {
            asked,
            answer: answer.clone(),
        });
        answer
    }

    fn look_at(&self, id: pg_sys::Oid, relation: pg_sys::Relation) -> Result<Access, &'static str> {
        // SAFETY: the relation is open; its fields are valid then.
        unsafe {
            let class = (*relation).rd_rel;
            let select = pg_sys::AclMode::from(pg_sys::ACL_SELECT);
            if (*class).relkind.cast_unsigned() != pg_sys::RELKIND_RELATION
                || (*class).relam != pg_sys::HEAP_TABLE_AM_OID
                || (*class).relhassubclass
            {
                return Err("it is no plain table");
            }
            if pg_sys::pg_class_aclcheck(id, pg_sys::GetUserId(), select)
                != pg_sys::AclResult::ACLCHECK_OK
            {
                return Err("the role has no SELECT on all of it");
            }
            // Read for the list of indexes, which tells the key.
            pg_sys::list_free(pg_sys::RelationGetIndexList(relation));
            let key = (*relation).rd_pkindex;
            if key == pg_sys::InvalidOid {
                return Err("it has no primary key");
            }
            let index = pg_sys::index_open(key, pg_sys::AccessShareLock as i32);
            let key_column = *(*(*index).rd_index).indkey.values.as_ptr();
            // Of no use to snapshots that are older than it.
            let too_new = (*(*index).rd_index).indcheckxmin;
            pg_sys::index_close(index, pg_sys::NoLock as i32);
            let columns: Vec<i16> = self
                .columns
                .iter()
                .map(|name| pg_sys::get_attnum(id, name.as_ptr()))
                .collect();
            if too_new
                || columns
                    .iter()
                    .chain([&key_column])
                    .any(|number| *number <= 0)
                || pg_sys::get_atttype(id, key_column) != pg_sys::UUIDOID
            {
                return Err("its columns or its key are others");
            }
            Ok(Access {
                relation: id,
                key,
                columns,
                sight: sight(id, relation)?,
            })
        }
    }
}

/// Which rows the current role sees; `None` where only the executor can tell.
///
/// # Safety
/// The relation is open.
unsafe fn sight(id: pg_sys::Oid, relation: pg_sys::Relation) -> Result<Sight, &'static str> {
    // SAFETY: the caller vouches for the relation; its policies are valid while it is open.
    unsafe {
        let enforced = pg_sys::check_enable_rls(id, pg_sys::InvalidOid, true);
        if enforced.cast_unsigned() != pg_sys::CheckEnableRlsResult::RLS_ENABLED {
            return Ok(Sight::All);
        }
        if !pg_sys::row_security || (*relation).rd_rsdesc.is_null() {
            return Err("row_security is off, or the table has no policies");
        }
        let policies =
            PgList::<pg_sys::RowSecurityPolicy>::from_pg((*(*relation).rd_rsdesc).policies);
        let mut seen = None;
        for policy in policies.iter_ptr() {
            let everybody = Vec::<pg_sys::Oid>::from_datum((*policy).roles.into(), false)
                .is_some_and(|roles| roles == [pg_sys::Oid::from(pg_sys::ACL_ID_PUBLIC)]);
            // 'r' is SELECT, '*' all commands.
            if !matches!((*policy).polcmd.cast_unsigned(), b'r' | b'*') {
                continue;
            }
            if !(*policy).permissive || !everybody {
                return Err("a policy is restrictive, or for some roles");
            }
            let text = written((*policy).qual, id).ok_or("a policy has no condition")?;
            seen = match text.as_str() {
                OWN => seen.or(Some(Sight::Own)),
                SHARED => Some(Sight::Shared),
                _ => return Err("a policy says something else"),
            };
        }
        seen.ok_or("no policy lets rows be seen")
    }
}

/// A policy's condition as text without white space.
///
/// # Safety
/// The expression is over the columns of the relation with this id.
unsafe fn written(expression: *mut pg_sys::Expr, relation: pg_sys::Oid) -> Option<String> {
    if expression.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the expression. The setting is put back by its nesting level, by
    // the transaction's end where an ERROR comes in between.
    unsafe {
        let level = pg_sys::NewGUCNestLevel();
        pg_sys::set_config_option(
            c"search_path".as_ptr(),
            c"pg_catalog, pg_temp".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
        let context = pg_sys::deparse_context_for(c"t".as_ptr(), relation);
        let text = pg_sys::deparse_expression(expression.cast(), context, false, false);
        let mut text = CStr::from_ptr(text).to_string_lossy().into_owned();
        text.retain(|char| !char.is_whitespace());
        pg_sys::AtEOXact_GUC(true, level);
        Some(text)
    }
}

/// An open table. It must be [closed](Reader::close); where an ERROR comes first, the server does it.
pub struct Reader {
    relation: pg_sys::Relation,
    access: Rc<Access>,
    scan: Option<Scan>,
    organization: Option<[u8; 16]>,
}

/// A scan of the key, begun once for all rows that are asked for.
struct Scan {
    index: pg_sys::Relation,
    scan: pg_sys::IndexScanDesc,
    slot: *mut pg_sys::TupleTableSlot,
}

impl Reader {
    /// Makes ready to [find](Self::find) rows. What it needs lives in the memory context of the caller.
    pub fn begin(mut self) -> Self {
        // SAFETY: relation and index are open, and the active snapshot is in force, until the reader is
        // closed: within one call of a function.
        self.scan = Some(unsafe {
            let index = pg_sys::index_open(self.access.key, pg_sys::AccessShareLock as i32);
            let snapshot = pg_sys::GetActiveSnapshot();
            #[cfg(not(feature = "pg18"))]
            let scan = pg_sys::index_beginscan(self.relation, index, snapshot, 1, 0);
            #[cfg(feature = "pg18")]
            let scan =
                pg_sys::index_beginscan(self.relation, index, snapshot, std::ptr::null_mut(), 1, 0);
            let slot = pg_sys::table_slot_create(self.relation, std::ptr::null_mut());
            Scan { index, scan, slot }
        });
        self
    }

    /// What `read` makes of the first row with this key that the current role sees and of which it
    /// makes something.
    pub fn find<R>(&self, key: pgrx::Uuid, read: impl Fn(&Tuple) -> Option<R>) -> Option<R> {
        let scan = self.scan.as_ref()?;
        // SAFETY: the scan is of this relation; the key's datum lives as long as this round of it, and
        // so does each tuple, which lies in its page, until the next one is asked for.
        unsafe {
            let mut condition = pg_sys::ScanKeyData::default();
            pg_sys::ScanKeyInit(
                &mut condition,
                1,
                pg_sys::BTEqualStrategyNumber as u16,
                pg_sys::Oid::from(pg_sys::F_UUID_EQ),
                pg_sys::Datum::from(key.as_bytes().as_ptr()),
            );
            pg_sys::index_rescan(scan.scan, &mut condition, 1, std::ptr::null_mut(), 0);
            let forward = pg_sys::ScanDirection::ForwardScanDirection;
            let mut found = None;
            while found.is_none() && pg_sys::index_getnext_slot(scan.scan, forward, scan.slot) {
                let mut copied = false;
                let row = Tuple {
                    row: pg_sys::ExecFetchSlotHeapTuple(scan.slot, false, &mut copied),
                    descriptor: (*self.relation).rd_att,
                    columns: &self.access.columns,
                };
                if self.sees(&row) {
                    found = read(&row);
                }
            }
            found
        }
    }

    /// Whether the current role sees rows of this organization.
    pub fn shows(&self, organization: [u8; 16]) -> bool {
        self.sees_of(Some(organization))
    }

    fn sees(&self, row: &Tuple<'_>) -> bool {
        self.access.sight == Sight::All || self.sees_of(row.organization())
    }

    fn sees_of(&self, organization: Option<[u8; 16]>) -> bool {
        match self.access.sight {
            Sight::All => true,
            Sight::Own => self.organization.is_some() && organization == self.organization,
            Sight::Shared => organization.is_none_or(|of| Some(of) == self.organization),
        }
    }

    pub fn close(self) {
        // SAFETY: opened by Table::reader and Self::begin; the locks stay.
        unsafe {
            if let Some(scan) = self.scan {
                pg_sys::ExecDropSingleTupleTableSlot(scan.slot);
                pg_sys::index_endscan(scan.scan);
                pg_sys::index_close(scan.index, pg_sys::NoLock as i32);
            }
            pg_sys::table_close(self.relation, pg_sys::NoLock as i32);
        }
    }
}

/// A row that was found. Columns are counted as [`Table::new`] names them, from 0.
pub struct Tuple<'a> {
    row: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
    columns: &'a [i16],
}

impl Tuple<'_> {
    /// The row's organization.
    pub fn organization(&self) -> Option<[u8; 16]> {
        self.get::<pgrx::Uuid>(0).map(|id| *id.as_bytes())
    }

    /// The column as an owned value; `None` for NULL.
    pub fn get<T: FromDatum>(&self, column: usize) -> Option<T> {
        let number = *self.columns.get(column)?;
        let mut null = false;
        // SAFETY: as above; the column's type is the one that the caller states.
        unsafe {
            let datum =
                pg_sys::SPI_getbinval(self.row, self.descriptor, i32::from(number), &mut null);
            T::from_datum(datum, null)
        }
    }
}
