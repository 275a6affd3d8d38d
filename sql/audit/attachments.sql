ALTER TABLE audit.audit_logs ALTER COLUMN organization_id SET DEFAULT tenancy.current_org_id();
ALTER TABLE audit.audit_logs ALTER COLUMN user_id SET DEFAULT tenancy.current_user_id();
ALTER TABLE audit.record_versions ALTER COLUMN organization_id SET DEFAULT tenancy.current_org_id();
ALTER TABLE audit.record_versions ALTER COLUMN user_id SET DEFAULT tenancy.current_user_id();
ALTER TABLE audit.security_events ALTER COLUMN organization_id SET DEFAULT tenancy.current_org_id();
ALTER TABLE audit.security_events ALTER COLUMN user_id SET DEFAULT tenancy.current_user_id();
