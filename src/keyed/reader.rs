//! Reading by the key.

use std::ffi::CStr;
use std::ops::ControlFlow;
use std::rc::Rc;

use pgrx::prelude::*;

use super::news::{Asked, Known, Of};
use super::order::Order;
use super::row::Row;
use super::scan;
use super::sight::{Shown, Sight, sight};

/// A table whose rows are read by the first column of its primary key, a uuid.
pub struct Table {
    schema: &'static CStr,
    name: &'static CStr,
    /// `organization_id`, then what is read of it.
    columns: &'static [&'static CStr],
    order: Option<Order>,
    known: Known<Access>,
}

/// How often a table may change while it is being opened.
const ATTEMPTS: usize = 10;

/// What has been found out about a table.
struct Access {
    relation: pg_sys::Oid,
    key: pg_sys::Oid,
    columns: Vec<i16>,
    /// The greatest of them.
    last: i16,
    /// The index of the table's order, if it has one and it is as it should be.
    order: Option<pg_sys::Oid>,
    sight: Sight,
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
            order: None,
            known: Known::nothing(),
        }
    }

    /// The table, with an index to read it in an order.
    pub const fn ordered(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    /// A reader of the table for the rest of this call; `None`: ask the executor.
    pub fn reader(&self) -> Option<Reader> {
        // Opening the table may bring news of a change: then the question is asked again.
        for _ in 0..ATTEMPTS {
            let access = self.access()?;
            let asked = Asked::now();
            // SAFETY: the relation is locked; its lock stays until the transaction ends, as a query's
            // would.
            let relation =
                unsafe { pg_sys::try_table_open(access.relation, pg_sys::AccessShareLock as i32) };
            if relation.is_null() {
                continue;
            }
            let reader = Reader {
                relation,
                shown: Shown::of(access.sight),
                access,
                asked,
                scan: None,
            };
            if reader.is_current() {
                return Some(reader);
            }
            reader.close();
        }
        None
    }

    /// A reader of the table, and which rows of `others` the role sees besides, as of the moment at which
    /// the table was opened.
    pub fn reader_with(&self, others: &Self) -> Option<(Reader, Shown)> {
        for _ in 0..ATTEMPTS {
            let reader = self.reader()?;
            let shown = others.access().map(|access| Shown::of(access.sight));
            // To find out may bring news.
            if reader.is_current() {
                return match shown {
                    Some(shown) => Some((reader, shown)),
                    None => {
                        reader.close();
                        None
                    }
                };
            }
            reader.close();
        }
        None
    }

    fn access(&self) -> Option<Rc<Access>> {
        let of = Of {
            schema: self.schema,
            name: self.name,
            lock: pg_sys::AccessShareLock,
            done: "read",
        };
        self.known.get(&of, |relation| self.look_at(relation))
    }

    fn look_at(&self, relation: pg_sys::Relation) -> Result<Access, &'static str> {
        // SAFETY: the relation is open; its fields are valid then.
        unsafe {
            let id = (*relation).rd_id;
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
                last: columns.iter().copied().max().unwrap_or(0),
                columns,
                order: self.order.as_ref().and_then(|order| order.find(id)),
                sight: sight(id, relation)?,
            })
        }
    }
}

/// An open table. It must be [closed](Reader::close); where an ERROR comes first, the server does it.
pub struct Reader {
    relation: pg_sys::Relation,
    access: Rc<Access>,
    asked: Asked,
    shown: Shown,
    scan: Option<Scan>,
}

/// A scan of the key, begun once for all rows that are asked for.
struct Scan {
    index: pg_sys::Relation,
    scan: pg_sys::IndexScanDesc,
    slot: *mut pg_sys::TupleTableSlot,
    /// That the key is what is asked for next.
    condition: pg_sys::ScanKeyData,
}

impl Reader {
    /// Makes ready to [find](Self::find) rows. What it needs lives in the memory context of the caller.
    pub fn begin(mut self) -> Self {
        // SAFETY: relation and index are open, and the active snapshot is in force, until the reader is
        // closed: within one call of a function.
        self.scan = Some(unsafe {
            let index = pg_sys::index_open(self.access.key, pg_sys::AccessShareLock as i32);
            let [condition] = scan::conditions();
            Scan {
                index,
                scan: scan::begin(self.relation, index, 1),
                slot: pg_sys::table_slot_create(self.relation, std::ptr::null_mut()),
                condition,
            }
        });
        self
    }

