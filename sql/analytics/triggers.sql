-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON analytics.dashboards
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- Editing raises it, running does not.
CREATE TRIGGER raise_version BEFORE UPDATE OF dashboard_id, name, description, owner_id, visibility, definition, parameters, format, cron_expression, time_zone, recipients, is_enabled, version ON analytics.reports
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time: see crm.stamp_state().
CREATE TRIGGER begin_report BEFORE UPDATE OF last_status ON analytics.reports
FOR EACH ROW WHEN (NEW.last_status IS DISTINCT FROM OLD.last_status)
EXECUTE FUNCTION analytics.begin_report();

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF last_status ON analytics.reports
FOR EACH ROW WHEN (
    (NEW.last_status IS NULL) <> (NEW.last_run_at IS NULL)
    OR coalesce(NEW.last_status IN ('succeeded', 'failed'), false) <> (NEW.last_finished_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('last_status', 'last_run_at: running, succeeded, failed', 'last_finished_at: succeeded, failed');

CREATE TRIGGER change_alert BEFORE UPDATE OF state ON analytics.alerts
FOR EACH ROW WHEN (NEW.state <> OLD.state)
EXECUTE FUNCTION analytics.change_alert();

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF state ON analytics.alerts
FOR EACH ROW WHEN (NEW.state = 'firing' AND NEW.last_fired_at IS NULL)
EXECUTE FUNCTION crm.stamp_state('state', 'last_fired_at: firing; ok, pending, no_data');

-- Signals of engagement, where a score model names an event: see crm.keep_engagement().
CREATE TRIGGER keep_engagement_insert AFTER INSERT ON analytics.events
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON analytics.events
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON analytics.events
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();
