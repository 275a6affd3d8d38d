//! The data model: which scripts make it, in which order, and what holds for its tables.

use std::sync::OnceLock;

use pg_crm_core::ddl::{self, Name, Object, Statement};

use crate::error::OrRaise;

/// A schema of the model.
pub struct Schema {
    pub name: &'static str,
    pub comment: &'static str,
}

const fn schema(name: &'static str, comment: &'static str) -> Schema {
    Schema { name, comment }
}

/// All schemas, in the order in which they are made.
pub const SCHEMAS: &[Schema] = &[
    schema(
        "tenancy",
        "Organizations, users, memberships, credentials, and the current context.",
    ),
    schema(
        "crm",
        "Contacts, companies, deals, activities, tags, scoring and validation.",
    ),
    schema(
        "inbox",
        "Conversations, messages, calls, e-mails, templates and assignments.",
    ),
    schema(
        "chat",
        "Conversations with an AI assistant, and its knowledge base.",
    ),
    schema(
        "voice",
        "AI voice assistants, their phone numbers and calls.",
    ),
    schema("sales", "Commissions and forecasts."),
    schema("marketing", "Campaigns and leads."),
    schema("creator", "Creators, their campaigns, and content."),
    schema(
        "marketplace",
        "Opportunities, bids, contracts, payouts and ambassadors.",
    ),
    schema("commerce", "Products, orders and attribution."),
    schema(
        "billing",
        "Plans, subscriptions, invoices, usage and entitlements.",
    ),
    schema("workflow", "Workflows, their runs, and scheduled jobs."),
    schema(
        "analytics",
        "Events, their rollups, dashboards, reports and alerts.",
    ),
    schema("audit", "Who did what: append-only ledgers."),
    schema("notify", "Notifications and preferences."),
    schema(
        "integration",
        "Connections to other systems, webhooks, and their logs.",
    ),
    schema(
        "compliance",
        "Consents, data requests, and the ledger of rights.",
    ),
    schema(
        "runtime",
        "Cache, rate limits, presence, queues and outbox.",
    ),
    schema(
        "maint",
        "Installation, partitions, and the record of maintenance.",
    ),
];

/// A file of `sql/`.
pub struct Script {
    path: &'static str,
    text: &'static str,
}

macro_rules! scripts {
    ($($path:literal),* $(,)?) => {
        &[$(Script { path: $path, text: include_str!(concat!("../../sql/", $path)) }),*]
    };
}

