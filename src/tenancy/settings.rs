//! The settings that hold the tenant's context.
//!
//! `app.current_org_id` and `app.current_user_id` hold it as text, so that SET LOCAL, savepoints,
//! commit and parallel workers work as for every setting. Their assign hooks keep the parsed value
//! beside them: a policy evaluates the getter for every query, and parsing 36 characters each time is
//! what makes `current_setting(..)::uuid` slow.
//!
//! Which values are let in, and which of those that are there count, depends on
//! `pg_crm.context_mode`. Both are asked: a value may have come in before the mode was changed, or
//! before the library was loaded.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};

use pg_crm_core::context::{Trust, Value};
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::prelude::*;

use crate::error;
use crate::guc;

/// One of the two settings.
pub struct Setting {
    name: &'static CStr,
    text: GucSetting<Option<CString>>,
}

/// The current organization.
pub static ORGANIZATION: Setting = Setting {
    name: c"app.current_org_id",
    text: GucSetting::<Option<CString>>::new(Some(c"")),
};

/// The current user.
pub static USER: Setting = Setting {
    name: c"app.current_user_id",
    text: GucSetting::<Option<CString>>::new(Some(c"")),
};

/// What is in force, and what the hooks know of each other.
struct State {
    value: Cell<Option<Value>>,
    /// The text without its seal, NUL-terminated: what SHOW prints.
    shown: Cell<[u8; 37]>,
    /// The server's structure, for its stack of values.
    setting: Cell<*mut pg_sys::config_generic>,
}

impl State {
    const fn new() -> Self {
        Self {
            value: Cell::new(None),
            shown: Cell::new([0; 37]),
            setting: Cell::new(std::ptr::null_mut()),
        }
    }
}

thread_local! {
    static ORGANIZATION_STATE: State = const { State::new() };
    static USER_STATE: State = const { State::new() };
    /// Whether it is this module that sets a value.
    static SEALING: Cell<bool> = const { Cell::new(false) };
    /// Whether the value that was checked last came by SQL.
    static FROM_SQL: Cell<bool> = const { Cell::new(false) };
}

/// The organization that the setting names, if its value is trustworthy enough for the mode.
pub fn organization() -> Option<[u8; 16]> {
    ORGANIZATION_STATE.with(trusted)
}

/// The user that the setting names, likewise.
pub fn user() -> Option<[u8; 16]> {
    USER_STATE.with(trusted)
}

fn trusted(state: &State) -> Option<[u8; 16]> {
    let value = state.value.get()?;
    (value.trust >= guc::required_trust()).then_some(value.id)
}

/// Registers the settings; those of [`guc`] must be there.
pub fn define() {
    // SAFETY: the hooks have the signatures that the server expects, are guarded, and the check hooks
    // neither replace the value nor set `extra`.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            ORGANIZATION.name,
            c"The organization whose rows this session sees.",
            c"A UUID; empty for none. Prefer tenancy.set_context(), which verifies it and lasts for the transaction.",
            &ORGANIZATION.text,
            GucContext::Userset,
            GucFlags::default(),
            Some(check_organization),
            Some(assign_organization),
            Some(show_organization),
        );
        GucRegistry::define_string_guc_with_hooks(
            USER.name,
            c"The user on whose behalf this session acts.",
            c"A UUID; empty for none. Prefer tenancy.set_context(), which verifies it and lasts for the transaction.",
            &USER.text,
            GucContext::Userset,
            GucFlags::default(),
            Some(check_user),
            Some(assign_user),
            Some(show_user),
        );
    }
    ORGANIZATION_STATE.with(|state| state.setting.set(found(&ORGANIZATION)));
    USER_STATE.with(|state| state.setting.set(found(&USER)));
}

fn found(setting: &Setting) -> *mut pg_sys::config_generic {
    guc::find(setting.name).unwrap_or(std::ptr::null_mut())
}

/// The value in a setting's text: `Ok(None)` where it is empty, `Err` where it is malformed.
///
/// # Safety
/// `text` is null or a NUL-terminated string.
unsafe fn parse(text: *const c_char) -> Result<Option<Value>, ()> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) }.to_bytes();
    if text.is_empty() {
        return Ok(None);
    }
    Value::parse(text).map(Some).ok_or(())
}

/// Whether the server may put this value into force.
///
/// # Safety
/// `value` is null or a NUL-terminated string.
unsafe fn check(setting: &Setting, value: *const c_char, source: pg_sys::GucSource::Type) -> bool {
    FROM_SQL.set(source == pg_sys::GucSource::PGC_S_SESSION);
    // A worker gets what its leader has, seals included. Whether it counts is asked there too.
    // SAFETY: a plain reading of the server's flag.
    let is_ours = SEALING.get() || unsafe { pg_sys::InitializingParallelWorker };
    // SAFETY: the caller's promise.
    match unsafe { parse(value) } {
        Ok(None) => true,
        Ok(Some(_)) if is_ours => true,
        Ok(Some(value)) if value.trust == Trust::Setting => {
            let allowed = guc::required_trust() == Trust::Setting;
            if !allowed {
                complain(&not_allowed(setting, guc::required_trust()));
            }
            allowed
        }
        Ok(Some(_)) | Err(()) => {
            complain(&Complaint {
                detail: c"The value must be a UUID, or empty for none.".to_owned(),
                ..Complaint::default()
            });
            false
        }
    }
}

/// What the server shall say of a refused value; what is empty it says in its own words.
#[derive(Default)]
struct Complaint {
    code: Option<PgSqlErrorCode>,
    message: CString,
    detail: CString,
    hint: CString,
}

