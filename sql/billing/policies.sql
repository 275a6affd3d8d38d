-- Plans, and what they give, are for all organizations (organization_id NULL) or of one.
CREATE POLICY shared_or_own ON billing.plans FOR SELECT USING (organization_id IS NULL OR organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON billing.plans USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY shared_or_own ON billing.entitlements FOR SELECT USING (organization_id IS NULL OR organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON billing.entitlements USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
