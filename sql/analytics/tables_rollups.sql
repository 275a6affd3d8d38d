-- Kept from analytics.events by analytics.refresh_rollups(), and longer than those. Numbers of
-- contacts, visitors and sessions cannot be added up over rows: someone is counted in each.
CREATE TABLE analytics.event_rollups_hourly (
    organization_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    name varchar(255) NOT NULL,
    source analytics.event_source NOT NULL,
    event_count bigint NOT NULL,
    contact_count bigint NOT NULL DEFAULT 0,
    visitor_count bigint NOT NULL DEFAULT 0,
    session_count bigint NOT NULL DEFAULT 0,
    first_occurred_at timestamptz NOT NULL,
    last_occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT event_rollups_hourly_pkey PRIMARY KEY (organization_id, hour, name, source),
    CONSTRAINT event_rollups_hourly_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT event_rollups_hourly_hour_check CHECK (isfinite(hour) AND date_trunc('hour', hour AT TIME ZONE 'UTC') = hour AT TIME ZONE 'UTC'),
    CONSTRAINT event_rollups_hourly_counts_check CHECK (
        event_count > 0
        AND contact_count BETWEEN 0 AND event_count
        AND visitor_count BETWEEN 0 AND event_count
        AND session_count BETWEEN 0 AND event_count
    ),
    CONSTRAINT event_rollups_hourly_occurred_at_check CHECK (
        first_occurred_at >= hour
        AND last_occurred_at >= first_occurred_at
        AND last_occurred_at < hour + interval '1 hour'
    )
);
COMMENT ON TABLE analytics.event_rollups_hourly IS 'How many events of which name there were in each hour; hours without any have no row.';
COMMENT ON COLUMN analytics.event_rollups_hourly.hour IS 'Beginning of the hour, in UTC.';
COMMENT ON COLUMN analytics.event_rollups_hourly.name IS 'Name of the events.';
COMMENT ON COLUMN analytics.event_rollups_hourly.source IS 'What reported them.';
COMMENT ON COLUMN analytics.event_rollups_hourly.event_count IS 'Number of events; positive.';
COMMENT ON COLUMN analytics.event_rollups_hourly.contact_count IS 'Number of different contacts among them; 0 to event_count.';
COMMENT ON COLUMN analytics.event_rollups_hourly.visitor_count IS 'Number of different visitors who are not known as contacts; 0 to event_count.';
COMMENT ON COLUMN analytics.event_rollups_hourly.session_count IS 'Number of different sessions; 0 to event_count.';
COMMENT ON COLUMN analytics.event_rollups_hourly.first_occurred_at IS 'When the first of them happened; in that hour.';
COMMENT ON COLUMN analytics.event_rollups_hourly.last_occurred_at IS 'When the last of them happened; in that hour.';

CREATE TABLE analytics.event_rollups_daily (
    organization_id uuid NOT NULL,
    day date NOT NULL,
    name varchar(255) NOT NULL,
    source analytics.event_source NOT NULL,
    event_count bigint NOT NULL,
    contact_count bigint NOT NULL DEFAULT 0,
    visitor_count bigint NOT NULL DEFAULT 0,
    session_count bigint NOT NULL DEFAULT 0,
    first_occurred_at timestamptz NOT NULL,
    last_occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT event_rollups_daily_pkey PRIMARY KEY (organization_id, day, name, source),
    CONSTRAINT event_rollups_daily_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT event_rollups_daily_day_check CHECK (isfinite(day)),
    CONSTRAINT event_rollups_daily_counts_check CHECK (
        event_count > 0
        AND contact_count BETWEEN 0 AND event_count
        AND visitor_count BETWEEN 0 AND event_count
        AND session_count BETWEEN 0 AND event_count
    ),
    CONSTRAINT event_rollups_daily_occurred_at_check CHECK (
        (first_occurred_at AT TIME ZONE 'UTC')::date = day
        AND (last_occurred_at AT TIME ZONE 'UTC')::date = day
        AND last_occurred_at >= first_occurred_at
    )
);
COMMENT ON TABLE analytics.event_rollups_daily IS 'How many events of which name there were on each day; days without any have no row.';
COMMENT ON COLUMN analytics.event_rollups_daily.day IS 'The day, in UTC.';
COMMENT ON COLUMN analytics.event_rollups_daily.name IS 'Name of the events.';
COMMENT ON COLUMN analytics.event_rollups_daily.source IS 'What reported them.';
COMMENT ON COLUMN analytics.event_rollups_daily.event_count IS 'Number of events; positive.';
COMMENT ON COLUMN analytics.event_rollups_daily.contact_count IS 'Number of different contacts among them; 0 to event_count.';
COMMENT ON COLUMN analytics.event_rollups_daily.visitor_count IS 'Number of different visitors who are not known as contacts; 0 to event_count.';
COMMENT ON COLUMN analytics.event_rollups_daily.session_count IS 'Number of different sessions; 0 to event_count.';
COMMENT ON COLUMN analytics.event_rollups_daily.first_occurred_at IS 'When the first of them happened; on that day.';
COMMENT ON COLUMN analytics.event_rollups_daily.last_occurred_at IS 'When the last of them happened; on that day.';

