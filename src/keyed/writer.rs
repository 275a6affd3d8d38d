//! Rewriting by the key.

use std::cell::RefCell;
use std::ffi::CStr;
use std::rc::Rc;

use pgrx::PgMemoryContexts;
use pgrx::prelude::*;

use super::news::{self, Asked};
use super::row::Row;
use super::suited;

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
    pub known: RefCell<Option<(Asked, Option<Rc<Access>>)>>,
}

/// No key has more columns.
const MOST_COLUMNS: usize = 3;

/// What has been found out about a table.
pub struct Access {
    relation: pg_sys::Oid,
    key: pg_sys::Oid,
    columns: Vec<i16>,
    /// The greatest of them.
    last: i16,
    /// Those that change, as `heap_modify_tuple_by_cols` takes them.
    changed: Vec<i32>,
    /// Which of these are NOT NULL.
    never_null: Vec<bool>,
}

/// What becomes of a row.
pub enum Change {
    /// It gets these values, in the order of [`Target::changed`].
    To(Vec<Option<pg_sys::Datum>>),
    /// It stays as it is, and nobody else changes it until the transaction ends.
    Lock,
    /// The executor is to decide.
    Ask,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// There is no such row.
    Absent,
    /// Nothing was done: another transaction was quicker, or [`Change::Ask`].
    Undecided,
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
        let kept = self
            .known
            .borrow()
            .as_ref()
            .and_then(|(asked, answer)| (*asked == Asked::now()).then(|| answer.clone()));
        kept.unwrap_or_else(|| self.find_out())
    }

    fn find_out(&self) -> Option<Rc<Access>> {
        // SAFETY: names end in NUL; look-ups answer with an invalid id where there is nothing; a table
        // that has gone since then is not opened.
        let relation = unsafe {
            let schema = pg_sys::get_namespace_oid(self.schema.as_ptr(), true);
            let id = pg_sys::get_relname_relid(self.name.as_ptr(), schema);
            if id == pg_sys::InvalidOid {
                return None;
            }
            news::watch(id);
            pg_sys::try_table_open(id, pg_sys::RowExclusiveLock as i32)
        };
        if relation.is_null() {
            return None;
        }
        let asked = Asked::now();
        // SAFETY: the relation is open and locked.
        let answer = unsafe {
            let answer = self.look_at(relation);
            pg_sys::table_close(relation, pg_sys::NoLock as i32);
            answer
        };
        debug1!(
            "{}.{} is changed {}",
            self.schema.to_string_lossy(),
            self.name.to_string_lossy(),
            match &answer {
                Ok(_) => "by its key".to_owned(),
                Err(reason) => format!("through the executor: {reason}"),
            }
        );
        let answer = answer.ok().map(Rc::new);
        *self.known.borrow_mut() = Some((asked, answer.clone()));
        answer
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

/// An open table, and the scan that finds its rows.
pub struct Writer {
    relation: pg_sys::Relation,
    access: Rc<Access>,
    index: pg_sys::Relation,
    scan: pg_sys::IndexScanDesc,
    slot: *mut pg_sys::TupleTableSlot,
    command: pg_sys::CommandId,
    /// That the key is what is asked for next.
    conditions: [pg_sys::ScanKeyData; MOST_COLUMNS],
    /// What lives as long as the writer does.
    home: pg_sys::MemoryContext,
    /// For what one row needs.
    memory: PgMemoryContexts,
    indexes: Option<Indexes>,
}

/// What is needed to make entries in the table's indexes: only where a new version has no room beside
/// the old one, or an indexed column changes.
struct Indexes {
    state: *mut pg_sys::EState,
    relation: *mut pg_sys::ResultRelInfo,
    slot: *mut pg_sys::TupleTableSlot,
}

impl Writer {
    /// # Safety
    /// The relation is open and locked, and is the one of `access`.
    unsafe fn begin(relation: pg_sys::Relation, access: Rc<Access>) -> Self {
        // SAFETY: the caller vouches for the relation; the snapshot is active until the writer is
        // closed, or the transaction's abort takes it away.
        unsafe {
            let index = pg_sys::index_open(access.key, pg_sys::RowExclusiveLock as i32);
            pg_sys::CommandCounterIncrement();
            pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
            let snapshot = pg_sys::GetActiveSnapshot();
            let keys = i32::from((*(*index).rd_index).indnkeyatts);
            #[cfg(not(feature = "pg18"))]
            let scan = pg_sys::index_beginscan(relation, index, snapshot, keys, 0);
            #[cfg(feature = "pg18")]
            let scan =
                pg_sys::index_beginscan(relation, index, snapshot, std::ptr::null_mut(), keys, 0);
            let mut conditions = [pg_sys::ScanKeyData::default(); MOST_COLUMNS];
            for (place, condition) in (1..).zip(&mut conditions) {
                pg_sys::ScanKeyInit(
                    condition,
                    place,
                    pg_sys::BTEqualStrategyNumber as u16,
                    pg_sys::Oid::from(pg_sys::F_UUID_EQ),
                    pg_sys::Datum::from(0),
                );
            }
            Self {
                relation,
                access,
                index,
                scan,
                conditions,
                home: pg_sys::CurrentMemoryContext,
                slot: pg_sys::table_slot_create(relation, std::ptr::null_mut()),
                command: pg_sys::GetCurrentCommandId(true),
                memory: PgMemoryContexts::new("a row that is changed"),
                indexes: None,
            }
        }
    }

    /// Changes the row with this key to what `decide` says of it.
    pub fn change(&mut self, key: &[[u8; 16]], decide: impl FnOnce(&Row) -> Change) -> Outcome {
        // SAFETY: the scan copies its conditions; the key lives during the call, and the slot holds the
        // row in its page until the next one is asked for.
        unsafe {
            for (condition, part) in self.conditions.iter_mut().zip(key) {
                condition.sk_argument = pg_sys::Datum::from(part.as_ptr());
            }
            pg_sys::index_rescan(
                self.scan,
                self.conditions.as_mut_ptr(),
                key.len().min(MOST_COLUMNS) as i32,
                std::ptr::null_mut(),
                0,
            );
            let forward = pg_sys::ScanDirection::ForwardScanDirection;
            if !pg_sys::index_getnext_slot(self.scan, forward, self.slot) {
                return Outcome::Absent;
            }
            let outer = self.memory.set_as_current();
            let row = Row::new(self.slot, &self.access.columns, self.access.last);
            let outcome = match decide(&row) {
                Change::To(values) => self.update(values),
                Change::Lock => self.lock(),
                Change::Ask => Outcome::Undecided,
            };
            pg_sys::CurrentMemoryContext = outer.value();
            self.memory.reset();
            outcome
        }
    }

    /// # Safety
    /// The slot holds the row; there is a value of its type, or NULL, for each of the changed columns.
    unsafe fn update(&mut self, values: Vec<Option<pg_sys::Datum>>) -> Outcome {
        // SAFETY: the caller vouches for row and values. What is passed by pointer lives during the
        // calls.
        unsafe {
            let mut copied = false;
            let old = pg_sys::ExecFetchSlotHeapTuple(self.slot, false, &mut copied);
            let mut columns = self.access.changed.clone();
            let mut nulls: Vec<bool> = values.iter().map(Option::is_none).collect();
            let mut values: Vec<pg_sys::Datum> = values
                .into_iter()
                .map(|value| value.unwrap_or(pg_sys::Datum::from(0)))
                .collect();
            // Not a NULL where there must be none: it is for the executor to refuse that.
            let refused = self.access.never_null.iter().zip(&nulls);
            if refused.into_iter().any(|(never, null)| *never && *null) {
                return Outcome::Undecided;
            }
            let new = pg_sys::heap_modify_tuple_by_cols(
                old,
                (*self.relation).rd_att,
                columns.len() as i32,
                columns.as_mut_ptr(),
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            (*new).t_tableOid = (*self.relation).rd_id;
            let mut failure = pg_sys::TM_FailureData::default();
            let mut mode = pg_sys::LockTupleMode::LockTupleNoKeyExclusive;
            let mut place = (*old).t_self;
            #[cfg(not(feature = "pg15"))]
            let mut changed_indexes = pg_sys::TU_UpdateIndexes::TU_None;
            let result = pg_sys::heap_update(
                self.relation,
                &mut place,
                new,
                self.command,
                std::ptr::null_mut(),
                true,
                &mut failure,
                &mut mode,
                #[cfg(not(feature = "pg15"))]
                &mut changed_indexes,
            );
            if result != pg_sys::TM_Result::TM_Ok {
                return Outcome::Undecided;
            }
            #[cfg(not(feature = "pg15"))]
            let (some, only_summarizing) = (
                changed_indexes != pg_sys::TU_UpdateIndexes::TU_None,
                changed_indexes == pg_sys::TU_UpdateIndexes::TU_Summarizing,
            );
            #[cfg(feature = "pg15")]
            let (some, only_summarizing) = (
                u32::from((*(*new).t_data).t_infomask2) & pg_sys::HEAP_ONLY_TUPLE == 0,
                false,
            );
            if some {
                self.enter(new, only_summarizing);
            }
            Outcome::Done
        }
    }

    /// Makes entries of a new row in the indexes.
    ///
    /// # Safety
    /// The row has just been written.
    unsafe fn enter(&mut self, row: pg_sys::HeapTuple, only_summarizing: bool) {
        let indexes = self.indexes();
        let (state, relation, slot) = (indexes.state, indexes.relation, indexes.slot);
        // SAFETY: the caller vouches for the row; the slot lets go of it before its memory does.
        unsafe {
            pg_sys::ExecStoreHeapTuple(row, slot, false);
            // All entries are new to their indexes, as far as an index's upkeep is concerned.
            pg_sys::ExecInsertIndexTuples(
                relation,
                slot,
                state,
                false,
                false,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                #[cfg(not(feature = "pg15"))]
                only_summarizing,
            );
            #[cfg(feature = "pg15")]
            let _ = only_summarizing;
            pg_sys::ExecClearTuple(slot);
            let context = (*state).es_per_tuple_exprcontext;
            if !context.is_null() {
                pg_sys::MemoryContextReset((*context).ecxt_per_tuple_memory);
            }
        }
    }

    fn indexes(&mut self) -> &Indexes {
        let (relation, home) = (self.relation, self.home);
        self.indexes.get_or_insert_with(|| {
            // SAFETY: the relation is open. What is made lives in a context of its own below the
            // writer's, not the one of a row.
            unsafe {
                let outer = pg_sys::CurrentMemoryContext;
                pg_sys::CurrentMemoryContext = home;
                let state = pg_sys::CreateExecutorState();
                pg_sys::CurrentMemoryContext = (*state).es_query_cxt;
                let result = pg_sys::palloc0(size_of::<pg_sys::ResultRelInfo>()).cast();
                pg_sys::InitResultRelInfo(result, relation, 0, std::ptr::null_mut(), 0);
                pg_sys::ExecOpenIndices(result, false);
                let slot = pg_sys::MakeSingleTupleTableSlot(
                    (*relation).rd_att,
                    &raw const pg_sys::TTSOpsHeapTuple,
                );
                pg_sys::CurrentMemoryContext = outer;
                Indexes {
                    state,
                    relation: result,
                    slot,
                }
            }
        })
    }

    /// # Safety
    /// The slot holds the row.
    unsafe fn lock(&mut self) -> Outcome {
        // SAFETY: the caller vouches for the row; the buffer is pinned by the call and let go of here.
        unsafe {
            let mut tuple = pg_sys::HeapTupleData {
                t_self: (*self.slot).tts_tid,
                ..Default::default()
            };
            let mut buffer = pg_sys::InvalidBuffer as pg_sys::Buffer;
            let mut failure = pg_sys::TM_FailureData::default();
            let result = pg_sys::heap_lock_tuple(
                self.relation,
                &mut tuple,
                self.command,
                pg_sys::LockTupleMode::LockTupleNoKeyExclusive,
                pg_sys::LockWaitPolicy::LockWaitBlock,
                true,
                &mut buffer,
                &mut failure,
            );
            pg_sys::ReleaseBuffer(buffer);
            if result == pg_sys::TM_Result::TM_Ok {
                Outcome::Done
            } else {
                Outcome::Undecided
            }
        }
    }

    fn close(self) {
        // SAFETY: all were opened by Self::begin and Self::indexes; the locks stay.
        unsafe {
            if let Some(indexes) = self.indexes {
                pg_sys::ExecDropSingleTupleTableSlot(indexes.slot);
                pg_sys::ExecCloseIndices(indexes.relation);
                pg_sys::FreeExecutorState(indexes.state);
            }
            pg_sys::ExecDropSingleTupleTableSlot(self.slot);
            pg_sys::index_endscan(self.scan);
            pg_sys::PopActiveSnapshot();
            pg_sys::index_close(self.index, pg_sys::NoLock as i32);
            pg_sys::table_close(self.relation, pg_sys::NoLock as i32);
        }
    }
}
