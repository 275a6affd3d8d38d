//! What statement-level triggers read of their transition tables.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;
use std::thread::LocalKey;

use pgrx::prelude::*;

use crate::error::{self, OrRaise};
use crate::spi::{self, Row, Rows};

/// The plans of one trigger function, by table and operation: a transition table's plan is bound to
/// its table.
pub type Plans = RefCell<HashMap<(pg_sys::Oid, u32), pg_sys::SPIPlanPtr>>;

/// Runs a query that may name the transition tables of this call of a trigger function, and hands
/// its rows to `read`.
///
/// `sql` is asked once for each table and operation, in which it may differ but in nothing else.
pub fn read<R>(
    trigger: &PgTrigger<'_>,
    plans: &'static LocalKey<Plans>,
    sql: impl FnOnce() -> CString,
    read: impl FnOnce(Rows) -> R,
) -> R {
    let data = std::ptr::from_ref(trigger.trigger_data()).cast_mut();
    let operation = trigger.trigger_data().tg_event & pg_sys::TRIGGER_EVENT_OPMASK;
    let key = (trigger.relid().or_raise(), operation);
    // SAFETY: `data` is the trigger data of this very call, and the plan was prepared for the same
    // table and operation.
    unsafe {
        spi::connected(|| {
            spi::register_transition_tables(data);
            let plan = plans.with_borrow_mut(|plans| {
                *plans
                    .entry(key)
                    .or_insert_with(|| spi::prepare_kept(&sql(), &[]))
            });
            read(spi::execute(plan, &[], false))
        })
    }
}

/// The key of a tenant's row: (id, organization_id).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    id: [u8; 16],
    organization: [u8; 16],
}

impl Key {
    pub fn new(id: pgrx::Uuid, organization: pgrx::Uuid) -> Self {
        Self {
            id: *id.as_bytes(),
            organization: *organization.as_bytes(),
        }
    }

    pub fn id(&self) -> pgrx::Uuid {
        pgrx::Uuid::from_bytes(self.id)
    }

    pub fn organization(&self) -> [u8; 16] {
        self.organization
    }

    /// Its columns, in their order.
    pub fn parts(&self) -> [[u8; 16]; 2] {
        [self.id, self.organization]
    }

    /// From the first two columns of a row.
    pub fn of(row: &Row) -> Self {
        let part = |ordinal| {
            row.get::<pgrx::Uuid>(ordinal).map_or_else(
                || error::raise(error::internal("a part of a key is NULL")),
                |uuid| *uuid.as_bytes(),
            )
        };
        Self {
            id: part(1),
            organization: part(2),
        }
    }

    /// Keys as two arguments of a statement, uuid[] each.
    pub fn columns<'a>(keys: impl Iterator<Item = &'a Self>) -> [Option<pg_sys::Datum>; 2] {
        let (ids, organizations): (Vec<pgrx::Uuid>, Vec<pgrx::Uuid>) = keys
            .map(|key| {
                (
                    pgrx::Uuid::from_bytes(key.id),
                    pgrx::Uuid::from_bytes(key.organization),
                )
            })
            .unzip();
        [ids.into_datum(), organizations.into_datum()]
    }
}
