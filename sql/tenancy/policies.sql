CREATE POLICY org_isolation ON tenancy.organizations USING (id = (SELECT tenancy.current_org_id())) WITH CHECK (id = (SELECT tenancy.current_org_id()));
-- Deleting the row takes all of the tenant's data along; an application only sets deleted_at.
CREATE POLICY no_delete ON tenancy.organizations AS RESTRICTIVE FOR DELETE USING (false);
CREATE POLICY deleted_by_owner ON tenancy.organizations AS RESTRICTIVE FOR UPDATE WITH CHECK (deleted_at IS NULL OR (SELECT tenancy.may_act_as('owner')));

CREATE POLICY own ON tenancy.users USING (id = (SELECT tenancy.current_user_id())) WITH CHECK (id = (SELECT tenancy.current_user_id()));
-- Whoever is or was a member of the current organization, since notes, owners and assignees name
-- them; not who was only invited, or else a user's id would do to see the user. The policies of
-- organization_members do not read users, so this is no recursion.
CREATE POLICY fellow_members ON tenancy.users FOR SELECT USING (
    id IN (
        SELECT m.user_id
          FROM tenancy.organization_members AS m
         WHERE m.organization_id = (SELECT tenancy.current_org_id()) AND m.status <> 'invited'
    )
);
CREATE POLICY no_delete ON tenancy.users AS RESTRICTIVE FOR DELETE USING (false);

CREATE POLICY own ON tenancy.user_credentials USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.sessions USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.refresh_tokens USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.verification_codes USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));
CREATE POLICY own ON tenancy.password_resets USING (user_id = (SELECT tenancy.current_user_id())) WITH CHECK (user_id = (SELECT tenancy.current_user_id()));

-- Members come by tenancy.accept_invitation(), which runs as its owner; crm_admin, where it acts for
-- no user, may put things right by hand. What becomes of a membership is up to tenancy.guard_membership().
CREATE POLICY by_invitation ON tenancy.organization_members AS RESTRICTIVE FOR INSERT
WITH CHECK (status = 'invited' OR ((SELECT tenancy.current_user_id()) IS NULL AND (SELECT pg_catalog.pg_has_role('crm_admin', 'USAGE'))));
-- Nobody gives, or takes away, a role above their own.
CREATE POLICY minimum_role_insert ON tenancy.organization_members AS RESTRICTIVE FOR INSERT
WITH CHECK ((SELECT tenancy.may_act_as('admin')) AND tenancy.may_act_as(role));
CREATE POLICY minimum_role_delete ON tenancy.organization_members AS RESTRICTIVE FOR DELETE
USING ((SELECT tenancy.may_act_as('admin')) AND tenancy.may_act_as(role));
CREATE POLICY up_to_own_role ON tenancy.invitations AS RESTRICTIVE USING (true) WITH CHECK (tenancy.may_act_as(role));
