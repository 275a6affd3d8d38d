//! Rules for tables, columns, constraints and indexes.

use super::{none, only};

#[test]
fn every_foreign_key_has_an_index_that_begins_with_its_columns() {
    none(
        "SELECT k.conrelid::regclass || ' ' || k.conname
         FROM pg_constraint AS k JOIN t ON t.oid = k.conrelid
         WHERE k.contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index AS i
            JOIN pg_class AS c ON c.oid = i.indexrelid
            JOIN pg_am AS a ON a.oid = c.relam AND a.amname = 'btree'
            WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                AND k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1])",
    );
}

#[test]
fn every_schema_of_the_model_has_a_comment() {
    none(
        "SELECT DISTINCT n.nspname FROM t JOIN pg_class AS c USING (oid)
         JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE obj_description(n.oid, 'pg_namespace') IS NULL",
    );
}

#[test]
fn every_table_has_a_comment() {
    none("SELECT name FROM t WHERE obj_description(oid, 'pg_class') IS NULL");
}

#[test]
fn every_column_has_a_comment() {
    none(
        "SELECT t.name || '.' || a.attname FROM t
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE col_description(t.oid, a.attnum) IS NULL",
    );
}

#[test]
fn every_domain_has_a_comment() {
    none(
        "SELECT d.oid::regtype FROM pg_type AS d
         WHERE d.typtype = 'd' AND d.typnamespace <> 'information_schema'::regnamespace
            AND obj_description(d.oid, 'pg_type') IS NULL",
    );
}

#[test]
fn every_constraint_of_a_table_is_named_by_the_convention() {
    none(
        "SELECT t.name || ' ' || k.conname FROM t JOIN pg_constraint AS k ON k.conrelid = t.oid
         WHERE k.conname !~ CASE k.contype
            WHEN 'p' THEN '^' || t.relname || '_pkey$'
            WHEN 'u' THEN '^' || t.relname || '_[a-z0-9_]+_key$'
            WHEN 'f' THEN '^' || t.relname || '_[a-z0-9_]+_fkey$'
            WHEN 'c' THEN '^' || t.relname || '_[a-z0-9_]+_check$'
            WHEN 'x' THEN '^' || t.relname || '_[a-z0-9_]+_excl$'
            ELSE '^$' END
            AND k.contype <> 't'",
    );
}

#[test]
fn every_constraint_of_a_domain_is_named_after_it() {
    none(
        "SELECT k.contypid::regtype || ' ' || k.conname
         FROM pg_constraint AS k JOIN pg_type AS d ON d.oid = k.contypid
         WHERE d.typnamespace <> 'information_schema'::regnamespace
            AND k.conname !~ ('^' || d.typname || '(_[a-z0-9_]+)?_check$')",
    );
}

#[test]
fn every_index_is_named_by_the_convention() {
    none(
        "SELECT t.name || ' ' || c.relname FROM t
         JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS c ON c.oid = i.indexrelid
         WHERE c.relname !~ ('^' || t.relname || '_' || CASE
            WHEN i.indisprimary THEN 'pkey$'
            WHEN i.indisexclusion THEN '[a-z0-9_]+_excl$'
            WHEN i.indisunique THEN '[a-z0-9_]+_key$'
            ELSE '[a-z0-9_]+_idx$' END)",
    );
}

/// Unique within an organization, or what is unique tells of other organizations' rows.
#[test]
fn every_unique_index_of_an_organizations_table_contains_the_organization() {
    only(
        "SELECT c.relname FROM t
         JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS c ON c.oid = i.indexrelid
         WHERE t.tenant AND i.indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = t.oid AND a.attname = 'organization_id' AND a.attnum = ANY (i.indkey))",
        &[
            ("audit_logs_pkey", "what happens before an organization is known has none"),
            ("chain_heads_pkey", "what happens before an organization is known has none"),
            ("entitlements_pkey", "rows of everybody have no organization"),
            ("entitlements_plan_feature_key", "holds the organization as scope_id"),
            ("industries_pkey", "rows of everybody have no organization"),
            ("job_roles_pkey", "rows of everybody have no organization"),
            ("legal_holds_pkey", "a hold may concern all organizations"),
            ("lifecycle_stages_pkey", "rows of everybody have no organization"),
            ("plans_id_scope_key", "holds the organization as scope_id"),
            ("plans_pkey", "rows of everybody have no organization"),
            ("rate_limits_pkey", "what happens before an organization is known has none"),
            ("record_versions_pkey", "what happens before an organization is known has none"),
            ("retention_policies_pkey", "a policy may hold for all organizations"),
            ("security_events_pkey", "what happens before an organization is known has none"),
            ("sessions_pkey", "a user's, who may work for no organization"),
            ("sessions_id_user_key", "what a user's refresh tokens refer to"),
            ("sessions_token_hash_key", "looked up before anything else is known; a digest tells nothing"),
        ],
    );
}

