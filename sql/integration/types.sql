CREATE DOMAIN integration.integration_kind AS text
    CONSTRAINT integration_kind_check CHECK (VALUE IN (
        'crm', 'sms', 'mms', 'whatsapp', 'email', 'twitter', 'facebook', 'instagram', 'linkedin',
        'telegram', 'voice', 'web', 'calendar', 'commerce', 'payments', 'accounting', 'marketing',
        'analytics', 'storage', 'support', 'automation', 'ai', 'other'
    ));
COMMENT ON DOMAIN integration.integration_kind IS 'What an integration is for. A channel, named as in inbox.channel: sms, mms, whatsapp, email, twitter, facebook, instagram, linkedin, telegram, voice, web, other; or crm, calendar, commerce, payments, accounting, marketing, analytics, storage, support, automation, ai.';

-- An open list: a new service must not need a new version of the model.
CREATE DOMAIN integration.integration_provider AS text
    CONSTRAINT integration_provider_check CHECK (VALUE ~ '^[a-z0-9]([a-z0-9_.-]{0,98}[a-z0-9])?$');
COMMENT ON DOMAIN integration.integration_provider IS 'Service at the other end, up to 100 characters in lower case, e.g. salesforce, hubspot, pipedrive, dynamics, twilio, sendgrid.';

CREATE DOMAIN integration.integration_status AS text
    CONSTRAINT integration_status_check CHECK (VALUE IN ('pending', 'active', 'paused', 'error', 'disconnected'));
COMMENT ON DOMAIN integration.integration_status IS 'State of an integration: pending (being set up), active, paused (by a member), error (does not work until somebody sees to it), disconnected (given up, or the provider took the access away).';

CREATE DOMAIN integration.credential_kind AS text
    CONSTRAINT credential_kind_check CHECK (VALUE IN (
        'api_key', 'access_token', 'refresh_token', 'client_secret', 'password', 'private_key',
        'certificate', 'signing_secret', 'header', 'other'
    ));
COMMENT ON DOMAIN integration.credential_kind IS 'What a credential is: api_key, access_token and refresh_token (OAuth), client_secret, password, private_key, certificate, signing_secret (of a webhook), header (an HTTP header that holds a secret), other.';

-- Authenticated encryption adds a nonce of 12 bytes and a tag of 16 at least, so that what is
-- shorter was not encrypted.
CREATE DOMAIN integration.ciphertext AS bytea
    CONSTRAINT ciphertext_check CHECK (octet_length(VALUE) BETWEEN 29 AND 65536);
COMMENT ON DOMAIN integration.ciphertext IS 'Something secret, encrypted by the application, nonce and tag included: 29 to 65536 bytes. The server never sees it in plain text.';

CREATE DOMAIN integration.webhook_direction AS text
    CONSTRAINT webhook_direction_check CHECK (VALUE IN ('outbound', 'inbound'));
COMMENT ON DOMAIN integration.webhook_direction IS 'Who calls whom: outbound (events are sent to an address elsewhere), inbound (a provider sends them here).';

CREATE DOMAIN integration.webhook_status AS text
    CONSTRAINT webhook_status_check CHECK (VALUE IN ('active', 'paused', 'disabled'));
COMMENT ON DOMAIN integration.webhook_status IS 'State of a webhook: active, paused (events wait), disabled (events are not kept for it).';

CREATE DOMAIN integration.disable_reason AS text
    CONSTRAINT disable_reason_check CHECK (VALUE IN ('failures', 'gone', 'member', 'abuse'));
COMMENT ON DOMAIN integration.disable_reason IS 'Why a webhook is disabled: failures (nothing got through for too long), gone (the receiver answered 410), member (somebody turned it off), abuse.';

CREATE DOMAIN integration.attempt_status AS text
    CONSTRAINT attempt_status_check CHECK (VALUE IN ('pending', 'running', 'succeeded', 'failed', 'cancelled'));
COMMENT ON DOMAIN integration.attempt_status IS 'State of an attempt: pending, running, and one of succeeded, failed, cancelled at the end.';

CREATE DOMAIN integration.sync_direction AS text
    CONSTRAINT sync_direction_check CHECK (VALUE IN ('inbound', 'outbound', 'both'));
COMMENT ON DOMAIN integration.sync_direction IS 'Which way records go: inbound (from the provider), outbound (to it), both.';

CREATE DOMAIN integration.sync_mode AS text
    CONSTRAINT sync_mode_check CHECK (VALUE IN ('full', 'incremental'));
COMMENT ON DOMAIN integration.sync_mode IS 'What a synchronisation looks at: full (all records), incremental (those that changed since the last one).';

CREATE DOMAIN integration.sync_cause AS text
    CONSTRAINT sync_cause_check CHECK (VALUE IN ('schedule', 'manual', 'webhook', 'retry'));
COMMENT ON DOMAIN integration.sync_cause IS 'What started a synchronisation: schedule, manual (a member), webhook (the provider said that something changed), retry (the one before failed).';

CREATE DOMAIN integration.sync_status AS text
    CONSTRAINT sync_status_check CHECK (VALUE IN ('pending', 'running', 'completed', 'partial', 'failed', 'cancelled'));
COMMENT ON DOMAIN integration.sync_status IS 'State of a synchronisation: pending, running, and one of completed, partial (some records failed), failed, cancelled at the end.';
