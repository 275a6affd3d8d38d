-- An organization sees its own rows. Those of no organization are for the functions that write
-- and verify, and a user sees what concerns the user alone, e.g. sign-ins.
CREATE POLICY org_isolation ON audit.audit_logs USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON audit.record_versions USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON audit.security_events USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY own ON audit.security_events FOR SELECT USING (organization_id IS NULL AND user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY org_isolation ON audit.chain_heads USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
