-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON voice.assistants
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();
