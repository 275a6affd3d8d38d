CREATE DOMAIN analytics.event_source AS text
    CONSTRAINT event_source_check CHECK (VALUE IN ('web', 'mobile', 'server', 'email', 'import', 'other'));
COMMENT ON DOMAIN analytics.event_source IS 'What reported an event: web, mobile, server, email, import, other.';
