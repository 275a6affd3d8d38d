-- What follows from states and their times in the tables of several schemas.

CREATE FUNCTION crm.measure_duration() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.duration_ms IS NULL THEN
    NEW.duration_ms := round(1000 * extract(epoch FROM NEW.completed_at - NEW.started_at));
  ELSIF TG_OP = 'UPDATE' AND NEW.duration_ms = OLD.duration_ms THEN
    NEW.duration_ms := NULL; -- it goes on: the time of its end is forgotten too
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION crm.measure_duration() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW on tables with started_at, completed_at and duration_ms: where the duration of what has ended is left out, it is the time between, in milliseconds.';
REVOKE ALL ON FUNCTION crm.measure_duration() FROM PUBLIC;
