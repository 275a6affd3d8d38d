CREATE FUNCTION maint.mark_overdue_batch(max_rows integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  marked integer;
BEGIN
  -- Organization by organization, since that is how the index of open activities is ordered.
  -- Whoever works on a row now will find it overdue by the trigger, or by the next run.
  WITH due AS MATERIALIZED (
    SELECT a.id, a.organization_id
      FROM tenancy.organizations AS o
     CROSS JOIN LATERAL (
           SELECT p.id, p.organization_id
             FROM crm.activities AS p
            WHERE p.organization_id = o.id
              AND p.due_at < now()
              AND p.status = 'pending'
              AND p.deleted_at IS NULL
            ORDER BY p.due_at
            LIMIT max_rows
              FOR NO KEY UPDATE SKIP LOCKED) AS a
     LIMIT max_rows
  )
  UPDATE crm.activities AS a
     SET status = 'overdue'
    FROM due
   WHERE a.id = due.id AND (a.organization_id = due.organization_id) IS TRUE; -- by the key, not by the organization's index
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END
$function$;
COMMENT ON FUNCTION maint.mark_overdue_batch(integer) IS
'Makes at most max_rows pending activities that are past their due time overdue, of all organizations, and returns how many. Rows that others have locked are left for the next time.';
REVOKE ALL ON FUNCTION maint.mark_overdue_batch(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.mark_overdue_batch(integer) TO crm_admin;

-- No SET clause: that would forbid COMMIT. Hence every name is qualified.
CREATE PROCEDURE maint.mark_overdue_activities(batch_size integer DEFAULT 10000)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  run bigint;
  marked integer;
  total bigint := 0;
  failure pg_catalog.text;
BEGIN
  PERFORM maint.require_no_transaction('maint.mark_overdue_activities',
    'Call it by itself; inside a transaction, maint.mark_overdue_batch() does one batch.');
  IF ($1 OPERATOR(pg_catalog.>) 0) IS NOT TRUE THEN
    RAISE invalid_parameter_value USING
      MESSAGE = 'batch_size must be greater than 0';
  END IF;
  run := maint.begin_run('activities.mark_overdue', 'crm.activities');
  COMMIT;
  IF run IS NULL THEN
    RETURN;
  END IF;
  LOOP
    BEGIN
      marked := maint.mark_overdue_batch($1);
    EXCEPTION WHEN OTHERS THEN
      failure := pg_catalog.format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE);
    END;
    COMMIT;
    EXIT WHEN failure IS NOT NULL;
    total := total OPERATOR(pg_catalog.+) marked;
    EXIT WHEN marked OPERATOR(pg_catalog.<) $1;
  END LOOP;
  PERFORM maint.finish_run(run, pg_catalog.format('%s activities', total), failure);
  COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE maint.mark_overdue_activities(integer) IS
'Makes pending activities that are past their due time overdue, of all organizations, batch_size rows a transaction; the run and its number are recorded in maint.maintenance_runs, a failure is a WARNING besides. Rows that others have locked are left for the next run. Error 22023 for a batch_size below 1. Cannot run inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.mark_overdue_activities(integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.mark_overdue_activities(integer) TO crm_admin;
