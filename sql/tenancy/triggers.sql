-- A session is a sign-in.
CREATE TRIGGER keep_logins AFTER INSERT ON tenancy.sessions
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tenancy.keep_logins();

-- Foreign keys within an organization may restrict what its deletion cascades to.
CREATE TRIGGER clear_organization BEFORE DELETE ON tenancy.organizations
FOR EACH ROW EXECUTE FUNCTION tenancy.clear_organization();
