-- The key holds the time, since that of a partitioned table must. Who sends an event again
-- sends the same id and time, so the key also keeps it from being counted twice.
CREATE TABLE analytics.events (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    contact_id uuid,
    anonymous_id varchar(255),
    session_id varchar(255),
    source analytics.event_source NOT NULL DEFAULT 'server',
    properties jsonb NOT NULL DEFAULT '{}',
    context jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT events_pkey PRIMARY KEY (id, organization_id, occurred_at),
    CONSTRAINT events_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT events_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT events_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT events_anonymous_id_check CHECK (btrim(anonymous_id) <> ''),
    CONSTRAINT events_session_id_check CHECK (btrim(session_id) <> ''),
    CONSTRAINT events_properties_check CHECK (jsonb_typeof(properties) = 'object'),
    CONSTRAINT events_context_check CHECK (jsonb_typeof(context) = 'object'),
    CONSTRAINT events_occurred_at_check CHECK (isfinite(occurred_at))
) PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE analytics.events IS 'What contacts and visitors did, event by event. Append-only, partitioned by occurred_at.';
COMMENT ON COLUMN analytics.events.name IS 'What happened, e.g. page_viewed, signed_up.';
COMMENT ON COLUMN analytics.events.contact_id IS 'Contact who did it; NULL: not known, or erased.';
COMMENT ON COLUMN analytics.events.anonymous_id IS 'The visitor''s key before it is known who it is, e.g. a cookie.';
COMMENT ON COLUMN analytics.events.session_id IS 'The visit that it was part of, as the reporter names it.';
COMMENT ON COLUMN analytics.events.source IS 'What reported it.';
COMMENT ON COLUMN analytics.events.properties IS 'Details of the event; a JSON object.';
COMMENT ON COLUMN analytics.events.context IS 'Circumstances: page, referrer, campaign, device; a JSON object.';
COMMENT ON COLUMN analytics.events.occurred_at IS 'When it happened, by the reporter''s clock; finite.';