#[test]
fn every_table_has_a_primary_key() {
    none(
        "SELECT name FROM t
         WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = t.oid AND k.contype = 'p')",
    );
}

#[test]
fn every_id_and_organization_has_its_default() {
    none(
        "SELECT t.name || '.' || a.attname FROM t
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND NOT a.attisdropped
         LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.atttypid = 'uuid'::regtype AND a.attnotnull
            AND pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM CASE a.attname
                WHEN 'id' THEN 'crm.uuid_v7()'
                WHEN 'organization_id' THEN 'tenancy.current_org_id()'
                ELSE pg_get_expr(d.adbin, d.adrelid) END",
    );
}

#[test]
fn every_updated_at_is_kept_by_the_trigger() {
    none(
        "SELECT t.name FROM t JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = 'updated_at'
         WHERE NOT EXISTS (SELECT FROM pg_trigger AS g
            WHERE g.tgrelid = t.oid AND g.tgname = 'touch_updated_at' AND g.tgenabled = 'O'
                AND g.tgfoid = 'crm.touch_updated_at'::regproc AND g.tgtype = 19)",
    );
}

/// timestamp without a time zone, json, char(n), time of day with a zone, money, enumerations.
#[test]
fn no_column_has_a_type_that_the_model_avoids() {
    none(
        "SELECT t.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) FROM t
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         JOIN pg_type AS y ON y.oid = a.atttypid
         WHERE y.typtype = 'e' OR y.typname IN ('timestamp', 'json', 'bpchar', 'timetz', 'money', 'citext', 'float4')",
    );
}

/// Money is exact: two digits, or four for the price of a message or a minute.
#[test]
fn every_amount_is_numeric_of_the_models_scales() {
    only(
        "SELECT t.name || '.' || a.attname FROM t
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE a.attname ~ '(amount|price|revenue|^total|^cost)$'
            AND format_type(a.atttypid, a.atttypmod) <> CASE a.attname
                WHEN 'cost' THEN 'numeric(10,4)' ELSE 'numeric(15,2)' END",
        &[
            (
                "billing.entitlements.overage_unit_price",
                "a unit of usage costs fractions of a cent",
            ),
            (
                "billing.invoice_lines.unit_price",
                "a unit of usage costs fractions of a cent",
            ),
        ],
    );
}

#[test]
fn every_jsonb_column_is_a_checked_value_and_never_null() {
    only(
        "SELECT t.name || '.' || a.attname FROM t
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         JOIN pg_type AS y ON y.oid = a.atttypid
         WHERE 'jsonb'::regtype IN (a.atttypid, y.typbasetype)
            AND NOT (a.attnotnull AND a.atthasdef AND (y.typtype = 'd' OR EXISTS (
                SELECT FROM pg_constraint AS k
                WHERE k.conrelid = t.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
                    AND pg_get_constraintdef(k.oid) ~ 'jsonb_typeof|crm.has_shape')))",
        &[
            ("audit.record_versions.new_values", "none of a deleted row"),
            (
                "audit.record_versions.old_values",
                "none of an inserted row",
            ),
            (
                "audit.record_versions.record_key",
                "every record has a key: no default",
            ),
            (
                "audit.security_events.detail",
                "none where nothing more is known",
            ),
            ("chat.messages.citations", "none where nothing is cited"),
            ("chat.messages.tool_calls", "none where no tool is called"),
            ("crm.contact_merges.loser_before", "erased on request"),
            ("crm.contact_merges.winner_before", "erased on request"),
            (
                "inbox.templates.variable_defaults",
                "checked value by value",
            ),
            ("runtime.cache.value", "any JSON, the caller's"),
            ("runtime.queue_archive.payload", "any JSON, the sender's"),
            ("runtime.queue_messages.payload", "any JSON, the sender's"),
            (
                "tenancy.idempotency_keys.response",
                "any response, kept as it was; none while it is awaited",
            ),
            (
                "voice.assistants.structured_data_schema",
                "none where nothing is extracted",
            ),
            (
                "workflow.job_dead_letters.payload",
                "as the job had it: no default",
            ),
            (
                "workflow.scheduled_jobs.payload",
                "any JSON, the scheduler's",
            ),
            ("workflow.scheduled_jobs.result", "none before the end"),
            (
                "workflow.workflow_run_steps.input",
                "none where a step takes none",
            ),
            ("workflow.workflow_run_steps.output", "none before the end"),
            (
                "workflow.workflow_versions.definition",
                "a workflow says what it does: no default",
            ),
            (
                "workflow.workflows.definition",
                "a workflow says what it does: no default",
            ),
        ],
    );
}

