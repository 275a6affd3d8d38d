-- The tasks that run day by day, week by week, month by month.

CREATE FUNCTION maint.task_targets(task text) RETURNS SETOF text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  CASE task
    WHEN 'expired.purge' THEN
      RETURN QUERY SELECT r.target FROM maint.expiry_rules() AS r;
    WHEN 'audit.cleanup' THEN
      RETURN QUERY VALUES ('audit.audit_logs'), ('audit.record_versions'), ('audit.security_events');
    WHEN 'jobs.cleanup' THEN
      RETURN QUERY VALUES ('workflow.scheduled_jobs');
    WHEN 'activities.mark_overdue' THEN
      RETURN QUERY VALUES ('crm.activities');
    WHEN 'retention.apply' THEN
      RETURN QUERY SELECT * FROM maint.retention_targets();
    WHEN 'statistics.analyze', 'sizes.snapshot', 'backups.verify', 'vacuum.plan', 'indexes.plan', 'indexes.review',
         'performance.report', 'storage.report', 'queries.review', 'capacity.forecast' THEN
      RETURN NEXT NULL;
    ELSE
      RAISE invalid_parameter_value USING
        MESSAGE = format('there is no task %s', coalesce(task, 'NULL')),
        HINT = 'Tasks are activities.mark_overdue, audit.cleanup, backups.verify, capacity.forecast, expired.purge, indexes.plan, indexes.review, jobs.cleanup, performance.report, queries.review, retention.apply, sizes.snapshot, statistics.analyze, storage.report, vacuum.plan.';
  END CASE;
