ALTER TABLE workflow.workflows ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE workflow.workflow_versions ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE workflow.workflow_schedules ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE workflow.scheduled_jobs ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
