//! pg_crm: a multi-tenant CRM back end inside PostgreSQL.
//!
//! This crate is the glue between the server and [`pg_crm_core`], which decides everything that can
//! be decided without a server. One module per SQL schema that has native code; the data model and
//! the SQL functions are in `sql/`. `docs/ARCHITECTURE.md` shows the whole.
#![allow(unsafe_code)] // the server's interface is C: every block states its SAFETY

use pgrx::prelude::*;

mod crm;
mod error;
mod floats;
mod guc;
mod inbox;
mod install;
mod keyed;
mod lookup;
mod maint;
mod marketing;
mod random;
mod row_trigger;
mod spi;
mod tenancy;
mod text;
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
        tenancy::context::clear_context,
        tenancy::role::has_acting_owner,
        tenancy::role::has_role,
        tenancy::role::may_act_as
    ]
);
extension_sql_file!(
    "../sql/crm/functions.sql",
    name = "crm_functions",
    requires = [
        crm::display_id::assign_display_id,
        crm::email::disposable_domains_version,
        crm::email::email_rejection_reason,
        crm::email::is_disposable_email,
        crm::email::is_valid_email,
        crm::email::normalize_email,
        crm::engagement::decay,
        crm::engagement::engagement_rank,
        crm::engagement::keep_engagement,
        crm::fit::keep_fit,
        crm::engagement::merge_sums,
        crm::hottest::hottest_contacts,
        crm::models::hold_signals_of,
        crm::models::score_model_of,
        crm::models::signal_groups,
        crm::phone::format_phone,
        crm::phone::is_possible_phone,
        crm::phone::is_valid_phone,
        crm::phone::normalize_phone,
        crm::phone::phone_metadata_version,
        crm::phone::phone_region,
        crm::phone::phone_type,
        crm::rebuild::rebuild_engagement_of,
        crm::refresh::refresh_scores_of,
        crm::score::calculate_contact_score,
        crm::score::calculate_contact_scores,
        crm::score::contact_engagement_at,
        crm::score::contact_grade,
        crm::score::explain_contact_score,
        crm::score::rate_contacts,
        crm::score::score_of_kept,
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
        install::is_installing,
        maint::bounds::range_bounds,
        maint::locks::hold_run,
        maint::locks::lock_relations,
        maint::locks::release_run,
        maint::locks::require_no_transaction,
        maint::owner::copy_as_owner,
        maint::owner::execute_as_owner,
        maint::owner::read_as_owner,
        maint::partitions::check_period,
        maint::partitions::default_partition_name,
        maint::partitions::fitted_name,
        maint::partitions::partition_changes,
        maint::partitions::retention_cutoff,
        maint::schedule::is_due,
        maint::schedule::is_schedule
    ]
);
extension_sql_file!(
    "../sql/tenancy/functions_tokens.sql",
    name = "tenancy_tokens",
    requires = [
        tenancy::token::authenticate,
        tenancy::token::issue_token,
        tenancy::token_keys::create_token_key
    ]
);
extension_sql_file!(
    "../sql/marketing/functions.sql",
    name = "marketing_functions",
    requires = [
        marketing::leads::calculate_lead_score,
        marketing::leads::explain_lead_score
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
        "marketing_functions",
        "tenancy_tokens",
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
    "../sql/tenancy/functions_members.sql",
    name = "tenancy_members",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_isolation.sql",
    name = "tenancy_isolation",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_event_triggers.sql",
    name = "tenancy_event_triggers",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report.sql",
    name = "tenancy_report",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report_functions.sql",
    name = "tenancy_report_functions",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report_grants.sql",
    name = "tenancy_report_grants",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report_keys.sql",
    name = "tenancy_report_keys",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report_policies.sql",
    name = "tenancy_report_policies",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report_roles.sql",
    name = "tenancy_report_roles",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report_tables.sql",
    name = "tenancy_report_tables",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/tenancy/functions_report_views.sql",
    name = "tenancy_report_views",
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
    "../sql/crm/functions_import.sql",
    name = "crm_import",
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
    "../sql/audit/functions_retention.sql",
    name = "audit_retention",
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
    "../sql/maint/functions_maintain.sql",
    name = "maint_maintain",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_operations.sql",
    name = "maint_operations",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_renormalize.sql",
    name = "maint_renormalize",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_partitions.sql",
    name = "maint_partitions",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_repartition.sql",
    name = "maint_repartition",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_repartition_checks.sql",
    name = "maint_repartition_checks",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_repartition_copy.sql",
    name = "maint_repartition_copy",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_repartition_steps.sql",
    name = "maint_repartition_steps",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_repartition_switch.sql",
    name = "maint_repartition_switch",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_runs.sql",
    name = "maint_runs",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_steps.sql",
    name = "maint_steps",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_tasks.sql",
    name = "maint_tasks",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_cleanup.sql",
    name = "maint_cleanup",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_ledgers.sql",
    name = "maint_ledgers",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_rhythms.sql",
    name = "maint_rhythms",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_schedule.sql",
    name = "maint_schedule",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_activity.sql",
    name = "maint_activity",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_backups.sql",
    name = "maint_backups",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_health.sql",
    name = "maint_health",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_indexes.sql",
    name = "maint_indexes",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_integrity.sql",
    name = "maint_integrity",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_metrics.sql",
    name = "maint_metrics",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_plans.sql",
    name = "maint_plans",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_settings.sql",
    name = "maint_settings",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_sizes.sql",
    name = "maint_sizes",
    requires = ["natives"]
);
extension_sql_file!(
    "../sql/maint/functions_drift.sql",
    name = "maint_drift",
    requires = ["natives", install::drift::model_objects]
);
extension_sql_file!("../sql/finalize.sql", name = "finalize", finalize);

/// Called once per backend (or once in the postmaster, where the library is preloaded).
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    guc::define();
    tenancy::settings::define();
    maint::worker::register();
}
