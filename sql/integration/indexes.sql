-- Those that do not begin with the organization are for workers, which serve all organizations
-- at once.

CREATE UNIQUE INDEX integrations_organization_kind_provider_account_key ON integration.integrations (organization_id, kind, provider, external_account_id) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE INDEX integrations_organization_status_idx ON integration.integrations (organization_id, status) WHERE deleted_at IS NULL;
CREATE INDEX integrations_organization_connected_by_idx ON integration.integrations (organization_id, connected_by);
CREATE INDEX integrations_next_sync_at_idx ON integration.integrations (next_sync_at) WHERE status = 'active' AND next_sync_at IS NOT NULL AND deleted_at IS NULL;

CREATE UNIQUE INDEX webhooks_organization_name_norm_key ON integration.webhooks (organization_id, name_norm) WHERE deleted_at IS NULL;
CREATE INDEX webhooks_organization_status_idx ON integration.webhooks (organization_id, status) WHERE direction = 'outbound' AND deleted_at IS NULL;
CREATE INDEX webhooks_organization_integration_idx ON integration.webhooks (organization_id, integration_id);
CREATE INDEX webhooks_organization_created_by_idx ON integration.webhooks (organization_id, created_by);

CREATE UNIQUE INDEX integration_credentials_organization_current_key ON integration.integration_credentials (organization_id, integration_id, webhook_id, kind, name) NULLS NOT DISTINCT WHERE replaced_at IS NULL AND revoked_at IS NULL;
CREATE INDEX integration_credentials_organization_integration_idx ON integration.integration_credentials (organization_id, integration_id);
CREATE INDEX integration_credentials_organization_webhook_idx ON integration.integration_credentials (organization_id, webhook_id);
CREATE INDEX integration_credentials_organization_created_by_idx ON integration.integration_credentials (organization_id, created_by);
CREATE INDEX integration_credentials_organization_rotation_due_at_idx ON integration.integration_credentials (organization_id, rotation_due_at) WHERE replaced_at IS NULL AND revoked_at IS NULL;
-- Tokens to be renewed before they expire.
CREATE INDEX integration_credentials_expires_at_idx ON integration.integration_credentials (expires_at) WHERE expires_at IS NOT NULL AND replaced_at IS NULL AND revoked_at IS NULL;
-- What must be encrypted anew before a key is destroyed.
CREATE INDEX integration_credentials_key_id_idx ON integration.integration_credentials (key_id);

CREATE INDEX webhook_logs_organization_webhook_created_at_idx ON integration.webhook_logs (organization_id, webhook_id, created_at);
CREATE INDEX webhook_logs_organization_delivery_idx ON integration.webhook_logs (organization_id, delivery_id, attempt_number);
CREATE INDEX webhook_logs_organization_event_idx ON integration.webhook_logs (organization_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX webhook_logs_organization_created_at_idx ON integration.webhook_logs (organization_id, created_at);
CREATE INDEX webhook_logs_next_attempt_at_idx ON integration.webhook_logs (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE INDEX sync_logs_organization_integration_created_at_idx ON integration.sync_logs (organization_id, integration_id, created_at);
CREATE INDEX sync_logs_organization_status_created_at_idx ON integration.sync_logs (organization_id, status, created_at);
CREATE INDEX sync_logs_open_idx ON integration.sync_logs (created_at) WHERE status IN ('pending', 'running');
