//! pg_crm: a multi-tenant CRM back end inside PostgreSQL.
//!
//! This crate is the glue between the server and [`pg_crm_core`], which decides everything that can
//! be decided without a server. One module per SQL schema that has native code; the data model and
//! the SQL functions are in `sql/`. `docs/ARCHITECTURE.md` shows the whole.
#![allow(unsafe_code)] // the server's interface is C: every block states its SAFETY

use pgrx::prelude::*;

mod crm;
mod error;
mod guc;
mod inbox;
mod install;
mod keyed;
mod maint;
mod row_trigger;
mod spi;
mod tenancy;
mod transition;

::pgrx::pg_module_magic!(name, version);

/// Schemas that hold member functions besides the extension's own (`crm`).
/// They are made by the script and are not members afterwards: see `sql/bootstrap.sql`.
mod schemas {
    use pgrx::prelude::*;

    #[pg_schema]
    mod tenancy {}

    #[pg_schema]
    mod inbox {}

    #[pg_schema]
    mod chat {}

    #[pg_schema]
    mod voice {}

    #[pg_schema]
    mod sales {}

    #[pg_schema]
    mod marketing {}

    #[pg_schema]
    mod creator {}

    #[pg_schema]
    mod marketplace {}

    #[pg_schema]
    mod commerce {}

    #[pg_schema]
    mod billing {}

    #[pg_schema]
    mod workflow {}

    #[pg_schema]
    mod analytics {}

    #[pg_schema]
    mod audit {}

    #[pg_schema]
    mod notify {}

    #[pg_schema]
    mod integration {}

    #[pg_schema]
    mod compliance {}

    #[pg_schema]
    mod runtime {}

    #[pg_schema]
    mod maint {}
}

extension_sql_file!("../sql/bootstrap.sql", name = "bootstrap", bootstrap);
extension_sql_file!(
    "../sql/tenancy/functions.sql",
    name = "tenancy_functions",
    requires = [
        tenancy::context::current_org_id,
        tenancy::context::current_user_id,
        tenancy::context::set_context,
        tenancy::context::clear_context
    ]
);
extension_sql_file!(
    "../sql/crm/functions.sql",
    name = "crm_functions",
    requires = [
        crm::display_id::assign_display_id,
        crm::email::email_rejection_reason,
        crm::email::is_valid_email,
        crm::email::normalize_email,
        crm::engagement::decay,
        crm::engagement::engagement_rank,
        crm::engagement::keep_engagement,
        crm::engagement::merge_sums,
        crm::hottest::hottest_contacts,
        crm::phone::is_possible_phone,
        crm::phone::is_valid_phone,
        crm::phone::normalize_phone,
        crm::phone::phone_metadata_version,
        crm::rebuild::rebuild_engagement_of,
        crm::score::calculate_contact_score,
        crm::score::calculate_contact_scores,
        crm::score::contact_engagement_at,
        crm::score::contact_grade,
        crm::score::explain_contact_score,
        crm::score::rate_contacts,
        crm::score::score_of_columns,
        crm::score::signal_groups,
        crm::shape::has_shape,
        crm::shape::shape_problems,
        crm::stamp::stamp_state,
        crm::touch::touch_updated_at,
        crm::uuid::uuid_v7
    ]
);
extension_sql_file!(
    "../sql/maint/functions.sql",
    name = "maint_functions",
    requires = [
        install::install_schema,
        maint::owner::execute_as_owner,
        maint::partitions::check_period,
        maint::partitions::default_partition_name,
        maint::partitions::partition_changes
    ]
);
// What is written in SQL may name all schemas and all native functions.
extension_sql!(
    "",
    name = "natives",
    requires = [
        "tenancy_functions",
        "crm_functions",
        "maint_functions",
        schemas::tenancy,
        schemas::inbox,
        schemas::chat,
        schemas::voice,
        schemas::sales,
        schemas::marketing,
        schemas::creator,
        schemas::marketplace,
        schemas::commerce,
        schemas::billing,
        schemas::workflow,
        schemas::analytics,
        schemas::audit,
        schemas::notify,
        schemas::integration,
        schemas::compliance,
        schemas::runtime,
        schemas::maint,
    ]
);
extension_sql_file!(
    "../sql/tenancy/functions_accounts.sql",
    name = "tenancy_accounts",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_activities.sql",
    name = "crm_activities",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_deals.sql",
    name = "crm_deals",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_demo.sql",
    name = "crm_demo",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_demo_inbox.sql",
    name = "crm_demo_inbox",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_demo_lists.sql",
    name = "crm_demo_lists",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_demo_rows.sql",
    name = "crm_demo_rows",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_demo_sales.sql",
    name = "crm_demo_sales",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_ledgers.sql",
    name = "crm_ledgers",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_models.sql",
    name = "crm_models",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_reference.sql",
    name = "crm_reference",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_reference_countries.sql",
    name = "crm_reference_countries",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_reference_lists.sql",
    name = "crm_reference_lists",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_scoring.sql",
    name = "crm_scoring",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_states.sql",
    name = "crm_states",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/crm/functions_tags.sql",
    name = "crm_tags",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/inbox/functions.sql",
    name = "inbox",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/creator/functions.sql",
    name = "creator",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/creator/functions_states.sql",
    name = "creator_states",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/billing/functions.sql",
    name = "billing",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/workflow/functions.sql",
    name = "workflow",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/workflow/functions_definitions.sql",
    name = "workflow_definitions",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/analytics/functions.sql",
    name = "analytics",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/audit/functions.sql",
    name = "audit",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/integration/functions.sql",
    name = "integration",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/compliance/functions.sql",
    name = "compliance",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/runtime/functions.sql",
    name = "runtime",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_operations.sql",
    name = "maint_operations",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_tasks.sql",
    name = "maint_tasks",
    requires = ["natives"]
);
extension_sql_file!("../sql/finalize.sql", name = "finalize", finalize);

/// Called once per backend (or once in the postmaster, where the library is preloaded).
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    guc::define();
    tenancy::settings::define();
}
