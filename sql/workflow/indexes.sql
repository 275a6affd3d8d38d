-- Those that do not begin with the organization are for workers and schedulers, which serve all
-- organizations at once.

CREATE INDEX workflows_organization_status_idx ON workflow.workflows (organization_id, status) WHERE deleted_at IS NULL;
CREATE INDEX workflows_organization_trigger_type_idx ON workflow.workflows (organization_id, trigger_type) WHERE status = 'active' AND deleted_at IS NULL;
CREATE INDEX workflows_organization_created_by_idx ON workflow.workflows (organization_id, created_by);
CREATE INDEX workflows_organization_published_version_idx ON workflow.workflows (organization_id, id, published_version);

CREATE INDEX workflow_triggers_organization_workflow_idx ON workflow.workflow_triggers (organization_id, workflow_id);
CREATE INDEX workflow_triggers_organization_event_name_idx ON workflow.workflow_triggers (organization_id, event_name) WHERE is_enabled AND kind = 'event';

CREATE INDEX workflow_schedules_organization_workflow_idx ON workflow.workflow_schedules (organization_id, workflow_id, trigger_id);
CREATE INDEX workflow_schedules_organization_created_by_idx ON workflow.workflow_schedules (organization_id, created_by);
CREATE INDEX workflow_schedules_next_run_at_idx ON workflow.workflow_schedules (next_run_at) WHERE is_enabled AND next_run_at IS NOT NULL;

CREATE INDEX workflow_runs_organization_workflow_created_at_idx ON workflow.workflow_runs (organization_id, workflow_id, created_at);
CREATE INDEX workflow_runs_organization_workflow_status_idx ON workflow.workflow_runs (organization_id, workflow_id, status);
CREATE INDEX workflow_runs_organization_contact_idx ON workflow.workflow_runs (organization_id, contact_id, created_at);
CREATE INDEX workflow_runs_organization_created_at_idx ON workflow.workflow_runs (organization_id, created_at);
CREATE INDEX workflow_runs_open_idx ON workflow.workflow_runs (wait_until, created_at) WHERE status IN ('pending', 'running');

CREATE INDEX workflow_run_keys_expires_at_idx ON workflow.workflow_run_keys (expires_at) WHERE expires_at IS NOT NULL;

CREATE INDEX workflow_run_steps_organization_workflow_idx ON workflow.workflow_run_steps (organization_id, workflow_id, node_id, status);

CREATE UNIQUE INDEX scheduled_jobs_organization_dedupe_key_key ON workflow.scheduled_jobs (organization_id, type, dedupe_key) WHERE dedupe_key IS NOT NULL AND status IN ('pending', 'running');
CREATE INDEX scheduled_jobs_organization_status_scheduled_at_idx ON workflow.scheduled_jobs (organization_id, status, scheduled_at);
CREATE INDEX scheduled_jobs_organization_type_idx ON workflow.scheduled_jobs (organization_id, type, scheduled_at);
CREATE INDEX scheduled_jobs_organization_workflow_idx ON workflow.scheduled_jobs (organization_id, workflow_id, run_id);
CREATE INDEX scheduled_jobs_organization_schedule_idx ON workflow.scheduled_jobs (organization_id, schedule_id);
CREATE INDEX scheduled_jobs_organization_contact_idx ON workflow.scheduled_jobs (organization_id, contact_id);
CREATE INDEX scheduled_jobs_organization_created_by_idx ON workflow.scheduled_jobs (organization_id, created_by);
CREATE INDEX scheduled_jobs_organization_concurrency_key_idx ON workflow.scheduled_jobs (organization_id, concurrency_key) WHERE concurrency_key IS NOT NULL AND status IN ('pending', 'running');
CREATE INDEX scheduled_jobs_due_idx ON workflow.scheduled_jobs (queue, priority, scheduled_at) WHERE status = 'pending';
CREATE INDEX scheduled_jobs_locked_until_idx ON workflow.scheduled_jobs (locked_until) WHERE status = 'running';
CREATE INDEX scheduled_jobs_completed_at_idx ON workflow.scheduled_jobs (completed_at) WHERE completed_at IS NOT NULL;

CREATE INDEX job_dead_letters_organization_failed_at_idx ON workflow.job_dead_letters (organization_id, failed_at) WHERE redriven_at IS NULL AND discarded_at IS NULL;
CREATE INDEX job_dead_letters_organization_contact_idx ON workflow.job_dead_letters (organization_id, contact_id);
CREATE INDEX job_dead_letters_organization_redriven_job_idx ON workflow.job_dead_letters (organization_id, redriven_job_id);
CREATE INDEX job_dead_letters_organization_resolved_by_idx ON workflow.job_dead_letters (organization_id, resolved_by);
