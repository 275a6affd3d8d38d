-- What webhooks and integrations keep of their attempts and synchronisations.
CREATE TRIGGER keep_webhook_health_insert AFTER INSERT ON integration.webhook_logs
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION integration.keep_webhook_health();

CREATE TRIGGER keep_webhook_health_update AFTER UPDATE ON integration.webhook_logs
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION integration.keep_webhook_health();

CREATE TRIGGER keep_sync_health_insert AFTER INSERT ON integration.sync_logs
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION integration.keep_sync_health();

CREATE TRIGGER keep_sync_health_update AFTER UPDATE ON integration.sync_logs
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION integration.keep_sync_health();

CREATE TRIGGER end_attempt BEFORE UPDATE OF status ON integration.webhook_logs
FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.status <> 'running')
EXECUTE FUNCTION integration.end_attempt();

CREATE TRIGGER reactivate_webhook BEFORE UPDATE OF status ON integration.webhooks
FOR EACH ROW WHEN (OLD.status = 'disabled' AND NEW.status <> 'disabled')
EXECUTE FUNCTION integration.reactivate_webhook();

CREATE TRIGGER reconnect BEFORE UPDATE OF status ON integration.integrations
FOR EACH ROW WHEN (
    OLD.status = 'disconnected'
    AND NEW.status IN ('active', 'paused', 'error')
    AND NEW.connected_at IS NOT DISTINCT FROM OLD.connected_at
)
EXECUTE FUNCTION integration.reconnect();

-- State and time agree by a CHECK; who sets only the state gets the time: see crm.stamp_state().
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON integration.integrations
FOR EACH ROW WHEN (
    CASE NEW.status
        WHEN 'pending' THEN NEW.connected_at IS NOT NULL
        WHEN 'disconnected' THEN false
        ELSE NEW.connected_at IS NULL
    END
    OR (NEW.status = 'disconnected') <> (NEW.disconnected_at IS NOT NULL)
    OR (NEW.status = 'error' AND NEW.last_error_at IS NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'connected_at: active, paused, error; disconnected', 'disconnected_at: disconnected', 'last_error_at: error; pending, active, paused, disconnected');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON integration.webhooks
FOR EACH ROW WHEN ((NEW.status = 'disabled') <> (NEW.disabled_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'disabled_at: disabled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON integration.webhook_logs
FOR EACH ROW WHEN (
    CASE
        WHEN NEW.status IN ('pending', 'running') THEN NEW.next_attempt_at IS NULL
        WHEN NEW.status = 'failed' THEN false
        ELSE NEW.next_attempt_at IS NOT NULL
    END
    OR (NEW.status = 'pending') <> (NEW.started_at IS NULL)
    OR (NEW.status IN ('succeeded', 'failed', 'cancelled')) <> (NEW.completed_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'next_attempt_at: pending, running; failed', 'started_at: running, succeeded, failed; cancelled', 'completed_at: succeeded, failed, cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON integration.sync_logs
FOR EACH ROW WHEN (
    (NEW.status = 'pending') <> (NEW.started_at IS NULL)
    OR (NEW.status IN ('completed', 'partial', 'failed', 'cancelled')) <> (NEW.completed_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'started_at: running, completed, partial, failed; cancelled', 'completed_at: completed, partial, failed, cancelled');

-- Triggers of a kind fire by name, so that the times have been stamped before.
CREATE TRIGGER stamp_state_duration BEFORE INSERT OR UPDATE OF status, started_at, completed_at, duration_ms ON integration.webhook_logs
FOR EACH ROW WHEN (
    CASE WHEN NEW.duration_ms IS NULL THEN isfinite(NEW.started_at) AND isfinite(NEW.completed_at)
         ELSE NEW.completed_at IS NULL
    END
)
EXECUTE FUNCTION crm.measure_duration();

CREATE TRIGGER stamp_state_duration BEFORE INSERT OR UPDATE OF status, started_at, completed_at, duration_ms ON integration.sync_logs
FOR EACH ROW WHEN (
    CASE WHEN NEW.duration_ms IS NULL THEN isfinite(NEW.started_at) AND isfinite(NEW.completed_at)
         ELSE NEW.completed_at IS NULL
    END
)
EXECUTE FUNCTION crm.measure_duration();
