-- Policies on keeping rows are for all organizations (organization_id NULL) or of one. Those for
-- all are the operator's to write; crm_admin reaches no organization's by that.
CREATE POLICY shared_or_own ON maint.retention_policies FOR SELECT USING (organization_id IS NULL OR organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON maint.retention_policies USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY operator_shared ON maint.retention_policies TO crm_admin USING (organization_id IS NULL) WITH CHECK (organization_id IS NULL);

-- A hold on everybody's rows may be about one of them: the others need not know.
CREATE POLICY org_isolation ON maint.legal_holds USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY operator_shared ON maint.legal_holds TO crm_admin USING (organization_id IS NULL) WITH CHECK (organization_id IS NULL);
