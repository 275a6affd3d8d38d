ALTER TABLE runtime.rate_limits ALTER COLUMN organization_id SET DEFAULT tenancy.current_org_id();
ALTER TABLE runtime.presence ALTER COLUMN user_id SET DEFAULT tenancy.current_user_id();
ALTER TABLE runtime.outbox ALTER COLUMN actor_id SET DEFAULT tenancy.current_user_id();
