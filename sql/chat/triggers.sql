-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON chat.knowledge_base
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time, or loses it.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status, archived_at ON chat.conversations
FOR EACH ROW WHEN ((NEW.status = 'archived') <> (NEW.archived_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'archived_at: archived');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status, published_at, archived_at ON chat.knowledge_base
FOR EACH ROW WHEN (
    (NEW.status = 'archived') <> (NEW.archived_at IS NOT NULL)
    OR NEW.status = 'published' AND NEW.published_at IS NULL
    OR NEW.status = 'draft' AND NEW.published_at IS NOT NULL
)
EXECUTE FUNCTION crm.stamp_state('status', 'published_at: published; archived', 'archived_at: archived');
