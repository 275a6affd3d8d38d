//! The organization and the user of the current transaction.
//!
//! Two settings, `app.current_org_id` and `app.current_user_id`, hold them as text, so that SET
//! LOCAL, savepoints, commit and parallel workers work as for every setting. Their assign hooks keep
//! the parsed value beside them: a policy evaluates the getter for every query, and parsing 36
//! characters each time is what makes `current_setting(..)::uuid` slow.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::prelude::*;

use crate::error;
use crate::spi::Plan;

static ORGANIZATION_TEXT: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c""));
static USER_TEXT: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));

thread_local! {
    static ORGANIZATION: Cell<Option<[u8; 16]>> = const { Cell::new(None) };
    static USER: Cell<Option<[u8; 16]>> = const { Cell::new(None) };
}

/// Registers the two settings.
pub fn define() {
    // SAFETY: the hooks have the signatures that the server expects, are guarded, and the check hook
    // neither replaces the value nor sets `extra`.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            c"app.current_org_id",
            c"The organization whose rows this session sees.",
            c"A UUID; empty for none. Prefer tenancy.set_context(), which verifies it and lasts for the transaction.",
            &ORGANIZATION_TEXT,
            GucContext::Userset,
            GucFlags::default(),
            Some(check_uuid),
            Some(assign_organization),
            None,
        );
        GucRegistry::define_string_guc_with_hooks(
            c"app.current_user_id",
            c"The user on whose behalf this session acts.",
            c"A UUID; empty for none. Prefer tenancy.set_context(), which verifies it and lasts for the transaction.",
            &USER_TEXT,
            GucContext::Userset,
            GucFlags::default(),
            Some(check_uuid),
            Some(assign_user),
            None,
        );
    }
}

/// The UUID in a setting's text: `Ok(None)` where it is empty, `Err` where it is malformed.
///
/// # Safety
/// `text` is null or a NUL-terminated string.
unsafe fn parse(text: *const c_char) -> Result<Option<[u8; 16]>, ()> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) }.to_bytes();
    if text.is_empty() {
        return Ok(None);
    }
    pg_crm_core::uuid::parse(text).map(Some).ok_or(())
}

#[pg_guard]
unsafe extern "C-unwind" fn check_uuid(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes a valid pointer to the proposed value.
    if unsafe { parse(*value) }.is_ok() {
        return true;
    }
    // SAFETY: the detail is allocated in the server's current context, as its own macro does.
    unsafe {
        pg_sys::GUC_check_errdetail_string =
            pg_sys::pstrdup(c"The value must be a UUID, or empty for none.".as_ptr());
    }
    false
}

#[pg_guard]
unsafe extern "C-unwind" fn assign_organization(value: *const c_char, _extra: *mut c_void) {
    // SAFETY: the server passes the checked value.
    ORGANIZATION.set(unsafe { parse(value) }.unwrap_or(None));
}

#[pg_guard]
unsafe extern "C-unwind" fn assign_user(value: *const c_char, _extra: *mut c_void) {
    // SAFETY: the server passes the checked value.
    USER.set(unsafe { parse(value) }.unwrap_or(None));
}

/// The current organization, NULL where none is set. Never an error.
#[pg_extern(schema = "tenancy", stable, parallel_safe)]
fn current_org_id() -> Option<pgrx::Uuid> {
    ORGANIZATION.get().map(pgrx::Uuid::from_bytes)
}

/// The current user, NULL where none is set. Never an error.
#[pg_extern(schema = "tenancy", stable, parallel_safe)]
fn current_user_id() -> Option<pgrx::Uuid> {
    USER.get().map(pgrx::Uuid::from_bytes)
}

/// Sets organization and user for this transaction, after verifying both.
#[pg_extern(
    schema = "tenancy",
    security_definer,
    volatile,
    parallel_restricted,
    name = "set_context"
)]
#[search_path(pg_catalog, pg_temp)]
fn set_context(organization_id: Option<pgrx::Uuid>, user_id: default!(Option<pgrx::Uuid>, "NULL")) {
    let allowed = organization_id.is_some_and(|organization| may_act(organization, user_id));
    if !allowed {
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
                "organization is not accessible",
            )
            .set_detail(
                "The organization does not exist, is deleted, or the user is no active member of it.",
            ),
        );
    }
    set_local(c"app.current_org_id", organization_id);
    set_local(c"app.current_user_id", user_id);
}

/// Forgets organization and user for the rest of this transaction.
#[pg_extern(schema = "tenancy", volatile, parallel_restricted)]
fn clear_context() {
    set_local(c"app.current_org_id", None);
    set_local(c"app.current_user_id", None);
}

/// Whether the organization is live and the user, where one is given, an active member of it.
fn may_act(organization: pgrx::Uuid, user: Option<pgrx::Uuid>) -> bool {
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

fn set_local(name: &CStr, value: Option<pgrx::Uuid>) {
    let text = value.map_or_else(String::new, |uuid| {
        pg_crm_core::uuid::format(uuid.as_bytes())
    });
    let Ok(text) = CString::new(text) else { return };
    // SAFETY: both strings are NUL-terminated and live during the call; an invalid value raises an
    // ERROR, which is caught at the function's guard.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            text.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_LOCAL,
            true,
            0,
            false,
        );
    }
}
