CREATE INDEX events_organization_contact_occurred_at_idx ON analytics.events (organization_id, contact_id, occurred_at);
CREATE INDEX events_organization_name_occurred_at_idx ON analytics.events (organization_id, name, occurred_at);
CREATE INDEX events_organization_session_occurred_at_idx ON analytics.events (organization_id, session_id, occurred_at) WHERE session_id IS NOT NULL;
