CREATE TABLE integration.integrations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    kind integration.integration_kind NOT NULL,
    provider integration.integration_provider NOT NULL,
    external_account_id varchar(255),
    name varchar(255),
    status integration.integration_status NOT NULL DEFAULT 'pending',
    config jsonb NOT NULL DEFAULT '{}',
    scopes text[] NOT NULL DEFAULT '{}',
    field_mapping jsonb NOT NULL DEFAULT '{}',
    sync_direction integration.sync_direction,
    sync_interval interval,
    sync_state jsonb NOT NULL DEFAULT '{}',
    next_sync_at timestamptz,
    last_sync_at timestamptz,
    last_success_at timestamptz,
    consecutive_failures integer NOT NULL DEFAULT 0,
    last_error text,
    last_error_at timestamptz,
    connected_by uuid,
    connected_at timestamptz,
    disconnected_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT integrations_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT integrations_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT integrations_connected_by_fkey FOREIGN KEY (connected_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (connected_by),
    CONSTRAINT integrations_external_account_id_check CHECK (btrim(external_account_id) <> ''),
    CONSTRAINT integrations_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT integrations_config_check CHECK (jsonb_typeof(config) = 'object'),
    -- The usual names of what belongs into integration_credentials, where it is encrypted.
    CONSTRAINT integrations_config_secret_check CHECK (NOT config ?| ARRAY[
        'password', 'secret', 'api_key', 'apiKey', 'api_secret', 'apiSecret', 'auth_token', 'authToken',
        'access_token', 'accessToken', 'refresh_token', 'refreshToken', 'client_secret', 'clientSecret',
        'private_key', 'privateKey'
    ]),
    CONSTRAINT integrations_scopes_check CHECK (array_position(scopes, NULL) IS NULL),
    CONSTRAINT integrations_field_mapping_check CHECK (jsonb_typeof(field_mapping) = 'object'),
    CONSTRAINT integrations_sync_check CHECK (sync_direction IS NOT NULL OR num_nonnulls(sync_interval, next_sync_at) = 0),
    CONSTRAINT integrations_sync_interval_check CHECK (sync_interval >= '1 minute'),
    CONSTRAINT integrations_sync_state_check CHECK (jsonb_typeof(sync_state) = 'object'),
    CONSTRAINT integrations_last_success_at_check CHECK (last_success_at IS NULL OR coalesce(last_success_at <= last_sync_at, false)),
    CONSTRAINT integrations_consecutive_failures_check CHECK (consecutive_failures >= 0 AND (consecutive_failures = 0 OR last_error_at IS NOT NULL)),
    CONSTRAINT integrations_last_error_check CHECK (last_error IS NULL OR last_error_at IS NOT NULL),
    CONSTRAINT integrations_status_check CHECK (
        CASE status
            WHEN 'pending' THEN connected_at IS NULL
            WHEN 'disconnected' THEN true
            ELSE connected_at IS NOT NULL
        END
        AND (status = 'disconnected') = (disconnected_at IS NOT NULL)
        AND (status <> 'error' OR last_error_at IS NOT NULL)
    ),
    CONSTRAINT integrations_disconnected_at_check CHECK (disconnected_at >= connected_at),
    CONSTRAINT integrations_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE integration.integrations IS 'Services that an organization is connected to: channels, other CRMs, calendars, shops. What they are signed in to with is in integration.integration_credentials.';
COMMENT ON COLUMN integration.integrations.kind IS 'What it is for.';
COMMENT ON COLUMN integration.integrations.provider IS 'Service at the other end.';
COMMENT ON COLUMN integration.integrations.external_account_id IS 'Key of the account at the provider; NULL: not known, or there is but one. With kind and provider unique among an organization''s live integrations, NULL counting as a value.';
COMMENT ON COLUMN integration.integrations.name IS 'Name for people; NULL: the provider''s.';
COMMENT ON COLUMN integration.integrations.status IS 'Where the connection stands; connected_at, disconnected_at and last_error_at agree with it.';
COMMENT ON COLUMN integration.integrations.config IS 'Settings, e.g. a region or a sender''s name; a JSON object without secrets.';
COMMENT ON COLUMN integration.integrations.scopes IS 'What the provider allows, in its own words.';
COMMENT ON COLUMN integration.integrations.field_mapping IS 'Which field here is which field there, by kind of record; a JSON object.';
COMMENT ON COLUMN integration.integrations.sync_direction IS 'Which way records are synchronised; NULL: none are.';
COMMENT ON COLUMN integration.integrations.sync_interval IS 'How often; at least a minute; NULL: only when asked to, or told to by the provider.';
COMMENT ON COLUMN integration.integrations.sync_state IS 'How far it has come, by kind of record, e.g. the provider''s cursors; a JSON object.';
COMMENT ON COLUMN integration.integrations.next_sync_at IS 'When it is next due; NULL: not planned.';
COMMENT ON COLUMN integration.integrations.last_sync_at IS 'When it was last synchronised, well or not; NULL: never.';
COMMENT ON COLUMN integration.integrations.last_success_at IS 'When it last was without an error; not after last_sync_at.';
COMMENT ON COLUMN integration.integrations.consecutive_failures IS 'Failures since the last success; not negative.';
COMMENT ON COLUMN integration.integrations.last_error IS 'What last went wrong, in words.';
COMMENT ON COLUMN integration.integrations.last_error_at IS 'When that was.';
COMMENT ON COLUMN integration.integrations.connected_by IS 'Member who set it up; NULL: a program, or somebody who has left.';
COMMENT ON COLUMN integration.integrations.connected_at IS 'When it was last connected; NULL: not yet.';
COMMENT ON COLUMN integration.integrations.disconnected_at IS 'When it was disconnected; given exactly where it is.';
COMMENT ON COLUMN integration.integrations.metadata IS 'What programs keep with the integration; a JSON object.';

CREATE TABLE integration.webhooks (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    integration_id uuid,
    direction integration.webhook_direction NOT NULL DEFAULT 'outbound',
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    description text,
    url text,
    token_hash tenancy.token_hash,
    token_prefix varchar(20),
    event_types text[] NOT NULL DEFAULT '{}',
    filter jsonb NOT NULL DEFAULT '{}',
    headers jsonb NOT NULL DEFAULT '{}',
    api_version varchar(50),
    status integration.webhook_status NOT NULL DEFAULT 'active',
    disabled_at timestamptz,
    disabled_reason integration.disable_reason,
    rate_limit integer,
    rate_period interval NOT NULL DEFAULT '1 second',
    timeout interval NOT NULL DEFAULT '15 seconds',
    max_attempts integer NOT NULL DEFAULT 8,
    backoff interval NOT NULL DEFAULT '5 seconds',
    backoff_factor numeric(4,2) NOT NULL DEFAULT 6,
    max_backoff interval NOT NULL DEFAULT '10 hours',
    disable_after interval DEFAULT '5 days',
    consecutive_failures integer NOT NULL DEFAULT 0,
    first_failure_at timestamptz,
    last_failure_at timestamptz,
    last_success_at timestamptz,
    created_by uuid,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT webhooks_pkey PRIMARY KEY (id, organization_id),
    -- Looked up by the token before the organization is known: the key does not begin with it.
    CONSTRAINT webhooks_token_hash_key UNIQUE (token_hash, organization_id),
    CONSTRAINT webhooks_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT webhooks_integration_fkey FOREIGN KEY (integration_id, organization_id)
        REFERENCES integration.integrations (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT webhooks_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT webhooks_direction_check CHECK (
        (direction = 'outbound') = (url IS NOT NULL)
        AND (direction = 'inbound') = (token_hash IS NOT NULL)
    ),
    CONSTRAINT webhooks_name_check CHECK (btrim(name) <> ''),
    -- No user name and password before the host: they would be secrets in plain text.
    CONSTRAINT webhooks_url_check CHECK (url ~* '^https?://[^\s/?#@\\]+([/?#]\S*)?$' AND octet_length(url) <= 2048),
    CONSTRAINT webhooks_token_prefix_check CHECK (token_prefix IS NULL OR token_hash IS NOT NULL),
    CONSTRAINT webhooks_event_types_check CHECK (array_position(event_types, NULL) IS NULL AND array_position(event_types, '') IS NULL),
    CONSTRAINT webhooks_filter_check CHECK (jsonb_typeof(filter) = 'object'),
    CONSTRAINT webhooks_headers_check CHECK (jsonb_typeof(headers) = 'object'),
    CONSTRAINT webhooks_headers_value_check CHECK (NOT jsonb_path_exists(headers, 'strict $.* ? (@.type() != "string" || @ like_regex "[\r\n]")', '{}', true)),
    -- Headers that hold secrets belong into integration_credentials.
    CONSTRAINT webhooks_headers_secret_check CHECK (
        NOT jsonb_path_exists(headers, '$.keyvalue() ? (@.key like_regex "^((proxy-)?authorization|cookie|x-api-key)$" flag "i")', '{}', true)
    ),
    CONSTRAINT webhooks_disabled_check CHECK (
        (status = 'disabled') = (disabled_at IS NOT NULL)
        AND (disabled_at IS NULL) = (disabled_reason IS NULL)
    ),
    CONSTRAINT webhooks_rate_limit_check CHECK (rate_limit > 0),
    CONSTRAINT webhooks_rate_period_check CHECK (rate_period > '0'),
    CONSTRAINT webhooks_timeout_check CHECK (timeout BETWEEN '1 second' AND '5 minutes'),
    CONSTRAINT webhooks_max_attempts_check CHECK (max_attempts BETWEEN 1 AND 100),
    CONSTRAINT webhooks_backoff_check CHECK (backoff >= '0' AND backoff_factor >= 1 AND max_backoff >= backoff),
    CONSTRAINT webhooks_disable_after_check CHECK (disable_after > '0'),
    CONSTRAINT webhooks_failures_check CHECK (
        consecutive_failures >= 0
        AND (consecutive_failures > 0) = (first_failure_at IS NOT NULL)
        AND (first_failure_at IS NULL OR last_failure_at IS NOT NULL)
    ),
    CONSTRAINT webhooks_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE integration.webhooks IS 'Addresses that events are sent to, and addresses at which providers send theirs. The secrets that the requests are signed with, the current one and those that are being phased out, are in integration.integration_credentials.';
COMMENT ON COLUMN integration.webhooks.integration_id IS 'Integration that it belongs to and goes with; NULL: to none.';
COMMENT ON COLUMN integration.webhooks.direction IS 'Who calls whom.';
COMMENT ON COLUMN integration.webhooks.name IS 'What the webhook is for.';
COMMENT ON COLUMN integration.webhooks.name_norm IS 'The name in lower case, trimmed; unique among an organization''s live webhooks.';
COMMENT ON COLUMN integration.webhooks.description IS 'Details for people.';
COMMENT ON COLUMN integration.webhooks.url IS 'Where events are sent to: http or https, without a user and password, up to 2048 bytes; given exactly where it is outbound.';
COMMENT ON COLUMN integration.webhooks.token_hash IS 'Digest of the token in the address that a provider calls; given exactly where it is inbound.';
COMMENT ON COLUMN integration.webhooks.token_prefix IS 'Beginning of that token, by which people know it again; no secret.';
COMMENT ON COLUMN integration.webhooks.event_types IS 'Kinds of events that it is for, e.g. deal.won; {}: all.';
COMMENT ON COLUMN integration.webhooks.filter IS 'What an event must hold besides; a JSON object that its payload contains; {}: anything.';
COMMENT ON COLUMN integration.webhooks.headers IS 'HTTP headers that go along; a JSON object of strings, without secrets.';
COMMENT ON COLUMN integration.webhooks.api_version IS 'Version of the events'' form that the receiver expects; NULL: the newest.';
COMMENT ON COLUMN integration.webhooks.status IS 'Whether events get through.';
COMMENT ON COLUMN integration.webhooks.disabled_at IS 'When it was disabled; given exactly where it is.';
COMMENT ON COLUMN integration.webhooks.disabled_reason IS 'Why it was disabled; given exactly where it is.';
COMMENT ON COLUMN integration.webhooks.rate_limit IS 'How many requests per rate_period at most; positive; NULL: any number.';
COMMENT ON COLUMN integration.webhooks.rate_period IS 'The time that rate_limit is for; positive.';
COMMENT ON COLUMN integration.webhooks.timeout IS 'How long to wait for an answer: 1 second to 5 minutes.';
COMMENT ON COLUMN integration.webhooks.max_attempts IS 'Attempts before an event is given up: 1 to 100.';
COMMENT ON COLUMN integration.webhooks.backoff IS 'How long to wait after the first failed attempt; not negative.';
COMMENT ON COLUMN integration.webhooks.backoff_factor IS 'By how much that grows with every further one; at least 1.';
COMMENT ON COLUMN integration.webhooks.max_backoff IS 'The longest wait; not less than backoff.';
COMMENT ON COLUMN integration.webhooks.disable_after IS 'How long nothing but failures is put up with, from first_failure_at, before it is disabled; NULL: for ever.';
COMMENT ON COLUMN integration.webhooks.consecutive_failures IS 'Failed attempts since the last success; not negative.';
COMMENT ON COLUMN integration.webhooks.first_failure_at IS 'When the first of them was; given exactly where there are any.';
COMMENT ON COLUMN integration.webhooks.last_failure_at IS 'When an attempt last failed; NULL: never.';
COMMENT ON COLUMN integration.webhooks.last_success_at IS 'When one last succeeded; NULL: never.';
COMMENT ON COLUMN integration.webhooks.created_by IS 'Member who made it; NULL: a program, or somebody who has left.';
COMMENT ON COLUMN integration.webhooks.metadata IS 'What programs keep with the webhook; a JSON object.';

CREATE TABLE integration.integration_credentials (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    integration_id uuid,
    webhook_id uuid,
    kind integration.credential_kind NOT NULL,
    name varchar(100) NOT NULL DEFAULT 'default',
    ciphertext integration.ciphertext NOT NULL,
    algorithm varchar(50) NOT NULL DEFAULT 'aes-256-gcm',
    key_id varchar(255) NOT NULL,
    wrapped_key integration.ciphertext,
    fingerprint tenancy.token_hash,
    hint varchar(20),
    scopes text[] NOT NULL DEFAULT '{}',
    expires_at timestamptz,
    rotation_interval interval,
    rotation_due_at timestamptz,
    replaced_at timestamptz,
    accepted_until timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT integration_credentials_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT integration_credentials_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT integration_credentials_integration_fkey FOREIGN KEY (integration_id, organization_id)
        REFERENCES integration.integrations (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT integration_credentials_webhook_fkey FOREIGN KEY (webhook_id, organization_id)
        REFERENCES integration.webhooks (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT integration_credentials_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT integration_credentials_parent_check CHECK (num_nonnulls(integration_id, webhook_id) = 1),
    CONSTRAINT integration_credentials_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT integration_credentials_algorithm_check CHECK (algorithm ~ '^[a-z0-9]+([_-][a-z0-9]+)*$'),
    CONSTRAINT integration_credentials_key_id_check CHECK (btrim(key_id) <> ''),
    -- More would tell too much of a short secret.
    CONSTRAINT integration_credentials_hint_check CHECK (length(hint) BETWEEN 1 AND 8),
    CONSTRAINT integration_credentials_scopes_check CHECK (array_position(scopes, NULL) IS NULL),
    CONSTRAINT integration_credentials_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT integration_credentials_rotation_interval_check CHECK (rotation_interval >= '1 hour'),
    CONSTRAINT integration_credentials_rotation_due_at_check CHECK (rotation_due_at > created_at),
    CONSTRAINT integration_credentials_replaced_at_check CHECK (replaced_at >= created_at),
    CONSTRAINT integration_credentials_accepted_until_check CHECK (accepted_until IS NULL OR coalesce(accepted_until >= replaced_at, false)),
    CONSTRAINT integration_credentials_revoked_at_check CHECK (revoked_at >= created_at)
);
COMMENT ON TABLE integration.integration_credentials IS 'Secrets of integrations and webhooks, encrypted by the application. At most one of a parent, kind and name is current: neither replaced nor revoked.';
COMMENT ON COLUMN integration.integration_credentials.integration_id IS 'Integration that it is for; exactly one of integration_id and webhook_id is given.';
COMMENT ON COLUMN integration.integration_credentials.webhook_id IS 'Webhook that it is for; exactly one of integration_id and webhook_id is given.';
COMMENT ON COLUMN integration.integration_credentials.kind IS 'What it is.';
COMMENT ON COLUMN integration.integration_credentials.name IS 'Tells several of a kind apart, e.g. the name of a header.';
COMMENT ON COLUMN integration.integration_credentials.ciphertext IS 'The secret, encrypted.';
COMMENT ON COLUMN integration.integration_credentials.algorithm IS 'How it is encrypted, e.g. aes-256-gcm, xchacha20-poly1305.';
COMMENT ON COLUMN integration.integration_credentials.key_id IS 'Name of the key that it is encrypted with, or that wrapped_key is; the key itself is with the application.';
COMMENT ON COLUMN integration.integration_credentials.wrapped_key IS 'Where each secret has a key of its own: that key, encrypted; NULL: has not.';
COMMENT ON COLUMN integration.integration_credentials.fingerprint IS 'Keyed digest (HMAC) of the secret, by which the same one is known again without decrypting it.';
COMMENT ON COLUMN integration.integration_credentials.hint IS 'End of the secret, by which people know it again; up to 8 characters.';
COMMENT ON COLUMN integration.integration_credentials.scopes IS 'What it allows, in the provider''s words.';
COMMENT ON COLUMN integration.integration_credentials.expires_at IS 'Until when it is good; after created_at; NULL: not known, or for ever.';
COMMENT ON COLUMN integration.integration_credentials.rotation_interval IS 'How often it is to be replaced; at least an hour; NULL: no rule.';
COMMENT ON COLUMN integration.integration_credentials.rotation_due_at IS 'When it is to be replaced; after created_at; NULL: no date.';
COMMENT ON COLUMN integration.integration_credentials.replaced_at IS 'When another took its place; NULL: has not.';
COMMENT ON COLUMN integration.integration_credentials.accepted_until IS 'Until when it is still used beside the one that took its place; NULL: not at all.';
COMMENT ON COLUMN integration.integration_credentials.revoked_at IS 'When it was made void; NULL: was not.';
COMMENT ON COLUMN integration.integration_credentials.last_used_at IS 'When it was last used; NULL: never.';
COMMENT ON COLUMN integration.integration_credentials.created_by IS 'Member who entered it; NULL: a program, or somebody who has left.';
