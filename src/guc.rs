//! The extension's own settings, `pg_crm.*`. The tenant's context (`app.*`) is in
//! [`crate::tenancy::context`].

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};

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

static INSTALL: GucSetting<Install> = GucSetting::<Install>::new(Install::Auto);

/// What `maint.install_schema()` shall do.
pub fn install() -> Install {
    INSTALL.get()
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
}
