ALTER TABLE workflow.workflows ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE workflow.workflow_versions ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE workflow.workflow_schedules ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE workflow.scheduled_jobs ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();

-- A draft may still lack its trigger or an edge, but what is there can be read.
ALTER DOMAIN workflow.definition ADD CONSTRAINT definition_check CHECK (VALUE = '{}' OR crm.has_shape(VALUE::text, 'workflow_definition', 'definition_check'));
ALTER TABLE workflow.workflows ADD CONSTRAINT workflows_definition_check CHECK (
    status = 'draft' OR crm.has_shape(definition::text, 'sound_workflow', 'workflows_definition_check')
);
