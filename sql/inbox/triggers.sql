-- Signals of engagement: see crm.keep_engagement().
CREATE TRIGGER keep_engagement_insert AFTER INSERT ON inbox.messages
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON inbox.messages
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON inbox.messages
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_insert AFTER INSERT ON inbox.calls
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON inbox.calls
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON inbox.calls
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_insert AFTER INSERT ON inbox.emails
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON inbox.emails
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON inbox.emails
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON inbox.templates
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();
