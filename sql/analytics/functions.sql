-- What becomes of reports and alerts when their state changes.

CREATE FUNCTION analytics.begin_report() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.last_status = 'running' AND NEW.last_run_at IS NOT DISTINCT FROM OLD.last_run_at THEN
    NEW.last_run_at := now();
    NEW.last_finished_at := NULL;
  END IF;
  IF NEW.last_status IS DISTINCT FROM 'failed' AND NEW.last_error = OLD.last_error THEN
    NEW.last_error := NULL;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION analytics.begin_report() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on analytics.reports where last_status changes: a report that is made again begins now, and its last error is forgotten unless it fails again.';
REVOKE ALL ON FUNCTION analytics.begin_report() FROM PUBLIC;

CREATE FUNCTION analytics.change_alert() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.state_since = OLD.state_since THEN
    NEW.state_since := now();
  END IF;
  IF NEW.state = 'firing' THEN
    IF NEW.last_fired_at IS NOT DISTINCT FROM OLD.last_fired_at THEN
      NEW.last_fired_at := now();
    END IF;
    IF NEW.fired_count = OLD.fired_count THEN
      NEW.fired_count := OLD.fired_count + 1;
    END IF;
  ELSIF (NEW.acknowledged_at, NEW.acknowledged_by) IS NOT DISTINCT FROM (OLD.acknowledged_at, OLD.acknowledged_by) THEN
    NEW.acknowledged_at := NULL;
    NEW.acknowledged_by := NULL;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION analytics.change_alert() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on analytics.alerts where the state changes: keeps state_since, and last_fired_at and fired_count where it begins to fire; an alert that does not fire any more is not acknowledged either. What the update says itself holds.';
REVOKE ALL ON FUNCTION analytics.change_alert() FROM PUBLIC;
