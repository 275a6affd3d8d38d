//! What the current user may do in the current organization.
//!
//! Policies ask this with every statement that writes, so it is read straight from the tables.

use pg_crm_core::role::Role;
use pgrx::prelude::*;

use super::context;
use crate::error;
use crate::lookup::{Found, Table};

const MEMBERS: Table = Table {
    schema: c"tenancy",
    name: c"organization_members",
    index: c"organization_members_pkey",
};

const USERS: Table = Table {
    schema: c"tenancy",
    name: c"users",
    index: c"users_pkey",
};

const ORGANIZATIONS: Table = Table {
    schema: c"tenancy",
    name: c"organizations",
    index: c"organizations_pkey",
};

/// Whether the current user has this role or a higher one in the current organization.
#[pg_extern(schema = "tenancy", stable, parallel_safe, strict)]
fn has_role(minimum: &str) -> bool {
    let minimum = parse(minimum);
    match (context::current_org_id(), context::current_user_id()) {
        (Some(organization), Some(user)) => {
            acting(organization.as_bytes(), user.as_bytes()).is_some_and(|role| role >= minimum)
        }
        _ => false,
    }
}

/// Whether what takes this role may be done: roles bind users, so a context that names none may do
/// whatever the organization may.
#[pg_extern(schema = "tenancy", stable, parallel_safe, strict)]
fn may_act_as(minimum: &str) -> bool {
    match context::current_user_id() {
        Some(_) => has_role(minimum),
        None => {
            parse(minimum);
            true
        }
    }
}

/// Whether the organization has an owner who can act, as of this very moment. What the transaction
/// itself did counts.
#[pg_extern(schema = "tenancy", volatile, parallel_unsafe, strict)]
fn has_acting_owner(organization_id: pgrx::Uuid) -> bool {
    // SAFETY: the rows of the statements before this one become visible, as by any command.
    unsafe { pg_sys::CommandCounterIncrement() };
    let is_live = |user: pgrx::Uuid| USERS.any_now(&[(c"id", user.as_bytes())], is_live_user);
    MEMBERS.any_now(
        &[(c"organization_id", organization_id.as_bytes())],
        |member| {
            active_role(member) == Some(Role::Owner) && member.get(c"user_id").is_some_and(is_live)
        },
    )
}

fn parse(name: &str) -> Role {
    Role::parse(name).unwrap_or_else(|| {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                format!("there is no role \"{name}\""),
            )
            .set_detail(format!(
                "The roles of members are {}.",
                Role::ALL.map(Role::name).join(", ")
            )),
        )
    })
}

/// The role in which a user acts in an organization. `None` where the user does not.
fn acting(organization: &[u8; 16], user: &[u8; 16]) -> Option<Role> {
    let member = [(c"organization_id", organization), (c"user_id", user)];
    let role = MEMBERS.first(&member, active_role)??;
    let is_live = USERS.first(&[(c"id", user)], is_live_user)?
        && ORGANIZATIONS.first(&[(c"id", organization)], is_not_deleted)?;
    is_live.then_some(role)
}

fn active_role(member: &Found) -> Option<Role> {
    let role: String = member.get(c"role")?;
    let status: String = member.get(c"status")?;
    Role::parse(&role).filter(|_| status == "active")
}

fn is_live_user(user: &Found) -> bool {
    is_not_deleted(user) && user.get::<TimestampWithTimeZone>(c"disabled_at").is_none()
}

fn is_not_deleted(row: &Found) -> bool {
    row.get::<TimestampWithTimeZone>(c"deleted_at").is_none()
}
