//! The extension's own settings, `pg_crm.*`. The tenant's context (`app.*`) is in
//! [`crate::tenancy::settings`].

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};

use pg_crm_core::context::Trust;
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use pgrx::prelude::*;

/// What `CREATE EXTENSION` does about the data model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Install {
    /// Make what is missing, except in the session of a restore (`row_security = off`).
    #[name = c"auto"]
    Auto,
    /// Make what is missing.
    #[name = c"always"]
    Always,
    /// Make nothing.
    #[name = c"never"]
    Never,
}

/// Who may say whose rows a session sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum ContextMode {
    /// Whoever executes SQL, by SET.
    #[name = c"guc"]
    Guc,
    /// `tenancy.set_context()`, and what is more trustworthy.
    #[name = c"function"]
    Function,
    /// `tenancy.authenticate()` alone.
    #[name = c"token"]
    Token,
}

static INSTALL: GucSetting<Install> = GucSetting::<Install>::new(Install::Auto);
static CONTEXT_MODE: GucSetting<ContextMode> = GucSetting::<ContextMode>::new(ContextMode::Guc);
static JWT_CLAIM: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static JWT_USER_CLAIM: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));

thread_local! {
    /// The value of `pg_crm.jwt_claim`, as the server keeps it: null before it is defined.
    static ORGANIZATION_CLAIM: Cell<*const c_char> = const { Cell::new(std::ptr::null()) };
    static USER_CLAIM: Cell<*const c_char> = const { Cell::new(std::ptr::null()) };
}

/// What `maint.install_schema()` shall do.
pub fn install() -> Install {
    INSTALL.get()
}

/// The trust that a value of the tenant's context must have to count.
pub fn required_trust() -> Trust {
    match CONTEXT_MODE.get() {
        ContextMode::Guc => Trust::Setting,
        ContextMode::Function => Trust::Function,
        ContextMode::Token => Trust::Token,
    }
}

/// The claim of `request.jwt.claims` that names the organization; `None` where no claim does.
pub fn organization_claim() -> Option<&'static CStr> {
    claim(&ORGANIZATION_CLAIM)
}

/// The claim of `request.jwt.claims` that names the user; `None` where no claim does.
pub fn user_claim() -> Option<&'static CStr> {
    claim(&USER_CLAIM)
}

/// To be used at once: the next SET frees it.
fn claim(value: &'static std::thread::LocalKey<Cell<*const c_char>>) -> Option<&'static CStr> {
    let value = value.get();
    if value.is_null() {
        return None;
    }
    // SAFETY: the assign hook was given this string, which the server keeps while it is in force.
    let name = unsafe { CStr::from_ptr(value) };
    (!name.is_empty()).then_some(name)
}

#[pg_guard]
unsafe extern "C-unwind" fn assign_claim(value: *const c_char, _extra: *mut c_void) {
    ORGANIZATION_CLAIM.set(value);
}

#[pg_guard]
unsafe extern "C-unwind" fn assign_user_claim(value: *const c_char, _extra: *mut c_void) {
    USER_CLAIM.set(value);
}

/// Registers the settings.
pub fn define() {
    GucRegistry::define_enum_guc(
        c"pg_crm.install",
        c"Whether CREATE EXTENSION pg_crm makes the data model.",
        c"auto makes what is missing, except while a dump is being restored (row_security = off); always and never say it outright.",
        &INSTALL,
        GucContext::Suset,
        GucFlags::default(),
    );
    let forged = is_forged(c"pg_crm.context_mode");
    GucRegistry::define_enum_guc(
        c"pg_crm.context_mode",
        c"Who may say whose rows a session sees.",
        c"guc: whoever sets app.current_org_id; function: tenancy.set_context() alone; token: tenancy.authenticate() alone.",
        &CONTEXT_MODE,
        GucContext::Suset,
        GucFlags::default(),
    );
    if forged {
        // By the server's setting itself, so that parallel workers get it.
        // SAFETY: both strings are NUL-terminated, and the value is one that the setting knows.
        unsafe {
            pg_sys::SetConfigOption(
                c"pg_crm.context_mode".as_ptr(),
                c"token".as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_OVERRIDE,
            );
        }
    }
    // SAFETY: the hooks have the signature that the server expects, are guarded, and only keep a
    // pointer to the value for as long as it is in force.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            c"pg_crm.jwt_claim",
            c"The claim of request.jwt.claims that names the organization, in mode guc.",
            c"A member's name, or a JSON Pointer such as /app_metadata/org_id. Empty: none does. It trusts the gateway that sets request.jwt.claims.",
            &JWT_CLAIM,
            GucContext::Suset,
            GucFlags::default(),
            None,
            Some(assign_claim),
            None,
        );
        GucRegistry::define_string_guc_with_hooks(
            c"pg_crm.jwt_user_claim",
            c"The claim of request.jwt.claims that names the user, in mode guc.",
            c"As pg_crm.jwt_claim; usually sub. Empty: none does.",
            &JWT_USER_CLAIM,
            GucContext::Suset,
            GucFlags::default(),
            None,
            Some(assign_user_claim),
            None,
        );
    }
}

/// A setting's structure in the server, which it keeps for the life of the backend.
pub fn find(name: &CStr) -> Option<*mut pg_sys::config_generic> {
    // SAFETY: the server's own list of its settings, whose names are NUL-terminated; each is alive.
    unsafe {
        #[cfg(feature = "pg15")]
        let (settings, count) = (
            pg_sys::get_guc_variables(),
            pg_sys::GetNumConfigOptions() as usize,
        );
        #[cfg(not(feature = "pg15"))]
        let (settings, count) = {
            let mut count = 0;
            let settings = pg_sys::get_guc_variables(&mut count);
            (settings, count as usize)
        };
        (0..count)
            .map(|i| *settings.add(i))
            .find(|setting| CStr::from_ptr((**setting).name) == name)
    }
}

/// Whether a setting that is not defined yet has, or had in this transaction, a value from a role
/// that may not set it.
///
/// Before the library is loaded the server takes any value for a placeholder, and a connection's own
/// (PGOPTIONS) displaces the database's. When the setting is then defined, the server refuses that
/// value, but the displaced one does not come back: the default would be in force, which is the most
/// lenient. So such a session gets the strictest. (Where the postmaster preloads the library the server
/// refuses the connection instead.)
fn is_forged(name: &CStr) -> bool {
    // Where a connection's options or SQL set it without superuser rights.
    let by_anybody = |context: pg_sys::GucContext::Type| {
        matches!(
            context,
            pg_sys::GucContext::PGC_BACKEND | pg_sys::GucContext::PGC_USERSET
        )
    };
    let Some(placeholder) = find(name) else {
        return false;
    };
    // SAFETY: the setting is alive, and so is its stack of values that a rollback would bring back.
    unsafe {
        let set = |source: pg_sys::GucSource::Type| source > pg_sys::GucSource::PGC_S_DEFAULT;
        if set((*placeholder).source) && by_anybody((*placeholder).scontext)
            || set((*placeholder).reset_source) && by_anybody((*placeholder).reset_scontext)
        {
            return true;
        }
        let mut level = (*placeholder).stack;
        while !level.is_null() {
            if set((*level).source) && by_anybody((*level).scontext)
                || (*level).state == pg_sys::GucStackState::GUC_SET_LOCAL
                    && by_anybody((*level).masked_scontext)
            {
                return true;
            }
            level = (*level).prev;
        }
    }
    false
}
