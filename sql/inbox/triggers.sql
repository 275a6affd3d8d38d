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

-- State and time agree by a CHECK; who sets only the state gets the time, or loses it.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status, resolved_at ON inbox.conversations
FOR EACH ROW WHEN ((NEW.status = 'resolved') <> (NEW.resolved_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'resolved_at: resolved');

CREATE TRIGGER change_message_status BEFORE UPDATE OF status ON inbox.messages
FOR EACH ROW WHEN (
    NEW.sent_at IS NOT NULL AND NEW.status IN ('draft', 'scheduled', 'cancelled')
    OR NEW.delivered_at IS NOT NULL AND NEW.status NOT IN ('delivered', 'read', 'received')
    OR NEW.read_at IS NOT NULL AND NEW.status <> 'read'
    OR NEW.failed_at IS NOT NULL AND NEW.status <> 'failed'
)
EXECUTE FUNCTION inbox.change_message_status();

CREATE TRIGGER check_variables BEFORE INSERT OR UPDATE OF subject, content, variables ON inbox.templates
FOR EACH ROW WHEN (NEW.content LIKE '%{{%' OR NEW.subject LIKE '%{{%')
EXECUTE FUNCTION inbox.check_template_variables();
