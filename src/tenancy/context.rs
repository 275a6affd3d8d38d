//! The organization and the user of the current transaction, for SQL. Where they are kept is in
//! [`settings`].

pub use pg_crm_core::context::Trust;
use pgrx::prelude::*;

use super::{claims, settings};
use crate::error;
use crate::guc;
use crate::spi::Plan;

/// The current organization, NULL where none is set. Never an error.
#[pg_extern(schema = "tenancy", stable, parallel_safe)]
pub fn current_org_id() -> Option<pgrx::Uuid> {
    settings::organization()
        .or_else(claims::organization)
        .map(pgrx::Uuid::from_bytes)
}

/// The current user, NULL where none is set. Never an error.
#[pg_extern(schema = "tenancy", stable, parallel_safe)]
pub fn current_user_id() -> Option<pgrx::Uuid> {
    settings::user()
        .or_else(claims::user)
        .map(pgrx::Uuid::from_bytes)
}

/// Sets organization and user for this transaction, after verifying both.
#[pg_extern(
    schema = "tenancy",
    security_definer,
    volatile,
    parallel_unsafe,
    name = "set_context"
)]
#[search_path(pg_catalog, pg_temp)]
fn set_context(organization_id: Option<pgrx::Uuid>, user_id: default!(Option<pgrx::Uuid>, "NULL")) {
    if guc::required_trust() > Trust::Function {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
                "permission denied to set the context",
            )
            .set_detail("pg_crm.context_mode is \"token\".")
            .set_hint("Call tenancy.authenticate() with a signed token."),
        );
    }
    let accessible = organization_id.filter(|organization| may_act(*organization, user_id));
    let Some(organization) = accessible else {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
                "organization is not accessible",
            )
            .set_detail(
                "The organization does not exist, is deleted, or the user is no active member of it.",
            ),
        );
    };
    enter(organization, user_id, Trust::Function);
}

/// Sets both until the transaction, or the savepoint, ends. Whether they may be is the caller's to ask.
pub fn enter(organization: pgrx::Uuid, user: Option<pgrx::Uuid>, trust: Trust) {
    settings::set_local(
        &settings::ORGANIZATION,
        Some(*organization.as_bytes()),
        trust,
    );
    settings::set_local(&settings::USER, user.map(|user| *user.as_bytes()), trust);
}

/// Forgets organization and user for the rest of this transaction.
#[pg_extern(schema = "tenancy", volatile, parallel_unsafe)]
fn clear_context() {
    settings::set_local(&settings::ORGANIZATION, None, Trust::Token);
    settings::set_local(&settings::USER, None, Trust::Token);
}

/// Whether the organization is live and the user, where one is given, an active member of it.
pub fn may_act(organization: pgrx::Uuid, user: Option<pgrx::Uuid>) -> bool {
    thread_local! {
        static PLAN: Plan = const {
            Plan::new(
                c"SELECT o.deleted_at IS NULL
                    FROM tenancy.organizations o
                   WHERE o.id = $1
                     AND ($2 IS NULL
                          OR EXISTS (SELECT
                                       FROM tenancy.organization_members m
                                       JOIN tenancy.users u ON u.id = m.user_id
                                      WHERE m.organization_id = $1
                                        AND m.user_id = $2
                                        AND m.status = 'active'
                                        AND u.deleted_at IS NULL
                                        AND u.disabled_at IS NULL))",
                &[pg_sys::BuiltinOid::UUIDOID, pg_sys::BuiltinOid::UUIDOID],
            )
        };
    }
    PLAN.with(|plan| {
        plan.read(&[organization.into_datum(), user.into_datum()], |rows| {
            rows.first().and_then(|row| row.get(1)) == Some(true)
        })
    })
}