/// All scripts: by kind first, then by schema, so that a file may name whatever an earlier kind made.
pub const SCRIPTS: &[Script] = scripts![
    "tenancy/types.sql",
    "crm/types.sql",
    "crm/types_identities.sql",
    "crm/types_scoring.sql",
    "inbox/types.sql",
    "inbox/types_teamwork.sql",
    "chat/types.sql",
    "voice/types.sql",
    "sales/types.sql",
    "marketing/types.sql",
    "creator/types.sql",
    "marketplace/types.sql",
    "commerce/types.sql",
    "commerce/types_catalog.sql",
    "billing/types.sql",
    "workflow/types.sql",
    "analytics/types.sql",
    "analytics/types_reporting.sql",
    "audit/types.sql",
    "notify/types.sql",
    "integration/types.sql",
    "compliance/types.sql",
    "runtime/types.sql",
    "maint/tables.sql",
    "tenancy/tables.sql",
    "tenancy/tables_tokens.sql",
    "crm/tables_reference.sql",
    "crm/tables_contacts.sql",
    "crm/tables_deals.sql",
    "crm/tables_activities.sql",
    "crm/tables_identities.sql",
    "crm/tables_scoring.sql",
    "inbox/tables.sql",
    "commerce/tables.sql",
    "inbox/tables_teamwork.sql",
    "chat/tables.sql",
    "voice/tables.sql",
    "voice/tables_calls.sql",
    "sales/tables.sql",
    "marketing/tables.sql",
    "creator/tables_creators.sql",
    "creator/tables_campaigns.sql",
    "creator/tables_content.sql",
    "creator/tables_work.sql",
    "marketplace/tables_contracts.sql",
    "marketplace/tables_payouts.sql",
    "marketplace/tables_ambassadors.sql",
    "commerce/tables_catalog.sql",
    "commerce/tables_attribution.sql",
    "billing/tables_subscriptions.sql",
    "billing/tables_invoices.sql",
    "billing/tables_usage.sql",
    "workflow/tables_workflows.sql",
    "workflow/tables_runs.sql",
    "workflow/tables_jobs.sql",
    "analytics/tables.sql",
    "analytics/tables_reporting.sql",
    "analytics/tables_rollups.sql",
    "audit/tables.sql",
    "notify/tables.sql",
    "integration/tables.sql",
    "integration/tables_logs.sql",
    "compliance/tables.sql",
    "runtime/tables.sql",
    "runtime/tables_queues.sql",
    "maint/tables_operations.sql",
    "tenancy/attachments.sql",
    "crm/attachments.sql",
    "crm/attachments_identities.sql",
    "crm/attachments_scoring.sql",
    "inbox/attachments.sql",
    "inbox/attachments_teamwork.sql",
    "chat/attachments.sql",
    "voice/attachments.sql",
    "marketing/attachments.sql",
    "creator/attachments.sql",
    "marketplace/attachments.sql",
    "commerce/attachments.sql",
    "billing/attachments.sql",
    "workflow/attachments.sql",
    "analytics/attachments_reporting.sql",
    "audit/attachments.sql",
    "notify/attachments.sql",
    "integration/attachments.sql",
    "compliance/attachments.sql",
    "runtime/attachments.sql",
    "maint/attachments.sql",
    "crm/constraints.sql",
    "creator/constraints.sql",
    "commerce/constraints.sql",
    "billing/constraints.sql",
    "compliance/constraints.sql",
    "tenancy/indexes.sql",
    "crm/indexes.sql",
    "crm/indexes_identities.sql",
    "crm/indexes_scoring.sql",
    "inbox/indexes.sql",
    "inbox/indexes_teamwork.sql",
    "chat/indexes.sql",
    "voice/indexes.sql",
    "sales/indexes.sql",
    "marketing/indexes.sql",
    "creator/indexes.sql",
    "marketplace/indexes.sql",
    "commerce/indexes.sql",
    "commerce/indexes_catalog.sql",
    "billing/indexes.sql",
    "workflow/indexes.sql",
    "analytics/indexes.sql",
    "analytics/indexes_reporting.sql",
    "analytics/indexes_rollups.sql",
    "audit/indexes.sql",
    "notify/indexes.sql",
    "integration/indexes.sql",
    "compliance/indexes.sql",
    "runtime/indexes.sql",
    "maint/indexes.sql",
    "maint/indexes_operations.sql",
    "tenancy/triggers.sql",
    "crm/triggers.sql",
    "crm/triggers_deals.sql",
    "crm/triggers_caches.sql",
    "crm/triggers_scoring.sql",
    "inbox/triggers.sql",
    "inbox/triggers_stats.sql",
    "chat/triggers.sql",
    "voice/triggers.sql",
    "sales/triggers.sql",
    "marketing/triggers.sql",
    "creator/triggers.sql",
    "marketplace/triggers.sql",
    "commerce/triggers.sql",
    "billing/triggers.sql",
    "workflow/triggers.sql",
    "analytics/triggers.sql",
    "audit/triggers.sql",
    "notify/triggers.sql",
    "integration/triggers.sql",
    "compliance/triggers.sql",
    "runtime/triggers.sql",
    "maint/triggers.sql",
    "tenancy/policies.sql",
    "crm/policies.sql",
    "billing/policies.sql",
    "analytics/policies.sql",
    "audit/policies.sql",
    "runtime/policies.sql",
    "maint/policies.sql",
    "crm/views.sql",
    "integration/views.sql",
    "compliance/views.sql",
    "maint/views_activity.sql",
    "maint/views_indexes.sql",
    "maint/views_settings.sql",
    "tenancy/event_triggers.sql",
];