    /// What `read` makes of the first row with this key that the current role sees and of which it
    /// makes something.
    pub fn find<R>(&self, key: pgrx::Uuid, mut read: impl FnMut(&Row) -> Option<R>) -> Option<R> {
        let scan = self.scan.as_ref()?;
        // SAFETY: the scan is of this relation and copies the condition; the key's datum lives as long
        // as this round of it, and so does each row, which lies in its page, until the next one is
        // asked for.
        unsafe {
            let mut condition = scan.condition;
            condition.sk_argument = pg_sys::Datum::from(key.as_bytes().as_ptr());
            pg_sys::index_rescan(scan.scan, &mut condition, 1, std::ptr::null_mut(), 0);
            let forward = pg_sys::ScanDirection::ForwardScanDirection;
            let mut found = None;
            while found.is_none() && pg_sys::index_getnext_slot(scan.scan, forward, scan.slot) {
                let row = Row::new(scan.slot, &self.access.columns, self.access.last);
                if self.sees(&row) {
                    found = read(&row);
                }
            }
            found
        }
    }

    /// Hands the rows that the current role sees to `read`, in any order, each with what `wanted` says to
    /// its `column`, a uuid; but those to which it says nothing.
    pub fn each<W>(
        &self,
        column: usize,
        wanted: impl Fn([u8; 16]) -> Option<W>,
        mut read: impl FnMut(W, &Row),
    ) {
        // SAFETY: as in Self::begin; scan and slot are done with before the end.
        unsafe {
            let flags = pg_sys::ScanOptions::SO_TYPE_SEQSCAN
                | pg_sys::ScanOptions::SO_ALLOW_STRAT
                | pg_sys::ScanOptions::SO_ALLOW_SYNC
                | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE;
            let scan = pg_sys::heap_beginscan(
                self.relation,
                pg_sys::GetActiveSnapshot(),
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                flags,
            );
            let slot = pg_sys::table_slot_create(self.relation, std::ptr::null_mut());
            let forward = pg_sys::ScanDirection::ForwardScanDirection;
            while pg_sys::heap_getnextslot(scan, forward, slot) {
                let row = Row::new(slot, &self.access.columns, self.access.last);
                if let Some(wanted) = row.uuid(column).and_then(&wanted)
                    && self.sees(&row)
                {
                    read(wanted, &row);
                }
            }
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::heap_endscan(scan);
        }
    }

    /// How many pages the table has.
    pub fn pages(&self) -> usize {
        let main = pg_sys::ForkNumber::MAIN_FORKNUM;
        // SAFETY: the relation is open.
        unsafe { pg_sys::RelationGetNumberOfBlocksInFork(self.relation, main) as usize }
    }

    /// Hands the rows that the current role sees, of those with these two in the table's [`Order`], to
    /// `read`, the last one first, as long as it goes on; `false`: there is no such index.
    pub fn descend(
        &self,
        values: [&[u8; 16]; 2],
        mut read: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> bool {
        let Some(order) = self.access.order else {
            return false;
        };
        // SAFETY: as in Self::begin and Self::find; what is opened is closed before the end.
        unsafe {
            let index = pg_sys::index_open(order, pg_sys::AccessShareLock as i32);
            let scan = scan::begin(self.relation, index, 2);
            let mut conditions: [_; 2] = scan::conditions();
            for (condition, value) in conditions.iter_mut().zip(values) {
                condition.sk_argument = pg_sys::Datum::from(value.as_ptr());
            }
            pg_sys::index_rescan(scan, conditions.as_mut_ptr(), 2, std::ptr::null_mut(), 0);
            let slot = pg_sys::table_slot_create(self.relation, std::ptr::null_mut());
            let backward = pg_sys::ScanDirection::BackwardScanDirection;
            let mut next = ControlFlow::Continue(());
            while next.is_continue() && pg_sys::index_getnext_slot(scan, backward, slot) {
                let row = Row::new(slot, &self.access.columns, self.access.last);
                if self.sees(&row) {
                    next = read(&row);
                }
            }
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::index_endscan(scan);
            pg_sys::index_close(index, pg_sys::NoLock as i32);
            true
        }
    }

    fn sees(&self, row: &Row<'_>) -> bool {
        self.access.sight == Sight::All || self.shown.shows(row.organization())
    }

    /// Whether what is known of the table still holds.
    fn is_current(&self) -> bool {
        self.asked == Asked::now()
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
