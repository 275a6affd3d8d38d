-- By occurred_at, not created_at: a period is charged by what happened in it, and then only its
-- own partition is read. A key is written in the same transaction as its record, and first: of
-- two senders of the same key one waits for the other, finds it there, and adds nothing.
CREATE TABLE billing.usage_records (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    subscription_id uuid,
    metric varchar(100) NOT NULL,
    quantity numeric(20,6) NOT NULL DEFAULT 1,
    is_correction boolean NOT NULL DEFAULT false,
    idempotency_key varchar(255),
    source varchar(100),
    properties jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT usage_records_pkey PRIMARY KEY (id, organization_id, occurred_at),
    CONSTRAINT usage_records_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT usage_records_subscription_fkey FOREIGN KEY (subscription_id, organization_id)
        REFERENCES billing.subscriptions (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT usage_records_metric_check CHECK (metric ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT usage_records_quantity_check CHECK (quantity <> 'NaN' AND (quantity >= 0 OR is_correction)),
    CONSTRAINT usage_records_idempotency_key_check CHECK (btrim(idempotency_key) <> ''),
    CONSTRAINT usage_records_properties_check CHECK (jsonb_typeof(properties) = 'object'),
    CONSTRAINT usage_records_occurred_at_check CHECK (isfinite(occurred_at))
) PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE billing.usage_records IS 'What an organization used, piece by piece. Rows are added, never changed; a mistake is put right by another row. Partitioned by occurred_at.';
COMMENT ON COLUMN billing.usage_records.subscription_id IS 'Subscription that it is charged to; NULL: to none.';
COMMENT ON COLUMN billing.usage_records.metric IS 'What was used, by the name that entitlements give it, e.g. messages.';
COMMENT ON COLUMN billing.usage_records.quantity IS 'How much was used; negative only in a correction.';
COMMENT ON COLUMN billing.usage_records.is_correction IS 'Whether it puts earlier records right.';
COMMENT ON COLUMN billing.usage_records.idempotency_key IS 'The sender''s name of the record, so that it counts once however often it is sent; NULL: the sender never repeats itself. See billing.usage_record_keys.';
COMMENT ON COLUMN billing.usage_records.source IS 'Part of the application that reported it.';
COMMENT ON COLUMN billing.usage_records.properties IS 'Details to group by; a JSON object.';
COMMENT ON COLUMN billing.usage_records.occurred_at IS 'When it was used; finite.';

-- A unique key of a partitioned table must hold the partition key, so it cannot tell that a
-- record was sent twice with different times.
CREATE TABLE billing.usage_record_keys (
    organization_id uuid NOT NULL,
    idempotency_key varchar(255) NOT NULL,
    period date NOT NULL,
    usage_record_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT usage_record_keys_pkey PRIMARY KEY (organization_id, idempotency_key, period),
    CONSTRAINT usage_record_keys_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT usage_record_keys_idempotency_key_check CHECK (btrim(idempotency_key) <> ''),
    CONSTRAINT usage_record_keys_period_check CHECK (period = date_trunc('month', occurred_at AT TIME ZONE 'UTC'))
);
COMMENT ON TABLE billing.usage_record_keys IS 'The idempotency keys of billing.usage_records: each counts once in a month.';
COMMENT ON COLUMN billing.usage_record_keys.idempotency_key IS 'The sender''s name of the record.';
COMMENT ON COLUMN billing.usage_record_keys.period IS 'First day of the month, in UTC, that it was used in.';
COMMENT ON COLUMN billing.usage_record_keys.usage_record_id IS 'Record that came with the key. No foreign key, since that would keep a partition from being dropped.';
COMMENT ON COLUMN billing.usage_record_keys.occurred_at IS 'The record''s occurred_at, by which it is found.';