fn not_allowed(setting: &Setting, required: Trust) -> Complaint {
    let (detail, hint) = match required {
        Trust::Token => (
            c"It is set by tenancy.authenticate() alone, since pg_crm.context_mode is \"token\".",
            c"Call tenancy.authenticate() with a signed token.",
        ),
        _ => (
            c"It is set by tenancy.set_context() alone, since pg_crm.context_mode is \"function\".",
            c"Call tenancy.set_context() within the transaction.",
        ),
    };
    let message = [
        b"permission denied to set parameter \"",
        setting.name.to_bytes(),
        b"\"",
    ]
    .concat();
    Complaint {
        code: Some(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE),
        message: CString::new(message).unwrap_or_default(),
        detail: detail.to_owned(),
        hint: hint.to_owned(),
    }
}

fn complain(complaint: &Complaint) {
    let copy = |text: &CStr| {
        if text.is_empty() {
            std::ptr::null_mut()
        } else {
            // SAFETY: a NUL-terminated string; the copy is in the server's current context, as that
            // of its own macros.
            unsafe { pg_sys::pstrdup(text.as_ptr()) }
        }
    };
    // SAFETY: the variables that the server reads when a check hook refuses.
    unsafe {
        if let Some(code) = complaint.code {
            pg_sys::GUC_check_errcode(code as i32);
        }
        pg_sys::GUC_check_errmsg_string = copy(&complaint.message);
        pg_sys::GUC_check_errdetail_string = copy(&complaint.detail);
        pg_sys::GUC_check_errhint_string = copy(&complaint.hint);
    }
}

/// Keeps the value that the server puts into force.
///
/// # Safety
/// `text` is null or a NUL-terminated string.
unsafe fn assign(setting: &Setting, state: &State, text: *const c_char) {
    // SAFETY: the caller's promise.
    let value = unsafe { parse(text) }.unwrap_or(None);
    state.value.set(value);
    let mut shown = [0; 37];
    if let Some(value) = value {
        shown[..36].copy_from_slice(pg_crm_core::uuid::format(&value.id).as_bytes());
    }
    state.shown.set(shown);
    if FROM_SQL.take() && value.is_some() && is_for_the_session(state) {
        warn_of_pooler(setting);
    }
}

/// Whether the value that is being assigned outlives its transaction: SET, not SET LOCAL.
fn is_for_the_session(state: &State) -> bool {
    let setting = state.setting.get();
    // SAFETY: the server's own structure, whose stack's top it has made for this very value.
    unsafe {
        !setting.is_null()
            && !(*setting).stack.is_null()
            && (*(*setting).stack).state == pg_sys::GucStackState::GUC_SET
    }
}

fn warn_of_pooler(setting: &Setting) {
    let name = setting.name.to_string_lossy();
    // SAFETY: the server is in the middle of an assignment, where a cancelled query must not end:
    // a WARNING looks for that, unless interrupts are held off.
    unsafe { pg_sys::InterruptHoldoffCount += 1 };
    error::report(
        PgSqlErrorCode::ERRCODE_WARNING,
        format!("\"{name}\" is set for the whole session"),
    )
    .set_detail("A pooler in transaction mode hands the session, and the organization with it, to its next client.")
    .set_hint("Use SET LOCAL within a transaction, or tenancy.set_context().")
    .report(PgLogLevel::WARNING);
    // SAFETY: as above.
    unsafe { pg_sys::InterruptHoldoffCount -= 1 };
}

/// A value that does not count is not shown: policies of users may read the setting itself.
fn show(state: &'static std::thread::LocalKey<State>) -> *const c_char {
    // The server copies it at once; the state lives as long as the backend.
    state.with(|state| match trusted(state) {
        Some(_) => state.shown.as_ptr().cast_const().cast(),
        None => c"".as_ptr(),
    })
}

#[pg_guard]
unsafe extern "C-unwind" fn check_organization(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes a valid pointer to the proposed value.
    unsafe { check(&ORGANIZATION, *value, source) }
}

#[pg_guard]
unsafe extern "C-unwind" fn check_user(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: as above.
    unsafe { check(&USER, *value, source) }
}

#[pg_guard]
unsafe extern "C-unwind" fn assign_organization(value: *const c_char, _extra: *mut c_void) {
    // SAFETY: the server passes the checked value.
    ORGANIZATION_STATE.with(|state| unsafe { assign(&ORGANIZATION, state, value) });
}

#[pg_guard]
unsafe extern "C-unwind" fn assign_user(value: *const c_char, _extra: *mut c_void) {
    // SAFETY: as above.
    USER_STATE.with(|state| unsafe { assign(&USER, state, value) });
}

#[pg_guard]
unsafe extern "C-unwind" fn show_organization() -> *const c_char {
    show(&ORGANIZATION_STATE)
}

#[pg_guard]
unsafe extern "C-unwind" fn show_user() -> *const c_char {
    show(&USER_STATE)
}

/// Puts a value into force until the transaction, or the savepoint, ends; `None` empties the setting.
pub fn set_local(setting: &Setting, id: Option<[u8; 16]>, trust: Trust) {
    struct Unsealed;
    impl Drop for Unsealed {
        fn drop(&mut self) {
            SEALING.set(false);
        }
    }
    let text = id.map_or_else(String::new, |id| Value { id, trust }.to_string());
    let Ok(text) = CString::new(text) else { return };
    SEALING.set(true);
    let _unsealed = Unsealed;
    // SAFETY: both strings are NUL-terminated and live during the call; an ERROR unwinds through this
    // frame, so the drop runs then too.
    unsafe {
        pg_sys::set_config_option(
            setting.name.as_ptr(),
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
