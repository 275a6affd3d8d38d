-- Rows that only a superuser may make, beside those of tenancy/rows/.
INSERT INTO billing.entitlements (organization_id, plan_id, feature, kind, limit_value, quota_interval, is_soft, overage_unit_price, starts_at, ends_at)
SELECT organization_id, id, 'messages', 'quota', 1000, 'month', true, 0.01, '2024-01-01', '2040-01-01' FROM billing.plans;
INSERT INTO billing.entitlements (organization_id, subscription_id, feature, kind, limit_value, quota_interval, is_soft, overage_unit_price, starts_at, ends_at)
SELECT organization_id, id, 'messages', 'quota', 2000, 'month', true, 0.01, '2024-01-01', '2040-01-01' FROM billing.subscriptions;

INSERT INTO crm.countries (code, alpha3, numeric_code, name) VALUES ('DE', 'DEU', '276', 'Germany');
INSERT INTO maint.maintenance_runs (task) VALUES ('test');
INSERT INTO crm.score_crossings (organization_id, contact_id, threshold, rose_at, falls_at)
SELECT organization_id, id, 50, '2024-01-01', '2024-02-01' FROM crm.contacts;
INSERT INTO crm.score_history (organization_id, contact_id, scored_at, model_id, previous_score, score, fit, engagement, grade)
SELECT c.organization_id, c.id, '2026-01-01', m.id, 10, 20, 15, 5, 'B2' FROM crm.contacts AS c JOIN crm.score_models AS m USING (organization_id) WHERE m.version = 1;
INSERT INTO maint.retention_policies (organization_id, target, retention, reason)
SELECT id, 'crm.notes', '1 year', 'test' FROM tenancy.organizations;
INSERT INTO maint.legal_holds (organization_id, name, reason, target, contact_id, from_time, until_time, placed_at, review_at)
SELECT organization_id, 'test', 'a lawsuit', 'inbox.messages', id, '2020-01-01', '2025-01-01', '2026-01-01', '2027-01-01' FROM crm.contacts;
INSERT INTO tenancy.token_keys (key_id, algorithm, verification_key, signing_key)
VALUES ('test', 'EdDSA', sha256('public'), sha256('seed'));
INSERT INTO maint.task_schedule (task, description, command, schedule) VALUES ('test', 'test', 'CALL maint.run_maintenance()', '0 3 * * *');
INSERT INTO maint.repartitions (relation, key_column) VALUES ('crm.notes', 'created_at');
INSERT INTO maint.metric_thresholds (metric, description, unit, warning, critical) VALUES ('test', 'test', 'bytes', 5, 10);
INSERT INTO maint.backup_policies (profile, name, kind, period, retention) VALUES ('test', 'daily', 'full', '1 day', '30 days');
INSERT INTO maint.backup_runs (policy_id, kind, status, tool, external_id, started_at, finished_at)
SELECT id, 'full', 'succeeded', 'pgbackrest', '1', '2026-01-01', '2026-01-02' FROM maint.backup_policies WHERE profile = 'test';
INSERT INTO maint.size_snapshots (schema_name, table_name, parent_schema, parent_table, table_bytes)
VALUES ('analytics', 'events_p', 'analytics', 'events', 8192);
INSERT INTO maint.schema_checksums (object_kind, object_name, checksum, extension_version)
VALUES ('table', 'crm.no_more', sha256('x'), '0.1.0');
INSERT INTO analytics.event_rollups_hourly (organization_id, hour, name, source, event_count, contact_count, visitor_count, session_count, first_occurred_at, last_occurred_at)
SELECT id, '2026-01-01 10:00+00', 'page_viewed', 'web', 3, 1, 1, 2, '2026-01-01 10:05+00', '2026-01-01 10:50+00' FROM tenancy.organizations;
INSERT INTO analytics.event_rollups_daily (organization_id, day, name, source, event_count, contact_count, visitor_count, session_count, first_occurred_at, last_occurred_at)
SELECT id, '2026-01-01', 'page_viewed', 'web', 3, 1, 1, 2, '2026-01-01 10:05+00', '2026-01-01 10:50+00' FROM tenancy.organizations;
INSERT INTO analytics.event_sessions (organization_id, session_id, contact_id, anonymous_id, started_at, ended_at, event_count, page_count, conversion_count, country)
SELECT organization_id, 's1', id, 'a1', '2026-01-01 10:05+00', '2026-01-01 10:50+00', 3, 2, 1, 'DE' FROM crm.contacts;
INSERT INTO audit.audit_logs (organization_id, action, resource, resource_id, actor_kind, user_id, api_key_id, session_id)
SELECT c.organization_id, 'contact.merged', 'contact', c.id, 'api_key', c.owner_id, crm.uuid_v7(), crm.uuid_v7() FROM crm.contacts AS c, generate_series(1, 2);
INSERT INTO audit.record_versions (organization_id, table_schema, table_name, record_id, record_key, operation, old_values, new_values, changed_columns, user_id)
SELECT organization_id, 'crm', 'contacts', id, jsonb_build_object('id', id), 'update', '{"name": "a"}', '{"name": "b"}', '{name}', owner_id FROM crm.contacts, generate_series(1, 2);
INSERT INTO audit.security_events (organization_id, kind, user_id, identifier, api_key_id, session_id, risk_score, country, detail)
SELECT organization_id, 'login', owner_id, 'ann', crm.uuid_v7(), crm.uuid_v7(), 50, 'DE', '{"a": 1}' FROM crm.contacts, generate_series(1, 2);
-- Retention removed the first of each chain.
SET session_replication_role = replica;
WITH removed AS (DELETE FROM audit.audit_logs WHERE seq = 1 RETURNING organization_id, hash)
UPDATE audit.chain_heads AS h SET removed_seq = 1, removed_hash = r.hash, verified_seq = 2, verified_at = '2026-01-01'
FROM removed AS r WHERE h.organization_id = r.organization_id AND h.ledger = 'audit_logs';
WITH removed AS (DELETE FROM audit.record_versions WHERE seq = 1 RETURNING organization_id, hash)
UPDATE audit.chain_heads AS h SET removed_seq = 1, removed_hash = r.hash, verified_seq = 2, verified_at = '2026-01-01'
FROM removed AS r WHERE h.organization_id = r.organization_id AND h.ledger = 'record_versions';
WITH removed AS (DELETE FROM audit.security_events WHERE seq = 1 RETURNING organization_id, hash)
UPDATE audit.chain_heads AS h SET removed_seq = 1, removed_hash = r.hash, verified_seq = 2, verified_at = '2026-01-01'
FROM removed AS r WHERE h.organization_id = r.organization_id AND h.ledger = 'security_events';
RESET session_replication_role;
