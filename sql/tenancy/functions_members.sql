-- Organizations, their members, and what a member may do.

CREATE FUNCTION tenancy.create_organization(name text, slug text, owner uuid DEFAULT tenancy.current_user_id()) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  made uuid;
BEGIN
  IF coalesce(tenancy.current_user_id() <> owner, false)
     OR NOT EXISTS (SELECT FROM tenancy.users AS u
                     WHERE u.id = owner AND u.disabled_at IS NULL AND u.deleted_at IS NULL) THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'user cannot own the organization',
      DETAIL = 'The user does not exist, is disabled or deleted, or is not the one of the context.';
  END IF;
  INSERT INTO tenancy.organizations (name, slug)
  VALUES (create_organization.name, create_organization.slug)
  RETURNING id INTO made;
  INSERT INTO tenancy.organization_members (organization_id, user_id, role, status, joined_at)
  VALUES (made, owner, 'owner', 'active', now());
  RETURN made;
END
$function$;
COMMENT ON FUNCTION tenancy.create_organization(text, text, uuid) IS
'Makes an organization with its first owner, and returns its id, for tenancy.set_context(). Error 42501 where the user does not exist, is disabled or deleted, or is not the one that the context names; 23505 where a live organization has the slug.';
REVOKE ALL ON FUNCTION tenancy.create_organization(text, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.create_organization(text, text, uuid) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.accept_invitation(token text, user_id uuid DEFAULT tenancy.current_user_id()) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  invitation record;
  is_member boolean := false;
BEGIN
  SELECT i.id, i.organization_id, i.role, i.invited_by, i.created_at, i.accepted_at
    INTO invitation
    FROM tenancy.invitations AS i
    JOIN tenancy.organizations AS o ON o.id = i.organization_id
    JOIN tenancy.users AS u ON u.email_norm = i.email_norm
   WHERE i.token_hash = sha256(convert_to(token, 'UTF8'))
     AND i.declined_at IS NULL AND i.revoked_at IS NULL
     AND (i.accepted_at IS NULL AND i.expires_at > now() OR i.accepted_by = u.id)
     AND o.deleted_at IS NULL
     AND u.id = accept_invitation.user_id AND u.disabled_at IS NULL AND u.deleted_at IS NULL
     AND coalesce(u.id = tenancy.current_user_id(), true)
   ORDER BY i.created_at
   LIMIT 1
     FOR NO KEY UPDATE OF i;

  IF FOUND AND invitation.accepted_at IS NULL THEN
    -- An old invitation neither ends a suspension nor brings back who was removed since.
    INSERT INTO tenancy.organization_members AS m (organization_id, user_id, role, status, invited_by, joined_at)
    VALUES (invitation.organization_id, accept_invitation.user_id, invitation.role, 'active',
            nullif(invitation.invited_by, accept_invitation.user_id), now())
    ON CONFLICT ON CONSTRAINT organization_members_pkey DO UPDATE
       SET role = excluded.role,
           status = excluded.status,
           invited_by = excluded.invited_by,
           joined_at = excluded.joined_at,
           removed_at = NULL
     WHERE m.status = 'invited' OR m.status = 'removed' AND m.removed_at <= invitation.created_at;
  END IF;
  IF invitation.id IS NOT NULL THEN
    is_member := EXISTS (SELECT FROM tenancy.organization_members AS m
                          WHERE m.organization_id = invitation.organization_id
                            AND m.user_id = accept_invitation.user_id
                            AND m.status = 'active');
  END IF;
  IF NOT is_member THEN
    RAISE invalid_authorization_specification USING
      MESSAGE = 'invitation cannot be accepted',
      DETAIL = 'There is none with this token for this user, or it is not open any more.';
  END IF;

  UPDATE tenancy.invitations AS i
     SET accepted_at = now(),
         accepted_by = accept_invitation.user_id
   WHERE i.id = invitation.id
     AND i.organization_id = invitation.organization_id
     AND i.accepted_at IS NULL;
  RETURN invitation.organization_id;
END
$function$;
COMMENT ON FUNCTION tenancy.accept_invitation(text, uuid) IS
'Makes the user a member by the open invitation whose token_hash is SHA-256 of the token (in UTF-8), with its role, and returns the organization. The user''s address must be the invitation''s, and the user the one that the context names, if it names one. Who is a member already keeps the role; once more by the same user changes nothing. Error 28000, whatever the reason: no such invitation, expired, declined, revoked, for somebody else, the membership suspended or removed since.';
REVOKE ALL ON FUNCTION tenancy.accept_invitation(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.accept_invitation(text, uuid) TO crm_app, crm_admin;

-- Runs as who writes. Whom no policy binds (a superuser, a function of ours) these rules do not
-- bind either. STABLE, so that it judges by the roles before the statement, whatever row comes first.
CREATE FUNCTION tenancy.guard_membership() RETURNS trigger
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  acting CONSTANT uuid := tenancy.current_user_id();
BEGIN
  IF NOT row_security_active(TG_RELID) THEN
    RETURN NEW;
  END IF;
  IF (NEW.organization_id, NEW.user_id) IS DISTINCT FROM (OLD.organization_id, OLD.user_id) THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'a membership cannot become another user''s or organization''s';
  END IF;
  IF NEW.status IS DISTINCT FROM OLD.status
     AND (OLD.status IN ('invited', 'removed') OR NEW.status = 'invited')
     AND NOT (acting IS NULL AND pg_has_role('crm_admin', 'USAGE')) THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('a membership that is %s cannot become %s', OLD.status, NEW.status),
      DETAIL = 'A user becomes a member by accepting an invitation.',
      HINT = 'Call tenancy.accept_invitation() with the invitation''s token; what was not accepted can be deleted.';
  END IF;

  IF acting IS NULL THEN
    RETURN NEW;
  ELSIF NOT tenancy.has_role(NEW.role) THEN
    RAISE insufficient_privilege USING
      MESSAGE = CASE WHEN NEW.user_id = acting THEN 'members cannot raise their own role'
                     ELSE 'a role above one''s own cannot be given or changed' END,
      DETAIL = format('The role %s takes a member who has it.', NEW.role);
  ELSIF tenancy.has_role('admin') AND tenancy.has_role(OLD.role) THEN
    RETURN NEW;
  ELSIF NEW.user_id = acting
        AND NEW.status IN (OLD.status, 'removed')
        AND (NEW.invited_by, NEW.joined_at, NEW.created_at) IS NOT DISTINCT FROM (OLD.invited_by, OLD.joined_at, OLD.created_at) THEN
    RETURN NEW;
  END IF;
  RAISE insufficient_privilege USING
    MESSAGE = 'not allowed to change this membership',
    DETAIL = 'Members may change their title, take a lower role, and leave. More takes an admin, and an owner where an owner is concerned.';
END
$function$;
COMMENT ON FUNCTION tenancy.guard_membership() IS
'Trigger on tenancy.organization_members, BEFORE UPDATE FOR EACH ROW: error 42501 where a user would raise their own role, change somebody else''s membership without being an admin, or touch a role above their own; and for everybody but crm_admin in a context without a user, where a membership would begin otherwise than by an invitation that was accepted.';
REVOKE ALL ON FUNCTION tenancy.guard_membership() FROM PUBLIC;

CREATE FUNCTION tenancy.keep_an_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organizations uuid[];
  organization uuid;
BEGIN
  IF TG_RELID = 'tenancy.users'::regclass THEN
    organizations := ARRAY(
      SELECT m.organization_id
        FROM tenancy.organization_members AS m
       WHERE m.user_id = OLD.id AND m.role = 'owner' AND m.status = 'active'
       ORDER BY m.organization_id);
  ELSE
    organizations := ARRAY[OLD.organization_id];
  END IF;
  FOREACH organization IN ARRAY organizations LOOP
    -- Of two owners who remove each other at the same time the second one waits here, and what the
    -- first one did is seen below whatever the isolation level.
    PERFORM FROM tenancy.organizations AS o
      WHERE o.id = organization AND o.deleted_at IS NULL
        FOR NO KEY UPDATE;
    IF FOUND AND NOT tenancy.has_acting_owner(organization) THEN
      RAISE object_not_in_prerequisite_state USING
        MESSAGE = 'the last owner of an organization must stay',
        DETAIL = format('Organization %s would be left without an active owner.', organization),
        HINT = 'Make another member an owner first, or delete the organization.';
    END IF;
  END LOOP;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION tenancy.keep_an_owner() IS
'Trigger on tenancy.organization_members and tenancy.users, AFTER UPDATE OR DELETE FOR EACH ROW, where an owner ceases to be one: error 55000 where a live organization would be left without an active owner whose user is neither disabled nor deleted. Not where the organization itself is deleted. To disable a user is never refused.';
REVOKE ALL ON FUNCTION tenancy.keep_an_owner() FROM PUBLIC;

COMMENT ON FUNCTION tenancy.has_acting_owner(uuid) IS
'Whether the organization has an active owner whose user is neither disabled nor deleted, as of this moment whatever the isolation level, and with what the transaction did. For tenancy.keep_an_owner().';
REVOKE ALL ON FUNCTION tenancy.has_acting_owner(uuid) FROM PUBLIC;

COMMENT ON FUNCTION tenancy.has_role(text) IS
'Whether the current user has this role or a higher one in the current organization: viewer < member < manager < admin < owner. False where the context names no organization or no user, where the membership is not active, the user disabled or deleted, or the organization deleted; NULL for NULL. Error 22023 for what is no role.';
REVOKE ALL ON FUNCTION tenancy.has_role(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.has_role(text) TO crm_app, crm_readonly, crm_admin;

COMMENT ON FUNCTION tenancy.may_act_as(text) IS
'What policies ask: as tenancy.has_role(), but true where the context names no user. Roles bind users; what no user does (a service, a job) is done for the organization as a whole.';
REVOKE ALL ON FUNCTION tenancy.may_act_as(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.may_act_as(text) TO crm_app, crm_readonly, crm_admin;
