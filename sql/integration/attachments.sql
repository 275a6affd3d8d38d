ALTER TABLE integration.integrations ALTER COLUMN connected_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE integration.webhooks ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE integration.integration_credentials ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE integration.webhook_logs ALTER COLUMN delivery_id SET DEFAULT crm.uuid_v7();
