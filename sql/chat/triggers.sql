-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON chat.knowledge_base
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();
