-- What a row came from (event, earlier run, member) is kept as a plain value: it stays true when
-- the row it names has gone. Nothing refers to these rows by a foreign key, since that would keep
-- their partitions from being dropped.
CREATE TABLE integration.webhook_logs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    event_id varchar(255),
    event_name varchar(255) NOT NULL,
    attempt_number integer NOT NULL DEFAULT 1,
    status integration.attempt_status NOT NULL DEFAULT 'pending',
    next_attempt_at timestamptz,
    payload jsonb NOT NULL DEFAULT '{}',
    request_headers jsonb NOT NULL DEFAULT '{}',
    ip_address inet,
    signature_valid boolean,
    response_code integer,
    response_headers jsonb NOT NULL DEFAULT '{}',
    response_body text,
    error_code varchar(100),
    error text,
    locked_by varchar(255),
    started_at timestamptz,
    completed_at timestamptz,
    duration_ms bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_logs_pkey PRIMARY KEY (id, organization_id, created_at),
    CONSTRAINT webhook_logs_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT webhook_logs_webhook_fkey FOREIGN KEY (webhook_id, organization_id)
        REFERENCES integration.webhooks (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT webhook_logs_event_id_check CHECK (btrim(event_id) <> ''),
    CONSTRAINT webhook_logs_event_name_check CHECK (btrim(event_name) <> ''),
    CONSTRAINT webhook_logs_attempt_number_check CHECK (attempt_number > 0),
    CONSTRAINT webhook_logs_next_attempt_at_check CHECK (
        CASE
            WHEN status IN ('pending', 'running') THEN next_attempt_at IS NOT NULL
            WHEN status = 'failed' THEN true
            ELSE next_attempt_at IS NULL
        END
    ),
    CONSTRAINT webhook_logs_payload_check CHECK (jsonb_typeof(payload) IN ('object', 'array')),
    CONSTRAINT webhook_logs_request_headers_check CHECK (jsonb_typeof(request_headers) = 'object'),
    CONSTRAINT webhook_logs_response_code_check CHECK (response_code BETWEEN 100 AND 599),
    CONSTRAINT webhook_logs_response_headers_check CHECK (jsonb_typeof(response_headers) = 'object'),
    -- Whoever answers decides how long the answer is.
    CONSTRAINT webhook_logs_response_body_check CHECK (octet_length(response_body) <= 65536),
    CONSTRAINT webhook_logs_error_check CHECK (status <> 'succeeded' OR num_nonnulls(error, error_code) = 0),
    CONSTRAINT webhook_logs_locked_by_check CHECK (locked_by IS NULL OR status = 'running'),
    CONSTRAINT webhook_logs_started_at_check CHECK (
        CASE status
            WHEN 'pending' THEN started_at IS NULL
            WHEN 'cancelled' THEN true
            ELSE started_at IS NOT NULL
        END
    ),
    CONSTRAINT webhook_logs_completed_at_check CHECK (
        (status IN ('succeeded', 'failed', 'cancelled')) = (completed_at IS NOT NULL)
        AND completed_at >= started_at
    ),
    CONSTRAINT webhook_logs_duration_ms_check CHECK (duration_ms >= 0 AND (duration_ms IS NULL OR completed_at IS NOT NULL)),
    CONSTRAINT webhook_logs_created_at_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE integration.webhook_logs IS 'Deliveries of events by webhooks, attempt by attempt, those that are still to be made included: due are the rows whose next_attempt_at has come. Partitioned by created_at.';
COMMENT ON COLUMN integration.webhook_logs.webhook_id IS 'Webhook that the event goes or came by.';
COMMENT ON COLUMN integration.webhook_logs.delivery_id IS 'What all attempts to deliver one event by one webhook share; sent along, so that the receiver knows a second one.';
COMMENT ON COLUMN integration.webhook_logs.event_id IS 'The event: of an outbound webhook as in runtime.outbox, of an inbound one the provider''s key.';
COMMENT ON COLUMN integration.webhook_logs.event_name IS 'What kind of event it is, e.g. deal.won.';
COMMENT ON COLUMN integration.webhook_logs.attempt_number IS 'Counts the attempts of a delivery, from 1.';
COMMENT ON COLUMN integration.webhook_logs.status IS 'Where this attempt stands.';
COMMENT ON COLUMN integration.webhook_logs.next_attempt_at IS 'Pending: when to make this attempt. Running: when another worker may take it over. Failed: when to make the next one; NULL: none is due, since its row exists or the delivery was given up.';
COMMENT ON COLUMN integration.webhook_logs.payload IS 'The event, as sent or received; a JSON object or array.';
COMMENT ON COLUMN integration.webhook_logs.request_headers IS 'HTTP headers of the request, without secrets; a JSON object.';
COMMENT ON COLUMN integration.webhook_logs.ip_address IS 'The other side''s address.';
COMMENT ON COLUMN integration.webhook_logs.signature_valid IS 'Whether an inbound request was signed with the webhook''s secret; NULL: not verified.';
COMMENT ON COLUMN integration.webhook_logs.response_code IS 'HTTP status of the answer: 100 to 599; NULL: no answer.';
COMMENT ON COLUMN integration.webhook_logs.response_headers IS 'HTTP headers of the answer; a JSON object.';
COMMENT ON COLUMN integration.webhook_logs.response_body IS 'Beginning of the answer, up to 65536 bytes.';
COMMENT ON COLUMN integration.webhook_logs.error_code IS 'What went wrong, for programs, e.g. timeout, bad_signature.';
COMMENT ON COLUMN integration.webhook_logs.error IS 'What went wrong, in words.';
COMMENT ON COLUMN integration.webhook_logs.locked_by IS 'Worker that makes the attempt; only while it is running.';
COMMENT ON COLUMN integration.webhook_logs.started_at IS 'When it began; NULL while it is pending.';
COMMENT ON COLUMN integration.webhook_logs.completed_at IS 'When it ended, in whichever way; given exactly where it has.';
COMMENT ON COLUMN integration.webhook_logs.duration_ms IS 'How long it took, in milliseconds; not negative.';

CREATE TABLE integration.sync_logs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    integration_id uuid NOT NULL,
    entity varchar(100),
    direction integration.sync_direction NOT NULL DEFAULT 'inbound',
    mode integration.sync_mode NOT NULL DEFAULT 'incremental',
    cause integration.sync_cause NOT NULL DEFAULT 'schedule',
    triggered_by uuid,
    retry_of uuid,
    attempt integer NOT NULL DEFAULT 1,
    status integration.sync_status NOT NULL DEFAULT 'pending',
    records_read bigint NOT NULL DEFAULT 0,
    records_created bigint NOT NULL DEFAULT 0,
    records_updated bigint NOT NULL DEFAULT 0,
    records_deleted bigint NOT NULL DEFAULT 0,
    records_skipped bigint NOT NULL DEFAULT 0,
    records_failed bigint NOT NULL DEFAULT 0,
    cursor_before jsonb NOT NULL DEFAULT '{}',
    cursor_after jsonb NOT NULL DEFAULT '{}',
    error_code varchar(100),
    error text,
    failures jsonb NOT NULL DEFAULT '[]',
    started_at timestamptz,
    completed_at timestamptz,
    duration_ms bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sync_logs_pkey PRIMARY KEY (id, organization_id, created_at),
    CONSTRAINT sync_logs_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT sync_logs_integration_fkey FOREIGN KEY (integration_id, organization_id)
        REFERENCES integration.integrations (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT sync_logs_entity_check CHECK (btrim(entity) <> ''),
    CONSTRAINT sync_logs_retry_of_check CHECK (retry_of <> id),
    CONSTRAINT sync_logs_attempt_check CHECK (attempt > 0),
    CONSTRAINT sync_logs_records_check CHECK (
        least(records_read, records_created, records_updated, records_deleted, records_skipped, records_failed) >= 0
    ),
    CONSTRAINT sync_logs_records_failed_check CHECK (
        CASE status
            WHEN 'completed' THEN records_failed = 0
            WHEN 'partial' THEN records_failed > 0
            ELSE true
        END
    ),
    CONSTRAINT sync_logs_cursor_before_check CHECK (jsonb_typeof(cursor_before) = 'object'),
    CONSTRAINT sync_logs_cursor_after_check CHECK (jsonb_typeof(cursor_after) = 'object'),
    CONSTRAINT sync_logs_error_check CHECK (status <> 'completed' OR num_nonnulls(error, error_code) = 0),
    CONSTRAINT sync_logs_failures_check CHECK (jsonb_typeof(failures) = 'array'),
    CONSTRAINT sync_logs_started_at_check CHECK (
        CASE status
            WHEN 'pending' THEN started_at IS NULL
            WHEN 'cancelled' THEN true
            ELSE started_at IS NOT NULL
        END
    ),
    CONSTRAINT sync_logs_completed_at_check CHECK (
        (status IN ('completed', 'partial', 'failed', 'cancelled')) = (completed_at IS NOT NULL)
        AND completed_at >= started_at
    ),
    CONSTRAINT sync_logs_duration_ms_check CHECK (duration_ms >= 0 AND (duration_ms IS NULL OR completed_at IS NOT NULL)),
    CONSTRAINT sync_logs_created_at_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE integration.sync_logs IS 'Synchronisations with other services, run by run. Partitioned by created_at.';
COMMENT ON COLUMN integration.sync_logs.integration_id IS 'Integration that was synchronised.';
COMMENT ON COLUMN integration.sync_logs.entity IS 'Kind of records, e.g. contacts; NULL: all of the integration''s.';
COMMENT ON COLUMN integration.sync_logs.direction IS 'Which way they went.';
COMMENT ON COLUMN integration.sync_logs.mode IS 'Whether all records were looked at.';
COMMENT ON COLUMN integration.sync_logs.cause IS 'What started it.';
COMMENT ON COLUMN integration.sync_logs.triggered_by IS 'User who started it; NULL: a program.';
COMMENT ON COLUMN integration.sync_logs.retry_of IS 'Failed run that this one repeats.';
COMMENT ON COLUMN integration.sync_logs.attempt IS 'Counts those repetitions, from 1.';
COMMENT ON COLUMN integration.sync_logs.status IS 'Where the run stands.';
COMMENT ON COLUMN integration.sync_logs.records_read IS 'Records looked at; not negative.';
COMMENT ON COLUMN integration.sync_logs.records_created IS 'Records made; not negative.';
COMMENT ON COLUMN integration.sync_logs.records_updated IS 'Records changed; not negative.';
COMMENT ON COLUMN integration.sync_logs.records_deleted IS 'Records deleted; not negative.';
COMMENT ON COLUMN integration.sync_logs.records_skipped IS 'Records left as they were; not negative.';
COMMENT ON COLUMN integration.sync_logs.records_failed IS 'Records that failed; none in a completed run, some in a partial one.';
COMMENT ON COLUMN integration.sync_logs.cursor_before IS 'How far the integration had come before, as in its sync_state; a JSON object.';
COMMENT ON COLUMN integration.sync_logs.cursor_after IS 'How far it came; a JSON object.';
COMMENT ON COLUMN integration.sync_logs.error_code IS 'What went wrong, for programs.';
COMMENT ON COLUMN integration.sync_logs.error IS 'What went wrong, in words.';
COMMENT ON COLUMN integration.sync_logs.failures IS 'Records that failed, or the first of them, and why; a JSON array.';
COMMENT ON COLUMN integration.sync_logs.started_at IS 'When it began; NULL while it is pending.';
COMMENT ON COLUMN integration.sync_logs.completed_at IS 'When it ended, in whichever way; given exactly where it has.';
COMMENT ON COLUMN integration.sync_logs.duration_ms IS 'How long it took, in milliseconds; not negative.';
