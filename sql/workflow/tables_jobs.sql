-- A job that fails goes back to pending with a later scheduled_at, until its attempts are used
-- up: then it is failed, and a copy is kept in workflow.job_dead_letters.
CREATE TABLE workflow.scheduled_jobs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    type varchar(100) NOT NULL,
    queue varchar(100) NOT NULL DEFAULT 'default',
    payload jsonb NOT NULL DEFAULT '{}',
    priority smallint NOT NULL DEFAULT 5,
    status workflow.run_status NOT NULL DEFAULT 'pending',
    scheduled_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    dedupe_key varchar(255),
    concurrency_key varchar(255),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5,
    backoff interval NOT NULL DEFAULT '30 seconds',
    backoff_factor numeric(4,2) NOT NULL DEFAULT 2,
    max_backoff interval NOT NULL DEFAULT '6 hours',
    timeout interval,
    locked_by varchar(255),
    locked_until timestamptz,
    heartbeat_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    result jsonb,
    last_error text,
    last_failed_at timestamptz,
    workflow_id uuid,
    run_id uuid,
    run_created_at timestamptz,
    schedule_id uuid,
    contact_id uuid,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT scheduled_jobs_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT scheduled_jobs_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT scheduled_jobs_workflow_fkey FOREIGN KEY (workflow_id, organization_id)
        REFERENCES workflow.workflows (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT scheduled_jobs_schedule_fkey FOREIGN KEY (schedule_id, organization_id)
        REFERENCES workflow.workflow_schedules (id, organization_id) ON DELETE SET NULL (schedule_id),
    CONSTRAINT scheduled_jobs_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT scheduled_jobs_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT scheduled_jobs_type_check CHECK (btrim(type) <> ''),
    CONSTRAINT scheduled_jobs_queue_check CHECK (btrim(queue) <> ''),
    CONSTRAINT scheduled_jobs_priority_check CHECK (priority BETWEEN 0 AND 9),
    CONSTRAINT scheduled_jobs_scheduled_at_check CHECK (isfinite(scheduled_at)),
    CONSTRAINT scheduled_jobs_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT scheduled_jobs_dedupe_key_check CHECK (btrim(dedupe_key) <> ''),
    CONSTRAINT scheduled_jobs_concurrency_key_check CHECK (btrim(concurrency_key) <> ''),
    CONSTRAINT scheduled_jobs_max_attempts_check CHECK (max_attempts BETWEEN 1 AND 100),
    CONSTRAINT scheduled_jobs_attempts_check CHECK (attempts BETWEEN 0 AND max_attempts),
    CONSTRAINT scheduled_jobs_backoff_check CHECK (backoff >= '0' AND backoff_factor >= 1 AND backoff_factor <> 'NaN' AND max_backoff >= backoff),
    CONSTRAINT scheduled_jobs_timeout_check CHECK (timeout > '0'),
    CONSTRAINT scheduled_jobs_lease_check CHECK (
        (status = 'running') = (locked_by IS NOT NULL)
        AND (locked_by IS NULL) = (locked_until IS NULL)
    ),
    CONSTRAINT scheduled_jobs_started_at_check CHECK (
        CASE WHEN attempts = 0 THEN status <> 'running' AND num_nonnulls(started_at, heartbeat_at) = 0
             ELSE status <> 'running' OR started_at IS NOT NULL
        END
    ),
    CONSTRAINT scheduled_jobs_completed_at_check CHECK (
        (status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)
        AND completed_at >= started_at
    ),
    CONSTRAINT scheduled_jobs_result_check CHECK (result IS NULL OR status = 'completed'),
    CONSTRAINT scheduled_jobs_run_check CHECK (
        (run_id IS NULL) = (run_created_at IS NULL)
        AND (run_id IS NULL OR workflow_id IS NOT NULL)
    )
);
COMMENT ON TABLE workflow.scheduled_jobs IS 'What is to be done at a certain time, once or until it succeeds. A worker takes a job by a lease; when the lease runs out another may take it.';
COMMENT ON COLUMN workflow.scheduled_jobs.type IS 'What is to be done, as workers know it, e.g. send_message.';
COMMENT ON COLUMN workflow.scheduled_jobs.queue IS 'Which workers do it.';
COMMENT ON COLUMN workflow.scheduled_jobs.payload IS 'Details for the worker.';
COMMENT ON COLUMN workflow.scheduled_jobs.priority IS 'Which of the jobs that are due goes first: 0 (first) to 9 (last).';
COMMENT ON COLUMN workflow.scheduled_jobs.status IS 'Where the job stands; pending too between two attempts.';
COMMENT ON COLUMN workflow.scheduled_jobs.scheduled_at IS 'Not before; finite. After a failed attempt: when to try again.';
COMMENT ON COLUMN workflow.scheduled_jobs.expires_at IS 'After it the job is not begun any more but cancelled; NULL: never too late.';
COMMENT ON COLUMN workflow.scheduled_jobs.dedupe_key IS 'What must not wait twice: unique per type among an organization''s pending and running jobs.';
COMMENT ON COLUMN workflow.scheduled_jobs.concurrency_key IS 'Jobs of an organization that share it are done one after the other; NULL: at any time.';
COMMENT ON COLUMN workflow.scheduled_jobs.attempts IS 'Attempts begun; 0 to max_attempts.';
COMMENT ON COLUMN workflow.scheduled_jobs.max_attempts IS 'Attempts before it is given up: 1 to 100.';
COMMENT ON COLUMN workflow.scheduled_jobs.backoff IS 'How long to wait after the first failed attempt; not negative.';
COMMENT ON COLUMN workflow.scheduled_jobs.backoff_factor IS 'By how much that grows with every further one; at least 1.';
COMMENT ON COLUMN workflow.scheduled_jobs.max_backoff IS 'The longest wait; not less than backoff.';
COMMENT ON COLUMN workflow.scheduled_jobs.timeout IS 'How long an attempt may take; NULL: as long as its lease is renewed.';
COMMENT ON COLUMN workflow.scheduled_jobs.locked_by IS 'Worker that has it; given exactly while it is running.';
COMMENT ON COLUMN workflow.scheduled_jobs.locked_until IS 'When that worker''s lease runs out.';
COMMENT ON COLUMN workflow.scheduled_jobs.heartbeat_at IS 'When a worker last gave a sign of life.';
COMMENT ON COLUMN workflow.scheduled_jobs.started_at IS 'When the latest attempt began; NULL: none yet.';
COMMENT ON COLUMN workflow.scheduled_jobs.completed_at IS 'When it ended, in whichever way; given exactly where it has.';
COMMENT ON COLUMN workflow.scheduled_jobs.result IS 'What came of it; only where it completed.';
COMMENT ON COLUMN workflow.scheduled_jobs.last_error IS 'What went wrong in the latest failed attempt.';
COMMENT ON COLUMN workflow.scheduled_jobs.last_failed_at IS 'When that was.';
COMMENT ON COLUMN workflow.scheduled_jobs.workflow_id IS 'Workflow that it starts or goes on with; NULL: none.';
COMMENT ON COLUMN workflow.scheduled_jobs.run_id IS 'Run that it goes on with, in workflow.workflow_runs; NULL: none.';
COMMENT ON COLUMN workflow.scheduled_jobs.run_created_at IS 'The run''s created_at, by which it is found.';
COMMENT ON COLUMN workflow.scheduled_jobs.schedule_id IS 'Schedule that made it; NULL: none.';
COMMENT ON COLUMN workflow.scheduled_jobs.contact_id IS 'Contact that it is about, with whom it goes; NULL: none.';
COMMENT ON COLUMN workflow.scheduled_jobs.created_by IS 'Member who made it; NULL: a program.';