#[test]
fn every_domain_is_over_text_jsonb_or_bytea_and_no_enumeration_exists() {
    none(
        "SELECT y.oid::regtype FROM pg_type AS y
         WHERE y.typnamespace::regnamespace::text IN (SELECT split_part(name, '.', 1) FROM t)
            AND (y.typtype = 'e' OR (y.typtype = 'd' AND y.typbasetype NOT IN ('text'::regtype, 'jsonb'::regtype, 'bytea'::regtype)))",
    );
}

/// Only a leakproof condition can use an index under row-level security.
#[test]
fn every_column_of_a_btree_index_has_a_leakproof_equality() {
    only(
        "SELECT DISTINCT c.relname || ' ' || o.oid::regoperator FROM t
         JOIN pg_index AS i ON i.indrelid = t.oid
         JOIN pg_class AS c ON c.oid = i.indexrelid
         JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
         CROSS JOIN unnest(i.indclass) AS k (class)
         JOIN pg_opclass AS l ON l.oid = k.class
         JOIN pg_amop AS p ON p.amopfamily = l.opcfamily AND p.amopstrategy = 3
            AND p.amoplefttype = l.opcintype AND p.amoprighttype = l.opcintype
         JOIN pg_operator AS o ON o.oid = p.amopopr
         JOIN pg_proc AS f2 ON f2.oid = o.oprcode
         WHERE t.tenant AND NOT f2.proleakproof",
        &[
            (
                "bids_organization_opportunity_status_amount_idx =(numeric,numeric)",
                "the amount is for the order only",
            ),
            (
                "creator_earnings_id_amount_key =(numeric,numeric)",
                "for a foreign key, which asks as the owner",
            ),
            (
                "creator_earnings_reverses_key =(numeric,numeric)",
                "for a foreign key, which asks as the owner",
            ),
            (
                "metric_snapshots_period_key =(jsonb,jsonb)",
                "for uniqueness, which asks as the owner",
            ),
        ],
    );
}

#[test]
fn every_state_and_kind_is_text_with_a_closed_list() {
    only(
        "SELECT t.name || '.' || a.attname FROM t
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         JOIN pg_type AS y ON y.oid = a.atttypid
         WHERE a.attname ~ '(^|_)(status|kind|direction|channel|role|type|priority|scope|purpose)$'
            AND NOT (y.typtype = 'd' AND y.typbasetype = 'text'::regtype AND EXISTS (
                SELECT FROM pg_constraint AS k
                WHERE k.contypid = y.oid AND pg_get_constraintdef(k.oid) LIKE 'CHECK ((VALUE = ANY (ARRAY[%'))",
        &[
            ("audit.audit_logs.database_role", "a role of the server"),
            ("audit.record_versions.database_role", "a role of the server"),
            ("audit.security_events.database_role", "a role of the server"),
            ("chat.knowledge_base.content_type", "an open list"),
            ("compliance.consent_records.purpose", "the tenant's own words"),
            ("compliance.data_export_requests.scope", "a JSON object: what to export"),
            ("creator.content_versions.mime_type", "an open list, checked for its shape"),
            ("crm.companies.account_type", "the tenant's own words"),
            ("crm.companies.billing_type", "the tenant's own words"),
            ("crm.contact_identities.kind", "an open list, checked for its shape"),
            ("crm.documents.mime_type", "an open list, checked for its shape"),
            ("inbox.messages.content_type", "an open list"),
            ("inbox.templates.content_type", "an open list"),
            ("maint.backup_policies.kind", "a check of the table's own"),
            ("maint.backup_runs.kind", "a check of the table's own"),
            ("maint.backup_runs.status", "a check of the table's own"),
            ("maint.maintenance_runs.status", "a check of the table's own"),
            ("maint.repartitions.status", "a check of the table's own"),
            ("maint.schema_checksums.object_kind", "a check of the table's own"),
            ("marketing.campaigns.type", "the tenant's own words"),
            ("runtime.queue_archive.priority", "a number, 0 to 9"),
            ("runtime.queue_messages.priority", "a number, 0 to 9"),
            ("tenancy.idempotency_keys.response_status", "a number of HTTP"),
            ("tenancy.idempotency_keys.scope", "the caller's own words"),
            ("workflow.job_dead_letters.priority", "a number, 0 to 9"),
            ("workflow.job_dead_letters.type", "the application's own words"),
            ("workflow.scheduled_jobs.priority", "a number, 0 to 9"),
            ("workflow.scheduled_jobs.type", "the application's own words"),
            ("workflow.workflow_versions.trigger_type", "the application's own words"),
            ("workflow.workflows.trigger_type", "the application's own words"),
        ],
    );
}

#[test]
fn every_view_reads_with_its_callers_rights() {
    none(
        "SELECT c.oid::regclass FROM pg_class AS c
         WHERE c.relkind IN ('v', 'm') AND c.relnamespace::regnamespace::text IN (SELECT split_part(name, '.', 1) FROM t)
            AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)",
    );
}
