-- The server's own measurements, as numbers: some of what they are made of is shown to members of
-- pg_monitor alone.
CREATE FUNCTION maint.server_measurements()
RETURNS TABLE (metric text, value double precision)
LANGUAGE sql VOLATILE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'connections', c.server_connections::double precision FROM maint.connection_counts() AS c
  UNION ALL
  SELECT 'replication_lag',
         CASE WHEN NOT pg_is_in_recovery()
              THEN (SELECT max(coalesce(extract(epoch FROM r.replay_lag), 0)) FROM pg_stat_replication AS r)
              WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
              ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
  UNION ALL
  SELECT 'replication_slot_wal',
         (SELECT max(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn))
            FROM pg_replication_slots AS s)::double precision
  UNION ALL
  SELECT 'longest_transaction',
         (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0) FROM pg_stat_activity AS a
           WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid())
  UNION ALL
  SELECT 'prepared_transactions',
         (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - p.prepared)), 0) FROM pg_prepared_xacts AS p WHERE p.database = current_database())
  UNION ALL
  SELECT 'blocked_sessions',
         (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datname = current_database() AND a.wait_event_type = 'Lock')
  UNION ALL
  SELECT v.* FROM pg_database AS d
   CROSS JOIN LATERAL (VALUES ('transaction_age', age(d.datfrozenxid)::double precision), ('multixact_age', mxid_age(d.datminmxid)::double precision)) AS v
   WHERE d.datname = current_database()
$function$;
COMMENT ON FUNCTION maint.server_measurements() IS
'What maint.metric_thresholds can say of the server itself: the metric and its value now, in the unit said there; NULL where there is nothing to measure, as without a standby.';
REVOKE ALL ON FUNCTION maint.server_measurements() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.server_measurements() TO crm_admin;

-- pg_cron shows each role its own jobs. Only its own table is read: one of that name could be anybody's.
CREATE FUNCTION maint.failed_cron_jobs()
RETURNS TABLE (job text, failed_at timestamptz, message text)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension AS e
                   JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                  WHERE e.extname = 'pg_cron' AND d.classid = 'pg_class'::regclass AND d.objid = to_regclass('cron.job_run_details')) THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE
    'SELECT coalesce(j.jobname::text, ''job '' || j.jobid), r.start_time, r.return_message::text
       FROM cron.job AS j
      CROSS JOIN LATERAL (SELECT d.status, d.start_time, d.return_message
                            FROM cron.job_run_details AS d
                           WHERE d.jobid = j.jobid AND d.status IN (''succeeded'', ''failed'')
                           ORDER BY d.runid DESC
                           LIMIT 1) AS r
      WHERE j.active AND r.status = ''failed'' AND j.database = current_database()
      ORDER BY 1';
END
$function$;
COMMENT ON FUNCTION maint.failed_cron_jobs() IS
'The active jobs of pg_cron in this database whose latest run failed; none where pg_cron is not installed here.';
REVOKE ALL ON FUNCTION maint.failed_cron_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.failed_cron_jobs() TO crm_admin;

