//! Rewriting rows of a [`Target`](super::Target) by the key.

use std::rc::Rc;

use pgrx::PgMemoryContexts;
use pgrx::prelude::*;

use super::row::Row;
use super::scan;
use super::target::Access;

/// No key has more columns.
const MOST_COLUMNS: usize = 3;

/// What becomes of a row.
pub enum Change {
    /// It gets these values, in the order of [`Target::changed`](super::Target::changed).
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
    pub unsafe fn begin(relation: pg_sys::Relation, access: Rc<Access>) -> Self {
        // SAFETY: the caller vouches for the relation; the snapshot is active until the writer is
        // closed, or the transaction's abort takes it away.
        unsafe {
            let index = pg_sys::index_open(access.key, pg_sys::RowExclusiveLock as i32);
            pg_sys::CommandCounterIncrement();
            pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
            let keys = i32::from((*(*index).rd_index).indnkeyatts);
            Self {
                relation,
                access,
                index,
                scan: scan::begin(relation, index, keys),
                conditions: scan::conditions(),
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

    pub fn close(self) {
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
