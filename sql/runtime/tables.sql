-- Three tables are UNLOGGED: their rows are changed all the time and can be lost. They are empty
-- after a crash, and cannot be read on a standby. What has to last is elsewhere: sessions in
-- tenancy.sessions, messages in runtime.queue_messages, events in runtime.outbox.

-- Whoever wants a cache that is warm after a crash makes it so by ALTER TABLE ... SET LOGGED.
CREATE UNLOGGED TABLE runtime.cache (
    organization_id uuid NOT NULL,
    namespace varchar(100) NOT NULL DEFAULT 'default',
    key text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    tags text[] NOT NULL DEFAULT '{}',
    bytes integer NOT NULL GENERATED ALWAYS AS (octet_length(key) + octet_length(value::text)) STORED,
    written_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT cache_pkey PRIMARY KEY (organization_id, namespace, key),
    CONSTRAINT cache_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT cache_namespace_check CHECK (btrim(namespace) <> ''),
    -- A B-tree's entry has to be shorter than 2704 bytes.
    CONSTRAINT cache_key_check CHECK (octet_length(key) BETWEEN 1 AND 1024),
    CONSTRAINT cache_tags_check CHECK (array_position(tags, NULL) IS NULL),
    CONSTRAINT cache_expires_at_check CHECK (expires_at > written_at)
)
-- Room on the page lets last_used_at, which no index holds, change in place.
WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE runtime.cache IS 'Values that are costly to get and may be lost: unlogged, so that it is empty after a crash. Evicted are the rows that expired and, where room is short, those that were not used for long.';
COMMENT ON COLUMN runtime.cache.namespace IS 'What the key is unique in, besides the organization, e.g. analytics.';
COMMENT ON COLUMN runtime.cache.key IS 'Name of the value: 1 to 1024 bytes.';
COMMENT ON COLUMN runtime.cache.value IS 'The value, any JSON.';
COMMENT ON COLUMN runtime.cache.tags IS 'What the value was made from, e.g. contact:<id>; it is thrown away by any of them.';
COMMENT ON COLUMN runtime.cache.bytes IS 'Size of key and value as text, in bytes.';
COMMENT ON COLUMN runtime.cache.written_at IS 'When the value was last set.';
COMMENT ON COLUMN runtime.cache.last_used_at IS 'When it was last read or set, to the minute or so: not every reading is a writing.';
COMMENT ON COLUMN runtime.cache.expires_at IS 'Until when it is good; after written_at; NULL: until evicted.';

-- GCRA keeps one time per key instead of a list or a count of requests. A row whose time has
-- passed says nothing more and may be purged. No index holds that time, so that a request
-- changes the row in place; the purge reads the whole table, which is small.
CREATE UNLOGGED TABLE runtime.rate_limits (
    id uuid NOT NULL,
    organization_id uuid,
    key text COLLATE "C" NOT NULL,
    theoretical_arrival_at timestamptz NOT NULL,
    max_requests integer NOT NULL,
    period interval NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rate_limits_pkey PRIMARY KEY (id),
    CONSTRAINT rate_limits_organization_key_key UNIQUE NULLS NOT DISTINCT (organization_id, key),
    CONSTRAINT rate_limits_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT rate_limits_key_check CHECK (octet_length(key) BETWEEN 1 AND 1024),
    CONSTRAINT rate_limits_theoretical_arrival_at_check CHECK (isfinite(theoretical_arrival_at)),
    CONSTRAINT rate_limits_max_requests_check CHECK (max_requests > 0),
    CONSTRAINT rate_limits_period_check CHECK (period > '0')
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE runtime.rate_limits IS 'How much of its allowance each key has used, by the generic cell rate algorithm (GCRA). Unlogged: after a crash all have their full allowance.';
COMMENT ON COLUMN runtime.rate_limits.organization_id IS 'The organization (tenant) that the key belongs to, the current one by default; NULL: to none, as before a sign-in.';
COMMENT ON COLUMN runtime.rate_limits.key IS 'What is limited, e.g. api:<key>, login:<address>: 1 to 1024 bytes; unique per organization, and among those of none.';
COMMENT ON COLUMN runtime.rate_limits.theoretical_arrival_at IS 'When the next request would come if they came evenly, at period / max_requests. One that comes up to a period earlier is allowed; when the time has passed, the whole allowance is there again.';
COMMENT ON COLUMN runtime.rate_limits.max_requests IS 'Requests allowed per period, as last asked for; positive.';
COMMENT ON COLUMN runtime.rate_limits.period IS 'The time that max_requests is for, as last asked for; positive.';

CREATE UNLOGGED TABLE runtime.presence (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    contact_id uuid,
    conversation_id uuid,
    status runtime.presence_status NOT NULL DEFAULT 'online',
    message varchar(255),
    client varchar(100),
    status_changed_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT presence_pkey PRIMARY KEY (organization_id, user_id),
    CONSTRAINT presence_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT presence_user_fkey FOREIGN KEY (user_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE CASCADE,
    CONSTRAINT presence_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT presence_conversation_fkey FOREIGN KEY (conversation_id, organization_id)
        REFERENCES inbox.conversations (id, organization_id) ON DELETE SET NULL (conversation_id),
    CONSTRAINT presence_message_check CHECK (btrim(message) <> '')
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE runtime.presence IS 'What members are doing just now, a row each, kept by heartbeats: whoever was not seen for long is offline, whatever the row says. Unlogged.';
COMMENT ON COLUMN runtime.presence.user_id IS 'The member.';
COMMENT ON COLUMN runtime.presence.contact_id IS 'Contact that the member is looking at; NULL: none.';
COMMENT ON COLUMN runtime.presence.conversation_id IS 'Conversation that the member is looking at or typing in; NULL: none.';
COMMENT ON COLUMN runtime.presence.status IS 'What the member is doing, as of last_seen_at.';
COMMENT ON COLUMN runtime.presence.message IS 'What the member says about it, e.g. on holiday.';
COMMENT ON COLUMN runtime.presence.client IS 'Program that the member uses, e.g. web, ios.';
COMMENT ON COLUMN runtime.presence.status_changed_at IS 'Since when the status is what it is.';
COMMENT ON COLUMN runtime.presence.last_seen_at IS 'When the last heartbeat came.';