CREATE FUNCTION maint.threshold_checks()
RETURNS TABLE (name text, status text, reason text, value double precision, unit text, warning double precision, critical double precision)
LANGUAGE sql VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH measured AS (
    SELECT t.*, CASE WHEN t.source = 'server' THEN m.value
                     WHEN t.reported_at + t.reported_valid_for >= now() THEN t.reported_value END AS value
      FROM maint.metric_thresholds AS t
      LEFT JOIN maint.server_measurements() AS m ON m.metric = t.metric
     WHERE t.enabled
  )
  SELECT m.metric,
         CASE WHEN m.value IS NULL THEN CASE WHEN m.reported_at IS NULL THEN 'unknown' ELSE 'warning' END
              WHEN CASE m.bad_when WHEN 'above' THEN m.value > m.critical ELSE m.value < m.critical END THEN 'critical'
              WHEN CASE m.bad_when WHEN 'above' THEN m.value > m.warning ELSE m.value < m.warning END THEN 'warning'
              ELSE 'ok' END,
         CASE WHEN m.value IS NOT NULL
              THEN concat(s.shown, '; ', m.bad_when, concat_ws(',', ' ' || s.warning || ': warning', ' ' || s.critical || ': critical'))
              WHEN m.source = 'server' THEN 'there is nothing to measure'
              WHEN m.reported_at IS NULL THEN 'not reported yet'
              ELSE format('last reported at %s, and valid for %s', m.reported_at, m.reported_valid_for) END,
         m.value, m.unit, m.warning, m.critical
    FROM measured AS m
   CROSS JOIN LATERAL (
         SELECT CASE WHEN m.unit = 'bytes' THEN pg_size_pretty(m.value::numeric) ELSE round(m.value::numeric, 1)::text || ' ' || m.unit END AS shown,
                CASE WHEN m.unit = 'bytes' THEN pg_size_pretty(m.warning::numeric) ELSE m.warning::text END AS warning,
                CASE WHEN m.unit = 'bytes' THEN pg_size_pretty(m.critical::numeric) ELSE m.critical::text END AS critical) AS s
   ORDER BY m.metric
$function$;
COMMENT ON FUNCTION maint.threshold_checks() IS
'Every enabled row of maint.metric_thresholds against its value: ok, warning, critical, or unknown where there is nothing to measure or nothing was reported yet. A report that is no longer valid is a warning.';
REVOKE ALL ON FUNCTION maint.threshold_checks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.threshold_checks() TO crm_admin;

