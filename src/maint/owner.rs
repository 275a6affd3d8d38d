//! Doing to a table what its owner may do, and no more.
//!
//! Maintenance is started by people who own nothing, and its functions run with the installing
//! superuser's rights. The statements themselves must not: they fire the table's triggers and
//! evaluate its expressions, which are somebody else's code.

use pgrx::prelude::*;
use pgrx::spi::SpiClient;

use crate::error::{self, OrRaise};

/// A security-restricted operation: what runs cannot change back.
const RESTRICTED: u32 =
    pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_RESTRICTED_OPERATION;

/// As the server enforces foreign keys: the owner sees all rows of its tables, also where it has
/// subjected itself to their policies, which it can lift.
pub(super) const UNFORCED: u32 =
    pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS;

/// The current user as another role, until dropped.
pub(super) struct Identity {
    user: pg_sys::Oid,
    context: i32,
}

impl Identity {
    /// Becomes `role`, with more of the server's security flags.
    pub(super) fn assume(role: pg_sys::Oid, flags: u32) -> Self {
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        // SAFETY: both pointers are valid; the flags are the server's own.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut user, &mut context);
            pg_sys::SetUserIdAndSecContext(role, context | flags as i32);
        }
        Self { user, context }
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        // SAFETY: the values that were in force. An ERROR unwinds through here too.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

/// Triggers and event triggers off, until dropped: a row that moves to another partition is neither
/// deleted nor inserted, so nothing may cascade from it and nobody shall hear of it.
///
/// It is the variable of `session_replication_role`. Its setting forgets all kept plans at every
/// change, since rules depend on it: then each of a hundred partitions is made by plans of its own.
struct Silence {
    role: i32,
    /// Whether rows were touched: then functions may have kept plans that leave rules out.
    forget_plans: bool,
}

impl Silence {
    fn begin() -> Self {
        // SAFETY: the backend has one thread; the value is one of the server's own.
        unsafe {
            let role = pg_sys::SessionReplicationRole;
            pg_sys::SessionReplicationRole = pg_sys::SESSION_REPLICATION_ROLE_REPLICA as i32;
            Self {
                role,
                forget_plans: false,
            }
        }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // SAFETY: the value that was in force. An ERROR unwinds through here too.
        unsafe {
            pg_sys::SessionReplicationRole = self.role;
            if self.forget_plans {
                pg_sys::ResetPlanCache();
            }
        }
    }
}

pub(super) fn owner_of(relation: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: a row of this cache is one of pg_class; it is released once the owner is read.
    unsafe {
        let row =
            pg_sys::SearchSysCache1(pg_sys::SysCacheIdentifier::RELOID as i32, relation.into());
        if row.is_null() {
            return None;
        }
        let owner = (*pg_sys::GETSTRUCT(row).cast::<pg_sys::FormData_pg_class>()).relowner;
        pg_sys::ReleaseSysCache(row);
        Some(owner)
    }
}

/// Runs `work` with the rights of the table's owner.
fn as_owner<R>(target: pg_sys::Oid, flags: u32, work: impl FnOnce(&mut SpiClient<'_>) -> R) -> R {
    let Some(owner) = owner_of(target) else {
        error::raise(error::report(
            PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
            format!("relation with OID {} does not exist", target.to_u32()),
        ));
    };
    Spi::connect_mut(|client| {
        let _identity = Identity::assume(owner, flags);
        work(client)
    })
}

#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn execute_as_owner(target: pg_sys::Oid, statements: Vec<String>) {
    as_owner(target, RESTRICTED, |client| {
        let mut silence = Silence::begin();
        for statement in statements {
            // Also where the statement fails.
            let before = std::mem::replace(&mut silence.forget_plans, true);
            let rows = client.update(&statement, None, &[]).or_raise().len();
            silence.forget_plans = before || rows > 0;
        }
    });
}

/// The first value that a query returns, as text; NULL where it returns no row.
#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn read_as_owner(target: pg_sys::Oid, query: &str) -> Option<String> {
    as_owner(target, RESTRICTED, |client| first_value(client, query))
}

/// Like [`read_as_owner`], of all rows of the owner's tables, and without triggers: for a statement
/// that copies rows.
#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn copy_as_owner(target: pg_sys::Oid, statement: &str) -> Option<String> {
    as_owner(target, RESTRICTED | UNFORCED, |client| {
        let mut silence = Silence::begin();
        silence.forget_plans = true;
        first_value(client, statement)
    })
}

fn first_value(client: &mut SpiClient<'_>, query: &str) -> Option<String> {
    let rows = client.update(query, Some(1), &[]).or_raise();
    if rows.is_empty() {
        return None;
    }
    rows.first().get_one::<String>().or_raise()
}