/// The statements of all scripts, in their order; read once per backend.
pub fn statements() -> &'static [Statement<'static>] {
    static STATEMENTS: OnceLock<Vec<Statement<'static>>> = OnceLock::new();
    STATEMENTS.get_or_init(|| {
        let parse = |script: &'static Script| {
            ddl::parse(script.text)
                .map_err(|e| format!("sql/{}: {e}", script.path))
                .or_raise()
        };
        SCRIPTS.iter().flat_map(parse).collect()
    })
}

/// A step that changed the model.
pub struct Migration {
    pub version: i32,
    pub name: &'static str,
}

/// Where steps are recorded.
pub const MIGRATIONS_TABLE: &str = "maint.schema_migrations";

/// All steps. The scripts are what they add up to.
pub const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "baseline",
}];

/// A table that is partitioned by range of time, by the month.
pub struct Partitioned {
    pub table: &'static str,
    /// How long rows are kept; `None`: until somebody decides.
    pub retention: Option<&'static str>,
}

const fn partitioned(table: &'static str, retention: Option<&'static str>) -> Partitioned {
    Partitioned { table, retention }
}

/// All partitioned tables. Few partitions are made up front: every one of them, with its indexes, is
/// a lock for CREATE EXTENSION and for pg_dump.
pub const PARTITIONED: &[Partitioned] = &[
    partitioned("analytics.events", Some("12 months")),
    partitioned("workflow.workflow_runs", Some("24 months")),
    partitioned("workflow.workflow_run_steps", Some("24 months")),
    partitioned("integration.sync_logs", Some("6 months")),
    partitioned("integration.webhook_logs", Some("6 months")),
    partitioned("commerce.attribution_events", Some("24 months")),
    partitioned("billing.usage_records", None),
    partitioned("audit.audit_logs", None),
    partitioned("audit.record_versions", None),
    partitioned("audit.security_events", None),
    partitioned("runtime.queue_archive", Some("3 months")),
];

/// Columns that programs keep: an update of nothing else leaves `updated_at` alone.
const KEPT_COLUMNS: &[(&str, &str)] = &[
    (
        "crm.contacts",
        "'score', 'scored_at', 'score_model_id', 'last_activity_at'",
    ),
    ("tenancy.users", "'last_login_at', 'login_count'"),
    (
        "workflow.workflows",
        "'run_count', 'success_count', 'failure_count', 'last_run_at'",
    ),
    ("workflow.workflow_triggers", "'last_fired_at'"),
    ("maint.task_schedule", "'cron_job_id', 'last_started_at'"),
    (
        "integration.integrations",
        "'last_sync_at', 'last_success_at', 'last_error_at', 'last_error', 'consecutive_failures'",
    ),
    (
        "integration.webhooks",
        "'last_success_at', 'last_failure_at', 'first_failure_at', 'consecutive_failures'",
    ),
];

/// The arguments of the table's trigger `touch_updated_at`.
pub fn kept_columns(table: &Name) -> &'static str {
    let table = table.to_string();
    KEPT_COLUMNS
        .iter()
        .find(|(name, _)| *name == table)
        .map_or("", |(_, columns)| columns)
}

/// Partitions made after the current month.
pub const PREMAKE: i32 = 3;

/// Tables without row-level security, because no row in them is a tenant's.
pub const OPEN_TABLES: &[&str] = &[
    "crm.countries",
    "maint.schema_migrations",
    "maint.partition_config",
    "maint.partition_moves",
    "maint.repartitions",
    "maint.maintenance_runs",
    "maint.task_schedule",
    "maint.metric_thresholds",
    "maint.backup_policies",
    "maint.backup_runs",
    "maint.size_snapshots",
    "maint.schema_checksums",
];

/// The tables of the model, in the order of their making.
pub fn tables() -> impl Iterator<Item = &'static Name> {
    statements().iter().filter_map(|s| match &s.object {
        Object::Table(name) => Some(name),
        _ => None,
    })
}

/// The views of the model.
pub fn views() -> impl Iterator<Item = &'static Name> {
    statements().iter().filter_map(|s| match &s.object {
        Object::View(name) => Some(name),
        _ => None,
    })
}
