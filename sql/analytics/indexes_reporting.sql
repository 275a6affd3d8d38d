-- The keys of values, dashboards and rollups are chosen to answer what is asked of them; these
-- are for the rest. Those on a next time are for the jobs that serve all organizations at once.

CREATE UNIQUE INDEX dashboards_organization_default_key ON analytics.dashboards (organization_id) WHERE is_default AND deleted_at IS NULL;
CREATE INDEX dashboards_organization_owner_idx ON analytics.dashboards (organization_id, owner_id);
CREATE INDEX dashboards_organization_position_idx ON analytics.dashboards (organization_id, position) WHERE deleted_at IS NULL;

CREATE INDEX reports_organization_owner_idx ON analytics.reports (organization_id, owner_id);
CREATE INDEX reports_organization_dashboard_idx ON analytics.reports (organization_id, dashboard_id);
CREATE INDEX reports_next_run_at_idx ON analytics.reports (next_run_at) WHERE is_enabled AND next_run_at IS NOT NULL AND deleted_at IS NULL;

CREATE UNIQUE INDEX alerts_organization_name_norm_key ON analytics.alerts (organization_id, name_norm) WHERE deleted_at IS NULL;
CREATE INDEX alerts_organization_owner_idx ON analytics.alerts (organization_id, owner_id);
CREATE INDEX alerts_organization_acknowledged_by_idx ON analytics.alerts (organization_id, acknowledged_by);
CREATE INDEX alerts_organization_state_idx ON analytics.alerts (organization_id, state) WHERE state <> 'ok' AND deleted_at IS NULL;
CREATE INDEX alerts_next_evaluation_at_idx ON analytics.alerts (next_evaluation_at) WHERE is_enabled AND deleted_at IS NULL;
