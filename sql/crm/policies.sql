-- Lists that hold rows for all organizations (organization_id NULL) and rows of one.
CREATE POLICY shared_or_own ON crm.industries FOR SELECT USING (organization_id IS NULL OR organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON crm.industries USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY shared_or_own ON crm.job_roles FOR SELECT USING (organization_id IS NULL OR organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON crm.job_roles USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY shared_or_own ON crm.lifecycle_stages FOR SELECT USING (organization_id IS NULL OR organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY org_isolation ON crm.lifecycle_stages USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));

-- A private note is its author's. Admins read it and may delete it, but not change it: hence a second
-- policy for UPDATE.
CREATE POLICY private_to_author ON crm.notes AS RESTRICTIVE
USING (type = 'public' OR author_id = (SELECT tenancy.current_user_id()) OR (SELECT tenancy.has_role('admin')))
WITH CHECK (type = 'public' OR author_id = (SELECT tenancy.current_user_id()));
CREATE POLICY changed_by_author ON crm.notes AS RESTRICTIVE FOR UPDATE
USING (type = 'public' OR author_id = (SELECT tenancy.current_user_id()));
