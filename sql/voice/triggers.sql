-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON voice.assistants
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time, or loses it.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status, archived_at ON voice.assistants
FOR EACH ROW WHEN ((NEW.status = 'archived') <> (NEW.archived_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'archived_at: archived');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status, released_at ON voice.phone_numbers
FOR EACH ROW WHEN ((NEW.status = 'released') <> (NEW.released_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'released_at: released');

-- A call that ended may never have been connected, so its start is not made up.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status, started_at, ended_at ON voice.vapi_calls
FOR EACH ROW WHEN (
    (NEW.status = 'ended') <> (NEW.ended_at IS NOT NULL)
    OR NEW.status IN ('scheduled', 'queued') AND NEW.started_at IS NOT NULL
    OR NEW.status = 'in_progress' AND NEW.started_at IS NULL
)
EXECUTE FUNCTION crm.stamp_state('status', 'started_at: in_progress; ringing, forwarding, ended', 'ended_at: ended');
