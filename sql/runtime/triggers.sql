-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON runtime.queue_archive
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- State and time agree by a CHECK; who sets only the state gets the time. Receiving and completing
-- say all of it, and pay for no call.
CREATE TRIGGER settle_message BEFORE UPDATE OF status ON runtime.queue_messages
FOR EACH ROW WHEN (
    NEW.status <> OLD.status
    AND (
        (NEW.status = 'dead') <> (NEW.dead_at IS NOT NULL)
        OR (NEW.status = 'dead') <> (NEW.visible_at = 'infinity')
        OR (NEW.status <> 'in_flight' AND num_nonnulls(NEW.locked_by, NEW.heartbeat_at) > 0)
    )
)
EXECUTE FUNCTION runtime.settle_message();

CREATE TRIGGER change_presence BEFORE UPDATE OF status ON runtime.presence
FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.status_changed_at = OLD.status_changed_at)
EXECUTE FUNCTION runtime.change_presence();
