-- A session is a sign-in.
CREATE TRIGGER keep_logins AFTER INSERT ON tenancy.sessions
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tenancy.keep_logins();

-- Foreign keys within an organization may restrict what its deletion cascades to.
CREATE TRIGGER clear_organization BEFORE DELETE ON tenancy.organizations
FOR EACH ROW EXECUTE FUNCTION tenancy.clear_organization();

-- Who changes whose membership, and how.
CREATE TRIGGER guard_membership BEFORE UPDATE ON tenancy.organization_members
FOR EACH ROW EXECUTE FUNCTION tenancy.guard_membership();

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON tenancy.organization_members
FOR EACH ROW WHEN ((NEW.status = 'removed') <> (NEW.removed_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'removed_at: removed');

-- A row that ceases to be an owner's is rare, so each is looked at by itself, after the statement.
CREATE TRIGGER keep_an_owner_update AFTER UPDATE ON tenancy.organization_members
FOR EACH ROW WHEN (
    OLD.role = 'owner' AND OLD.status = 'active'
    AND (NEW.role <> 'owner' OR NEW.status <> 'active' OR NEW.organization_id <> OLD.organization_id OR NEW.user_id <> OLD.user_id)
)
EXECUTE FUNCTION tenancy.keep_an_owner();

CREATE TRIGGER keep_an_owner_delete AFTER DELETE ON tenancy.organization_members
FOR EACH ROW WHEN (OLD.role = 'owner' AND OLD.status = 'active')
EXECUTE FUNCTION tenancy.keep_an_owner();

CREATE TRIGGER keep_an_owner AFTER UPDATE OF deleted_at ON tenancy.users
FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
EXECUTE FUNCTION tenancy.keep_an_owner();
