-- An ordinary object: ALTER EVENT TRIGGER pg_crm_org_isolation DISABLE switches it off.
CREATE EVENT TRIGGER pg_crm_org_isolation ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA', 'CREATE FOREIGN TABLE', 'IMPORT FOREIGN SCHEMA',
             'ALTER TABLE', 'ALTER FOREIGN TABLE')
EXECUTE FUNCTION tenancy.keep_org_isolation();