CREATE FUNCTION maint.maintenance_checks()
RETURNS TABLE (name text, status text, reason text, value double precision)
LANGUAGE sql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH latest AS (
    SELECT DISTINCT ON (r.task, r.target) r.task, r.target, r.status, r.started_at, r.detail
      FROM maint.maintenance_runs AS r
     WHERE r.started_at > now() - '31 days'::interval
     ORDER BY r.task, r.target, r.started_at DESC, r.id DESC
  ), failed AS (
    SELECT count(*) AS n, string_agg(concat_ws(' ', l.task, 'of ' || l.target, 'at ' || l.started_at::text) || coalesce(': ' || left(l.detail, 200), ''), '; ' ORDER BY l.started_at DESC) AS list
      FROM latest AS l WHERE l.status = 'failed'
  ), stopped AS (
    SELECT count(*) AS n, string_agg(concat_ws(' ', l.task, 'of ' || l.target, 'since ' || l.started_at::text), '; ' ORDER BY l.started_at DESC) AS list
      FROM latest AS l WHERE l.status = 'running' AND l.started_at < now() - '1 day'::interval
  ), overdue AS (
    SELECT count(*) AS n, string_agg(format('%s, last done %s', s.task, coalesce(d.at::text, 'never')), '; ' ORDER BY s.task) AS list
      FROM maint.task_schedule AS s
     CROSS JOIN LATERAL (SELECT max(r.finished_at) AS at FROM maint.maintenance_runs AS r WHERE r.task = s.task AND r.status = 'succeeded') AS d
     WHERE s.enabled AND coalesce(d.at, s.created_at) + s.overdue_after < now()
  ), cron AS (
    SELECT count(*) AS n, string_agg(format('%s at %s: %s', f.job, f.failed_at, left(f.message, 200)), '; ' ORDER BY f.job) AS list
      FROM maint.failed_cron_jobs() AS f
  ), missing AS (
    SELECT count(*) AS n, bool_or(p.lower_bound <= now()) AS is_late, string_agg(DISTINCT p.parent::text, ', ') AS list
      FROM maint.plan_partitions() AS p WHERE p.action = 'create'
  ), demanded AS (
    SELECT count(*) AS n FROM maint.backup_policies AS p WHERE p.enabled
  ), backups AS (
    SELECT count(*) FILTER (WHERE b.status <> 'ok') AS n, bool_or(b.status = 'critical') AS is_critical,
           string_agg(format('%s %s: %s', b.profile, b.name, b.reason), '; ' ORDER BY b.profile, b.name) FILTER (WHERE b.status <> 'ok') AS list
      FROM maint.verify_backups() AS b
  ), settings AS (
    SELECT count(*) AS n, bool_or(s.severity = 'critical') AS is_critical, string_agg(format('%s = %s', s.name, s.current_value), ', ' ORDER BY s.name) AS list
      FROM maint.settings_found() AS s WHERE NOT s.is_met AND s.severity <> 'info'
  )
  SELECT 'maintenance_runs', CASE WHEN f.n > 0 OR s.n > 0 THEN 'warning' ELSE 'ok' END,
         coalesce(concat_ws('; ', 'the latest run failed: ' || f.list, 'never ended: ' || s.list), ''), (f.n + s.n)::double precision
    FROM failed AS f CROSS JOIN stopped AS s
  UNION ALL
  SELECT 'scheduled_tasks', CASE WHEN o.n > 0 THEN 'warning' ELSE 'ok' END, coalesce('overdue: ' || o.list, ''), o.n FROM overdue AS o
  UNION ALL
  SELECT 'cron_jobs', CASE WHEN c.n > 0 THEN 'warning' ELSE 'ok' END, coalesce('the latest run failed: ' || c.list, ''), c.n FROM cron AS c
  UNION ALL
  SELECT 'partitions', CASE WHEN m.is_late THEN 'critical' WHEN m.n > 0 THEN 'warning' ELSE 'ok' END,
         coalesce(format('%s are missing, of %s: CALL maint.maintain_partitions()', m.n, m.list), ''), m.n FROM missing AS m
  UNION ALL
  SELECT 'backups', CASE WHEN d.n = 0 THEN 'warning' WHEN b.is_critical THEN 'critical' WHEN b.n > 0 THEN 'warning' ELSE 'ok' END,
         CASE WHEN d.n = 0 THEN 'no policy of maint.backup_policies is enabled, so no backup is demanded' ELSE coalesce(b.list, format('%s policies are met', d.n)) END, b.n
    FROM demanded AS d CROSS JOIN backups AS b
  UNION ALL
  SELECT 'wal_archiving', w.status, w.reason, w.waiting_files FROM maint.wal_archive_health() AS w
  UNION ALL
  SELECT 'settings', CASE WHEN s.is_critical THEN 'critical' WHEN s.n > 0 THEN 'warning' ELSE 'ok' END,
         coalesce('not as recommended: ' || s.list || ' (maint.settings_check)', ''), s.n FROM settings AS s
$function$;
COMMENT ON FUNCTION maint.maintenance_checks() IS
'What is told by maintenance and by backups: tasks whose latest run failed or never ended (of 31 days), overdue tasks, failed jobs of pg_cron, missing partitions (critical: of this moment), backups, archiving of WAL, settings; value: how many findings.';
REVOKE ALL ON FUNCTION maint.maintenance_checks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.maintenance_checks() TO crm_admin;

