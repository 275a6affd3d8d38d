-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON workflow.workflow_versions
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE OF name, trigger_type, trigger_config, definition, version ON workflow.workflows
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();
