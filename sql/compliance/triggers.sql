-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance.consent_records
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON compliance.rights_ledger_entries
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON compliance.data_export_requests
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER reopen_request BEFORE UPDATE OF status ON compliance.data_export_requests
FOR EACH ROW WHEN (OLD.status = 'rejected' AND NEW.status <> 'rejected' AND NEW.rejection_reason = OLD.rejection_reason)
EXECUTE FUNCTION compliance.reopen_request();

-- State and time agree by a CHECK; who sets only the state gets the time: see crm.stamp_state().
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON compliance.data_export_requests
FOR EACH ROW WHEN (
    (NEW.status = 'completed') <> (NEW.completed_at IS NOT NULL)
    OR (NEW.status = 'rejected') <> (NEW.rejected_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'completed_at: completed', 'rejected_at: rejected', 'cancelled_at: cancelled');
