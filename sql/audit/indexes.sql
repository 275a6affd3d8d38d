-- Rows come in the order of their time, so that a BRIN index answers for a span of it across all
-- organizations at next to no cost for the writers.

CREATE INDEX audit_logs_organization_created_at_idx ON audit.audit_logs (organization_id, created_at);
CREATE INDEX audit_logs_organization_user_idx ON audit.audit_logs (organization_id, user_id, created_at);
CREATE INDEX audit_logs_organization_action_idx ON audit.audit_logs (organization_id, action, created_at);
CREATE INDEX audit_logs_organization_resource_idx ON audit.audit_logs (organization_id, resource, resource_id, created_at);
CREATE INDEX audit_logs_organization_chain_seq_idx ON audit.audit_logs (organization_id, chain, seq);

CREATE INDEX record_versions_organization_record_idx ON audit.record_versions (organization_id, table_name, record_id, created_at);
CREATE INDEX record_versions_organization_user_idx ON audit.record_versions (organization_id, user_id, created_at);
CREATE INDEX record_versions_organization_chain_seq_idx ON audit.record_versions (organization_id, chain, seq);
CREATE INDEX record_versions_created_at_idx ON audit.record_versions USING brin (created_at);

CREATE INDEX security_events_organization_created_at_idx ON audit.security_events (organization_id, created_at);
CREATE INDEX security_events_organization_kind_idx ON audit.security_events (organization_id, kind, created_at);
CREATE INDEX security_events_organization_chain_seq_idx ON audit.security_events (organization_id, chain, seq);
-- Across organizations: a user's sign-ins, and an attacker's.
CREATE INDEX security_events_user_idx ON audit.security_events (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE INDEX security_events_ip_address_idx ON audit.security_events (ip_address, created_at) WHERE ip_address IS NOT NULL;
