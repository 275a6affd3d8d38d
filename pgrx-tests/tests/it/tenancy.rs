//! Which organization a session acts for, and that no row of another one reaches it.

mod context;
mod granted;
mod isolation;
mod leaks;
mod plans;
mod pooling;
mod references;
mod rows;
mod search_path;
mod set_context;
mod shared_lists;

use pg_crm_tests::{Client, Db, Org, Sql, shared};

/// Ordinary and partitioned tables that have a column `organization_id`, without partitions.
pub const TENANT_TABLES: &str = "
    SELECT c.oid::regclass::text
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p')
        AND NOT c.relispartition
        AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$|public$)'
    ORDER BY 1";

/// In the order in which rows refer to each other; the first one also makes the helpers.
const ROWS: &[&str] = &[
    include_str!("tenancy/rows.sql"),
    include_str!("tenancy/rows/teamwork.sql"),
    include_str!("tenancy/rows/chat.sql"),
    include_str!("tenancy/rows/marketing.sql"),
    include_str!("tenancy/rows/voice.sql"),
    include_str!("tenancy/rows/sales.sql"),
    include_str!("tenancy/rows/commerce.sql"),
    include_str!("tenancy/rows/creator.sql"),
    include_str!("tenancy/rows/marketplace.sql"),
    include_str!("tenancy/rows/billing.sql"),
    include_str!("tenancy/rows/workflow.sql"),
    include_str!("tenancy/rows/analytics.sql"),
    include_str!("tenancy/rows/audit.sql"),
    include_str!("tenancy/rows/notify.sql"),
    include_str!("tenancy/rows/integration.sql"),
    include_str!("tenancy/rows/compliance.sql"),
    include_str!("tenancy/rows/runtime.sql"),
    include_str!("tenancy/rows/maint.sql"),
];

/// Tenant tables that `tenancy/rows.sql` does not fill: what the catalog says of them is tested, row by
/// row they are not. A new table belongs into rows.sql, not here.
pub const WITHOUT_ROWS: &[&str] = &[
    "analytics.alerts",
    "analytics.dashboards",
    "analytics.event_rollups_daily",
    "analytics.event_rollups_hourly",
    "analytics.event_sessions",
    "analytics.metric_snapshots",
    "analytics.reports",
    "audit.audit_logs",
    "audit.chain_heads",
    "audit.record_versions",
    "audit.security_events",
    "billing.entitlements",
    "billing.invoice_counters",
    "billing.invoice_lines",
    "billing.invoices",
    "billing.payment_methods",
    "billing.plans",
    "billing.subscriptions",
    "billing.usage_record_keys",
    "billing.usage_records",
    "chat.conversations",
    "chat.knowledge_base",
    "chat.messages",
    "commerce.attribution_events",
    "commerce.product_tags",
    "commerce.products",
    "commerce.shoppable_galleries",
    "commerce.shoppable_gallery_items",
    "compliance.consent_records",
    "compliance.data_export_requests",
    "compliance.rights_ledger_entries",
    "creator.campaign_briefs",
    "creator.campaign_content",
    "creator.campaigns",
    "creator.content_metadata",
    "creator.content_rights",
    "creator.content_tags",
    "creator.content_versions",
    "creator.contents",
    "creator.creator_applications",
    "creator.creator_earnings",
    "creator.creator_metrics",
    "creator.creator_portfolios",
    "creator.creator_reviews",
    "creator.creator_verifications",
    "creator.creators",
    "creator.deliverables",
    "creator.milestones",
    "crm.contact_identities",
    "crm.contact_merges",
    "crm.score_history",
    "crm.score_models",
    "inbox.assignments",
    "inbox.conversation_reads",
    "inbox.templates",
    "integration.integration_credentials",
    "integration.integrations",
    "integration.sync_logs",
    "integration.webhook_logs",
    "integration.webhooks",
    "maint.legacy_id_map",
    "maint.legal_holds",
    "maint.retention_policies",
    "marketing.campaigns",
    "marketing.leads",
    "marketplace.ambassador_programs",
    "marketplace.ambassadors",
    "marketplace.bids",
    "marketplace.contracts",
    "marketplace.disputes",
    "marketplace.opportunities",
    "marketplace.payout_methods",
    "marketplace.payouts",
    "notify.notification_preferences",
    "notify.notifications",
    "runtime.cache",
    "runtime.outbox",
    "runtime.presence",
    "runtime.queue_archive",
    "runtime.queue_messages",
    "runtime.queues",
    "runtime.rate_limits",
    "sales.commissions",
    "sales.forecasts",
    "voice.assistants",
    "voice.phone_numbers",
    "voice.vapi_calls",
    "workflow.job_dead_letters",
    "workflow.scheduled_jobs",
    "workflow.workflow_run_keys",
    "workflow.workflow_run_steps",
    "workflow.workflow_runs",
    "workflow.workflow_schedules",
    "workflow.workflow_triggers",
    "workflow.workflow_versions",
    "workflow.workflows",
];

/// Puts one row or more of an organization into every table that can hold one.
#[track_caller]
pub fn populate(db: &Db, org: &Org) {
    populate_with(db, org, ROWS);
}

/// As [`populate`], in the tables of the core only, to which fewer rows refer.
#[track_caller]
pub fn populate_core(db: &Db, org: &Org) {
    populate_with(db, org, &ROWS[..1]);
}

#[track_caller]
fn populate_with(db: &Db, org: &Org, scripts: &[&str]) {
    db.member(org, &format!("colleague@{org}.example"), "member");
    db.app().in_org_as(org, org.owner, |tx| {
        for script in scripts {
            tx.exec(script);
        }
    });
}

/// A database with two organizations that have rows in every table of the core.
#[track_caller]
fn two_organizations() -> (Db, Org, Org) {
    let db = shared().fresh_db();
    let (acme, globex) = (db.org("Acme"), db.org("Globex"));
    populate_core(&db, &acme);
    populate_core(&db, &globex);
    (db, acme, globex)
}

#[track_caller]
fn tenant_tables(db: &Db) -> Vec<String> {
    let tables: Vec<String> = db.superuser().column(TENANT_TABLES, &[]);
    assert!(
        tables.iter().any(|table| table == "crm.contacts"),
        "the catalog query finds no tables"
    );
    tables
}

/// The tenant tables that `tenancy/rows.sql` fills; see [`WITHOUT_ROWS`].
#[track_caller]
fn filled_tables(db: &Db) -> Vec<String> {
    tenant_tables(db)
        .into_iter()
        .filter(|table| !WITHOUT_ROWS.contains(&table.as_str()))
        .collect()
}

/// Whether the session's role has this privilege on the table.
#[track_caller]
fn may(client: &mut impl Sql, table: &str, privilege: &str) -> bool {
    client.one(
        "SELECT has_table_privilege($1::text, $2::text)",
        &[&table, &privilege],
    )
}

/// The group roles' sessions, by name.
fn sessions(db: &Db) -> [(&'static str, Client); 3] {
    [
        ("crm_app", db.app()),
        ("crm_readonly", db.readonly()),
        ("crm_admin", db.admin()),
    ]
}
