//! What the group roles may do with the tables of the model.

use pg_crm_core::ddl::Name;

/// What the group roles may do with a table, where that is not the usual.
pub struct Access {
    pub table: &'static str,
    pub app: &'static str,
    pub readonly: &'static str,
    pub admin: &'static str,
}

const fn access(
    table: &'static str,
    app: &'static str,
    readonly: &'static str,
    admin: &'static str,
) -> Access {
    Access {
        table,
        app,
        readonly,
        admin,
    }
}

const fn ledger(table: &'static str) -> Access {
    access(table, "SELECT, INSERT", "SELECT", "SELECT, INSERT")
}

const fn read_only(table: &'static str) -> Access {
    access(table, "SELECT", "SELECT", "SELECT")
}

/// What the group roles may do with this table.
pub fn of(table: &Name) -> &'static Access {
    let name = table.to_string();
    ACCESS.iter().find(|a| a.table == name).unwrap_or(&USUAL)
}

/// What every other table grants.
const USUAL: Access = access(
    "",
    "SELECT, INSERT, UPDATE, DELETE",
    "SELECT",
    "SELECT, INSERT, UPDATE, DELETE",
);

/// The exceptions. An empty list grants nothing.
const ACCESS: &[Access] = &[
    // Hashes of secrets are for the application's sign-in alone.
    access(
        "tenancy.user_credentials",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access("tenancy.sessions", "SELECT, INSERT, UPDATE, DELETE", "", ""),
    access(
        "tenancy.refresh_tokens",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "tenancy.verification_codes",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "tenancy.password_resets",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "tenancy.api_keys",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    // Who reads it can speak for every organization.
    access("tenancy.token_keys", "", "", ""),
    // The same for all tenants: nobody's to change.
    access("crm.countries", "SELECT", "SELECT", "SELECT"),
    // Kept by triggers.
    access("crm.contact_engagement", "SELECT", "SELECT", "SELECT"),
    access("crm.score_crossings", "SELECT", "SELECT", "SELECT"),
    // A ledger.
    ledger("crm.deal_stage_history"),
    access("maint.schema_migrations", "", "", "SELECT"),
    access(
        "maint.partition_config",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    // Who may write which of it, a trigger says.
    access("maint.repartitions", "", "", "SELECT, INSERT, UPDATE"),
    // Written by maintenance alone.
    access("maint.partition_moves", "", "", "SELECT"),
    access(
        "maint.maintenance_runs",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    // Ledgers, and keys that stand for them: added to, never changed.
    ledger("compliance.consent_records"),
    ledger("compliance.rights_ledger_entries"),
    ledger("commerce.attribution_events"),
    ledger("creator.creator_earnings"),
    ledger("billing.usage_records"),
    ledger("billing.usage_record_keys"),
    ledger("workflow.workflow_versions"),
    ledger("workflow.workflow_run_keys"),
    ledger("runtime.queue_archive"),
    // Written by functions alone.
    read_only("audit.audit_logs"),
    read_only("audit.record_versions"),
    read_only("audit.security_events"),
    read_only("audit.chain_heads"),
    read_only("analytics.event_rollups_hourly"),
    read_only("analytics.event_rollups_daily"),
    read_only("analytics.event_sessions"),
    read_only("billing.plans"),
    read_only("billing.entitlements"),
    read_only("billing.invoice_counters"),
    read_only("crm.score_history"),
    read_only("tenancy.display_counters"),
    // Ciphertexts and tokens of payment providers.
    access(
        "integration.integration_credentials",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "marketplace.payout_methods",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    access(
        "billing.payment_methods",
        "SELECT, INSERT, UPDATE, DELETE",
        "",
        "",
    ),
    // A DBA's.
    access(
        "maint.task_schedule",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    access(
        "maint.metric_thresholds",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    access(
        "maint.backup_policies",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    access(
        "maint.backup_runs",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    access(
        "maint.size_snapshots",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    access(
        "maint.schema_checksums",
        "",
        "",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    access(
        "maint.retention_policies",
        "SELECT",
        "SELECT",
        "SELECT, INSERT, UPDATE, DELETE",
    ),
    // A hold is released, not deleted.
    access("maint.legal_holds", "SELECT", "", "SELECT, INSERT, UPDATE"),
];
