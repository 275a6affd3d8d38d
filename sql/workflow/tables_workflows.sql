CREATE TABLE workflow.workflows (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by uuid,
    name varchar(255) NOT NULL,
    description text,
    status workflow.workflow_status NOT NULL DEFAULT 'draft',
    trigger_type varchar(50) NOT NULL,
    trigger_config jsonb NOT NULL DEFAULT '{}',
    definition workflow.definition NOT NULL,
    version integer NOT NULL DEFAULT 1,
    published_version integer,
    reentry workflow.reentry_policy NOT NULL DEFAULT 'always',
    max_concurrent_runs integer,
    timeout interval,
    run_count bigint NOT NULL DEFAULT 0,
    success_count bigint NOT NULL DEFAULT 0,
    failure_count bigint NOT NULL DEFAULT 0,
    last_run_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT workflows_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT workflows_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT workflows_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT workflows_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT workflows_trigger_type_check CHECK (btrim(trigger_type) <> ''),
    CONSTRAINT workflows_trigger_config_check CHECK (jsonb_typeof(trigger_config) = 'object'),
    CONSTRAINT workflows_version_check CHECK (version > 0),
    CONSTRAINT workflows_published_version_check CHECK (published_version BETWEEN 1 AND version),
    CONSTRAINT workflows_max_concurrent_runs_check CHECK (max_concurrent_runs > 0),
    CONSTRAINT workflows_timeout_check CHECK (timeout > '0'),
    CONSTRAINT workflows_run_count_check CHECK (run_count >= 0),
    CONSTRAINT workflows_success_count_check CHECK (success_count >= 0),
    CONSTRAINT workflows_failure_count_check CHECK (failure_count >= 0),
    CONSTRAINT workflows_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE workflow.workflows IS 'What an organization has done by itself when something happens: a graph of nodes, begun by a trigger.';
COMMENT ON COLUMN workflow.workflows.created_by IS 'Member who made it; NULL: a program.';
COMMENT ON COLUMN workflow.workflows.name IS 'Name for people.';
COMMENT ON COLUMN workflow.workflows.description IS 'What it is for.';
COMMENT ON COLUMN workflow.workflows.status IS 'Whether it is in use.';
COMMENT ON COLUMN workflow.workflows.trigger_type IS 'What starts it in the first place, e.g. manual, schedule, contact.created. Further triggers are in workflow.workflow_triggers.';
COMMENT ON COLUMN workflow.workflows.trigger_config IS 'Details of that trigger; a JSON object.';
COMMENT ON COLUMN workflow.workflows.definition IS 'What it does, as of version.';
COMMENT ON COLUMN workflow.workflows.version IS 'Counts the changes of name, trigger and definition, from 1: who changes a workflow names the version that was read, so that no other''s change is lost. What every version did is in workflow.workflow_versions.';
COMMENT ON COLUMN workflow.workflows.published_version IS 'Version that new runs follow; NULL: the latest.';
COMMENT ON COLUMN workflow.workflows.reentry IS 'Whether a contact may go through it again.';
COMMENT ON COLUMN workflow.workflows.max_concurrent_runs IS 'How many runs may be open at a time; positive; NULL: any number.';
COMMENT ON COLUMN workflow.workflows.timeout IS 'How long a run may take before it is failed; NULL: as long as it needs.';
COMMENT ON COLUMN workflow.workflows.run_count IS 'Runs that were started; not negative.';
COMMENT ON COLUMN workflow.workflows.success_count IS 'Runs that completed; not negative.';
COMMENT ON COLUMN workflow.workflows.failure_count IS 'Runs that failed; not negative.';
COMMENT ON COLUMN workflow.workflows.last_run_at IS 'When a run was last started; NULL: never.';
COMMENT ON COLUMN workflow.workflows.metadata IS 'What programs keep with the workflow; a JSON object.';

-- Append-only; created_by is no foreign key: the history still tells who it was when the member has left.
CREATE TABLE workflow.workflow_versions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    version integer NOT NULL,
    name varchar(255) NOT NULL,
    trigger_type varchar(50) NOT NULL,
    trigger_config jsonb NOT NULL DEFAULT '{}',
    definition workflow.definition NOT NULL,
    change_note text,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflow_versions_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT workflow_versions_workflow_version_key UNIQUE (organization_id, workflow_id, version),
    CONSTRAINT workflow_versions_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT workflow_versions_workflow_fkey FOREIGN KEY (workflow_id, organization_id)
        REFERENCES workflow.workflows (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT workflow_versions_version_check CHECK (version > 0),
    CONSTRAINT workflow_versions_trigger_config_check CHECK (jsonb_typeof(trigger_config) = 'object')
);
COMMENT ON TABLE workflow.workflow_versions IS 'Every version of every workflow, the current one included. Rows are added, never changed.';
COMMENT ON COLUMN workflow.workflow_versions.workflow_id IS 'The workflow.';
COMMENT ON COLUMN workflow.workflow_versions.version IS 'Number of the version, from 1; unique in its workflow.';
COMMENT ON COLUMN workflow.workflow_versions.name IS 'The workflow''s name then.';
COMMENT ON COLUMN workflow.workflow_versions.trigger_type IS 'Its trigger then.';
COMMENT ON COLUMN workflow.workflow_versions.trigger_config IS 'Details of that trigger; a JSON object.';
COMMENT ON COLUMN workflow.workflow_versions.definition IS 'What it did then.';
COMMENT ON COLUMN workflow.workflow_versions.change_note IS 'Why it was changed.';
COMMENT ON COLUMN workflow.workflow_versions.created_by IS 'User who changed it; NULL: a program.';

-- Workflow and version refer to each other, so that one of the two references comes later.
ALTER TABLE workflow.workflows ADD CONSTRAINT workflows_published_version_fkey FOREIGN KEY (organization_id, id, published_version)
    REFERENCES workflow.workflow_versions (organization_id, workflow_id, version) ON DELETE RESTRICT;

CREATE TABLE workflow.workflow_triggers (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    kind workflow.trigger_kind NOT NULL,
    event_name varchar(255),
    token_hash tenancy.token_hash,
    token_prefix varchar(20),
    conditions jsonb NOT NULL DEFAULT '{}',
    config jsonb NOT NULL DEFAULT '{}',
    is_enabled boolean NOT NULL DEFAULT true,
    last_fired_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflow_triggers_pkey PRIMARY KEY (id, organization_id),
    -- What schedules refer to, so that one cannot be of another workflow than its trigger.
    CONSTRAINT workflow_triggers_workflow_key UNIQUE (id, organization_id, workflow_id),
    -- Looked up by the token before the organization is known: the key does not begin with it.
    CONSTRAINT workflow_triggers_token_hash_key UNIQUE (token_hash, organization_id),
    CONSTRAINT workflow_triggers_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT workflow_triggers_workflow_fkey FOREIGN KEY (workflow_id, organization_id)
        REFERENCES workflow.workflows (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT workflow_triggers_event_name_check CHECK ((kind = 'event') = (event_name IS NOT NULL) AND btrim(event_name) <> ''),
    CONSTRAINT workflow_triggers_token_check CHECK ((kind = 'webhook') = (token_hash IS NOT NULL) AND (token_prefix IS NULL OR token_hash IS NOT NULL)),
    CONSTRAINT workflow_triggers_conditions_check CHECK (jsonb_typeof(conditions) IN ('object', 'array')),
    CONSTRAINT workflow_triggers_config_check CHECK (jsonb_typeof(config) = 'object')
);
COMMENT ON TABLE workflow.workflow_triggers IS 'What starts runs of a workflow; each on its own.';
COMMENT ON COLUMN workflow.workflow_triggers.workflow_id IS 'Workflow that it starts.';
COMMENT ON COLUMN workflow.workflow_triggers.kind IS 'What it waits for.';
COMMENT ON COLUMN workflow.workflow_triggers.event_name IS 'Event that starts a run, e.g. contact.created, deal.won; given exactly where it is one.';
COMMENT ON COLUMN workflow.workflow_triggers.token_hash IS 'Digest of the token in a webhook''s address; given exactly where it is one.';
COMMENT ON COLUMN workflow.workflow_triggers.token_prefix IS 'Beginning of that token, by which people know it again; no secret.';
COMMENT ON COLUMN workflow.workflow_triggers.conditions IS 'What must hold of the event, in the application''s words; a JSON object or array; {}: nothing.';
COMMENT ON COLUMN workflow.workflow_triggers.config IS 'Details; a JSON object.';
COMMENT ON COLUMN workflow.workflow_triggers.is_enabled IS 'Whether it starts runs; only those of an active workflow do.';
COMMENT ON COLUMN workflow.workflow_triggers.last_fired_at IS 'When it last started a run; NULL: never.';

CREATE TABLE workflow.workflow_schedules (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    trigger_id uuid,
    kind workflow.schedule_kind NOT NULL,
    cron_expression workflow.cron_expression,
    every interval,
    run_at timestamptz,
    time_zone text NOT NULL DEFAULT 'UTC',
    starts_at timestamptz,
    ends_at timestamptz,
    misfire workflow.misfire_policy NOT NULL DEFAULT 'run_once',
    overlap workflow.overlap_policy NOT NULL DEFAULT 'skip',
    payload jsonb NOT NULL DEFAULT '{}',
    is_enabled boolean NOT NULL DEFAULT true,
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_status workflow.run_status,
    run_count bigint NOT NULL DEFAULT 0,
    consecutive_failures integer NOT NULL DEFAULT 0,
    locked_by varchar(255),
    locked_until timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflow_schedules_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT workflow_schedules_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT workflow_schedules_workflow_fkey FOREIGN KEY (workflow_id, organization_id)
        REFERENCES workflow.workflows (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT workflow_schedules_trigger_fkey FOREIGN KEY (trigger_id, organization_id, workflow_id)
        REFERENCES workflow.workflow_triggers (id, organization_id, workflow_id) ON DELETE CASCADE,
    CONSTRAINT workflow_schedules_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT workflow_schedules_kind_check CHECK (
        (kind = 'cron') = (cron_expression IS NOT NULL)
        AND (kind = 'interval') = (every IS NOT NULL)
        AND (kind = 'once') = (run_at IS NOT NULL)
    ),
    CONSTRAINT workflow_schedules_every_check CHECK (every >= '1 minute'),
    CONSTRAINT workflow_schedules_time_zone_check CHECK (time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]*$'),
    CONSTRAINT workflow_schedules_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT workflow_schedules_next_run_at_check CHECK (next_run_at >= starts_at AND next_run_at < ends_at),
    CONSTRAINT workflow_schedules_payload_check CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT workflow_schedules_run_count_check CHECK (run_count >= 0 AND (run_count = 0 OR last_run_at IS NOT NULL)),
    CONSTRAINT workflow_schedules_last_status_check CHECK (last_status IS NULL OR last_run_at IS NOT NULL),
    CONSTRAINT workflow_schedules_consecutive_failures_check CHECK (consecutive_failures >= 0),
    CONSTRAINT workflow_schedules_lock_check CHECK ((locked_by IS NULL) = (locked_until IS NULL))
);
COMMENT ON TABLE workflow.workflow_schedules IS 'Times at which a workflow runs.';
COMMENT ON COLUMN workflow.workflow_schedules.workflow_id IS 'Workflow that it starts.';
COMMENT ON COLUMN workflow.workflow_schedules.trigger_id IS 'Trigger of that workflow that the schedule belongs to; NULL: to none.';
COMMENT ON COLUMN workflow.workflow_schedules.kind IS 'How the times are said; exactly that one of cron_expression, every, run_at is given.';
COMMENT ON COLUMN workflow.workflow_schedules.cron_expression IS 'The times, in time_zone.';
COMMENT ON COLUMN workflow.workflow_schedules.every IS 'How long after the last time; at least a minute.';
COMMENT ON COLUMN workflow.workflow_schedules.run_at IS 'The one time.';
COMMENT ON COLUMN workflow.workflow_schedules.time_zone IS 'Time zone that a cron expression is read in: an IANA name, e.g. Europe/Berlin.';
COMMENT ON COLUMN workflow.workflow_schedules.starts_at IS 'No run before; NULL: from now on.';
COMMENT ON COLUMN workflow.workflow_schedules.ends_at IS 'No run then or later; NULL: for ever.';
COMMENT ON COLUMN workflow.workflow_schedules.misfire IS 'What becomes of times that were missed.';
COMMENT ON COLUMN workflow.workflow_schedules.overlap IS 'What happens while the last run is open.';
COMMENT ON COLUMN workflow.workflow_schedules.payload IS 'What the runs get as trigger_data; a JSON object.';
COMMENT ON COLUMN workflow.workflow_schedules.is_enabled IS 'Whether it starts runs; only those of an active workflow do.';
COMMENT ON COLUMN workflow.workflow_schedules.next_run_at IS 'When it is next due; NULL: no more, or not reckoned yet.';
COMMENT ON COLUMN workflow.workflow_schedules.last_run_at IS 'When it last started a run; NULL: never.';
COMMENT ON COLUMN workflow.workflow_schedules.last_status IS 'How that run stands, or ended.';
COMMENT ON COLUMN workflow.workflow_schedules.run_count IS 'How many runs it started; not negative.';
COMMENT ON COLUMN workflow.workflow_schedules.consecutive_failures IS 'Runs that failed since the last good one; not negative.';
COMMENT ON COLUMN workflow.workflow_schedules.locked_by IS 'Worker that just now starts a run; NULL: none.';
COMMENT ON COLUMN workflow.workflow_schedules.locked_until IS 'When another worker may take over from that one.';
COMMENT ON COLUMN workflow.workflow_schedules.created_by IS 'Member who made it; NULL: a program.';
