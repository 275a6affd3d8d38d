CREATE INDEX assignments_organization_assignee_idx ON inbox.assignments (organization_id, assignee_id, assigned_at);
CREATE INDEX assignments_organization_assigned_by_idx ON inbox.assignments (organization_id, assigned_by);
CREATE INDEX assignments_organization_expires_at_idx ON inbox.assignments (organization_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE UNIQUE INDEX templates_organization_name_norm_channel_language_key ON inbox.templates (organization_id, name_norm, channel, language) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX templates_organization_provider_external_id_key ON inbox.templates (organization_id, provider, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX templates_organization_category_idx ON inbox.templates (organization_id, category, is_active) WHERE deleted_at IS NULL;
CREATE INDEX templates_organization_channel_idx ON inbox.templates (organization_id, channel, is_active) WHERE deleted_at IS NULL;
CREATE INDEX templates_organization_created_by_idx ON inbox.templates (organization_id, created_by);

CREATE INDEX conversation_reads_organization_member_idx ON inbox.conversation_reads (organization_id, member_id);
