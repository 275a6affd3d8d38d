//! Doing to a table what its owner may do, and no more.
//!
//! Maintenance is started by people who own nothing, and its functions run with the installing
//! superuser's rights. The statements themselves must not: they fire the table's triggers and
//! evaluate its expressions, which are somebody else's code.

use pgrx::prelude::*;
use pgrx::spi::SpiClient;

use crate::error::{self, OrRaise};

/// The current user as another role, until dropped.
struct Identity {
    user: pg_sys::Oid,
    context: i32,
}

impl Identity {
    /// Becomes `role`, in a security-restricted operation: what runs cannot change back.
    fn assume(role: pg_sys::Oid) -> Self {
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        // SAFETY: both pointers are valid; the flags are the server's own.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut user, &mut context);
            pg_sys::SetUserIdAndSecContext(
                role,
                context
                    | (pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_RESTRICTED_OPERATION)
                        as i32,
            );
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

/// Triggers off, until dropped: a row that moves to another partition is neither deleted nor
/// inserted, so nothing may cascade from it and nobody shall hear of it.
struct Silence {
    level: i32,
}

impl Silence {
    fn begin() -> Self {
        // SAFETY: a new level of settings, closed by drop; the name and the value are NUL-terminated
        // and the value is one that the setting knows.
        unsafe {
            let level = pg_sys::NewGUCNestLevel();
            pg_sys::set_config_option(
                c"session_replication_role".as_ptr(),
                c"replica".as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_SESSION,
                pg_sys::GucAction::GUC_ACTION_SAVE,
                true,
                0,
                false,
            );
            Self { level }
        }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // SAFETY: the level that begin() opened; an ERROR that unwinds through here closes the same
        // level again at the abort, which then finds nothing.
        unsafe { pg_sys::AtEOXact_GUC(true, self.level) };
    }
}

/// Runs `work` with the rights of the table's owner.
fn as_owner<R>(target: pg_sys::Oid, work: impl FnOnce(&mut SpiClient<'_>) -> R) -> R {
    Spi::connect_mut(|client| {
        let owner = client
            .update(
                "SELECT relowner FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) $1",
                Some(1),
                &[target.into()],
            )
            .or_raise()
            .first()
            .get_one::<pg_sys::Oid>()
            .ok()
            .flatten();
        let Some(owner) = owner else {
            error::raise(error::report(
                PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
                format!("relation with OID {} does not exist", target.to_u32()),
            ));
        };
        let _silence = Silence::begin();
        let _identity = Identity::assume(owner);
        work(client)
    })
}

#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn execute_as_owner(target: pg_sys::Oid, statements: Vec<String>) {
    as_owner(target, |client| {
        for statement in statements {
            client.update(&statement, None, &[]).or_raise();
        }
    });
}

/// The first value that a query returns, as text; NULL where it returns no row.
#[pg_extern(schema = "maint", volatile, parallel_unsafe, strict)]
fn read_as_owner(target: pg_sys::Oid, query: &str) -> Option<String> {
    as_owner(target, |client| {
        let rows = client.update(query, Some(1), &[]).or_raise();
        if rows.is_empty() {
            return None;
        }
        rows.first().get_one::<String>().or_raise()
    })
}