CREATE TABLE workflow.job_dead_letters (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    job_id uuid NOT NULL,
    type varchar(100) NOT NULL,
    queue varchar(100) NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    priority smallint NOT NULL DEFAULT 5,
    attempts integer NOT NULL,
    first_scheduled_at timestamptz,
    failed_at timestamptz NOT NULL DEFAULT now(),
    error text NOT NULL,
    error_history jsonb NOT NULL DEFAULT '[]',
    contact_id uuid,
    redriven_at timestamptz,
    redriven_job_id uuid,
    discarded_at timestamptz,
    resolved_by uuid,
    note text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT job_dead_letters_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT job_dead_letters_organization_job_key UNIQUE (organization_id, job_id),
    CONSTRAINT job_dead_letters_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT job_dead_letters_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT job_dead_letters_redriven_job_fkey FOREIGN KEY (redriven_job_id, organization_id)
        REFERENCES workflow.scheduled_jobs (id, organization_id) ON DELETE SET NULL (redriven_job_id),
    CONSTRAINT job_dead_letters_resolved_by_fkey FOREIGN KEY (resolved_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (resolved_by),
    CONSTRAINT job_dead_letters_type_check CHECK (btrim(type) <> ''),
    CONSTRAINT job_dead_letters_queue_check CHECK (btrim(queue) <> ''),
    CONSTRAINT job_dead_letters_priority_check CHECK (priority BETWEEN 0 AND 9),
    CONSTRAINT job_dead_letters_attempts_check CHECK (attempts > 0),
    CONSTRAINT job_dead_letters_error_history_check CHECK (jsonb_typeof(error_history) = 'array'),
    CONSTRAINT job_dead_letters_outcome_check CHECK (
        num_nonnulls(redriven_at, discarded_at) <= 1
        AND (redriven_job_id IS NULL OR redriven_at IS NOT NULL)
        AND (resolved_by IS NULL OR num_nonnulls(redriven_at, discarded_at) = 1)
    )
);
COMMENT ON TABLE workflow.job_dead_letters IS 'Jobs that were given up, for people to look at: they are done again as new jobs, or discarded. Kept when the job itself is purged.';
COMMENT ON COLUMN workflow.job_dead_letters.job_id IS 'The job, in workflow.scheduled_jobs as long as it is kept there.';
COMMENT ON COLUMN workflow.job_dead_letters.type IS 'What was to be done.';
COMMENT ON COLUMN workflow.job_dead_letters.queue IS 'Which workers tried.';
COMMENT ON COLUMN workflow.job_dead_letters.payload IS 'Details for the worker.';
COMMENT ON COLUMN workflow.job_dead_letters.priority IS 'The job''s priority: 0 (first) to 9 (last).';
COMMENT ON COLUMN workflow.job_dead_letters.attempts IS 'How often it was tried; positive.';
COMMENT ON COLUMN workflow.job_dead_letters.first_scheduled_at IS 'When it was to be done at first.';
COMMENT ON COLUMN workflow.job_dead_letters.failed_at IS 'When it was given up.';
COMMENT ON COLUMN workflow.job_dead_letters.error IS 'What went wrong in the last attempt.';
COMMENT ON COLUMN workflow.job_dead_letters.error_history IS 'What went wrong in each attempt, oldest first; a JSON array.';
COMMENT ON COLUMN workflow.job_dead_letters.contact_id IS 'Contact that it was about, with whom it goes; NULL: none.';
COMMENT ON COLUMN workflow.job_dead_letters.redriven_at IS 'When it was sent on its way again; NULL: was not.';
COMMENT ON COLUMN workflow.job_dead_letters.redriven_job_id IS 'Job that it was made again as; NULL: none, or purged.';
COMMENT ON COLUMN workflow.job_dead_letters.discarded_at IS 'When it was given up for good; NULL: was not.';
COMMENT ON COLUMN workflow.job_dead_letters.resolved_by IS 'Member who decided so; NULL: undecided, or a program.';
COMMENT ON COLUMN workflow.job_dead_letters.note IS 'What people wrote about it.';
