//! Signed tokens as proof of whose rows may be seen. The rules are in [`pg_crm_core::token`].

use pg_crm_core::token::{self, Claims, DEFAULT_KEY_ID, Refusal};
use pgrx::Uuid;
use pgrx::datum::Interval;
use pgrx::prelude::*;

use super::context::{self, Trust};
use super::token_keys::{self, Now};
use crate::error;
use crate::spi::{self, Plan};

/// Sets what the token proves for this transaction.
#[pg_extern(schema = "tenancy", security_definer, volatile, parallel_unsafe)]
#[search_path(pg_catalog, pg_temp)]
fn authenticate(token: Option<&str>) -> Uuid {
    match proven(token) {
        Ok((organization, user)) => {
            context::enter(organization, user, Trust::Token);
            organization
        }
        // Whoever tries tokens learns no more than that this was none.
        Err(refusal) => error::raise_discreetly(
            format!("token was refused: it {refusal}"),
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
                "token is not accepted",
            ),
        ),
    }
}

/// The organization and the user that the token is for.
///
/// It is judged by the clock and by what is committed now: a transaction that is held open must not
/// bring an expired token, a revoked key or a disabled user back to life.
fn proven(token: Option<&str>) -> Result<(Uuid, Option<Uuid>), Refusal> {
    let token = token.ok_or(Refusal::Null)?;
    let key_id = token::header_key_id(token)?;
    let key_id = key_id.as_deref().unwrap_or(DEFAULT_KEY_ID);
    let now = Now::by_the_clock();
    spi::with_latest_snapshot(|| {
        let key = token_keys::valid(key_id, now)?;
        let claims = token::verify(token, &key, now.unix_seconds())?;
        let organization = Uuid::from_bytes(claims.organization);
        let user = claims.user.map(Uuid::from_bytes);
        if context::may_act(organization, user) {
            Ok((organization, user))
        } else {
            Err(Refusal::NoAccess)
        }
    })
}

/// A token for the organization and the user, signed by the newest key or by the one that is named.
#[pg_extern(schema = "tenancy", security_definer, volatile, parallel_safe)]
#[search_path(pg_catalog, pg_temp)]
fn issue_token(
    organization_id: Option<Uuid>,
    user_id: default!(Option<Uuid>, "NULL"),
    lifetime: default!(Option<Interval>, "'1 hour'"),
    key_id: default!(Option<&str>, "NULL"),
) -> String {
    let now = Now::by_the_clock();
    let expires_at = lifetime.and_then(|lifetime| end_of(now, lifetime));
    let Some(expires_at) = expires_at else {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                "a token's lifetime must be at least one second, and finite",
            )
            .set_hint("Give an interval such as '1 hour'."),
        );
    };
    let accessible =
        organization_id.filter(|organization| context::may_act(*organization, user_id));
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
    let Some(key) = token_keys::signing(key_id, now) else {
        let named = key_id.map_or_else(String::new, |id| format!(" \"{id}\""));
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT,
                format!("there is no signing key{named}"),
            )
            .set_detail("A key that signs is within its time, not revoked, and has a signing key or is a shared secret.")
            .set_hint("Make one with tenancy.create_token_key()."),
        );
    };
    let claims = Claims {
        organization: *organization.as_bytes(),
        user: user_id.map(|user| *user.as_bytes()),
    };
    match token::sign(&key, &claims, now.unix_seconds(), expires_at) {
        Ok(token) => token,
        Err(reason) => error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                format!("key \"{}\" cannot sign", key.id),
            )
            .set_detail(format!("The key {reason}.")),
        ),
    }
}

/// When a token of this lifetime expires, in seconds since 1970; `None` where it never lived or never
/// expires.
fn end_of(now: Now, lifetime: Interval) -> Option<i64> {
    thread_local! {
        static PLAN: Plan = const {
            Plan::new(
                c"SELECT CASE WHEN isfinite($2) AND $2 >= '1 second'
                              THEN floor(extract('epoch' FROM $1 + $2))::bigint END",
                &[pg_sys::BuiltinOid::TIMESTAMPTZOID, pg_sys::BuiltinOid::INTERVALOID],
            )
        };
    }
    PLAN.with(|plan| {
        plan.read(&[now.into_datum(), lifetime.into_datum()], |rows| {
            rows.first().and_then(|row| row.get(1))
        })
    })
    // A month less 30 days is longer than a second in some months only.
    .filter(|end| *end > now.unix_seconds())
}
