-- One name over time; the primary keys give one time with all names.
CREATE INDEX event_rollups_hourly_organization_name_idx ON analytics.event_rollups_hourly (organization_id, name, hour);
CREATE INDEX event_rollups_daily_organization_name_idx ON analytics.event_rollups_daily (organization_id, name, day);

CREATE INDEX event_sessions_organization_contact_idx ON analytics.event_sessions (organization_id, contact_id, started_at);
CREATE INDEX event_sessions_organization_started_at_idx ON analytics.event_sessions (organization_id, started_at);
