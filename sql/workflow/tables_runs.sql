-- What a run came from (trigger, job, earlier run) is kept as plain values: it stays true when
-- the row it names has gone. Nothing refers to a run by a foreign key, since that would keep
-- its partition from being dropped.
CREATE TABLE workflow.workflow_runs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    workflow_version integer,
    contact_id uuid,
    trigger_id uuid,
    retry_of uuid,
    attempt integer NOT NULL DEFAULT 1,
    status workflow.run_status NOT NULL DEFAULT 'pending',
    trigger_data jsonb NOT NULL DEFAULT '{}',
    context jsonb NOT NULL DEFAULT '{}',
    current_step varchar(100),
    wait_until timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    error text,
    error_step varchar(100),
    duration_ms bigint,
    cancelled_by uuid,
    trace_id varchar(100),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflow_runs_pkey PRIMARY KEY (id, organization_id, created_at),
    CONSTRAINT workflow_runs_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT workflow_runs_workflow_fkey FOREIGN KEY (workflow_id, organization_id)
        REFERENCES workflow.workflows (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT workflow_runs_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT workflow_runs_workflow_version_check CHECK (workflow_version > 0),
    CONSTRAINT workflow_runs_retry_of_check CHECK (retry_of <> id),
    CONSTRAINT workflow_runs_attempt_check CHECK (attempt > 0),
    CONSTRAINT workflow_runs_trigger_data_check CHECK (jsonb_typeof(trigger_data) IN ('object', 'array')),
    CONSTRAINT workflow_runs_context_check CHECK (jsonb_typeof(context) = 'object'),
    CONSTRAINT workflow_runs_wait_until_check CHECK (wait_until IS NULL OR status = 'running'),
    CONSTRAINT workflow_runs_started_at_check CHECK (
        CASE status
            WHEN 'pending' THEN started_at IS NULL
            WHEN 'cancelled' THEN true
            ELSE started_at IS NOT NULL
        END
    ),
    CONSTRAINT workflow_runs_completed_at_check CHECK (
        (status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)
        AND completed_at >= started_at
    ),
    CONSTRAINT workflow_runs_error_check CHECK (status <> 'completed' OR num_nonnulls(error, error_step) = 0),
    CONSTRAINT workflow_runs_duration_ms_check CHECK (duration_ms >= 0 AND (duration_ms IS NULL OR completed_at IS NOT NULL)),
    CONSTRAINT workflow_runs_cancelled_by_check CHECK (cancelled_by IS NULL OR status = 'cancelled'),
    CONSTRAINT workflow_runs_created_at_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE workflow.workflow_runs IS 'Runs of workflows, with what became of them. Partitioned by created_at.';
COMMENT ON COLUMN workflow.workflow_runs.workflow_id IS 'Workflow that is run.';
COMMENT ON COLUMN workflow.workflow_runs.workflow_version IS 'Version of it that the run follows, as in workflow.workflow_versions; NULL: not known.';
COMMENT ON COLUMN workflow.workflow_runs.contact_id IS 'Contact that it is run for; NULL: none, or erased.';
COMMENT ON COLUMN workflow.workflow_runs.trigger_id IS 'Trigger that started it, as in workflow.workflow_triggers; NULL: the workflow''s own, or none.';
COMMENT ON COLUMN workflow.workflow_runs.retry_of IS 'Failed run that this one repeats.';
COMMENT ON COLUMN workflow.workflow_runs.attempt IS 'Counts those repetitions, from 1.';
COMMENT ON COLUMN workflow.workflow_runs.status IS 'Where the run stands. One that waits is running.';
COMMENT ON COLUMN workflow.workflow_runs.trigger_data IS 'What the trigger handed over; a JSON object or array.';
COMMENT ON COLUMN workflow.workflow_runs.context IS 'What the steps hand on to each other; a JSON object.';
COMMENT ON COLUMN workflow.workflow_runs.current_step IS 'Node that it has come to, by its id in the definition.';
COMMENT ON COLUMN workflow.workflow_runs.wait_until IS 'When a waiting run goes on; NULL: does not wait for a time.';
COMMENT ON COLUMN workflow.workflow_runs.started_at IS 'When it began; NULL exactly while it is pending, or where it was cancelled before.';
COMMENT ON COLUMN workflow.workflow_runs.completed_at IS 'When it ended, in whichever way; given exactly where it has.';
COMMENT ON COLUMN workflow.workflow_runs.error IS 'What went wrong, in words.';
COMMENT ON COLUMN workflow.workflow_runs.error_step IS 'Node that it went wrong at, by its id in the definition.';
COMMENT ON COLUMN workflow.workflow_runs.duration_ms IS 'How long it took, in milliseconds; not negative.';
COMMENT ON COLUMN workflow.workflow_runs.cancelled_by IS 'User who cancelled it; NULL: a program.';
COMMENT ON COLUMN workflow.workflow_runs.trace_id IS 'Key of the trace that it is part of, in the application''s tracing.';

-- A unique key of a partitioned table must hold the partition key, so it cannot tell that a
-- run was started twice. Who starts one writes its key first, in the same transaction.
CREATE TABLE workflow.workflow_run_keys (
    organization_id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    dedupe_key varchar(255) NOT NULL,
    run_id uuid NOT NULL,
    run_created_at timestamptz NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflow_run_keys_pkey PRIMARY KEY (organization_id, workflow_id, dedupe_key),
    CONSTRAINT workflow_run_keys_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT workflow_run_keys_workflow_fkey FOREIGN KEY (workflow_id, organization_id)
        REFERENCES workflow.workflows (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT workflow_run_keys_dedupe_key_check CHECK (btrim(dedupe_key) <> ''),
    CONSTRAINT workflow_run_keys_expires_at_check CHECK (expires_at > created_at)
);
COMMENT ON TABLE workflow.workflow_run_keys IS 'What runs were started for, so that the same event starts one run only, or a contact goes through a workflow once.';
COMMENT ON COLUMN workflow.workflow_run_keys.workflow_id IS 'Workflow that was run.';
COMMENT ON COLUMN workflow.workflow_run_keys.dedupe_key IS 'What must not start it twice, e.g. an event''s id, or a contact''s where reentry is once.';
COMMENT ON COLUMN workflow.workflow_run_keys.run_id IS 'Run that was started, in workflow.workflow_runs.';
COMMENT ON COLUMN workflow.workflow_run_keys.run_created_at IS 'The run''s created_at, by which it is found.';
COMMENT ON COLUMN workflow.workflow_run_keys.expires_at IS 'When the key may be used again; NULL: never.';

-- By the run's created_at, not their own: a run and its steps expire together.
CREATE TABLE workflow.workflow_run_steps (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    run_id uuid NOT NULL,
    run_created_at timestamptz NOT NULL,
    workflow_id uuid NOT NULL,
    node_id varchar(100) NOT NULL,
    node_type workflow.node_type NOT NULL,
    position integer NOT NULL DEFAULT 0,
    attempt integer NOT NULL DEFAULT 1,
    status workflow.step_status NOT NULL DEFAULT 'pending',
    input jsonb NOT NULL DEFAULT '{}',
    output jsonb,
    error text,
    error_code varchar(100),
    wait_until timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    duration_ms bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workflow_run_steps_pkey PRIMARY KEY (id, organization_id, run_created_at),
    CONSTRAINT workflow_run_steps_run_node_attempt_key UNIQUE (organization_id, run_id, run_created_at, node_id, attempt),
    CONSTRAINT workflow_run_steps_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT workflow_run_steps_workflow_fkey FOREIGN KEY (workflow_id, organization_id)
        REFERENCES workflow.workflows (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT workflow_run_steps_node_id_check CHECK (btrim(node_id) <> ''),
    CONSTRAINT workflow_run_steps_position_check CHECK (position >= 0),
    CONSTRAINT workflow_run_steps_attempt_check CHECK (attempt > 0),
    CONSTRAINT workflow_run_steps_wait_until_check CHECK (wait_until IS NULL OR status = 'waiting'),
    CONSTRAINT workflow_run_steps_started_at_check CHECK (
        CASE
            WHEN status = 'pending' THEN started_at IS NULL
            WHEN status IN ('skipped', 'cancelled') THEN true
            ELSE started_at IS NOT NULL
        END
    ),
    CONSTRAINT workflow_run_steps_completed_at_check CHECK (
        (status IN ('completed', 'failed', 'skipped', 'cancelled')) = (completed_at IS NOT NULL)
        AND completed_at >= started_at
    ),
    CONSTRAINT workflow_run_steps_error_check CHECK (num_nonnulls(error, error_code) = 0 OR status IN ('failed', 'cancelled')),
    CONSTRAINT workflow_run_steps_duration_ms_check CHECK (duration_ms >= 0 AND (duration_ms IS NULL OR completed_at IS NOT NULL)),
    CONSTRAINT workflow_run_steps_run_created_at_check CHECK (isfinite(run_created_at))
) PARTITION BY RANGE (run_created_at);
COMMENT ON TABLE workflow.workflow_run_steps IS 'What a run did, node by node and attempt by attempt. Partitioned by run_created_at.';
COMMENT ON COLUMN workflow.workflow_run_steps.run_id IS 'The run, in workflow.workflow_runs.';
COMMENT ON COLUMN workflow.workflow_run_steps.run_created_at IS 'The run''s created_at.';
COMMENT ON COLUMN workflow.workflow_run_steps.workflow_id IS 'The run''s workflow.';
COMMENT ON COLUMN workflow.workflow_run_steps.node_id IS 'The node, by its id in the definition.';
COMMENT ON COLUMN workflow.workflow_run_steps.node_type IS 'What the node does.';
COMMENT ON COLUMN workflow.workflow_run_steps.position IS 'Order in which the run came to its steps, earliest first.';
COMMENT ON COLUMN workflow.workflow_run_steps.attempt IS 'Counts the tries of the node in this run, from 1.';
COMMENT ON COLUMN workflow.workflow_run_steps.status IS 'Where the step stands.';
COMMENT ON COLUMN workflow.workflow_run_steps.input IS 'What the node was given.';
COMMENT ON COLUMN workflow.workflow_run_steps.output IS 'What it gave; NULL: nothing, or not yet.';
COMMENT ON COLUMN workflow.workflow_run_steps.error IS 'What went wrong, in words.';
COMMENT ON COLUMN workflow.workflow_run_steps.error_code IS 'What went wrong, for programs.';
COMMENT ON COLUMN workflow.workflow_run_steps.wait_until IS 'When a waiting step goes on; NULL: waits for something else, or not at all.';
COMMENT ON COLUMN workflow.workflow_run_steps.started_at IS 'When it began; NULL while it is pending.';
COMMENT ON COLUMN workflow.workflow_run_steps.completed_at IS 'When it ended, in whichever way; given exactly where it has.';
COMMENT ON COLUMN workflow.workflow_run_steps.duration_ms IS 'How long it took, in milliseconds; not negative.';
