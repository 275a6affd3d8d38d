-- Nothing here refers to other tables by a foreign key. The record of a deletion names what is
-- gone, and an organization or user that is deleted must not take the record along; a tracked
-- row that goes with its organization is recorded when that is no longer there. Ids are kept as
-- plain values, with the names of that time where they matter.
--
-- What is no organization's (organization_id NULL), e.g. a sign-in before one was chosen, has
-- chains of its own. The key is (id, created_at): a key cannot hold a NULL.
--
-- A chain is written by one transaction at a time, from the first row to its commit. Many
-- writers of one organization spread over several chains.
CREATE TABLE audit.audit_logs (
    id uuid NOT NULL,
    organization_id uuid,
    category audit.category NOT NULL DEFAULT 'activity',
    action varchar(100) NOT NULL,
    resource varchar(100) NOT NULL,
    resource_id uuid,
    resource_name text,
    outcome audit.outcome NOT NULL DEFAULT 'success',
    actor_kind audit.actor_kind NOT NULL DEFAULT 'user',
    user_id uuid,
    api_key_id uuid,
    actor_name text,
    database_role text NOT NULL DEFAULT session_user,
    session_id uuid,
    request_id varchar(100),
    ip_address inet,
    user_agent text,
    reason text,
    detail jsonb NOT NULL DEFAULT '{}',
    chain smallint NOT NULL DEFAULT 0,
    seq bigint NOT NULL,
    previous_hash audit.digest,
    hash audit.digest NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT audit_logs_action_check CHECK (btrim(action) <> ''),
    CONSTRAINT audit_logs_resource_check CHECK (btrim(resource) <> ''),
    CONSTRAINT audit_logs_api_key_check CHECK (api_key_id IS NULL OR actor_kind = 'api_key'),
    CONSTRAINT audit_logs_detail_check CHECK (jsonb_typeof(detail) = 'object'),
    CONSTRAINT audit_logs_chain_check CHECK (chain BETWEEN 0 AND 255),
    CONSTRAINT audit_logs_seq_check CHECK (seq > 0 AND (seq = 1) = (previous_hash IS NULL)),
    CONSTRAINT audit_logs_created_at_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE audit.audit_logs IS 'Who did what, by whose own account: entries of the application and of maintenance, each bound to the one before by its digest. Rows are added, never changed. Partitioned by created_at.';
COMMENT ON COLUMN audit.audit_logs.category IS 'What it is about.';
COMMENT ON COLUMN audit.audit_logs.action IS 'What was done, e.g. contact.merged, settings.changed.';
COMMENT ON COLUMN audit.audit_logs.resource IS 'What it was done to: a kind of thing, e.g. contact, or a table''s name.';
COMMENT ON COLUMN audit.audit_logs.resource_id IS 'Which one; NULL: none in particular.';
COMMENT ON COLUMN audit.audit_logs.resource_name IS 'What that was called then.';
COMMENT ON COLUMN audit.audit_logs.outcome IS 'What came of it.';
COMMENT ON COLUMN audit.audit_logs.actor_kind IS 'What kind of actor did it.';
COMMENT ON COLUMN audit.audit_logs.user_id IS 'User who did it, or on whose behalf it was done; NULL: none.';
COMMENT ON COLUMN audit.audit_logs.api_key_id IS 'API key that was used; only where one was.';
COMMENT ON COLUMN audit.audit_logs.actor_name IS 'What the actor was called then.';
COMMENT ON COLUMN audit.audit_logs.database_role IS 'Role that was connected to the server.';
COMMENT ON COLUMN audit.audit_logs.session_id IS 'The user''s session.';
COMMENT ON COLUMN audit.audit_logs.request_id IS 'The application''s key of the request that it was part of.';
COMMENT ON COLUMN audit.audit_logs.ip_address IS 'Address that the request came from.';
COMMENT ON COLUMN audit.audit_logs.user_agent IS 'Program that it came from.';
COMMENT ON COLUMN audit.audit_logs.reason IS 'Why it was done, as the actor said.';
COMMENT ON COLUMN audit.audit_logs.detail IS 'Details; a JSON object.';
COMMENT ON COLUMN audit.audit_logs.chain IS 'Which of the organization''s chains the row is in: 0 to 255.';
COMMENT ON COLUMN audit.audit_logs.seq IS 'Place in the chain, from 1 without gaps.';
COMMENT ON COLUMN audit.audit_logs.previous_hash IS 'Digest of the row before; NULL exactly for the first.';
COMMENT ON COLUMN audit.audit_logs.hash IS 'Digest of previous_hash and of all other columns.';

CREATE TABLE audit.record_versions (
    id uuid NOT NULL,
    organization_id uuid,
    table_schema text NOT NULL,
    table_name text NOT NULL,
    record_id uuid,
    record_key jsonb,
    operation audit.operation NOT NULL,
    old_values jsonb,
    new_values jsonb,
    changed_columns text[],
    user_id uuid,
    database_role text NOT NULL DEFAULT session_user,
    application_name text,
    request_id varchar(100),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    chain smallint NOT NULL DEFAULT 0,
    seq bigint NOT NULL,
    previous_hash audit.digest,
    hash audit.digest NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT record_versions_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT record_versions_values_check CHECK (
        CASE operation
            WHEN 'insert' THEN old_values IS NULL AND new_values IS NOT NULL
            WHEN 'update' THEN old_values IS NOT NULL AND new_values IS NOT NULL
            WHEN 'delete' THEN old_values IS NOT NULL AND new_values IS NULL
            ELSE num_nonnulls(old_values, new_values) = 0
        END
    ),
    CONSTRAINT record_versions_record_check CHECK (
        CASE WHEN operation = 'truncate' THEN num_nonnulls(record_id, record_key) = 0
             ELSE num_nonnulls(record_id, record_key) > 0
        END
    ),
    CONSTRAINT record_versions_json_check CHECK (
        coalesce(jsonb_typeof(record_key), 'object') = 'object'
        AND coalesce(jsonb_typeof(old_values), 'object') = 'object'
        AND coalesce(jsonb_typeof(new_values), 'object') = 'object'
    ),
    CONSTRAINT record_versions_changed_columns_check CHECK (
        (operation = 'update') = (changed_columns IS NOT NULL)
        AND cardinality(changed_columns) > 0
        AND array_position(changed_columns, NULL) IS NULL
    ),
    CONSTRAINT record_versions_chain_check CHECK (chain BETWEEN 0 AND 255),
    CONSTRAINT record_versions_seq_check CHECK (seq > 0 AND (seq = 1) = (previous_hash IS NULL)),
    CONSTRAINT record_versions_created_at_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE audit.record_versions IS 'Every change of every row of the tables that are tracked, as the server saw it. Rows are added, never changed. Partitioned by created_at.';
COMMENT ON COLUMN audit.record_versions.table_schema IS 'Schema of the table that was changed.';
COMMENT ON COLUMN audit.record_versions.table_name IS 'The table; for a partition, the partitioned one.';
COMMENT ON COLUMN audit.record_versions.record_id IS 'The row''s id; NULL where the table has none.';
COMMENT ON COLUMN audit.record_versions.record_key IS 'The row''s primary key, column by column, where it is more than id and organization; a JSON object.';
COMMENT ON COLUMN audit.record_versions.operation IS 'How it was changed.';
COMMENT ON COLUMN audit.record_versions.old_values IS 'The row before: whole for delete, the changed columns for update; a JSON object.';
COMMENT ON COLUMN audit.record_versions.new_values IS 'The row after: whole for insert, the changed columns for update; a JSON object.';
COMMENT ON COLUMN audit.record_versions.changed_columns IS 'Columns that an update changed; at least one.';
COMMENT ON COLUMN audit.record_versions.user_id IS 'User on whose behalf it was done; NULL: none.';
COMMENT ON COLUMN audit.record_versions.database_role IS 'Role that was connected to the server.';
COMMENT ON COLUMN audit.record_versions.application_name IS 'The connection''s application_name.';
COMMENT ON COLUMN audit.record_versions.request_id IS 'The application''s key of the request that it was part of.';
COMMENT ON COLUMN audit.record_versions.transaction_id IS 'The transaction: changes that share it were made together, on one server.';
COMMENT ON COLUMN audit.record_versions.chain IS 'Which of the organization''s chains the row is in: 0 to 255.';
COMMENT ON COLUMN audit.record_versions.seq IS 'Place in the chain, from 1 without gaps.';
COMMENT ON COLUMN audit.record_versions.previous_hash IS 'Digest of the row before; NULL exactly for the first.';
COMMENT ON COLUMN audit.record_versions.hash IS 'Digest of previous_hash and of all other columns.';

CREATE TABLE audit.security_events (
    id uuid NOT NULL,
    organization_id uuid,
    kind audit.security_event_kind NOT NULL,
    severity audit.severity NOT NULL DEFAULT 'info',
    outcome audit.outcome NOT NULL DEFAULT 'success',
    user_id uuid,
    identifier text,
    api_key_id uuid,
    session_id uuid,
    request_id varchar(100),
    ip_address inet,
    country crm.country_code,
    user_agent text,
    risk_score smallint,
    database_role text NOT NULL DEFAULT session_user,
    detail jsonb NOT NULL DEFAULT '{}',
    chain smallint NOT NULL DEFAULT 0,
    seq bigint NOT NULL,
    previous_hash audit.digest,
    hash audit.digest NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT security_events_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT security_events_identifier_check CHECK (btrim(identifier) <> ''),
    CONSTRAINT security_events_risk_score_check CHECK (risk_score BETWEEN 0 AND 100),
    CONSTRAINT security_events_detail_check CHECK (jsonb_typeof(detail) = 'object' AND (kind <> 'other' OR detail <> '{}')),
    CONSTRAINT security_events_chain_check CHECK (chain BETWEEN 0 AND 255),
    CONSTRAINT security_events_seq_check CHECK (seq > 0 AND (seq = 1) = (previous_hash IS NULL)),
    CONSTRAINT security_events_created_at_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE audit.security_events IS 'Sign-ins and whatever else matters to security, tried or done. Rows are added, never changed. Partitioned by created_at.';
COMMENT ON COLUMN audit.security_events.kind IS 'What happened.';
COMMENT ON COLUMN audit.security_events.severity IS 'How much it matters.';
COMMENT ON COLUMN audit.security_events.outcome IS 'Whether it was done, tried or denied.';
COMMENT ON COLUMN audit.security_events.user_id IS 'User whom it concerns; NULL: not known.';
COMMENT ON COLUMN audit.security_events.identifier IS 'What the user gave as name or address; never a secret.';
COMMENT ON COLUMN audit.security_events.api_key_id IS 'API key that it concerns.';
COMMENT ON COLUMN audit.security_events.session_id IS 'Session that it concerns.';
COMMENT ON COLUMN audit.security_events.request_id IS 'The application''s key of the request that it was part of.';
COMMENT ON COLUMN audit.security_events.ip_address IS 'Address that the request came from.';
COMMENT ON COLUMN audit.security_events.country IS 'Country of that address: ISO 3166-1 alpha-2.';
COMMENT ON COLUMN audit.security_events.user_agent IS 'Program that it came from.';
COMMENT ON COLUMN audit.security_events.risk_score IS 'How suspicious the application finds it: 0 to 100; NULL: not judged.';
COMMENT ON COLUMN audit.security_events.database_role IS 'Role that was connected to the server.';
COMMENT ON COLUMN audit.security_events.detail IS 'Details; a JSON object, not empty where kind is other.';
COMMENT ON COLUMN audit.security_events.chain IS 'Which of the organization''s chains the row is in: 0 to 255.';
COMMENT ON COLUMN audit.security_events.seq IS 'Place in the chain, from 1 without gaps.';
COMMENT ON COLUMN audit.security_events.previous_hash IS 'Digest of the row before; NULL exactly for the first.';
COMMENT ON COLUMN audit.security_events.hash IS 'Digest of previous_hash and of all other columns.';

-- Rows leave a chain at its beginning only, by retention: the digest of the last one that left
-- is kept here, so that what remains can still be verified.
CREATE TABLE audit.chain_heads (
    id uuid NOT NULL,
    organization_id uuid,
    ledger audit.ledger NOT NULL,
    chain smallint NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    last_hash audit.digest,
    removed_seq bigint NOT NULL DEFAULT 0,
    removed_hash audit.digest,
    verified_seq bigint NOT NULL DEFAULT 0,
    verified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT chain_heads_pkey PRIMARY KEY (id),
    CONSTRAINT chain_heads_chain_key UNIQUE NULLS NOT DISTINCT (organization_id, ledger, chain),
    CONSTRAINT chain_heads_chain_check CHECK (chain BETWEEN 0 AND 255),
    CONSTRAINT chain_heads_last_check CHECK (last_seq >= 0 AND (last_seq = 0) = (last_hash IS NULL)),
    CONSTRAINT chain_heads_removed_check CHECK ((removed_seq = 0) = (removed_hash IS NULL) AND removed_seq BETWEEN 0 AND last_seq),
    CONSTRAINT chain_heads_verified_check CHECK ((verified_seq = 0 OR verified_at IS NOT NULL) AND verified_seq BETWEEN 0 AND last_seq)
);
COMMENT ON TABLE audit.chain_heads IS 'Where each chain of the ledgers ends, and where what is left of it begins.';
COMMENT ON COLUMN audit.chain_heads.ledger IS 'Table that the chain is in.';
COMMENT ON COLUMN audit.chain_heads.chain IS 'Which of the organization''s chains it is: 0 to 255.';
COMMENT ON COLUMN audit.chain_heads.last_seq IS 'Place of the last row; 0: none yet. Locked by the transaction that adds rows.';
COMMENT ON COLUMN audit.chain_heads.last_hash IS 'Digest of the last row; NULL exactly where there is none yet.';
COMMENT ON COLUMN audit.chain_heads.removed_seq IS 'Place of the last row that retention removed; 0: none; at most last_seq.';
COMMENT ON COLUMN audit.chain_heads.removed_hash IS 'Digest of that row, which the first one that is left must hold as previous_hash.';
COMMENT ON COLUMN audit.chain_heads.verified_seq IS 'Place up to which the chain was found to hold; at most last_seq.';
COMMENT ON COLUMN audit.chain_heads.verified_at IS 'When it was last verified; NULL: never.';
