-- Limits before a sign-in belong to no organization, and are seen only where none is set.
CREATE POLICY org_isolation ON runtime.rate_limits USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY without_organization ON runtime.rate_limits USING (organization_id IS NULL AND (SELECT tenancy.current_org_id()) IS NULL) WITH CHECK (organization_id IS NULL AND (SELECT tenancy.current_org_id()) IS NULL);