END
$function$;
COMMENT ON FUNCTION maint.task_targets(text) IS
'What a task of maint.run_task() works on, one after the other; a NULL where that is the database. Error 22023 where there is no such task.';
REVOKE ALL ON FUNCTION maint.task_targets(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.task_targets(text) TO crm_admin;

-- Policies of organizations are not shown to crm_admin; which tables they are for tells nothing of them.
CREATE FUNCTION maint.retention_targets() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT DISTINCT p.target::text
    FROM maint.retention_policies AS p
    JOIN pg_class AS c ON c.oid = p.target AND c.relnamespace <> 'audit'::regnamespace
   WHERE p.enabled AND p.action = 'delete'
   ORDER BY 1
$function$;
COMMENT ON FUNCTION maint.retention_targets() IS
'The tables that enabled policies of maint.retention_policies have rows deleted from; the ledgers of schema audit are left to maint.cleanup_old_audit_logs().';
REVOKE ALL ON FUNCTION maint.retention_targets() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retention_targets() TO crm_admin;

CREATE FUNCTION maint.report_digest(task text) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  digest text;
  is_bad boolean;
BEGIN
  CASE task
    WHEN 'statistics.analyze' THEN
      digest := format('%s tables', maint.analyze_tables());
    WHEN 'sizes.snapshot' THEN
      digest := format('%s tables', maint.take_size_snapshot());
    WHEN 'backups.verify' THEN
      SELECT coalesce(bool_or(b.status = 'critical'), false),
             coalesce(string_agg(format('%s %s: %s, %s', b.profile, b.name, b.status, b.reason), '; ' ORDER BY b.profile, b.name), 'no policy is enabled')
        INTO is_bad, digest
        FROM maint.verify_backups() AS b;
      IF is_bad THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = digest;
      END IF;
    WHEN 'vacuum.plan' THEN
      SELECT concat_ws(': ', format('%s tables to vacuum', count(*)), string_agg(p.command, '; ')) INTO digest FROM maint.vacuum_plan() AS p;
    WHEN 'indexes.plan' THEN
      SELECT concat_ws(': ', format('%s indexes to rebuild', count(*)), string_agg(p.command, '; ')) INTO digest FROM maint.reindex_plan() AS p;
    WHEN 'indexes.review' THEN
      SELECT coalesce(string_agg(format('%s %s', r.n, r.finding), ', ' ORDER BY r.finding), 'nothing found') INTO digest
        FROM (SELECT i.finding, count(*) AS n FROM maint.index_review() AS i GROUP BY i.finding) AS r;
    WHEN 'performance.report' THEN
      SELECT coalesce(string_agg(concat_ws(': ', concat_ws(' ', r.subject, r.object), r.assessment), '; '), 'nothing found') INTO digest
        FROM maint.performance_report() AS r
       WHERE r.assessment <> 'good';
    WHEN 'queries.review' THEN
      SELECT coalesce(string_agg(coalesce(q.hint, format('%s ms: %s', round(q.mean_ms::numeric, 1), left(q.query, 120))), '; '), 'nothing found') INTO digest
        FROM maint.slow_statements(10) AS q;
    WHEN 'storage.report' THEN
      SELECT string_agg(format('%s %s', r.object, pg_size_pretty(r.size_bytes)), '; ') INTO digest
        FROM (SELECT * FROM maint.storage_report() AS s WHERE s.kind IN ('database', 'table') AND s.size_bytes > 0 LIMIT 6) AS r;
    WHEN 'capacity.forecast' THEN
      SELECT concat_ws(', ', pg_size_pretty(f.total_bytes),
                       'in 90 days ' || pg_size_pretty(f.forecast_bytes::numeric)
                       || coalesce(format(' (%s to %s)', pg_size_pretty(f.forecast_low::numeric), pg_size_pretty(f.forecast_high::numeric)), ''),
                       f.method)
        INTO digest
        FROM maint.capacity_forecast() AS f
       WHERE f.table_name IS NULL;
      digest := coalesce(digest, 'no snapshot of sizes yet');
  END CASE;
  RETURN left(digest, 4000);
END
$function$;
COMMENT ON FUNCTION maint.report_digest(text) IS
'Does a task of maint.run_task() that is one step, and returns what maint.maintenance_runs keeps of it, at most 4000 characters. Error 55000 for backups.verify where a policy is not met at all.';
REVOKE ALL ON FUNCTION maint.report_digest(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.report_digest(text) TO crm_admin;

CREATE FUNCTION maint.task_step(task text, target text, days integer, INOUT state text, OUT done bigint, OUT detail text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  batch CONSTANT integer := 5000;
BEGIN
  CASE task
    WHEN 'expired.purge' THEN
      done := maint.purge_batch(target, batch);
    WHEN 'jobs.cleanup' THEN
      done := maint.remove_failed_jobs(coalesce(days, 7), batch);
    WHEN 'activities.mark_overdue' THEN
      done := maint.mark_overdue_batch(batch);
    WHEN 'retention.apply' THEN
      done := maint.apply_retention_batch(target, batch);
      -- Each policy has a batch size of its own.
      state := CASE WHEN done > 0 THEN state END;
      RETURN;
    WHEN 'audit.cleanup' THEN
      SELECT r.state, r.removed INTO state, done
        FROM maint.remove_ledger_batch(split_part(target, '.', 2), coalesce(days, 90), batch, state) AS r;
      RETURN;
    ELSE
      detail := maint.report_digest(task);
  END CASE;
  state := CASE WHEN done >= batch THEN state END;
END
$function$;
COMMENT ON FUNCTION maint.task_step(text, text, integer, text) IS
'One transaction''s worth of a task of maint.run_task() on one of its targets: how many rows it did, or, of a task that is one step, what is to be recorded. state: empty at first, then what the last call returned, until that is NULL.';
REVOKE ALL ON FUNCTION maint.task_step(text, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.task_step(text, text, integer, text) TO crm_admin;

-- Procedures have no SET clause: that would forbid COMMIT. Hence every name is qualified. COMMIT is not
-- allowed where an EXCEPTION clause is in force either: a step only notes how it ended.
CREATE PROCEDURE maint.run_task(task text, days integer DEFAULT NULL)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  targets pg_catalog.text[];
  target pg_catalog.text;
  run bigint;
  step record;
  total bigint;
  failure pg_catalog.text;
BEGIN
  PERFORM maint.require_no_transaction('maint.run_task', 'Call it by itself.');
  targets := ARRAY(SELECT maint.task_targets($1));
  IF $2 IS NOT NULL THEN
    PERFORM maint.check_days($2);
  END IF;
  FOREACH target IN ARRAY targets LOOP
    run := maint.begin_run($1, target);
    COMMIT;
    CONTINUE WHEN run IS NULL;
    total := 0;
    failure := NULL;
    SELECT '' AS state, 0::bigint AS done, NULL::pg_catalog.text AS detail INTO step;
    LOOP
      BEGIN
        SELECT s.state, s.done, s.detail INTO step FROM maint.task_step($1, target, $2, step.state) AS s;
      EXCEPTION WHEN OTHERS THEN
        failure := pg_catalog.format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE);
      END;
      COMMIT;
      EXIT WHEN failure IS NOT NULL;
      total := total OPERATOR(pg_catalog.+) COALESCE(step.done, 0);
      EXIT WHEN step.state IS NULL;
    END LOOP;
    PERFORM maint.finish_run(run,
      CASE WHEN failure IS NULL OR total OPERATOR(pg_catalog.>) 0 THEN COALESCE(step.detail, pg_catalog.format('%s rows', total)) END,
      failure);
    COMMIT;
  END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE maint.run_task(text, integer) IS
'Runs one of the tasks that a rhythm consists of, in short transactions, and records it in maint.maintenance_runs, a row for each target; a failure is a WARNING besides, and the other targets go on. days: for audit.cleanup (90 by default) and jobs.cleanup (7). Errors: 22023 no such task, or no number of days; 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.run_task(text, integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.run_task(text, integer) TO crm_admin;

CREATE PROCEDURE maint.purge_expired()
LANGUAGE plpgsql
AS $procedure$
BEGIN
  PERFORM maint.require_no_transaction('maint.purge_expired',
    'Call it by itself; inside a transaction, maint.purge_batch() does one batch of one table.');
  CALL maint.run_task('expired.purge');
END
$procedure$;
COMMENT ON PROCEDURE maint.purge_expired() IS
'Deletes what has expired, of all organizations: cache, spent rate limits, queued messages (archived), published events of the outbox (after 7 days), notifications, keys of runs, metadata of content, idempotency keys, sessions, refresh tokens, codes, password resets; and runs of maintenance after a year, sizes of tables after two. 5,000 rows a transaction; what a legal hold reaches stays, but for cache and rate limits. See maint.expiry_rules(). A failure is a WARNING and a row in maint.maintenance_runs, and the other tables go on. Error 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.purge_expired() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.purge_expired() TO crm_admin;

CREATE PROCEDURE maint.cleanup_old_audit_logs(days integer DEFAULT 90)
LANGUAGE plpgsql
AS $procedure$
BEGIN
  PERFORM maint.require_no_transaction('maint.cleanup_old_audit_logs', 'Call it by itself.');
  PERFORM maint.check_days($1);
  CALL maint.run_task('audit.cleanup', $1);
END
$procedure$;
COMMENT ON PROCEDURE maint.cleanup_old_audit_logs(integer) IS
'Removes entries of audit.audit_logs that are older than so many days; where maint.retention_policies has a policy for them, by that instead (categories security and compliance have one from the beginning), and by policies alone entries of audit.record_versions and audit.security_events. Whole partitions are dropped where every entry of them may go, otherwise chains lose their beginnings, 5,000 entries a transaction; what is left verifies. What a legal hold reaches stays, with what follows it in its chain. What was removed is an entry of no organization in audit.audit_logs. Errors: 22023 for days that are NULL, negative or above 100000; 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.cleanup_old_audit_logs(integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.cleanup_old_audit_logs(integer) TO crm_admin;

CREATE PROCEDURE maint.cleanup_failed_jobs(days integer DEFAULT 7)
LANGUAGE plpgsql
AS $procedure$
BEGIN
  PERFORM maint.require_no_transaction('maint.cleanup_failed_jobs',
    'Call it by itself; inside a transaction, maint.remove_failed_jobs() does one batch.');
  PERFORM maint.check_days($1);
  CALL maint.run_task('jobs.cleanup', $1);
END
$procedure$;
COMMENT ON PROCEDURE maint.cleanup_failed_jobs(integer) IS
'Deletes jobs of workflow.scheduled_jobs that failed for good (status failed) more than so many days ago, of all organizations, 5,000 a transaction. Their dead letters, for people to look at, stay, and so do jobs that are to be tried again, runs of workflows and dead messages of queues, and what a legal hold reaches. Errors: 22023 for days that are NULL, negative or above 100000; 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.cleanup_failed_jobs(integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.cleanup_failed_jobs(integer) TO crm_admin;

CREATE PROCEDURE maint.apply_retention()
LANGUAGE plpgsql
AS $procedure$
BEGIN
  PERFORM maint.require_no_transaction('maint.apply_retention',
    'Call it by itself; inside a transaction, maint.apply_retention_batch() does one batch of one table.');
  CALL maint.run_task('retention.apply');
END
$procedure$;
COMMENT ON PROCEDURE maint.apply_retention() IS
'Deletes rows that are past the retention of their policy in maint.retention_policies, table by table, at most the policy''s batch_size of a policy in a transaction; rows that were deleted softly, for instance, by a policy whose age_column is deleted_at. What a legal hold reaches stays. Policies with the action anonymize, and tables whose owner is no superuser, are left alone; the latter are a failure. Error 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.apply_retention() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.apply_retention() TO crm_admin;

-- A procedure that is called by a name in a table could not commit: those that a rhythm may run are known.
CREATE FUNCTION maint.task_of_command(command text, OUT task text, OUT days integer)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  called CONSTANT text := substring(command FROM '^CALL maint\.([a-z_]+)\(');
  argument CONSTANT text := nullif(trim('''' FROM substring(command FROM '\((.*)\)$')), '');
BEGIN
  task := CASE called
            WHEN 'maintain_partitions' THEN 'partitions.create'
            WHEN 'mark_overdue_activities' THEN 'activities.mark_overdue'
            WHEN 'purge_expired' THEN 'expired.purge'
            WHEN 'cleanup_old_audit_logs' THEN 'audit.cleanup'
            WHEN 'cleanup_failed_jobs' THEN 'jobs.cleanup'
            WHEN 'apply_retention' THEN 'retention.apply'
            WHEN 'run_task' THEN argument
          END;
  IF task IS NULL OR (task IN ('partitions.create', 'expired.purge', 'retention.apply') AND called <> 'run_task' AND argument IS NOT NULL) THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('a rhythm cannot run %s', command),
      HINT = 'Give the task a schedule of its own in maint.task_schedule, and no rhythm.';
  END IF;
  IF task IN ('audit.cleanup', 'jobs.cleanup') AND called <> 'run_task' AND argument IS NOT NULL THEN
    days := argument::integer;
    PERFORM maint.check_days(days);
  ELSIF task <> 'partitions.create' THEN
    PERFORM maint.task_targets(task);
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.task_of_command(text) IS
'The task of maint.run_task(), or partitions.create, that a command of maint.task_schedule stands for, with its days. Error 22023 where it is none of those, or its days are no number of days.';
REVOKE ALL ON FUNCTION maint.task_of_command(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.task_of_command(text) TO crm_admin;

CREATE PROCEDURE maint.run_rhythm(rhythm text)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  run bigint;
  scheduled record;
  known record;
  failure pg_catalog.text;
  tasks pg_catalog.text[] := '{}';
  failed pg_catalog.text;
BEGIN
  PERFORM maint.require_no_transaction(pg_catalog.format('maint.run_%s', $1),
    'Call it by itself: its tasks commit as they go.');
  run := maint.begin_run(pg_catalog.concat($1, '.run'));
  COMMIT;
  IF run IS NULL THEN
    RETURN;
  END IF;
  FOR scheduled IN
    SELECT s.task, s.command
      FROM maint.task_schedule AS s
     WHERE s.enabled AND s.rhythm OPERATOR(pg_catalog.=) $1
     ORDER BY s.position, s.task
  LOOP
    failure := NULL;
    BEGIN
      SELECT k.task, k.days INTO known FROM maint.task_of_command(scheduled.command) AS k;
    EXCEPTION WHEN OTHERS THEN
      failure := pg_catalog.format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE);
    END;
    IF failure IS NOT NULL THEN
      INSERT INTO maint.maintenance_runs (task, status, detail) VALUES (scheduled.task, 'failed', failure);
      RAISE WARNING '% failed: %', scheduled.task, failure;
      COMMIT;
      tasks := pg_catalog.array_append(tasks, scheduled.task);
      CONTINUE;
    END IF;
    -- Otherwise a command that was wrong once would be told until its row is a month old.
    INSERT INTO maint.maintenance_runs (task, status, detail)
    SELECT scheduled.task, 'succeeded', scheduled.command
     WHERE (SELECT r.status FROM maint.maintenance_runs AS r
             WHERE r.task OPERATOR(pg_catalog.=) scheduled.task AND r.target IS NULL
             ORDER BY r.id DESC
             LIMIT 1) OPERATOR(pg_catalog.=) 'failed';
    IF known.task OPERATOR(pg_catalog.=) 'partitions.create' THEN
      CALL maint.maintain_partitions();
      tasks := pg_catalog.array_append(pg_catalog.array_append(tasks, known.task), 'partitions.retire');
    ELSE
      CALL maint.run_task(known.task, known.days);
      tasks := pg_catalog.array_append(tasks, known.task);
    END IF;
  END LOOP;
  SELECT pg_catalog.string_agg(DISTINCT r.task, ', ') INTO failed
    FROM maint.maintenance_runs AS r
   WHERE r.id OPERATOR(pg_catalog.>) run
     AND r.status OPERATOR(pg_catalog.=) 'failed'
     AND r.task OPERATOR(pg_catalog.=) ANY (tasks);
  PERFORM maint.finish_run(run, pg_catalog.concat_ws('; ',
    pg_catalog.format('%s tasks', pg_catalog.cardinality(pg_catalog.array_remove(tasks, 'partitions.retire'))), 'failed: ' OPERATOR(pg_catalog.||) failed));
  COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE maint.run_rhythm(text) IS
'Runs the enabled tasks of a rhythm, in their order. What maint.run_daily(), run_weekly() and run_monthly() do.';
REVOKE ALL ON PROCEDURE maint.run_rhythm(text) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.run_rhythm(text) TO crm_admin;

CREATE PROCEDURE maint.run_daily()
LANGUAGE plpgsql
AS $procedure$
BEGIN
  CALL maint.run_rhythm('daily');
END
$procedure$;
COMMENT ON PROCEDURE maint.run_daily() IS
'Runs the enabled tasks of maint.task_schedule whose rhythm is daily, each in its own transactions; what each did is a row in maint.maintenance_runs for each of its targets, and so is the run as a whole (daily.run). A task that fails is a WARNING, and the others go on; where another session is at it, nothing is done but to record that. Error 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.run_daily() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.run_daily() TO crm_admin;

CREATE PROCEDURE maint.run_weekly()
LANGUAGE plpgsql
AS $procedure$
BEGIN
  CALL maint.run_rhythm('weekly');
END
$procedure$;
COMMENT ON PROCEDURE maint.run_weekly() IS
'As maint.run_daily(), the tasks whose rhythm is weekly.';
REVOKE ALL ON PROCEDURE maint.run_weekly() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.run_weekly() TO crm_admin;

CREATE PROCEDURE maint.run_monthly()
LANGUAGE plpgsql
AS $procedure$
BEGIN
  CALL maint.run_rhythm('monthly');
END
$procedure$;
COMMENT ON PROCEDURE maint.run_monthly() IS
'As maint.run_daily(), the tasks whose rhythm is monthly.';
REVOKE ALL ON PROCEDURE maint.run_monthly() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.run_monthly() TO crm_admin;
