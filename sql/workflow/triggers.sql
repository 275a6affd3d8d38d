-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON workflow.workflow_versions
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE OF name, trigger_type, trigger_config, definition, version ON workflow.workflows
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER record_versions AFTER INSERT ON workflow.workflows
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION workflow.record_versions();

-- For each row: every run updates its workflow's counters, and this condition costs them nothing.
CREATE TRIGGER record_version AFTER UPDATE ON workflow.workflows
FOR EACH ROW WHEN (NEW.version <> OLD.version)
EXECUTE FUNCTION workflow.record_version();

CREATE TRIGGER keep_run_counts_insert AFTER INSERT ON workflow.workflow_runs
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION workflow.keep_run_counts();

CREATE TRIGGER keep_run_counts_update AFTER UPDATE ON workflow.workflow_runs
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION workflow.keep_run_counts();

CREATE TRIGGER delete_run_steps AFTER DELETE ON workflow.workflow_runs
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION workflow.delete_run_steps();

-- As a ledger's, but a key that has expired may go: it keeps nothing from being started any more.
CREATE TRIGGER refuse_key_change BEFORE UPDATE ON workflow.workflow_run_keys
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

CREATE TRIGGER refuse_key_delete BEFORE DELETE ON workflow.workflow_run_keys
FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND coalesce(OLD.expires_at > now(), true))
EXECUTE FUNCTION crm.refuse_change();

CREATE TRIGGER free_expired_key BEFORE INSERT ON workflow.workflow_run_keys
FOR EACH ROW EXECUTE FUNCTION workflow.free_expired_key();

-- A run goes from pending to running to one of its ends, and never back.
CREATE TRIGGER check_run_status BEFORE UPDATE OF status ON workflow.workflow_runs
FOR EACH ROW WHEN (
    NEW.status <> OLD.status
    AND (OLD.status IN ('completed', 'failed', 'cancelled') OR NEW.status = 'pending')
)
EXECUTE FUNCTION workflow.check_run_status();

CREATE TRIGGER end_wait BEFORE UPDATE OF status ON workflow.workflow_runs
FOR EACH ROW WHEN (NEW.status <> 'running' AND NEW.wait_until = OLD.wait_until)
EXECUTE FUNCTION workflow.end_wait();

CREATE TRIGGER end_wait BEFORE UPDATE OF status ON workflow.workflow_run_steps
FOR EACH ROW WHEN (NEW.status <> 'waiting' AND NEW.wait_until = OLD.wait_until)
EXECUTE FUNCTION workflow.end_wait();

CREATE TRIGGER lease_job BEFORE UPDATE OF status, locked_by ON workflow.scheduled_jobs
FOR EACH ROW WHEN (
    CASE WHEN NEW.status = 'running' THEN OLD.status <> 'running' OR NEW.locked_by <> OLD.locked_by
         ELSE NEW.locked_by IS NOT NULL
    END
)
EXECUTE FUNCTION workflow.lease_job();

CREATE TRIGGER keep_dead_letter AFTER UPDATE ON workflow.scheduled_jobs
FOR EACH ROW WHEN (NEW.status = 'failed' AND OLD.status <> 'failed' AND NEW.attempts > 0)
EXECUTE FUNCTION workflow.keep_dead_letter();

-- State and time agree by a CHECK; who sets only the state gets the time: see crm.stamp_state().
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON workflow.workflow_runs
FOR EACH ROW WHEN (
    (NEW.status = 'pending') <> (NEW.started_at IS NULL)
    OR (NEW.status IN ('completed', 'failed', 'cancelled')) <> (NEW.completed_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'started_at: running, completed, failed; cancelled', 'completed_at: completed, failed, cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON workflow.workflow_run_steps
FOR EACH ROW WHEN (
    (NEW.status = 'pending') <> (NEW.started_at IS NULL)
    OR (NEW.status IN ('completed', 'failed', 'skipped', 'cancelled')) <> (NEW.completed_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'started_at: running, waiting, completed, failed; skipped, cancelled', 'completed_at: completed, failed, skipped, cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON workflow.scheduled_jobs
FOR EACH ROW WHEN (
    (NEW.status = 'running' AND NEW.started_at IS NULL)
    OR (NEW.status IN ('completed', 'failed', 'cancelled')) <> (NEW.completed_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'started_at: running; pending, completed, failed, cancelled', 'completed_at: completed, failed, cancelled');

-- Triggers of a kind fire by name, so that the times have been stamped before.
CREATE TRIGGER stamp_state_duration BEFORE INSERT OR UPDATE OF status, started_at, completed_at, duration_ms ON workflow.workflow_runs
FOR EACH ROW WHEN (
    CASE WHEN NEW.duration_ms IS NULL THEN isfinite(NEW.started_at) AND isfinite(NEW.completed_at)
         ELSE NEW.completed_at IS NULL
    END
)
EXECUTE FUNCTION crm.measure_duration();

CREATE TRIGGER stamp_state_duration BEFORE INSERT OR UPDATE OF status, started_at, completed_at, duration_ms ON workflow.workflow_run_steps
FOR EACH ROW WHEN (
    CASE WHEN NEW.duration_ms IS NULL THEN isfinite(NEW.started_at) AND isfinite(NEW.completed_at)
         ELSE NEW.completed_at IS NULL
    END
)
EXECUTE FUNCTION crm.measure_duration();
