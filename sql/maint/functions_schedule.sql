-- Who runs the tasks of maint.task_schedule: pg_cron, or the background worker.

CREATE FUNCTION maint.seed_schedule() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  -- At night in UTC; what has a schedule besides its rhythm runs more often than that.
  INSERT INTO maint.task_schedule (task, description, command, rhythm, position, schedule, overdue_after)
  VALUES
    ('daily.run', 'The tasks with the rhythm daily.', 'CALL maint.run_daily()', NULL, 10, '30 2 * * *', '2 days'::interval),
    ('weekly.run', 'The tasks with the rhythm weekly.', 'CALL maint.run_weekly()', NULL, 20, '0 4 * * 0', '9 days'),
    ('monthly.run', 'The tasks with the rhythm monthly.', 'CALL maint.run_monthly()', NULL, 30, '30 5 1 * *', '33 days'),
    ('partitions.create', 'Makes partitions ahead and retires those past their retention.', 'CALL maint.maintain_partitions()', 'daily', 10, '15 1,7,13,19 * * *', '2 days'),
    ('activities.mark_overdue', 'Marks activities that are past their due time.', 'CALL maint.mark_overdue_activities()', 'daily', 20, '*/15 * * * *', '1 day'),
    ('expired.purge', 'Deletes what has expired: cache entries, sessions, codes, keys, messages.', 'CALL maint.purge_expired()', 'daily', 30, NULL, '2 days'),
    ('audit.cleanup', 'Removes old entries of the audit log.', 'CALL maint.cleanup_old_audit_logs(90)', 'daily', 40, NULL, '2 days'),
    ('jobs.cleanup', 'Deletes jobs that failed for good.', 'CALL maint.cleanup_failed_jobs(7)', 'daily', 50, NULL, '2 days'),
    ('retention.apply', 'Deletes rows that are past their retention.', 'CALL maint.apply_retention()', 'daily', 60, NULL, NULL),
    ('statistics.analyze', 'Analyzes tables whose statistics are stale.', 'CALL maint.run_task(''statistics.analyze'')', 'daily', 70, NULL, '2 days'),
    ('indexes.plan', 'Looks for indexes to rebuild: see maint.reindex_plan().', 'CALL maint.run_task(''indexes.plan'')', 'daily', 80, NULL, NULL),
    ('sizes.snapshot', 'Records the sizes of tables, for maint.capacity_forecast().', 'CALL maint.run_task(''sizes.snapshot'')', 'daily', 90, NULL, '2 days'),
    ('backups.verify', 'Compares backups with what was agreed: see maint.verify_backups().', 'CALL maint.run_task(''backups.verify'')', 'daily', 100, NULL, '2 days'),
    ('scores.refresh', 'Stores the scores of contacts and leads that changed.', 'CALL crm.refresh_contact_scores()', NULL, 40, '7,22,37,52 * * * *', '1 day'),
    ('vacuum.plan', 'Looks for tables to vacuum: see maint.vacuum_plan().', 'CALL maint.run_task(''vacuum.plan'')', 'weekly', 10, NULL, NULL),
    ('performance.report', 'What stands out of maint.performance_report().', 'CALL maint.run_task(''performance.report'')', 'weekly', 20, NULL, NULL),
    ('storage.report', 'The largest tables: see maint.storage_report().', 'CALL maint.run_task(''storage.report'')', 'weekly', 30, NULL, NULL),
    ('capacity.forecast', 'What the database will take in 90 days: see maint.capacity_forecast().', 'CALL maint.run_task(''capacity.forecast'')', 'monthly', 10, NULL, NULL),
    ('queries.review', 'The slowest statements: see maint.slow_queries.', 'CALL maint.run_task(''queries.review'')', 'monthly', 20, NULL, NULL),
    ('indexes.review', 'Indexes that are unused, duplicate or missing: see maint.index_review().', 'CALL maint.run_task(''indexes.review'')', 'monthly', 30, NULL, NULL)
  ON CONFLICT DO NOTHING;
  INSERT INTO maint.retention_policies (target, category_column, category, retention, reason)
  VALUES
    ('audit.audit_logs', 'category', 'security', '2 years', 'Longer than daily work, so that an intrusion that is found late can be followed back.'),
    ('audit.audit_logs', 'category', 'compliance', '7 years', 'Proof of consents and erasures, as long as claims may come.')
  ON CONFLICT DO NOTHING;
