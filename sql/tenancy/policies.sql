CREATE POLICY org_isolation ON tenancy.organizations USING (id = (SELECT tenancy.current_org_id())) WITH CHECK (id = (SELECT tenancy.current_org_id()));
-- Deleting the row takes all of the tenant's data along; an application only sets deleted_at.
CREATE POLICY no_delete ON tenancy.organizations AS RESTRICTIVE FOR DELETE USING (false);

CREATE POLICY own ON tenancy.users USING (id = (SELECT tenancy.current_user_id())) WITH CHECK (id = (SELECT tenancy.current_user_id()));
-- Whoever is or was a member of the current organization, since notes, owners and assignees name
-- them. The policy of organization_members does not read users, so this is no recursion.
CREATE POLICY fellow_members ON tenancy.users FOR SELECT USING (
    id IN (SELECT m.user_id FROM tenancy.organization_members AS m WHERE m.organization_id = (SELECT tenancy.current_org_id()))
);
CREATE POLICY no_delete ON tenancy.users AS RESTRICTIVE FOR DELETE USING (false);

CREATE POLICY own ON tenancy.user_credentials USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.sessions USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.refresh_tokens USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.verification_codes USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.password_resets USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