CREATE FUNCTION maint.isolation_check()
RETURNS TABLE (name text, status text, reason text, value double precision)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE -- a subtransaction catches what the report raises
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF to_regprocedure('tenancy.org_isolation_report()') IS NULL THEN
    RETURN;
  END IF;
  BEGIN
    RETURN QUERY EXECUTE
      'SELECT ''isolation'',
              CASE WHEN bool_or(r.severity IN (''critical'', ''high'')) THEN ''critical'' WHEN count(*) > 0 THEN ''warning'' ELSE ''ok'' END,
              coalesce(string_agg(format(''%s: %s'', r.object, r.finding), ''; '' ORDER BY r.object, r.finding), ''''),
              count(*)::double precision
         FROM tenancy.org_isolation_report() AS r';
  EXCEPTION WHEN OTHERS THEN
    RETURN QUERY SELECT 'isolation', 'unknown', SQLERRM, NULL::double precision;
  END;
END
$function$;
COMMENT ON FUNCTION maint.isolation_check() IS
'The findings of tenancy.org_isolation_report() as one check: critical where one of them is critical or high.';
REVOKE ALL ON FUNCTION maint.isolation_check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.isolation_check() TO crm_admin;

CREATE FUNCTION maint.health_checks()
RETURNS TABLE (name text, status text, reason text, value double precision, unit text, warning double precision, critical double precision)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.name, c.status, coalesce(nullif(c.reason, ''), 'nothing found'), c.value, c.unit, c.warning, c.critical
    FROM (SELECT * FROM maint.threshold_checks()
           UNION ALL
          SELECT m.name, m.status, m.reason, m.value, 'findings', NULL, NULL FROM maint.maintenance_checks() AS m
           UNION ALL
          SELECT i.name, i.status, i.reason, i.value, 'findings', NULL, NULL FROM maint.isolation_check() AS i) AS c
   ORDER BY array_position(ARRAY['critical', 'warning', 'unknown', 'ok'], c.status), c.name
$function$;
COMMENT ON FUNCTION maint.health_checks() IS
'The checks of maint.health_check(), one a row, the worst first.';
REVOKE ALL ON FUNCTION maint.health_checks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.health_checks() TO crm_admin;

CREATE FUNCTION maint.health_check() RETURNS jsonb
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT jsonb_build_object(
           'status', CASE WHEN bool_or(c.status = 'critical') THEN 'critical' WHEN bool_or(c.status = 'warning') THEN 'warning' ELSE 'ok' END,
           'checked_at', clock_timestamp(),
           'database', current_database(),
           'server_version', current_setting('server_version'),
           'extension_version', (SELECT e.extversion FROM pg_extension AS e WHERE e.extname = 'pg_crm'),
           'in_recovery', pg_is_in_recovery(),
           'checks', jsonb_object_agg(c.name, jsonb_strip_nulls(jsonb_build_object(
             'status', c.status, 'reason', c.reason, 'value', c.value, 'unit', c.unit, 'warning', c.warning, 'critical', c.critical))))
    FROM maint.health_checks() AS c
$function$;
COMMENT ON FUNCTION maint.health_check() IS
'The health of the database as one document for monitoring systems: status (ok, warning, critical: the worst of all checks; what is unknown does not count) and checks by name, each with its status, reason, value, unit and bounds. Thresholds are in maint.metric_thresholds. Works on a standby too.';
REVOKE ALL ON FUNCTION maint.health_check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.health_check() TO crm_admin;

CREATE FUNCTION maint.health_report() RETURNS text
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH document AS MATERIALIZED (
    SELECT maint.health_check() AS d
  ), checks AS (
    SELECT c.key AS name, c.value ->> 'status' AS status, c.value ->> 'reason' AS reason
      FROM document, jsonb_each(document.d -> 'checks') AS c
  )
  SELECT format(E'Database %s is %s (PostgreSQL %s, pg_crm %s, %s)\n\n', document.d ->> 'database',
                CASE document.d ->> 'status' WHEN 'ok' THEN 'well' ELSE 'not well: ' || (document.d ->> 'status') END,
                document.d ->> 'server_version', document.d ->> 'extension_version',
                to_char((document.d ->> 'checked_at')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'))
         || (SELECT string_agg(format('%s  %s  %s', rpad(c.status, 8), rpad(c.name, 22), c.reason), E'\n'
                               ORDER BY array_position(ARRAY['critical', 'warning', 'unknown', 'ok'], c.status), c.name)
               FROM checks AS c)
    FROM document
$function$;
COMMENT ON FUNCTION maint.health_report() IS
'maint.health_check() as text for people: a line for each check, the worst first.';
REVOKE ALL ON FUNCTION maint.health_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.health_report() TO crm_admin;