$function$;
COMMENT ON FUNCTION maint.seed_schedule() IS
'Adds the documents'' tasks, and the policies on keeping audit entries, that are missing, and changes none that is there. An installation calls it when it makes the tables; later it brings back what was deleted. Nothing runs until maint.schedule_jobs() is called or the background worker is set up.';
REVOKE ALL ON FUNCTION maint.seed_schedule() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.seed_schedule() TO crm_admin;

CREATE FUNCTION maint.take_due_task(OUT task text, OUT command text)
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  UPDATE maint.task_schedule AS s
     SET last_started_at = clock_timestamp()
   WHERE s.task = (SELECT d.task
                     FROM maint.task_schedule AS d
                    WHERE d.enabled AND d.schedule IS NOT NULL AND d.cron_job_id IS NULL
                      AND maint.is_due(d.schedule, coalesce(d.last_started_at, d.created_at), clock_timestamp())
                    ORDER BY coalesce(d.last_started_at, d.created_at), d.position, d.task
                    LIMIT 1
                      FOR UPDATE SKIP LOCKED)
  RETURNING s.task, s.command
$function$;
COMMENT ON FUNCTION maint.take_due_task() IS
'Takes one task of maint.task_schedule whose time has come since it was last taken, or since it was made, and notes that; NULL where none is due. Tasks that pg_cron runs (cron_job_id) are left to it. For the background worker.';
REVOKE ALL ON FUNCTION maint.take_due_task() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.take_due_task() TO crm_admin;

CREATE FUNCTION maint.cron_plan()
RETURNS TABLE (command text, task text, schedule text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT format('SELECT cron.schedule_in_database(%L, %L, %L, %L, %L)',
                format('pg_crm:%s %s', s.task, current_database()), s.schedule, s.command, current_database(), current_user),
         s.task, s.schedule
    FROM maint.task_schedule AS s
   WHERE s.enabled AND s.schedule IS NOT NULL
   ORDER BY s.position, s.task
$function$;
COMMENT ON FUNCTION maint.cron_plan() IS
'Commands that schedule the tasks of maint.task_schedule at a pg_cron that is installed in another database (cron.database_name): to be executed there, by a superuser. The jobs run as the current role.';
REVOKE ALL ON FUNCTION maint.cron_plan() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.cron_plan() TO crm_admin;

-- Functions of pg_cron's names could be anybody's: they are called with the rights of who schedules.
CREATE FUNCTION maint.require_pg_cron() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER -- its settings are shown to superusers alone
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  home CONSTANT text := nullif(current_setting('cron.database_name', true), '');
BEGIN
  IF home <> current_database() THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('pg_cron works in database "%s"', home),
      DETAIL = 'It keeps its jobs in the database that cron.database_name names, and cannot be reached from another.',
      HINT = format('In database "%s", execute as a superuser the commands that SELECT command FROM maint.cron_plan() gives here.', home);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_extension AS e
                   JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                   JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                  WHERE e.extname = 'pg_cron' AND p.pronamespace = to_regnamespace('cron')
                    AND p.proname = 'schedule' AND p.pronargs = 3) THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = 'extension pg_cron is not installed in this database',
      HINT = concat(CASE WHEN home IS NULL THEN 'Add pg_cron to shared_preload_libraries, set cron.database_name and restart the server; then ' END,
                    'CREATE EXTENSION pg_cron. Without it the background worker can run the tasks: see pg_crm.maintenance_databases.');
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.require_pg_cron() IS
'Error 55000, with what to do, where pg_cron cannot take jobs of this database.';
REVOKE ALL ON FUNCTION maint.require_pg_cron() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.require_pg_cron() TO crm_admin;

