//! Which role of a member it takes to write to a table of the model.
//!
//! Policies of this make viewers readers. They bind users: a context that names no user acts for the
//! organization as a whole. What a table is not listed for takes a member.

use pg_crm_core::ddl::Name;
use pg_crm_core::role::Role;

/// What it takes to write to a table.
pub enum Minimum {
    /// Nothing besides the other policies.
    Nothing,
    /// This role.
    Role(Role),
    /// This role, or to be the user whom the row's column names.
    OwnOr(&'static str, Role),
}

/// Written to by programs for whoever works, viewers included, or a user's own by other policies.
const NOTHING: &[&str] = &[
    // Of a user, in whichever organization: policies `own`.
    "tenancy.users",
    "tenancy.user_credentials",
    "tenancy.sessions",
    "tenancy.refresh_tokens",
    "tenancy.verification_codes",
    "tenancy.password_resets",
    // Rules of its own, in tenancy/policies.sql and tenancy.guard_membership(): a member may leave.
    "tenancy.organization_members",
    // What keeps requests, limits, caches and queues going.
    "tenancy.idempotency_keys",
    "runtime.cache",
    "runtime.rate_limits",
    "runtime.presence",
    "runtime.queues",
    "runtime.queue_messages",
    "runtime.queue_archive",
    "runtime.outbox",
    // What is noted down as it happens.
    "analytics.events",
    "crm.signals",
    "commerce.attribution_events",
    "billing.usage_records",
    "billing.usage_record_keys",
    "integration.webhook_logs",
    "integration.sync_logs",
    // Whatever somebody does, others may be told of.
    "notify.notifications",
];

/// A viewer's, too.
const OWN: &[(&str, &str)] = &[
    ("analytics.dashboards", "owner_id"),
    ("analytics.reports", "owner_id"),
    ("inbox.conversation_reads", "member_id"),
    ("notify.notification_preferences", "user_id"),
];

/// What decides about other members' work or pay.
const MANAGER: &[&str] = &[
    // Ways of selling, and by what everybody's work is sorted and judged.
    "crm.pipelines",
    "crm.deal_stages",
    "crm.score_models",
    "crm.industries",
    "crm.job_roles",
    "crm.lifecycle_stages",
    // Who earns what, and what is expected of whom.
    "sales.commissions",
    "sales.forecasts",
    "creator.creator_earnings",
    "marketplace.ambassador_programs",
    "marketplace.contracts",
    "marketplace.payouts",
    // What acts by itself, in everybody's name.
    "workflow.workflows",
    "workflow.workflow_versions",
    "workflow.workflow_triggers",
    "workflow.workflow_schedules",
    "voice.assistants",
    "voice.phone_numbers",
];

/// Who belongs to the organization, what it pays, which secrets it holds, and what the law asks of it.
const ADMIN: &[&str] = &[
    "tenancy.organizations",
    "tenancy.invitations",
    "tenancy.api_keys",
    "billing.subscriptions",
    "billing.payment_methods",
    "billing.invoices",
    "billing.invoice_lines",
    "integration.integrations",
    "integration.integration_credentials",
    "integration.webhooks",
    "marketplace.payout_methods",
    "compliance.data_export_requests",
    // The ledger, and what it is the ledger of.
    "compliance.rights_ledger_entries",
    "creator.content_rights",
];

/// What it takes to write to this table.
pub fn minimum(table: &Name) -> Minimum {
    let table = table.to_string();
    let table = table.as_str();
    if NOTHING.contains(&table) {
        return Minimum::Nothing;
    }
    if let Some((_, column)) = OWN.iter().find(|(name, _)| *name == table) {
        return Minimum::OwnOr(column, Role::Member);
    }
    Minimum::Role(if ADMIN.contains(&table) {
        Role::Admin
    } else if MANAGER.contains(&table) {
        Role::Manager
    } else {
        Role::Member
    })
}