CREATE TABLE analytics.event_sessions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    session_id varchar(255) NOT NULL,
    contact_id uuid,
    anonymous_id varchar(255),
    source analytics.event_source NOT NULL DEFAULT 'web',
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    duration_seconds double precision NOT NULL GENERATED ALWAYS AS (extract(epoch FROM ended_at - started_at)::double precision) STORED,
    event_count integer NOT NULL,
    page_count integer NOT NULL DEFAULT 0,
    conversion_count integer NOT NULL DEFAULT 0,
    is_bounce boolean NOT NULL GENERATED ALWAYS AS (event_count = 1) STORED,
    entry_page text,
    exit_page text,
    referrer text,
    utm_source varchar(255),
    utm_medium varchar(255),
    utm_campaign varchar(255),
    country crm.country_code,
    device varchar(100),
    properties jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT event_sessions_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT event_sessions_session_key UNIQUE (organization_id, session_id),
    CONSTRAINT event_sessions_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT event_sessions_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT event_sessions_session_id_check CHECK (btrim(session_id) <> ''),
    CONSTRAINT event_sessions_anonymous_id_check CHECK (btrim(anonymous_id) <> ''),
    CONSTRAINT event_sessions_ended_at_check CHECK (ended_at >= started_at AND isfinite(started_at) AND isfinite(ended_at)),
    CONSTRAINT event_sessions_counts_check CHECK (
        event_count > 0
        AND page_count BETWEEN 0 AND event_count
        AND conversion_count BETWEEN 0 AND event_count
    ),
    CONSTRAINT event_sessions_properties_check CHECK (jsonb_typeof(properties) = 'object')
);
COMMENT ON TABLE analytics.event_sessions IS 'Visits, made from the events that share a session_id, or from those of a visitor that follow each other without a long pause.';
COMMENT ON COLUMN analytics.event_sessions.session_id IS 'The visit''s key: the events'' session_id, or one that was made up; unique in an organization.';
COMMENT ON COLUMN analytics.event_sessions.contact_id IS 'Contact whose visit it was; NULL: not known, or erased.';
COMMENT ON COLUMN analytics.event_sessions.anonymous_id IS 'The visitor''s key before it is known who it is, e.g. a cookie.';
COMMENT ON COLUMN analytics.event_sessions.source IS 'What reported the first event.';
COMMENT ON COLUMN analytics.event_sessions.started_at IS 'When the first event happened; finite.';
COMMENT ON COLUMN analytics.event_sessions.ended_at IS 'When the last event happened; finite.';
COMMENT ON COLUMN analytics.event_sessions.duration_seconds IS 'From the first event to the last, in seconds.';
COMMENT ON COLUMN analytics.event_sessions.event_count IS 'Number of events; positive.';
COMMENT ON COLUMN analytics.event_sessions.page_count IS 'How many of them were views of pages; 0 to event_count.';
COMMENT ON COLUMN analytics.event_sessions.conversion_count IS 'How many of them were what the organization wants; 0 to event_count.';
COMMENT ON COLUMN analytics.event_sessions.is_bounce IS 'Whether the visitor left after one event.';
COMMENT ON COLUMN analytics.event_sessions.entry_page IS 'Address of the first page.';
COMMENT ON COLUMN analytics.event_sessions.exit_page IS 'Address of the last page.';
COMMENT ON COLUMN analytics.event_sessions.referrer IS 'Where the visitor came from.';
COMMENT ON COLUMN analytics.event_sessions.utm_source IS 'Parameter utm_source of the first page: who sent the visitor, e.g. newsletter.';
COMMENT ON COLUMN analytics.event_sessions.utm_medium IS 'Parameter utm_medium: by what means, e.g. email.';
COMMENT ON COLUMN analytics.event_sessions.utm_campaign IS 'Parameter utm_campaign: for which campaign.';
COMMENT ON COLUMN analytics.event_sessions.country IS 'Country of the visitor: ISO 3166-1 alpha-2.';
COMMENT ON COLUMN analytics.event_sessions.device IS 'Kind of device, e.g. mobile, desktop.';
COMMENT ON COLUMN analytics.event_sessions.properties IS 'Further details; a JSON object.';