-- pg_cron shows each role its own jobs alone; that a task is scheduled already has to be seen by all.
CREATE FUNCTION maint.scheduled_jobs()
RETURNS TABLE (job_id bigint, task text, schedule text, command text, role_name text, is_active boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM maint.require_pg_cron();
  RETURN QUERY EXECUTE
    'SELECT j.jobid, substr(j.jobname::text, 8), j.schedule, j.command, j.username, j.active
       FROM cron.job AS j
      WHERE j.jobname::text LIKE ''pg\_crm:%'' AND j.database = current_database()
      ORDER BY j.jobid';
END
$function$;
COMMENT ON FUNCTION maint.scheduled_jobs() IS
'The jobs at pg_cron that maint.schedule_jobs() made for this database, whoever did. Error 55000 where pg_cron is missing.';
REVOKE ALL ON FUNCTION maint.scheduled_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.scheduled_jobs() TO crm_admin;

CREATE FUNCTION maint.schedule_jobs() RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  planned record;
  id bigint;
  jobs integer := 0;
BEGIN
  PERFORM maint.require_pg_cron();
  LOCK TABLE maint.task_schedule IN SHARE ROW EXCLUSIVE MODE; -- two at once would not see each other's jobs
  FOR planned IN
    SELECT s.task, s.schedule, s.command, s.cron_job_id, j.job_id, j.role_name,
           (j.schedule, j.command, j.is_active) IS NOT DISTINCT FROM (s.schedule, s.command, true) AS is_done,
           s.task IS NULL AS is_gone
      FROM (SELECT * FROM maint.task_schedule AS t WHERE t.enabled AND t.schedule IS NOT NULL) AS s
      FULL JOIN maint.scheduled_jobs() AS j ON j.task = s.task
     ORDER BY s.position, s.task
  LOOP
    id := planned.job_id;
    IF planned.is_gone OR NOT planned.is_done THEN
      IF planned.role_name <> current_user AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
        RAISE insufficient_privilege USING
          MESSAGE = format('job %s at pg_cron belongs to role "%s"', planned.job_id, planned.role_name),
          HINT = 'That role, or a superuser, can call maint.unschedule_jobs().';
      END IF;
      IF planned.job_id IS NOT NULL THEN
        EXECUTE 'SELECT cron.unschedule($1)' USING planned.job_id;
        id := NULL;
      END IF;
      IF NOT planned.is_gone THEN
        EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO id USING 'pg_crm:' || planned.task, planned.schedule, planned.command;
      END IF;
    END IF;
    IF NOT planned.is_gone THEN
      jobs := jobs + 1;
      UPDATE maint.task_schedule AS s SET cron_job_id = id WHERE s.task = planned.task AND s.cron_job_id IS DISTINCT FROM id;
    END IF;
  END LOOP;
  UPDATE maint.task_schedule AS s SET cron_job_id = NULL
   WHERE s.cron_job_id IS NOT NULL AND NOT (s.enabled AND s.schedule IS NOT NULL);
  RETURN jobs;
END
$function$;
COMMENT ON FUNCTION maint.schedule_jobs() IS
'Hands the enabled tasks of maint.task_schedule that have a schedule to pg_cron, as jobs pg_crm:<task> that run as the current role, brings those that are there in line with the table, removes those whose task is gone or disabled, and returns how many there are now. What is in line is left as it is. The role needs USAGE on schema cron, and LOGIN. Errors: 55000 where pg_cron is missing, 42501 where a job to be changed is another role''s.';
REVOKE ALL ON FUNCTION maint.schedule_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.schedule_jobs() TO crm_admin;

CREATE FUNCTION maint.unschedule_jobs() RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  job record;
  removed integer := 0;
BEGIN
  PERFORM maint.require_pg_cron();
  FOR job IN SELECT * FROM maint.scheduled_jobs() LOOP
    EXECUTE 'SELECT cron.unschedule($1)' USING job.job_id;
    removed := removed + 1;
  END LOOP;
  UPDATE maint.task_schedule AS s SET cron_job_id = NULL WHERE s.cron_job_id IS NOT NULL;
  RETURN removed;
END
$function$;
COMMENT ON FUNCTION maint.unschedule_jobs() IS
'Takes the jobs of maint.schedule_jobs() back from pg_cron, and returns how many. Errors: 55000 where pg_cron is missing; pg_cron''s own for jobs of another role.';
REVOKE ALL ON FUNCTION maint.unschedule_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.unschedule_jobs() TO crm_admin;
