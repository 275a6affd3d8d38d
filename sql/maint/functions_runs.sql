-- The record of maintenance: every procedure begins and ends its runs here.

CREATE FUNCTION maint.run_key(task text, target text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- One lock for all tasks of a kind, such as partitions.create and partitions.retire.
  RETURN hashtextextended(concat_ws(' ', split_part(task, '.', 1), target), 0);
END
$function$;
COMMENT ON FUNCTION maint.run_key(text, text) IS
'The key of the lock that a run of the task on the target holds.';

CREATE FUNCTION maint.begin_run(task text, target text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  run bigint;
BEGIN
  IF NOT maint.hold_run(maint.run_key(task, target)) THEN
    INSERT INTO maint.maintenance_runs (task, target, status, detail)
    VALUES (task, target, 'skipped', 'another session is at it');
    RETURN NULL;
  END IF;
  -- Nobody else has the lock: what still runs by the record was interrupted.
  UPDATE maint.maintenance_runs AS r
     SET status = 'failed', finished_at = clock_timestamp(), detail = 'interrupted'
   WHERE r.status = 'running'
     AND r.task = begin_run.task
     AND r.target IS NOT DISTINCT FROM begin_run.target;
  INSERT INTO maint.maintenance_runs (task, target) VALUES (task, target) RETURNING id INTO run;
  RETURN run;
END
$function$;
COMMENT ON FUNCTION maint.begin_run(text, text) IS
'Records that a task begins on a target, keeps other sessions from the same until maint.finish_run() or an error, and returns the run''s number: NULL, and a run that was skipped, where another session is at it. Earlier runs of it that never ended are recorded as interrupted.';
REVOKE ALL ON FUNCTION maint.begin_run(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.begin_run(text, text) TO crm_admin;

CREATE FUNCTION maint.finish_run(run bigint, detail text, failure text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  ended record;
BEGIN
  UPDATE maint.maintenance_runs AS r
     SET finished_at = clock_timestamp(),
         status = CASE WHEN failure IS NULL THEN 'succeeded' ELSE 'failed' END,
         detail = concat_ws('; ', finish_run.detail, failure)
   WHERE r.id = run
  RETURNING r.task, r.target INTO ended;
  IF failure IS NOT NULL THEN
    RAISE WARNING USING
      MESSAGE = concat_ws(' ', ended.task, 'of ' || ended.target, 'failed:', failure);
  END IF;
  PERFORM maint.release_run(maint.run_key(ended.task, ended.target));
END
$function$;
COMMENT ON FUNCTION maint.finish_run(bigint, text, text) IS
'Records how a run of maint.begin_run() ended: what it did, and the failure, which is a WARNING besides; NULL: none.';
REVOKE ALL ON FUNCTION maint.finish_run(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.finish_run(bigint, text, text) TO crm_admin;
